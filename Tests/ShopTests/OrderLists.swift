import Checkout
import Commerce
import Cryptography
import Database
import DukaTesting
import Foundation
import HTTPClient
import ManyOrders
import PaymentKit
import Storage
import Testing

/// The desk's list of orders: each filter, each search, page by page, and as a file.
@Suite struct OrderLists {
    private static let keys: [(id: UInt8, key: [UInt8])] = [(id: 1, key: Array(repeating: 7, count: 32))]

    /// A shop with many orders, and all of them as they are.
    static func open(
        _ engine: SQLDatabase.Engine, orders count: Int = 3_000,
        _ body: (TestShop, [OrderSummary]) async throws -> Void
    ) async throws {
        try await TestShop.open(engine) { shop in
            let many = try ManyOrders(
                keys: KeyRing(keys: keys), end: shop.clock.now.adding(seconds: -7_200), over: 100 * 86_400)
            try await many.write(count, to: shop.database)
            let all = try await everything(shop, OrderFilter(limit: 500))
            #expect(all.count == count)
            try await body(shop, all)
        }
    }

    /// All pages, one after the other.
    private static func everything(_ shop: TestShop, _ filter: OrderFilter) async throws -> [OrderSummary] {
        var (filter, all): (OrderFilter, [OrderSummary]) = (filter, [])
        while true {
            let page = try await shop.shop.listOrders(filter)
            #expect(page.orders.count <= filter.limit)
            all += page.orders
            guard let next = page.next else { return all }
            filter.olderThan = next
        }
    }

    private static func between(_ least: Int64?, _ most: Int64?) -> (inout OrderFilter) -> Void {
        return { filter in
            filter.least = least.map { Money(whole: $0, .kes) }
            filter.most = most.map { Money(whole: $0, .kes) }
        }
    }

    private typealias Case = (String, (inout OrderFilter) -> Void, (OrderSummary) -> Bool)

    private static func cases(day: Timestamp, phone: PhoneNumber, total: Money) -> [Case] {
        let name = NameWords("wanj")
        return [
            ("status", { $0.status = .expired }, { $0.order.status == .expired }),
            ("status paid", { $0.status = .paid }, { $0.order.status == .paid }),
            ("prompt", { $0.prompt = .cancelled }, { $0.latest?.state.name == "cancelled" }),
            ("prompt failed", { $0.prompt = .failed }, { $0.latest?.state.name == "failed" }),
            ("provider", { $0.provider = "other" }, { $0.instance == "other" }),
            ("provider of most", { $0.provider = "mpesa" }, { $0.instance == "mpesa" }),
            ("flag", { $0.flag = .late }, { $0.order.flags.contains(.late) }),
            ("flag of some", { $0.flag = .manualReview }, { $0.order.flags.contains(.manualReview) }),
            ("person", { $0.needsPerson = true }, { !$0.items.isEmpty }),
            ("from", { $0.from = day }, { $0.order.placedAt >= day }),
            ("to", { $0.to = day }, { $0.order.placedAt < day }),
            ("least", Self.between(20_000, nil), { $0.order.total.minor >= 2_000_000 }),
            ("most", Self.between(nil, 300), { $0.order.total.minor <= 30_000 }),
            (
                "between", Self.between(1_000, 2_000),
                { (100_000...200_000).contains($0.order.total.minor) }
            ),
            ("exactly", { ($0.least, $0.most) = (total, total) }, { $0.order.total == total }),
            ("turned around", Self.between(2_000, 1_000), { $0.order.total.minor == 200_000 }),
            ("phone", { $0.phone = phone }, { $0.contact.phone == phone }),
            ("name", { $0.name = name }, { name.areFound(in: NameWords($0.contact.name)) }),
            (
                "two names", { $0.name = NameWords("mary ali") },
                { NameWords("mary ali").areFound(in: NameWords($0.contact.name)) }
            ),
            (
                "together",
                {
                    ($0.status, $0.prompt, $0.provider) = (.paid, .paid, "mpesa")
                    ($0.from, $0.least) = (day, Money(whole: 1_000, .kes))
                },
                {
                    $0.order.status == .paid && $0.instance == "mpesa" && $0.order.placedAt >= day
                        && $0.order.total.minor >= 100_000
                }
            ),
            (
                "name and flag", { ($0.name, $0.flag) = (name, .late) },
                { name.areFound(in: NameWords($0.contact.name)) && $0.order.flags.contains(.late) }
            ),
            (
                "what nothing fits", { ($0.status, $0.prompt) = (.paid, .cancelled) }, { _ in false }
            ),
        ]
    }

