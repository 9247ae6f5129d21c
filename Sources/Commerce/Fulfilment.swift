/// How far an order's goods are on their way to the customer.
package enum Fulfilment: String, Sendable, CaseIterable {
    case unfulfilled
    /// They lie ready.
    case packed
    /// Somebody carries them to the customer.
    case sentOut = "sent_out"
    case handedOver = "handed_over"
}

extension Order {
    package var fulfilment: Fulfilment {
        if handedOverAt != nil { return .handedOver }
        if sentOutAt != nil { return .sentOut }
        return packedAt == nil ? .unfulfilled : .packed
    }

    /// Whether the goods are in the shop no more: then nothing puts them back on the shelf by itself.
    package var hasLeftShop: Bool {
        switch fulfilment {
        case .unfulfilled, .packed: false
        case .sentOut, .handedOver: true
        }
    }

    /// Whether it can be carried out and be paid at the door, as far as its money is concerned (O16); the way to pay
    /// that was chosen decides whether it may.
    package func canBePaidAtDoor(at now: Timestamp) -> Bool {
        guard stockHeld, cancelWanted == nil, depositLeft.minor == 0 else { return false }
        return switch standing.status(at: now) {
        case .pending, .promptSent, .partiallyPaid: true
        case .paid, .cancelled, .expired, .reversed, .manualReview: false
        }
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
