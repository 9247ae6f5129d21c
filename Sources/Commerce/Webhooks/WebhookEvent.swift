/// What another program of the shop's is told of an order.
package enum WebhookEvent: String, CaseIterable, Sendable {
    case placed = "order.placed"
    case paid = "order.paid"
    /// A part of the price is there, or a further part.
    case partlyPaid = "order.partly_paid"
    /// More money came for an order that was paid.
    case overpaid = "order.overpaid"
    case expired = "order.expired"
    case cancelled = "order.cancelled"
    /// It had ended, or waited for a person, and may be paid now.
    case reopened = "order.reopened"
    /// All of its money went back.
    case refunded = "order.refunded"
    /// Some of its money went back.
    case partRefunded = "order.part_refunded"
    /// A person must decide about it.
    case manualReview = "order.manual_review"
    case packed = "order.packed"
    /// Somebody carries it to the customer, or somebody else does now.
    case sentOut = "order.sent_out"
    case handedOver = "order.handed_over"
    /// It is not packed, not on its way, or not handed over, after all.
    case fulfilmentUndone = "order.fulfilment_undone"
    /// What is owed for goods that were handed over was given up; or that was taken back.
    case writtenOff = "order.written_off"
    case writeOffUndone = "order.write_off_undone"
    /// Nothing happened: the owner tries a receiver.
    case ping
}

extension WebhookEvent {
    /// What follows from one save of an order: pure, and the same however often it is asked.
    ///
    /// - Parameters:
    ///   - old: The status that was stored before.
    ///   - new: The status that was saved.
    ///   - events: What was saved with it.
    package static func about(
        from old: OrderStatus, to new: OrderStatus, _ events: [OrderEvent]
    ) -> [WebhookEvent] {
        var found: [WebhookEvent] = []
        let kinds = Set(events.map(\.kind))
        if kinds.contains("order_placed") { found.append(.placed) }
        if old != new {
            if let event = reaching(new, from: old) { found.append(event) }
        } else if !kinds.isDisjoint(with: ["captured", "money_received", "money_assigned"]) {
            found.append(moreMoney(in: new))
        }
        if !kinds.isDisjoint(with: ["refund_succeeded", "returned_elsewhere"]), new != .reversed {
            found.append(.partRefunded)
        }
        if kinds.contains("packed") { found.append(.packed) }
        if kinds.contains("given_to_rider") { found.append(.sentOut) }
        if !kinds.isDisjoint(with: ["handed_over", "handed_over_unpaid", "handed_over_by_rider"]) {
            found.append(.handedOver)
        }
        if !kinds.isDisjoint(with: ["unpacked", "sending_undone", "hand_over_undone"]) {
            found.append(.fulfilmentUndone)
        }
        if kinds.contains("written_off") { found.append(.writtenOff) }
        if kinds.contains("write_off_undone") { found.append(.writeOffUndone) }
        return found
    }

    /// Nil for a prompt that begins or ends: it changes nothing for another program.
    private static func reaching(_ status: OrderStatus, from old: OrderStatus) -> WebhookEvent? {
        switch status {
        case .paid: return .paid
        case .partiallyPaid: return .partlyPaid
        case .expired: return .expired
        case .cancelled: return .cancelled
        case .reversed: return .refunded
        case .manualReview: return .manualReview
        case .pending, .promptSent:
            switch old {
            case .pending, .promptSent: return nil
            case .paid, .partiallyPaid, .expired, .cancelled, .reversed, .manualReview: return .reopened
            }
        }
    }

    private static func moreMoney(in status: OrderStatus) -> WebhookEvent {
        switch status {
        case .manualReview: .manualReview
        case .paid: .overpaid
        case .partiallyPaid, .pending, .promptSent, .cancelled, .expired, .reversed: .partlyPaid
        }
    }
}
