/// How far an order's goods are on their way to the customer.
package enum Fulfilment: String, Sendable, CaseIterable {
    case unfulfilled
    /// They lie ready.
    case packed
    case handedOver = "handed_over"
}

extension Order {
    package var fulfilment: Fulfilment {
        if handedOverAt != nil { return .handedOver }
        return packedAt == nil ? .unfulfilled : .packed
    }

    /// What is to become now of somebody's wish to cancel the order as soon as its prompt has ended.
    package enum CancelDecision: Hashable, Sendable {
        /// Nobody wants it cancelled.
        case none
        /// A prompt may still be paid, or its end is not certain.
        case wait
        case cancel
        /// Money came first, or the order ended by itself: there is nothing to cancel any more.
        case drop
    }

    package var cancelDecision: CancelDecision {
        guard cancelWanted != nil else { return .none }
        if received.minor > 0 || cancelledAt != nil || !stockHeld { return .drop }
        if liveTicket != nil || !flags.isDisjoint(with: [.unconfirmed, .manualReview]) { return .wait }
        return .cancel
    }
}
