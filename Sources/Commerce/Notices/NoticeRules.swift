import PaymentKit

/// What of an order's changes its customer is told.
package struct Telling: Hashable, Sendable {
    package let kind: Notice.Kind
    /// See ``Notice/occurrence``.
    package let occurrence: String
    package let detail: String

    package init(_ kind: Notice.Kind, _ occurrence: String = "", _ detail: String = "") {
        self.kind = kind
        self.occurrence = occurrence
        self.detail = detail
    }
}

extension Telling {
    /// What follows from one save of an order: pure, and the same however often it is asked.
    ///
    /// - Parameters:
    ///   - order: As it was saved, with its new status.
    ///   - events: What was saved with it.
    ///   - now: The moment of the save.
    package static func about(_ order: Order, _ events: [OrderEvent], at now: Timestamp) -> [Telling] {
        let status = order.standing.status(at: now)
        var found: [Telling] = []
        if order.paidAt == now, status == .paid { found.append(Telling(.paid)) }
        for event in events {
            switch (event.kind, event.ticket) {
            case ("order_placed", _): found.append(Telling(.placed))
            case ("expired", nil): found.append(Telling(.expired))
            case ("cancelled_by", _): found.append(Telling(.cancelled))
            case ("failed", .some), ("expired", .some):
                if status == .pending { found.append(Telling(.notPaid)) }
            case ("captured", _), ("money_received", _), ("money_assigned", _):
                let received = order.received.minor
                if status == .partiallyPaid { found.append(Telling(.partPaid, "\(received)")) }
            case ("expired_part_paid", _): found.append(Telling(.held, "part"))
            case ("refund_succeeded", let ticket?):
                found.append(Telling(.refunded, ticket.value, event.detail))
            case ("review_opened", _):
                let received = order.received.minor
                if event.detail.hasPrefix("\(OrderFlag.duplicatePayment.rawValue):") {
                    found.append(Telling(.paidTwice, "\(received)"))
                } else if event.detail.hasPrefix("\(OrderFlag.overpaid.rawValue):") {
                    found.append(Telling(.overpaid, "\(received)"))
                } else if event.detail.hasPrefix("late_money:") {
                    found.append(Telling(.held, "late"))
                }
            case (_, _): break
            }
        }
        var seen: Set<Telling> = []
        return found.filter { seen.insert($0).inserted }
    }
}

extension Notice.Kind {
    /// Whether it would still be true of an order as it stands now.
    package func fits(_ order: Order, at now: Timestamp) -> Bool {
        let status = order.standing.status(at: now)
        switch self {
        case .placed: return ![.expired, .cancelled, .reversed].contains(status)
        case .paid: return status == .paid
        case .notPaid: return status == .pending
        case .partPaid: return status == .partiallyPaid
        case .paidTwice: return order.flags.contains(.duplicatePayment)
        case .overpaid: return order.flags.contains(.overpaid)
        case .held: return status == .manualReview
        case .refunded: return order.returned.minor > 0
        case .expired: return status == .expired
        case .cancelled: return status == .cancelled
        case .alert, .mismatch, .trial: return true
        }
    }

    /// What to tell again when nobody says what: the one that says where an order stands now.
    package static func current(of order: Order, at now: Timestamp) -> Notice.Kind {
        switch order.standing.status(at: now) {
        case .pending, .promptSent: .placed
        case .partiallyPaid: .partPaid
        case .paid: .paid
        case .cancelled: .cancelled
        case .expired: .expired
        case .reversed: .refunded
        case .manualReview: .held
        }
    }
}
