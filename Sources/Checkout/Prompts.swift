import Commerce
import Database
import PaymentKit
import Storage

/// The transactions around a prompt and an order's end, apart from what news does to them.
package enum Prompts {
    /// The attempt or refund was settled, or its time is up, before its request left.
    package struct ActIsOver: Error {}

    /// Takes the order's live slot and stores the intent and its jobs: the second half of T1, after the limits.
    ///
    /// - Throws: ``StartRefusal``.
    package static func open<B: Books>(
        on order: Order, phone: PhoneNumber, fields: [String: String] = [:], instance: String, events: [OrderEvent],
        _ books: B, _ rules: ShopRules
    ) throws {
        var order = order
        let now = books.now
        let number = order.attemptsMade + 1
        let attempt = Attempt(
            ticket: Ticket("\(order.number)-\(number)"), order: order.id, number: number, instance: instance,
            amount: order.due, phone: phone, startedAt: now, fields: fields)
        order.attemptsMade = number
        order.liveTicket = attempt.ticket
        let amount = attempt.amount
        let started = OrderEvent("attempt_started", attempt.ticket, "\(amount.decimalText) \(amount.currency.rawValue)")
        // The order first: whoever pressed at the same moment finds that it has moved on, and looks again.
        try books.save(order, events: events + [started])
        try books.insert(attempt)
        try books.schedule(Job(.push, order.id, attempt.ticket, dueAt: now))
        try books.schedule(
            Job(.deadline, order.id, attempt.ticket, dueAt: now.adding(seconds: rules.attemptSeconds)))
    }

    /// Whether a payment may be started on an order at all.
    ///
    /// - Throws: ``StartRefusal``.
    package static func requireOpen(_ order: Order, _ rules: ShopRules, at now: Timestamp) throws {
        guard order.standing.remainder.minor > 0, order.cancelledAt == nil, now < order.standing.expiresAt,
            order.stockHeld, !order.flags.contains(.manualReview)
        else { throw StartRefusal.notPayable }
        // Reported as paid and not confirmed yet: asking again would make somebody pay twice (I14).
        guard order.liveTicket == nil, !order.flags.contains(.unconfirmed) else { throw StartRefusal.stillOpen }
        guard order.attemptsMade < rules.attemptsPerOrder else { throw StartRefusal.noAttemptsLeft }
    }

    /// The last gate before the first byte (I11). Whoever settles this attempt or refund meanwhile (another node that
    /// starts, a deadline, late money) changes the order too, and one of the two writes is run again.
    ///
    /// - Throws: ``ActIsOver``.
    package static func beginAct(_ ticket: Ticket, _ books: some Books, _ rules: ShopRules) throws -> Int {
        guard let id = try books.order(of: ticket), let order = try books.order(id) else { throw ActIsOver() }
        // Another worker may be at it, whose lease has run out: of two, one sends (I12).
        guard try !books.mayHaveActed(ticket) else { throw ActIsOver() }
        if let refund = try books.refund(ticket) {
            guard refund.state == .approved else { throw ActIsOver() }
        } else {
            guard let attempt = try books.attempt(ticket), attempt.state == .pending, order.liveTicket == ticket,
                order.standing.remainder.minor >= attempt.amount.minor,
                books.now < attempt.startedAt.adding(seconds: rules.pushWithinSeconds)
            else { throw ActIsOver() }
        }
        try books.save(order, events: [OrderEvent("act_begun", ticket)])
        return try books.beginAct(ticket)
    }

    /// Keeps an attempt waiting for a provider that did nothing yet, and says so on the order's page.
    package static func queue(_ ticket: Ticket, _ job: Job, seconds: Int, _ books: some Books) throws {
        guard try books.postpone(job, until: books.now.adding(seconds: seconds)) else { return }
        // The order first: its version guards what is read after it.
        guard let order = try books.order(job.order), var current = try books.attempt(ticket),
            current.state == .pending
        else { return }
        current.queuedUntil = books.now.adding(seconds: seconds)
        try books.save(current)
        try books.save(order, events: [OrderEvent("queued", ticket)])
    }

    /// Notes that the customer has come back from the provider's page, and has the provider asked at once.
    ///
    /// - Returns: False when there is no page that a payment may have been made on, or somebody came back just now.
    package static func comeBack(to id: ID<Order>, _ books: some Books) throws -> Bool {
        guard let order = try books.order(id) else { return false }
        // The page of an attempt that has ended may have taken money all the same.
        let ticket = order.liveTicket ?? Ticket("\(order.number)-\(order.attemptsMade)")
        guard var current = try books.attempt(ticket), current.state != .paid, var page = current.page else {
            return false
        }
        if let last = page.returnedAt, books.now < last.adding(seconds: 10) { return false }
        page.returnedAt = books.now
        current.page = page
        try books.save(current)
        try books.save(order, events: [OrderEvent("came_back", ticket)])
        try books.schedule(Job(.query, id, ticket, dueAt: books.now))
        return true
    }

    private static let weekSeconds = 7 * 86_400

    /// Ends an order that was not paid in time, unless something still keeps it.
    ///
    /// - Returns: False when it must be looked at again.
    package static func expire(_ id: ID<Order>, _ books: some Books) throws -> Bool {
        guard var order = try books.order(id), order.standing.remainder.minor > 0, order.cancelledAt == nil else {
            return true
        }
        // An order with a live attempt never expires; it is looked at again soon.
        guard order.liveTicket == nil else { return false }
        // Nor one whose payment was reported: it is paid, or a person's, in the end.
        guard !order.flags.contains(.unconfirmed) || order.flags.contains(.manualReview) else { return false }
        // It was given more time: a part of it was paid.
        guard books.now >= order.expiresAt else { return false }
        // Its goods are not in the shop: nothing puts them back on the shelf, and a person is told, now and each week.
        if order.hasLeftShop {
            // What was given up is asked for no more.
            guard !order.isGivenUp else { return true }
            order.expiresAt = books.now.adding(seconds: weekSeconds)
            try books.openReview(
                "goods_out", subject: order.number.text, order: order.id, detail: "not paid, and its goods are out")
            try books.save(
                order, events: [OrderEvent("review_opened", nil, "goods_out: not paid, and its goods are out")])
            return false
        }
        if order.applied.minor > 0 {
            order.flags.insert(.manualReview)
            order.cancelWanted = nil
            try books.openReview(
                "part_paid", subject: order.number.text, order: order.id, detail: "expired with money in it")
            try books.save(order, events: [OrderEvent("expired_part_paid")])
            return true
        }
        if order.stockHeld {
            try books.releaseGoods(of: order)
            order.stockHeld = false
        }
        order.cancelWanted = nil
        try books.save(order, events: [OrderEvent("expired")])
        return true
    }
}
