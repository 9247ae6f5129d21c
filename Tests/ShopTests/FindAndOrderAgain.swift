import Checkout
import Commerce
import Database
import DukaTesting
import FaultTesting
import Foundation
import HTTPClient
import PaymentKit
import Storage
import Testing

/// Finding an order without an account, and ordering the same again when it ended unpaid.
@Suite struct FindAndOrderAgain {
    private static func find(
        _ shop: TestShop, _ number: String, _ phone: String
    ) async throws -> OutboundResponse {
        let token = try TestShop.field("form_token", in: try await shop.page("/orders/find"))
        return try await shop.send(
            "POST", "/orders/find", form: [("form_token", token), ("number", number), ("phone", phone)])
    }

    @Test(
        "The number and the phone of an order lead to its page, however they are typed", arguments: TestDatabase.engines
    )
    func hit(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let path = try await shop.buy(phone: "0712345678")
            let number = try await shop.order(path).number.text
            #expect(try await shop.page("/").contains("href=\"/orders/find\""), "the foot of each page leads there")
            for (typed, phone) in [
                (number, "0712345678"), (number.lowercased(), "+254 712 345 678"),
                ("\(number.prefix(4)) - \(number.suffix(4))", "712345678"),
            ] {
                let answer = try await Self.find(shop, typed, phone)
                #expect(answer.status == 303 && answer.header("location") == path, "\(typed) \(phone)")
            }
        }
    }

    @Test("Every kind of miss is answered with the same bytes", arguments: TestDatabase.engines)
    func miss(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let path = try await shop.buy(phone: "0712345678")
            let number = try await shop.order(path).number.text
            var pages: Set<String> = []
            for (typed, phone) in [
                (number, "0712345679"), (OrderNumber().text, "0712345678"), (OrderNumber().text, "0712345679"),
            ] {
                let answer = try await Self.find(shop, typed, phone)
                #expect(answer.leadsToForm && answer.headers.map(\.name).count > 3)
                let page = try await shop.formAgain(answer)
                #expect(page.contains("No order fits this number and this phone"))
                #expect(page.contains("value=\"\(typed)\""), "what was typed stays")
                let token = try TestShop.field("form_token", in: page)
                pages.insert(
                    page.replacing(typed, with: "N").replacing(phone, with: "P").replacing(token, with: "T")
                        .replacing(try #require(answer.header("location")?.split(separator: "=").last), with: "D"))
            }
            #expect(pages.count == 1)
            let broken = try await shop.formAgain(try await Self.find(shop, "hello", "0712345678"))
            #expect(broken.contains("No order fits"))
            let noPhone = try await shop.formAgain(try await Self.find(shop, number, "hello"))
            #expect(noPhone.contains("id=\"phone-error\"") && !noPhone.contains("No order fits"))
        }
    }

    @Test("Guesses at one order from many addresses end too, and say nothing of whether there is one")
    func guesses() async throws {
        var options = TestShop.Options()
        options.rules.finding = []
        options.rules.findingOne = [RateLimit(count: 2, seconds: 3_600)]
        try await TestShop.open(.sqlite, options) { shop in
            let path = try await shop.buy(phone: "0712345678")
            let number = try await shop.order(path).number.text
            for typed in [number, OrderNumber().text] {
                var said: [Bool] = []
                for _ in 0..<3 {
                    let page = try await shop.formAgain(try await Self.find(shop, typed, "0712345679"))
                    said.append(page.contains("Too many tries"))
                }
                #expect(said == [false, false, true], "\(typed == number ? "there" : "not there")")
            }
        }
    }

    @Test(
        "Tries are counted for each address and for each number, and foreign forms find nothing",
        arguments: TestDatabase.engines)
    func limits(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.rules.finding = [RateLimit(count: 3, seconds: 600)]
        try await TestShop.open(engine, options) { shop in
            let path = try await shop.buy(phone: "0712345678")
            let number = try await shop.order(path).number.text
            for _ in 0..<3 {
                let page = try await shop.formAgain(try await Self.find(shop, number, "0712345679"))
                #expect(page.contains("No order fits"))
            }
            let page = try await shop.formAgain(try await Self.find(shop, number, "0712345678"))
            #expect(page.contains("Too many tries"), "also the right one")
            shop.clock.advance(seconds: 601)
            #expect(try await Self.find(shop, number, "0712345678").header("location") == path)

            let old = try await shop.send(
                "POST", "/orders/find", form: [("form_token", "x"), ("number", number), ("phone", "0712345678")])
            #expect(old.status == 422)
            let token = try TestShop.field("form_token", in: try await shop.page("/orders/find"))
            let foreign = try await shop.send(
                "POST", "/orders/find", form: [("form_token", token), ("number", number), ("phone", "0712345678")],
                headers: [("Sec-Fetch-Site", "cross-site")])
            #expect(foreign.status == 403)
        }
    }

    /// A shop with an order of mugs and tea that has ended.
    private static func ended(
        _ engine: SQLDatabase.Engine, _ body: (TestShop, String) async throws -> Void
    ) async throws {
        var options = TestShop.Options()
        options.runsJobs = false
        try await TestShop.open(engine, options) { shop in
            shop.daraja.choose(try shop.story("cancelled"))
            let path = try await shop.buy(cart: "mug:2,tea:3")
            try await shop.shop.runDueWork()
            shop.clock.advance(seconds: 4_000)
            try await shop.shop.runDueWork()
            #expect(try await shop.status(path).state == "expired")
            try await body(shop, path)
        }
    }

    private static func again(
        _ shop: TestShop, _ path: String, cookies: String? = "cart="
    ) async throws -> OutboundResponse {
        let token = try TestShop.field("again_token", in: try await shop.page(path))
        return try await shop.send(
            "POST", "\(path)/again", form: [("again_token", token)],
            headers: cookies.map { [("Cookie", $0)] } ?? [])
    }

    private static func cookies(_ answer: OutboundResponse) -> String {
        answer.headers.filter { $0.name == "set-cookie" }.map { String($0.value.prefix { $0 != ";" }) }
            .joined(separator: "; ")
    }

    @Test(
        "The same goods are in the cart again at today's price, and the cart says what changed",
        arguments: TestDatabase.engines)
    func again(_ engine: SQLDatabase.Engine) async throws {
        try await Self.ended(engine) { shop, path in
            try await shop.database.transaction {
                try $0.execute("UPDATE products SET price_minor = 30000 WHERE slug = 'mug'")
                try $0.execute("UPDATE products SET stock = 1 WHERE slug = 'tea'")
            }
            let answer = try await Self.again(shop, path)
            #expect(answer.status == 303)
            let cookies = Self.cookies(answer)
            #expect(cookies.contains("cart=mug:2.tea:1"), "\(cookies)")
            let location = try #require(answer.header("location"))
            let page = String(
                decoding: try await shop.send("GET", location, headers: [("Cookie", cookies)]).body, as: UTF8.self)
            #expect(page.contains("The price of “Mug” has changed from KSh 250 to KSh 300."))
            #expect(page.contains("Only 1 of “Tea” are left"))
            #expect(page.contains("KSh 1,600"), "2 × 300 + 1,000")
            // Pressed again it is the same cart, and what was in it stays.
            #expect(Self.cookies(try await Self.again(shop, path, cookies: cookies)).contains("cart=mug:2.tea:1"))
            #expect(
                Self.cookies(try await Self.again(shop, path, cookies: "cart=mug:5")).contains("cart=mug:5.tea:1"))
            // Where cookies are blocked the address carries it.
            let plain = try await Self.again(shop, path, cookies: nil)
            #expect(plain.header("location")?.hasPrefix("/cart?c=mug:2,tea:1") == true, "\(plain.headers)")
        }
    }

    @Test("What is not sold any more is left out, and said", arguments: TestDatabase.engines)
    func gone(_ engine: SQLDatabase.Engine) async throws {
        try await Self.ended(engine) { shop, path in
            try await shop.database.transaction {
                try $0.execute("UPDATE products SET hidden_at = 1 WHERE slug = 'mug'")
                try $0.execute("UPDATE products SET stock = 0 WHERE slug = 'tea'")
            }
            let answer = try await Self.again(shop, path)
            let location = try #require(answer.header("location"))
            let page = String(
                decoding: try await shop.send("GET", location, headers: [("Cookie", Self.cookies(answer))]).body,
                as: UTF8.self)
            #expect(page.contains("“Mug” is not sold any more") && page.contains("“Tea” is not sold any more"))
            #expect(page.contains("Your cart is empty") || page.contains("class=\"empty\""))
        }
    }

    @Test("Another site cannot press it, and an order that can be paid has no such button")
    func guarded() async throws {
        try await Self.ended(.sqlite) { shop, path in
            let token = try TestShop.field("again_token", in: try await shop.page(path))
            let foreign = try await shop.send(
                "POST", "\(path)/again", form: [("again_token", token)], headers: [("Sec-Fetch-Site", "cross-site")])
            #expect(foreign.status == 403)
            let forged = try await shop.send("POST", "\(path)/again", form: [("again_token", "x")])
            #expect(forged.header("location") == path && forged.header("set-cookie") == nil)
            let alive = try await shop.buy(phone: "0712345670")
            #expect(try await !shop.page(alive).contains("/again\""))
            let refused = try await shop.send("POST", "\(alive)/again", form: [("again_token", token)])
            #expect(refused.header("location") == alive && refused.header("set-cookie") == nil)
        }
    }

    @Test(
        "Staff tell a customer again from the order's page, once for each press; what is not true is refused",
        arguments: TestDatabase.engines)
    func tellAgain(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let mail = TestMailServer()
            let njeri = try await TestStaff.join(shop, "njeri", as: .manager)
            shop.daraja.choose(try shop.story("success"))
            let early = try await shop.order(try await shop.buy(phone: "0712345670")).number.text
            #expect(try await !njeri.page("/admin/orders/\(early)").contains("/tell\""), "there is no way to")
            let post = try await shop.post(mail: mail)
            let path = try await shop.buyByMail()
            try await shop.status(path) { $0.state == "paid" }
            try await post.deliverDue()
            let number = try await shop.order(path).number.text
            let desk = "/admin/orders/\(number)"
            #expect(try await njeri.page(desk).contains("paid by e-mail, "))
            let answer = try await njeri.press("\(desk)/tell", on: desk)
            #expect(try await njeri.follow(answer).contains("On its way: “paid”, 1 message"))
            try await post.deliverDue()
            #expect(mail.taken.count == 3 && mail.taken.last?.text.contains("is paid") == true)
            let page = try await njeri.page(desk)
            #expect(page.contains("The customer was told again, as wanted by: njeri: paid."))
            await #expect(throws: ResendRefusal.notTrueNow(.expired)) {
                _ = try await shop.shop.resendNotice(try #require(OrderNumber(number)), .expired, by: "njeri")
            }
            let silent = try await shop.order(try await shop.buy(phone: "0712345671")).number
            await #expect(throws: ResendRefusal.noWay) {
                _ = try await shop.shop.resendNotice(silent, nil, by: "njeri")
            }
        }
    }
}
