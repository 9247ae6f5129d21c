@testable import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// Money that goes back: asked for, approved, sent once, and counted on the provider's word only.
@Suite struct RefundStories {
    /// A shop with one paid order over KES 1,000.
    static func open(
        _ engine: SQLDatabase.Engine, _ change: (inout TestShop.Options) -> Void = { _ in },
        _ body: (TestShop, _ path: String, _ number: OrderNumber) async throws -> Void
    ) async throws {
        var options = TestShop.Options()
        options.rules.refundQuerySeconds = [1, 2, 3, 5, 8]
        change(&options)
        try await TestShop.open(engine, options) { shop in
            shop.daraja.choose(try shop.story("success"))
            let path = try await shop.buy(cart: "tea:1")
            try await shop.status(path) { $0.state == "paid" && $0.receipt != nil }
            try await body(shop, path, try await shop.order(path).number)
        }
    }

    static func ask(
        _ shop: TestShop, _ number: OrderNumber, way: Refund.Way = .reversal, by person: String = "Asha",
        _ change: (inout RefundRequest) -> Void = { _ in }
    ) async throws -> Refund {
        var request = RefundRequest(order: number, way: way, reason: "The mug was broken", by: person)
        change(&request)
        return try await shop.shop.requestRefund(request)
    }

    static func refund(_ shop: TestShop, _ ticket: Ticket) async throws -> Refund {
        try #require(try await shop.database.read { try $0.refund(ticket) })
    }

    static func state(
        _ shop: TestShop, _ ticket: Ticket, becomes name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await shop.eventually("it becomes \(name)", sourceLocation: sourceLocation) {
            try await refund(shop, ticket).state.name == name
        }
    }

