import Checkout
import Database
import DukaTesting
import Foundation
import HTTPClient
import PaymentKit
import Paystack
import PaystackSimulator
import Synchronization
import Testing

/// A shop beside a simulated Paystack.
struct PaystackShop {
    let shop: TestShop
    let paystack: PaystackServer
    static let key = "sk_test_a1b2c3d4e5f6"

    /// - Parameter change: Of the shop before it opens.
    static func open(
        _ engine: SQLDatabase.Engine, change: (inout TestShop.Options) -> Void = { _ in },
        _ body: (PaystackShop) async throws -> Void
    ) async throws {
        let clock = ShopTime()
        let paystack = PaystackServer(PaystackServer.Configuration(now: { clock.now }))
        try paystack.start()
        var options = TestShop.Options()
        options.moreProviders = [provider(paystack.url)]
        change(&options)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await paystack.run() }
            try await TestShop.open(engine, options) { shop in
                clock.follow { Double(shop.clock.now.milliseconds) / 1_000 }
                paystack.post(to: try await webhook(of: shop))
                try await body(PaystackShop(shop: shop, paystack: paystack))
            }
            group.cancelAll()
        }
    }

    static func provider(_ base: String) -> Shop.Provider {
        Shop.Provider(
            name: "paystack", Paystack.manifest, fixed: ["secret_key": key, "base_url": base],
            requestsPerSecond: 10_000
        ) { values, shopName in
            let checked = try FieldValues(values, checkedAgainst: Paystack.manifest.settings)
            return Abilities(of: try Paystack(Setup(environment: .practice, settings: checked, shopName: shopName)))
        }
    }

    /// The address that an owner pastes into the dashboard, from the test of the connection.
    static func webhook(of shop: TestShop) async throws -> String {
        let instance = try #require(shop.shop.provider("paystack"))
        let lines = try await instance.testConnection()
        let line = try #require(lines.first { $0.contains("webhook") })
        return String(try #require(line.split(separator: " ").last))
    }

    /// Chooses Paystack at the checkout. The answer is where the browser is led.
    func order(
        phone: String = "0712345678", email: String = "asha@shop.example", cart: String = "mug:1"
    ) async throws -> (order: String, go: String) {
        let answer = try await shop.checkOut(phone: phone, cart: cart, email: email, provider: "paystack")
        let go = try #require(answer.header("location"))
        #expect(answer.status == 303 && go.hasSuffix("/go"))
        return (String(go.dropLast(3)), go)
    }

    /// Orders, and comes to Paystack's page.
    func toPage(cart: String = "mug:1") async throws -> (order: String, page: String) {
        let (order, go) = try await order(cart: cart)
        let answer = try await shop.send("GET", go)
        #expect(answer.status == 303)
        let page = try #require(answer.header("location"))
        #expect(page.hasPrefix(paystack.url + "/pay/"))
        return (order, page)
    }

    /// Presses a button of Paystack's page; where it leads.
    func press(_ action: String, on page: String) async throws -> String? {
        try await shop.send("POST", page, form: [("action", action)]).header("location")
    }
}

/// The shop's clock, once there is a shop.
private final class ShopTime: Sendable {
    private let clock = Mutex<(@Sendable () -> Double)?>(nil)
    var now: Double { clock.withLock { $0 }?() ?? Date().timeIntervalSince1970 }
    func follow(_ now: @escaping @Sendable () -> Double) { clock.withLock { $0 = now } }
}
