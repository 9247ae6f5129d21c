import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import Logging
import PaymentKit
@testable import PluginHost
import Testing

/// The ways to pay and how they do, as the owner sees them.
@Suite struct DeskWays {
    @Test(
        "A way to pay is taken off and offered again from the list, with the owner's name in the trail",
        arguments: TestDatabase.engines)
    func offer(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
            let page = try await njeri.page("/admin/ways")
            #expect(page.contains("Part of the shop, version") && page.contains("Offered to customers"))
            #expect(page.contains("href=\"/admin/ways/mpesa\""))
            let path = "/admin/ways/mpesa/offer"
            let stopped = try await njeri.follow(njeri.press(path, on: "/admin/ways", [("do", "stop")]))
            #expect(stopped.contains("Customers are not offered") && stopped.contains("Not offered"))
            #expect(shop.shop.offeredProviders.isEmpty)
            let again = try await njeri.follow(njeri.press(path, on: "/admin/ways", [("do", "offer")]))
            #expect(again.contains("are offered") && shop.shop.offeredProviders.map(\.name) == ["mpesa"])
            let trail = try await shop.shop.auditTrail(about: "mpesa").map(\.entry.action)
            #expect(trail == ["way_offered_done", "way_offered", "way_stopped_done", "way_stopped"])
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            #expect(try await amina.get("/admin/ways").status == 403)
        }
    }

    @Test("An offered plugin that does not work is told of on every page, with how often it ended and why, in part")
    func away() async throws {
        let manifest = Manifest(
            id: "test.broken", name: "Broken Till", version: "2.0.1", summary: "Ends at once.", currencies: [.kes])
        let pinned = PluginIntroduction(
            manifest: manifest, abilities: [], hosts: [], callbackSources: [], pageHosts: nil)
        let process = PluginProcess(
            PluginProcess.Configuration(
                name: "broken", command: ["/bin/sh", "-c", "echo key-0123456789 0712345678 >&2; exit 3"], folder: "/",
                environment: .practice, shopName: "Mama Njeri", settings: ["key": "key-0123456789"]),
            pinned: pinned, log: Logger(label: "broken") { _ in SwiftLogNoOpLogHandler() })
        var options = TestShop.Options()
        options.moreProviders = [
            Shop.Provider(
                name: "broken", manifest, fixed: [:], seat: PluginSeat(process), verdict: "it was never checked",
                trouble: nil
            ) { _, _ in ProcessProvider.abilities(of: process, pinned) }
        ]
        try await TestShop.open(.sqlite, options) { shop in
            let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
            let before = try await njeri.page("/admin/ways")
            #expect(before.contains("A program of its own, version 2.0.1") && before.contains("not checked in this"))
            #expect(before.contains("starts with its next call") && !before.contains("does not work"))
            for _ in 0..<20 where !process.health.isAway {
                do { _ = try await process.introduction() } catch { continue }
            }
            #expect(process.health.isAway)
            let page = try await njeri.page("/admin/ways")
            #expect(page.contains("Broken Till is offered, and its program does not work"))
            #expect(page.contains("ended in the last hour") && page.contains("ended by itself with code 3"))
            #expect(!page.contains("key-0123456789") && !page.contains("0712345678"))
            #expect(try await njeri.page("/admin").contains("its program does not work"))
            let swahili = try await njeri.page("/admin/ways?lang=sw")
            #expect(swahili.contains("programu yake haifanyi kazi"))
            // Not offered, its state is nobody's trouble.
            _ = try await njeri.press("/admin/ways/broken/offer", on: "/admin/ways", [("do", "stop")])
            #expect(try await !njeri.page("/admin").contains("its program does not work"))
        }
    }

    @Test("A way to pay that is gone stands in the list, and whether that leaves something open")
    func gone() async throws {
        try await PluginsGone.open(.sqlite) { shop, folder in
            _ = try await PluginsGone.begin(shop)
            try await shop.shop.runDueWork()
            try await folder.put(false, in: shop)
            let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
            let first = try await njeri.page("/admin/ways")
            #expect(first.contains("Barter House") && first.contains("its payments stay in the books"))
            shop.clock.advance(seconds: 20)
            try await shop.shop.runDueWork()
            #expect(try await njeri.page("/admin/ways").contains("payments that it began are not ended"))
        }
    }
}
