import Checkout
import Database
import DukaTesting
import HTTPClient
import PaymentKit
import Synchronization
import Testing

/// What a way to pay asks of customers: drawn by the shop, checked by the shop, kept by the shop.
@Suite struct CheckoutFields {
    /// Takes the money at a table of the café.
    private struct Table: PaymentPlugin {
        static let manifest = Manifest(
            id: "test.table", name: "Table Service", version: "1.0.0", summary: "The waiter brings the bill.",
            currencies: [.kes], maximum: Money(whole: 700, .kes),
            form: [
                FieldSpec(
                    "table", "Table number", help: "It stands on the table.", kind: .integer, length: 1...3,
                    translations: ["sw": FieldWords("Nambari ya meza", help: "Iko juu ya meza.")]),
                FieldSpec("seat", "Seat", kind: .choice(["window", "garden"]), need: .never, default: "garden"),
                FieldSpec("wish", "Wish", need: .never, length: 1...40),
                FieldSpec("phone", "Phone", kind: .phone),
            ])
        let seen: Seen

        init(_ seen: Seen) { self.seen = seen }
        init(_ setup: Setup) throws { throw PaymentError.unsupported("made by tests only") }

        func start(_ request: StartRequest, _ call: Call) async throws -> Started {
            seen.note(request.form)
            return Started(.pending, references: [Reference("bill", call.ticket.value)])
        }
    }

    /// What the plugin was given.
    final class Seen: Sendable {
        private let forms = Mutex<[[String: String]]>([])
        fileprivate func note(_ form: FieldValues) {
            forms.withLock { forms in
                forms.append(
                    ["table": form["table"], "seat": form["seat"], "wish": form["wish"], "phone": form["phone"]]
                        .compactMapValues { $0 })
            }
        }
        var all: [[String: String]] { forms.withLock { $0 } }
    }

    static func open(_ engine: SQLDatabase.Engine, _ body: (TestShop, Seen) async throws -> Void) async throws {
        let seen = Seen()
        var options = TestShop.Options()
        options.moreProviders = [Shop.Provider(name: "table", Abilities(of: Table(seen)))]
        try await TestShop.open(engine, options) { shop in try await body(shop, seen) }
    }

