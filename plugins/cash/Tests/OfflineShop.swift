import BankTransfer
import CashOnDelivery
import Checkout
import Database
import DukaTesting
import Foundation
import PaymentKit
import Testing

/// A shop that also takes a bank transfer and cash at hand-over.
enum OfflineShop {
    static func open(
        _ engine: SQLDatabase.Engine, _ options: TestShop.Options = TestShop.Options(),
        _ body: (TestShop) async throws -> Void
    ) async throws {
        var options = options
        let bank = [
            "bank": "Equity Bank", "account_number": "0123456789012", "account_name": "MAMA NJERI",
        ]
        options.moreProviders = [
            provider("bank", BankTransfer.self, bank), provider("cash", CashOnDelivery.self, [:]),
        ]
        try await TestShop.open(engine, options, body)
    }

    private static func provider<Plugin: PaymentPlugin>(
        _ name: String, _: Plugin.Type, _ fixed: [String: String]
    ) -> Shop.Provider {
        Shop.Provider(name: name, Plugin.manifest, fixed: fixed) { values, shopName in
            let checked = try FieldValues(values, checkedAgainst: Plugin.manifest.settings)
            return Abilities(of: try Plugin(Setup(environment: .practice, settings: checked, shopName: shopName)))
        }
    }

    /// Orders a mug and returns the path of the order's page.
    static func order(_ shop: TestShop, by way: String, cart: String = "mug:1") async throws -> String {
        let answer = try await shop.checkOut(phone: "0712345678", cart: cart, provider: way)
        return try #require(answer.header("location"))
    }

    static func stock(_ shop: TestShop) async throws -> Int {
        try await shop.database.read { try $0.product(slug: "mug")?.stock ?? 0 }
    }
}
