@testable import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import HTTPClient
import PaymentKit
import PaystackSimulator
import Storage
import Testing

/// Paying on a provider's own page: the way there, the way back, and everything that people do in between.
@Suite struct PayingOnPage {
    @Test(
        "A customer is led to Paystack's page at once, pays, comes back, and reads Paid with the receipt",
        arguments: TestDatabase.engines)
    func pays(_ engine: SQLDatabase.Engine) async throws {
        try await PaystackShop.open(engine) { world in
            let shop = world.shop
            let (order, page) = try await world.toPage(cart: "mug:5")
            let waiting = try await shop.page(order)
            #expect(waiting.contains("Pay on the page of Paystack") && waiting.contains("Go on to pay KSh 1,250"))
            #expect(!waiting.contains("Look at your phone") && !waiting.contains(page))
            let back = try #require(try await world.press("pay", on: page))
            #expect(back.hasPrefix(shop.address + order + "/back?trxref="))
            #expect(try await shop.send("GET", back).header("location") == order)
            let paid = try await shop.status(order) { $0.state == "paid" }
            #expect(paid.receipt == String(world.paystack.payments[0].id))
            #expect(world.paystack.payments.count == 1 && world.paystack.payments[0].cents == 125_000)
            #expect(try await shop.captures(order).count == 1)
            try await shop.checkBooks(order)
        }
    }

    @Test(
        "Coming back proves nothing: the page waits, Paystack is asked, and nothing is called failed",
        arguments: TestDatabase.engines)
    func comesBackUnpaid(_ engine: SQLDatabase.Engine) async throws {
        try await PaystackShop.open(engine) { world in
            let shop = world.shop
            let (order, page) = try await world.toPage()
            #expect(try await shop.send("GET", order + "/back?reference=forged&status=success").status == 303)
            let asking = try await shop.page(order)
            #expect(asking.contains("We are asking Paystack") && asking.contains("/go\""))
            #expect(!asking.lowercased().contains("failed"))
            let status = try await shop.status(order)
            #expect(status.state == "prompt_sent" && status.attempt?.state == "prompt_sent")
            shop.clock.advance(seconds: PageToPay.askingSeconds + 1)
            let open = try await shop.page(order)
            #expect(open.contains("Pay on the page of Paystack") && open.contains("I have paid"))
            // The page was never lost: the same one takes the payment.
            #expect(try await shop.send("GET", order + "/go").header("location") == page)
            _ = try await world.press("pay", on: page)
            try await shop.status(order) { $0.state == "paid" }
            try await shop.checkBooks(order)
        }
    }

    @Test(
        "A closed tab loses nothing: paid without coming back, the message says so", arguments: TestDatabase.engines)
    func closedTab(_ engine: SQLDatabase.Engine) async throws {
        try await PaystackShop.open(engine) { world in
            let (order, page) = try await world.toPage()
            _ = try await world.press("pay", on: page)
            try await world.shop.status(order) { $0.state == "paid" }
            #expect(world.paystack.messageAnswers == [200])
            try await world.shop.checkBooks(order)
        }
    }

    @Test("A lost message is found by the question after the return", arguments: TestDatabase.engines)
    func lostMessage(_ engine: SQLDatabase.Engine) async throws {
        try await PaystackShop.open(engine, change: { $0.rules.querySeconds = [3_600] }) { world in
            world.paystack.change { $0.losesMessages = true }
            let (order, page) = try await world.toPage()
            let back = try #require(try await world.press("pay", on: page))
            _ = try await world.shop.send("GET", back)
            try await world.shop.status(order) { $0.state == "paid" }
            #expect(world.paystack.messageAnswers.isEmpty)
            try await world.shop.checkBooks(order)
        }
    }

    @Test("A second tab, Pay pressed twice and every message doubled: one payment", arguments: TestDatabase.engines)
    func twice(_ engine: SQLDatabase.Engine) async throws {
        try await PaystackShop.open(engine) { world in
            let shop = world.shop
            world.paystack.change { $0.doublesMessages = true }
            let token = try await shop.formToken()
            for _ in 0..<2 {
                let answer = try await shop.checkOut(
                    phone: "0712345678", token: token, email: "asha@shop.example", provider: "paystack")
                #expect(answer.status == 303)
            }
            let again = try await shop.checkOut(
                phone: "0712345678", token: token, email: "asha@shop.example", provider: "paystack")
            let go = try #require(again.header("location"))
            let page = try #require(try await shop.send("GET", go).header("location"))
            #expect(world.paystack.payments.count == 1)
            _ = try await world.press("pay", on: page)
            _ = try await world.press("pay", on: page)
            let order = String(go.dropLast(3))
            try await shop.status(order) { $0.state == "paid" }
            // Back after it was paid: the order's page, not the provider's.
            #expect(try await shop.send("GET", go).header("location") == order)
            try await shop.eventually("both messages were taken") { world.paystack.messageAnswers.count == 2 }
            #expect(try await shop.captures(order).count == 1)
            try await shop.checkBooks(order)
        }
    }

