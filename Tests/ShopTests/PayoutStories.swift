@testable import Checkout
import Commerce
import Database
import DukaTesting
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// The shop's own payments: asked for, approved, sent once, counted on the provider's word only.
@Suite struct PayoutStories {
    static func open(_ engine: SQLDatabase.Engine, _ body: (TestShop) async throws -> Void) async throws {
        var options = TestShop.Options()
        options.rules.refundQuerySeconds = [1, 2, 3, 5, 8]
        try await TestShop.open(engine, options, body)
    }

    static func ask(
        _ shop: TestShop, _ shillings: Int64 = 500,
        to payee: [String: String] = ["kind": "phone", "phone": "0712345678"],
        by person: String = "Asha"
    ) async throws -> Payout {
        try await shop.shop.requestPayout(
            PayoutRequest(
                instance: "mpesa", amount: Money(whole: shillings, .kes), payee: payee, reason: "Rider", by: person))
    }

    static func state(
        _ shop: TestShop, _ ticket: Ticket, becomes name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Payout {
        try await shop.eventually("it becomes \(name)", sourceLocation: sourceLocation) {
            try await shop.database.read { try $0.payout(ticket) }?.state.name == name
        }
        return try #require(try await shop.database.read { try $0.payout(ticket) })
    }

    static func books(_ shop: TestShop) async throws -> [Int64] {
        try await shop.database.read { [try $0.balance(of: .payouts), try $0.balance(of: .providerClearing)] }
    }

    @Test(
        "A payout leaves when it is approved, once, and is booked on the provider's word",
        arguments: TestDatabase.engines)
    func paid(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop in
            let before = shop.daraja.phone(MoneyStories.phone).balance
            let asked = try await Self.ask(shop)
            try await Task.sleep(for: .milliseconds(500))
            #expect(shop.daraja.operations.isEmpty, "nothing leaves before it is approved")
            _ = try await shop.shop.approvePayout(asked.ticket, by: "Asha")
            let done = try await Self.state(shop, asked.ticket, becomes: "succeeded")
            #expect(done.receipt != nil)
            #expect(shop.daraja.phone(MoneyStories.phone).balance == before + 500)
            #expect(shop.daraja.operations.count == 1)
            #expect(try await Self.books(shop) == [50_000, -50_000])
            #expect(try await shop.shop.openItems().isEmpty)
            await #expect(throws: PayoutRefusal.notWaiting(state: "succeeded")) {
                try await shop.shop.approvePayout(asked.ticket, by: "Njeri")
            }
            let broken = try await shop.database.verifyBooks(at: VerifyMoment(now: shop.clock.now)).filter { !$0.holds }
            #expect(broken.isEmpty, "\(broken.map { "\($0.check.number) \($0.check.meaning)" })")
            try await shop.database.transaction { try $0.execute("UPDATE payouts SET state = 'failed'") }
            let found = try await shop.database.verifyBooks(at: VerifyMoment(now: shop.clock.now)).filter { !$0.holds }
            #expect(found.map(\.check.number) == ["I4"], "a payout that the ledger has and the table denies")
            try await shop.database.transaction { try $0.execute("UPDATE payouts SET state = 'succeeded'") }
        }
    }

    @Test("A payout whose answer is lost is asked about and never sent again", arguments: TestDatabase.engines)
    func lost(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop in
            shop.daraja.choose(try shop.story("b2c-unknown"))
            let asked = try await Self.ask(shop)
            _ = try await shop.shop.approvePayout(asked.ticket, by: "Asha")
            _ = try await Self.state(shop, asked.ticket, becomes: "unknown")
            shop.clock.advance(seconds: 40)
            _ = try await Self.state(shop, asked.ticket, becomes: "succeeded")
            let payouts = shop.daraja.transactions.filter { $0.kind == .b2c }
            #expect(payouts.count == 1, "sent once")
            #expect(try await Self.books(shop) == [50_000, -50_000])
        }
    }

    @Test(
        "A payout that the provider refuses books nothing and is put before a person", arguments: TestDatabase.engines)
    func refused(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop in
            let asked = try await Self.ask(shop, to: ["kind": "paybill", "business": "999999", "account": "A1"])
            _ = try await shop.shop.approvePayout(asked.ticket, by: "Asha")
            let failed = try await Self.state(shop, asked.ticket, becomes: "failed")
            #expect(failed.state.decline?.code == "SFC_IC0003")
            #expect(try await shop.shop.openItems().map(\.item.kind) == ["payout_failed"])
            #expect(try await Self.books(shop) == [0, 0])
        }
    }

    @Test("Of two workers with one payout, one sends", arguments: TestDatabase.engines)
    func twoWorkers(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.runsJobs = false
        try await TestShop.open(engine, options) { shop in
            let ticket = try await Self.ask(shop).ticket
            let now = shop.clock.now
            let begin: @Sendable () async throws -> Int = {
                try await shop.database.transaction { transaction in
                    let books = SQLBooks(transaction: transaction, vault: shop.vault, now: now)
                    guard let payout = try transaction.payout(ticket) else { return 0 }
                    return try PayoutDesk.beginAct(payout, books)
                }
            }
            await #expect(throws: Prompts.ActIsOver.self, "nobody has approved it") { try await begin() }
            _ = try await shop.shop.approvePayout(ticket, by: "Asha")
            #expect(try await begin() == 1)
            await #expect(throws: Prompts.ActIsOver.self, "the other has begun it") { try await begin() }
            try await shop.shop.runDueWork()
            #expect(shop.daraja.operations.isEmpty, "what was begun is not sent again")
            #expect(try await shop.database.read { try $0.payout(ticket) }?.state == .unknown)
        }
    }

    @Test("What nobody can say of a payout is said by a person, once", arguments: TestDatabase.engines, [true, false])
    func resolved(_ engine: SQLDatabase.Engine, hasMoved: Bool) async throws {
        try await Self.open(engine) { shop in
            shop.daraja.choose(try shop.story("b2c-stuck"))
            shop.daraja.choose(try shop.story("status-outage"))
            let asked = try await Self.ask(shop)
            _ = try await shop.shop.approvePayout(asked.ticket, by: "Asha")
            _ = try await Self.state(shop, asked.ticket, becomes: "submitted")
            shop.clock.advance(seconds: 60)
            try await shop.eventually("it is put before a person") {
                try await shop.shop.openItems().map(\.item.kind) == ["payout_unknown"]
            }
            let done = try await shop.shop.resolvePayout(
                asked.ticket, hasMoved: hasMoved, by: "Njeri", reason: "as the portal shows")
            #expect(done.state.name == (hasMoved ? "succeeded" : "failed"))
            #expect(try await Self.books(shop) == (hasMoved ? [50_000, -50_000] : [0, 0]))
            #expect(try await shop.shop.openItems().isEmpty)
            await #expect(throws: PayoutRefusal.self) {
                try await shop.shop.resolvePayout(asked.ticket, hasMoved: true, by: "Njeri", reason: "again")
            }
            shop.daraja.reset()
        }
    }

    @Test("From the limit on a second person must approve", arguments: TestDatabase.engines)
    func secondPerson(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop in
            for (shillings, isRefused) in [(Int64(4_999), false), (5_000, true), (5_001, true)] {
                let asked = try await Self.ask(shop, shillings)
                do {
                    _ = try await shop.shop.approvePayout(asked.ticket, by: "Asha")
                    #expect(!isRefused, "KES \(shillings)")
                } catch {
                    #expect(error as? PayoutRefusal == .samePerson && isRefused, "KES \(shillings)")
                    _ = try await shop.shop.approvePayout(asked.ticket, by: "Njeri")
                }
            }
        }
    }

    @Test("What is not a whole request changes nothing", arguments: TestDatabase.engines)
    func badRequests(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop in
            await #expect(throws: PayoutRefusal.self) {
                try await Self.ask(shop, to: ["kind": "phone", "phone": "07"])
            }
            await #expect(throws: PayoutRefusal.amountMissing) { try await Self.ask(shop, 0) }
            await #expect(throws: PayoutRefusal.personMissing) { try await Self.ask(shop, by: "") }
            let asked = try await Self.ask(shop)
            await #expect(throws: PayoutRefusal.reasonMissing) {
                try await shop.shop.rejectPayout(asked.ticket, by: "Njeri", reason: "")
            }
            let turnedDown = try await shop.shop.rejectPayout(asked.ticket, by: "Njeri", reason: "Not ours")
            #expect(turnedDown.state.decline?.code == "rejected")
            #expect(try await shop.shop.payouts().map(\.ticket) == [asked.ticket])
            #expect(try await shop.shop.openItems().isEmpty)
            #expect(shop.daraja.operations.isEmpty)
        }
    }

    @Test("Balances are asked for and the answer that comes to the shop is kept", arguments: TestDatabase.engines)
    func balance(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop in
            let ticket = try await shop.shop.askBalance(of: "mpesa", by: "Asha")
            var answer = BalanceQuestion.Answer.waiting
            try await shop.eventually("the answer comes") {
                answer = try await shop.shop.balanceQuestion(ticket)?.answer ?? .waiting
                return answer != .waiting
            }
            guard case .balances(let rows) = answer else { return #expect(Bool(false), "\(answer)") }
            #expect(rows.first { $0.name == "Utility Account" }?.available == Money(whole: 100_000, .kes))
        }
    }
}
