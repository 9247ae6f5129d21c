import PaymentKit

/// Money that shall go back to a customer: asked for by one person, approved by another, sent once, and counted only
/// when the provider says that it moved.
package struct Refund: Hashable, Sendable {
    /// Who asks for refunds that the shop itself proposes.
    package static let proposer = "duka"

    /// How the money goes back.
    package enum Way: String, Sendable, CaseIterable {
        /// The provider undoes the payment.
        case reversal
        /// A payment of the shop's own to the customer: what a reversal cannot do.
        case payout
        /// A person paid it back outside the shop and says how.
        case byHand = "by_hand"
        /// Somebody undid it at the provider; we only hear of it.
        case external
    }

    /// What is known of a refund. As with attempts, the state is the join of all evidence.
    package enum State: Hashable, Sendable {
        case requested
        case approved
        /// The request may have been sent; the answer is missing. It is never sent again.
        case unknown
        /// The provider has it and has not decided.
        case submitted
        /// Turned down by a person, or by the provider. Nothing moved.
        case failed(Decline)
        case succeeded
    }

    package let ticket: Ticket
    /// Nil when the payment had not been matched to an order.
    package let order: ID<Order>?
    package var capture: ID<Capture>
    package let instance: String
    package let amount: Money
    package let way: Way
    package let reason: String
    package let requestedBy: String
    package let requestedAt: Timestamp
    package var state: State
    package var approvedBy: String?
    package var approvedAt, sentAt, closedAt: Timestamp?
    /// The provider's receipt of the money that went out.
    package var receipt: String?
    /// What a person gave as proof of money that they paid back by hand.
    package var proof: String?

    package init(
        ticket: Ticket, order: ID<Order>?, capture: ID<Capture>, instance: String, amount: Money, way: Way,
        reason: String, requestedBy: String, requestedAt: Timestamp, state: State = .requested
    ) {
        self.ticket = ticket
        self.order = order
        self.capture = capture
        self.instance = instance
        self.amount = amount
        self.way = way
        self.reason = reason
        self.requestedBy = requestedBy
        self.requestedAt = requestedAt
        self.state = state
    }
}

extension Refund.State {
    package var rank: Int {
        switch self {
        case .requested: 0
        case .approved: 1
        case .unknown: 2
        case .submitted: 3
        case .failed: 4
        case .succeeded: 5
        }
    }

    /// This and `other` taken together; commutative, associative and idempotent.
    package func joined(with other: Refund.State) -> Refund.State {
        if rank != other.rank { return rank > other.rank ? self : other }
        guard case .failed(let mine) = self, case .failed(let theirs) = other else { return self }
        return (theirs.code, theirs.detail) < (mine.code, mine.detail) ? self : other
    }

    /// The public word: database, API and pages.
    package var name: String {
        switch self {
        case .requested: "requested"
        case .approved: "approved"
        case .unknown: "unknown"
        case .submitted: "submitted"
        case .failed: "failed"
        case .succeeded: "succeeded"
        }
    }

    /// Whether money may still move because of it: one such refund for a capture at a time.
    package var isOpen: Bool {
        switch self {
        case .requested, .approved, .unknown, .submitted: true
        case .failed, .succeeded: false
        }
    }

    package var decline: Decline? {
        if case .failed(let decline) = self { decline } else { nil }
    }
}
