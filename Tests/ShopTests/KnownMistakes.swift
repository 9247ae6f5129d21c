@testable import Checkout
import Commerce
import Cryptography
import Database
import DukaTesting
import Foundation
import HTTPClient
import Logging
import PaymentKit
import Storage
import Testing

extension TestShop {
    /// Another node of this shop, or the same after a restart: it shares the database, the keys and the spool.
    func withNode(on other: SQLDatabase? = nil, _ body: (Shop) async throws -> Void) async throws {
        let client = OutboundClient(ClientConfiguration(allowPlainHTTPToLoopback: true))
        let node = Shop(
            database: other ?? database, keys: try KeyRing(keys: [(id: 1, key: Array(repeating: 7, count: 32))]),
            rules: shop.rules, name: "Mama Njeri", isPractice: true, callbackBase: address,
            spoolFolder: "\(folder)/spool",
            providers: shop.settled.now.ways.map(\.provider), client: client,
            log: Logger(label: "test") { [log] _ in log }, now: { [clock] in clock.now })
        do { try await body(node) } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
    }

    /// What a node sees whose server is gone.
    func deadDatabase() async throws -> SQLDatabase {
        let dead = try await SQLDatabase.open(.sqlite(path: "\(folder)/dead.db"))
        await dead.close()
        return dead
    }

    var spooled: [String] {
        get throws {
            let spool = "\(folder)/spool"
            guard FileManager.default.fileExists(atPath: spool) else { return [] }
            return try FileManager.default.contentsOfDirectory(atPath: spool)
        }
    }
}

/// Mistakes that shops are known to make. `docs/mutations.md` lists them, and which tests notice each.
@Suite struct KnownMistakes {
    /// A shop whose work is done when the test says so.
    static func open(
        _ engine: SQLDatabase.Engine, _ change: (inout TestShop.Options) -> Void = { _ in },
        _ body: (TestShop) async throws -> Void
    ) async throws {
        var options = TestShop.Options()
        options.runsJobs = false
        change(&options)
        try await TestShop.open(engine, options, body)
    }

    /// A callback that reports an attempt as paid, as it comes to one node.
    static func post(_ shop: TestShop, _ node: Shop, about ticket: Ticket) async -> CallbackResult {
        let body = """
            {"Body":{"stkCallback":{"MerchantRequestID":"m1","CheckoutRequestID":"c1","ResultCode":0,"ResultDesc":"ok",
            "CallbackMetadata":{"Item":[{"Name":"Amount","Value":250},{"Name":"MpesaReceiptNumber","Value":"UKL1111111"}
            ]}}}}
            """
        return await node.receiveCallback(
            token: node.tokens.callbackToken(instance: "mpesa", ticket: ticket), route: "prompt",
            body: Array(body.utf8), source: "127.0.0.1", isListed: { _ in true })
    }

    static func isStored(_ result: CallbackResult) -> Bool { if case .stored = result { true } else { false } }

    static func ticket(_ shop: TestShop, _ path: String) async throws -> Ticket {
        try #require(try await shop.order(path).liveTicket)
    }

    // MARK: Dedupe by cache

