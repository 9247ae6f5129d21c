import Checkout
import Commerce
import PaymentKit
import Storage

/// One order in books of its own, for stories that are told step by step: each call is one transaction.
package final class RuleBench {
    private let world: World
    private let rules = ShopRules()
    package var now: Timestamp
    package let number: OrderNumber
    private let id = ID<Order>(stored: "o0")

    /// An order with so many attempts, each over the whole price, of which nothing is known yet.
    package init(shillings: Int64, attempts: Int = 1) throws {
        world = World(
            Plan(
                seed: 1, nodes: 1, isSerial: true, isTill: false, stock: [9], prices: [shillings], expirySeconds: 3_600,
                statementEvery: 900, orders: [], faults: [], extras: [], hostilities: []))
        now = Timestamp(milliseconds: World.begin)
        var random = Random(7)
        number = OrderNumber(using: &random)
        let total = Money(whole: shillings, .kes)
        let zero = Money(minor: 0, .kes)
        let order = Order(
            id: id, number: number, version: 0, lastHash: [], status: .pending, flags: [], language: .english,
            deliveryCode: "", deliveryName: Words(english: "", swahili: ""), goods: total, delivery: zero, vat: zero,
            total: total, applied: zero, received: zero, returned: zero, stockHeld: true, attemptsMade: attempts,
            liveTicket: Ticket("\(number)-\(attempts)"), placedAt: now, expiresAt: now.adding(seconds: 3_600),
            changedAt: now, cancelledAt: nil, paidAt: nil)
        let phone = try PhoneNumber("0712345678")
        try transact { books in
            try books.insert(order, product: 0, quantity: 1)
            for number in 1...attempts {
                try books.insert(
                    Attempt(
                        ticket: self.ticket(number), order: self.id, number: number, instance: World.instance,
                        amount: total, phone: phone, startedAt: self.now))
            }
            try books.save(order, events: [OrderEvent("order_placed")])
        }
    }

    private func transact<Result>(_ body: (MemoryBooks) throws -> Result) throws -> Result {
        let books = MemoryBooks(world, now: now, node: 0)
        let result = try body(books)
        books.commit()
        return result
    }

    // MARK: What is told

    package func ticket(_ number: Int) -> Ticket { Ticket("\(self.number)-\(number)") }

    /// News about an attempt, or about a refund by its ticket.
    package func tell(_ news: News, about ticket: Ticket) throws {
        _ = try transact {
            try Recording.record(news, about: ticket, instance: World.instance, $0, rules, [World.instance: 180])
        }
    }

    /// Money that the provider reports by itself; the account is the order's number unless another is given.
    package func report(
        _ receipt: String, shillings: Int64, account: String? = nil, _ road: EvidenceRoad = .statement
    ) throws {
        _ = try transact { try ReceivedMoney.record(money(receipt, shillings, account, road), $0, rules) }
    }

    /// A message about money at the shop's standing address.
    package func hear(_ receipt: String, shillings: Int64, isListed: Bool) throws -> MoneyRecorded? {
        try transact {
            try ReceivedMoney.hear(money(receipt, shillings, nil, .confirmation), isListed: isListed, $0, rules)
        }
    }

    private func money(_ receipt: String, _ shillings: Int64, _ account: String?, _ road: EvidenceRoad) -> MoneyReport {
        MoneyReport(
            instance: World.instance, receipt: Receipt(receipt), amount: Money(whole: shillings, .kes),
            account: account ?? number.text, road: road, level: road == .confirmation ? .matched : .confirmed)
    }

    /// Staff give unmatched money to the order.
    package func assign(_ receipt: String) throws {
        try transact { books in
            guard let held = try books.capture(receipt: receipt, instance: World.instance),
                let order = try books.order(id)
            else { return }
            var work = OrderWork(order, books, rules)
            try ReceivedMoney.assign(
                held, money(receipt, held.amount.minor / 100, "", .staff), to: &work)
            _ = try work.save()
        }
    }

    /// The provider's list says that money went back.
    package func listReturn(_ receipt: String, of original: String, shillings: Int64) throws {
        try transact {
            try ReportedReturn(
                amount: Money(whole: shillings, .kes), receipt: Receipt(receipt), original: original,
                instance: World.instance
            ).record($0, rules)
        }
    }

    /// Two people ask for and approve a refund of the newest payment.
    package func refund(shillings: Int64? = nil) throws -> Ticket {
        var request = RefundRequest(order: number, way: .reversal, reason: "asked", by: "Asha")
        request.amount = shillings.map { Money(whole: $0, .kes) }
        return try transact { books in
            guard let order = try books.order(id) else { throw RefundRefusal.noSuchOrder }
            let ticket = try RefundDesk(order: order, books: books, rules: rules).request(request) { _ in
                Staff.abilities
            }.ticket
            guard let changed = try books.order(id) else { throw RefundRefusal.noSuchOrder }
            return try RefundDesk(order: changed, books: books, rules: rules).approve(ticket, by: "Baraka").ticket
        }
    }

    /// Passes the gate before a request that acts.
    ///
    /// - Throws: ``Prompts/ActIsOver``.
    package func beginAct(_ ticket: Ticket) throws { _ = try transact { try Prompts.beginAct(ticket, $0, rules) } }

    // MARK: What came of it

    package var order: Order? { world.store.orders[id] }
    package func attempt(_ number: Int) -> Attempt? { world.store.attempts[ticket(number)] }
    package func refund(_ ticket: Ticket) -> Refund? { world.store.refunds[ticket] }
    package func references(of ticket: Ticket) throws -> [Reference] {
        try transact { try $0.references(of: ticket, instance: World.instance) }
    }
    /// The order's payments, by receipt; "owed" where none is named yet.
    package var payments: [String] {
        world.store.captures.rows.filter { $0.order == id && $0.mergedInto == nil }.map { $0.receipt ?? "owed" }
            .sorted()
    }
    package func payment(_ receipt: String) -> Capture? { world.store.captures.rows.first { $0.receipt == receipt } }
    package func hasJob(_ kind: Job.Kind) -> Bool { world.store.jobs.rows.contains { $0.job.kind == kind } }
    /// What the books hold for the provider, for the order's payments, for the customer, and in suspense: debits above
    /// zero, in shillings.
    package var balances: [Int64] {
        let total = world.store.total
        return [total.clearing, total.payments, total.credit, total.suspense].map { $0 / 100 }
    }
}