    @Test(
        "Each way's fields stand under it, in both languages, and no script is needed", arguments: TestDatabase.engines)
    func drawn(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, _ in
            let page = try await shop.page("/checkout?c=mug:1")
            #expect(page.contains("<label for=\"way-table-table\">Table number</label>"))
            #expect(page.contains("It stands on the table.") && page.contains("Wish (optional)"))
            #expect(page.contains("<option value=\"garden\" selected>") && page.contains("<option value=\"window\">"))
            #expect(!page.contains("way-table-phone"), "the checkout's own field gives the number")
            let swahili = try await shop.page("/checkout?c=mug:1&lang=sw")
            #expect(swahili.contains("Nambari ya meza") && swahili.contains("Iko juu ya meza."))
        }
    }

    @Test(
        "What was typed is kept when another way is chosen and when a mistake sends the form back",
        arguments: TestDatabase.engines)
    func kept(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, seen in
            let answer = try await shop.checkOut(
                phone: "0712345678", name: "", provider: "mpesa",
                more: [("way-table-table", "17"), ("way-table-wish", "quiet <b>corner</b>")])
            let again = try await shop.formAgain(answer)
            #expect(again.contains("value=\"17\"") && again.contains("value=\"mpesa\" checked"))
            #expect(again.contains("quiet &lt;b&gt;corner&lt;/b&gt;"))
            #expect(seen.all.isEmpty && shop.pushes.isEmpty)
        }
    }

    @Test(
        "A field that is missing or wrong is told beside it, in its own words, and nothing begins",
        arguments: TestDatabase.engines)
    func checked(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, seen in
            let missing = try await shop.formAgain(try await shop.checkOut(phone: "0712345678", provider: "table"))
            #expect(missing.contains("Fill in: Table number") && missing.contains("href=\"#way-table-table\""))
            for wrong in ["seven", "1234", String(repeating: "9", count: 400)] {
                let answer = try await shop.checkOut(
                    phone: "0712345678", provider: "table", more: [("way-table-table", wrong)])
                #expect(try await shop.formAgain(answer).contains("This does not fit: Table number"))
            }
            let answer = try await shop.checkOut(
                phone: "0712345678", provider: "table", more: [("way-table-table", "7"), ("way-table-seat", "roof")])
            #expect(try await shop.formAgain(answer).contains("This does not fit: Seat"))
            #expect(seen.all.isEmpty)
        }
    }

    @Test("The plugin gets what was filled in, also when the customer pays again", arguments: TestDatabase.engines)
    func given(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, seen in
            let answer = try await shop.checkOut(
                phone: "0712 345 678", provider: "table",
                more: [("way-table-table", " 17 "), ("way-table-seat", "window"), ("way-other-x", "1")])
            let order = try #require(answer.header("location"))
            try await shop.eventually("it was begun") { seen.all.count == 1 }
            #expect(seen.all == [["table": "17", "seat": "window", "phone": "254712345678"]])
            shop.clock.advance(seconds: 200)
            try await shop.status(order) { $0.attempt?.state == "expired" }
            _ = try await shop.retry(order, phone: "")
            try await shop.eventually("it was begun again") { seen.all.count == 2 }
            #expect(seen.all[1] == seen.all[0])
            try await shop.checkBooks(order)
        }
    }

    @Test("The ways stand in the owner's order, the first one chosen", arguments: TestDatabase.engines)
    func order(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, _ in
            func ways() async throws -> [String] {
                let page = try await shop.page("/checkout?c=mug:1")
                return page.matches(of: /name="provider" value="([a-z]+)"( checked)?/).map {
                    String($0.1) + ($0.2 == nil ? "" : " chosen")
                }
            }
            #expect(try await ways() == ["mpesa chosen", "table"])
            let owner = try await TestStaff.join(shop, "njeri", as: .owner)
            let desk = "/admin/ways"
            func save(_ ways: String) async throws -> String {
                let mark = try TestShop.field("mark", in: try await owner.page(desk))
                return try await owner.follow(
                    try await owner.press(
                        "/admin/settings", on: desk, [("form", "ways-order"), ("mark", mark), ("ways", ways)]))
            }
            #expect(try await owner.page(desk).contains(">mpesa\ntable</textarea>"))
            let wrong = try await save("table; mpesa!")
            #expect(wrong.contains("one in each line, none twice") && wrong.contains(">table; mpesa!</textarea>"))
            #expect(try await save("Table\r\ngone").contains("Ways to pay, first to last"))
            #expect(try await ways() == ["table chosen", "mpesa"])
            #expect(shop.shop.setting(.ways).value == "table\nmpesa")
            await #expect(throws: SettingsRefusal.value(.ways)) { try await shop.shop.set([.ways: "table; mpesa!"]) }
            await #expect(throws: SettingsRefusal.value(.ways)) { try await shop.shop.set([.ways: "table,table"]) }
            try await shop.shop.set([.ways: ""])
            #expect(try await ways() == ["mpesa chosen", "table"])
        }
    }

    @Test("Only ways that take the basket's amount are offered, and the others cannot be forced")
    func limits() async throws {
        try await Self.open(.sqlite) { shop, seen in
            let small = try await shop.page("/checkout?c=mug:2")
            let large = try await shop.page("/checkout?c=mug:3")
            #expect(small.contains("value=\"table\"") && !large.contains("Table Service"))
            #expect(large.contains("M-PESA phone number"), "with one way left its own words are used")
            let answer = try await shop.checkOut(
                phone: "0712345678", cart: "mug:3", provider: "table", more: [("way-table-table", "7")])
            #expect(!answer.leadsToOrder)
            #expect(seen.all.isEmpty)
        }
    }
}
