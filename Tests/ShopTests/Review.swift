@testable import Checkout
import Commerce
import Cryptography
import Database
import DukaTesting
import Foundation
import HTTPClient
import HTTPServer
import Logging
import MPesaSimulator
import PaymentKit
@testable import Storage
import Synchronization
import Testing

/// What a review found: each of these failed when it was written.
@Suite struct Review {
    /// A provider that does what a test says, where the simulator is too faithful.
    private final class Fake: Sendable {
        struct State {
            var pushes: [String] = []
            var queries = 0
        }
        let state = Mutex(State())
        let tokenGate = Mutex(false)
        let server: Mutex<Server?> = Mutex(nil)
        let querySeconds: Int

        init(tokenIsHeld: Bool = false, querySeconds: Int = 0) throws {
            self.querySeconds = querySeconds
            tokenGate.withLock { $0 = tokenIsHeld }
            var configuration = ServerConfiguration()
            configuration.port = 0
            configuration.loops = 1
            let made = Server(configuration) { [unowned self] in await self.answer($0) }
            try made.start()
            server.withLock { $0 = made }
        }
        var address: String { "http://127.0.0.1:\(server.withLock { $0?.port ?? 0 })" }
        var pushes: Int { state.withLock { $0.pushes.count } }
        func close() async { await server.withLock { $0 }?.stop() }
        func openTokens() { tokenGate.withLock { $0 = false } }

        private func answer(_ request: Request) async -> Response {
            let json = [(name: "Content-Type", value: "application/json")]
            func reply(_ text: String) -> Response {
                Response(headers: json, body: .bytes(SharedBytes(Array(text.utf8))))
            }
            if request.path.hasPrefix("/oauth") {
                while tokenGate.withLock({ $0 }) {
                    do { try await Task.sleep(for: .milliseconds(20)) } catch { break }
                }
                return reply(#"{"access_token":"abc","expires_in":"3599"}"#)
            }
            if request.path.contains("query") {
                state.withLock { $0.queries += 1 }
                do { try await Task.sleep(for: .seconds(querySeconds)) } catch {}
                return Response(status: 503)
            }
            let number = state.withLock { state -> Int in
                state.pushes.append(String(decoding: request.body, as: UTF8.self))
                return state.pushes.count
            }
            return reply(
                #"{"MerchantRequestID":"m-\#(number)","CheckoutRequestID":"ws_CO_\#(number)","#
                    + #""ResponseCode":"0","ResponseDescription":"ok"}"#
            )
        }
    }

    private func ticket(_ shop: TestShop, _ path: String) async throws -> Ticket {
        try #require(try await shop.order(path).liveTicket)
    }

