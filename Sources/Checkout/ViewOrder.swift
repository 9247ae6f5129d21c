import Commerce
import Database
import PaymentKit
import Storage

/// Everything an order's page shows.
package struct OrderView: Sendable {
    package let order: Order
    package let lines: [PricedLine]
    package let contact: OrderContact
    /// The first one first.
    package let attempts: [Attempt]
    package let captures: [Capture]
    /// When another prompt may be sent, if not now.
    package let retryAt: Timestamp?
    /// Whether another prompt is possible at all.
    package let canRetry: Bool
    package let readAt: Timestamp

    package var latest: Attempt? { attempts.last }
    /// Whether money is missing, may still come, and nobody is being asked for it.
    package var isOpen: Bool { (status == .pending || status == .partiallyPaid) && order.liveTicket == nil }
    package var status: OrderStatus { order.standing.status(at: readAt) }
    /// The provider's receipt of the money that paid the order, when it is known.
    package var receipt: String? { captures.first { $0.receipt != nil }?.receipt }
}

extension Shop {
    /// What a cached page needs to know whether it is still right; nil when no order has this page.
    package func orderVersion(pageToken: String) async throws -> (id: ID<Order>, version: Int64)? {
        guard let pageKey = AddressTokens.pageKey(pageToken) else { return nil }
        return try await database.read { try $0.orderVersion(pageKey: pageKey) }
    }

    /// The order whose page has this secret; nil when there is none.
    package func viewOrder(pageToken: String) async throws -> OrderView? {
        guard let pageKey = AddressTokens.pageKey(pageToken) else { return nil }
        let now = now()
        return try await database.read(snapshot: true) { [vault, rules] transaction in
            guard let order = try transaction.order(pageKey: pageKey),
                let contact = try transaction.contact(of: order.id, vault)
            else { return nil }
            let attempts = try transaction.attempts(of: order.id, vault)
            let retryAt = attempts.last.flatMap(Self.retryTime(after:)).flatMap { $0 > now ? $0 : nil }
            let status = order.standing.status(at: now)
            let canRetry =
                (status == .pending || status == .partiallyPaid) && order.liveTicket == nil
                && !order.flags.contains(.unconfirmed) && order.attemptsMade < rules.attemptsPerOrder
            return OrderView(
                order: order, lines: try transaction.lines(of: order.id, currency: order.total.currency),
                contact: contact, attempts: attempts, captures: try transaction.captures(of: order.id),
                retryAt: retryAt, canRetry: canRetry, readAt: now)
        }
    }
}
