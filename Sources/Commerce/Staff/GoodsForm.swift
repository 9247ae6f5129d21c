import PaymentKit

/// A product as it is typed.
package struct GoodsForm: Sendable {
    package var nameEnglish, nameSwahili, aboutEnglish, aboutSwahili: String
    /// Whole shillings, with VAT.
    package var price: String
    /// Hundredths of a percent.
    package var vat: String
    package var stock: String
    /// How many pieces the page showed: what is sold meanwhile must not come back.
    package var stockShown: String
    package var position: String
    package var isHidden: Bool

    package init(
        nameEnglish: String, nameSwahili: String, aboutEnglish: String, aboutSwahili: String, price: String,
        vat: String, stock: String, stockShown: String, position: String, isHidden: Bool
    ) {
        self.nameEnglish = nameEnglish
        self.nameSwahili = nameSwahili
        self.aboutEnglish = aboutEnglish
        self.aboutSwahili = aboutSwahili
        self.price = price
        self.vat = vat
        self.stock = stock
        self.stockShown = stockShown
        self.position = position
        self.isHidden = isHidden
    }

    /// What is wrong with one field.
    package enum Problem: String, Error, Sendable, CaseIterable {
        case nameMissing, nameTooLong, aboutTooLong, price, vat, stock, position
    }

    /// The form read whole.
    package struct Read: Sendable {
        package let name, about: Words
        package let price: Money
        package let vat: VATRate
        package let stock, stockShown, position: Int
        package let isHidden: Bool
    }

    /// Reads the form; every problem is told at once.
    package func read() -> (read: Read?, problems: [Problem]) {
        var problems: [Problem] = []
        func number(_ text: String, _ range: ClosedRange<Int>, _ problem: Problem) -> Int {
            if let number = Int(text), range.contains(number) { return number }
            problems.append(problem)
            return range.lowerBound
        }
        if nameEnglish.isEmpty { problems.append(.nameMissing) }
        if max(nameEnglish.count, nameSwahili.count) > 100 { problems.append(.nameTooLong) }
        if max(aboutEnglish.count, aboutSwahili.count) > 1_000 { problems.append(.aboutTooLong) }
        let money = Money(decimal: price.filter { $0 != "," && $0 != " " }, .kes)
        // Whole shillings, as people pay by phone.
        if money.map({ !(100...25_000_000).contains($0.minor) || $0.minor % 100 != 0 }) ?? true {
            problems.append(.price)
        }
        let rate = number(vat, 0...10_000, .vat)
        let pieces = number(stock, 0...1_000_000, .stock)
        let place = number(position, 0...100_000, .position)
        let shown = number(stockShown, 0...2_000_000_000, .stock)
        guard problems.isEmpty, let money else { return (nil, problems) }
        let read = Read(
            name: Words(english: nameEnglish, swahili: nameSwahili.isEmpty ? nameEnglish : nameSwahili),
            about: Words(english: aboutEnglish, swahili: aboutSwahili.isEmpty ? aboutEnglish : aboutSwahili),
            price: money, vat: VATRate(basisPoints: rate), stock: pieces, stockShown: shown,
            position: place, isHidden: isHidden)
        return (read, [])
    }

    /// The address that a name makes: `Kiondo basket, large` becomes `kiondo-basket-large`; nil when nothing is left.
    package static func slug(of name: String) -> String? {
        let words = name.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        let slug = words.joined(separator: "-").prefix(60)
        return slug.isEmpty ? nil : String(slug)
    }
}
