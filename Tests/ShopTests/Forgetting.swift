import Checkout
import Commerce
import Cryptography
import Database
import DukaTesting
import Foundation
import HTTPClient
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// People's data goes when it is not needed any more, or when they ask; the books stay as they are.
@Suite struct Forgetting {
    private static let phone = "0712345678"

    private static func number(_ text: String = phone) throws -> PhoneNumber { try PhoneNumber(text) }

    /// A paid order, handed over, with everything asked and told.
    static func settled(_ shop: TestShop, phone: String = phone) async throws -> (path: String, Order) {
        shop.daraja.choose(try shop.story("success"))
        let path = try await shop.checkOut(phone: phone, delivery: "rider").header("location")
        let order = try #require(path)
        try await shop.status(order) { $0.state == "paid" && $0.receipt != nil }
        try await shop.shop.handOver(try await shop.order(order).number, by: "test")
        // The last jobs about it come to their end.
        shop.clock.advance(seconds: 3 * 86_400)
        try await isLeftAlone(try await shop.order(order).id, shop)
        return (order, try await shop.order(order))
    }

    private static func isLeftAlone(_ order: ID<Order>, _ shop: TestShop) async throws {
        try await shop.eventually("nothing is asked about it any more") {
            try await shop.database.read {
                try $0.first("SELECT COUNT(*) FROM jobs WHERE order_id = \(order.text)")?.int(0)
            } == 0
        }
    }

    /// Every column that may hold something of people, for an order: how many of them still do.
    private static func traces(_ shop: TestShop, of order: Order) async throws -> Int {
        let tables: [SQL] = [
            """
            SELECT COUNT(*) FROM orders WHERE id = \(order.id.text) AND (LENGTH(name_sealed) > 0
                OR LENGTH(phone_sealed) > 0 OR LENGTH(phone_index) > 0 OR email_sealed IS NOT NULL
                OR place_sealed IS NOT NULL)
            """,
            """
            SELECT COUNT(*) FROM attempts
            WHERE order_id = \(order.id.text) AND (LENGTH(phone_sealed) > 0 OR LENGTH(phone_index) > 0)
            """,
            "SELECT COUNT(*) FROM order_payers WHERE order_id = \(order.id.text)",
            "SELECT COUNT(*) FROM order_words WHERE order_id = \(order.id.text)",
            """
            SELECT COUNT(*) FROM captures WHERE order_id = \(order.id.text)
                AND (payer_sealed IS NOT NULL OR account_sealed IS NOT NULL OR payer_key IS NOT NULL)
            """,
            "SELECT COUNT(*) FROM notices WHERE order_id = \(order.id.text) AND recipient_sealed IS NOT NULL",
            "SELECT COUNT(*) FROM refunds WHERE order_id = \(order.id.text) AND payee_sealed IS NOT NULL",
            """
            SELECT COUNT(*) FROM attempt_references r JOIN attempts a ON a.ticket = r.ticket
            WHERE a.order_id = \(order.id.text)
            """,
            "SELECT COUNT(*) FROM inbox i JOIN attempts a ON a.ticket = i.ticket WHERE a.order_id = \(order.id.text)",
        ]
        return try await shop.database.read { reading in
            try tables.reduce(0) { $0 + (try reading.first($1)?.int(0) ?? 0) }
        }
    }

    private static func money(_ shop: TestShop) async throws -> [String] {
        try await shop.database.read { reading in
            try reading.query("SELECT entry_id, line, account, side, amount_minor, order_id FROM ledger ORDER BY 1, 2")
                .map { "\($0.values)" }
                + reading.query("SELECT id, receipt, amount_minor, returned_minor, order_id FROM captures ORDER BY id")
                .map { "\($0.values)" }
        }
    }

