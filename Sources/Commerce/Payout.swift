import PaymentKit

/// A payment of the shop's own to somebody: a supplier, a rider, the owner. It goes the way of a refund: asked for by
/// one person, approved by another from a limit on, sent once, and counted only when the provider says that it moved.
package struct Payout: Hashable, Sendable {
    package let ticket: Ticket
    /// Every change is a compare-and-set on it.
    package let version: Int64
    package let instance: String
    package let amount: Money
    /// To whom, without what is private: `phone 2547*****678`.
    package let payeeShown: String
    package let reason: String
    package let requestedBy: String
    package let requestedAt: Timestamp
    package var state: Refund.State
    package var approvedBy: String?
    package var approvedAt, sentAt, closedAt: Timestamp?
    /// The provider's, once it is known; set once.
    package var receipt: String?

    package init(
        ticket: Ticket, version: Int64 = 1, instance: String, amount: Money, payeeShown: String, reason: String,
        requestedBy: String, requestedAt: Timestamp, state: Refund.State = .requested
    ) {
        self.ticket = ticket
        self.version = version
        self.instance = instance
        self.amount = amount
        self.payeeShown = payeeShown
        self.reason = reason
        self.requestedBy = requestedBy
        self.requestedAt = requestedAt
        self.state = state
    }
}
