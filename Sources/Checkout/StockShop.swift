import Commerce
import Database
import Storage

extension Shop {
    /// Puts goods and ways of delivery into an empty shop, in this order.
    ///
    /// - Returns: False when there are goods already; nothing is changed then.
    @discardableResult
    package static func stock(
        _ database: SQLDatabase, with products: [Product], delivery choices: [DeliveryChoice], name: String
    ) async throws -> Bool {
        try await database.transaction { transaction in
            guard try transaction.products().isEmpty else { return false }
            for (position, product) in products.enumerated() { try transaction.insert(product, position: position) }
            for (position, choice) in choices.enumerated() { try transaction.insert(choice, position: position) }
            try transaction.setShopSetting("name", to: name)
            return true
        }
    }

    /// The shop's name as the owner set it.
    package static func storedName(in database: SQLDatabase) async throws -> String? {
        try await database.read { try $0.shopSetting("name") }
    }
}