    @Test(
        "A bank's no on a page that is open ends nothing: another card pays on the same page",
        arguments: TestDatabase.engines)
    func declined(_ engine: SQLDatabase.Engine) async throws {
        try await PaystackShop.open(engine) { world in
            let shop = world.shop
            let (order, page) = try await world.toPage()
            try await Self.isDeclined(order, page, world)
            for _ in 0..<3 {
                shop.clock.advance(seconds: 14)
                try await shop.shop.runDueWork()
                #expect(try await shop.status(order).attempt?.state == "prompt_sent")
            }
            #expect(try await shop.send("GET", order + "/go").header("location") == page)
            _ = try await world.press("pay", on: page)
            _ = try await shop.send("GET", order + "/back")
            try await shop.status(order) { $0.state == "paid" }
            #expect(world.paystack.payments.count == 1)
            try await shop.checkBooks(order)
        }
    }

    @Test("A bank's no counts when the page has closed, and another page is paid", arguments: TestDatabase.engines)
    func declinedAndLeft(_ engine: SQLDatabase.Engine) async throws {
        try await PaystackShop.open(engine) { world in
            let shop = world.shop
            let (order, page) = try await world.toPage()
            try await Self.isDeclined(order, page, world)
            shop.clock.advance(seconds: 1_801)
            try await shop.shop.runDueWork()
            #expect(try await shop.status(order).attempt?.state == "prompt_sent", "the last press takes its time")
            shop.clock.advance(seconds: shop.shop.rules.attemptSeconds)
            let ended = try await shop.status(order) { $0.attempt?.state != "prompt_sent" }
            #expect(ended.state == "pending")
            let token = try TestShop.field("form_token", in: try await shop.page(order))
            let again = try await shop.send("POST", "\(order)/pay", form: [("form_token", token)])
            #expect(again.header("location") == order + "/go")
            let second = try #require(try await shop.send("GET", order + "/go").header("location"))
            #expect(second != page && second.contains("/pay/"))
            _ = try await world.press("pay", on: second)
            try await shop.status(order) { $0.state == "paid" }
            try await shop.checkBooks(order)
        }
    }

    /// The customer's bank says no, and they come back.
    private static func isDeclined(_ order: String, _ page: String, _ world: PaystackShop) async throws {
        let shop = world.shop
        #expect(try await world.press("decline", on: page) == nil)
        #expect(try await shop.send("GET", order + "/back").status == 303)
        try await shop.eventually("the no was heard") {
            let id = try await shop.order(order).id
            return try await shop.database.read {
                try $0.first("SELECT 1 FROM events WHERE order_id = \(id.text) AND kind = 'negative_answer'")
            } != nil
        }
    }

    @Test("A provider that confirms another amount than was asked for pays nothing, and a person looks")
    func confirmedOther() async throws {
        try await PaystackShop.open(.sqlite) { world in
            let shop = world.shop
            let (path, _) = try await world.toPage()
            let order = try await shop.order(path)
            let ticket = try #require(order.liveTicket)
            for source in [News.Source.query, .startAnswer] {
                let news = News(source, Outcome(.paid(Money(whole: 1, .kes), receipt: Receipt("T1"))))
                try await shop.shop.record(news, about: ticket, instance: "paystack")
            }
            #expect(try await shop.status(path).state == "manual_review")
            #expect(try await shop.captures(path).isEmpty)
            #expect(try await shop.reviews(path).contains("contradiction"))
        }
    }

    @Test(
        "A page that has ended: the order waits for its time, then another is opened, and late money still counts",
        arguments: TestDatabase.engines)
    func ended(_ engine: SQLDatabase.Engine) async throws {
        try await PaystackShop.open(engine) { world in
            let shop = world.shop
            let (order, _) = try await world.toPage()
            shop.clock.advance(seconds: 600)
            // Three times as long as a prompt's life, and the page is still good.
            #expect(try await shop.status(order).attempt?.state == "prompt_sent")
            #expect(try await shop.page(order).contains("is open until"))
            shop.clock.advance(seconds: 1_202 + shop.shop.rules.attemptSeconds)
            let ended = try await shop.status(order) { $0.attempt?.state == "expired" }
            #expect(ended.state == "pending")
            let told = try await shop.page(order)
            #expect(told.contains("Paystack has not confirmed a payment") && told.contains("do not pay again"))
            #expect(try await shop.send("GET", order + "/go").header("location") == order)
            // Paystack took it at the last moment and its message comes only now.
            let first = world.paystack.payments[0]
            let body = Data(
                Self.message(first.id, first.reference, cents: 25_000).utf8)
            #expect(try await Self.post(body, to: world) == 200)
            try await shop.status(order) { $0.state == "paid" }
            try await shop.checkBooks(order)
        }
    }

