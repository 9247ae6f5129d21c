import Checkout
import Commerce
import Database
import PaymentKit
import Storage

/// A key exists already. The shop's database says so too, and the transaction fails as a whole.
struct Duplicate: Error {}
/// A rule of the tables was broken: the database refuses the row.
struct BrokenConstraint: Error { var what: String }
/// Another transaction, which has not ended, has written the same row: this one waits and is run again.
struct Blocked: Error {}

/// The shop's books in memory, within one transaction.
///
/// Each read sees what is committed at its own moment, as on MariaDB with READ COMMITTED, together with what this
/// transaction wrote itself: other transactions may run to their end between any two calls. An order's save is the
/// compare-and-set, keys are unique, and nothing is seen by others before ``commit()``.
package final class MemoryBooks: Books {
    let world: World
    let store: Store
    package let now: Timestamp
    let node: Int
    /// The call at which others get their turn; 0 for never.
    var pauseAt = 0
    private var calls = 0

    var orders = Changes<ID<Order>, Order>()
    var newEvents: [(order: ID<Order>, event: Store.Event)] = []
    var newGoods = Changes<ID<Order>, Store.Goods>()
    var stock: [(product: Int, change: Int)] = []
    var attempts = Changes<Ticket, Attempt>()
    var acts = Changes<Ticket, [Bool]>()
    var references = Changes<Store.ReferenceKey, Ticket>()
    var eventKeys: [Store.AppliedKey] = []
    var captures = Changes<ID<Capture>, Capture>()
    var postings: [(order: ID<Order>?, account: Account, amount: Int64)] = []
    var refunds = Changes<Ticket, Refund>()
    var reviews = Changes<Store.ReviewKey, Store.Review>()
    var jobs = Changes<Store.JobKey, Store.JobRow>()
    var inbox = Changes<Int, Store.InboxRow>()
    var statement: Store.Reading?

    init(_ world: World, store: Store? = nil, now: Timestamp, node: Int) {
        self.world = world
        self.store = store ?? world.store
        self.now = now
        self.node = node
    }

    /// Counts a statement, and lets others run where it was planned.
    @inline(__always)
    func touch() throws {
        calls += 1
        if calls == pauseAt { try world.letOthersRun(during: self) }
    }

    /// Stops where a transaction that stands still holds the row.
    @inline(__always)
    private func wait(_ holds: (MemoryBooks) -> Bool) throws {
        guard !store.suspended.isEmpty else { return }
        for other in store.suspended where holds(other) { throw Blocked() }
    }

    package func makeIdentity() -> ID<Capture> { ID(stored: world.makeName("c")) }
    package func makeRefundTicket() -> Ticket { Ticket(world.makeName("R")) }

    // MARK: Orders and attempts

    package func order(_ id: ID<Order>) throws -> Order? {
        try touch()
        return current(id)
    }

    private func current(_ id: ID<Order>) -> Order? { orders.row(id) ?? store.orders[id] }

    package func order(number: OrderNumber) throws -> ID<Order>? {
        try touch()
        return store.orders.rows.first { $0.number == number }?.id
    }

    package func order(of ticket: Ticket) throws -> ID<Order>? {
        try touch()
        return currentAttempt(ticket)?.order ?? currentRefund(ticket)?.order
    }

    package func attempt(_ ticket: Ticket) throws -> Attempt? {
        try touch()
        return currentAttempt(ticket)
    }

    private func currentAttempt(_ ticket: Ticket) -> Attempt? { attempts.row(ticket) ?? store.attempts[ticket] }

    package func references(of ticket: Ticket, instance: String) throws -> [Reference] {
        try touch()
        var found: [Reference] = []
        for (place, owner) in store.references.rows.enumerated() where owner == ticket {
            let key = store.references.keys[place]
            if key.instance == instance { found.append(Reference(key.name, key.value)) }
        }
        for change in references.list where change.row == ticket && change.key.instance == instance {
            found.append(Reference(change.key.name, change.key.value))
        }
        return found.sorted { $0.name < $1.name }
    }

    package func add(_ reference: Reference, to ticket: Ticket, instance: String) throws -> Bool {
        try touch()
        let key = Store.ReferenceKey(instance: instance, name: reference.name, value: reference.value)
        if let owner = references.row(key) ?? store.references[key] { return owner == ticket }
        try wait { $0.references.holds(key) }
        references.set(key, ticket)
        return true
    }

    package func mayHaveActed(_ ticket: Ticket) throws -> Bool {
        try touch()
        return (acts.row(ticket) ?? store.acts[ticket])?.contains(false) ?? false
    }

    package func beginAct(_ ticket: Ticket) throws -> Int {
        try touch()
        try wait { $0.acts.holds(ticket) }
        var rows = (acts.row(ticket) ?? store.acts[ticket]) ?? []
        rows.append(false)
        acts.set(ticket, rows)
        return rows.count
    }

    /// Takes back a journal line whose request provably never left, or was refused before anything happened.
    func endAct(_ ticket: Ticket, number: Int) throws {
        try touch()
        guard var rows = acts.row(ticket) ?? store.acts[ticket], rows.indices.contains(number - 1) else { return }
        try wait { $0.acts.holds(ticket) }
        rows[number - 1] = true
        acts.set(ticket, rows)
    }

    package func markApplied(_ key: EventKey, instance: String, order: ID<Order>) throws -> Bool {
        try touch()
        let key = Store.AppliedKey(instance: instance, key: key)
        try wait { $0.eventKeys.contains(key) }
        if store.eventKeys.contains(key) || eventKeys.contains(key) { return false }
        eventKeys.append(key)
        return true
    }

    package func insert(_ attempt: Attempt) throws {
        try touch()
        try wait { $0.attempts.holds(attempt.ticket) }
        if currentAttempt(attempt.ticket) != nil { throw StaleWrite() }
        attempts.set(attempt.ticket, attempt)
    }

    package func save(_ attempt: Attempt) throws {
        try touch()
        try wait { $0.attempts.holds(attempt.ticket) }
        attempts.set(attempt.ticket, attempt)
    }

    /// Stores a new order, of version 0; its first save makes it exist for others.
    func insert(_ order: Order, product: Int, quantity: Int) throws {
        try touch()
        orders.set(order.id, order)
        newGoods.set(order.id, Store.Goods(product: product, quantity: quantity))
    }

    package func save(_ order: Order, events: [OrderEvent]) throws {
        try touch()
        precondition(!events.isEmpty, "An order changes only by events.")
        try wait { $0.orders.holds(order.id) }
        guard let known = current(order.id), known.version == order.version else { throw StaleWrite() }
        guard order.applied.minor >= 0, order.applied.minor <= order.total.minor else {
            throw BrokenConstraint(what: "more counted than the order costs")
        }
        var next = order
        next.changedAt = max(now, order.changedAt)
        for event in events {
            next.version += 1
            newEvents.append((order.id, Store.Event(seq: next.version, event: event, at: next.changedAt)))
        }
        next.status = next.standing.status(at: now)
        orders.set(order.id, next)
    }

    // MARK: Goods

    package func holdGoods(of order: Order) throws -> Bool {
        try touch()
        guard let goods = newGoods.row(order.id) ?? store.goods[order.id] else { return false }
        return try reserve(goods.quantity, of: goods.product)
    }

    func reserve(_ quantity: Int, of product: Int) throws -> Bool {
        try wait { $0.stock.contains { $0.product == product } }
        let left = store.stock[product] + stock.reduce(0) { $0 + ($1.product == product ? $1.change : 0) }
        guard left >= quantity else { return false }
        stock.append((product, -quantity))
        return true
    }

    package func releaseGoods(of order: Order) throws {
        try touch()
        guard let goods = newGoods.row(order.id) ?? store.goods[order.id] else { return }
        try wait { $0.stock.contains { $0.product == goods.product } }
        stock.append((goods.product, goods.quantity))
    }

    // MARK: Money

    package func captures(of order: ID<Order>) throws -> [Capture] {
        try touch()
        var found: [Capture] = []
        for capture in store.captures.rows where !captures.holds(capture.id) {
            if capture.order == order, capture.mergedInto == nil { found.append(capture) }
        }
        for change in captures.list {
            if let capture = change.row, capture.order == order, capture.mergedInto == nil { found.append(capture) }
        }
        guard found.count > 1 else { return found }
        return found.sorted { ($0.recordedAt, $0.id.text) < ($1.recordedAt, $1.id.text) }
    }

    package func capture(receipt: String, instance: String) throws -> Capture? {
        try touch()
        return currentCapture { $0.receipt == receipt && $0.instance == instance }
    }

    private func currentCapture(_ isWanted: (Capture) -> Bool) -> Capture? {
        for change in captures.list { if let row = change.row, isWanted(row) { return row } }
        return store.captures.rows.first { isWanted($0) && !captures.holds($0.id) }
    }

    package func insert(_ capture: Capture, payer: String?, account: String?) throws {
        try touch()
        do { try check(capture) } catch is Duplicate { throw StaleWrite() }
        captures.set(capture.id, capture)
    }

    package func save(_ capture: Capture, payer: String?) throws {
        try touch()
        try wait { $0.captures.holds(capture.id) }
        guard let known = captures.row(capture.id) ?? store.captures[capture.id] else { throw StaleWrite() }
        guard known.receipt == nil || known.receipt == capture.receipt,
            known.order == nil ? known.returning == capture.returningWhenRead : known.order == capture.order
        else { throw StaleWrite() }
        try check(capture)
        captures.set(capture.id, capture.asRead)
    }

    /// The keys and checks of the table.
    private func check(_ capture: Capture) throws {
        if let receipt = capture.receipt {
            func isSame(_ other: Capture) -> Bool { other.receipt == receipt && other.instance == capture.instance }
            try wait { $0.captures.list.contains { $0.row.map(isSame) ?? false } }
            if let other = currentCapture(isSame), other.id != capture.id { throw Duplicate() }
        }
        if let ticket = capture.ticket {
            try wait { $0.captures.list.contains { $0.row?.ticket == ticket } }
            if let other = currentCapture({ $0.ticket == ticket }), other.id != capture.id { throw Duplicate() }
        }
        guard capture.amount.minor > 0, capture.returned.minor >= 0, capture.returned.minor <= capture.returning.minor,
            capture.returning.minor <= capture.amount.minor
        else { throw BrokenConstraint(what: "more goes back than was paid") }
    }

    package func note(_ road: EvidenceRoad, _ level: CaptureEvidence, of capture: ID<Capture>) throws { try touch() }

    package func post(
        _ amounts: [(Account, Int64)], _ currency: Currency, order: ID<Order>?, cause: String
    ) throws {
        try touch()
        var sum: Int64 = 0
        var lines = 0
        for (account, amount) in amounts where amount != 0 {
            sum += amount
            lines += 1
            postings.append((order, account, amount))
        }
        world.require(sum == 0 && lines != 1, "I3", "an entry of the books that does not balance")
    }

    // MARK: Refunds

    package func refund(_ ticket: Ticket) throws -> Refund? {
        try touch()
        return currentRefund(ticket)
    }

    private func currentRefund(_ ticket: Ticket) -> Refund? { refunds.row(ticket) ?? store.refunds[ticket] }

    package func refunds(of order: ID<Order>) throws -> [Refund] {
        try touch()
        return allRefunds { $0.order == order }
            .sorted { ($0.requestedAt, $0.ticket.value) < ($1.requestedAt, $1.ticket.value) }
    }

    private func allRefunds(_ isWanted: (Refund) -> Bool) -> [Refund] {
        store.refunds.rows.filter { isWanted($0) && !refunds.holds($0.ticket) }
            + refunds.list.compactMap(\.row).filter(isWanted)
    }

    package func refund(receipt: String, instance: String) throws -> Refund? {
        try touch()
        return allRefunds { $0.receipt == receipt && $0.instance == instance }.first
    }

    package func insert(_ refund: Refund, payee: String?) throws {
        try touch()
        do { try checkReceipt(of: refund) } catch is Duplicate { throw StaleWrite() }
        refunds.set(refund.ticket, refund)
    }

    package func save(_ refund: Refund) throws {
        try touch()
        try wait { $0.refunds.holds(refund.ticket) }
        try checkReceipt(of: refund)
        refunds.set(refund.ticket, refund)
    }

    private func checkReceipt(of refund: Refund) throws {
        guard let receipt = refund.receipt else { return }
        func isSame(_ other: Refund) -> Bool { other.receipt == receipt && other.instance == refund.instance }
        try wait { $0.refunds.list.contains { $0.row.map(isSame) ?? false } }
        if allRefunds({ isSame($0) && $0.ticket != refund.ticket }).first != nil { throw Duplicate() }
    }

    // MARK: What follows

    package func openReview(_ kind: String, subject: String, order: ID<Order>?, detail: String) throws {
        try touch()
        let key = Store.ReviewKey(kind: kind, subject: subject)
        try wait { $0.reviews.holds(key) }
        reviews.set(key, Store.Review(order: order, isOpen: true))
    }

    package func closeReview(_ kind: String, subject: String) throws {
        try touch()
        let key = Store.ReviewKey(kind: kind, subject: subject)
        guard var row = reviews.row(key) ?? store.reviews[key] else { return }
        try wait { $0.reviews.holds(key) }
        row.isOpen = false
        reviews.set(key, row)
    }

    package func schedule(_ job: Job) throws {
        try touch()
        let key = Store.JobKey(job)
        try wait { $0.jobs.holds(key) }
        var row = Store.JobRow(job: job, leaseUntil: Timestamp(milliseconds: 0))
        if let known = jobs.row(key) ?? store.jobs[key] {
            row.job.generation = known.job.generation + 1
            row.job.runs = known.job.runs
        } else {
            row.job.generation = 1
        }
        jobs.set(key, row)
    }

    package func postpone(_ job: Job, until due: Timestamp) throws -> Bool {
        try touch()
        guard var row = try claimed(job) else { return false }
        row.job.dueAt = due
        row.leaseUntil = Timestamp(milliseconds: 0)
        jobs.set(Store.JobKey(job), row)
        return true
    }

    /// The row of a job whose claim is still good.
    func claimed(_ job: Job) throws -> Store.JobRow? {
        let key = Store.JobKey(job)
        try wait { $0.jobs.holds(key) }
        guard let row = jobs.row(key) ?? store.jobs[key], row.job.generation == job.generation else { return nil }
        return row
    }

    package func cancel(_ kind: Job.Kind, of ticket: Ticket) throws {
        try touch()
        let key = Store.JobKey(kind, ticket, ID(stored: ""))
        try wait { $0.jobs.holds(key) }
        jobs.set(key, nil)
    }
}