    @Test(
        "A half-year after an order's end its people are forgotten, after three months messages are; money stays",
        arguments: TestDatabase.engines)
    func retention(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let (path, order) = try await Self.settled(shop)
            let books = try await Self.money(shop)
            func messages() async throws -> Int {
                try await shop.database.read { try $0.first("SELECT COUNT(*) FROM inbox")?.int(0) ?? 0 }
            }
            #expect(try await messages() > 0)
            #expect(try await Self.traces(shop, of: order) > 5)
            shop.clock.advance(seconds: 86 * 86_400)
            #expect(try await shop.shop.forgetOld() == Forgotten())
            shop.clock.advance(seconds: 5 * 86_400)
            #expect(try await shop.shop.forgetOld().messages > 0)
            #expect(try await messages() == 0)
            shop.clock.advance(seconds: (180 - 94) * 86_400 - 3_600)
            #expect(try await shop.shop.forgetOld().orders == 0, "a moment before its time")
            shop.clock.advance(seconds: 7_200)
            #expect(try await shop.shop.forgetOld().orders == 1)
            #expect(try await Self.traces(shop, of: order) == 0)
            #expect(try await shop.shop.forgetOld() == Forgotten(), "once")
            #expect(try await Self.money(shop) == books)
            // Its pages still say what was bought, for whoever has the link, and name nobody.
            let page = try await shop.page(path)
            #expect(page.contains(order.number.text) && !page.contains("Kilimani") && !page.contains("678"))
            #expect(try await shop.send("GET", "\(path)/receipt").status == 200)
            let owner = try await TestStaff.join(shop, "njeri", as: .owner)
            let desk = try await owner.page("/admin/orders/\(order.number.text)")
            #expect(desk.contains("removed") && !desk.contains("Wanjiru"))
            #expect(try await owner.page("/admin/orders").contains("removed"))
            #expect(try await owner.get("/admin/orders.csv").status == 200)
        }
    }

    @Test("What was noted under an older key is forgotten with it", arguments: TestDatabase.engines)
    func olderKey(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let (_, order) = try await Self.settled(shop)
            let newer = Vault(
                try KeyRing(keys: [
                    (id: 2, key: Array(repeating: 8, count: 32)), (id: 1, key: Array(repeating: 7, count: 32)),
                ]))
            let phone = try Self.number()
            func payers() async throws -> Int {
                try await shop.database.read { try $0.first("SELECT COUNT(*) FROM order_payers")?.int(0) ?? 0 }
            }
            let ticket = try #require(
                try await shop.database.read { try $0.attempts(of: order.id, newer).first?.ticket })
            #expect(try await payers() > 0)
            try await shop.database.transaction {
                try $0.forgetPhone(ofPrompt: ticket, of: order.id, phone, newer)
            }
            #expect(try await payers() == 0)
            try await shop.database.transaction { [now = shop.clock.now] transaction in
                try transaction.forgetPeople(of: order, because: "asked", newer, at: now)
            }
            #expect(try await Self.traces(shop, of: order) == 0)
        }
    }

    @Test("Orders with open money keep their people until it is settled", arguments: TestDatabase.engines)
    func openMoney(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let (path, order) = try await Self.settled(shop)
            let refund = try await shop.shop.requestRefund(
                RefundRequest(order: order.number, way: .reversal, reason: "broken", by: "Asha"))
            shop.clock.advance(seconds: 400 * 86_400)
            #expect(try await shop.shop.forgetOld().orders == 0)
            let wish = try await shop.shop.forget(try Self.number(), by: "njeri", because: "asked")
            #expect(wish.orders.isEmpty)
            #expect(wish.waiting.map(\.what) == [order.number.text])
            #expect(wish.waiting[0].reasons.contains(.refundIsOpen))
            #expect(try await Self.traces(shop, of: order) > 5)
            try await shop.shop.forgetWhatWaits()
            #expect(try await Self.traces(shop, of: order) > 5)
            // Once it is decided they are forgotten by themselves.
            _ = try await shop.shop.rejectRefund(refund.ticket, by: "Njeri", reason: "kept")
            try await shop.shop.forgetWhatWaits()
            #expect(try await Self.traces(shop, of: order) == 0)
            #expect(try await shop.status(path).state == "paid")
        }
    }

    @Test("An unpaid order, a live prompt and goods that are due keep their people", arguments: TestDatabase.engines)
    func stillNeeded(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("success"))
            let due = try await shop.buy()
            try await shop.status(due) { $0.state == "paid" }
            shop.daraja.choose(Story.manual)
            let live = try await shop.buy()
            try await shop.status(live) { $0.attempt?.state == "prompt_sent" }
            let names = try await [live: shop.order(live).number.text, due: shop.order(due).number.text]
            let trial = try await shop.shop.forget(try Self.number(), by: "njeri", because: "asked", isTrial: true)
            let wish = try await shop.shop.forget(try Self.number(), by: "njeri", because: "asked")
            for told in [trial, wish] {
                #expect(told.orders.isEmpty && told.messages == 0, "what was told about them goes with them")
                let reasons = Dictionary(told.waiting.map { ($0.what, $0.reasons) }, uniquingKeysWith: { a, _ in a })
                #expect(reasons[names[live] ?? ""]?.contains(.promptIsLive) == true)
                #expect(reasons[names[due] ?? ""]?.contains(.goodsAreDue) == true)
            }
            // A prompt is answered as if nobody had asked.
            #expect(try await shop.order(live).liveTicket != nil)
        }
    }

    @Test("Who asks is forgotten: the books balance, and the file has no trace of the number")
    func erasure() async throws {
        try await TestShop.open(.sqlite) { shop in
            // Neighbours, so that pages are split and rows are moved.
            for place in 0..<12 { _ = try await shop.checkOut(phone: "07220001\(10 + place)") }
            shop.daraja.choose(try shop.story("success"))
            let (_, order) = try await Self.settled(shop)
            // The number also paid for somebody else.
            let friend = try await shop.checkOut(phone: "0722000199").header("location")
            let friends = try #require(friend)
            try await shop.status(friends) { $0.state == "paid" }
            let books = try await Self.money(shop)
            let phone = try Self.number()
            let (index, vault) = (shop.vault.index(of: phone), shop.vault)
            #expect(try Self.isInFile(index, shop), "or this test sees nothing")
            let data = try await shop.shop.personalData(of: phone)
            #expect(data.purchases.map(\.order.number) == [order.number])
            #expect(data.purchases[0].contact.name == "Asha Wanjiru" && data.prompts.count == 1)
            #expect(data.payments.count == 1 && !data.messages.isEmpty)

            let erasure = try await shop.shop.forget(phone, by: "njeri", because: "asked for it")
            #expect(erasure.orders == [order.number] && erasure.waiting.isEmpty)
            #expect(try await Self.traces(shop, of: order) == 0)
            #expect(try await shop.shop.personalData(of: phone).isEmpty)
            #expect(try await Self.money(shop) == books)
            try await shop.verifyBooks()
            #expect(try !Self.isInFile(index, shop))
            for text in ["0712345678", "254712345678", "712345678", "0712 345 678", Hex.encode(index)] {
                #expect(try !Self.isInFile(Array(text.utf8), shop), "\(text)")
            }
            #expect(try !Self.isInFile(Array(Hex.encode(Array(index.prefix(16))).utf8), shop), "what was counted")
            for form in Payer.lookupForms(of: phone, sha256: { SHA256.hash($0) }).prefix(2) {
                #expect(try !Self.isInFile(vault.payerKey(form: form), shop))
            }
            let trail = try await shop.shop.auditTrail(about: "a customer")
            #expect(trail.first?.entry.detail.contains("asked for it") == true)
            #expect(trail.allSatisfy { !"\($0.entry)".contains("678") })
            #expect(try await shop.shop.forget(phone, by: "njeri", because: "again").isNothing)
        }
    }

    private static func isInFile(_ bytes: [UInt8], _ shop: TestShop) throws -> Bool {
        let path = String(shop.databaseLocation.dropFirst("sqlite:".count))
        return try ["", "-wal"].contains { end in
            guard FileManager.default.fileExists(atPath: path + end) else { return false }
            return try Data(contentsOf: URL(filePath: path + end)).range(of: Data(bytes)) != nil
        }
    }

    @Test(
        "A number that was prompted for somebody else's order goes out of that prompt alone",
        arguments: TestDatabase.engines)
    func prompted(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("cancelled"))
            let path = try await shop.buy(phone: "0722000111")
            try await shop.status(path) { $0.attempt?.state == "cancelled" }
            shop.daraja.choose(try shop.story("success"))
            _ = try await shop.retry(path, phone: Self.phone)
            try await shop.status(path) { $0.state == "paid" }
            let order = try await shop.order(path)
            try await shop.shop.handOver(order.number, by: "test")
            shop.clock.advance(seconds: 3 * 86_400)
            try await Self.isLeftAlone(order.id, shop)
            let erasure = try await shop.shop.forget(try Self.number(), by: "njeri", because: "asked")
            #expect(erasure.prompts == 1 && erasure.orders.isEmpty && erasure.waiting.isEmpty)
            let file = try #require(try await shop.shop.orderFile(order.number))
            #expect(file.contact.phone == (try PhoneNumber("0722000111")) && file.contact.name == "Asha Wanjiru")
            #expect(file.attempts.map { $0.phone?.ending } == ["111", nil])
            #expect(try await shop.shop.personalData(of: try Self.number()).isEmpty)
        }
    }

    @Test("What comes for an order afterwards is forgotten again when its time comes")
    func again() async throws {
        try await TestShop.open(.sqlite) { shop in
            let (_, order) = try await Self.settled(shop)
            shop.clock.advance(seconds: 200 * 86_400)
            #expect(try await shop.shop.forgetOld().orders == 1)
            try await shop.shop.addNote(order.number, "they came back", by: "amina")
            #expect(try await shop.shop.forgetOld().orders == 0)
            shop.clock.advance(seconds: 181 * 86_400)
            #expect(try await shop.shop.forgetOld().orders == 1)
        }
    }

    @Test("The owner gives out and forgets at the desk, with the password, a reason and without a trace of the number")
    func desk() async throws {
        try await TestShop.open(.sqlite) { shop in
            let (_, order) = try await Self.settled(shop)
            let owner = try await TestStaff.join(shop, "njeri", as: .owner)
            let desk = "/admin/privacy"
            func press(_ verb: String, _ fields: [(String, String)]) async throws -> OutboundResponse {
                try await owner.press("\(desk)/\(verb)", on: desk, [("form", verb)] + fields)
            }
            let file = try await press("export", [("person", Self.phone)])
            #expect(file.header("content-disposition")?.contains("attachment") == true)
            let text = String(decoding: file.body, as: UTF8.self)
            #expect(text.contains("Asha Wanjiru") && text.contains("+254712345678") && text.contains(order.number.text))
            #expect(try await owner.follow(press("export", [("person", "12")])).contains("too short"))
            #expect(try await owner.follow(press("export", [("person", "0722999999")])).contains("knows nothing"))

            let all = [("person", Self.phone), ("reason", "asked"), ("sure", "1")]
            func erased() async throws -> Bool { try await Self.traces(shop, of: order) == 0 }
            #expect(try await owner.follow(press("erase", [all[0], all[1]])).contains("cannot be taken back"))
            #expect(try await owner.follow(press("erase", [all[0], all[2]])).contains("Say why"))
            let told = try await owner.follow(press("erase", [all[0], all[2], ("reason", "from 0712345678")]))
            #expect(told.contains("Leave phone numbers out"))
            shop.clock.advance(seconds: 601)
            #expect(try await owner.follow(press("erase", all)).contains("Type your password"))
            #expect(try await !erased())
            let done = try await owner.follow(press("erase", all + [("password", TestStaff.password)]))
            #expect(done.contains("Forgotten: 1 orders"))
            #expect(try await erased())
            let trail = try await owner.page("/admin/trail")
            #expect(
                trail.contains("person forgotten") && trail.contains("person exported") && !trail.contains("12345678"))
        }
    }

    @Test("The commands export and erase, and say what waits", arguments: TestDatabase.engines)
    func commands(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let (_, order) = try await Self.settled(shop)
            let phone = ["--phone", Self.phone]
            func run(_ words: [String]) async throws -> OperatorCommands.Ended {
                let ended = try await OperatorCommands.runAll(shop, ["privacy"] + words)
                #expect(ended.code == 0, "\(words): \(ended.remarks)")
                return ended
            }
            let export = try await run(["export", "--json", "--by", "njeri"] + phone)
            #expect(export.json.count == 1 && (export.json[0]["orders"] as? [Any])?.count == 1)
            #expect(try await run(["export", "--by", "njeri"] + phone).output.contains("Asha Wanjiru"))
            #expect(
                try await run(["erase", "--dry-run", "--by", "njeri"] + phone).output.contains("Would be forgotten: 1"))
            #expect(try await Self.traces(shop, of: order) > 5)
            let erased = try await run(["erase", "--json", "--by", "njeri"] + phone)
            #expect(erased.json.first?["orders"] as? [String] == [order.number.text])
            #expect(try await Self.traces(shop, of: order) == 0)
            #expect(try await run(["erase", "--by", "njeri"] + phone).output.contains("Nothing is known"))
            let list = try await OperatorCommands.runAll(shop, ["orders", "list", "--show-numbers"])
            #expect(list.output.contains("removed"))
            let wrong = try await OperatorCommands.runAll(shop, ["privacy", "erase", "--phone", "12"])
            #expect(wrong.code == 1 && wrong.remarks.contains("no Kenyan mobile number"))
        }
    }
}