    @Test(
        "An attempt whose act is journalled and whose worker is frozen does not stay live for ever",
        arguments: TestDatabase.engines)
    func liveForEver(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.runsJobs = false
        // The worker is played by the test, which begins its act too late.
        options.verifiesBooks = false
        try await TestShop.open(engine, options) { shop in
            let path = try await shop.buy()
            let ticket = try await ticket(shop, path)
            shop.clock.advance(seconds: 100)
            let now = shop.clock.now
            _ = try await shop.database.transaction { transaction in
                let push = try transaction.dueJobs(atMost: 8, at: now).first { $0.kind == .push }
                _ = try transaction.claim(try #require(push), forSeconds: 90, at: now)
                return try transaction.beginAct(ticket, at: now)
            }
            shop.clock.advance(seconds: 81)
            try await shop.shop.runDueWork()
            for _ in 0..<4 {
                shop.clock.advance(seconds: 90)
                try await shop.shop.runDueWork()
            }
            shop.clock.advance(seconds: 3_600)
            try await shop.shop.runDueWork()
            let order = try await shop.order(path)
            #expect(order.liveTicket == nil, "I30: no attempt open past its deadline")
            #expect(!order.stockHeld)
        }
    }

    @Test("Work that comes due together does not leave an attempt live for ever", arguments: TestDatabase.engines)
    func dueTogether(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.runsJobs = false
        try await TestShop.open(engine, options) { shop in
            var paths: [String] = []
            for number in 0..<12 { paths.append(try await shop.buy(phone: "07120000\(10 + number)")) }
            for path in paths {
                let ticket = try await ticket(shop, path)
                let now = shop.clock.now
                _ = try await shop.database.transaction { try $0.beginAct(ticket, at: now) }
            }
            // The machine slept, or the database was away, for four minutes.
            shop.clock.advance(seconds: 240)
            let runner = Task { await shop.shop.run() }
            try await Task.sleep(for: .seconds(3))
            shop.clock.advance(seconds: 200)
            try await Task.sleep(for: .seconds(2))
            runner.cancel()
            var live = 0
            for path in paths where try await shop.order(path).liveTicket != nil { live += 1 }
            #expect(live == 0, "\(live) of 12 are live for ever")
        }
    }

    @Test("A node that starts does not declare another node's prompt unsent", arguments: TestDatabase.engines)
    func startingNode(_ engine: SQLDatabase.Engine) async throws {
        let fake = try Fake(tokenIsHeld: true)
        var options = TestShop.Options()
        options.providerAddress = fake.address
        try await TestShop.open(engine, options) { shop in
            let path = try await shop.buy()
            try await Task.sleep(for: .milliseconds(600))  // the token is being fetched
            shop.clock.advance(seconds: 61)
            try await shop.shop.recover()  // what a second node does when it starts
            let told = try await shop.status(path)
            fake.openTokens()
            try await Task.sleep(for: .seconds(1))
            let after = try await shop.status(path)
            #expect(
                !(after.attempt?.state == "failed" && fake.pushes == 1), "told \(told), and a prompt is on the phone")
            if after.attempt?.state == "failed" {
                _ = try await shop.retry(path, phone: "")
                try await Task.sleep(for: .seconds(1))
                #expect(fake.pushes <= 1, "I13: two prompts live at once")
            }
        }
        await fake.close()
    }