    @Test("A reversal is refunded when the provider says so, and not before", arguments: TestDatabase.engines)
    func reversal(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, path, number in
            let before = shop.daraja.phone(MoneyStories.phone).balance
            let asked = try await Self.ask(shop, number)
            #expect(asked.state == .requested)
            try await Task.sleep(for: .milliseconds(700))
            #expect(shop.daraja.operations.isEmpty, "nothing leaves before it is approved (I40)")
            #expect(try await shop.reviews(path).contains("refund_to_approve"))
            _ = try await shop.shop.approveRefund(asked.ticket, by: "Njeri")
            try await shop.status(path) { $0.state == "reversed" }
            let done = try await Self.refund(shop, asked.ticket)
            #expect(done.state == .succeeded && done.receipt != nil)
            #expect(shop.daraja.phone(MoneyStories.phone).balance == before + 1_000)
            #expect(shop.daraja.operations.count == 1)
            #expect(try await shop.database.read { try $0.balance(of: .providerClearing) } == 0, "I4")
            await #expect(throws: RefundRefusal.self) { try await Self.ask(shop, number) }
        }
    }

    @Test("A refund that the provider refuses frees the money for another way", arguments: TestDatabase.engines)
    func refused(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, path, number in
            shop.daraja.setFunds(0, in: .collection, of: "174379")
            let asked = try await Self.ask(shop, number)
            _ = try await shop.shop.approveRefund(asked.ticket, by: "Njeri")
            try await Self.state(shop, asked.ticket, becomes: "failed")
            #expect(try await shop.status(path).state == "paid")
            #expect(try await shop.reviews(path).contains("refund_failed"))
            let byHand = try await Self.ask(shop, number, way: .byHand) { $0.proof = "bank transfer 17" }
            _ = try await shop.shop.approveRefund(byHand.ticket, by: "Njeri")
            try await shop.status(path) { $0.state == "reversed" }
        }
    }

    @Test("A reversal whose answer is lost is asked about and never sent again", arguments: TestDatabase.engines)
    func answerLost(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, path, number in
            var story = try shop.story("answer-lost")
            story.service = .reversal
            shop.daraja.choose(story)
            let asked = try await Self.ask(shop, number)
            _ = try await shop.shop.approveRefund(asked.ticket, by: "Njeri")
            try await shop.status(path) { $0.state == "reversed" }
            #expect(shop.daraja.operations.filter { $0.service == .reversal }.count == 1)
        }
    }

    @Test(
        "Two people who press at once make one refund, and nobody approves much of their own",
        arguments: TestDatabase.engines)
    func twoPeople(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) {
            $0.rules.secondPersonFrom = Money(whole: 500, .kes)
        } _: { shop, path, number in
            let made = await withTaskGroup(of: Ticket?.self) { group in
                for place in 0..<10 {
                    group.addTask {
                        do { return try await Self.ask(shop, number, by: "P\(place)").ticket } catch { return nil }
                    }
                }
                return await group.reduce(into: [Ticket]()) { all, one in if let one { all.append(one) } }
            }
            #expect(made.count == 1)
            let ticket = try #require(made.first)
            let asked = try await Self.refund(shop, ticket)
            await #expect(throws: RefundRefusal.samePerson) {
                try await shop.shop.approveRefund(ticket, by: asked.requestedBy)
            }
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<10 {
                    group.addTask { do { _ = try await shop.shop.approveRefund(ticket, by: "Njeri") } catch {} }
                }
            }
            try await shop.status(path) { $0.state == "reversed" }
            #expect(shop.daraja.operations.filter { $0.service == .reversal }.count == 1)
        }
    }

    @Test("Refunds never exceed what was received", arguments: TestDatabase.engines)
    func sum(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, path, number in
            func part(_ shillings: Int64) async throws -> Refund {
                let asked = try await Self.ask(shop, number, way: .byHand) {
                    $0.amount = Money(whole: shillings, .kes)
                    $0.proof = "cash"
                }
                return try await shop.shop.approveRefund(asked.ticket, by: "Njeri")
            }
            #expect(try await part(700).state == .succeeded)
            await #expect(throws: RefundRefusal.tooMuch(left: Money(whole: 300, .kes))) { try await part(301) }
            #expect(try await shop.status(path).state == "paid")
            #expect(try await shop.status(path).flags == ["part_refunded"])
            await #expect(throws: RefundRefusal.wholeOnly(Money(whole: 1_000, .kes))) {
                try await Self.ask(shop, number)
            }
            #expect(try await part(300).state == .succeeded)
            #expect(try await shop.status(path).state == "reversed")
            let capture = try #require(try await shop.captures(path).first)
            #expect(capture.returned == capture.amount)
        }
    }

    @Test("A reversal made in the portal is found on the list", arguments: TestDatabase.engines)
    func elsewhere(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, path, number in
            let receipt = try #require(try await shop.captures(path).first?.receipt)
            let planned = try await Self.ask(shop, number)
            for _ in 0..<2 {
                try await shop.shop.takeReturn(
                    Money(whole: 1_000, .kes), receipt: Receipt("UKL9999999"), of: receipt, instance: "mpesa",
                    road: .statement)
            }
            #expect(try await shop.status(path).state == "reversed")
            #expect(try await Self.refund(shop, planned.ticket).state.name == "failed", "somebody was quicker")
            let refunds = try await shop.database.read { [id = try await shop.order(path).id] in
                try $0.refunds(of: id).filter { $0.way == .external }
            }
            #expect(refunds.count == 1)
            #expect(try await shop.reviews(path).contains("returned_elsewhere"))
        }
    }

    @Test("The second of two payments goes back, the order stays paid", arguments: TestDatabase.engines)
    func duplicate(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, path, number in
            _ = try await shop.shop.register("mpesa")
            let second = try #require(
                try shop.daraja.payPaybill(from: MoneyStories.phone, amount: 1_000, account: number.text).first)
            try await shop.status(path) { $0.flags == ["duplicate_payment"] }
            #expect(try await shop.reviews(path).contains("duplicate_payment"))
            let refunds = try await shop.database.read { [id = try await shop.order(path).id] in
                try $0.refunds(of: id)
            }
            let proposed = try #require(refunds.first)
            #expect(refunds.count == 1 && proposed.state == .requested, "proposed by the shop, not sent")
            let capture = try await shop.captures(path).first { $0.id == proposed.capture }
            #expect(capture?.receipt == second)
            _ = try await shop.shop.approveRefund(proposed.ticket, by: "Njeri")
            try await Self.state(shop, proposed.ticket, becomes: "succeeded")
            let status = try await shop.status(path)
            #expect(status.state == "paid" && status.flags == [])
            #expect(try await shop.reviews(path).isEmpty)
            try await shop.checkBooks(path)
        }
    }
}
