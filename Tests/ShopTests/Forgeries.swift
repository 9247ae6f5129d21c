import Commerce
import Database
import DukaTesting
import Foundation
import MPesaSimulator
import PaymentKit
import Testing

/// Callbacks are unsigned: what somebody else sends must never pay an order.
@Suite struct Forgeries {
    @Test(
        "A callback to an address that was not made here gets 404 and leaves nothing", arguments: TestDatabase.engines)
    func wrongToken(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(Story.manual)
            let order = try await shop.buy()
            try await shop.status(order) { $0.attempt?.state == "prompt_sent" }
            let push = shop.pushes[0]
            let body = PaymentStories.success(push, receipt: "UKL0000001")
            let url = push.callbackURL
            let token = try #require(url.split(separator: "/").dropLast().last)
            let flipped = (token.first == "a" ? "b" : "a") + token.dropFirst()
            for wrong in [String(flipped), String(token.dropLast(2)), "x", token.uppercased() + "00"] {
                let answer = try await shop.send("POST", "/in/\(wrong)/prompt", json: body)
                #expect(answer.status == 404 && answer.body.isEmpty)
            }
            #expect(try await shop.send("POST", "/in/\(token)/other", json: body).status == 404)
            let stored = try await shop.database.read { try $0.inboxCount(state: "new") + $0.inboxCount(state: "done") }
            #expect(stored == 0)
            #expect(try await shop.status(order).state == "prompt_sent")
        }
    }

    @Test(
        "A success with the right address but another amount, other ids or another order's body never pays",
        arguments: TestDatabase.engines)
    func wrongBodies(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("stuck"))
            let mine = try await shop.buy(phone: "0712000001", cart: "mug:1")
            let other = try await shop.buy(phone: "0712000002", cart: "mug:1")
            try await shop.status(mine) { $0.attempt?.state == "prompt_sent" }
            try await shop.status(other) { $0.attempt?.state == "prompt_sent" }
            let push = try #require(shop.pushes.first { $0.phone == "254712000001" })
            let foreign = try #require(shop.pushes.first { $0.phone == "254712000002" })
            let bodies = [
                PaymentStories.success(push, receipt: "UKL0000001", amount: 1),
                PaymentStories.success(push, receipt: "UKL0000002", amount: 25_000),
                PaymentStories.success(push, receipt: "UKL0000003", checkout: "ws_CO_21112026000000000712000009"),
                PaymentStories.success(foreign, receipt: "UKL0000004"),
            ]
            for body in bodies { #expect(try await shop.send("POST", push.callbackURL, json: body).status == 200) }
            try await shop.eventually("they are all looked at") {
                try await shop.database.read { try $0.inboxCount(state: "done") } == bodies.count
            }
            let status = try await shop.status(mine)
            #expect(status.state == "prompt_sent" && status.receipt == nil)
            #expect(Set(status.flags).isSuperset(of: ["contradiction", "id_mismatch"]))
            #expect(try await shop.captures(mine).isEmpty)
            #expect(try await shop.captures(other).isEmpty)
            #expect(!(try await shop.page(mine)).contains("UKL000"))
            // The provider was asked at once what is true, and says that it is pending.
            try await shop.eventually("the provider is asked") {
                shop.pushes.contains { $0.number == push.number && !$0.queries.isEmpty }
            }
            try await shop.checkBooks(mine)
        }
    }

    @Test(
        "A forgery before the genuine callback does not keep the order from being paid", arguments: TestDatabase.engines
    )
    func forgeryFirst(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("callback-forged"))
            let order = try await shop.buy()
            // A query may be first, which names no receipt; the callback fills it in.
            let paid = try await shop.status(order) { $0.state == "paid" && $0.receipt != nil }
            #expect(paid.receipt == shop.pushes[0].receipt)
            let captures = try await shop.captures(order)
            #expect(captures.map(\.amount) == [Money(whole: 250, .kes)])
            try await shop.checkBooks(order)
        }
    }

    @Test(
        "A perfect forgery from an address that is not the provider's is checked with the provider first",
        arguments: TestDatabase.engines)
    func unlisted(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.allowedSources = "196.201.214.200"
        try await TestShop.open(engine, options) { shop in
            shop.daraja.choose(try shop.story("stuck"), phone: "254712000001")
            let order = try await shop.buy(phone: "0712000001")
            try await shop.status(order) { $0.attempt?.state == "prompt_sent" }
            let push = shop.pushes[0]
            _ = try await shop.send("POST", push.callbackURL, json: PaymentStories.success(push, receipt: "UKL0000001"))
            let claimed = try await shop.status(order) { $0.flags.contains("unconfirmed") }
            #expect(claimed.state == "prompt_sent" && claimed.receipt == nil)
            try await shop.eventually("the provider is asked") { !shop.pushes[0].queries.isEmpty }
            #expect(try await shop.captures(order).isEmpty)

            // A genuine success by the same road is confirmed by the provider's own answer.
            shop.daraja.choose(try shop.story("success"))
            let honest = try await shop.buy(phone: "0712000002")
            let paid = try await shop.status(honest) { $0.state == "paid" }
            #expect(paid.receipt == shop.pushes[1].receipt, "shown")
            #expect(try await shop.captures(honest).map(\.receipt) == [nil], "and not believed")
            _ = try await shop.shop.register("mpesa")
            shop.clock.advance(seconds: 1_300)
            try await shop.eventually("the provider's list names it") {
                try await shop.captures(honest).map(\.receipt) == [shop.pushes[1].receipt]
            }
            try await shop.checkBooks(honest)
        }
    }

    @Test("A receipt that paid one order does not pay another", arguments: TestDatabase.engines)
    func reusedReceipt(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("success"), phone: "254712000001")
            shop.daraja.choose(try shop.story("stuck"), phone: "254712000002")
            let first = try await shop.buy(phone: "0712000001")
            let paid = try await shop.status(first) { $0.state == "paid" }
            let receipt = try #require(paid.receipt)
            let second = try await shop.buy(phone: "0712000002")
            try await shop.status(second) { $0.attempt?.state == "prompt_sent" }
            let push = try #require(shop.pushes.first { $0.phone == "254712000002" })
            _ = try await shop.send("POST", push.callbackURL, json: PaymentStories.success(push, receipt: receipt))
            try await shop.status(second) { $0.flags.contains("contradiction") }
            #expect(try await shop.captures(second).isEmpty)
        }
    }

    @Test("A no from an unlisted address ends nothing", arguments: TestDatabase.engines)
    func forgedNo(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.allowedSources = "196.201.214.200"
        try await TestShop.open(engine, options) { shop in
            shop.daraja.choose(Story.manual)
            let order = try await shop.buy()
            try await shop.status(order) { $0.attempt?.state == "prompt_sent" }
            let push = shop.pushes[0]
            let no = """
                {"Body":{"stkCallback":{"MerchantRequestID":"\(push.merchantRequestID)",
                "CheckoutRequestID":"\(push.checkoutRequestID)","ResultCode":1032,
                "ResultDesc":"Request cancelled by user"}}}
                """
            _ = try await shop.send("POST", push.callbackURL, json: no)
            try await shop.eventually("it is looked at") {
                try await shop.database.read { try $0.inboxCount(state: "done") } == 1
            }
            #expect(try await shop.status(order).attempt?.state == "prompt_sent")
        }
    }

    @Test("A message that does not read makes us ask the provider at once")
    func unreadable() async throws {
        try await TestShop.open(.sqlite) { shop in
            shop.daraja.choose(Story.manual)
            let order = try await shop.buy()
            try await shop.status(order) { $0.attempt?.state == "prompt_sent" }
            #expect(shop.pushes[0].queries.isEmpty)
            _ = try await shop.send("POST", shop.pushes[0].callbackURL, json: "garbage")
            try await shop.eventually("the provider is asked", within: 5) { !shop.pushes[0].queries.isEmpty }
            #expect(try await shop.reviews(order).contains("unreadable_message"))
        }
    }

    @Test(
        "Malformed messages to a right address are answered, kept, and the provider is asked",
        arguments: TestDatabase.engines)
    func malformed(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(Story.manual)
            let order = try await shop.buy()
            try await shop.status(order) { $0.attempt?.state == "prompt_sent" }
            let push = shop.pushes[0]
            let deep = String(repeating: "[", count: 20_000) + String(repeating: "]", count: 20_000)
            let bodies = [
                "", "garbage", "{}", "null", "[]", deep, "{\"Body\":{\"stkCallback\":{\"ResultCode\":{}}}}",
                "{\"Body\":{\"stkCallback\":{\"CheckoutRequestID\":7,\"ResultCode\":0}}}", "\u{0}\u{1}\u{2}",
                "{\"Body\":\"x\"}",
                String(repeating: "x", count: 60_000),
            ]
            for body in bodies { #expect(try await shop.send("POST", push.callbackURL, json: body).status == 200) }
            #expect(
                try await shop.send("POST", push.callbackURL, json: String(repeating: "x", count: 70_000)).status == 413
            )
            try await shop.eventually("they are all looked at") {
                try await shop.database.read { try $0.inboxCount(state: "new") } == 0
            }
            try await shop.eventually("the provider is asked") { !shop.pushes[0].queries.isEmpty }
            #expect(try await shop.status(order).attempt?.state == "prompt_sent")
            for extra in 0..<8 {
                let answer = try await shop.send("POST", push.callbackURL, json: "flood \(extra)")
                #expect(answer.status == (extra < 5 ? 200 : 429), "I37: sixteen different messages at most")
            }
            shop.daraja.approve("254712345678")
            // The genuine news cannot come in any more by this road, so the question finds it.
            shop.clock.advance(seconds: 9)
            try await shop.status(order) { $0.state == "paid" }
        }
    }
}
