@testable import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import HTTPClient
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// What a shopper reads about paying without a prompt, and about a payment that the page does not know.
@Suite struct PayingByHand {
    /// How many times a text stands on a page.
    static func count(_ text: String, _ page: String) -> Int { page.components(separatedBy: text).count - 1 }

    static func sendCode(_ shop: TestShop, _ path: String, _ code: String, language: String = "en") async throws
        -> OutboundResponse
    {
        let page = try await shop.page("\(path)?lang=\(language)")
        let form = try #require(page.range(of: "id=\"receipt-code\""))
        let token = try TestShop.field("form_token", in: String(page[form.lowerBound...]))
        return try await shop.send("POST", "\(path)/receipt-code", form: [("code", code), ("form_token", token)])
    }

    @Test(
        "After a cancelled prompt the page shows how to pay by paybill, for exactly what is left",
        arguments: TestDatabase.engines)
    func steps(_ engine: SQLDatabase.Engine) async throws {
        try await MoneyStories.open(engine) { shop, path, number in
            let page = try await shop.page(path)
            #expect(page.contains("<h2>Pay by paybill</h2>") && !page.contains("id=\"by-hand\" open"))
            #expect(page.contains("Pay exactly KSh 1,000"))
            for value in ["174379", number, "1000"] { #expect(page.contains("data-value=\"\(value)\""), "\(value)") }
            let spelt = number.map(String.init).joined(separator: " ")
            #expect(page.contains("<span class=\"vh\">\(spelt)</span>"))
            #expect(page.contains("turns to Paid by itself within a minute"))
            let swahili = try await shop.page("\(path)?lang=sw")
            #expect(swahili.contains("<h2>Lipa kwa paybill</h2>") && swahili.contains("Weka nambari ya akaunti"))

            try shop.daraja.payPaybill(from: MoneyStories.phone, amount: 400, account: number)
            try await shop.status(path) { $0.state == "partially_paid" }
            let rest = try await shop.page(path)
            #expect(rest.contains("Pay exactly KSh 600") && rest.contains("data-value=\"600\""))
            #expect(rest.contains("We received KSh 400. It is safe. KSh 600 is left to pay."))
            #expect(rest.contains("Pay KSh 600 with M-PESA") && rest.contains("<h2 class=\"next\">Your money</h2>"))
            try shop.daraja.payPaybill(from: MoneyStories.phone, amount: 600, account: number)
            try await shop.status(path) { $0.state == "paid" }
            let paid = try await shop.page(path)
            #expect(!paid.contains("id=\"by-hand\"") && !paid.contains("id=\"have-paid\""))
            #expect(Self.count("Received<small>", paid) == 2)
            let receipt = try await shop.page("\(path)/receipt")
            for capture in try await shop.captures(path) { #expect(try receipt.contains(#require(capture.receipt))) }
        }
    }

    @Test("Nobody is sent to the paybill while a prompt may be alive, or before the shop hears of such money")
    func notYet() async throws {
        var options = TestShop.Options()
        options.rules.attemptSeconds = 150
        try await TestShop.open(.sqlite, options) { shop in
            shop.daraja.choose(try shop.story("cancelled"))
            let unheard = try await shop.buy(phone: "0712000001")
            try await shop.status(unheard) { $0.attempt?.state == "cancelled" }
            #expect(try await !shop.page(unheard).contains("id=\"by-hand\""))
            _ = try await shop.shop.register("mpesa")
            shop.daraja.choose(try shop.story("ignored"))
            let path = try await shop.buy()
            try await shop.status(path) { $0.attempt?.state == "prompt_sent" }
            #expect(try await !shop.page(path).contains("id=\"by-hand\""))
            shop.clock.advance(seconds: 80)
            let checking = try await shop.page(path)
            #expect(checking.contains("Still checking") && !checking.contains("id=\"by-hand\""))
            #expect(checking.contains("disabled data-seconds=\"70\""), "the button says how long")
            #expect(checking.contains(">Try again in 70 s</button>"))
            #expect(try await shop.page("\(path)?lang=sw").contains("Jaribu tena baada ya sekunde 70"))
        }
    }

    @Test("The picture for a payment is drawn once, for the payable order only", arguments: TestDatabase.engines)
    func code(_ engine: SQLDatabase.Engine) async throws {
        try await MoneyStories.open(engine) { shop, path, number in
            #expect(try await shop.page(path).contains("srcset=\"\(path)/code.png\""))
            let picture = try await shop.send("GET", "\(path)/code.png")
            #expect(picture.status == 200 && picture.header("content-type") == "image/png")
            #expect(picture.header("cache-control") == "private, max-age=300")
            #expect(picture.body.starts(with: [0x89, 0x50, 0x4E, 0x47]))
            let again = try await shop.send("GET", "\(path)/code.png")
            #expect(again.body == picture.body)
            #expect(try await shop.send("GET", "/orders/AAAAAAAAAAAAAAAAAAAAAA/code.png").status == 404)
            try shop.daraja.payPaybill(from: MoneyStories.phone, amount: 1_000, account: number)
            try await shop.status(path) { $0.state == "paid" }
            #expect(try await shop.send("GET", "\(path)/code.png").status == 404)
        }
    }

    @Test("A code that cannot be one is explained beside its field, and stays there", arguments: TestDatabase.engines)
    func wrongForm(_ engine: SQLDatabase.Engine) async throws {
        try await MoneyStories.open(engine) { shop, path, _ in
            for (typed, message) in [
                ("", "Enter the code from M-PESA’s message"), ("  ", "Enter the code"),
                ("TKL7<", "This is not an M-PESA code"),
            ] {
                let answer = try await Self.sendCode(shop, path, typed)
                #expect(answer.status == 303 && answer.header("location")?.hasPrefix("\(path)?draft=") == true)
                let page = try await shop.formAgain(answer)
                #expect(page.contains(message) && page.contains("id=\"code-error\"") && page.contains("<title>Error:"))
                #expect(page.contains("id=\"have-paid\" open") && page.contains("href=\"#code\""))
                #expect(page.contains("value=\"\(typed.replacing("<", with: "&lt;"))\""))
                #expect(!page.contains("id=\"phone-error\""), "the other form is not wrong")
            }
            let foreign = try await shop.send(
                "POST", "\(path)/receipt-code", form: [("code", "TKL7"), ("form_token", "x")])
            #expect(foreign.status == 422)
            #expect(String(decoding: foreign.body, as: UTF8.self).contains("open for a long time"))
            #expect(try await shop.send("POST", "/orders/AAAAAAAAAAAAAAAAAAAAAA/receipt-code", form: []).status != 500)
            #expect(try await shop.database.read { try $0.first("SELECT COUNT(*) FROM lookups")?.int(0) } == 0)
        }
    }

    @Test(
        "A receipt in any case and with spaces is looked up, and the page turns to Paid",
        arguments: TestDatabase.engines)
    func found(_ engine: SQLDatabase.Engine) async throws {
        try await MoneyStories.open(engine) { shop, path, _ in
            // Paid under an account that names no order.
            let receipt = try #require(
                try shop.daraja.payPaybill(from: MoneyStories.phone, amount: 1_000, account: "shoes").first)
            try await shop.eventually("it is held") { try await shop.shop.unmatchedMoney().count == 1 }
            let answer = try await Self.sendCode(
                shop, path, " \(receipt.prefix(4).lowercased()) \(receipt.dropFirst(4)) ")
            #expect(answer.status == 303 && answer.header("location") == path)
            let paid = try await shop.status(path) { $0.state == "paid" }
            #expect(paid.receipt == receipt)
            #expect(try await shop.page(path).contains("Paid. Thank you"))
            try await shop.checkBooks(path)

            // The same receipt on another order.
            shop.daraja.choose(try shop.story("cancelled"))
            let other = try await shop.buy(phone: "0712000009", cart: "tea:1")
            try await shop.status(other) { $0.attempt?.state == "cancelled" }
            let used = try await shop.formAgain(Self.sendCode(shop, other, receipt))
            #expect(used.contains("already paid for another order") && used.contains("id=\"code-error\""))
        }
    }

    @Test(
        "What is known of a shown receipt is said in both languages, and changes by itself",
        arguments: TestDatabase.engines)
    func states(_ engine: SQLDatabase.Engine) async throws {
        try await MoneyStories.open(engine) { shop, path, _ in
            func page(_ language: String = "en") async throws -> String {
                try await shop.page("\(path)?lang=\(language)")
            }
            // Nobody knows such a payment.
            #expect(try await Self.sendCode(shop, path, "TKL7ABC12X").header("location") == path)
            let asked = try await page()
            #expect(asked.contains("We asked M-PESA about TKL7ABC12X") && asked.contains("content=\"5\""))
            #expect(!asked.contains("id=\"retry\"") && !asked.contains("id=\"by-hand\""), "nobody pays meanwhile")
            #expect(!asked.contains("Try again, or use another number."))
            // It is in no list that is read a minute later.
            shop.clock.advance(seconds: 61)
            try await shop.eventually("the answer is there") {
                try await page().contains("M-PESA knows no payment TKL7ABC12X to this shop")
            }
            #expect(try await page("sw").contains("M-PESA haijui malipo TKL7ABC12X"))
            #expect(try await page().contains("0 and O, 1 and I"))

            let order = try await shop.order(path).id
            for (place, (state, english, swahili)) in [
                (Lookup.State.asked, "We asked M-PESA about", "Tumeiuliza M-PESA"),
                (.review, "someone at the shop looks at it", "mtu dukani anauangalia"),
                (.found, "It is counted for this order", "Umehesabiwa kwa oda hii"),
                (.waiting, "We look for it in M-PESA’s list at", "kwenye orodha ya M-PESA saa"),
            ].enumerated() {
                shop.clock.advance(seconds: 1)
                let lookup = Lookup(
                    ticket: Ticket("LTEST\(place)"), order: order, instance: "mpesa", receipt: "TKL7ABC00\(place)",
                    state: state, askedAt: shop.clock.now)
                try await shop.database.transaction { try $0.insert(lookup) }
                // A cart in the address, so that no kept page is the answer.
                let pages = [
                    try await shop.page("\(path)?c=mug:\(place + 1)"),
                    try await shop.page("\(path)?c=mug:\(place + 1)&lang=sw"),
                ]
                #expect(pages[0].contains(english) && pages[1].contains(swahili), "\(state)")
                #expect(pages.allSatisfy { $0.contains(lookup.receipt) })
            }
        }
    }

    @Test("A shopper who sends many codes is told when the next may come")
    func tooMany() async throws {
        try await MoneyStories.open(.sqlite) {
            $0.rules.receiptsShown = [RateLimit(count: 1, seconds: 600)]
        } _: { shop, path, _ in
            _ = try await Self.sendCode(shop, path, "TKL7ABC12X")
            let again = try await Self.sendCode(shop, path, "TKL7ABC12Y")
            let page = try await shop.formAgain(again)
            #expect(page.contains("Too many codes were sent. Please try again at ") && page.contains("TKL7ABC12Y"))
            shop.clock.advance(seconds: 601)
            #expect(try await !shop.formAgain(again).contains("Too many codes"))
        }
    }
}
