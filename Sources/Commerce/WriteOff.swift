import PaymentKit

/// Money that is owed for goods that their customer has, and that the shop has given up.
///
/// It is no payment: nothing that was received changes by it, the order's status does not either, and money that comes
/// later counts as it ever did.
package struct WriteOff: Hashable, Sendable {
    /// What was given up and has not come since; above zero.
    package let amount: Money
    package let at: Timestamp

    package init(amount: Money, at: Timestamp) {
        self.amount = amount
        self.at = at
    }

    /// What is still given up when no more than this is left to pay; nil when nothing is.
    ///
    /// It only becomes less: what is owed anew, nobody has given up.
    package func limited(to left: Money) -> WriteOff? {
        guard left.minor > 0 else { return nil }
        return left.minor < amount.minor ? WriteOff(amount: left, at: at) : self
    }
}

extension Order {
    /// Whether all that is left to pay was given up, so that nobody is asked for it any more.
    package var isGivenUp: Bool {
        let left = standing.remainder.minor
        return left > 0 && (writtenOff?.amount.minor ?? 0) >= left
    }

    /// Whether what is owed for it can be given up now: its customer has the goods, no payment is under way, and no
    /// person is to decide about its money otherwise.
    package func canBeWrittenOff(at now: Timestamp) -> Bool {
        guard !isGivenUp, handedOverAt != nil, stockHeld, standing.remainder.minor > 0, liveTicket == nil,
            !flags.contains(.unconfirmed)
        else { return false }
        return switch standing.status(at: now) {
        // What was paid in part and went back leaves the rest owed.
        case .pending, .partiallyPaid, .reversed: true
        case .promptSent, .paid, .cancelled, .expired, .manualReview: false
        }
    }
}
