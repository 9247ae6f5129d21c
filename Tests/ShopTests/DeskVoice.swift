@testable import Checkout
import Commerce
import Database
import DukaTesting
import FaultTesting
import Foundation
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// In which languages the shop speaks, what it tells, and how large an order may be: set at the desk.
@Suite struct DeskVoice {
    private static func save(_ fields: [(String, String)], _ owner: TestStaff) async throws -> String {
        let page = try await owner.page("/admin/settings")
        // A browser sends all of it, and a form has 64 fields at most.
        #expect(page.components(separatedBy: " name=\"").count < 60)
        let mark = try TestShop.field("mark", in: page)
        return try await owner.follow(
            try await owner.press(
                "/admin/settings", on: "/admin/settings", fields + [("form", "settings"), ("mark", mark)]))
    }

    /// All boxes ticked but these.
    private static func boxes(without untold: Set<String>) -> [(String, String)] {
        let all = Notice.Kind.wanted.flatMap { kind in kind.channels.map { "told_\(kind.rawValue)_\($0.rawValue)" } }
        return [("told_shown", "1")] + all.filter { !untold.contains($0) }.map { ($0, "1") }
    }

    @Test("The pages are in the languages that the owner offers, and the desk in both")
    func languages() async throws {
        try await TestShop.open(.sqlite) { shop in
            let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
            func page(_ accepts: String, _ path: String = "/") async throws -> String {
                String(
                    decoding: try await shop.send("GET", path, headers: [("Accept-Language", accepts)]).body,
                    as: UTF8.self)
            }
            #expect(try await page("de").contains("<html lang=\"en\""))
            #expect(try await page("sw").contains("<html lang=\"sw\""))
            _ = try await Self.save([("languages", "sw,en")], njeri)
            #expect(try await page("fr").contains("<html lang=\"sw\""), "the first is for those who ask for neither")
            #expect(try await page("en").contains("<html lang=\"en\""))
            _ = try await Self.save([("languages", "sw")], njeri)
            let only = try await page("en")
            #expect(only.contains("<html lang=\"sw\"") && !only.contains("hreflang=\"en\""))
            #expect(try await page("en", "/?lang=en").contains("<html lang=\"sw\""))
            #expect(try await page("en", "/cart").contains("<html lang=\"sw\""))
            #expect(try await njeri.page("/admin").contains("<html lang=\"en\""))
            #expect(try await Self.save([("languages", "xx")], njeri).contains("settings-languages-error"))
        }
    }

    @Test("An order above the owner's limit is refused in plain words, and one at the limit is taken")
    func largest() async throws {
        try await TestShop.open(.sqlite) { shop in
            let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
            let price = try #require(try await shop.shop.product("mug")).price.whole ?? 0
            _ = try await Self.save([("largest_order", "\(price)")], njeri)
            shop.daraja.choose(try shop.story("success"))
            #expect(try await shop.checkOut(phone: "0712345678", cart: "mug:1").leadsToOrder)
            let refused = try await shop.checkOut(phone: "0722000001", cart: "mug:2")
            #expect(refused.leadsToForm)
            let page = try await shop.page(try #require(refused.header("location")))
            #expect(page.contains("takes orders of KSh \(price) at most"))
        }
    }

    @Test("Prompts per phone and day are the owner's, and shorter limits stay", arguments: TestDatabase.engines)
    func perPhone(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            try await shop.shop.set([.promptsPerPhone: "2"])
            #expect(shop.shop.rules.phone == [RateLimit(count: 2, seconds: 86_400)])
            shop.daraja.choose(try shop.story("cancelled"))
            for _ in 0..<2 {
                let path = try await shop.buy()
                try await shop.status(path) { $0.attempt?.state == "cancelled" }
            }
            #expect(try await shop.checkOut(phone: "0712345678").leadsToForm, "the third of that day")
            #expect(try await shop.checkOut(phone: "0722000001").leadsToOrder)
            var rules = ShopRules()
            OwnerSetting.promptsPerPhone.apply("20", to: &rules)
            #expect(rules.phone.map(\.count) == [2, 4, 6, 20] && rules.promptsPerPhone == 20)
        }
    }

    @Test("What the owner unticks is told to nobody by that channel", arguments: TestDatabase.engines)
    func untold(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            try await TestSMSService.open { service in
                let post = try await shop.post(mail: TestMailServer(), sms: service)
                let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
                _ = try await Self.save(
                    Self.boxes(without: ["told_placed_letter", "told_placed_sms", "told_paid_sms"]), njeri)
                shop.daraja.choose(try shop.story("success"))
                let path = try await shop.buyByMail()
                try await shop.status(path) { $0.state == "paid" }
                try await post.deliverDue()
                #expect(try await shop.told(path) == ["paid letter sent"])
                let page = try await njeri.page("/admin/settings")
                #expect(page.contains("name=\"told_placed_sms\" value=\"1\">"))
                #expect(page.contains("name=\"told_paid_letter\" value=\"1\" checked>"))
                // A form without the boxes leaves them as they are.
                _ = try await Self.save([("name", "Kiosk")], njeri)
                #expect(shop.shop.rules.voice.untold.count == 3)
            }
        }
    }

    @Test(
        "The owner's addresses are set at the desk, kept sealed, and written to in the owner's language",
        arguments: TestDatabase.engines)
    func owner(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.runsJobs = false
        options.verifiesBooks = false
        try await TestShop.open(engine, options) { shop in
            let mail = TestMailServer()
            let post = try await shop.post(mail: mail)
            let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
            let wrong = try await Self.save([("owner_email", "not an address"), ("owner_phone", "12")], njeri)
            #expect(wrong.contains("settings-owner_email-error"))
            _ = try await Self.save(
                [
                    ("owner_email", "njeri@example.org"), ("owner_phone", "0722 000 009"), ("owner_language", "sw"),
                    ("quiet_hours", "22 - 6"),
                ], njeri)
            #expect(shop.shop.rules.voice.quietHours == QuietHours(from: 22, until: 6))
            let stored = try await shop.database.read {
                try $0.query("SELECT value FROM shop_settings").map { try $0.text(0) }
            }
            #expect(!stored.contains { $0.contains("njeri@example.org") || $0.contains("722000009") })
            #expect(try await njeri.page("/admin/settings").contains("value=\"njeri@example.org\""))
            try await post.open()
            _ = try await shop.buy()
            shop.clock.advance(seconds: 130)
            try await post.watch()
            try await post.deliverDue()
            let letter = try #require(mail.taken.last)
            #expect(letter.to == "RCPT TO:<njeri@example.org>")
            #expect(letter.text.contains("kazi imechelewa kwa sekunde"), "\(letter.text)")
            #expect(!letter.text.contains("work has been due"))
        }
    }
}