    @Test("A payment that two nodes hear of, one after the other, counts once", arguments: TestDatabase.engines)
    func secondNode(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop in
            let path = try await shop.buy(cart: "tea:1")
            let report = MoneyReport(
                instance: "mpesa", receipt: Receipt("UKL7777777"), amount: Money(whole: 1_000, .kes),
                account: try await shop.order(path).number.text, road: .confirmation, level: .matched)
            let id = try await shop.order(path).id
            #expect(try await shop.shop.receive(report) == .booked(id))
            try await shop.withNode { node in
                let again = try await node.receive(report)
                #expect(again == .known)
            }
            #expect(try await shop.captures(path).count == 1)
            #expect(try await shop.database.read { try $0.balance(of: .providerClearing) } == 100_000)
        }
    }

    @Test("A message that one node has applied is old news to the next", arguments: TestDatabase.engines)
    func secondNodeMessage(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop in
            let ticket = try await Self.ticket(shop, try await shop.buy())
            let news = News(
                .callback(isListed: true), Outcome(.unclear(code: "7777", detail: "")), key: EventKey("k", "1"))
            #expect(try await shop.shop.record(news, about: ticket, instance: "mpesa") == .changed)
            try await shop.withNode { node in
                let again = try await node.record(news, about: ticket, instance: "mpesa")
                #expect(again == .oldNews)
            }
        }
    }

    // MARK: Forget the spool

    @Test("A message that was spooled before a stop comes in at the next start", arguments: TestDatabase.engines)
    func spooledBeforeStop(_ engine: SQLDatabase.Engine) async throws {
        // The prompt never leaves: all that is known of it is the message.
        try await Self.open(engine) {
            $0.providerAddress = "http://127.0.0.1:1"
        } _: { shop in
            let path = try await shop.buy()
            let ticket = try await Self.ticket(shop, path)
            try await shop.withNode(on: try await shop.deadDatabase()) { node in
                #expect(Self.isStored(await Self.post(shop, node, about: ticket)))
            }
            #expect(try shop.spooled.count == 1)
            try await shop.withNode { node in try await node.recover() }
            #expect(try shop.spooled.isEmpty)
            try await shop.shop.runDueWork()
            #expect(try await shop.status(path).receipt == "UKL1111111")
        }
    }

    @Test("A message that was spooled while the shop runs comes in without a restart", arguments: TestDatabase.engines)
    func spooledWhileRunning(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { options in
            options.runsJobs = true
            options.providerAddress = "http://127.0.0.1:1"
        } _: { shop in
            let path = try await shop.buy()
            let ticket = Ticket("\(try await shop.order(path).number)-1")
            try await shop.withNode(on: try await shop.deadDatabase()) { node in
                #expect(Self.isStored(await Self.post(shop, node, about: ticket)))
            }
            try await shop.status(path) { $0.receipt == "UKL1111111" }
            #expect(try shop.spooled.isEmpty)
        }
    }

    // MARK: Answer 200 early

    @Test("A callback is answered 200 only when the inbox or the spool has it, and is welcome again after a 503")
    func neither() async throws {
        try await Self.open(.sqlite) {
            $0.providerAddress = "http://127.0.0.1:1"
        } _: { shop in
            let path = try await shop.buy()
            let ticket = try await Self.ticket(shop, path)
            // The database reads and does not write: a full disk, a server that others may only read.
            try await shop.database.transaction { transaction in
                try transaction.execute(
                    "CREATE TRIGGER full BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'full'); END")
            }
            let spool = URL(filePath: "\(shop.folder)/spool")
            try Data().write(to: spool)
            guard case .unavailable = await Self.post(shop, shop.shop, about: ticket) else {
                Issue.record("it was answered, and nothing has it")
                return
            }
            let token = shop.shop.tokens.callbackToken(instance: "mpesa", ticket: ticket)
            let refused = try await shop.send("POST", "/in/\(token)/prompt", json: "{}")
            #expect(refused.status == 503 && refused.header("retry-after") != nil)

            try FileManager.default.removeItem(at: spool)
            #expect(Self.isStored(await Self.post(shop, shop.shop, about: ticket)))
            #expect(try shop.spooled.count == 1, "what the database does not take is in the spool before the answer")

            try await shop.database.transaction { try $0.execute("DROP TRIGGER full") }
            try await shop.shop.recover()
            try await shop.shop.runDueWork()
            #expect(try await shop.status(path).receipt == "UKL1111111")
        }
    }

    // MARK: Expire a live order

    @Test("An order with a live prompt, or one that is reported as paid, keeps its goods", arguments: [false, true])
    func live(isReported: Bool) async throws {
        try await Self.open(.sqlite) {
            $0.rules.orderExpirySeconds = 60
            $0.rules.attemptSeconds = 600
            $0.rules.confirmFrom = Money(whole: 1, .kes)
        } _: { shop in
            let path = try await shop.buy()
            let ticket = try await Self.ticket(shop, path)
            let core = shop.shop
            try await core.record(
                News(.startAnswer, Outcome(.pending, references: [Reference("id", "c1")])), about: ticket,
                instance: "mpesa")
            if isReported {
                try await core.record(
                    News(
                        .callback(isListed: true),
                        Outcome(.paid(Money(whole: 250, .kes), receipt: Receipt("UKL1111111"))), key: EventKey("k")),
                    about: ticket, instance: "mpesa")
                try await core.record(News(.ourselves(.deadlinePassed)), about: ticket, instance: "mpesa")
                #expect(try await shop.order(path).liveTicket == nil)
            }
            shop.clock.advance(seconds: 120)
            let id = try await shop.order(path).id
            let now = shop.clock.now
            let hasEnded = try await shop.database.transaction { [vault = shop.vault] transaction in
                try Prompts.expire(id, SQLBooks(transaction: transaction, vault: vault, now: now))
            }
            #expect(!hasEnded)
            #expect(try await shop.order(path).stockHeld)
        }
    }

    // MARK: Token per process

    @Test("Two nodes use one access token", arguments: TestDatabase.engines)
    func oneToken(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop in
            for _ in 0..<2 {
                _ = try await shop.shop.provider("mpesa")?.testConnection()
                try await shop.withNode { node in _ = try await node.provider("mpesa")?.testConnection() }
            }
            let account = try shop.account(of: "mpesa")
            let generation = try await shop.database.read { [vault = shop.vault] in
                try $0.token("oauth", of: account, vault)?.generation
            }
            #expect(generation == 1)
        }
    }

    @Test(
        "The right to fetch a token is one node's until it is used or its time is over", arguments: [0, 1] as [Int64])
    func claim(after generation: Int64) async throws {
        for engine in TestDatabase.engines {
            try await Self.open(engine) { shop in
                let now = shop.clock.now
                let vault = shop.vault
                let account = ProviderAccount("mpesa", settings: ["key": "one"], hosts: [], vault)
                func claims(at time: Timestamp) async throws -> Bool {
                    try await shop.database.transaction {
                        try $0.claimRefresh("t", of: account, after: generation, forSeconds: 30, at: time)
                    }
                }
                if generation == 1 {
                    try await shop.database.transaction {
                        _ = try $0.claimRefresh("t", of: account, after: 0, forSeconds: 30, at: now)
                        try $0.storeToken(
                            Secret("token-number-one"), "t", of: account, after: 0,
                            expiresAt: now.adding(seconds: 60), vault)
                    }
                }
                #expect(try await claims(at: now))
                #expect(try await !claims(at: now.adding(seconds: 29)))
                #expect(try await claims(at: now.adding(seconds: 30)), "whoever had it has died")
                try await shop.database.transaction {
                    try $0.storeToken(
                        Secret("token-number-two"), "t", of: account, after: generation,
                        expiresAt: now.adding(seconds: 60), vault)
                }
                #expect(try await !claims(at: now.adding(seconds: 90)), "somebody has fetched meanwhile")
            }
        }
    }
}