    @Test("A lost answer opens no page, is never called failed, and is asked about", arguments: TestDatabase.engines)
    func lostAnswer(_ engine: SQLDatabase.Engine) async throws {
        try await PaystackShop.open(engine) { world in
            let shop = world.shop
            world.paystack.change { $0.losesAnswers = true }
            let (order, go) = try await world.order()
            #expect(try await shop.send("GET", go).header("location") == order)
            try await shop.status(order) { $0.attempt?.state == "prompt_sent" }
            let told = try await shop.page(order)
            #expect(told.contains("Still checking") && !told.contains("Look at your phone") && !told.contains("/go\""))
            #expect(world.paystack.payments.count == 1, "an act is never repeated")
            world.paystack.change { $0.losesAnswers = false }
            shop.clock.advance(seconds: 200)
            try await shop.status(order) { $0.attempt?.state == "expired" }
            let token = try TestShop.field("form_token", in: try await shop.page(order))
            _ = try await shop.send("POST", "\(order)/pay", form: [("form_token", token)])
            let page = try #require(try await shop.send("GET", order + "/go").header("location"))
            _ = try await world.press("pay", on: page)
            try await shop.status(order) { $0.state == "paid" }
            #expect(world.paystack.payments.count == 2)
            try await shop.checkBooks(order)
        }
    }

    private static func message(_ id: UInt64, _ reference: String, cents: Int64) -> String {
        #"{"event":"charge.success","data":{"id":\#(id),"status":"success","reference":"\#(reference)","#
            + #""amount":\#(cents),"currency":"KES"}}"#
    }

    /// Posts a message to the shop's standing address.
    private static func post(_ body: Data, to world: PaystackShop, signed key: String? = PaystackShop.key) async throws
        -> Int
    {
        let address = try await PaystackShop.webhook(of: world.shop)
        let code = key.map { [("x-paystack-signature", PaystackServer.signature(of: body, key: $0))] } ?? []
        return try await world.shop.send(
            "POST", address, json: String(decoding: body, as: UTF8.self),
            headers: code.map { (name: $0.0, value: $0.1) }
        ).status
    }

    @Test(
        "A message that Paystack did not sign is refused and not stored; one changed bit is enough",
        arguments: TestDatabase.engines)
    func forged(_ engine: SQLDatabase.Engine) async throws {
        try await PaystackShop.open(engine) { world in
            let (order, _) = try await world.toPage()
            let payment = world.paystack.payments[0]
            let body = Data(
                Self.message(7, payment.reference, cents: 25_000).utf8)
            #expect(try await Self.post(body, to: world, signed: nil) == 401)
            #expect(try await Self.post(body, to: world, signed: "sk_test_somebody_else") == 401)
            let address = try await PaystackShop.webhook(of: world.shop)
            let other = Data(String(decoding: body, as: UTF8.self).replacing("25000", with: "25001").utf8)
            let code = PaystackServer.signature(of: other, key: PaystackShop.key)
            let changed = try await world.shop.send(
                "POST", address, json: String(decoding: body, as: UTF8.self), headers: [("x-paystack-signature", code)])
            #expect(changed.status == 401)
            try await world.shop.shop.runDueWork()
            #expect(try await world.shop.status(order).state == "prompt_sent")
            #expect(try await world.shop.captures(order).isEmpty)
        }
    }

    @Test(
        "A signed message over another amount pays nothing and is put before a person", arguments: TestDatabase.engines)
    func otherAmount(_ engine: SQLDatabase.Engine) async throws {
        try await PaystackShop.open(engine) { world in
            let (order, _) = try await world.toPage()
            let payment = world.paystack.payments[0]
            let body = Data(
                Self.message(7, payment.reference, cents: 100).utf8)
            #expect(try await Self.post(body, to: world) == 200)
            try await world.shop.eventually("a person is asked") {
                try await world.shop.reviews(order).contains("contradiction")
            }
            #expect(try await world.shop.status(order).state != "paid")
        }
    }

