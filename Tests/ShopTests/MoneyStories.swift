@testable import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// The stories of `states.md` about money that comes without a prompt, over real sockets, on both engines.
@Suite struct MoneyStories {
    static let phone = "254712345678"

    /// A shop that has registered its addresses, with an order that nobody has paid.
    static func open(
        _ engine: SQLDatabase.Engine, story: String = "1032", _ change: (inout TestShop.Options) -> Void = { _ in },
        _ body: (TestShop, _ path: String, _ number: String) async throws -> Void
    ) async throws {
        var options = TestShop.Options()
        change(&options)
        try await TestShop.open(engine, options) { shop in
            _ = try await shop.shop.register("mpesa")
            shop.daraja.choose(try shop.story(story))
            let path = try await shop.buy(cart: "tea:1")
            try await shop.status(path) { $0.attempt?.state != "pending" && $0.state == "pending" }
            try await body(shop, path, try await shop.order(path).number.text)
        }
    }

    @Test("Money by paybill under the order's number pays it", arguments: TestDatabase.engines, PayerForm.allCases)
    func paybill(_ engine: SQLDatabase.Engine, _ form: PayerForm) async throws {
        try await Self.open(engine) { shop, path, number in
            let receipts = try shop.daraja.payPaybill(
                from: Self.phone, amount: 1_000, account: " \(number.lowercased()) ", payerForm: form)
            let paid = try await shop.status(path) { $0.state == "paid" }
            #expect(paid.receipt == receipts.first)
            #expect(paid.flags == [])
            try await shop.checkBooks(path)
        }
    }

    @Test(
        "Money under an account with a typo waits for a person, who is shown the order", arguments: TestDatabase.engines
    )
    func wrongAccount(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, path, number in
            let wrong = String(number.dropLast()) + (number.last == "2" ? "3" : "2")
            let receipt = try #require(
                try shop.daraja.payPaybill(from: "254722000000", amount: 1_000, account: wrong).first)
            var waiting: [UnmatchedMoney] = []
            try await shop.eventually("it is held") {
                waiting = try await shop.shop.unmatchedMoney()
                return waiting.count == 1
            }
            #expect(waiting[0].capture.receipt == receipt)
            #expect(waiting[0].suggestions.first?.order.number.text == number)
            #expect(waiting[0].suggestions.first?.suggestion.reasons.contains(.nearReference) == true)
            #expect(try await shop.status(path).state == "pending", "never assigned on a guess")
            let suspense = try await shop.database.read { try $0.balance(of: .suspense) }
            #expect(suspense == -100_000)

