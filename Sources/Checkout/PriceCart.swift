import Commerce
import Database
import PaymentKit
import Storage

/// A cart at today's prices.
package struct Basket: Sendable {
    /// What of the cart exists, in its order.
    package var lines: [PricedLine]
    /// Lines of which fewer are left than asked for.
    package var shortages: [Shortage]
    package var choices: [DeliveryChoice]
    /// The chosen delivery; nil when none, or an unknown one, was chosen.
    package var delivery: DeliveryChoice?
    package var totals: Totals

    /// Goods of which fewer are left than the cart asks for.
    package struct Shortage: Sendable, Hashable {
        package let slug: String
        package let left: Int
    }
}

extension Shop {
    /// Prices a cart.
    ///
    /// - Parameter delivery: The chosen code; the totals carry no fee without one.
    package func price(_ cart: Cart, delivery code: String) async throws -> Basket {
        let (products, choices) = try await database.read { (try $0.products(), try $0.deliveryChoices()) }
        let bySlug = Dictionary(products.map { ($0.slug, $0) }, uniquingKeysWith: { first, _ in first })
        var lines: [PricedLine] = []
        var shortages: [Basket.Shortage] = []
        for wanted in cart.lines {
            guard let product = bySlug[wanted.slug] else { continue }
            if product.stock < wanted.quantity { shortages.append(.init(slug: wanted.slug, left: product.stock)) }
            lines.append(
                PricedLine(
                    product: product.id, slug: product.slug, name: product.name, photo: product.photo,
                    quantity: wanted.quantity, unit: product.price, vat: product.vat))
        }
        let delivery = choices.first { $0.code == code }
        return Basket(
            lines: lines, shortages: shortages, choices: choices, delivery: delivery,
            totals: Totals(lines: lines, delivery: delivery?.fee ?? Money(minor: 0, .kes)))
    }

    /// Everything the shop shows.
    package func catalogue() async throws -> [Product] { try await database.read { try $0.products() } }

    /// A product by the name in its address, or nil when the shop has none.
    package func product(_ slug: String) async throws -> Product? {
        try await database.read { try $0.product(slug: slug) }
    }
}
