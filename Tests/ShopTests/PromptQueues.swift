@testable import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// Many people who pay at once stand in a line that they can see.
@Suite struct PromptQueues {
    private static let rate = 20.0

    /// A tenth of the real times: 500 buyers in about a second, prompts within six, twenty requests a second.
    @Test(
        "Of 500 buyers at once none is lost, the provider's rate holds, and nobody is prompted late",
        arguments: TestDatabase.engines)
    func rush(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.requestsPerSecond = Self.rate
        options.rules.pushWithinSeconds = 6
        options.products = [TestShop.Options.product("mug", shillings: 250, stock: 1_000)]
        try await TestShop.open(engine, options) { shop in
            shop.daraja.choose(try shop.story("success"))
            let orders = try await Self.buy(500, from: shop)
            #expect(orders.count == 500)
            try await Self.checkLine(shop, try #require(orders.last))

            try await shop.eventually("everybody knows", within: 60) {
                let counts = try await shop.database.read { try $0.attemptCounts() }
                return counts.allSatisfy { $0.name == "paid" || $0.name == "refused" }
            }
            let counts = try await shop.database.read { try $0.attemptCounts() }
            #expect(counts.map(\.count).reduce(0, +) == 500, "none is lost")
            let paid = counts.first { $0.name == "paid" }?.count ?? 0
            #expect(paid > 0 && shop.pushes.count == paid, "\(counts)")
            try await Self.checkTimes(shop)

            // Whoever was not reached reads so, and pays now.
            var missed: String?
            for order in orders.reversed() where missed == nil {
                if try await shop.status(order).attempt?.state == "failed" { missed = order }
            }
            let order = try #require(missed)
            let page = try await shop.page(order)
            #expect(page.contains("you were not charged") && page.contains("Try again · Pay KSh 250"))
            #expect(try await shop.retry(order, phone: "").leadsToOrder)
            try await shop.status(order) { $0.state == "paid" }
        }
    }

    private static func buy(_ count: Int, from shop: TestShop) async throws -> [String] {
        try await withThrowingTaskGroup(of: String.self) { group in
            var orders: [String] = []
            for place in 0..<count {
                if place >= 40, let order = try await group.next() { orders.append(order) }
                group.addTask {
                    let token = shop.shop.formToken(for: .checkout)
                    let answer = try await shop.checkOut(phone: "07\(12_000_000 + place)", token: token)
                    #expect(answer.leadsToOrder)
                    return answer.header("location") ?? ""
                }
            }
            for try await order in group { orders.append(order) }
            return orders
        }
    }

    /// The last in line reads its place, that it will be too late, and by when it knows.
    private static func checkLine(_ shop: TestShop, _ order: String) async throws {
        let view = try #require(try await shop.shop.viewOrder(pageToken: String(order.dropFirst(8))))
        let place = try #require(view.queue, "the last of 500 waits")
        #expect(place.number > 100 && place.isTooLate)
        let page = try await shop.page(order)
        #expect(page.contains("You are number ") && page.contains(" in line, about "))
        #expect(page.contains("no prompt is sent and you can try again"))
        #expect(try await shop.page("\(order)?lang=sw").contains("Wewe ni wa "))
        #expect(try await shop.status(order).state == "prompt_sent", "no error: it waits")
    }

    private static func checkTimes(_ shop: TestShop) async throws {
        let sent = shop.pushes.map(\.receivedAt).sorted()
        for (place, start) in sent.enumerated() {
            let inTwoSeconds = sent[place...].prefix { $0 < start + 2_000 }.count
            // The first burst of five, and what the way takes.
            #expect(Double(inTwoSeconds) <= rate * 2 + 5 + 3)
        }
        let late = try await shop.database.read {
            try $0.query("SELECT a.started_at, c.begun_at FROM attempts a JOIN acts c ON c.ticket = a.ticket")
                .filter { try $0.int64(1) - $0.int64(0) > 6_000 }
        }
        #expect(late.isEmpty, "I15: nobody is prompted late")
    }

    @Test("A provider's spike arrest is a place in line, not an error", arguments: TestDatabase.engines)
    func spikeArrest(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("spike-arrest"))
            let order = try await shop.buy()
            try await shop.eventually("it waits") { try await shop.page(order).contains("You are in line") }
            let page = try await shop.page(order)
            #expect(page.contains("You are number 1 in line, about ") && page.contains("content=\"5\""))
            #expect(page.contains("data-watch=\"1\"") && !page.contains("id=\"retry\""))
            try await shop.status(order, within: 30) { $0.state == "paid" }
        }
    }

    @Test(
        "A place in line is told from where the wait is worth telling",
        arguments: [
            (0, 2.0, nil as Int?), (4, 2.0, nil), (5, 2.0, 3), (120, 2.0, 60), (500, nil as Double?, nil),
        ])
    func place(_ before: Int, _ rate: Double?, _ seconds: Int?) {
        let now = Timestamp(milliseconds: 0)
        let end = now.adding(seconds: 60)
        let place = QueuePlace(before: before, perSecond: rate, queuedUntil: nil, until: end, at: now)
        #expect(place?.seconds == seconds)
        #expect(place.map(\.number) == seconds.map { _ in before + 1 })
        #expect(place?.isTooLate != true)
        let held = QueuePlace(before: 0, perSecond: 2, queuedUntil: now.adding(seconds: 6), until: end, at: now)
        #expect(held?.seconds == 6 && held?.number == 1)
        #expect(QueuePlace(before: 121, perSecond: 2, queuedUntil: nil, until: end, at: now)?.isTooLate == true)
    }
}
