import Commerce
import Database
import PaymentKit
import Storage

/// Why goods were left as they are.
package enum GoodsRefusal: Error, Sendable, Hashable {
    case fields([GoodsForm.Problem])
    case noSuchProduct
    /// Something else has that address.
    case nameTaken
    /// Somebody else changed it, or sold more than would be left, since the page was shown.
    case changedMeanwhile
    case noSuchDelivery, deliveryFee, deliveryName
}

/// What the owner sells, and how it reaches people.
extension Shop {
    /// Everything the shop has, shown or hidden, in its order.
    package func shelf() async throws -> [ShelfItem] { try await database.read { try $0.shelf() } }

    /// One thing on the shelf; nil when there is none of that address.
    package func shelfItem(_ slug: String) async throws -> ShelfItem? {
        try await database.read { try $0.shelfItem(slug: slug) }
    }

    /// Adds a product.
    ///
    /// - Returns: Its address.
    package func addProduct(_ form: GoodsForm) async throws -> String {
        let read = try Self.read(form)
        guard let slug = GoodsForm.slug(of: read.name.english) else { throw GoodsRefusal.fields([.nameMissing]) }
        let now = now()
        try await database.transaction { transaction in
            guard try transaction.shelfItem(slug: slug) == nil else { throw GoodsRefusal.nameTaken }
            let product = Product(
                id: ID(at: now), slug: slug, name: read.name, about: read.about, price: read.price, vat: read.vat,
                stock: read.stock, photo: "none.svg")
            try transaction.insert(product, position: read.position)
            guard read.isHidden, let item = try transaction.shelfItem(slug: slug) else { return }
            var hidden = item
            hidden.isHidden = true
            _ = try transaction.save(hidden, stockBy: 0, at: now)
        }
        return slug
    }

    /// Changes a product. Orders that were placed keep their prices; pieces that were sold since the page was shown
    /// stay sold.
    ///
    /// - Parameter version: Of what the page showed.
    package func changeProduct(_ slug: String, _ form: GoodsForm, version: Int64) async throws {
        let read = try Self.read(form)
        let now = now()
        try await database.transaction { transaction in
            guard let item = try transaction.shelfItem(slug: slug) else { throw GoodsRefusal.noSuchProduct }
            guard item.version == version else { throw GoodsRefusal.changedMeanwhile }
            var next = item
            next.product.name = read.name
            next.product.about = read.about
            next.product.price = read.price
            next.product.vat = read.vat
            next.position = read.position
            next.isHidden = read.isHidden
            guard try transaction.save(next, stockBy: read.stock - read.stockShown, at: now) else {
                throw GoodsRefusal.changedMeanwhile
            }
        }
    }

    /// What became of a line of a table of goods.
    package struct SheetLine: Sendable {
        /// Whether it was done; a line that says what is so already is ``same``.
        package enum Outcome: Sendable {
            case added, changed, same
            case refused(GoodsRefusal)
        }
        /// As a spreadsheet counts.
        package let number: Int
        package let name: String
        package let outcome: Outcome
    }

    /// Adds and changes goods as a table says, each line for itself: one that does not do keeps no other from being
    /// done. Goods that the table does not name stay as they are. The same table again changes nothing and refuses the
    /// lines that it has changed; new goods are refused for their names.
    package func take(_ sheet: GoodsSheet) async throws -> [SheetLine] {
        var lines: [SheetLine] = []
        for line in sheet.lines {
            lines.append(
                SheetLine(number: line.number, name: line.form.nameEnglish, outcome: try await take(line)))
        }
        return lines
    }

    private func take(_ line: GoodsSheet.Line) async throws -> SheetLine.Outcome {
        do {
            guard !line.slug.isEmpty else {
                _ = try await addProduct(line.form)
                return .added
            }
            guard let item = try await shelfItem(line.slug) else { return .refused(.noSuchProduct) }
            let read = try Self.read(line.form)
            let product = item.product
            let isSame =
                read.name == product.name && read.about == product.about && read.price == product.price
                && read.vat == product.vat && read.position == item.position && read.isHidden == item.isHidden
                && read.stock == read.stockShown
            guard !isSame else { return .same }
            guard line.version == nil || line.version == item.version else { return .refused(.changedMeanwhile) }
            try await changeProduct(line.slug, line.form, version: item.version)
            return .changed
        } catch let refusal as GoodsRefusal { return .refused(refusal) }
    }

    private static func read(_ form: GoodsForm) throws -> GoodsForm.Read {
        let (read, problems) = form.read()
        guard let read else { throw GoodsRefusal.fields(problems) }
        return read
    }

    /// Ways of delivery, in the owner's order.
    package func deliveryChoices() async throws -> [DeliveryChoice] {
        try await database.read { try $0.deliveryChoices() }
    }

    /// Adds a way of delivery, or changes the one of that code.
    ///
    /// - Parameters:
    ///   - code: Nil for a new one.
    ///   - fee: Whole shillings as typed; nothing for none.
    package func setDelivery(
        code: String?, english: String, swahili: String, fee: String, needsPlace: Bool
    ) async throws {
        guard !english.isEmpty, max(english.count, swahili.count) <= 100 else { throw GoodsRefusal.deliveryName }
        let typed = fee.filter { $0 != "," && $0 != " " }
        guard let money = Money(decimal: typed.isEmpty ? "0" : typed, .kes), (0...10_000_000).contains(money.minor),
            money.minor % 100 == 0
        else { throw GoodsRefusal.deliveryFee }
        let name = Words(english: english, swahili: swahili.isEmpty ? english : swahili)
        try await database.transaction { transaction in
            let known = try transaction.deliveryChoices()
            if let code {
                let choice = DeliveryChoice(code: code, name: name, fee: money, needsPlace: needsPlace)
                guard try transaction.save(choice) else { throw GoodsRefusal.noSuchDelivery }
            } else {
                guard let code = GoodsForm.slug(of: english).map({ String($0.prefix(30)) }) else {
                    throw GoodsRefusal.deliveryName
                }
                guard !known.contains(where: { $0.code == code }) else { throw GoodsRefusal.nameTaken }
                let choice = DeliveryChoice(code: code, name: name, fee: money, needsPlace: needsPlace)
                try transaction.insert(choice, position: known.count)
            }
        }
    }

    /// Takes a way of delivery off the form; orders keep what they chose.
    package func removeDelivery(code: String) async throws {
        try await database.transaction { try $0.removeDelivery(code: code) }
    }
}
