import Commerce
import Foundation
import PaymentKit

/// What a receiver reads: what happened, and the order as it is when the message is made. `docs/webhooks.md` explains
/// it field by field. Nothing of people: no name, number, address or e-mail.
struct WebhookBody: Encodable {
    struct Content: Encodable {
        /// Whether no real money moves in this shop.
        var practice: Bool
        var order: OrderState?
    }
    struct OrderState: Encodable {
        struct Line: Encodable {
            var slug: String
            var quantity: Int
            /// Minor units.
            var unit_price: Int64
        }
        /// As programs read them: amounts are in minor units, times are RFC 3339 in UTC.
        var number, status, fulfilment: String
        var version: Int64
        var flags: [String]
        var currency: String
        var total, paid, refunded, left: Int64
        var written_off: Int64?
        var placed_at, changed_at, expires_at: String
        var paid_at, cancelled_at, packed_at, sent_out_at, handed_over_at: String?
        var lines: [Line]
    }
    var id, type, timestamp: String
    var data: Content

    /// - Parameter order: As it stands now, with what was bought; nil for a test.
    init(_ message: WebhookMessage, _ order: (Order, [PricedLine])?, isPractice: Bool, at now: Timestamp) {
        id = message.id.text
        type = message.event.rawValue
        timestamp = message.happenedAt.rfc3339
        data = Content(practice: isPractice, order: order.map { OrderState($0, $1, at: now) })
    }

    /// The bytes that are signed and sent; the same for the same values.
    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self))
    }
}

extension WebhookBody.OrderState {
    init(_ order: Order, _ lines: [PricedLine], at now: Timestamp) {
        number = order.number.text
        status = order.standing.status(at: now).rawValue
        fulfilment = order.fulfilment.rawValue
        version = order.version
        flags = order.flags.sorted().map(\.rawValue)
        currency = order.total.currency.rawValue
        total = order.total.minor
        paid = order.received.minor
        refunded = order.returned.minor
        left = max(0, order.standing.remainder.minor)
        written_off = order.writtenOff?.amount.minor
        placed_at = order.placedAt.rfc3339
        changed_at = order.changedAt.rfc3339
        expires_at = order.expiresAt.rfc3339
        paid_at = order.paidAt?.rfc3339
        cancelled_at = order.cancelledAt?.rfc3339
        packed_at = order.packedAt?.rfc3339
        sent_out_at = order.sentOutAt?.rfc3339
        handed_over_at = order.handedOverAt?.rfc3339
        self.lines = lines.map { Line(slug: $0.slug, quantity: $0.quantity, unit_price: $0.unit.minor) }
    }
}
