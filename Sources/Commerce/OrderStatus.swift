import PaymentKit

/// Where an order stands, as people and programs see it. Computed from the ledger and the clock, never set by hand.
package enum OrderStatus: String, Sendable, CaseIterable {
    case pending
    case promptSent = "prompt_sent"
    case partiallyPaid = "partially_paid"
    case paid, cancelled, expired, reversed
    case manualReview = "manual_review"
}

/// What a person should know about an order besides its status.
package enum OrderFlag: String, Sendable, CaseIterable, Comparable {
    case duplicatePayment = "duplicate_payment"
    case overpaid, contradiction
    /// A part of the price went back; nothing is owed for it.
    case partRefunded = "part_refunded"
    case idMismatch = "id_mismatch"
    case unconfirmed, late
    case manualReview = "manual_review"

    package static func < (left: OrderFlag, right: OrderFlag) -> Bool { left.rawValue < right.rawValue }
}

/// All that the status of an order depends on.
package struct OrderStanding: Hashable, Sendable {
    package var total: Money
    /// Money counted towards the order; what is too much is the customer's credit and not in it (I5).
    package var applied: Money
    /// All money that arrived for it, and what of that has gone back.
    package var received, returned: Money
    package var hasLiveAttempt: Bool
    package var isCancelled: Bool
    package var expiresAt: Timestamp
    package var flags: Set<OrderFlag>

    package init(
        total: Money, applied: Money, received: Money, returned: Money, hasLiveAttempt: Bool, isCancelled: Bool,
        expiresAt: Timestamp, flags: Set<OrderFlag>
    ) {
        self.total = total
        self.applied = applied
        self.received = received
        self.returned = returned
        self.hasLiveAttempt = hasLiveAttempt
        self.isCancelled = isCancelled
        self.expiresAt = expiresAt
        self.flags = flags
    }

    package var remainder: Money { total - applied }

    /// Paid beats everything; money that waits for a person beats expiry and cancellation.
    ///
    /// A part of the price that went back is forgiven, not owed again: the order stays paid.
    package func status(at now: Timestamp) -> OrderStatus {
        if received.minor > 0, returned.minor >= received.minor { return .reversed }
        if applied.minor >= total.minor { return .paid }
        if flags.contains(.manualReview) { return .manualReview }
        if hasLiveAttempt { return applied.minor > 0 ? .partiallyPaid : .promptSent }
        if applied.minor > 0 { return .partiallyPaid }
        if isCancelled { return .cancelled }
        if now >= expiresAt { return .expired }
        return .pending
    }
}
