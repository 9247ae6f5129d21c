@testable import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// Every state of money as the order's page tells it.
@Suite struct MoneyOnPages {
    @Test(
        "Paid twice: the page says what goes back, how far that is, and that there is nothing to do",
        arguments: TestDatabase.engines)
    func twice(_ engine: SQLDatabase.Engine) async throws {
        try await RefundStories.open(engine) { shop, path, number in
            _ = try await shop.shop.register("mpesa")
            let receipt = try #require(
                try shop.daraja.payPaybill(from: MoneyStories.phone, amount: 1_000, account: number.text).first)
            try await shop.status(path) { $0.flags == ["duplicate_payment"] }
            let twice = try await shop.page(path)
            #expect(twice.contains("You paid twice. The shop returns KSh 1,000. You need do nothing more."))
            #expect(PayingByHand.count("Received<small>", twice) == 2 && twice.contains(receipt))
            #expect(try await shop.page("\(path)?lang=sw").contains("Umelipa mara mbili. Duka linarudisha KSh 1,000"))
            #expect(twice.contains("data-status-url"), "it follows the refund")

            // The shop proposes the return by itself.
            #expect(twice.contains("Going back to you<small>") && twice.contains("The shop is preparing it."))
            #expect(try await shop.shop.explain(number)?.staff == .approveRefund)
            let order = try await shop.order(path).id
            let asked = try #require(try await shop.database.read { try $0.refunds(of: order) }.last)
            let approved = try await shop.shop.approveRefund(asked.ticket, by: "Njeri")
            #expect(approved.state == .approved)
            try await RefundStories.state(shop, asked.ticket, becomes: "succeeded")
            let done = try await shop.page(path)
            let back = try #require(try await RefundStories.refund(shop, asked.ticket).receipt)
            #expect(done.contains("The shop returned KSh 1,000 to you.") && !done.contains("You paid twice"))
            #expect(done.contains("Returned to you<small>") && done.contains(back))
            let paper = try await shop.page("\(path)/receipt")
            #expect(paper.contains(receipt) && paper.contains(back) && paper.contains("<h2>Returned</h2>"))
        }
    }

    @Test(
        "A refund that is turned down says so, and the other way that follows takes its place",
        arguments: TestDatabase.engines)
    func turnedDown(_ engine: SQLDatabase.Engine) async throws {
        try await RefundStories.open(engine) { shop, path, number in
            shop.daraja.setFunds(0, in: .collection, of: "174379")
            let asked = try await RefundStories.ask(shop, number)
            _ = try await shop.shop.approveRefund(asked.ticket, by: "Njeri")
            try await RefundStories.state(shop, asked.ticket, becomes: "failed")
            let failed = try await shop.page(path)
            #expect(failed.contains("Not returned yet<small>") && failed.contains("The shop finds another way"))
            #expect(!failed.contains("lang=\"en\"><head>") && !failed.contains("insufficient"))
            let rejected = try await RefundStories.ask(shop, number)
            _ = try await shop.shop.rejectRefund(rejected.ticket, by: "Njeri", reason: "a second look")
            let page = try await shop.page(path)
            #expect(page.contains("The shop decided not to return it.") && !page.contains("a second look"))
            #expect(PayingByHand.count("Not returned yet", page) == 1)
            let byHand = try await RefundStories.ask(shop, number, way: .byHand) { $0.proof = "bank transfer 17" }
            _ = try await shop.shop.approveRefund(byHand.ticket, by: "Njeri")
            try await shop.status(path) { $0.state == "reversed" }
            let done = try await shop.page(path)
            #expect(done.contains("Your money was returned") && done.contains("KSh 1,000 went back to your M-PESA"))
            #expect(!done.contains("Not returned yet"))
            #expect(try await shop.page("\(path)/receipt").contains("<h2>Returned</h2>"))
        }
    }

    @Test("More than asked, and a part that went back, are told with their amounts", arguments: TestDatabase.engines)
    func over(_ engine: SQLDatabase.Engine) async throws {
        try await MoneyStories.open(engine) { shop, path, number in
            try shop.daraja.payPaybill(from: MoneyStories.phone, amount: 1_250, account: number)
            try await shop.status(path) { $0.flags == ["overpaid"] }
            #expect(try await shop.page(path).contains("You paid KSh 250 too much. The shop returns it."))
            let order = OrderNumber(stored: number)
            let asked = try await RefundStories.ask(shop, order, way: .byHand) {
                $0.proof = "cash"
                $0.amount = Money(whole: 300, .kes)
            }
            #expect(try await shop.page(path).contains("Going back to you<small>"))
            _ = try await shop.shop.approveRefund(asked.ticket, by: "Njeri")
            try await shop.status(path) { $0.flags == ["part_refunded"] }
            let page = try await shop.page(path)
            #expect(page.contains("The shop returned KSh 300 to you.") && page.contains("Paid. Thank you"))
        }
    }

    @Test("Late money that revives the order says so; for goods that are gone it waits for the shop")
    func late() async throws {
        try await MoneyStories.open(.sqlite) {
            $0.products = [TestShop.Options.product("tea", shillings: 1_000, stock: 1)]
        } _: { shop, path, number in
            shop.clock.advance(seconds: 4_000)
            try await shop.eventually("the goods are back") { try await !shop.order(path).stockHeld }
            let ended = try await shop.page(path)
            #expect(ended.contains("This order has ended") && ended.contains("id=\"have-paid\""))
            #expect(!ended.contains("id=\"by-hand\""), "an ended order is not paid by hand")
            shop.daraja.choose(try shop.story("success"))
            let other = try await shop.buy(phone: "0722000000", cart: "tea:1")
            try await shop.status(other) { $0.state == "paid" }
            try shop.daraja.payPaybill(from: MoneyStories.phone, amount: 1_000, account: number)
            try await shop.status(path) { $0.state == "manual_review" }
            let page = try await shop.page(path)
            #expect(page.contains("Your money came after this order had ended"))
            #expect(page.contains("We received KSh 1,000. It is safe."))
            #expect(!page.contains("id=\"retry\"") && !page.contains("id=\"by-hand\""))
            #expect(try await shop.shop.explain(OrderNumber(stored: number))?.staff == .decideLateMoney)
            #expect(page.contains("Going back to you"))
            let order = try await shop.order(path).id
            let asked = try #require(try await shop.database.read { try $0.refunds(of: order) }.last)
            _ = try await shop.shop.approveRefund(asked.ticket, by: "Njeri")
            try await shop.status(path) { $0.state == "reversed" }
        }
        try await MoneyStories.open(.sqlite) { shop, path, number in
            shop.clock.advance(seconds: 4_000)
            try await shop.status(path) { $0.state == "expired" }
            try await shop.eventually("the goods are back") { try await !shop.order(path).stockHeld }
            try shop.daraja.payPaybill(from: MoneyStories.phone, amount: 1_000, account: number)
            try await shop.status(path) { $0.state == "paid" }
            #expect(try await shop.page(path).contains("Your money came late, but it is safe and the order is yours."))
        }
    }

    @Test("Part of the money in an order whose time ran out waits for the shop", arguments: TestDatabase.engines)
    func partHeld(_ engine: SQLDatabase.Engine) async throws {
        try await MoneyStories.open(engine) { shop, path, number in
            try shop.daraja.payPaybill(from: MoneyStories.phone, amount: 400, account: number)
            try await shop.status(path) { $0.state == "partially_paid" }
            shop.clock.advance(seconds: 3_700)
            try await shop.status(path) { $0.state == "manual_review" }
            let page = try await shop.page(path)
            #expect(page.contains("The time to pay ran out with part of the money here"))
            #expect(page.contains("We received KSh 400. It is safe. KSh 600 was left to pay."))
            let swahili = try await shop.page("\(path)?lang=sw")
            #expect(swahili.contains("Muda wa kulipa uliisha sehemu ya pesa ikiwa hapa"))
        }
    }
}
