import Commerce
import Database
import DukaTesting
import Foundation
import MPesaSimulator
import PaymentKit
import Testing

/// The stories of `states.md`, over real sockets, on both engines: what the shopper, the ledger and the provider see.
@Suite struct PaymentStories {
    @Test("A person buys, approves the prompt, and sees Paid with the receipt", arguments: TestDatabase.engines)
    func happy(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(Story.manual)
            let order = try await shop.buy(phone: "0712 345 678", cart: "mug:5")
            try await shop.status(order) { $0.attempt?.state == "prompt_sent" }
            let waiting = try await shop.page(order)
            #expect(waiting.contains("678"))
            #expect(waiting.contains("KSh 1,250"))
            try await shop.eventually("the prompt appears") { shop.daraja.prompt(on: "254712345678") != nil }
            shop.daraja.approve("254712345678")
            let paid = try await shop.status(order) { $0.state == "paid" }
            #expect(paid.receipt == shop.pushes[0].receipt)
            #expect(paid.amount == "1250.00")
            #expect(try await shop.page(order).contains(try #require(paid.receipt)))
            #expect(try await shop.page("\(order)/receipt").contains(try #require(paid.receipt)))
            #expect(shop.pushes.count == 1)
            #expect(shop.daraja.phone("254712345678").balance == 50_000 - 1_250)
            try await shop.checkBooks(order)
        }
    }

    @Test("The push has the exact shape that Daraja asks for", arguments: TestDatabase.engines)
    func shape(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("success"))
            let order = try await shop.buy(phone: "+254 (0)110 000 001", cart: "tea:2")
            try await shop.status(order) { $0.state == "paid" }
            let push = try #require(shop.pushes.first)
            let number = try await shop.order(order).number.text
            #expect(push.passwordMatches)
            #expect(push.phone == "254110000001")
            #expect(push.amount == 2_000)
            #expect(push.reference == number && push.reference.count <= 12)
            for word in ["mpesa", "m-pesa", "safaricom", "exe", "exec", "cmd", "sql", "query"] {
                #expect(!push.callbackURL.lowercased().contains(word))
            }
        }
    }

    @Test(
        "A hundred parallel copies of a callback make one capture and are all answered 200",
        arguments: TestDatabase.engines)
    func copies(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("callback-lost") { $0.query.fault = .pending })
            let order = try await shop.buy()
            try await shop.eventually("it is paid on the phone") { shop.pushes.first?.receipt != nil }
            let push = shop.pushes[0]
            let body = Self.success(push, receipt: try #require(push.receipt))
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<100 { group.addTask { try await shop.send("POST", push.callbackURL, json: body).status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.count == 100 && statuses.allSatisfy { $0 == 200 })
            try await shop.status(order) { $0.state == "paid" }
            #expect(try await shop.captures(order).count == 1)
            try await shop.checkBooks(order)
        }
    }

    @Test("A callback that overtakes the push's answer pays the order", arguments: TestDatabase.engines)
    func early(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("callback-early"))
            let order = try await shop.buy()
            let paid = try await shop.status(order) { $0.state == "paid" }
            #expect(paid.receipt == shop.pushes[0].receipt)
            #expect(try await shop.captures(order).count == 1)
            try await shop.checkBooks(order)
        }
    }

    @Test("An early failure is kept although the push's answer comes after it", arguments: TestDatabase.engines)
    func earlyFailure(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("callback-early-failure"))
            let order = try await shop.buy()
            let ended = try await shop.status(order) { $0.attempt?.state == "cancelled" }
            #expect(ended.state == "pending")
            #expect(ended.attempt?.reason == "cancelled_by_payer")
        }
    }

    @Test("A lost callback is found by a query within 90 seconds", arguments: TestDatabase.engines)
    func lost(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("callback-lost"))
            let order = try await shop.buy()
            try await shop.eventually("it is paid on the phone") { shop.pushes.first?.receipt != nil }
            try await shop.status(order) { $0.attempt?.state == "prompt_sent" }
            shop.clock.advance(seconds: 9)
            let paid = try await shop.status(order) { $0.state == "paid" }
            #expect(paid.receipt == nil, "a query names no receipt")
            #expect(try await shop.page(order).contains("code is on its way"))
            try await shop.checkBooks(order)
            // The callback comes after all: it fills in the receipt and counts no second time.
            let push = shop.pushes[0]
            let receipt = try #require(push.receipt)
            #expect(
                try await shop.send("POST", push.callbackURL, json: Self.success(push, receipt: receipt)).status == 200)
            try await shop.status(order) { $0.receipt == receipt }
            #expect(try await shop.captures(order).count == 1)
            try await shop.checkBooks(order)
        }
    }

    @Test(
        "A push whose answer is lost is never sent again, says it is checking, and is paid when news comes",
        arguments: TestDatabase.engines,
        ["answer-lost", "answer-truncated", "unavailable-processed", "internal-error-processed"])
    func answerLost(_ engine: SQLDatabase.Engine, _ name: String) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story(name) { $0.outcome = .manual })
            let order = try await shop.buy()
            let unsure = try await shop.status(order) { $0.attempt?.state == "prompt_sent" }
            #expect(unsure.state == "prompt_sent")
            try await shop.eventually("the prompt appears") { shop.daraja.prompt(on: "254712345678") != nil }
            let page = try await shop.page(order)
            #expect(page.contains("still checking") || page.contains("Look at your phone"))
            #expect(!page.lowercased().contains("failed"))
            shop.clock.advance(seconds: 20)
            try await Task.sleep(for: .milliseconds(600))
            #expect(shop.pushes.count == 1)
            shop.daraja.approve("254712345678")
            try await shop.status(order) { $0.state == "paid" }
            #expect(shop.daraja.ledger.count == 1, "exactly one push")
            try await shop.checkBooks(order)
        }
    }

    @Test("Cancelled on the phone, then tried again with another number, is paid", arguments: TestDatabase.engines)
    func cancelThenPay(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("cancelled"))
            let order = try await shop.buy()
            let cancelled = try await shop.status(order) { $0.attempt?.state == "cancelled" }
            #expect(cancelled.state == "pending" && cancelled.attempt?.retry_after == 0)
            #expect(try await shop.page(order).contains("You cancelled on your phone"))
            shop.daraja.choose(try shop.story("success"))
            #expect(try await shop.retry(order, phone: "0722 000 001").leadsToOrder)
            try await shop.status(order) { $0.state == "paid" }
            #expect(shop.pushes.map(\.phone) == ["254712345678", "254722000001"])
            #expect(try await shop.captures(order).count == 1)
            try await shop.checkBooks(order)
        }
    }

    @Test("A success after a cancellation counts", arguments: TestDatabase.engines)
    func successAfterFailure(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("success-after-failure") { $0.callback.laterSuccessMilliseconds = 600 })
            let order = try await shop.buy()
            try await shop.status(order) { $0.attempt?.state == "cancelled" }
            let paid = try await shop.status(order) { $0.state == "paid" }
            #expect(paid.attempt?.state == "paid")
            try await shop.checkBooks(order)
        }
    }

    @Test("Two successes pay an order once, and the second waits for a person", arguments: TestDatabase.engines)
    func twoSuccesses(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(
                try shop.story("success-after-failure") { $0.callback.laterSuccessMilliseconds = 1_500 },
                phone: "254712345678")
            shop.daraja.choose(try shop.story("success"), phone: "254722000001")
            let order = try await shop.buy()
            try await shop.status(order) { $0.attempt?.state == "cancelled" }
            _ = try await shop.retry(order, phone: "0722000001")
            try await shop.status(order) { $0.state == "paid" }
            let flagged = try await shop.status(order) { $0.flags.contains("duplicate_payment") }
            #expect(flagged.state == "paid")
            #expect(try await shop.captures(order).count == 2)
            #expect(try await shop.reviews(order).contains("duplicate_payment"))
            #expect(try await shop.page(order).contains("You paid twice"))
            let stored = try await shop.order(order)
            #expect(stored.applied == stored.total, "I5: what is too much is not applied")
            try await shop.checkBooks(order)
        }
    }

    @Test("A cancelled token is refreshed once and the payment goes on", arguments: TestDatabase.engines)
    func tokenCancelled(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("success"))
            try await shop.status(try await shop.buy(phone: "0722000009")) { $0.state == "paid" }
            shop.daraja.cancelTokens()
            let order = try await shop.buy()
            try await shop.status(order) { $0.state == "paid" }
            let account = try shop.account(of: "mpesa")
            let generation = try await shop.database.read { [vault = shop.vault] in
                try $0.token("oauth", of: account, vault)?.generation
            }
            #expect(generation == 2, "one token at first, one refresh")
            #expect(shop.pushes.count == 2)
        }
    }

    @Test("A spike arrest keeps the attempt in line and then sends it", arguments: TestDatabase.engines)
    func spikeArrest(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("spike-arrest"))
            let order = try await shop.buy()
            try await shop.eventually("it waits in line") { try await shop.page(order).contains("in line") }
            let queued = try await shop.status(order)
            #expect(queued.attempt?.state == "pending" && queued.state == "prompt_sent")
            shop.clock.advance(seconds: 6)
            try await shop.status(order) { $0.state == "paid" }
            #expect(shop.pushes.count == 1)
        }
    }

    @Test("A provider that refuses connections means: not charged, and a retry works", arguments: TestDatabase.engines)
    func providerDown(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.providerAddress = "http://127.0.0.1:1"
        try await TestShop.open(engine, options) { shop in
            let order = try await shop.buy()
            shop.clock.advance(seconds: 3)
            let ended = try await shop.status(order) { $0.attempt?.state == "failed" }
            #expect(ended.state == "pending" && ended.attempt?.retry_after == 0)
            #expect(try await shop.page(order).contains("you were not charged"))
            #expect(try await shop.retry(order, phone: "").leadsToOrder)
            #expect(shop.daraja.ledger.isEmpty)
            try await shop.checkBooks(order)
        }
    }

    @Test(
        "Each of the provider's no ends the attempt, keeps the order payable and has its words",
        arguments: [
            ("insufficient-funds", "failed", "Not enough money"), ("wrong-pin", "failed", "The PIN was not right"),
            ("unreachable", "expired", "Your phone did not answer"), ("expired", "expired", "Time ran out"),
            ("push-error", "failed", "could not reach your phone"),
            ("subscriber-locked", "failed", "Another M-PESA request"),
            ("rule-limited", "failed", "M-PESA is busy"), ("operator-missing", "failed", "not ready"),
        ])
    func negative(_ story: String, _ state: String, _ words: String) async throws {
        try await TestShop.open(.sqlite) { shop in
            shop.daraja.choose(try shop.story(story))
            let order = try await shop.buy()
            let ended = try await shop.status(order) { $0.attempt?.state == state }
            #expect(ended.state == "pending")
            let page = try await shop.page(order)
            #expect(page.contains(words))
            for raw in ["errorCode", "ResultDesc", "ResultCode", "{", "SFC_IC0003"] { #expect(!page.contains(raw)) }
            try await shop.checkBooks(order)
        }
    }

    @Test("An unknown code is no evidence: the attempt stays open until its deadline, and later money counts")
    func unknownCode() async throws {
        try await TestShop.open(.sqlite) { shop in
            shop.daraja.choose(try shop.story("unknown-code"))
            let order = try await shop.buy()
            try await shop.eventually("the code is kept for the owner") {
                try await shop.reviews(order).contains("new_code")
            }
            #expect(try await shop.status(order).attempt?.state == "prompt_sent")
            shop.clock.advance(seconds: 181)
            let closed = try await shop.status(order) { $0.attempt?.state == "expired" }
            #expect(closed.state == "pending")
            let push = shop.pushes[0]
            _ = try await shop.send("POST", push.callbackURL, json: Self.success(push, receipt: "UKL1234567"))
            try await shop.status(order) { $0.state == "paid" }
        }
    }

    @Test("A payment of KES 10,000 is confirmed by a query before it counts", arguments: TestDatabase.engines)
    func confirmation(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("success"))
            let order = try await shop.buy(cart: "tea:10")
            let paid = try await shop.status(order) { $0.state == "paid" }
            #expect(paid.receipt == shop.pushes[0].receipt)
            #expect(shop.pushes[0].queries.count == 1)
            let below = try await shop.buy(phone: "0722000007", cart: "tea:9,mug:3")
            try await shop.status(below) { $0.state == "paid" }
            #expect(shop.pushes[1].queries.isEmpty)
            try await shop.checkBooks(order)
        }
    }

    /// The callback of a paid push, as Daraja writes it.
    static func success(_ push: Push, receipt: String, amount: Int? = nil, checkout: String? = nil) -> String {
        """
        {"Body":{"stkCallback":{"MerchantRequestID":"\(push.merchantRequestID)",
        "CheckoutRequestID":"\(checkout ?? push.checkoutRequestID)",
        "ResultCode":0,"ResultDesc":"The service request is processed successfully.","CallbackMetadata":{"Item":[
        {"Name":"Amount","Value":\(amount ?? push.amount).00},{"Name":"MpesaReceiptNumber","Value":"\(receipt)"},
        {"Name":"TransactionDate","Value":20261121063703},{"Name":"PhoneNumber","Value":\(push.phone)}]}}}}
        """
    }
}
