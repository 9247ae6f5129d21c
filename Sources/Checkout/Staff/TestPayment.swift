import Commerce
import Database
import PaymentKit
import Storage

/// A payment of the smallest amount, to the owner's own phone: it proves what no question can, such as a passkey.
extension Shop {
    /// The product of test payments: on no page of the shop.
    private static let slug = "payment-test"
    /// The code of their way of delivery, by which they are told from orders of customers.
    package static let testDelivery = "test"

    /// Places an order for the smallest amount of a way to pay and sends its prompt. It is an order like any other:
    /// its money is booked, and can be sent back.
    ///
    /// - Parameters:
    ///   - press: Of the button; the same press makes one order.
    /// - Returns: The order's number.
    /// - Throws: ``SettingsRefusal/noSuchWay``, `PhoneNumber.Problem`, ``StartRefusal``.
    package func placeTestPayment(
        _ name: String, phone typed: String, language: Language, from caller: Caller, press: [UInt8]
    ) async throws -> OrderNumber {
        guard let provider = providerName(name), let manifest = self.provider(name)?.abilities.manifest else {
            throw SettingsRefusal.noSuchWay
        }
        let phone = try PhoneNumber(typed)
        let amount = manifest.minimum ?? Money(whole: 1, .kes)
        guard let pageKey = AddressTokens.pageKey(tokens.pageToken(form: press)) else {
            preconditionFailure("A page token is 22 characters.")
        }
        let now = now()
        let expirySeconds = rules.orderExpirySeconds
        let number = try await database.transaction { [self] transaction in
            let product = try testProduct(price: amount, in: transaction, at: now)
            guard try transaction.reserve(1, of: product.id) else { throw StaleWrite() }
            let line = PricedLine(
                product: product.id, slug: product.slug, name: product.name, photo: product.photo, quantity: 1,
                unit: amount, vat: product.vat)
            let delivery = DeliveryChoice(
                code: Self.testDelivery, name: Words(english: "Nothing is delivered", swahili: "Hakuna kinacholetwa"),
                fee: Money(minor: 0, .kes), needsPlace: false)
            let placement = OrderPlacement(
                name: "Test", phone: phone, email: nil, place: nil, language: language, delivery: delivery,
                lines: [line], totals: Totals(lines: [line], delivery: delivery.fee))
            let expiresAt = now.adding(seconds: expirySeconds)
            let order = try insert(placement, ID(at: now), pageKey, expiresAt: expiresAt, in: transaction, at: now)
            try startAttempt(
                on: order, phone: phone, provider: provider, from: caller,
                events: [OrderEvent("order_placed", nil, amount.decimalText)], in: transaction, at: now)
            try transaction.schedule(Job(.expire, order.id, dueAt: expiresAt))
            return order.number
        }
        wake.now()
        return number
    }

    private func testProduct(price: Money, in transaction: Transaction, at now: Timestamp) throws -> Product {
        if let known = try transaction.shelfItem(slug: Self.slug) {
            if known.product.stock == 0 { _ = try transaction.save(known, stockBy: 1_000, at: now) }
            return known.product
        }
        let product = Product(
            id: ID(at: now), slug: Self.slug,
            name: Words(english: "Test of payments", swahili: "Jaribio la malipo"),
            about: Words(english: "", swahili: ""), price: price, vat: .zero, stock: 1_000_000,
            photo: "none.svg")
        try transaction.insert(product, position: 9_999)
        guard var item = try transaction.shelfItem(slug: Self.slug) else { throw StaleWrite() }
        item.isHidden = true
        _ = try transaction.save(item, stockBy: 0, at: now)
        return product
    }
}
