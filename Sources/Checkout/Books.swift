import Commerce
import Database
import PaymentKit
import Storage

/// What the money rules read and write within one transaction. The shop's are SQL; a simulation of the rules keeps its
/// own in memory.
///
/// Whoever changes an order reads the order first: its version guards all that is read after it, and
/// ``save(_:events:)`` is the compare-and-set (R5, R6).
package protocol Books {
    var now: Timestamp { get }
    /// A new identity; a simulation's are the same in every run.
    func makeIdentity() -> ID<Capture>
    /// A new ticket for a refund.
    func makeRefundTicket() -> Ticket

    // MARK: Orders and attempts
    func order(_ id: ID<Order>) throws -> Order?
    func order(number: OrderNumber) throws -> ID<Order>?
    /// The order of an attempt or a refund; that never changes.
    func order(of ticket: Ticket) throws -> ID<Order>?
    func attempt(_ ticket: Ticket) throws -> Attempt?
    func references(of ticket: Ticket, instance: String) throws -> [Reference]
    /// - Returns: False when the same reference belongs to another attempt.
    func add(_ reference: Reference, to ticket: Ticket, instance: String) throws -> Bool
    /// Whether, by the journal, a request that acts has left and was not definitely refused.
    func mayHaveActed(_ ticket: Ticket) throws -> Bool
    /// Journals that a request that acts is about to leave.
    /// - Returns: Its number among the ticket's acts, from 1.
    func beginAct(_ ticket: Ticket) throws -> Int
    /// - Returns: False when a message with this key was applied before.
    func markApplied(_ key: EventKey, instance: String, order: ID<Order>) throws -> Bool
    func insert(_ attempt: Attempt) throws
    func save(_ attempt: Attempt) throws
    /// - Throws: ``StaleWrite`` when the order has moved on since it was read.
    func save(_ order: Order, events: [OrderEvent]) throws

    // MARK: Goods
    /// - Returns: Whether all goods of an order are held for it now, at the price of its day.
    func holdGoods(of order: Order) throws -> Bool
    func releaseGoods(of order: Order) throws

    // MARK: Money
    /// All money of an order that was not merged into other rows, the earliest first.
    func captures(of order: ID<Order>) throws -> [Capture]
    func capture(receipt: String, instance: String) throws -> Capture?
    func insert(_ capture: Capture, payer: String?, account: String?) throws
    /// Saves what may change: ticket, order, a receipt that was owed, level, returns, merging.
    func save(_ capture: Capture, payer: String?) throws
    func note(_ road: EvidenceRoad, _ level: CaptureEvidence, of capture: ID<Capture>) throws
    /// One balanced entry of the books (I3). Amounts are debits when above zero, credits when below; zeros are left
    /// out.
    func post(_ amounts: [(Account, Int64)], _ currency: Currency, order: ID<Order>?, cause: String) throws

    // MARK: Refunds
    func refund(_ ticket: Ticket) throws -> Refund?
    func refunds(of order: ID<Order>) throws -> [Refund]
    /// The refund that the provider gave this receipt.
    func refund(receipt: String, instance: String) throws -> Refund?
    func insert(_ refund: Refund, payee: String?) throws
    func save(_ refund: Refund) throws

    // MARK: What follows
    /// Opens an item for a person, or opens it again.
    func openReview(_ kind: String, subject: String, order: ID<Order>?, detail: String) throws
    func closeReview(_ kind: String, subject: String) throws
    func schedule(_ job: Job) throws
    /// - Returns: False when somebody else has the job now.
    func postpone(_ job: Job, until due: Timestamp) throws -> Bool
    func cancel(_ kind: Job.Kind, of ticket: Ticket) throws
}

extension Books {
    /// Keeps what the provider calls an attempt, a refund or a payout.
    ///
    /// - Parameter isBelieved: Whether the message may name anything: a stranger's names are compared and not kept.
    /// - Returns: Whether the names fit what is known: the same name with another value, or a value that belongs to
    ///   something else, does not.
    func keep(
        _ references: [Reference], of ticket: Ticket, instance: String, isBelieved: Bool
    ) throws -> Bool {
        let known = try self.references(of: ticket, instance: instance)
        for reference in references {
            if let old = known.first(where: { $0.name == reference.name }) {
                if old.value != reference.value { return false }
            } else if isBelieved, try !add(reference, to: ticket, instance: instance) {
                return false
            }
        }
        return true
    }
}

/// The shop's books: SQL within one transaction.
struct SQLBooks: Books {
    let transaction: Transaction
    let vault: Vault
    let now: Timestamp

