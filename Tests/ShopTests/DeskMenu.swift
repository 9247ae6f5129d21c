import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import Testing

/// The desk's menu, and what can be reached from it.
@Suite struct DeskMenu {
    /// Where the links of a part of a page lead within the desk, without what is asked for there.
    private static func links(in part: Substring) throws -> Set<String> {
        let pattern = try Regex(#"href="(/admin[^"?#]*)"#)
        return Set(part.matches(of: pattern).compactMap { $0.output[1].substring.map(String.init) })
    }

    private static func menu(of page: String) throws -> Substring {
        let start = try #require(page.range(of: "<nav class=\"tabs\""))
        let end = try #require(page.range(of: "</nav>", range: start.upperBound..<page.endIndex))
        return page[start.upperBound..<end.lowerBound]
    }

    /// The line of the table of rights that an address belongs to; the longest that fits.
    private static func pattern(of path: String) -> String? {
        let parts = path.split(separator: "/")
        let fitting = DeskRights.matrix.filter { $0.method == "GET" }.map(\.path).filter { pattern in
            let wanted = pattern.split(separator: "/")
            return wanted.count == parts.count && zip(wanted, parts).allSatisfy { $0.hasPrefix(":") || $0 == $1 }
        }
        return fitting.first { !$0.contains(":") } ?? fitting.first
    }

    @Test(
        "By the menu and the links behind it everybody reaches each page that is theirs, and is led to no other",
        arguments: StaffRole.allCases)
    func everyPage(_ role: StaffRole) async throws {
        try await TestShop.open(.sqlite) { shop in
            _ = try await shop.buy()
            let statement = Array("Receipt No.,Completion Time,Paid In,Withdrawn,Balance\r\nX,Y,Z\r\n".utf8)
            let comparison = try await shop.shop.takeStatement(statement, called: "x.csv", of: "mpesa", by: "test")
            try await shop.eventually("it is read") {
                try await shop.shop.comparison(comparison)?.state.isOpen == false
            }
            _ = try await shop.shop.addWebhook(named: "Books", at: "https://books.example/in", by: "test")
            let staff = try await TestStaff.join(shop, "somebody", as: role)
            let start = try await staff.page("/admin")
            let menu = try Self.links(in: try Self.menu(of: start))
            #expect(menu.contains("/admin") && menu.contains("/admin/me"))

            var known = menu
            var ahead = menu.sorted()
            var reached: Set<String> = []
            while let path = ahead.popLast() {
                let answer = try await staff.get(path)
                #expect(answer.status == 200, "\(role.rawValue) is led to \(path)")
                if let pattern = Self.pattern(of: path) { reached.insert(pattern) }
                guard answer.header("content-type")?.hasPrefix("text/html") == true else { continue }
                let page = String(decoding: answer.body, as: UTF8.self)
                #expect(try Self.links(in: try Self.menu(of: page)) == menu, "the menu of \(path)")
                let found = try Self.links(in: page[...]).subtracting(known)
                known.formUnion(found)
                ahead += found.sorted()
            }
            let theirs = DeskRights.matrix.filter { $0.method == "GET" && $0.roles.contains(role) }.map(\.path)
            #expect(reached.sorted() == theirs.sorted())
        }
    }

    @Test("The menu says where one is, also on a page that stands under another's tab")
    func here() async throws {
        try await TestShop.open(.sqlite) { shop in
            let order = try await shop.order(try await shop.buy()).number.text
            let staff = try await TestStaff.join(shop, "njeri", as: .owner)
            for (path, tab) in [
                ("/admin", "/admin"), ("/admin/orders", "/admin/orders"), ("/admin/orders/\(order)", "/admin/orders"),
                ("/admin/payouts", "/admin/money"), ("/admin/jobs", "/admin/messages"), ("/admin/me", "/admin/me"),
                ("/admin/goods/mug", "/admin/goods"), ("/admin/setup", "/admin/settings"),
                ("/admin/ways", "/admin/settings"), ("/admin/ways/mpesa", "/admin/settings"),
                ("/admin/webhooks", "/admin/settings"),
            ] {
                let menu = try Self.menu(of: try await staff.page(path))
                let marked = menu.split(separator: "\n").filter { $0.contains("aria-current=\"page\"") }
                #expect(try marked.map { try Self.links(in: $0) } == [[tab]], "\(path)")
            }
        }
    }

    @Test("Who comes to what is not there, or not theirs, stays at the desk with its menu")
    func astray() async throws {
        try await TestShop.open(.sqlite) { shop in
            let staff = try await TestStaff.join(shop, "vero", as: .viewer)
            for (path, status, heading) in [
                ("/admin/orders/AAAAAAAA", 404, "There is no such order"),
                ("/admin/staff", 403, "This is not yours to do"),
            ] {
                let answer = try await staff.get(path)
                let page = String(decoding: answer.body, as: UTF8.self)
                #expect(answer.status == status && page.contains("<h1>\(heading)</h1>"), "\(path)")
                #expect(try Self.links(in: try Self.menu(of: page)).contains("/admin/orders"), "\(path)")
            }
        }
    }
}