    @Test("Concurrent news never takes an attempt down again", arguments: TestDatabase.engines)
    func joinUnderRace(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.runsJobs = false
        options.products = [TestShop.Options.product("mug", shillings: 250, stock: 5_000)]
        try await TestShop.open(engine, options) { shop in
            let core = shop.shop
            var lost = 0
            for number in 0..<150 {
                let path = try await shop.buy(phone: "0712\(100_000 + number)")
                let ticket = try await ticket(shop, path)
                let paid = News(
                    .callback(isListed: true), Outcome(.paid(Money(whole: 250, .kes), receipt: Receipt("R\(number)"))),
                    key: EventKey("k", "\(number)"))
                let sent = News(
                    .startAnswer, Outcome(.pending, references: [Reference("CheckoutRequestID", "c\(number)")]))
                let late = News(.ourselves(.deadlinePassed))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await core.record(paid, about: ticket, instance: "mpesa") }
                    for _ in 0..<2 { group.addTask { try await core.record(late, about: ticket, instance: "mpesa") } }
                    group.addTask { try await core.record(sent, about: ticket, instance: "mpesa") }
                    try await group.waitForAll()
                }
                let vault = shop.vault
                let state = try await shop.database.read { try $0.attempt(ticket, vault)?.state }
                if state != .paid { lost += 1 }
            }
            #expect(lost == 0, "I20: \(lost) of 150 paid attempts are not paid any more")
        }
    }

    @Test(
        "A reported success that nobody confirms is never forgotten and never asked for again",
        arguments: TestDatabase.engines)
    func unconfirmedClaim(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("success") { $0.query.fault = .unavailable })
            let path = try await shop.buy(cart: "tea:12")
            try await shop.status(path) { $0.flags.contains("unconfirmed") }
            shop.clock.advance(seconds: 181)
            try await Task.sleep(for: .seconds(2))
            let closed = try await shop.status(path)
            #expect(closed.attempt?.retry_after == nil, "I14: M-PESA said paid, and the page asks for the money again")
            for seconds in [120, 700, 3_000, 20_000, 65_000, 90_000, 90_000] {
                shop.clock.advance(seconds: seconds)
                try await Task.sleep(for: .milliseconds(700))
            }
            let reviews = try await shop.reviews(path)
            let end = try await shop.status(path)
            #expect(!reviews.isEmpty, "I9: money was reported, the order is \(end.state), and no person is told")
        }
    }

    @Test("One 'does not exist' ends nothing", arguments: TestDatabase.engines)
    func notFoundOnce(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("success") { $0.query.fault = .unknown })
            let path = try await shop.buy(cart: "tea:12")
            try await shop.status(path) { $0.flags.contains("unconfirmed") }
            shop.clock.advance(seconds: 181)
            try await Task.sleep(for: .seconds(1))
            shop.clock.advance(seconds: 130)
            try await Task.sleep(for: .seconds(2))
            let state = try await shop.status(path)
            let reviews = try await shop.reviews(path)
            #expect(
                state.attempt?.state != "failed" || !reviews.isEmpty,
                "a success was reported; one 'not found' closed it: \(state)")
        }
    }

    @Test("A job of a kind that this version does not know stops nobody else's", arguments: TestDatabase.engines)
    func unknownJob(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            try await shop.database.transaction { transaction in
                _ = try transaction.execute(
                    """
                    INSERT INTO jobs (id, kind, order_id, ticket, due_at, generation, lease_until, runs)
                    VALUES ('mail x', 'mail', 'x', NULL, 0, 1, 0, 0)
                    """)
            }
            shop.daraja.choose(try shop.story("success"))
            let path = try await shop.buy()
            try await shop.status(path, within: 6) { $0.state == "paid" }
        }
    }

    @Test("One message that does not open stops nobody else's", arguments: TestDatabase.engines)
    func unreadableRow(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            try await shop.database.transaction { transaction in
                _ = try transaction.execute(
                    """
                    INSERT INTO inbox (id, instance, ticket, route, body_key, body_sealed, source, listed, received_at,
                        state, tries, next_at)
                    VALUES ('x', 'mpesa', 'X-1', 'prompt', \([UInt8](repeating: 1, count: 32)),
                        \([UInt8](repeating: 9, count: 64)),
                        '127.0.0.1', 1, 0, 'new', 0, 0)
                    """)
            }
            shop.daraja.choose(try shop.story("success"))
            let path = try await shop.buy()
            // The query finds it in the end; the callback must.
            try await shop.status(path, within: 6) { $0.state == "paid" && $0.receipt != nil }
        }
    }

    @Test(
        "Slow status queries do not keep a new shopper's prompt from being sent", arguments: [SQLDatabase.Engine.sqlite]
    )
    func starvation(_ engine: SQLDatabase.Engine) async throws {
        let fake = try Fake(querySeconds: 14)
        var options = TestShop.Options()
        options.providerAddress = fake.address
        try await TestShop.open(engine, options) { shop in
            for number in 0..<40 { _ = try await shop.buy(phone: "0712\(100_000 + number)") }
            try await shop.eventually("all are sent") { fake.pushes == 40 }
            shop.clock.advance(seconds: 9)
            try await shop.eventually("32 questions wait") { fake.state.withLock { $0.queries } >= 32 }
            let start = ContinuousClock.now
            _ = try await shop.buy(phone: "0722000000")
            try await shop.eventually("the new prompt is sent", within: 40) { fake.pushes == 41 }
            #expect(ContinuousClock.now - start < .seconds(5), "it waited \(ContinuousClock.now - start)")
        }
        await fake.close()
    }

    @Test(
        "A name of 80 characters of many bytes each is stored or refused with a sentence",
        arguments: TestDatabase.engines)
    func longName(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let name = "A" + String(repeating: "\u{0301}", count: 600)
            let answer = try await shop.checkOut(phone: "0712345678", name: name)
            #expect(try await shop.formAgain(answer).contains("The name is too long"))
        }
    }

    @Test("A prompt that waits in line is not sent once the order is paid", arguments: TestDatabase.engines)
    func paidMeanwhile(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("stuck"))
            let path = try await shop.buy()
            try await shop.status(path) { $0.attempt?.state == "prompt_sent" }
            shop.clock.advance(seconds: 181)
            try await shop.status(path) { $0.attempt?.state == "expired" }
            shop.daraja.choose(try shop.story("spike-arrest"))
            #expect(try await shop.retry(path, phone: "").leadsToOrder)
            try await shop.eventually("it waits in line") { try await shop.page(path).contains("in line") }
            let push = shop.pushes[0]
            _ = try await shop.send("POST", push.callbackURL, json: PaymentStories.success(push, receipt: "UKL7654321"))
            try await shop.status(path) { $0.state == "paid" }
            shop.clock.advance(seconds: 6)
            try await Task.sleep(for: .seconds(2))
            #expect(shop.pushes.count == 1, "a paid customer is asked again")
        }
    }

    @Test("A callback address made before a key rotation still counts")
    func rotation() async throws {
        try await TestShop.open(.sqlite) { shop in
            shop.daraja.choose(try shop.story("stuck"))
            let path = try await shop.buy()
            try await shop.status(path) { $0.attempt?.state == "prompt_sent" }
            let push = shop.pushes[0]
            let keys = try KeyRing(keys: [
                (id: 2, key: Array(repeating: 8, count: 32)), (id: 1, key: Array(repeating: 7, count: 32)),
            ])
            let client = OutboundClient(ClientConfiguration(allowPlainHTTPToLoopback: true))
            let rotated = Shop(
                database: shop.database, keys: keys, rules: TestShop.Options.patient, name: "x", isPractice: true,
                callbackBase: shop.address, spoolFolder: "\(shop.folder)/spool",
                providers: shop.shop.providerNames.compactMap { name in
                    shop.shop.provider(name.name).map { Shop.Provider(name: name.name, $0.abilities) }
                }, client: client, log: Logger(label: "test") { _ in shop.log }, now: { shop.clock.now })
            let token = try #require(push.callbackURL.split(separator: "/").dropLast().last)
            let result = await rotated.receiveCallback(
                token: String(token), route: "prompt",
                body: Array(PaymentStories.success(push, receipt: "UKL1111111").utf8),
                source: "127.0.0.1", isListed: { _ in true })
            if case .unknown = result { Issue.record("S39: a payment's callback is refused after a rotation") }
            await client.shutdown()
        }
    }

    @Test("Counters that say nothing any more are forgotten")
    func ratesForgotten() async throws {
        var options = TestShop.Options()
        options.rules.ipv4 = [RateLimit(count: 30, seconds: 600)]
        try await TestShop.open(.sqlite, options) { shop in
            shop.daraja.choose(try shop.story("stuck"))
            _ = try await shop.buy()
            shop.clock.advance(seconds: 2 * 86_400)
            let another = Task { await shop.shop.run() }  // a runner sweeps when it starts
            try await Task.sleep(for: .seconds(1))
            another.cancel()
            let left = try await shop.database.read { try $0.first("SELECT COUNT(*) FROM rate_limits")?.int(0) }
            #expect(left == 0)
        }
    }

    @Test("Three silences of ours, not of the payer, do not lock a phone out")
    func ourSilence() async throws {
        var options = TestShop.Options()
        options.rules.unansweredRestSeconds = [1_800, 7_200, 86_400]
        try await TestShop.open(.sqlite, options) { shop in
            shop.daraja.choose(try shop.story("stuck") { $0.query.fault = .unavailable })
            let path = try await shop.buy()
            for _ in 0..<2 {
                try await shop.status(path) { $0.attempt?.state == "prompt_sent" }
                shop.clock.advance(seconds: 181)
                try await shop.status(path) { $0.attempt?.state == "expired" }
                #expect(try await shop.retry(path, phone: "").leadsToOrder)
            }
            try await shop.status(path) { $0.attempt?.state == "prompt_sent" }
            shop.clock.advance(seconds: 181)
            try await shop.status(path) { $0.attempt?.state == "expired" }
            #expect(
                try await shop.retry(path, phone: "").leadsToOrder,
                "M-PESA was away; the shopper is locked out for half an hour")
        }
    }
}