    @Test("Money goes back, wholly and in parts, once", arguments: TestDatabase.engines)
    func refunds(_ engine: SQLDatabase.Engine) async throws {
        try await PaystackShop.open(engine) { world in
            let shop = world.shop
            let (order, page) = try await world.toPage(cart: "mug:4")
            _ = try await world.press("pay", on: page)
            try await shop.status(order) { $0.state == "paid" }
            let capture = try #require(try await shop.captures(order).first)
            let number = try await shop.order(order).number
            var request = RefundRequest(order: number, way: .reversal, reason: "one broke", by: "Asha")
            (request.capture, request.amount) = (capture.id, Money(whole: 300, .kes))
            let refund = try await shop.shop.requestRefund(request)
            _ = try await shop.shop.approveRefund(refund.ticket, by: "Njeri")
            try await shop.eventually("Paystack was asked for it") { world.paystack.refunds.count == 1 }
            #expect(world.paystack.refunds[0].cents == 30_000)
            // It is asked about from half a minute on.
            try await shop.eventually("the answer was noted") {
                try await shop.database.read { try $0.refund(refund.ticket)?.state == .submitted }
            }
            shop.clock.advance(seconds: 31)
            try await shop.eventually("the money is back") {
                try await shop.order(order).returned == Money(whole: 300, .kes)
            }
            #expect(world.paystack.refunds.count == 1)
        }
    }

    @Test(
        "A refund that takes days is with a person after one, and its news is asked about and closes that",
        arguments: TestDatabase.engines)
    func slowRefund(_ engine: SQLDatabase.Engine) async throws {
        try await PaystackShop.open(engine) { world in
            let shop = world.shop
            let (order, page) = try await world.toPage(cart: "mug:4")
            _ = try await world.press("pay", on: page)
            try await shop.status(order) { $0.state == "paid" }
            world.paystack.change { $0.holdsRefunds = true }
            let number = try await shop.order(order).number
            let refund = try await shop.shop.requestRefund(
                RefundRequest(order: number, way: .reversal, reason: "one broke", by: "Asha"))
            _ = try await shop.shop.approveRefund(refund.ticket, by: "Njeri")
            try await shop.eventually("Paystack has it") {
                try await shop.database.read { try $0.refund(refund.ticket)?.state == .submitted }
            }
            for _ in 0..<9 {
                shop.clock.advance(seconds: 86_400 / 8)
                try await Task.sleep(for: .milliseconds(60))
            }
            try await shop.eventually("a person is told") {
                try await shop.reviews(order).contains("refund_unknown")
            }
            shop.clock.advance(seconds: 4 * 86_400)
            #expect(try await shop.order(order).returned.minor == 0)
            world.paystack.processRefunds()
            try await shop.eventually("the money is back") { try await shop.order(order).returned.minor == 100_000 }
            #expect(try await !shop.reviews(order).contains("refund_unknown"))
            #expect(world.paystack.refunds.count == 1)
        }
    }

    @Test("Without an e-mail address nothing begins: the form says what is needed and keeps what was typed")
    func needsEmail() async throws {
        try await PaystackShop.open(.sqlite) { world in
            let shop = world.shop
            let answer = try await shop.checkOut(phone: "0712345678", provider: "paystack")
            let again = try await shop.formAgain(answer)
            #expect(again.contains("Paystack does not take a payment without it") && again.contains("#email"))
            #expect(again.contains("value=\"paystack\" checked") && again.contains("0712345678"))
            #expect(world.paystack.payments.isEmpty)
            // Which network a number belongs to does not matter to a page.
            let other = try await shop.checkOut(
                phone: "0733000190", email: "asha@shop.example", provider: "paystack")
            #expect(other.header("location")?.hasSuffix("/go") == true)
            // M-PESA needs none.
            #expect(try await shop.checkOut(phone: "0712345678").leadsToOrder)
        }
    }

    @Test("The checkout's forms may lead to Paystack's page and nowhere else")
    func policy() async throws {
        try await PaystackShop.open(.sqlite) { world in
            let policy = try await world.shop.send("GET", "/checkout?c=mug:1").header("content-security-policy")
            #expect(policy?.contains("form-action 'self' \(world.paystack.url);") == true)
        }
        try await TestShop.open(.sqlite) { shop in
            let policy = try await shop.send("GET", "/checkout?c=mug:1").header("content-security-policy")
            #expect(policy?.contains("form-action 'self';") == true)
        }
    }

    @Test("Wrong secrets lead nowhere")
    func wrongSecrets() async throws {
        try await PaystackShop.open(.sqlite) { world in
            for way in ["go", "back"] {
                #expect(try await world.shop.send("GET", "/orders/AAAAAAAAAAAAAAAAAAAAAA/\(way)").status == 404)
            }
            // The address for messages is no way to an order's page, nor the other way round.
            let address = try await PaystackShop.webhook(of: world.shop)
            #expect(try await world.shop.send("GET", address).status != 200)
        }
    }
}
