import Checkout
import Commerce
import Cryptography
import Database
import DukaTesting
import Foundation
import HTTPClient
import Logging
import PaymentKit
import Storage
import Testing

/// What the owner sets at the desk.
@Suite struct DeskSettings {
    private static func settings(_ changes: [String: String] = [:]) -> [(String, String)] {
        [
            "name": "Mama Njeri", "contact": "", "order_minutes": "60", "prompts_per_order": "5",
            "confirm_from": "10000", "second_person_from": "5000", "form": "settings",
        ].merging(changes) { _, new in new }.map { ($0.key, $0.value) }
    }

    @Test(
        "What is set is shown and kept to at once, on every node, and stands in the trail",
        arguments: TestDatabase.engines)
    func shop(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
            #expect(try await shop.page("/").contains("Mama Njeri"))
            let said = try await njeri.follow(
                njeri.press(
                    "/admin/settings", on: "/admin/settings",
                    Self.settings([
                        "name": "Kiosk <One>", "contact": "0700 000 001", "order_minutes": "90",
                        "second_person_from": "700",
                    ])))
            #expect(said.contains("Saved: The shop’s name, Telephone number, Minutes until"))
            let page = try await shop.page("/")
            #expect(page.contains("Kiosk &lt;One&gt;") && page.contains("0700 000 001"))
            #expect(shop.shop.rules.orderExpirySeconds == 5_400)
            #expect(shop.shop.rules.secondPersonFrom == Money(whole: 700, .kes))
            #expect(try await njeri.page("/admin/trail").contains("settings changed"))

            let order = try await shop.order(try await shop.buy())
            #expect(order.expiresAt.seconds(since: order.placedAt) == 5_400)

            let other = try Self.node(of: shop)
            #expect(other.name == "Mama Njeri")
            try await other.readSettings()
            #expect(other.name == "Kiosk <One>" && other.contact == "0700 000 001")
        }
    }

    @Test(
        "What cannot be is told beside its field, nothing is changed and nothing typed is lost",
        arguments: [
            ("name", "", "1 to 60"), ("name", String(repeating: "n", count: 61), "1 to 60"),
            ("contact", "call me", "telephone number"), ("order_minutes", "19", "20 to 4320"),
            ("order_minutes", "soon", "20 to 4320"), ("prompts_per_order", "21", "1 to 20"),
            ("confirm_from", "0", "1 to 1,000,000"), ("second_person_from", "-5", "1 to 1,000,000"),
        ])
    func wrong(_ field: String, _ typed: String, _ told: String) async throws {
        try await TestShop.open(.sqlite) { shop in
            let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
            let page = try await njeri.follow(
                njeri.press(
                    "/admin/settings", on: "/admin/settings",
                    Self.settings([field: typed])))
            #expect(page.contains("id=\"settings-\(field)-error\"") && page.contains(told))
            #expect(page.contains("value=\"\(typed)\""))
            #expect(shop.shop.contact == nil && shop.shop.name == "Mama Njeri")
            #expect(page.contains("value=\"60\"") || field == "order_minutes")
        }
    }

    @Test("What the operator's environment sets, the desk shows and cannot change")
    func fixed() async throws {
        try await TestShop.open(.sqlite) { shop in
            let other = try Self.node(of: shop, fixed: [.orderMinutes])
            await #expect(throws: SettingsRefusal.isFixed(.orderMinutes)) {
                try await other.set([.orderMinutes: "30", .contact: "0700 000 001"])
            }
            #expect(other.contact == nil)
            try await shop.shop.set([.orderMinutes: "30"])
            try await other.readSettings()
            #expect(other.rules.orderExpirySeconds == 3_600)
            #expect(shop.shop.rules.orderExpirySeconds == 1_800)
        }
    }

    /// Another node of the same shop.
    private static func node(of shop: TestShop, fixed: Set<OwnerSetting> = []) throws -> Shop {
        Shop(
            database: shop.database, keys: try KeyRing(keys: [(id: 1, key: Array(repeating: 7, count: 32))]),
            rules: TestShop.Options.patient, name: "Mama Njeri", isPractice: true, callbackBase: shop.address,
            spoolFolder: "\(shop.folder)/spool", providers: [], fixed: fixed,
            client: OutboundClient(ClientConfiguration(allowPlainHTTPToLoopback: true)),
            log: Logger(label: "test") { _ in shop.log }, now: { shop.clock.now })
    }

    // MARK: Ways to pay

    private static let keys = [
        ("secret_consumer_key", "simulator-key"), ("secret_consumer_secret", "simulator-secret"),
    ]

    @Test(
        "A way to pay is set, tried and used without a restart; its secrets never come back",
        arguments: TestDatabase.engines)
    func way(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
            let path = "/admin/ways/mpesa"
            let plain = [("environment", "simulator"), ("shortcode", "174379"), ("c2b_version", "v2"), ("form", "way")]
            let saved = try await njeri.follow(njeri.press(path, on: path, plain + Self.keys))
            #expect(saved.contains("the provider accepts it"))
            #expect(!saved.contains("simulator-secret") && saved.contains("****cret"))
            #expect(!saved.contains("value=\"simulator-key\""))
            let sealed = try await shop.database.read {
                try $0.first("SELECT values_sealed FROM provider_settings")?.blob(0)
            }
            #expect(sealed.map { !$0.contains(Array("simulator-secret".utf8)) } == true)

            // The secret stays when nothing is typed.
            _ = try await njeri.press(path, on: path, plain)
            let way = try #require(try await shop.shop.waySettings().first)
            #expect(way.shown["consumer_secret"] == "****cret" && way.problems.isEmpty)
            shop.daraja.choose(try shop.story("success"))
            let order = try await shop.buy()
            try await shop.status(order) { $0.state == "paid" }

            // Another pair: kept, and the page says that it is refused.
            let refused = try await njeri.follow(
                njeri.press(path, on: path, plain + [("secret_consumer_secret", "something else")]))
            #expect(refused.contains("did not accept it"))
            let late = try await shop.buy(phone: "0722000001")
            try await shop.status(late) { $0.attempt?.state == "failed" }
            // And the right one again: the token of the other credentials is not used any more.
            _ = try await njeri.press(path, on: path, plain + Self.keys)
            let next = try await shop.buy(phone: "0722000002")
            try await shop.status(next) { $0.state == "paid" }
        }
    }

    @Test("Settings that do not do are refused beside their fields, and what runs goes on")
    func wrongWay() async throws {
        try await TestShop.open(.sqlite) { shop in
            let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
            let path = "/admin/ways/mpesa"
            let fields = [
                ("environment", "simulator"), ("shortcode", "17437x"), ("till", "5"), ("form", "way"),
                ("secret_passkey", "canary-passkey"),
            ]
            let answer = try await njeri.press(path, on: path, fields)
            let page = try await njeri.follow(answer)
            #expect(page.contains("id=\"way-till-error\""))
            #expect(page.contains("value=\"17437x\"") && !page.contains("canary-passkey"))
            #expect(try await shop.shop.waySettings().first?.changedAt == nil)
            shop.daraja.choose(try shop.story("success"))
            let order = try await shop.buy()
            try await shop.status(order) { $0.state == "paid" }
        }
    }

    @Test("While it is typed it is tried, and nothing of it is kept")
    func tried() async throws {
        try await TestShop.open(.sqlite) { shop in
            let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
            let path = "/admin/ways/mpesa"
            func trial(_ secret: String) async throws -> String {
                let answer = try await njeri.press(
                    "\(path)/test", on: path,
                    [("secret_consumer_key", "simulator-key"), ("secret_consumer_secret", secret)])
                #expect(answer.status == 200)
                return String(decoding: answer.body, as: UTF8.self)
            }
            #expect(try await trial("simulator-secret").contains("\"accepted\":true"))
            #expect(try await trial("wrong").contains("\"accepted\":false"))
            #expect(try await shop.shop.waySettings().first?.changedAt == nil)
        }
    }

    @Test(
        "A way to pay that is taken off is offered to nobody; what was begun goes on", arguments: TestDatabase.engines)
    func off(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
            shop.daraja.choose(.manual)
            let begun = try await shop.buy()
            let path = "/admin/ways/mpesa"
            _ = try await njeri.press(path, on: path, [("environment", "simulator"), ("off", "1")])
            #expect(try await shop.page("/checkout?c=mug:1").contains("cannot take payments just now"))
            let refused = try await shop.checkOut(phone: "0722000001")
            #expect(refused.leadsToForm)
            try await shop.eventually("the prompt appears") { shop.daraja.prompt(on: "254712345678") != nil }
            shop.daraja.approve("254712345678")
            try await shop.status(begun) { $0.state == "paid" }
            _ = try await njeri.press(path, on: path, [("environment", "simulator")])
            #expect(try await shop.checkOut(phone: "0722000002").leadsToOrder)
        }
    }

    @Test("The first shilling: one press is one order and one prompt, and setting up is complete with it")
    func firstShilling() async throws {
        try await TestShop.open(.sqlite) { shop in
            let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
            #expect(try await njeri.page("/admin").contains("not set up yet"))
            shop.daraja.choose(try shop.story("success"))
            let page = try await njeri.page("/admin/ways/mpesa")
            let fields = [
                ("form_token", try TestShop.field("form_token", in: page)), ("back", "/admin/ways/mpesa"),
                ("form", "prompt"),
            ]
            let wrong = try await njeri.follow(
                njeri.post("/admin/ways/mpesa/prompt", fields + [("phone", "12")]))
            #expect(wrong.contains("prompt-phone-error"))
            let first = try await njeri.post("/admin/ways/mpesa/prompt", fields + [("phone", "0712345678")])
            let again = try await njeri.post("/admin/ways/mpesa/prompt", fields + [("phone", "0712345678")])
            let address = try #require(first.header("location"))
            #expect(address.hasPrefix("/admin/orders/") && again.status == 303)
            try await shop.eventually("one prompt") { shop.pushes.count == 1 }
            let number = try #require(OrderNumber(String(address.dropFirst("/admin/orders/".count).prefix(8))))
            try await shop.eventually("it is paid") {
                let file = try await shop.shop.orderFile(number)
                return file?.order.paidAt != nil && file?.order.total == Money(whole: 1, .kes)
            }
            #expect(shop.pushes.count == 1)
            #expect(try await !shop.page("/").contains("Test of payments"))

            _ = try await njeri.press("/admin/ways/mpesa/register", on: "/admin/ways/mpesa")
            _ = try await njeri.press("/admin/setup/address", on: "/admin/setup")
            let setUp = try await shop.shop.setUp(hasCodes: false)
            #expect(setUp.isComplete, "\(Set(setUp.steps).subtracting(setUp.done))")
            #expect(try await njeri.page("/admin/setup").contains("people can buy"))
            #expect(try await !njeri.page("/admin").contains("not set up yet"))
        }
    }
}
