import Commerce
import Database
import PaymentKit
import Storage

/// The goods of an order that ended unpaid, in a cart at today's prices.
package struct OrderAgain: Sendable {
    /// What is different from the order's day.
    package enum Change: Sendable, Hashable, Codable {
        case price(Words, was: String, is: String)
        /// Fewer are left than were ordered.
        case fewer(Words, left: Int)
        case gone(Words)
        /// The cart has no room for another kind.
        case noRoom(Words)
    }
    package let cart: Cart
    package let changes: [Change]
}

extension Shop {
    /// Puts the goods of an ended, unpaid order that are still sold into a cart, as many as there are.
    ///
    /// The same again changes nothing: a line has at least what was ordered, not so much more. What the cart held
    /// stays.
    ///
    /// - Returns: Nil when no order has this page, or it can still be paid or has money in it.
    package func orderAgain(pageToken: String, cart: Cart) async throws -> OrderAgain? {
        guard let pageKey = AddressTokens.pageKey(pageToken) else { return nil }
        let now = now()
        let read = try await database.read(snapshot: true) { reading -> (lines: [PricedLine], goods: [Product])? in
            guard let order = try reading.order(pageKey: pageKey) else { return nil }
            switch order.standing.status(at: now) {
            case .expired, .cancelled: break
            case .pending, .promptSent, .partiallyPaid, .paid, .reversed, .manualReview: return nil
            }
            return (try reading.lines(of: order.id, currency: order.total.currency), try reading.products())
        }
        guard let read else { return nil }
        var next = cart
        var changes: [OrderAgain.Change] = []
        for line in read.lines {
            guard let product = read.goods.first(where: { $0.id == line.product }), product.stock > 0 else {
                changes.append(.gone(line.name))
                continue
            }
            if product.stock < line.quantity { changes.append(.fewer(product.name, left: product.stock)) }
            if product.price != line.unit {
                changes.append(
                    .price(product.name, was: line.unit.description, is: product.price.description))
            }
            let wanted = min(line.quantity, product.stock, Cart.maximumQuantity)
            next.set(product.slug, to: max(next.quantity(of: product.slug), wanted))
            if next.quantity(of: product.slug) == 0 { changes.append(.noRoom(product.name)) }
        }
        return OrderAgain(cart: next, changes: changes)
    }
}
