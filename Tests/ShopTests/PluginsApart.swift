import Checkout
import Database
import DukaTesting
import Foundation
import HTTPClient
import Logging
import PaymentKit
import PluginHost
import Testing

/// A shop that sells through a plugin in a process of its own: the example in Python, with its own provider.
@Suite struct PluginsApart {
    private static let folder = "\(TestDatabase.repository)/Examples/python-till"

    /// The example's provider, listening on this machine.
    private final class Jirani {
        let process = Process()
        let port: UInt16

        init() throws {
            port = try Program.freePort()
            process.executableURL = URL(filePath: "/usr/bin/python3")
            process.arguments = ["\(PluginsApart.folder)/provider.py", "\(port)"]
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
        }

        // The tests' own process may ignore the softer signal, and its children inherit that.
        deinit { kill(process.processIdentifier, SIGKILL) }
    }

    /// - Parameter body: Is given the plugin's process.
    private static func open(
        _ engine: SQLDatabase.Engine, shillings: Int64 = 250, _ body: (TestShop, PluginProcess) async throws -> Void
    ) async throws {
        let jirani = try Jirani()
        let process = PluginProcess(
            PluginProcess.Configuration(
                name: "till", command: ["/usr/bin/python3", "plugin.py"], folder: folder, environment: .practice,
                shopName: "Mama Njeri",
                settings: [
                    "till": "48210", "api_key": "a-key-of-the-test-1", "base_url": "http://127.0.0.1:\(jirani.port)",
                ]), log: Logger(label: "till"))
        defer { process.stop() }
        var options = TestShop.Options()
        options.products = [TestShop.Options.product("mug", shillings: shillings, stock: 50)]
        options.rules.querySeconds = [2, 3, 4, 6, 8, 10, 15, 20, 30]
        options.moreProviders = [
            Shop.Provider(
                name: "till", try await ProcessProvider.abilities(of: process), seat: PluginSeat(process))
        ]
        try await TestShop.open(engine, options) { shop in
            try await shop.eventually("the provider listens") { await listens(jirani.port, shop) }
            try await body(shop, process)
        }
        withExtendedLifetime(jirani) {}
    }

    private static func listens(_ port: UInt16, _ shop: TestShop) async -> Bool {
        do { return try await shop.send("GET", "http://127.0.0.1:\(port)/v1/tills/1").status == 401 } catch {
            return false
        }
    }

    @Test("A customer pays by a plugin in another process; M-PESA goes on beside it", arguments: TestDatabase.engines)
    func sells(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, _ in
            let page = try await shop.page("/checkout?c=mug:1")
            #expect(page.contains("value=\"mpesa\" checked") && page.contains("value=\"till\""))
            #expect(page.contains("How do you want to pay?") && page.contains("Pay KSh 250<"))
            let answer = try await shop.checkOut(phone: "0712345678", provider: "till")
            let order = try #require(answer.header("location"))
            let paid = try await shop.status(order, within: 30) { $0.state == "paid" }
            #expect(paid.receipt?.hasPrefix("JT") == true)
            #expect(shop.pushes.isEmpty)
            #expect(try await shop.page(order).contains("Jirani Till"))
            try await shop.checkBooks(order)
            let other = try await shop.buy(phone: "0722345678")
            try await shop.eventually("M-PESA is asked") { shop.pushes.count == 1 }
            try await shop.checkBooks(other)
        }
    }

    @Test("A lost answer is unknown, never failed, and the money that comes counts", arguments: TestDatabase.engines)
    func lost(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine, shillings: 203) { shop, _ in
            let order = try #require(
                try await shop.checkOut(phone: "0712345678", provider: "till").header("location"))
            var states: Set<String> = []
            try await shop.eventually("paid", within: 30) {
                let status = try await shop.status(order)
                if let state = status.attempt?.state { states.insert(state) }
                return status.state == "paid"
            }
            #expect(states.isDisjoint(with: ["failed", "expired", "cancelled"]), "\(states)")
            try await shop.checkBooks(order)
        }
    }

    @Test("A plugin that is killed is there again for the message that comes after", arguments: TestDatabase.engines)
    func killed(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine, shillings: 205) { shop, process in
            // Of this amount the provider sends no message: only our own question finds the money.
            let order = try #require(
                try await shop.checkOut(phone: "0712345678", provider: "till").header("location"))
            try await shop.status(order) { $0.attempt?.state == "prompt_sent" }
            guard case .running(let pid) = process.health.state else {
                Issue.record("\(process.health)")
                return
            }
            kill(pid, SIGKILL)
            try await shop.eventually("its end is noticed") { process.health.restarts == 1 }
            shop.clock.advance(seconds: 30)
            try await shop.status(order, within: 30) { $0.state == "paid" }
            #expect(shop.shop.pluginHealth.first?.health.lastError?.contains("signal 9") == true)
            let metrics = try await shop.page("/metrics")
            #expect(metrics.contains("duka_plugin_ends_total{provider=\"till\"} 1"))
            #expect(metrics.contains("duka_plugin_is_away{provider=\"till\"} 0"))
            try await shop.checkBooks(order)
        }
    }

    @Test("A plugin that is not offered any more cannot be chosen, even by an old form")
    func notOffered() async throws {
        try await TestShop.open(.sqlite, TestShop.Options()) { shop in
            let answer = try await shop.checkOut(phone: "0712345678", provider: "till")
            #expect(answer.status == 303 || answer.status == 422)
            #expect(!answer.leadsToOrder)
            #expect(shop.pushes.isEmpty)
        }
    }
}
