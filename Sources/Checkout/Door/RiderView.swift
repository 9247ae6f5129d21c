import Commerce
import Database
import PaymentKit
import Storage

/// What a rider sees of the order that they carry.
package struct RiderView: Sendable {
    package let rider: Rider
    package let order: OrderView
    /// Whether a prompt can be sent now.
    package let canPrompt: Bool
    /// Whether money may be taken by hand now.
    package let canTakeCash: Bool
    /// Wrong codes that may still be typed.
    package let codesLeft: Int
    /// The number that a prompt goes to unless another is typed.
    package let phone: PhoneNumber?

    /// Whether the customer's code ends the order now.
    package var canHandOver: Bool {
        order.status == .paid && order.order.fulfilment == .sentOut && !order.order.flags.contains(.manualReview)
            && !order.refunds.contains(where: \.state.isOpen)
    }
    /// Whether the customer has the goods.
    package var isDone: Bool { order.order.fulfilment == .handedOver }
}

extension Shop {
    /// What the rider's link with this secret shows; nil when there is no such link, it was taken back, or its day is
    /// over.
    package func viewForRider(_ secret: String) async throws -> RiderView? {
        guard let linkKey = AddressTokens.pageKey(secret) else { return nil }
        let now = now()
        let ways = Set(waysAtHandOver)
        return try await database.read(snapshot: true) { [self] reading in
            guard let rider = try reading.rider(linkKey: linkKey, at: now, vault),
                let order = try reading.order(rider.order), let view = try view(of: order, reading)
            else { return nil }
            let isUndecided =
                order.liveTicket != nil || order.flags.contains(.unconfirmed) || view.isCheckingReceipt
            let takesMoney =
                order.stockHeld && order.cancelledAt == nil && order.standing.remainder.minor > 0 && !isUndecided
            return RiderView(
                rider: rider, order: view,
                canPrompt: takesMoney && !ringingWays.isEmpty && view.canRetry && view.retryAt == nil
                    && now < order.standing.expiresAt,
                canTakeCash: takesMoney && order.isPromised(by: ways),
                codesLeft: max(0, Rider.mostWrongCodes - (try reading.wrongCodes(of: order.id))),
                phone: view.latest?.phone ?? view.contact.phone)
        }
    }

    /// The version of the order that a rider's link shows; nil when the link has ended.
    package func orderVersion(ofRider secret: String) async throws -> Int64? {
        guard let linkKey = AddressTokens.pageKey(secret) else { return nil }
        let now = now()
        return try await database.read { [vault] reading in
            try reading.rider(linkKey: linkKey, at: now, vault).flatMap { try reading.order($0.order)?.version }
        }
    }
}
