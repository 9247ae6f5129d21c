import Commerce
import PaymentKit
import Storage

/// All that a shop knows of somebody, as the file that they are given; encoded as JSON with sorted keys. Times are
/// RFC 3339 in UTC, amounts decimal.
package struct PersonFile: Encodable, Sendable {
    struct Line: Encodable { let name, unitPrice: String; let quantity: Int }
    struct Purchase: Encodable {
        let order, placedAt, status, total, received, returned, currency, name, delivery: String
        let phone, email, place, takenBy, writtenOff: String?
        let lines: [Line]
    }
    struct Prompt: Encodable {
        let ticket, order, at, amount, state: String
        let phone: String?
        /// What was filled in for the way to pay, by field; of their own orders.
        let fields: [String: String]?
    }
    struct Payment: Encodable { let amount, at: String; let receipt, order: String? }
    struct Payout: Encodable { let ticket, amount, at: String }
    struct Message: Encodable { let route, at: String }

    let orders: [Purchase]
    /// Requests to pay, of their orders and that were sent to their phone for orders of others.
    let prompts: [Prompt]
    /// Money that came from their phone.
    let payments: [Payment]
    let payouts: [Payout]
    /// Providers' messages that name them or are about these payments.
    let messages: [Message]

    package init(_ data: PersonalData) {
        orders = data.purchases.map { one in
            Purchase(
                order: one.order.number.text, placedAt: one.order.placedAt.rfc3339, status: one.order.status.rawValue,
                total: one.order.total.decimalText, received: one.order.received.decimalText,
                returned: one.order.returned.decimalText, currency: one.order.total.currency.rawValue,
                name: one.contact.name, delivery: one.order.deliveryName.english,
                phone: one.contact.phone.map { "+\($0.digits)" }, email: one.contact.email, place: one.contact.place,
                takenBy: one.contact.takenBy, writtenOff: one.order.writtenOff?.amount.decimalText,
                lines: one.lines.map {
                    Line(name: $0.name.english, unitPrice: $0.unit.decimalText, quantity: $0.quantity)
                })
        }
        prompts = data.prompts.map { one in
            Prompt(
                ticket: one.attempt.ticket.value, order: one.order.text, at: one.attempt.startedAt.rfc3339,
                amount: one.attempt.amount.decimalText, state: one.attempt.state.name,
                phone: one.isToTheirPhone ? one.attempt.phone.map { "+\($0.digits)" } : nil,
                fields: one.isOwn && !one.attempt.fields.isEmpty ? one.attempt.fields : nil)
        }
        payments = data.payments.map { one in
            Payment(
                amount: one.capture.amount.decimalText,
                at: (one.capture.providerAt ?? one.capture.recordedAt).rfc3339, receipt: one.capture.receipt,
                order: one.order?.text)
        }
        payouts = data.payouts.map {
            Payout(ticket: $0.ticket.value, amount: $0.amount.decimalText, at: $0.at.rfc3339)
        }
        messages = data.messages.map { Message(route: $0.route, at: $0.receivedAt.rfc3339) }
    }
}
