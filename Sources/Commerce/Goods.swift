import PaymentKit

/// A text in the shop's languages.
package struct Words: Hashable, Sendable, Codable {
    package var english, swahili: String
    package init(english: String, swahili: String) {
        self.english = english
        self.swahili = swahili
    }
    package subscript(_ language: Language) -> String {
        switch language {
        case .english: english
        case .swahili: swahili
        }
    }
}

/// The languages that every page speaks.
package enum Language: String, CaseIterable, Sendable, Codable {
    case english = "en"
    case swahili = "sw"
}

/// Something the shop sells.
package struct Product: Hashable, Sendable {
    package var id: ID<Product>
    /// Part of its address and of a cart: lower-case letters, digits and dashes.
    package var slug: String
    package var name, about: Words
    /// With VAT.
    package var price: Money
    package var vat: VATRate
    /// Pieces that can still be sold; what open orders hold is not in it.
    package var stock: Int
    /// File name below `public/goods`.
    package var photo: String

    package init(
        id: ID<Product>, slug: String, name: Words, about: Words, price: Money, vat: VATRate, stock: Int, photo: String
    ) {
        self.id = id
        self.slug = slug
        self.name = name
        self.about = about
        self.price = price
        self.vat = vat
        self.stock = stock
        self.photo = photo
    }

    /// Most pieces that one may ask for at a time; 1 of what is sold out, so that there is a number to name.
    package var largestQuantity: Int { max(min(stock, Cart.maximumQuantity), 1) }
}

/// A product as the owner sees it.
package struct ShelfItem: Hashable, Sendable {
    package var product: Product
    /// The catalogue is sorted by it.
    package var position: Int
    /// Off the shop's pages; open orders keep it.
    package var isHidden: Bool
    /// Every change is a compare-and-set on it.
    package let version: Int64

    package init(product: Product, position: Int, isHidden: Bool, version: Int64) {
        self.product = product
        self.position = position
        self.isHidden = isHidden
        self.version = version
    }
}

/// A rate of value-added tax in hundredths of a percent: 1,600 is Kenya's standard 16 %.
package struct VATRate: Hashable, Sendable {
    package let basisPoints: Int
    package init(basisPoints: Int) { self.basisPoints = basisPoints }
    package static let standard = VATRate(basisPoints: 1_600)
    package static let zero = VATRate(basisPoints: 0)

    /// The tax contained in `gross`, rounded half up to the smallest unit.
    package func part(of gross: Money) -> Money {
        let base = Int64(10_000 + basisPoints)
        let tax = (gross.minor * Int64(basisPoints) * 2 + base) / (base * 2)
        return Money(minor: tax, gross.currency)
    }
}

/// A way for the goods to reach the customer.
package struct DeliveryChoice: Hashable, Sendable {
    /// Short and lower-case; the form field's value.
    package var code: String
    package var name: Words
    package var fee: Money
    /// Whether the customer must say where.
    package var needsPlace: Bool

    package init(code: String, name: Words, fee: Money, needsPlace: Bool) {
        self.code = code
        self.name = name
        self.fee = fee
        self.needsPlace = needsPlace
    }
}
