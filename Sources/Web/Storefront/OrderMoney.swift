import Checkout
import Commerce
import PaymentKit

/// What came for an order and what went back, as its pages tell it.
extension Site {
    /// What happened to money beyond what the order cost.
    func moneyNotices(_ view: OrderView, _ words: WordBook.Words) -> [Context] {
        var texts: [(String, isWarning: Bool)] = []
        let order = view.order
        let zero = Money(minor: 0, order.total.currency)
        // What only waits for approval has not left.
        let leaving = view.refunds.filter { $0.state.isOpen && $0.state != .requested }
            .reduce(zero) { $0 + $1.amount }
        let excess = order.received.minor - order.returned.minor - order.applied.minor - leaving.minor
        let isTwice = order.flags.contains(.duplicatePayment)
        if view.status == .paid, isTwice || order.flags.contains(.overpaid) {
            let left = Money(minor: excess, order.total.currency).description
            if excess > 0 {
                texts.append((isTwice ? words("notice_paid_twice", left) : words("notice_overpaid", left), true))
            } else if leaving.minor > 0 {
                let back = leaving.description
                texts.append(
                    (isTwice ? words("notice_paid_twice_back", back) : words("notice_overpaid_back", back), false))
            }
        }
        if view.status == .paid, order.returned.minor > 0 {
            texts.append((words("notice_part_refunded", order.returned.description), false))
        }
        if order.flags.contains(.late), view.status == .paid { texts.append((words("notice_late"), false)) }
        return texts.map { ["notice_text": $0.0, "notice_warn": $0.isWarning] }
    }

    /// Each payment and each return; empty when one payment says it all.
    func moves(_ view: OrderView, _ words: WordBook.Words) -> [Context] {
        let isPlain = view.captures.count <= 1 && view.refunds.isEmpty && view.status == .paid
        guard !isPlain else { return [] }
        return view.captures.map { capture -> Context in
            var move: Context = [
                "move_text": words("move_received"), "move_amount": capture.amount.description,
                "move_time": Self.moment(capture.providerAt ?? capture.recordedAt),
            ]
            move["move_code"] = capture.receipt
            return move
        }
            + shownRefunds(view).map { refund -> Context in
                var move: Context = [
                    "move_text": text(of: refund, words), "move_amount": "− \(refund.amount.description)",
                    "move_time": Self.moment(refund.closedAt ?? refund.sentAt ?? refund.requestedAt),
                ]
                if refund.state == .succeeded { move["move_code"] = refund.receipt }
                move["move_note"] = note(on: refund, words)
                return move
            }
    }

    /// All but those that nobody needed, and failed ones that another of the same payment has taken the place of.
    private func shownRefunds(_ view: OrderView) -> [Refund] {
        let refunds = view.refunds.filter { $0.state.decline?.code != "not_needed" }
        return refunds.enumerated().filter { place, refund in
            refund.state.decline == nil || !refunds.dropFirst(place + 1).contains { $0.capture == refund.capture }
        }.map(\.element)
    }

    private func text(of refund: Refund, _ words: WordBook.Words) -> String {
        switch refund.state {
        case .requested, .approved, .unknown, .submitted: words("move_going_back")
        case .failed: words("move_not_back")
        case .succeeded: words("move_returned")
        }
    }

    private func note(on refund: Refund, _ words: WordBook.Words) -> String? {
        switch refund.state {
        case .requested: words("refund_requested")
        case .approved: words("refund_approved")
        case .unknown, .submitted: words("refund_sent")
        // Turned down by the shop, not by the provider.
        case .failed(let decline) where decline.code == "rejected": words("refund_rejected")
        case .failed: words("refund_failed")
        case .succeeded: nil
        }
    }

    /// `21/11/2026, 14:34`
    static func moment(_ time: Timestamp) -> String { "\(time.eastAfrica.date), \(time.eastAfrica.clock)" }
}
