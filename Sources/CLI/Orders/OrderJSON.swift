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
    struct Line: Encodable {
        let name, unitPrice, total: String
        let quantity: Int
    }

    let order, status, total, received, returned, remainder, currency, placedAt, expiresAt, name, phone: String
    let reason, reasonSentence, next, nextSentence, delivery: String
    /// The place and the e-mail are told in full or not at all.
    let place, email, paidAt, cancelledAt, cancelWanted, packedAt, sentOutAt, handedOverAt, writtenOff: String?
    let flags: [String]
    let lines: [Line]
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
        reasonSentence = file.explanation.reason.sentence
        next = file.explanation.staff.rawValue
        nextSentence = file.explanation.staff.sentence
        delivery = order.deliveryName.english
        place = inFull ? file.contact.place : nil
        email = inFull ? file.contact.email : nil
        paidAt = order.paidAt.map(Shown.json)
        cancelledAt = order.cancelledAt.map(Shown.json)
        cancelWanted = order.cancelWanted
        packedAt = order.packedAt.map(Shown.json)
        sentOutAt = order.sentOutAt.map(Shown.json)
        handedOverAt = order.handedOverAt.map(Shown.json)
        writtenOff = order.writtenOff?.amount.decimalText
        lines = file.lines.map {
            Line(
                name: $0.name.english, unitPrice: $0.unit.decimalText, total: ($0.unit * $0.quantity).decimalText,
                quantity: $0.quantity)
        }
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
    let ticket, order, state, amount, way, reason, requestedBy, requestedAt, next: String
    let approvedBy, approvedAt, closedAt, receipt, proof, code: String?

    init(_ refund: Refund, order: OrderNumber?) {
        ticket = refund.ticket.value
        self.order = order?.text ?? ""
        state = refund.state.name
        amount = refund.amount.decimalText
        way = refund.way.rawValue
        reason = refund.reason
        requestedBy = refund.requestedBy
        requestedAt = Shown.json(refund.requestedAt)
        next = RefundText.next(refund)
        approvedBy = refund.approvedBy
        approvedAt = refund.approvedAt.map(Shown.json)
        closedAt = refund.closedAt.map(Shown.json)
        proof = refund.proof
        receipt = refund.receipt
        code = refund.state.decline?.code
    }
}
