import Checkout
import Commerce
import PaymentKit
import Storage

/// Refunds, as staff ask for them and decide about them.
extension World {
    func requestRefund(_ number: Int, part: Bool, isByHand: Bool, _ seed: UInt64, _ extra: Int) throws {
        guard let node = someNode(number), let order = store.orders[orderID(number)] else { return }
        var random = Random(seed)
        var request = RefundRequest(
            order: order.number, way: isByHand ? .byHand : .reversal, reason: "asked by the customer", by: "Asha")
        if isByHand { request.proof = makeName("X") }
        if part, order.received.minor >= 200 {
            request.amount = Money(whole: max(1, order.received.minor / 100 / random.between(2, 5)), .kes)
        }
        let refund: Refund
        do {
            refund = try transact(node) { books in
                guard let current = try books.order(order.id) else { throw RefundRefusal.noSuchOrder }
                return try RefundDesk(order: current, books: books, rules: rules).request(request) { _ in
                    Staff.abilities
                }
            }
        } catch let refusal as RefundRefusal {
            return say("staff", "ask for a refund of order \(order.number): \(refusal)")
        }
        say("staff", "ask for \(refund.amount) of order \(order.number) back, \(refund.ticket.value), \(refund.way)")
        wakeAll()
        agenda.add(.follow(extra, refund.ticket), at: time + random.spread(1_000, 3_600_000))
        // Two people look at the same item.
        if random.chance(30) {
            agenda.add(.follow(extra, refund.ticket), at: time + random.spread(1_000, 3_600_000))
        }
    }

    /// Somebody decides about a refund that waits.
    func follow(_ extra: Extra, _ ticket: Ticket) throws {
        guard let node = someNode(1), let refund = store.refunds[ticket], let id = refund.order else { return }
        var random = Random(plan.seed, Int(time), 11)
        let person = random.chance(15) ? "Asha" : "Baraka"
        let rejects = random.chance(15)
        do {
            let decided = try transact(node) { books in
                guard let order = try books.order(id) else { throw RefundRefusal.noSuchOrder }
                let desk = RefundDesk(order: order, books: books, rules: rules)
                return rejects
                    ? try desk.reject(ticket, by: person, reason: "no") : try desk.approve(ticket, by: person)
            }
            say("staff", "\(person) \(rejects ? "turns down" : "approves") \(ticket.value): \(decided.state.name)")
        } catch let refusal as RefundRefusal {
            say("staff", "\(person) cannot decide about \(ticket.value): \(refusal)")
        }
        wakeAll()
    }
}

/// What the simulated provider can do, for the desk that asks.
enum Staff {
    static let abilities = Abilities(of: SimulatedPlugin())
}

private struct SimulatedPlugin: PaymentPlugin, Refunding {
    static let manifest = Manifest(
        id: "simulated.provider", name: "Simulated", version: "1", summary: "", currencies: [.kes])
    init() {}
    init(_ setup: Setup) throws {}
    func start(_ request: StartRequest, _ call: Call) async throws -> Started {
        throw PaymentError.unsupported("The simulation answers by itself.")
    }
    func refund(
        _ amount: Money, of receipt: Receipt, _ past: Past?, reason: String, _ call: Call
    ) async throws -> Outcome {
        throw PaymentError.unsupported("The simulation answers by itself.")
    }
}
