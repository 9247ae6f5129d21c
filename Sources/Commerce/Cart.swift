import PaymentKit

/// What somebody means to buy: slugs and quantities, no prices.
///
/// It travels as text in a cookie or, where cookies are blocked, in addresses and forms; nothing of it is trusted
/// beyond "these goods, this many".
package struct Cart: Hashable, Sendable {
    /// Some pieces of one product.
    package struct Line: Hashable, Sendable {
        package var slug: String
        package var quantity: Int
    }
    package static let maximumLines = 30
    package static let maximumQuantity = 99

    /// In the order in which they were added; no slug twice, every quantity from 1 to 99.
    package private(set) var lines: [Line] = []

    package init() {}

    /// Reads `mug:2,tea:1`. What does not read is left out, so an old or damaged cart never stops anybody.
    package init(text: String) {
        for part in text.prefix(2_048).split(separator: ",").prefix(Self.maximumLines) {
            let pieces = part.split(separator: ":")
            guard pieces.count == 2, let more = Int(pieces[1]), (1...Self.maximumQuantity).contains(more) else {
                continue
            }
            set(String(pieces[0]), to: quantity(of: String(pieces[0])) + more)
        }
    }

    package var text: String { lines.map { "\($0.slug):\($0.quantity)" }.joined(separator: ",") }
    package var isEmpty: Bool { lines.isEmpty }
    package var pieces: Int { lines.reduce(0) { $0 + $1.quantity } }

    /// How many of `slug` are in it; 0 when there are none.
    package func quantity(of slug: String) -> Int { lines.first { $0.slug == slug }?.quantity ?? 0 }

    /// Makes the quantity of `slug` what is asked, within the limits; 0 or less takes it out.
    package mutating func set(_ slug: String, to quantity: Int) {
        let quantity = min(quantity, Self.maximumQuantity)
        if let place = lines.firstIndex(where: { $0.slug == slug }) {
            if quantity > 0 { lines[place].quantity = quantity } else { lines.remove(at: place) }
        } else if quantity > 0, lines.count < Self.maximumLines, Self.isSlug(slug[...]) {
            lines.append(Line(slug: slug, quantity: quantity))
        }
    }

    private static func isSlug(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.count <= 64
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }
}

/// One line of a cart or an order with today's price.
package struct PricedLine: Hashable, Sendable {
    package var product: ID<Product>
    package var slug: String
    package var name: Words
    package var photo: String
    package var quantity: Int
    /// Of one piece, with VAT.
    package var unit: Money
    package var vat: VATRate

    package init(
        product: ID<Product>, slug: String, name: Words, photo: String, quantity: Int, unit: Money, vat: VATRate
    ) {
        self.product = product
        self.slug = slug
        self.name = name
        self.photo = photo
        self.quantity = quantity
        self.unit = unit
        self.vat = vat
    }

    package var total: Money { unit * quantity }
}

/// What an order costs. Computed on the server from the catalogue; nothing a browser sends is an amount.
package struct Totals: Hashable, Sendable {
    package let goods, delivery: Money
    /// Contained in ``total``, not added to it.
    package let vat: Money
    /// In whole units: a sum with a fraction is rounded up to the next whole unit, as mobile money takes no cents.
    package let total: Money

    /// Adds up lines and delivery. VAT is rounded line by line; delivery carries the standard rate.
    package init(lines: [PricedLine], delivery fee: Money) {
        let zero = Money(minor: 0, fee.currency)
        goods = lines.reduce(zero) { $0 + $1.total }
        delivery = fee
        vat = lines.reduce(VATRate.standard.part(of: fee)) { $0 + $1.vat.part(of: $1.total) }
        let sum = goods + fee
        let units = fee.currency.unitsPerWhole
        let whole = sum.minor / units + (sum.minor.isMultiple(of: units) ? 0 : 1)
        total = Money(whole: whole, fee.currency)
    }
}
