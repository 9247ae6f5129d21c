@testable import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// The provider's list read back and a portal's statement, against the books.
@Suite struct ReconcileStories {
    private static func reconcile(_ shop: TestShop) async throws -> ReconcileReport {
        try await shop.shop.reconcile("mpesa", from: shop.clock.now.adding(seconds: -47 * 3_600))
    }

    private static func items(_ shop: TestShop) async throws -> [String] {
        try await shop.shop.openItems().map(\.item.kind).filter { ["not_in_list", "receipt_owed"].contains($0) }
    }

    @Test("A payment that nobody told us of is recorded, and the next run agrees", arguments: TestDatabase.engines)
    func theirs(_ engine: SQLDatabase.Engine) async throws {
        try await MoneyStories.open(engine, { $0.runsJobs = true }) { shop, path, number in
            shop.daraja.choose(try shop.story("c2b-lost"))
            let receipt = try #require(
                try shop.daraja.payPaybill(from: MoneyStories.phone, amount: 1_000, account: number).first)
            let first = try await Self.reconcile(shop)
            #expect(first.difference.theirsNotOurs.map(\.receipt) == [receipt])
            #expect(!first.difference.agrees)
            #expect(first.recorded.found == 1)
            try await shop.status(path) { $0.state == "paid" && $0.receipt == receipt }
            let second = try await Self.reconcile(shop)
            #expect(second.difference.agrees)
            #expect(second.recorded.found == 0)
            #expect(second.difference.days.map(\.theirsIn) == [Money(whole: 1_000, .kes)])
            try await shop.checkBooks(path)
        }
    }

    @Test(
        "A payment that the list does not show waits for a person, until a later run finds it",
        arguments: TestDatabase.engines)
    func ours(_ engine: SQLDatabase.Engine) async throws {
        try await RefundStories.open(engine) { shop, path, number in
            _ = try await shop.shop.register("mpesa")
            let receipt = try #require(try await shop.captures(path).first?.receipt)
            shop.clock.advance(seconds: 590)
            #expect(try await Self.reconcile(shop).difference.agrees)
            // The provider's list loses it.
            let at = try #require(try await shop.captures(path).first?.providerAt)
            shop.daraja.reset()
            let early = try await Self.reconcile(shop)
            #expect(early.difference.oursNotTheirs.isEmpty && early.difference.tooNew == 1)
            shop.clock.advance(seconds: 60)
            for _ in 0..<2 {
                let report = try await Self.reconcile(shop)
                #expect(report.difference.oursNotTheirs.map(\.receipt) == [receipt])
                #expect(try await Self.items(shop) == ["not_in_list"], "opened once")
            }
            let line = StatementLine(
                .incoming, Receipt(receipt, at: at.date), Money(whole: 1_000, .kes), account: number.text)
            #expect(try await shop.shop.reconcile("mpesa", file: [line], from: nil).difference.agrees)
            #expect(try await Self.items(shop) == [], "closed by itself")
        }
    }

    @Test("A payment whose receipt is owed is told apart from one that the list lacks", arguments: TestDatabase.engines)
    func owed(_ engine: SQLDatabase.Engine) async throws {
        try await RefundStories.open(engine) { shop, path, _ in
            _ = try await shop.shop.register("mpesa")
            shop.daraja.reset()
            let receipt = try #require(try await shop.captures(path).first?.receipt)
            try await shop.database.transaction { try $0.execute("UPDATE captures SET receipt = NULL") }
            shop.clock.advance(seconds: 3_600)
            let report = try await Self.reconcile(shop)
            #expect(report.difference.receiptsOwed.count == 1 && report.difference.oursNotTheirs.isEmpty)
            #expect(try await Self.items(shop) == [])
            try await shop.database.transaction { try $0.execute("UPDATE captures SET receipt = \(receipt)") }
        }
    }

    @Test(
        "A payment that was sent back is known whichever of the two the list shows first",
        arguments: TestDatabase.engines, [false, true])
    func returnFirst(_ engine: SQLDatabase.Engine, isDescending: Bool) async throws {
        try await RefundStories.open(engine) { shop, path, _ in
            let at = try #require(try await shop.captures(path).first?.providerAt).adding(seconds: -7_200)
            let payment = StatementLine(
                .incoming, Receipt("UKA1AAAAAA", at: at.date), Money(whole: 300, .kes), account: "nobody")
            let back = StatementLine(
                .returned(receipt: "UKA1AAAAAA"), Receipt("UKC3CCCCCC", at: at.adding(seconds: 60).date),
                Money(whole: 300, .kes), account: "")
            let file = isDescending ? [back, payment] : [payment, back]
            let first = try await shop.shop.reconcile("mpesa", file: file, from: nil)
            #expect(first.difference.theirsNotOurs.count == 1 && first.difference.returnsNotOurs.count == 1)
            #expect(try await shop.shop.openItems().isEmpty, "it came and went")
            #expect(try await shop.shop.reconcile("mpesa", file: file, from: nil).difference.agrees)
        }
    }

    @Test("A portal's statement is compared both ways, with its balances", arguments: TestDatabase.engines)
    func statement(_ engine: SQLDatabase.Engine) async throws {
        try await RefundStories.open(engine) { shop, path, number in
            let capture = try #require(try await shop.captures(path).first)
            let receipt = try #require(capture.receipt)
            let at = try #require(capture.providerAt)
            func line(
                _ direction: StatementLine.Direction, _ id: String, _ shillings: Int64, _ seconds: Int,
                account: String = "", balance: Int64? = nil
            ) -> StatementLine {
                StatementLine(
                    direction, Receipt(id, at: at.adding(seconds: seconds).date), Money(whole: shillings, .kes),
                    account: account, balance: balance.map { Money(whole: $0, .kes) })
            }
            let file = [
                line(.incoming, receipt, 1_000, 0, account: number.text, balance: 1_000),
                line(.incoming, "UKA1AAAAAA", 300, 60, account: "nobody", balance: 1_300),
                line(.outgoing, "UKA1AAAAAA/charge", 5, 60, balance: 1_295),
                line(.returned(receipt: "UKB2BBBBBB"), "UKC3CCCCCC", 70, 120, balance: 1_225),
            ]
            let first = try await shop.shop.reconcile("mpesa", file: file, from: nil)
            #expect(first.difference.theirsNotOurs.map(\.receipt) == ["UKA1AAAAAA"])
            #expect(first.difference.returnsNotOurs.map(\.receipt) == ["UKC3CCCCCC"])
            #expect(first.difference.otherOutgoing.count == 1)
            #expect(first.difference.oursNotTheirs.isEmpty)
            #expect(first.recorded.unmatched == 1)
            #expect(try await shop.shop.unmatchedMoney().map(\.capture.receipt) == ["UKA1AAAAAA"])
            let kinds = try await shop.shop.openItems().map(\.item.kind)
            #expect(kinds.contains("unknown_return") && kinds.contains("unmatched_money"))
            let second = try await shop.shop.reconcile("mpesa", file: Array(file.dropLast()), from: nil)
            #expect(second.difference.agrees)
            #expect(second.difference.days.last?.balance == Money(whole: 1_295, .kes))
            // A file of another time says nothing about this payment; one of this time without it does.
            let other = [line(.incoming, "UKD4DDDDDD", 10, -3_600), line(.incoming, "UKE5EEEEEE", 10, -1_800)]
            #expect(try await shop.shop.reconcile("mpesa", file: other, from: nil).difference.oursNotTheirs.isEmpty)
            let around = [line(.incoming, "UKD4DDDDDD", 10, -3_600), line(.incoming, "UKF6FFFFFF", 10, 30)]
            #expect(
                try await shop.shop.reconcile("mpesa", file: around, from: nil).difference.oursNotTheirs.map(\.receipt)
                    == ["UKE5EEEEEE", receipt])
        }
    }
}