    func makeIdentity() -> ID<Capture> { ID(at: now) }
    func makeRefundTicket() -> Ticket { Ticket("R\(OrderNumber().text)") }

    func order(_ id: ID<Order>) throws -> Order? { try transaction.order(id) }
    func order(number: OrderNumber) throws -> ID<Order>? { try transaction.order(number: number) }
    func order(of ticket: Ticket) throws -> ID<Order>? { try transaction.order(of: ticket) }
    func attempt(_ ticket: Ticket) throws -> Attempt? { try transaction.attempt(ticket, vault) }
    func references(of ticket: Ticket, instance: String) throws -> [Reference] {
        try transaction.references(of: ticket, instance: instance, vault)
    }
    func add(_ reference: Reference, to ticket: Ticket, instance: String) throws -> Bool {
        try transaction.add(reference, to: ticket, instance: instance, vault)
    }
    func mayHaveActed(_ ticket: Ticket) throws -> Bool { try transaction.mayHaveActed(ticket) }
    func markApplied(_ key: EventKey, instance: String, order: ID<Order>) throws -> Bool {
        try transaction.markApplied(key, instance: instance, order: order, at: now)
    }
    func beginAct(_ ticket: Ticket) throws -> Int { try transaction.beginAct(ticket, at: now) }
    func insert(_ attempt: Attempt) throws { try transaction.insert(attempt, vault) }
    func save(_ attempt: Attempt) throws { try transaction.save(attempt, vault) }
    func save(_ order: Order, events: [OrderEvent]) throws {
        let saved = try transaction.save(order, events: events, at: now)
        try tell(saved, events)
        try announce(saved, was: order.status, events)
    }

    func holdGoods(of order: Order) throws -> Bool {
        let lines = try transaction.lines(of: order.id, currency: order.total.currency)
        for line in lines {
            guard let product = try transaction.product(slug: line.slug), product.price == line.unit,
                product.stock >= line.quantity
            else { return false }
        }
        for line in lines where try !transaction.reserve(line.quantity, of: line.product) { throw StaleWrite() }
        return true
    }
    func releaseGoods(of order: Order) throws {
        for line in try transaction.lines(of: order.id, currency: order.total.currency) {
            try transaction.release(line.quantity, of: line.product)
        }
    }

    func captures(of order: ID<Order>) throws -> [Capture] { try transaction.captures(of: order) }
    func capture(receipt: String, instance: String) throws -> Capture? {
        try transaction.capture(receipt: receipt, instance: instance)
    }
    func insert(_ capture: Capture, payer: String?, account: String?) throws {
        try whereNew { try transaction.insert(capture, payer: payer, account: account, vault) }
    }
    func save(_ capture: Capture, payer: String?) throws { try transaction.save(capture, payer: payer, vault) }
    func note(_ road: EvidenceRoad, _ level: CaptureEvidence, of capture: ID<Capture>) throws {
        try transaction.note(road, level, of: capture, at: now)
    }
    func post(_ amounts: [(Account, Int64)], _ currency: Currency, order: ID<Order>?, cause: String) throws {
        try transaction.post(amounts, currency, order: order, cause: cause, at: now)
    }

    func refund(_ ticket: Ticket) throws -> Refund? { try transaction.refund(ticket) }
    func refunds(of order: ID<Order>) throws -> [Refund] { try transaction.refunds(of: order) }
    func refund(receipt: String, instance: String) throws -> Refund? {
        try transaction.refund(receipt: receipt, instance: instance)
    }
    func insert(_ refund: Refund, payee: String?) throws {
        try whereNew { try transaction.insert(refund, payee: payee, vault) }
    }

    /// Somebody else stored the same at the same moment: the transaction is run again and finds it.
    private func whereNew(_ insert: () throws -> Void) throws {
        do { try insert() } catch let error as DatabaseError where error.kind == .duplicate { throw StaleWrite() }
    }
    func save(_ refund: Refund) throws { try transaction.save(refund) }

    func openReview(_ kind: String, subject: String, order: ID<Order>?, detail: String) throws {
        try transaction.openReview(kind, subject: subject, order: order, detail: detail, at: now)
    }
    func closeReview(_ kind: String, subject: String) throws {
        try transaction.closeReview(kind, subject: subject, at: now)
    }
    func schedule(_ job: Job) throws { try transaction.schedule(job) }
    func postpone(_ job: Job, until due: Timestamp) throws -> Bool { try transaction.postpone(job, until: due) }
    func cancel(_ kind: Job.Kind, of ticket: Ticket) throws { try transaction.cancel(kind, of: ticket) }
}
