import Foundation
import Synchronization

/// What buyers saw with their own eyes, which must still be so at the end.
final class Witnesses: Sendable {
    struct Order: Sendable {
        var number: String
        /// The order's number as its page says it.
        var name: String?
        var sawPaid = false
        /// Every receipt that its page has shown.
        var receipts: Set<String> = []
    }
    private struct State {
        var orders: [String: Order] = [:]
        var forms = 0
        var numbers: Set<String> = []
        var acceptsRefusals = false
    }
    private let state = Mutex(State())
    private let run: Run

    init(_ run: Run) { self.run = run }

    func knows(_ number: String) { state.withLock { _ = $0.numbers.insert(number) } }
    /// From now on a form may be refused for its age, and an order for its.
    func acceptsRefusals() { state.withLock { $0.acceptsRefusals = true } }

    func refused(_ status: Int, _ what: String) {
        guard state.withLock({ $0.acceptsRefusals }) else { return run.violation("\(what) was answered \(status)") }
        run.count("requests refused \(status)")
    }

    func sentForm() { state.withLock { $0.forms += 1 } }

    func placed(_ order: String, by number: String) {
        let isNew = state.withLock { state in
            guard state.orders[order] == nil else { return false }
            state.orders[order] = Order(number: number)
            return true
        }
        if isNew { run.count("orders") }
    }

    func saw(_ seen: OrderStatusSeen, at order: String) {
        let problem = state.withLock { state -> String? in
            guard var known = state.orders[order] else { return "an order that nobody placed" }
            defer { state.orders[order] = known }
            known.name = seen.order
            if known.sawPaid, seen.state != "paid" { return "order \(seen.order) was paid and is \(seen.state)" }
            known.sawPaid = known.sawPaid || seen.state == "paid"
            if let receipt = seen.receipt { known.receipts.insert(receipt) }
            return nil
        }
        if let problem { run.violation(problem) }
    }

    var orders: [String: Order] { state.withLock { $0.orders } }
    var forms: Int { state.withLock { $0.forms } }
    /// Every number that was ever typed.
    var numbers: Set<String> { state.withLock { $0.numbers } }
}

/// Many people who buy one thing after the other until they are asked to stop.
final class Crowd: Sendable {
    let witnesses: Witnesses
    private let shop: ShopUnderTest
    private let provider: SimulatedProvider
    private let state: Mutex<State>

    private struct State {
        var random: Seeded
        var next: Int
        var isClosing = false
    }

    init(_ shop: ShopUnderTest, _ provider: SimulatedProvider) {
        self.shop = shop
        self.provider = provider
        witnesses = Witnesses(shop.run)
        state = Mutex(State(random: Seeded(shop.run.seed), next: 0))
    }

    /// Lets people buy while `trouble` goes on; returns when those who had begun are done.
    func buy(while trouble: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<shop.run.options.buyers {
                group.addTask { [self] in
                    while let buyer = nextBuyer() { try await buyer.buy() }
                }
            }
            do { try await trouble() } catch {
                group.cancelAll()
                throw error
            }
            state.withLock { $0.isClosing = true }
            try await group.waitForAll()
        }
    }

    private func nextBuyer() -> Buyer? {
        state.withLock { state in
            guard !state.isClosing else { return nil }
            state.next += 1
            let digits = String(state.next)
            let number = "712" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
            let goods = ShopUnderTest.goods.randomElement(using: &state.random) ?? ShopUnderTest.goods[0]
            return Buyer(
                shop: shop, provider: provider, witnesses: witnesses, tale: .random(&state.random), number: number,
                cart: "\(goods.slug):\(Int.random(in: 1...2, using: &state.random))",
                isNervous: Int.random(in: 0..<8, using: &state.random) == 0, patience: .seconds(25))
        }
    }
}
