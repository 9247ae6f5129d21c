import Commerce
import Database
import PaymentKit
import Storage

/// The work on one order within one transaction: what changes, until it is saved.
package struct OrderWork<B: Books> {
    let books: B
    let rules: ShopRules
    var order: Order
    private(set) var events: [OrderEvent] = []
    /// Changes of the books that wait to be posted as one entry, debits above zero.
    private var postings: [Account: Int64] = [:]
    private var cause = ""

    package init(_ order: Order, _ books: B, _ rules: ShopRules) {
        self.order = order
        self.books = books
        self.rules = rules
    }

    var now: Timestamp { books.now }
    var nothing: Money { Money(minor: 0, order.total.currency) }

    /// Adds a line to the order's history.
    package mutating func note(_ kind: String, _ ticket: Ticket? = nil, _ detail: String = "") {
        events.append(OrderEvent(kind, ticket, detail))
    }

    /// Opens an item for a person about this order.
    mutating func review(_ kind: String, subject: String, _ why: String, _ ticket: Ticket? = nil) throws {
        try books.openReview(kind, subject: subject, order: order.id, detail: why)
        note("review_opened", ticket, "\(kind): \(why)")
    }

    // MARK: Cancelling

    /// Does what somebody wanted for when the prompt has ended, or drops it when money came first. With each change of
    /// the order, so that no time lies between the prompt's end and the order's.
    private mutating func decideCancellation() throws {
        switch order.cancelDecision {
        case .none, .wait: break
        case .cancel: try cancel()
        case .drop:
            if order.received.minor > 0 { note("cancel_dropped", nil, order.cancelWanted ?? "") }
            order.cancelWanted = nil
        }
    }

    /// Ends the order, as somebody wants; its goods go back on the shelf.
    mutating func cancel() throws {
        let wanted = order.cancelWanted ?? ""
        order.cancelWanted = nil
        order.cancelledAt = now
        order.stockHeld = false
        try books.releaseGoods(of: order)
        note("cancelled_by", nil, wanted)
    }

    // MARK: Money

    /// Adds money of the provider's to this order: what of it counts is settled when the work is saved.
    mutating func credit(_ capture: Capture) {
        move(capture.amount.minor, from: .providerClearing, to: .customerCredit, because: capture.id.text)
    }

    /// Adds money that waited for its order. What of it has gone back meanwhile waits no more.
    mutating func creditHeld(_ capture: Capture) {
        let held = capture.amount.minor - capture.returned.minor
        move(held, from: .suspense, to: .customerCredit, because: capture.id.text)
    }

    /// Takes money off this order again: it was counted under another row.
    mutating func uncredit(_ capture: Capture) {
        move(-capture.amount.minor, from: .providerClearing, to: .customerCredit, because: capture.id.text)
    }

    /// Money of the order whose receipt nobody has named.
    func owed(_ amount: Money, instance: String) throws -> Capture? {
        try books.captures(of: order.id).first {
            $0.receipt == nil && $0.instance == instance && $0.amount == amount
        }
    }

    /// Makes one row of two that are the same money: one was counted without its receipt, the other by it.
    ///
    /// - Returns: The row with the receipt, to be saved by the caller; nil when more has gone back than was paid once:
    ///   then a person must look.
    mutating func merge(_ owed: Capture, into named: Capture) throws -> Capture? {
        guard owed.returning.minor + named.returning.minor <= named.amount.minor else {
            try review("contradiction", subject: named.receipt ?? named.id.text, "one payment was sent back twice")
            return nil
        }
        var joined = named
        joined.ticket = owed.ticket
        joined.returning = named.returning + owed.returning
        joined.returned = named.returned + owed.returned
        var gone = owed
        gone.ticket = nil
        gone.link = .none
        gone.mergedInto = named.id
        (gone.returning, gone.returned) = (nothing, nothing)
        try books.save(gone, payer: nil)
        for var refund in try books.refunds(of: order.id) where refund.capture == owed.id {
            refund.capture = named.id
            try books.save(refund)
        }
        uncredit(owed)
        try books.closeReview("receipt_owed", subject: owed.id.text)
        note("captures_merged", owed.ticket)
        return joined
    }

    private mutating func move(_ minor: Int64, from debit: Account, to credit: Account, because cause: String) {
        postings[debit, default: 0] += minor
        postings[credit, default: 0] -= minor
        self.cause = cause
    }

    /// Computes what the order's money comes to after a capture or a return changed, and moves it in the books.
    mutating func settle(because cause: String) throws {
        let captures = try books.captures(of: order.id)
        let received = captures.reduce(Int64(0)) { $0 + $1.amount.minor }
        let isLate = order.cancelledAt != nil || !order.stockHeld
        let kept = received - captures.reduce(Int64(0)) { $0 + $1.returned.minor }
        if kept > 0, !order.stockHeld {
            // Late money: the goods are taken off the shelf again if it is enough for them and they are there.
            let revives =
                kept >= order.total.minor && now < order.expiresAt.adding(seconds: rules.reviveSeconds)
            if try revives && books.holdGoods(of: order) {
                order.stockHeld = true
                note("stock_held_again")
            } else if !order.flags.contains(.manualReview) {
                order.flags.insert(.manualReview)
                try review("late_money", subject: order.number.text, "money for an order that has ended")
            }
        }
        if isLate, received > 0 { order.flags.insert(.late) }
        let before = keptInBooks
        let money = OrderMoney(captures, total: order.total, canBeFulfilled: order.stockHeld)
        order.received = money.received
        order.returned = money.returned
        order.applied = money.applied
        // What the order's payments gain or lose comes from the customer's credit; returns go out of both.
        move(money.kept.minor - before, from: .customerCredit, to: .orderPayments, because: cause)
        try raise(money.flags)
        try proposeRefund(of: money.credit, captures)
        // What is left may still be paid: the order is given its time anew, once.
        if order.standing.remainder.minor > 0, order.applied.minor > 0, captures.count == 1, order.stockHeld {
            order.expiresAt = max(order.expiresAt, now.adding(seconds: rules.orderExpirySeconds))
            try books.schedule(Job(.expire, order.id, dueAt: order.expiresAt))
        }
        // Once its deposit is here it is kept until it is paid at the door.
        if let deposit = order.deposit, order.depositLeft.minor == 0, order.standing.remainder.minor > 0,
            order.stockHeld, order.expiresAt < deposit.keptUntil
        {
            order.expiresAt = deposit.keptUntil
            try books.schedule(Job(.expire, order.id, dueAt: order.expiresAt))
        }
        if let writtenOff = order.writtenOff, case let left = writtenOff.limited(to: order.standing.remainder),
            left != writtenOff
        {
            order.writtenOff = left
            note("written_off_less", nil, (left?.amount ?? nothing).decimalText)
        }
        // What is owed anew for goods that are out is asked for.
        if order.hasLeftShop, order.standing.remainder.minor > 0, !order.isGivenUp {
            try books.schedule(Job(.expire, order.id, dueAt: max(now, order.expiresAt)))
        }
        if order.standing.remainder.minor <= 0 {
            if order.paidAt == nil { order.paidAt = now }
            try books.closeReview("goods_out", subject: order.number.text)
            order.cancelledAt = nil
        }
    }

    /// What the order's payments hold in the books, by what is stored.
    private var keptInBooks: Int64 { min(order.applied.minor, max(0, order.received.minor - order.returned.minor)) }

    /// Sets the flags that follow from the money, and opens or closes their items.
    private mutating func raise(_ flags: Set<OrderFlag>) throws {
        for flag in flags.subtracting(order.flags).sorted() where flag != .partRefunded {
            try review(flag.rawValue, subject: order.number.text, "money to give back")
        }
        for flag in OrderMoney.computedFlags.intersection(order.flags).subtracting(flags).sorted() {
            try books.closeReview(flag.rawValue, subject: order.number.text)
        }
        order.flags = order.flags.subtracting(OrderMoney.computedFlags).union(flags)
    }

    /// Takes money that has gone back out of the books.
    mutating func debitReturn(_ amount: Money, because cause: String) {
        move(-amount.minor, from: .providerClearing, to: .customerCredit, because: cause)
    }

    /// Writes everything, or nothing when nothing happened.
    ///
    /// - Returns: Whether anything changed.
    package func save() throws -> Bool {
        guard !events.isEmpty else { return false }
        var work = self
        try work.decideCancellation()
        return try work.write()
    }

    private func write() throws -> Bool {
        let amounts = postings.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key, $0.value) }
        try books.post(amounts, order.total.currency, order: order.id, cause: cause)
        try books.save(order, events: events)
        return true
    }
}
