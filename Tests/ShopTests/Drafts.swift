import Commerce
import Cryptography
import Database
import DukaTesting
import Foundation
import HTTPClient
import MPesaSimulator
import Storage
import Testing

/// U31: the answer to a form is never a page, so refreshing and going back send nothing again.
@Suite struct Drafts {
    @Test(
        "Refreshing a form with a mistake is a GET that shows the same, with cookies and without",
        arguments: TestDatabase.engines, [nil, "lang=en"])
    func refresh(_ engine: SQLDatabase.Engine, _ cookies: String?) async throws {
        try await TestShop.open(engine) { shop in
            let token = try await shop.formToken(cart: "mug:2,tea:1")
            let answer = try await shop.checkOut(
                phone: "0712 99", cart: "mug:2,tea:1", name: "Asha <b>&", token: token, delivery: "rider",
                cookies: cookies)
            #expect(answer.body.isEmpty && answer.header("cache-control") == "no-store")
            let jar = try cookies.map { "\($0); \(try Self.mark(answer))" }
            let page = try await shop.formAgain(answer, cookies: jar)
            for part in [
                "<title>Error:", "id=\"phone-error\"", "too short", "value=\"0712 99\"", "Asha &lt;b&gt;&amp;",
                "Kilimani, house 4", "2 × Mug", "1 × Tea", "Pay KSh 1,700", "value=\"rider\" checked",
            ] { #expect(page.contains(part), "\(part)") }
            let refreshed = try await shop.formAgain(answer, cookies: jar)
            let shownToken = try TestShop.field("form_token", in: page)
            let nextToken = try TestShop.field("form_token", in: refreshed)
            #expect(refreshed == page.replacing(shownToken, with: nextToken))

            let address = try #require(answer.header("location"))
            for secret in ["0712", "Asha", "Kilimani", String(token.prefix(8))] { #expect(!address.contains(secret)) }
            let shown = try await shop.send("GET", address)
            #expect(shown.status == 200)
            #expect(shown.header("cache-control") == "no-store")
            #expect(shown.header("x-robots-tag")?.contains("noindex") == true)
            #expect(shop.daraja.ledger.isEmpty)
            #expect(try await shop.database.read { try $0.orderCounts().isEmpty })

            shop.daraja.choose(Story.manual)
            let order = try await shop.checkOut(
                phone: "0712345678", cart: "mug:2,tea:1", token: shownToken, cookies: jar)
            #expect(order.leadsToOrder)
            let back = try await shop.send("GET", address, headers: jar.map { [("Cookie", $0)] } ?? [])
            if cookies == nil {
                // The address may have come from somebody else, who knows the first form's token and must not know this
                // one's.
                #expect(Set([token, shownToken, nextToken]).count == 3)
                #expect(back.status == 200 && back.header("location") == nil)
            } else {
                #expect(Set([token, shownToken, nextToken]).count == 1, "a corrected form is still the one form")
                #expect(back.header("location") == order.header("location"), "it has done its work")
            }
        }
    }

    @Test("A second mistake in the same form takes the place of the first", arguments: TestDatabase.engines)
    func overwritten(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let token = try await shop.formToken()
            let first = try await shop.checkOut(phone: "0712", token: token)
            let second = try await shop.checkOut(phone: "0712345678", name: "", token: token)
            #expect(first.header("location") == second.header("location"))
            let page = try await shop.formAgain(second)
            #expect(page.contains("Enter your name") && !page.contains("too short"))
            #expect(page.contains("value=\"0712345678\""))
            #expect(try await Self.count(shop) == 1)
        }
    }

    @Test("A draft is shown to its own browser and on its own page only", arguments: TestDatabase.engines)
    func foreign(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            func isEmpty(_ address: String, _ cookies: String = "") async throws -> Bool {
                let headers = cookies.isEmpty ? [] : [(name: "Cookie", value: cookies)]
                let answer = try await shop.send("GET", address, headers: headers)
                let page = String(decoding: answer.body, as: UTF8.self)
                #expect(answer.status == 200 && page.contains("name=\"phone\"") && page.contains("1 × Mug"))
                return !page.contains("0712 99") && !page.contains("Error:") && !page.contains("Asha")
            }
            // A browser whose cart came in a cookie.
            let answer = try await shop.send(
                "POST", "/checkout", form: try await Self.badForm(shop), headers: [("Cookie", "cart=mug:1")])
            let address = try #require(answer.header("location"))
            let cookie = try #require(answer.header("set-cookie"))
            #expect(cookie.contains("HttpOnly; SameSite=Lax") && cookie.contains("Max-Age=3600"))
            let mark = try Self.mark(answer)
            #expect(try await !isEmpty(address, "cart=mug:1; \(mark)"))
            #expect(try await isEmpty(address, "cart=mug:1"), "the address was passed on")
            #expect(try await isEmpty(address, "cart=mug:1; draft=AAAAAAAAAAAAAAAAAAAAAA"))
            #expect(try await isEmpty("\(address)&c=mug:1"), "the address was passed on to one without cookies")
            // Without cookies the address is all there is; another one is no draft.
            let open = try #require(
                try await shop.send("POST", "/checkout", form: try await Self.badForm(shop)).header("location"))
            #expect(try await !isEmpty(open))
            let last = try #require(open.last)
            #expect(try await isEmpty(open.dropLast(2) + (last == "A" ? "BB" : "AA")))
            #expect(try await isEmpty("/checkout?c=mug:1&draft=x"))

            // The draft of one order's retry form is no other order's, and not the checkout's.
            shop.daraja.choose(try shop.story("cancelled"))
            let orders = [try await shop.buy(phone: "0712000001"), try await shop.buy(phone: "0712000002")]
            for order in orders { try await shop.status(order) { $0.attempt?.state == "cancelled" } }
            let retry = try #require(try await shop.retry(orders[0], phone: "0712 99").header("location"))
            #expect(try await !isEmpty(retry))
            let secret = try #require(retry.split(separator: "draft=").last)
            #expect(try await isEmpty("\(orders[1])?draft=\(secret)"))
            #expect(try await isEmpty("/checkout?c=mug:1&draft=\(secret)"))
        }
    }

    @Test("After an hour a draft is a plain form with its cart, and soon forgotten", arguments: TestDatabase.engines)
    func expiry(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.runsJobs = false
        try await TestShop.open(engine, options) { shop in
            let answer = try await shop.checkOut(phone: "0712 99")
            shop.clock.advance(seconds: 3_599)
            #expect(try await shop.formAgain(answer).contains("0712 99"))
            shop.clock.advance(seconds: 1)
            let page = try await shop.formAgain(answer)
            #expect(!page.contains("0712 99") && !page.contains("Asha") && !page.contains("Error:"))
            #expect(page.contains("1 × Mug") && page.contains("Pay KSh 250"))
            #expect(try await Self.count(shop) == 1)
            let runner = Task { await shop.shop.run() }  // a runner sweeps when it starts
            try await shop.eventually("it is deleted") { try await Self.count(shop) == 0 }
            runner.cancel()
        }
    }

    @Test("Switching the language or asking for the total keeps what was typed, and is no mistake")
    func switching() async throws {
        try await TestShop.open(.sqlite) { shop in
            let switched = try await shop.checkOut(
                phone: "0712 99", delivery: "rider", more: [("switch_language", "sw")])
            let swahili = try await shop.formAgain(switched)
            #expect(swahili.contains("<html lang=\"sw\"") && !swahili.contains("Kosa:"))
            let updated = try await shop.checkOut(phone: "0712 99", delivery: "rider", more: [("update", "1")])
            let english = try await shop.formAgain(updated)
            #expect(english.contains("<html lang=\"en\"") && !english.contains("Error:"))
            #expect(english.contains("Pay KSh 450"))
            for page in [swahili, english] { #expect(page.contains("0712 99") && page.contains("Kilimani, house 4")) }
        }
    }

    @Test("A mistake in the retry form is shown on the order's own page, until the order moves on")
    func retry() async throws {
        var options = TestShop.Options()
        options.rules.phone = [RateLimit(count: 1, seconds: 120)]
        try await TestShop.open(.sqlite, options) { shop in
            shop.daraja.choose(try shop.story("cancelled"))
            let order = try await shop.buy()
            try await shop.status(order) { $0.attempt?.state == "cancelled" }
            let plain = try await shop.page(order)

            let bad = try await shop.retry(order, phone: "07<")
            let page = try await shop.formAgain(bad)
            #expect(bad.header("location")?.hasPrefix("\(order)?") == true)
            #expect(page.contains("id=\"phone-error\"") && page.contains("value=\"07&lt;\""))
            let token = try TestShop.field("form_token", in: page)
            #expect(try await TestShop.field("form_token", in: shop.formAgain(bad)) != token, "whoever opens it")
            func again(_ phone: String, _ more: [(String, String)] = []) async throws -> OutboundResponse {
                try await shop.send("POST", "\(order)/pay", form: [("phone", phone), ("form_token", token)] + more)
            }
            let switched = try await shop.formAgain(again("07<", [("switch_language", "sw")]))
            #expect(switched.contains("value=\"07&lt;\"") && switched.contains("<html lang=\"sw\""))
            let limited = try await again("0712345678")
            #expect(try await shop.formAgain(limited).contains("Too many prompts"))
            // Then it is no longer true, but the number stays.
            shop.clock.advance(seconds: 121)
            let later = try await shop.formAgain(limited)
            #expect(!later.contains("Too many prompts") && later.contains("value=\"0712345678\""))
            #expect(shop.daraja.ledger.count == 1)

            #expect(try await again("0722000001").leadsToOrder)
            try await shop.eventually("it is cancelled as well") {
                let now = try await shop.order(order)
                return now.attemptsMade == 2 && now.liveTicket == nil
            }
            // What was wrong with a form that was sent since is no news.
            let after = try await shop.formAgain(limited)
            #expect(!after.contains("value=\"0712345678\"") && !after.contains("Error:"))
            let fresh = try TestShop.field("form_token", in: after)
            #expect(fresh != token && !plain.contains(fresh))
        }
    }

    @Test("An order that has had all its prompts says so, although its page has no form any more")
    func noneLeft() async throws {
        var options = TestShop.Options()
        options.rules.attemptsPerOrder = 1
        try await TestShop.open(.sqlite, options) { shop in
            shop.daraja.choose(try shop.story("cancelled"))
            let order = try await shop.buy()
            try await shop.status(order) { $0.attempt?.state == "cancelled" }
            let token = shop.shop.formToken(for: .retry(pageToken: String(order.dropFirst("/orders/".count))))
            let page = try await shop.formAgain(
                shop.send("POST", "\(order)/pay", form: [("phone", "0712345678"), ("form_token", token)]))
            #expect(page.contains("This order has had all its prompts") && !page.contains("id=\"retry\""))
        }
    }

    @Test("A form that cannot be kept is the answer itself, and nothing is lost", arguments: TestDatabase.engines)
    func notKept(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            func isWhole(_ answer: OutboundResponse, _ sentence: String) -> Bool {
                let page = String(decoding: answer.body, as: UTF8.self)
                return answer.status == 422 && page.contains(sentence) && page.contains("Kilimani, house 4")
            }
            // Without a token of ours there is nothing to keep it by.
            #expect(isWhole(try await shop.checkOut(phone: "0712 99", token: "abc"), "open for a long time"))
            // One that is only old leads to a fresh one.
            let old = try await shop.formToken()
            shop.clock.advance(seconds: 73 * 3_600)
            let page = try await shop.formAgain(shop.checkOut(phone: "0712345678", token: old))
            #expect(page.contains("open for a long time") && page.contains("value=\"0712345678\""))
            #expect(try TestShop.field("form_token", in: page) != old)
            try await shop.database.transaction { _ = try $0.execute("DROP TABLE drafts") }
            #expect(isWhole(try await shop.checkOut(phone: "0712 99"), "too short"))
            #expect(shop.log.all.contains { $0.contains("A draft was not kept") })
        }
    }

    @Test("Drafts are few: so many for one address, so many in all, so long each")
    func bounds() async throws {
        try await TestShop.open(.sqlite) { shop in
            let token = try await shop.formToken()
            for _ in 0..<300 { #expect(try await shop.checkOut(phone: "0712 99", token: token).leadsToForm) }
            let refused = try await shop.checkOut(phone: "0712 99", token: token)
            #expect(refused.status == 422 && String(decoding: refused.body, as: UTF8.self).contains("too short"))
            shop.clock.advance(seconds: 600)
            #expect(try await shop.checkOut(phone: "0712 99", token: token).leadsToForm)

            let end = shop.clock.now.adding(seconds: 60)
            let vault = shop.vault
            func keep(_ key: UInt8) async throws -> Bool {
                try await shop.database.transaction {
                    try $0.keepDraft([key], Array(repeating: key, count: 32), until: end, atMost: 2, vault)
                }
            }
            #expect(try await [keep(1), keep(2), keep(1)] == [true, false, true])

            // Characters that take far more room where they are kept than in the form.
            let long = String(repeating: "\u{1}", count: 2_000)
            let form = try await Self.badForm(shop).filter { $0.0 != "email" } + [("email", long), ("place", long)]
            #expect(try await shop.send("POST", "/checkout", form: form).status == 422)
        }
    }

    @Test("A quantity that cannot be is explained on the product's page, which a refresh asks for")
    func quantity() async throws {
        try await TestShop.open(.sqlite) { shop in
            for (typed, shown) in [
                ("51", "51"), ("0", "0"), ("", ""), ("2 & <x>=", "2 &amp; &lt;x&gt;="), ("ñ+1", "ñ+1"),
            ] {
                let answer = try await shop.send(
                    "POST", "/cart", form: [("product", "mug"), ("quantity", typed), ("c", "tea:2")])
                #expect(answer.status == 303 && answer.header("cache-control") == "no-store")
                let address = try #require(answer.header("location"))
                #expect(address.hasPrefix("/products/mug?c=tea:2&quantity="))
                let page = try await shop.page(address)
                #expect(page.contains("Enter a quantity from 1 to 50") && page.contains("<title>Error:"), "\(typed)")
                #expect(page.contains("value=\"\(shown)\" autocomplete"), "\(typed)")
                #expect(page.contains("value=\"tea:2\""), "the cart comes along")
            }
            #expect(try await !shop.page("/products/mug?quantity=50").contains("Error:"))
            #expect(try await shop.send("GET", "/products/nothing?quantity=1").status == 404)
        }
    }

    private static func count(_ shop: TestShop) async throws -> Int? {
        try await shop.database.read { try $0.first("SELECT COUNT(*) FROM drafts")?.int(0) }
    }

    /// The cookie by which a browser's drafts are its own.
    private static func mark(_ answer: OutboundResponse) throws -> String {
        let cookie = try #require(answer.header("set-cookie"))
        #expect(cookie.hasPrefix("draft="))
        return String(cookie.prefix { $0 != ";" })
    }

    private static func badForm(_ shop: TestShop) async throws -> [(String, String)] {
        [
            ("name", "Asha"), ("phone", "0712 99"), ("email", ""), ("delivery", "pickup"), ("provider", "mpesa"),
            ("form_token", try await shop.formToken()), ("c", "mug:1"),
        ]
    }
}
