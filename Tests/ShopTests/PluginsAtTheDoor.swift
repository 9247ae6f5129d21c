import Checkout
import Database
import DukaTesting
import Foundation
import Logging
import PaymentKit
import PluginHost
import Testing

/// A way to pay without requests as a program of its own: the example in Python. The shop treats it as its own cash.
@Suite struct PluginsAtTheDoor {
    private static let folder = "\(TestDatabase.repository)/Examples/python-door"

    /// - Parameter body: Is given the plugin's process.
    private static func open(
        _ engine: SQLDatabase.Engine, _ body: (TestShop, PluginProcess) async throws -> Void
    ) async throws {
        let process = PluginProcess(
            PluginProcess.Configuration(
                name: "door", command: ["/usr/bin/python3", "plugin.py"], folder: folder, environment: .practice,
                shopName: "Mama Njeri", settings: ["rider": "Otieno"]), log: Logger(label: "door"))
        defer { process.stop() }
        var options = TestShop.Options()
        options.moreProviders = [
            Shop.Provider(
                name: "door", try await ProcessProvider.abilities(of: process), seat: PluginSeat(process))
        ]
        try await TestShop.open(engine, options) { shop in try await body(shop, process) }
    }

    @Test("A program that says offline in its manifest alone is not used: the shop would begin payments with it")
    func half() async throws {
        let program = "import plugin; plugin.kit.serve(plugin.Door, plugin.MANIFEST, [])"
        let process = PluginProcess(
            PluginProcess.Configuration(
                name: "door", command: ["/usr/bin/python3", "-c", program], folder: Self.folder,
                environment: .practice, shopName: "Mama Njeri", settings: ["rider": "Otieno"]),
            log: Logger(label: "door"))
        defer { process.stop() }
        await #expect(throws: PaymentError.self) { _ = try await process.introduction() }
        #expect(process.health.lastError?.contains("not in both") == true)
    }

    private static func order(_ shop: TestShop) async throws -> String {
        let answer = try await shop.checkOut(phone: "0712345678", provider: "door")
        return try #require(answer.header("location"))
    }

    @Test(
        "Cash by a plugin in another process is offered, promised with its steps, and counts when staff take it",
        arguments: TestDatabase.engines)
    func taken(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, _ in
            let checkout = try await shop.page("/checkout?c=mug:1")
            #expect(checkout.contains("value=\"door\"") && checkout.contains("Cash to the rider"))
            #expect(checkout.contains(">Order now · KSh 250<"))
            #expect(try await shop.page("/checkout?c=mug:1&lang=sw").contains("Pesa kwa mwendeshaji"))
            let path = try await Self.order(shop)
            let order = try await shop.order(path)
            #expect(order.expiresAt.seconds(since: order.placedAt) == 604_800)
            let page = try await shop.page(path)
            #expect(page.contains("You pay when you get your order") && page.contains("Give Otieno this amount"))
            #expect(page.contains("data-value=\"250\"") && page.contains("data-value=\"\(order.number.text)\""))
            #expect(page.contains("This page says Paid then."))
            let status = try await shop.status(path)
            #expect(status.state == "pending" && status.attempt == nil && shop.pushes.isEmpty)
            #expect(
                try await shop.shop.takeCash(order.number, Money(whole: 250, .kes), by: "Asha")
                    == Money(minor: 0, .kes))
            #expect(try await shop.status(path).state == "paid")
            #expect(try await shop.captures(path).map(\.instance) == ["door"])
            try await shop.checkBooks(path)
        }
    }

    @Test("A plugin that does not start keeps no promise back: the order stands, and its money can be taken")
    func away() async throws {
        try await Self.open(.sqlite) { shop, process in
            let path = try await Self.order(shop)
            let number = try await shop.order(path).number
            guard case .running(let pid) = process.health.state else {
                Issue.record("\(process.health)")
                return
            }
            kill(pid, SIGKILL)
            try await shop.eventually("its end is noticed") { process.health.restarts == 1 }
            #expect(try await shop.page(path).contains("You pay when you get your order"))
            _ = try await shop.shop.takeCash(number, Money(whole: 250, .kes), by: "Asha")
            #expect(try await shop.status(path).state == "paid")
            // The next question starts it again.
            #expect(try await shop.page(try await Self.order(shop)).contains("Give Otieno this amount"))
        }
    }
}
