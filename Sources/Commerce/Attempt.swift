import PaymentKit

/// One try to get money for an order: one prompt on one phone, or one page of a provider's. It changes only
/// together with its order.
package struct Attempt: Hashable, Sendable {
    /// What is known of a try. The state of an attempt is the join, the greatest, of all evidence: evidence may come in
    /// any order, any number of times, with the same result (I19).
    package enum State: Hashable, Sendable {
        /// The intent is stored; nothing has left.
        case pending
        /// A prompt may have been sent; the answer is missing.
        case unknown
        case promptSent
        /// Refused before any prompt.
        case refused(Decline)
        /// Nobody answered, or no answer came in time.
        case expired(Decline)
        /// Cancelled on the phone.
        case cancelled(Decline)
        /// A definite no after the prompt.
        case failed(Decline)
        case paid
    }

    package let ticket: Ticket
    package let order: ID<Order>
    /// 1 for an order's first.
    package let number: Int
    /// The name of the configured provider.
    package let instance: String
    package let amount: Money
    /// Nil once it was forgotten, long after the attempt has ended.
    package let phone: PhoneNumber?
    package let startedAt: Timestamp
    /// What the customer filled in for the provider beside the number, by field; empty once it was forgotten.
    package let fields: [String: String]
    /// Where the customer pays, while that is not on the phone.
    package var page: PageToPay?
    package var state = State.pending
    /// A negative answer to a query that waits for a second one to agree.
    package var doubtCode: String?
    package var doubtAt: Timestamp?
    /// The receipt of a success that waits to be confirmed by the provider's own answer.
    package var claimReceipt: String?
    /// A receipt that was named from an address that is not the provider's: shown, never counted and never sent back.
    package var heardReceipt: String?
    /// Until when a busy provider keeps it waiting to be sent.
    package var queuedUntil: Timestamp?
    package var sentAt, closedAt: Timestamp?

    package init(
        ticket: Ticket, order: ID<Order>, number: Int, instance: String, amount: Money, phone: PhoneNumber?,
        startedAt: Timestamp, fields: [String: String] = [:]
    ) {
        self.ticket = ticket
        self.order = order
        self.number = number
        self.instance = instance
        self.amount = amount
        self.phone = phone
        self.startedAt = startedAt
        self.fields = fields
    }
}

extension Attempt {
    /// Whether its time ran out before the provider said how it ended: money may still come.
    package var hasUnknownEnd: Bool { state.decline?.code == "deadline" }
}

/// One thing learned about an attempt.
package enum Evidence: Hashable, Sendable {
    /// A request that acts has left, or may have.
    case mayHaveBeenSent
    case promptSent
    /// The provider's no before any prompt.
    case refused(Decline)
    /// The provider's final no after the prompt.
    case declined(Decline)
    /// Time is up and nothing was heard; later money still counts.
    case deadlinePassed
    /// A success was reported, and the provider was asked in vain to the end.
    case claimUnconfirmed
    case paid

    /// The state of an attempt of which only this is known.
    package var state: Attempt.State {
        switch self {
        case .mayHaveBeenSent: .unknown
        case .promptSent: .promptSent
        case .refused(let decline): .refused(decline)
        case .declined(let decline):
            switch decline.reason {
            case .cancelledByPayer: .cancelled(decline)
            case .expired, .payerDidNotAnswer: .expired(decline)
            case .insufficientFunds, .payerUnreachable, .payerBusy, .wrongPIN, .limitExceeded, .invalidAccount,
                .notPermitted, .suspectedFraud, .providerBusy, .misconfigured, .other:
                .failed(decline)
            }
        case .deadlinePassed, .claimUnconfirmed: .expired(Decline(.expired, retry: .sameMethod, code: "deadline"))
        case .paid: .paid
        }
    }
}

extension Attempt.State {
    /// The order of `invariants.md`: pending < unknown < prompt sent < {refused, expired} < {cancelled, failed} < paid.
    package var rank: Int {
        switch self {
        case .pending: 0
        case .unknown: 1
        case .promptSent: 2
        case .refused, .expired: 3
        case .cancelled, .failed: 4
        case .paid: 5
        }
    }

    /// This and `other` taken together. Commutative, associative and idempotent.
    package func joined(with other: Attempt.State) -> Attempt.State {
        if rank != other.rank { return rank > other.rank ? self : other }
        return orderingKey.lexicographicallyPrecedes(other.orderingKey) ? other : self
    }

    /// Decides between two states of equal rank by something that both carry, so that the order of arrival does not.
    private var orderingKey: [String] {
        switch self {
        case .pending, .unknown, .promptSent, .paid: []
        case .refused(let decline), .expired(let decline), .cancelled(let decline), .failed(let decline):
            // A provider's word says more than our own deadline.
            [
                decline.code == "deadline" ? "0" : "1", name, decline.code, decline.reason.rawValue,
                decline.retry.rawValue, "\(decline.waitSeconds)", decline.detail,
            ] + decline.words.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
        }
    }

    /// The public word: database, API and pages.
    package var name: String {
        switch self {
        case .pending: "pending"
        case .unknown: "unknown"
        case .promptSent: "prompt_sent"
        case .refused, .failed: "failed"
        case .expired: "expired"
        case .cancelled: "cancelled"
        case .paid: "paid"
        }
    }

    /// Whether a prompt may still be alive: the order's one live slot is taken (I13).
    package var isLive: Bool {
        switch self {
        case .pending, .unknown, .promptSent: true
        case .refused, .expired, .cancelled, .failed, .paid: false
        }
    }

    package var decline: Decline? {
        switch self {
        case .pending, .unknown, .promptSent, .paid: nil
        case .refused(let decline), .expired(let decline), .cancelled(let decline), .failed(let decline): decline
        }
    }
}

extension Attempt.State {
    /// The state after `evidence`, or nil when it is old news.
    package func applying(_ evidence: Evidence) -> Attempt.State? {
        let next = joined(with: evidence.state)
        return next == self ? nil : next
    }
}
