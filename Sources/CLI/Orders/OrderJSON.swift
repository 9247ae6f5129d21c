import Checkout
import Commerce
import PaymentKit
import Storage

/// An order's file for programs.
struct OrderJSON: Encodable {
    struct Item: Encodable { let kind, subject, detail, openedAt, next: String }
    struct Prompt: Encodable {
        let ticket, state, amount, phone, startedAt: String
        let code: String?
    }
    struct Evidence: Encodable { let road, level, at: String }
    struct Payment: Encodable {
        let amount, returned, payer: String
        let receipt: String?
        let evidence: [Evidence]
    }
    struct Event: Encodable { let at, kind, sentence: String }

    let order, status, total, received, returned, remainder, currency, placedAt, expiresAt, name, phone: String
    let reason, next: String
    let flags: [String]
    let attempts: [Prompt]
    let payments: [Payment]
    let refunds: [RefundJSON]
    let items: [Item]
    let history: [Event]

    init(_ file: OrderFile, inFull: Bool) {
        let order = file.order
        self.order = order.number.text
        status = file.status.rawValue
        total = order.total.decimalText
        received = order.received.decimalText
        returned = order.returned.decimalText
        remainder = order.standing.remainder.decimalText
        currency = order.total.currency.rawValue
        placedAt = Shown.json(order.placedAt)
        expiresAt = Shown.json(order.expiresAt)
        name = Masked.name(file.contact.name, inFull: inFull)
        phone = Masked.phone(file.contact.phone, inFull: inFull)
        reason = file.explanation.reason.rawValue
        next = file.explanation.staff.rawValue
        flags = order.flags.sorted().map(\.rawValue)
        attempts = file.attempts.map {
            Prompt(
                ticket: $0.ticket.value, state: $0.state.name, amount: $0.amount.decimalText,
                phone: Masked.phone($0.phone, inFull: inFull), startedAt: Shown.json($0.startedAt),
                code: $0.state.decline?.code)
        }
        payments = file.payments.map { payment in
            Payment(
                amount: payment.capture.amount.decimalText, returned: payment.capture.returned.decimalText,
                payer: Masked.payer(payment.payer, inFull: inFull), receipt: payment.capture.receipt,
                evidence: payment.evidence.map {
                    Evidence(road: $0.road.rawValue, level: $0.level.rawValue, at: Shown.json($0.at))
                })
        }
        refunds = file.refunds.map { RefundJSON($0, order: order.number) }
        items = file.items.map {
            Item(
                kind: $0.kind, subject: $0.subject, detail: $0.detail, openedAt: Shown.json($0.openedAt),
                next: OpenItemText.command($0, order: order.number))
        }
        history = file.history.map {
            Event(at: Shown.json($0.at), kind: $0.event.kind, sentence: $0.event.sentence)
        }
    }
}

/// A refund for programs.
struct RefundJSON: Encodable {
    let ticket, order, state, amount, way, reason, requestedBy, requestedAt: String
    let approvedBy, receipt, code: String?

    init(_ refund: Refund, order: OrderNumber?) {
        ticket = refund.ticket.value
        self.order = order?.text ?? ""
        state = refund.state.name
        amount = refund.amount.decimalText
        way = refund.way.rawValue
        reason = refund.reason
        requestedBy = refund.requestedBy
        requestedAt = Shown.json(refund.requestedAt)
        approvedBy = refund.approvedBy
        receipt = refund.receipt
        code = refund.state.decline?.code
    }
}
