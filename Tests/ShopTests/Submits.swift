import Commerce
import Database
import DukaTesting
import Foundation
import HTTPClient
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// One form, one order, one prompt; limits; goods.
@Suite struct Submits {
    @Test(
        "Twenty parallel copies of one form make one order and one push, and all lead to the same page",
        arguments: TestDatabase.engines)
    func parallel(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(Story.manual)
            let token = try await shop.formToken()
            let answers = try await withThrowingTaskGroup(of: OutboundResponse.self) { group in
                for _ in 0..<20 { group.addTask { try await shop.checkOut(phone: "0712345678", token: token) } }
                return try await group.reduce(into: [OutboundResponse]()) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.leadsToOrder })
            let pages = Set(answers.compactMap { $0.header("location") })
            #expect(pages.count == 1)
            try await shop.status(try #require(pages.first)) { $0.attempt?.state == "prompt_sent" }
            #expect(shop.daraja.ledger.count == 1)
            let orders = try await shop.database.read { try $0.orderCounts().reduce(0) { $0 + $1.count } }
            #expect(orders == 1)
            // Later, by the back button, it is still the same.
            #expect(try await shop.checkOut(phone: "0712345678", token: token).header("location") == pages.first)
            #expect(shop.daraja.ledger.count == 1)
        }
    }

    @Test("Twenty parallel presses of one retry button send one more push", arguments: TestDatabase.engines)
    func parallelRetries(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("cancelled"))
            let order = try await shop.buy()
            try await shop.status(order) { $0.attempt?.state == "cancelled" }
            shop.daraja.choose(Story.manual)
            let token = try TestShop.field("form_token", in: try await shop.page(order))
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await shop.send(
                            "POST", "\(order)/pay", form: [("phone", "0712345678"), ("form_token", token)]
                        ).leadsToOrder
                    }
                }
                for try await isTaken in group { #expect(isTaken) }
            }
            try await shop.status(order) { $0.attempt?.state == "prompt_sent" }
            #expect(shop.pushes.count == 2)
        }
    }

    @Test("Fifty buyers of the last piece get one order and one push", arguments: TestDatabase.engines)
    func lastPiece(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.products = [TestShop.Options.product("mug", shillings: 250, stock: 1)]
        try await TestShop.open(engine, options) { shop in
            shop.daraja.choose(Story.manual)
            let tokens = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<50 { group.addTask { try await shop.formToken() } }
                return try await group.reduce(into: [String]()) { $0.append($1) }
            }
            let answers = try await withThrowingTaskGroup(of: OutboundResponse.self) { group in
                for (place, token) in tokens.enumerated() {
                    group.addTask { try await shop.checkOut(phone: "07120000\(place + 10)", token: token) }
                }
                return try await group.reduce(into: [OutboundResponse]()) { $0.append($1) }
            }
            #expect(answers.count { $0.leadsToOrder } == 1)
            for refused in answers where !refused.leadsToOrder {
                #expect(try await shop.formAgain(refused).contains("sold out"))
            }
            try await shop.eventually("one push") { shop.daraja.ledger.count == 1 }
        }
    }

    @Test("An amount from the form changes nothing", arguments: TestDatabase.engines)
    func tampered(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("success"))
            let answer = try await shop.checkOut(
                phone: "0712345678", cart: "tea:1",
                more: [("amount", "1"), ("total", "1"), ("price", "1"), ("total_minor", "1")])
            let order = try #require(answer.header("location"))
            try await shop.status(order) { $0.state == "paid" }
            #expect(shop.pushes.map(\.amount) == [1_000])
            // A total that the page did not show is shown first, and nothing is charged.
            let shown = try await shop.checkOut(phone: "0712345679", cart: "tea:1", more: [("shown_total", "1")])
            #expect(try await shop.formAgain(shown).contains("The total is now KSh 1,000"))
            #expect(shop.daraja.ledger.count == 1)
        }
    }

    @Test("A second prompt is refused while the first may still be alive", arguments: TestDatabase.engines)
    func liveSlot(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(Story.manual)
            let order = try await shop.buy()
            try await shop.status(order) { $0.attempt?.state == "prompt_sent" }
            let token = shop.shop.formToken(
                for: .retry(pageToken: String(order.split(separator: "/").last ?? "")))
            let answer = try await shop.send(
                "POST", "\(order)/pay", form: [("phone", "0722000001"), ("form_token", token)])
            #expect(answer.leadsToOrder)
            #expect(try await shop.order(order).attemptsMade == 1)
            #expect(shop.daraja.ledger.count == 1)
        }
    }

    @Test("The limit of prompts per phone refuses the third at once and says when", arguments: TestDatabase.engines)
    func phoneLimit(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.rules.phone = ShopRules().phone
        try await TestShop.open(engine, options) { shop in
            shop.daraja.choose(try shop.story("success"))
            for cart in ["mug:1", "mug:2"] {
                try await shop.status(try await shop.buy(cart: cart)) { $0.state == "paid" }
            }
            let third = try await shop.checkOut(phone: "0712345678", cart: "mug:3", name: "Kept Name")
            let page = try await shop.formAgain(third)
            #expect(page.contains("Too many prompts") && page.contains("Kept Name"))
            #expect(shop.daraja.ledger.count == 2)
            // Another phone is not concerned, and a minute later the same phone may again.
            #expect(try await shop.checkOut(phone: "0722000001", cart: "mug:3").leadsToOrder)
            shop.clock.advance(seconds: 61)
            #expect(try await shop.checkOut(phone: "0712345678", cart: "mug:3").leadsToOrder)
        }
    }

    @Test(
        "The same phone and amount waits two minutes, except right after the payer's own answer",
        arguments: TestDatabase.engines)
    func amountLimit(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.rules.phoneAndAmount = ShopRules().phoneAndAmount
        try await TestShop.open(engine, options) { shop in
            shop.daraja.choose(try shop.story("cancelled"))
            let order = try await shop.buy()
            try await shop.status(order) { $0.attempt?.state == "cancelled" }
            shop.daraja.choose(try shop.story("success"))
            #expect(try await shop.retry(order, phone: "0712345678").leadsToOrder)
            try await shop.status(order) { $0.state == "paid" }
            #expect(try await shop.checkOut(phone: "0712345678").leadsToForm)
            shop.clock.advance(seconds: 121)
            #expect(try await shop.checkOut(phone: "0712345678").leadsToOrder)
        }
    }

    @Test("Three unanswered prompts in a row give the phone a rest", arguments: TestDatabase.engines)
    func unanswered(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.rules.unansweredRestSeconds = ShopRules().unansweredRestSeconds
        try await TestShop.open(engine, options) { shop in
            shop.daraja.choose(try shop.story("unreachable"))
            let order = try await shop.buy()
            for round in 1...3 {
                try await shop.status(order) { $0.attempt?.state == "expired" }
                if round < 3 {
                    #expect(try await shop.retry(order, phone: "").leadsToOrder)
                    try await shop.eventually("the next prompt went") { shop.daraja.ledger.count == round + 1 }
                }
            }
            let refused = try await shop.retry(order, phone: "0712345678")
            #expect(try await shop.formAgain(refused).contains("Too many prompts"))
            #expect(try await shop.retry(order, phone: "0722000001").leadsToOrder)
            #expect(shop.daraja.ledger.count <= 4)
        }
    }

    @Test(
        "An unpaid order expires, gives its goods back, and late money revives it or waits for a person",
        arguments: TestDatabase.engines)
    func expiry(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.products = [
            TestShop.Options.product("mug", shillings: 250, stock: 1),
            TestShop.Options.product("tea", shillings: 90, stock: 1),
        ]
        try await TestShop.open(engine, options) { shop in
            shop.daraja.choose(try shop.story("cancelled"))
            let revived = try await shop.buy(phone: "0712000001", cart: "mug:1")
            let lost = try await shop.buy(phone: "0712000002", cart: "tea:1")
            try await shop.status(revived) { $0.attempt?.state == "cancelled" }
            try await shop.status(lost) { $0.attempt?.state == "cancelled" }
            shop.clock.advance(seconds: 3_601)
            try await shop.status(revived) { $0.state == "expired" }
            try await shop.status(lost) { $0.state == "expired" }
            try await shop.eventually("the goods are back") {
                try await shop.database.read { try $0.products().map(\.stock) } == [1, 1]
            }
            // Somebody else buys the tea.
            shop.daraja.choose(try shop.story("success"))
            try await shop.status(try await shop.buy(phone: "0712000003", cart: "tea:1")) { $0.state == "paid" }
            for push in shop.pushes.prefix(2) {
                let receipt = push.phone.hasSuffix("1") ? "UKL000000A" : "UKL000000B"
                _ = try await shop.send("POST", push.callbackURL, json: PaymentStories.success(push, receipt: receipt))
            }
            let late = try await shop.status(revived) { $0.state == "paid" }
            #expect(late.flags.contains("late"))
            let held = try await shop.status(lost) { $0.state == "manual_review" }
            #expect(held.flags.contains("manual_review"))
            #expect(try await shop.page(lost).contains("Your money came after this order had ended"))
            #expect(try await shop.database.read { try $0.products().map(\.stock) } == [0, 0])
            try await shop.checkBooks(revived)
            try await shop.checkBooks(lost)
        }
    }

    @Test("An order with a live prompt does not expire", arguments: TestDatabase.engines)
    func liveNeverExpires(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.rules.orderExpirySeconds = 60
        options.rules.attemptSeconds = 600
        try await TestShop.open(engine, options) { shop in
            shop.daraja.choose(try shop.story("stuck"))
            let order = try await shop.buy()
            try await shop.status(order) { $0.attempt?.state == "prompt_sent" }
            shop.clock.advance(seconds: 120)
            try await Task.sleep(for: .milliseconds(700))
            #expect(try await shop.status(order).state == "prompt_sent")
            shop.clock.advance(seconds: 600)
            try await shop.status(order) { $0.state == "expired" }
        }
    }
}
