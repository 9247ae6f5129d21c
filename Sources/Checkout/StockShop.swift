import Commerce
import Database
import Foundation
import Storage

extension Shop {
    /// Puts goods and ways of delivery into an empty shop, in this order, and notes what they were: they are there to
    /// be looked at, and the owner puts them away again.
    ///
    /// - Returns: False when there are goods already; nothing is changed then.
    @discardableResult
    package static func stock(
        _ database: SQLDatabase, with products: [Product], delivery choices: [DeliveryChoice], name: String
    ) async throws -> Bool {
        let demo = DemoStock(goods: products.map(\.slug), delivery: choices.map(\.code), name: name)
        let noted = String(decoding: try JSONEncoder().encode(demo), as: UTF8.self)
        return try await database.transaction { transaction in
            guard try transaction.products().isEmpty else { return false }
            for (position, product) in products.enumerated() { try transaction.insert(product, position: position) }
            for (position, choice) in choices.enumerated() { try transaction.insert(choice, position: position) }
            try transaction.setShopSetting("name", to: name)
            try transaction.setShopSetting(DemoStock.setting, to: noted)
            return true
        }
    }

    /// The shop's name as the owner set it.
    package static func storedName(in database: SQLDatabase) async throws -> String? {
        try await database.read { try $0.shopSetting("name") }
    }

    /// Whether what the shop was stocked with for practice is still out.
    package func showsDemo() async throws -> Bool {
        try await database.read { try $0.shopSetting(DemoStock.setting) != nil }
    }

    /// Puts away what the shop was stocked with for practice, so that the owner begins with an empty shelf. What the
    /// owner has added or renamed stays; orders keep what they bought. A second time nothing is left to do.
    package func putDemoAway() async throws {
        let now = now()
        try await database.transaction { transaction in
            guard let noted = try transaction.shopSetting(DemoStock.setting) else { return }
            let demo = try JSONDecoder().decode(DemoStock.self, from: Data(noted.utf8))
            for slug in demo.goods {
                guard var item = try transaction.shelfItem(slug: slug), !item.isHidden else { continue }
                item.isHidden = true
                guard try transaction.save(item, stockBy: 0, at: now) else { throw StaleWrite() }
            }
            for code in demo.delivery { try transaction.removeDelivery(code: code) }
            if try transaction.shopSetting(OwnerSetting.name.rawValue) == demo.name {
                try transaction.forgetShopSetting(OwnerSetting.name.rawValue)
            }
            try transaction.forgetShopSetting(DemoStock.setting)
            try transaction.markSettingsChanged(at: now)
        }
        try await readSettings()
    }
}

/// What a shop was stocked with for practice.
private struct DemoStock: Codable {
    /// The setting under which it is noted while it is out.
    static let setting = "demo stock"
    var goods, delivery: [String]
    var name: String
}