            try await shop.shop.assign(receipt: receipt, to: OrderNumber(stored: number), by: "Njeri")
            #expect(try await shop.status(path).state == "paid")
            #expect(try await shop.shop.unmatchedMoney().isEmpty)
            #expect(try await shop.database.read { try $0.balance(of: .suspense) } == 0)
            await #expect(throws: AssignRefusal.alreadyAssigned) {
                try await shop.shop.assign(receipt: receipt, to: OrderNumber(stored: number), by: "Njeri")
            }
            try await shop.checkBooks(path)
        }
    }

    @Test(
        "Money without an account is suggested to the order of who paid, and only suggested",
        arguments: TestDatabase.engines, [PayerForm.plain, .hashed, .masked])
    func noAccount(_ engine: SQLDatabase.Engine, _ form: PayerForm) async throws {
        try await Self.open(engine) { shop, path, number in
            for phone in ["0722000001", "0722000002", "0722000003"] {
                _ = try await shop.buy(phone: phone, cart: "tea:1")
            }
            try shop.daraja.payPaybill(from: Self.phone, amount: 1_000, account: "MAMA", payerForm: form)
            var waiting: [UnmatchedMoney] = []
            try await shop.eventually("it is held") {
                waiting = try await shop.shop.unmatchedMoney()
                return waiting.count == 1
            }
            let best = try #require(waiting.first?.suggestions.first)
            #expect(best.order.number.text == number)
            // The provider's list may tell a number that its message hid.
            let known: Set<Suggestion.Reason> = form == .masked ? [.payerFits, .samePayer] : [.samePayer]
            #expect(!best.suggestion.reasons.isDisjoint(with: known))
            #expect(try await shop.captures(path).isEmpty)
        }
    }

    @Test("Two parts pay an order, and the page asks for what is left", arguments: TestDatabase.engines)
    func parts(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, path, number in
            try shop.daraja.payPaybill(from: Self.phone, amount: 400, account: number)
            let part = try await shop.status(path) { $0.state == "partially_paid" }
            #expect(part.flags == [])
            shop.daraja.choose(try shop.story("success"))
            _ = try await shop.retry(path, phone: "0712345678")
            try await shop.status(path) { $0.state == "paid" }
            #expect(shop.pushes.last?.amount == 600, "I10: exactly what is left")
            #expect(try await shop.captures(path).count == 2)
            #expect(try await shop.status(path).flags == [])
            try await shop.checkBooks(path)
        }
    }

    @Test("A part in time gives the order its time anew, once", arguments: TestDatabase.engines)
    func partExtends(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, path, number in
            shop.clock.advance(seconds: 3_000)
            try shop.daraja.payPaybill(from: Self.phone, amount: 400, account: number)
            try await shop.status(path) { $0.state == "partially_paid" }
            shop.clock.advance(seconds: 3_000)
            try await Task.sleep(for: .milliseconds(600))
            #expect(try await shop.status(path).state == "partially_paid")
            shop.clock.advance(seconds: 700)
            let ended = try await shop.status(path) { $0.state == "manual_review" }
            #expect(ended.flags.contains("manual_review"), "O7: it never expires silently")
            #expect(try await shop.reviews(path).contains("part_paid"))
        }
    }

    @Test("More than asked is the customer's credit", arguments: TestDatabase.engines)
    func over(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, path, number in
            try shop.daraja.payPaybill(from: Self.phone, amount: 1_250, account: number)
            let paid = try await shop.status(path) { $0.state == "paid" }
            #expect(paid.flags == ["overpaid"])
            #expect(try await shop.reviews(path).contains("overpaid"))
            #expect(try await shop.database.read { try $0.balance(of: .customerCredit) } == -25_000)
            let refunds = try await shop.database.read { [id = try await shop.order(path).id] in
                try $0.refunds(of: id)
            }
            #expect(refunds.isEmpty, "a part of a payment is not the shop's to send back by itself")
            try await shop.checkBooks(path)
        }
    }

    @Test("Late money revives an order whose goods are there", arguments: TestDatabase.engines)
    func late(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, path, number in
            shop.clock.advance(seconds: 4_000)
            try await shop.status(path) { $0.state == "expired" }
            try await shop.eventually("the goods are back") { try await !shop.order(path).stockHeld }
            try shop.daraja.payPaybill(from: Self.phone, amount: 1_000, account: number)
            let paid = try await shop.status(path) { $0.state == "paid" }
            #expect(paid.flags == ["late"])
            #expect(try await shop.order(path).stockHeld)
            try await shop.checkBooks(path)
        }
    }

    @Test("Late money for goods that are gone waits for a person", arguments: TestDatabase.engines)
    func lateAndGone(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { options in
            options.products = [TestShop.Options.product("tea", shillings: 1_000, stock: 1)]
        } _: { shop, path, number in
            shop.clock.advance(seconds: 4_000)
            try await shop.eventually("the goods are back") { try await !shop.order(path).stockHeld }
            shop.daraja.choose(try shop.story("success"))
            let other = try await shop.buy(phone: "0722000000", cart: "tea:1")
            try await shop.status(other) { $0.state == "paid" }
            try shop.daraja.payPaybill(from: Self.phone, amount: 1_000, account: number)
            let held = try await shop.status(path) { $0.state == "manual_review" }
            #expect(held.flags == ["late", "manual_review"])
            #expect(try await shop.reviews(path) == ["late_money", "refund_to_approve"])
            #expect(try await shop.order(path).applied.minor == 0)
            let order = OrderNumber(stored: number)
            await #expect(throws: ReviveRefusal.goodsGone) { try await shop.shop.reviveOrder(order, by: "Njeri") }
            try await shop.database.transaction { try $0.execute("UPDATE products SET stock = stock + 1") }
            try await shop.shop.reviveOrder(order, by: "Njeri")
            #expect(try await shop.status(path).state == "paid")
            #expect(try await shop.reviews(path).isEmpty, "the proposed refund is withdrawn too")
            try await shop.checkBooks(path)
        }
    }

    @Test("A prompt that is also confirmed as a payment to the paybill counts once", arguments: TestDatabase.engines)
    func promptAndConfirmation(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            _ = try await shop.shop.register("mpesa")
            shop.daraja.choose(try shop.story("success"))
            let path = try await shop.buy()
            try await shop.status(path) { $0.state == "paid" }
            let capture = try #require(try await shop.captures(path).first)
            try await shop.eventually("both roads are noted") {
                let roads = try await shop.database.read { try $0.evidence(of: capture.id).map(\.road) }
                return Set(roads).isSuperset(of: [.callback, .confirmation])
            }
            #expect(try await shop.captures(path).count == 1)
            #expect(try await shop.status(path).flags == [])
            try await shop.checkBooks(path)
        }
    }

    @Test(
        "With all callbacks lost and no answer to queries, the provider's list pays the order",
        arguments: TestDatabase.engines)
    func listOnly(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            _ = try await shop.shop.register("mpesa")
            var switches = shop.daraja.switches
            switches.confirmsPrompts = false
            shop.daraja.set(switches)
            shop.daraja.choose(try shop.story("callback-lost") { $0.query.fault = .pending })
            let path = try await shop.buy()
            try await shop.eventually("it is paid on the phone") { shop.pushes.first?.receipt != nil }
            #expect(try await shop.status(path).state == "prompt_sent")
            shop.clock.advance(seconds: 960)
            let paid = try await shop.status(path, within: 30) { $0.state == "paid" }
            #expect(paid.receipt == shop.pushes[0].receipt)
            try await shop.checkBooks(path)
        }
    }

    @Test("The provider is told no before a second payment moves", arguments: TestDatabase.engines)
    func question(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, path, number in
            var switches = shop.daraja.switches
            switches.validatesPayments = true
            shop.daraja.set(switches)
            let full = shop.daraja.phone(Self.phone).balance
            try shop.daraja.payPaybill(from: Self.phone, amount: 1_500, account: number)
            #expect(shop.daraja.phone(Self.phone).balance == full, "more than the order costs")
            try shop.daraja.payPaybill(from: Self.phone, amount: 1_000, account: number)
            try await shop.status(path) { $0.state == "paid" }
            let before = shop.daraja.phone(Self.phone).balance
            try shop.daraja.payPaybill(from: Self.phone, amount: 1_000, account: number)
            try shop.daraja.payPaybill(from: Self.phone, amount: 1_000, account: "NOSUCH12")
            try await Task.sleep(for: .seconds(1))
            #expect(shop.daraja.phone(Self.phone).balance == before, "refused before anything moved")
            #expect(try await shop.captures(path).count == 1)
        }
    }

    @Test("Fifty parallel tellings of one payment count once", arguments: TestDatabase.engines)
    func parallel(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, path, number in
            try await withThrowingTaskGroup(of: MoneyRecorded.self) { group in
                for place in 0..<50 {
                    let road = [EvidenceRoad.confirmation, .statement, .file, .lookup][place % 4]
                    let report = MoneyReport(
                        instance: "mpesa", receipt: Receipt("UKL7777777"), amount: Money(whole: 1_000, .kes),
                        account: place % 3 == 0 ? "" : number, road: road,
                        level: road == .confirmation ? .matched : .confirmed)
                    group.addTask { try await shop.shop.receive(report) }
                }
                for try await _ in group {}
            }
            #expect(try await shop.status(path).state == "paid")
            #expect(try await shop.captures(path).count == 1)
            let balance = try await shop.database.read { try $0.balance(of: .providerClearing) }
            #expect(balance == 100_000)
            try await shop.checkBooks(path)
        }
    }

    @Test("A forged confirmation from elsewhere credits nothing", arguments: TestDatabase.engines)
    func forged(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) {
            $0.allowedSources = "203.0.113.1"
        } _: { shop, path, number in
            let registration = try #require(shop.daraja.registration(of: "174379"))
            let body = """
                {"TransactionType":"Pay Bill","TransID":"UKL0000001","TransTime":"20261121120000",\
                "TransAmount":"1000.00","BusinessShortCode":"174379","BillRefNumber":"\(number)","InvoiceNumber":"",\
                "OrgAccountBalance":"","ThirdPartyTransID":"","MSISDN":"\(Self.phone)","FirstName":"A"}
                """
            let answer = try await shop.send("POST", registration.confirmationURL, json: body)
            #expect(answer.status == 200)
            try await shop.eventually("it was looked at") {
                try await shop.database.read { try $0.inboxCount(state: "done") } >= 1
            }
            shop.clock.advance(seconds: 1_000)
            try await Task.sleep(for: .seconds(1))
            #expect(try await shop.captures(path).isEmpty)
            let wrongToken = try await shop.send("POST", "/in/00ff00ff00ff00ff00ff00ff/incoming", json: body)
            #expect(wrongToken.status == 404)
        }
    }
}
