import Checkout
import DukaTesting
import Foundation
import HTTPClient
import Logging
import PaymentKit
import PluginHost
import Testing

/// A provider with a page of its own as a program of its own: the example in Python, with the provider that plays it.
@Suite struct PluginsOnPage {
    private static let folder = "\(TestDatabase.repository)/Examples/python-page"
    private static let key = "a-key-of-the-test-2"

    /// A program of the example's, ended with it.
    private final class Player {
        private let process = Process()

        init(port: UInt16, messages: String) throws {
            process.executableURL = URL(filePath: "/usr/bin/python3")
            process.arguments = ["\(PluginsOnPage.folder)/provider.py", "\(port)", messages]
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
        }

        deinit { process.terminate() }
    }

    /// - Parameter body: Is given the address at which the provider listens.
    private static func open(_ body: (TestShop, String) async throws -> Void) async throws {
        let port = try Program.freePort()
        let base = "http://127.0.0.1:\(port)"
        let process = PluginProcess(
            PluginProcess.Configuration(
                name: "page", command: ["/usr/bin/python3", "plugin.py"], folder: folder, environment: .practice,
                shopName: "Mama Njeri", settings: ["api_key": key, "base_url": base]), log: Logger(label: "page"))
        defer { process.stop() }
        var options = TestShop.Options()
        // Nothing but the message tells of the money.
        options.rules.querySeconds = [3_600]
        // The manifest says what is signed and with which setting, so the shop is given that too.
        let abilities = try await ProcessProvider.abilities(of: process)
        options.moreProviders = [
            Shop.Provider(
                name: "page", abilities.manifest, fixed: ["api_key": key, "base_url": base], seat: PluginSeat(process)
            ) { _, _ in abilities }
        ]
        try await TestShop.open(.sqlite, options) { shop in
            let messages = try #require(shop.shop.standingAddress("page", route: "paid"))
            let player = try Player(port: port, messages: messages)
            try await shop.eventually("the provider listens") { await listens(base, shop) }
            try await body(shop, messages)
            withExtendedLifetime(player) {}
        }
    }

    private static func listens(_ base: String, _ shop: TestShop) async -> Bool {
        do { return try await shop.send("GET", "\(base)/v1/merchant").status == 401 } catch { return false }
    }

    /// Orders, and comes to the provider's page.
    private static func toPage(_ shop: TestShop) async throws -> (order: String, page: String) {
        let go = try #require(try await shop.checkOut(phone: "0712345678", provider: "page").header("location"))
        #expect(go.hasSuffix("/go"))
        return (String(go.dropLast(3)), try #require(try await shop.send("GET", go).header("location")))
    }

    @Test("Who pays on the played page and closes the tab has paid: the signed message says so")
    func message() async throws {
        try await Self.open { shop, _ in
            let (order, page) = try await Self.toPage(shop)
            #expect(try await shop.send("POST", page, form: [("press", "pay")]).status == 303)
            let paid = try await shop.status(order, within: 30) { $0.state == "paid" }
            #expect(paid.receipt?.hasPrefix("JP") == true)
            try await shop.checkBooks(order)
        }
    }

    @Test("A message at the same address that nobody signed, or another signed, is refused and pays nothing")
    func forged() async throws {
        try await Self.open { shop, messages in
            let (order, _) = try await Self.toPage(shop)
            let ticket = "\(try await shop.order(order).number.text)-1"
            let body = #"{"reference":"\#(ticket)","state":"paid","cents":25000,"receipt":"JP1"}"#
            for headers in [[], [("X-Jirani-Signature", String(repeating: "0a", count: 32))]] {
                let answer = try await shop.send(
                    "POST", messages, json: body, headers: headers.map { (name: $0.0, value: $0.1) })
                #expect(answer.status == 401)
            }
            try await shop.shop.runDueWork()
            #expect(try await shop.status(order).state == "prompt_sent")
        }
    }
}