    @Test(
        "Each filter, and filters together, show exactly the orders that fit, newest first",
        arguments: TestDatabase.engines)
    func filters(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, all in
            let day = all[1_500].order.placedAt
            let phone = try #require(all[700].contact.phone)
            let total = all[40].order.total
            let cases = Self.cases(day: day, phone: phone, total: total)
            for (what, change, fits) in cases {
                for limit in [7, 50] where limit == 50 || all.count(where: fits) < 400 {
                    var filter = OrderFilter(limit: limit)
                    change(&filter)
                    let found = try await Self.everything(shop, filter).map(\.order.number)
                    #expect(found == all.filter(fits).map(\.order.number), "\(what), \(limit) a page")
                }
            }
        }
    }

    @Test("What is rare among many is found by going on, and each page looks at so many and no more")
    func farAway() async throws {
        try await Self.open(.sqlite, orders: 500) { shop, all in
            let found = try await shop.database.read { [vault = shop.vault] reading in
                var filter = OrderFilter(limit: 10)
                filter.status = .paid
                filter.least = Money(minor: 1, .kes)
                filter.provider = "mpesa"
                var steps = 0
                var (start, orders): (ID<Order>?, [ID<Order>]) = (nil, [])
                repeat {
                    let part = try reading.find(filter, after: start, atMost: 10_000, looks: 50, vault)
                    orders += part.orders
                    start = part.next
                    steps += 1
                } while start != nil
                return (orders, steps)
            }
            let fitting = all.filter { $0.order.status == .paid && $0.instance == "mpesa" }
            #expect(found.0 == fitting.map(\.order.id))
            #expect(found.1 >= all.count(where: { $0.order.status == .paid }) / 50)
        }
    }

    @Test("Names are noted when orders are placed, and for orders from before that", arguments: TestDatabase.engines)
    func olderNames(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.runsJobs = false
        try await TestShop.open(engine, options) { shop in
            let many = try ManyOrders(
                keys: KeyRing(keys: Self.keys), end: shop.clock.now.adding(seconds: -7_200), over: 86_400)
            try await many.write(600, to: shop.database)
            // As an older program left them.
            try await shop.database.transaction { _ = try $0.execute("DELETE FROM order_words WHERE 1 = 1") }
            let path = try await shop.buy(phone: "0722000111")
            let placed = try await shop.order(path).number
            func found(_ text: String) async throws -> Int {
                var filter = OrderFilter(limit: 700)
                filter.name = NameWords(text)
                return try await shop.shop.listOrders(filter).orders.count
            }
            let all = try await shop.shop.listOrders(OrderFilter(limit: 700)).orders
            let wanted = all.count { NameWords("ach").areFound(in: NameWords($0.contact.name)) }
            #expect(try await found("asha wanjiru") == 1, "of \(placed), which was placed here")
            #expect(try await found("ach") == 0)
            #expect(try await shop.shop.namesMissing() != nil)
            try await shop.shop.noteOlderNames()
            #expect(try await shop.shop.namesMissing() == nil)
            #expect(wanted > 0)
            #expect(try await found("ach") == wanted)
            // Again, as another node might: nothing is there twice.
            try await shop.database.transaction {
                _ = try $0.execute("DELETE FROM shop_settings WHERE name = 'names noted'")
            }
            try await shop.shop.noteOlderNames()
            #expect(try await found("ach") == wanted)
        }
    }

    @Test("Staff find orders by number, phone, receipt and name; who sees names shortened finds none by trying")
    func searching() async throws {
        try await TestShop.open(.sqlite) { shop in
            shop.daraja.choose(try shop.story("success"))
            let path = try await shop.buy(phone: "0712345678")
            let receipt = try #require(try await shop.status(path) { $0.receipt != nil }.receipt)
            let number = try await shop.order(path).number.text
            let other = try await shop.buy(phone: "0722000111")
            try await shop.status(other) { $0.state == "paid" }
            let manager = try await TestStaff.join(shop, "manager", as: .manager)
            let viewer = try await TestStaff.join(shop, "viewer", as: .viewer)
            func leads(_ staff: TestStaff, _ text: String) async throws -> String? {
                try await staff.get("/admin/orders?q=\(TestShop.encoded(text))").header("location")
            }
            for text in [number, number.lowercased(), "0712 345 678", "+254712345678", receipt, receipt.lowercased()] {
                #expect(try await leads(manager, text) == "/admin/orders/\(number)", "\(text)")
            }
            #expect(try await leads(viewer, number) == "/admin/orders/\(number)")
            for text in ["Wanjiru", "wanj", "ASHA"] {
                let page = try await manager.page("/admin/orders?q=\(text)")
                #expect(page.contains("/admin/orders/\(number)\""), "\(text)")
                #expect(try await viewer.page("/admin/orders?q=\(text)").contains("Nothing found"), "\(text)")
            }
            for text in ["0712345678", "xyz", "%25", "wa"] {
                #expect(try await viewer.page("/admin/orders?q=\(text)").contains("Nothing found"), "\(text)")
            }
            let wrong = try await manager.page("/admin/orders?least=lots&from=soon")
            #expect(wrong.contains("href=\"#least\"") && wrong.contains("href=\"#from\"") && wrong.contains("Error:"))
            #expect(wrong.contains("value=\"lots\""), "what was typed stays")
        }
    }

    @Test("A view is kept under a name, is its owner's alone, and holds nobody's number")
    func views() async throws {
        try await TestShop.open(.sqlite) { shop in
            _ = try await shop.buy()
            let amina = try await TestStaff.join(shop, "amina", as: .viewer)
            let otieno = try await TestStaff.join(shop, "otieno", as: .viewer)
            let list = "/admin/orders?status=pending&needs=me&q=0712345678&before=x&evil=1"
            func save(_ name: String, _ staff: TestStaff) async throws -> String {
                let fields = [
                    ("do", "save"), ("view", name), ("form", "view"), ("query", "status=pending&needs=me&q=1&evil=1"),
                ]
                return try await staff.follow(try await staff.press("/admin/orders/views", on: list, fields))
            }
            let offered = "name=\"query\" value=\"status=pending&amp;needs=me\""
            #expect(try await amina.page(list).contains(offered), "only what was understood, and nobody's number")
            #expect(try await save("Unpaid <b>", amina).contains("The view “Unpaid &lt;b&gt;” is kept."))
            let page = try await amina.page("/admin/orders")
            #expect(page.contains("href=\"/admin/orders?status=pending&amp;needs=me\""))
            #expect(try await !otieno.page("/admin/orders").contains("Unpaid"))
            #expect(try await save("call 0712345678", amina).contains("Leave phone numbers out"))
            #expect(try await save("  ", amina).contains("Give the view a name"))
            // Again: changed, not doubled; and there is an end of them.
            _ = try await save("Unpaid <b>", amina)
            for number in 1..<Shop.mostViews { _ = try await save("V\(number)", amina) }
            #expect(try await save("One more", amina).contains("20 views already"))
            let id = try TestShop.field("view_id", in: page)
            let stolen = try await otieno.follow(
                try await otieno.press("/admin/orders/views", on: "/admin/orders", [("do", "remove"), ("view_id", id)]))
            #expect(stolen.contains("gone already"))
            let removed = try await amina.follow(
                try await amina.press("/admin/orders/views", on: "/admin/orders", [("do", "remove"), ("view_id", id)]))
            #expect(removed.contains("is taken away"))
            #expect(try await !amina.page("/admin/orders").contains("Unpaid"))
        }
    }

    // MARK: As a file

    @Test(
        "The file has every order that fits, as spreadsheets read it, and the trail says who took it",
        arguments: TestDatabase.engines)
    func file(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine, orders: 1_200) { shop, all in
            _ = try await shop.checkOut(phone: "0722000111", name: "=HYPERLINK(\"x\"), \"Asha\"")
            let manager = try await TestStaff.join(shop, "manager", as: .manager)
            let answer = try await manager.get("/admin/orders.csv?status=paid")
            #expect(answer.header("content-type") == "text/csv; charset=utf-8")
            #expect(answer.header("content-disposition")?.contains("attachment; filename=\"orders-") == true)
            #expect(answer.header("cache-control") == "no-store")
            #expect(answer.body.prefix(3) == [0xEF, 0xBB, 0xBF])
            let lines = String(decoding: answer.body.dropFirst(3), as: UTF8.self).split(separator: "\r\n")
            let paid = all.filter { $0.order.status == .paid }
            #expect(lines.count == paid.count + 1)
            #expect(lines.dropFirst().map { String($0.prefix(8)) } == paid.map(\.order.number.text))
            let first = try #require(paid.first)
            let cells = lines[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            let at = first.order.placedAt.eastAfrica
            #expect(cells[1] == "\(at.isoDate) \(at.clockWithSeconds)")
            #expect(cells[3] == first.order.total.decimalText && cells[9] == first.contact.phone?.local)
            let whole = String(
                decoding: try await manager.get("/admin/orders.csv?q=0722000111").body, as: UTF8.self)
            #expect(whole.contains(",\"'=HYPERLINK(\"\"x\"\"), \"\"Asha\"\"\","), "\(whole)")
            let trail = try await shop.shop.auditTrail(about: "orders.csv")
            #expect(trail.map(\.entry.detail) == ["with a search", "status=paid"])
            #expect(trail.allSatisfy { $0.entry.staff == "manager" })
            let viewer = try await TestStaff.join(shop, "viewer", as: .viewer)
            #expect(try await viewer.get("/admin/orders.csv").status == 403)
            #expect(try await !viewer.page("/admin/orders").contains("orders.csv"))
        }
    }
}
