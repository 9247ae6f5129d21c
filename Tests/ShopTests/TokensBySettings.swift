@testable import Checkout
import Commerce
import Cryptography
import Database
import DukaTesting
import HTTPClient
import Logging
import PaymentKit
import Storage
import Synchronization
import Testing

extension TestShop {
    /// Whose access tokens a way to pay uses.
    func account(of name: String) throws -> ProviderAccount {
        try #require(shop.settled.now.ways.first { $0.provider.name == name }?.account)
    }
}

/// An access token is good for the settings that it was fetched with, and for no others.
@Suite struct TokensBySettings {
    /// Fetches a token with its key, and shows it.
    private struct Gate: PaymentPlugin, ConnectionTesting {
        static let manifest = Manifest(
            id: "test.gate", name: "Gate", version: "1.0.0", summary: "Shows its token.", currencies: [.kes],
            settings: [FieldSpec("key", "Key", kind: .secret), FieldSpec("branch", "Branch", need: .never)])
        let key: String
        let fetched: Fetched

        init(_ key: String, _ fetched: Fetched) {
            self.key = key
            self.fetched = fetched
        }
        init(_ setup: Setup) throws { throw PaymentError.unsupported("made by tests only") }

        func start(_ request: StartRequest, _ call: Call) async throws -> Started { Started(.pending) }

        func testConnection(_ call: Call) async throws -> [String] {
            let token = try await call.tokens.token("pass") {
                fetched.add(key)
                return (Secret("a pass for \(key)"), seconds: 3_000)
            }
            return [token.reveal()]
        }
    }

    private final class Fetched: Sendable {
        private let keys = Mutex<[String]>([])
        func add(_ key: String) { keys.withLock { $0.append(key) } }
        var all: [String] { keys.withLock { $0 } }
    }

    /// A node of the same shop whose operator gave it these settings.
    private static func node(of shop: TestShop, _ settings: [String: String], _ fetched: Fetched) async throws -> Shop {
        let gate = Shop.Provider(name: "gate", Gate.manifest, fixed: settings) { values, _ in
            Abilities(of: Gate(values["key"] ?? "", fetched))
        }
        let node = Shop(
            database: shop.database, keys: try KeyRing(keys: [(id: 1, key: Array(repeating: 7, count: 32))]),
            rules: TestShop.Options.patient, name: "Mama Njeri", isPractice: true, callbackBase: shop.address,
            spoolFolder: "\(shop.folder)/spool", providers: [gate],
            client: OutboundClient(ClientConfiguration(allowPlainHTTPToLoopback: true)),
            log: Logger(label: "test") { _ in shop.log }, now: { shop.clock.now })
        try await node.readSettings()
        return node
    }

    private static func pass(_ node: Shop) async throws -> String {
        try #require(try await node.provider("gate")?.testConnection().first)
    }

    @Test(
        "Nodes with different settings share no token; those with equal ones do, also after a restart",
        arguments: TestDatabase.engines)
    func apart(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let fetched = Fetched()
            let (one, other) = (["key": "one"], ["key": "other"])
            let (first, second) = (
                try await Self.node(of: shop, one, fetched), try await Self.node(of: shop, other, fetched)
            )
            for _ in 0..<2 {
                #expect(try await Self.pass(first) == "a pass for one")
                #expect(try await Self.pass(second) == "a pass for other")
            }
            // The first one starts anew, with the same key; then with the other one's; then with one that is new. The
            // same key elsewhere is another account.
            let later = [one, other, ["key": "new"], ["key": "one", "branch": "Nakuru"]]
            var passes: [String] = []
            for settings in later {
                let node = try await Self.node(of: shop, settings, fetched)
                passes.append(try await Self.pass(node))
            }
            #expect(passes == ["a pass for one", "a pass for other", "a pass for new", "a pass for one"])
            #expect(fetched.all == ["one", "other", "new", "one"])
        }
    }

    @Test("What was fetched with settings of long ago is forgotten", arguments: TestDatabase.engines)
    func forgotten(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let fetched = Fetched()
            _ = try await Self.pass(try await Self.node(of: shop, ["key": "one"], fetched))
            shop.clock.advance(seconds: 6 * 86_400)
            _ = try await Self.pass(try await Self.node(of: shop, ["key": "other"], fetched))
            shop.clock.advance(seconds: 2 * 86_400)
            let now = shop.clock.now
            try await shop.database.transaction {
                try $0.forgetTokens(untouchedSince: now.adding(seconds: -7 * 86_400), at: now)
            }
            let rows = try await shop.database.read {
                try $0.query("SELECT settings FROM access_tokens WHERE instance = 'gate'").map { try $0.text(0) }
            }
            let kept = ProviderAccount("gate", settings: ["key": "other"], hosts: [], shop.vault)
            #expect(rows.count == 1)
            let token = try await shop.database.read { [vault = shop.vault] in
                try $0.token("pass", of: kept, vault)?.token?.reveal()
            }
            #expect(token == "a pass for other")

            // What does not open, after a key was lost or a row was damaged, is fetched anew.
            try await shop.database.transaction { _ = try $0.execute("UPDATE access_tokens SET sealed = X'78'") }
            let node = try await Self.node(of: shop, ["key": "other"], fetched)
            #expect(try await Self.pass(node) == "a pass for other")
            #expect(fetched.all == ["one", "other", "other"])
        }
    }
}
