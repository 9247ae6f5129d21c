@testable import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import PaymentKit
import Storage
import Testing

/// A way to pay that cannot be used for a while, and what happens when it can again.
@Suite struct PluginsBack {
    private typealias Gone = PluginsGone

    private static let engines = TestDatabase.engines

    /// More often than work is tried that never ends.
    private static func wait(_ hours: Int, _ shop: TestShop) async throws {
        for _ in 0..<hours {
            shop.clock.advance(seconds: 3_601)
            try await shop.shop.runDueWork()
        }
    }

    @Test(
        "However long a way to pay is away or unusable, its open payments are asked about at once when it is back",
        arguments: engines, [PluginsGone.Standing.gone, .unusable])
    func asked(_ engine: SQLDatabase.Engine, _ standing: PluginsGone.Standing) async throws {
        try await Gone.open(engine) { shop, folder in
            let (path, _) = try await Gone.begin(shop)
            try await shop.shop.runDueWork()
            try await folder.put(standing, in: shop)
            folder.barter.isPaid.value = true
            try await Self.wait(105, shop)
            #expect(try await Gone.items(shop) == ["way_gone barter"], "it is not silent, and no work was put aside")
            try await folder.put(.there, in: shop)
            try await shop.shop.runDueWork()
            #expect(try await shop.captures(path).count == 1)
            #expect(try await !Gone.items(shop).contains("way_gone barter"))
            try await shop.checkBooks(path)
        }
    }

    @Test(
        "A refund that was approved waits for its way to pay longer than a hundred hours, and goes when it is back",
        arguments: engines, [PluginsGone.Standing.gone, .unusable, .unheardOf])
    func refund(_ engine: SQLDatabase.Engine, _ standing: PluginsGone.Standing) async throws {
        try await Gone.open(engine) { shop, folder in
            let (path, address) = try await Gone.begin(shop)
            try await shop.shop.runDueWork()
            _ = try await shop.send("POST", address, json: "GOAT1")
            try await shop.shop.runDueWork()
            let order = try await shop.order(path).number
            let refund = try await shop.shop.requestRefund(
                RefundRequest(order: order, way: .reversal, reason: "Broken", by: "Asha"))
            _ = try await shop.shop.approveRefund(refund.ticket, by: "Njeri")
            try await folder.put(standing, in: shop)
            try await Self.wait(105, shop)
            #expect(try await shop.shop.openRefunds().map(\.refund.state) == [.approved])
            #expect(try await Gone.items(shop) == (standing == .unheardOf ? [] : ["way_gone barter"]))
            try await folder.put(.there, in: shop)
            // Nobody put an item up where nothing was decided, so it goes at its own time.
            if standing == .unheardOf { shop.clock.advance(seconds: 11) }
            try await shop.shop.runDueWork()
            #expect(try await shop.shop.openRefunds().isEmpty)
            #expect(try await shop.database.read { try $0.refund(refund.ticket)?.state.name } == "succeeded")
        }
    }

    @Test(
        "A shop that cannot tell what became of a way to pay decides nothing: the prompt and the message wait",
        arguments: engines, [PluginsGone.Standing.unheardOf, .missed])
    func strange(_ engine: SQLDatabase.Engine, _ standing: PluginsGone.Standing) async throws {
        try await Gone.open(engine) { shop, folder in
            let (unsent, _) = try await Gone.begin(shop)
            try await folder.put(standing, in: shop)
            try await shop.shop.runDueWork()
            #expect(try await shop.order(unsent).liveTicket != nil, "another may still send it")
            try await folder.put(.there, in: shop)
            shop.clock.advance(seconds: 11)
            try await shop.shop.runDueWork()
            try await shop.status(unsent) { $0.state == "prompt_sent" }

            let ticket = try #require(try await shop.order(unsent).liveTicket)
            let token = shop.shop.tokens.callbackToken(instance: "barter", ticket: ticket)
            try await folder.put(standing, in: shop)
            #expect(try await shop.send("POST", "/in/\(token)/paid", json: "GOAT1").status == 200)
            // More often than a message is tried that stops its translation.
            for _ in 0..<5 {
                try await shop.shop.runDueWork()
                shop.clock.advance(seconds: 11)
            }
            #expect(try await Gone.items(shop).isEmpty)
            #expect(try await shop.shop.messages(.parked, atMost: 5).isEmpty)
            folder.barter.isPaid.value = true
            try await folder.put(.there, in: shop)
            shop.clock.advance(seconds: 11)
            try await shop.shop.runDueWork()
            try await shop.status(unsent) { $0.state == "paid" }
            try await shop.checkBooks(unsent)
        }
    }

    @Test(
        "A message for a way to pay whose settings do not do waits without being put aside, and is read when they do",
        arguments: engines)
    func unusable(_ engine: SQLDatabase.Engine) async throws {
        try await Gone.open(engine) { shop, folder in
            let (path, address) = try await Gone.begin(shop)
            try await shop.shop.runDueWork()
            try await folder.put(.unusable, in: shop)
            #expect(try await shop.send("POST", address, json: "GOAT1").status == 200)
            try await shop.shop.runDueWork()
            #expect(try await Gone.items(shop) == ["way_gone barter"])
            folder.barter.isPaid.value = true
            try await folder.put(.there, in: shop)
            try await shop.shop.runDueWork()
            #expect(try await shop.captures(path).count == 1)
            #expect(try await shop.database.read { try $0.inboxCount(state: "done") } == 1)
            #expect(try await Gone.items(shop).isEmpty)
        }
    }

    @Test("What a plugin is set to is read by one after the other: one process for each state", arguments: engines)
    func turns(_ engine: SQLDatabase.Engine) async throws {
        try await Gone.open(engine) { shop, folder in
            let before = folder.timesMade
            folder.put(.there)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<12 { group.addTask { try await shop.shop.readSettings() } }
                try await group.waitForAll()
            }
            #expect(folder.timesMade == before + 1)
        }
    }
}
