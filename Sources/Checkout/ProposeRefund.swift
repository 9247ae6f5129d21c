import Commerce
import Database
import PaymentKit
import Storage

/// The shop's own proposals: what came twice, or for goods that are gone, is a refund that waits for approval.
extension OrderWork {
    /// Proposes to send back a payment that is the customer's as a whole, and withdraws a proposal that is not needed
    /// any more: the second payment was the first one's receipt, or the goods are held again.
    mutating func proposeRefund(of credit: Money, _ captures: [Capture]) throws {
        let open = try books.refunds(of: order.id).filter {
            $0.state == .requested && $0.requestedBy == Refund.proposer
        }
        // What is on its way back is spoken for.
        let onItsWay = captures.reduce(Int64(0)) { $0 + $1.returning.minor - $1.returned.minor }
        let left = credit.minor - onItsWay
        if left < 0, let unneeded = open.last {
            try withdraw(unneeded, captures)
        } else if let surplus = captures.last(where: { capture in
            capture.receipt != nil && capture.returning.minor == 0 && capture.amount.minor <= left
        }) {
            try propose(surplus)
        } else if left <= 0 {
            try books.closeReview(Self.repayByHand, subject: order.number.text)
        }
    }

    /// The kind of the item about money that nobody but a person can pay back.
    private static var repayByHand: String { "repay_by_hand" }

    private mutating func propose(_ surplus: Capture) throws {
        let reason = order.stockHeld ? "paid twice" : "paid when the order had ended and the goods were gone"
        guard !rules.repaidByHand.contains(surplus.instance) else {
            // A reversal that nobody can send would only look as if it helped.
            return try books.openReview(
                Self.repayByHand, subject: order.number.text, order: order.id,
                detail: "\(surplus.amount.decimalText) to give back: \(reason)")
        }
        let refund = Refund(
            ticket: books.makeRefundTicket(), order: order.id, capture: surplus.id, instance: surplus.instance,
            amount: surplus.amount, way: .reversal, reason: reason, requestedBy: Refund.proposer, requestedAt: now)
        var capture = surplus
        capture.returning = surplus.amount
        try books.save(capture, payer: nil)
        try books.insert(refund, payee: nil)
        note("refund_requested", refund.ticket, "\(refund.amount.decimalText) \(refund.way.rawValue)")
        try review(
            "refund_to_approve", subject: refund.ticket.value, "\(refund.amount.decimalText): \(reason)", refund.ticket)
    }

    private mutating func withdraw(_ proposal: Refund, _ captures: [Capture]) throws {
        guard var capture = captures.first(where: { $0.id == proposal.capture }) else { return }
        capture.returning = capture.returning - proposal.amount
        try books.save(capture, payer: nil)
        var refund = proposal
        refund.state = .failed(Decline(.other, retry: .never, code: "not_needed"))
        refund.closedAt = now
        try books.save(refund)
        try books.closeReview("refund_to_approve", subject: refund.ticket.value)
        note("refund_failed", refund.ticket, "not_needed")
    }
}
