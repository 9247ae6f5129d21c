import Commerce
import Database
import PaymentKit

extension SQLReading {
    /// Everything the shop shows, in its order.
    package func products() throws -> [Product] {
        try query(
            """
            SELECT id, slug, name_en, name_sw, about_en, about_sw, price_minor, currency, vat_basis_points, stock, photo
            FROM products WHERE hidden_at IS NULL ORDER BY position, slug
            """
        ).map(Self.product)
    }

    /// Everything the shop has, shown or hidden, in its order.
    package func shelf() throws -> [ShelfItem] {
        try query("\(Self.shelfColumns) ORDER BY position, slug").map(Self.item)
    }

    /// One thing on the shelf, shown or hidden.
    package func shelfItem(slug: String) throws -> ShelfItem? {
        try first("\(Self.shelfColumns) WHERE slug = \(slug)").map(Self.item)
    }

    private static var shelfColumns: SQL {
        """
        SELECT id, slug, name_en, name_sw, about_en, about_sw, price_minor, currency, vat_basis_points, stock, photo,
            position, hidden_at, version
        FROM products
        """
    }

    private static func item(_ row: Row) throws -> ShelfItem {
        ShelfItem(
            product: try product(row), position: try row.int(11), isHidden: try row.int64OrNil(12) != nil,
            version: try row.int64(13))
    }

    /// The product of a slug, or nil when there is none.
    package func product(slug: String) throws -> Product? {
        try first(
            """
            SELECT id, slug, name_en, name_sw, about_en, about_sw, price_minor, currency, vat_basis_points, stock, photo
            FROM products WHERE slug = \(slug) AND hidden_at IS NULL
            """
        ).map(Self.product)
    }

    private static func product(_ row: Row) throws -> Product {
        Product(
            id: ID(stored: try row.text(0)), slug: try row.text(1),
            name: Words(english: try row.text(2), swahili: try row.text(3)),
            about: Words(english: try row.text(4), swahili: try row.text(5)),
            price: Money(minor: try row.int64(6), Currency(rawValue: try row.text(7))),
            vat: VATRate(basisPoints: try row.int(8)), stock: try row.int(9), photo: try row.text(10))
    }

    /// Ways of delivery, in the owner's order.
    package func deliveryChoices() throws -> [DeliveryChoice] {
        try query(
            """
            SELECT code, name_en, name_sw, fee_minor, currency, needs_place FROM delivery_choices
            ORDER BY position, code
            """
        ).map { row in
            DeliveryChoice(
                code: try row.text(0), name: Words(english: try row.text(1), swahili: try row.text(2)),
                fee: Money(minor: try row.int64(3), Currency(rawValue: try row.text(4))), needsPlace: try row.bool(5))
        }
    }
}

extension Transaction {
    /// Adds a product; the catalogue is sorted by `position`.
    package func insert(_ product: Product, position: Int) throws {
        try execute(
            """
            INSERT INTO products (id, slug, name_en, name_sw, about_en, about_sw, price_minor, currency,
                vat_basis_points, stock, photo, position)
            VALUES (\(product.id.text), \(product.slug), \(product.name.english), \(product.name.swahili),
                \(product.about.english), \(product.about.swahili), \(product.price.minor),
                \(product.price.currency.rawValue), \(product.vat.basisPoints), \(product.stock), \(product.photo),
                \(position))
            """)
    }

    /// Changes everything of a product but its address and its stock; the latter by a difference, for it is sold
    /// meanwhile.
    ///
    /// - Returns: False when somebody else has changed it, or there are not so many pieces to take away.
    package func save(_ item: ShelfItem, stockBy difference: Int, at now: Timestamp) throws -> Bool {
        let product = item.product
        return try execute(
            """
            UPDATE products SET name_en = \(product.name.english), name_sw = \(product.name.swahili),
                about_en = \(product.about.english), about_sw = \(product.about.swahili),
                price_minor = \(product.price.minor), vat_basis_points = \(product.vat.basisPoints),
                position = \(item.position), hidden_at = \(item.isHidden ? now.milliseconds : nil),
                stock = stock + \(difference), version = version + 1
            WHERE id = \(product.id.text) AND version = \(item.version) AND stock + \(difference) >= 0
            """) == 1
    }

    /// Changes a way of delivery.
    ///
    /// - Returns: False when there is none of its code.
    package func save(_ choice: DeliveryChoice) throws -> Bool {
        try execute(
            """
            UPDATE delivery_choices SET name_en = \(choice.name.english), name_sw = \(choice.name.swahili),
                fee_minor = \(choice.fee.minor), needs_place = \(choice.needsPlace)
            WHERE code = \(choice.code)
            """) == 1
    }

    /// Takes a way of delivery off the form; orders keep what they chose.
    package func removeDelivery(code: String) throws {
        try execute("DELETE FROM delivery_choices WHERE code = \(code)")
    }

    /// Adds a way of delivery; the form is sorted by `position`.
    package func insert(_ choice: DeliveryChoice, position: Int) throws {
        try execute(
            """
            INSERT INTO delivery_choices (code, name_en, name_sw, fee_minor, currency, needs_place, position)
            VALUES (\(choice.code), \(choice.name.english), \(choice.name.swahili), \(choice.fee.minor),
                \(choice.fee.currency.rawValue), \(choice.needsPlace), \(position))
            """)
    }

    /// Takes `quantity` pieces off the shelf.
    ///
    /// - Returns: Whether there were enough; if not, nothing was taken.
    package func reserve(_ quantity: Int, of product: ID<Product>) throws -> Bool {
        try execute(
            """
            UPDATE products SET stock = stock - \(quantity) WHERE id = \(product.text) AND stock >= \(quantity)
            """) == 1
    }

    /// Puts pieces back on the shelf.
    package func release(_ quantity: Int, of product: ID<Product>) throws {
        try execute("UPDATE products SET stock = stock + \(quantity) WHERE id = \(product.text)")
    }
}
