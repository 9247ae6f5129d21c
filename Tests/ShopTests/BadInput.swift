import Commerce
import Database
import DukaTesting
import Foundation
import MPesaSimulator
import PaymentKit
import Testing

/// Bad input gets a clear sentence, loses nothing and reaches nobody.
@Suite struct BadInput {
    struct Vector: Decodable { var input: String; var canonical: String? }

    @Test("Every refused spelling of a number gets a sentence beside the field, keeps what was typed and calls nobody")
    func phones() async throws {
        let file = URL(filePath: "\(TestDatabase.repository)/Tests/PaymentKitTests/Fixtures/phone-vectors.json")
        let vectors = try JSONDecoder().decode([Vector].self, from: Data(contentsOf: file)).filter {
            $0.canonical == nil
        }
        #expect(vectors.count == 109)
        try await TestShop.open(.sqlite) { shop in
            let token = try await shop.formToken()
            for vector in vectors {
                let answer = try await shop.checkOut(phone: vector.input, name: "Asha <b>&", token: token)
                if vector.input.unicodeScalars.contains("\u{0}") {
                    #expect(answer.status == 400, "a NUL is no text")
                    continue
                }
                let page = try await shop.formAgain(answer)
                #expect(page.contains("id=\"phone-error\""), "\(vector.input)")
                #expect(page.contains("role=\"alert\""))
                #expect(page.contains("<title>Error:"))
                #expect(page.contains("Asha &lt;b&gt;&amp;"), "the name is kept, escaped")
                #expect(page.contains("Kilimani, house 4"))
                if vector.input.count < 100, vector.input.allSatisfy({ $0.isLetter || $0.isNumber || $0 == " " }) {
                    #expect(page.contains("value=\"\(vector.input)\""), "\(vector.input)")
                }
            }
            #expect(shop.daraja.ledger.isEmpty)
            #expect(try await shop.database.read { try $0.orderCounts().isEmpty })
        }
    }

    @Test(
        "Each field's mistake has its own sentence",
        arguments: [
            ([("name", "")], "Enter your name"), ([("phone", "")], "Enter the M-PESA phone number"),
            ([("phone", "07123")], "too short"), ([("email", "nobody")], "Check the e-mail"),
            ([("delivery", "")], "Choose how you want"), ([("delivery", "rider"), ("place", "")], "Enter the place"),
            ([("phone", "0733000001")], "an Airtel"), ([("c", "")], "Your cart is empty"),
            ([("c", "mug:51")], "Only 50"),
        ] as [([(String, String)], String)])
    func fields(_ changes: [(String, String)], _ sentence: String) async throws {
        try await TestShop.open(.sqlite) { shop in
            var form = [
                ("name", "Asha"), ("phone", "0712345678"), ("email", ""), ("delivery", "pickup"), ("place", ""),
                ("provider", "mpesa"), ("form_token", try await shop.formToken()), ("c", "mug:1"),
            ]
            for (key, value) in changes { form = form.map { $0.0 == key ? (key, value) : $0 } }
            let answer = try await shop.send("POST", "/checkout", form: form)
            #expect(try await shop.formAgain(answer).contains(sentence))
            #expect(shop.daraja.ledger.isEmpty)
        }
    }

    @Test("Another network's number is used when the customer says so")
    func otherNetwork() async throws {
        try await TestShop.open(.sqlite) { shop in
            shop.daraja.choose(try shop.story("success"))
            let answer = try await shop.checkOut(phone: "0733000001", more: [("use_anyway", "1")])
            try await shop.status(try #require(answer.header("location"))) { $0.state == "paid" }
        }
    }

    @Test(
        "A form from another site is refused, our own are not",
        arguments: [
            ("cross-site", nil, 403), ("same-site", nil, 403), ("same-origin", "null", 303),
            (nil, "https://evil.example", 403),
            (nil, "null", 303), (nil, nil, 303), ("none", nil, 303),
        ] as [(String?, String?, Int)])
    func crossSite(_ site: String?, _ origin: String?, _ status: Int) async throws {
        try await TestShop.open(.sqlite) { shop in
            var headers: [(name: String, value: String)] = []
            if let site { headers.append(("Sec-Fetch-Site", site)) }
            if let origin { headers.append(("Origin", origin)) }
            let answer = try await shop.send(
                "POST", "/cart", form: [("product", "mug"), ("quantity", "1")], headers: headers)
            #expect(answer.status == status)
        }
    }

    @Test("Addresses that are not there get 404, wrong methods 405, and pages of errors have no stack")
    func notThere() async throws {
        try await TestShop.open(.sqlite) { shop in
            for path in [
                "/nothing", "/products/nothing", "/orders/AAAAAAAAAAAAAAAAAAAAAA", "/orders/x", "/orders/x/status",
            ] {
                let answer = try await shop.send("GET", path)
                #expect(answer.status == 404, "\(path)")
                let page = String(decoding: answer.body, as: UTF8.self)
                for word in ["SELECT", "Sources/", ".swift", "fatal"] { #expect(!page.contains(word)) }
            }
            let wrong = try await shop.send("DELETE", "/cart")
            #expect(wrong.status == 405 && wrong.header("allow") == "GET, HEAD, POST")
            #expect(try await shop.send("POST", "/").status == 405)
        }
    }

    @Test("Every page has the headers that keep it to itself")
    func headers() async throws {
        try await TestShop.open(.sqlite) { shop in
            shop.daraja.choose(Story.manual)
            let order = try await shop.buy()
            for path in ["/", "/products/mug", "/cart?c=mug:1", "/checkout?c=mug:1", order, "/nothing"] {
                let answer = try await shop.send("GET", path)
                let policy = answer.header("content-security-policy") ?? ""
                #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "\(path)")
                #expect(!policy.contains("unsafe"), "\(path)")
                #expect(answer.header("referrer-policy") == "no-referrer")
                #expect(answer.header("x-content-type-options") == "nosniff")
            }
            let page = try await shop.send("GET", order)
            #expect(page.header("cache-control") == "no-store")
            #expect(page.header("x-robots-tag")?.contains("noindex") == true)
        }
    }

    @Test(
        "The language follows the browser, then the switch, and every page speaks both",
        arguments: [
            ("sw", nil, "sw"), ("en-GB,en;q=0.9,sw;q=0.8", nil, "en"), ("fr", nil, "en"),
            ("sw-KE,sw;q=0.9", "en", "en"), (nil, "sw", "sw"),
        ] as [(String?, String?, String)])
    func language(_ accepted: String?, _ chosen: String?, _ expected: String) async throws {
        try await TestShop.open(.sqlite) { shop in
            for path in ["/", "/products/mug", "/cart?c=mug:1", "/checkout?c=mug:1", "/nothing"] {
                let separator = path.contains("?") ? "&" : "?"
                let answer = try await shop.send(
                    "GET", path + (chosen.map { "\(separator)lang=\($0)" } ?? ""),
                    headers: accepted.map { [("Accept-Language", $0)] } ?? [])
                let page = String(decoding: answer.body, as: UTF8.self)
                #expect(page.contains("<html lang=\"\(expected)\""), "\(path)")
                #expect(
                    page.contains("English") != page.contains("Kiswahili"), "one switch to the other language: \(path)")
            }
        }
    }
}
