@testable import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// The desk's pages about the books and the provider: comparing, statements, charges, balances, payouts.
@Suite struct DeskMoney {
    /// A statement as the provider's portal writes it.
    private static func statement(_ rows: [String]) -> [UInt8] {
        let header =
            "Receipt No.,Completion Time,Details,Transaction Status,Paid In,Withdrawn,Balance,Reason Type,"
            + "Other Party Info,Linked Transaction ID,A/C No."
        return Array(([header] + rows).map { $0 + "\r\n" }.joined().utf8)
    }

    private static func row(
        _ receipt: String, _ at: Timestamp, paidIn: String = "", withdrawn: String = "", reason: String = "Pay Bill",
        account: String = ""
    ) -> String {
        let at = at.eastAfrica
        return "\(receipt),\(at.isoDate) \(at.clockWithSeconds),,Completed,\(paidIn),\(withdrawn),,\(reason),"
            + "254712345678 - ASHA,,\(account)"
    }

    private static func upload(_ file: [UInt8], _ staff: TestStaff, called name: String = "october.csv") async throws
        -> String
    {
        try await staff.follow(
            try await staff.upload(
                file, called: name, to: "/admin/statements", [("provider", "mpesa"), ("form", "statement")]))
    }

    private static func newest(_ shop: TestShop) async throws -> Comparison {
        try await shop.eventually("it is compared") {
            try await shop.shop.comparisons().first?.state.isOpen == false
        }
        return try #require(try await shop.shop.comparisons().first)
    }

    private static func captured(_ shop: TestShop) async throws -> [Int64] {
        try await shop.database.read {
            [try $0.balance(of: .providerClearing), Int64(try $0.unmatchedMoney(atMost: 9).count)]
        }
    }

    @Test(
        "A statement is read at the desk: what is new is counted once, whatever is read again",
        arguments: TestDatabase.engines)
    func statementTwice(_ engine: SQLDatabase.Engine) async throws {
        try await RefundStories.open(engine) { shop, path, number in
            let capture = try #require(try await shop.captures(path).first)
            let receipt = try #require(capture.receipt)
            let at = try #require(capture.providerAt)
            let file = Self.statement([
                Self.row(receipt, at, paidIn: "1000.00", account: number.text),
                Self.row(receipt, at, withdrawn: "-5.00", reason: "Pay Bill Charge"),
                Self.row("UKA1AAAAAA", at.adding(seconds: 60), paidIn: "300.00", account: "nobody"),
            ])
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let kept = try await Self.upload(file, amina, called: "C:\\papers\\october 0712345678.csv")
            #expect(kept.contains("october •••.csv is kept") && !kept.contains("0712345678"))
            let first = try await Self.newest(shop)
            #expect(first.state == .done && first.problem == nil)
            let report = try #require(first.report)
            #expect(report.lines == 3 && report.theirsNotOurs.lines.map(\.receipt) == ["UKA1AAAAAA"])
            #expect(report.charged == Money(whole: 5, .kes) && !report.agrees)
            let books = try await Self.captured(shop)
            #expect(books == [130_000, 1])

            let page = try await amina.page("/admin/reconcile/\(first.id.text)")
            #expect(page.contains("UKA1AAAAAA") && page.contains("Find its order") && page.contains("KSh 1,300"))
            _ = try await Self.upload(file, amina)
            let second = try await Self.newest(shop)
            #expect(second.id != first.id && second.state == .done)
            #expect(second.report?.agrees == true && second.report?.theirsNotOurs.count == 0)
            #expect(try await Self.captured(shop) == books, "nothing is counted twice")
            let rest = try await shop.database.read { try $0.query("SELECT 1 FROM comparison_files") }
            #expect(rest.isEmpty, "a file is forgotten when it is read")

            #expect(try await amina.page("/admin/orders/\(number.text)").contains("charge: KSh 5"))
            let charges = try await amina.page("/admin/balances")
            #expect(charges.contains(">KSh 5</td>") && charges.contains(at.eastAfrica.date))
            let days = String(decoding: try await amina.get("/admin/figures.csv").body, as: UTF8.self)
            #expect(days.hasPrefix("day,received,returned,charged,written_off\r\n"))
            #expect(days.contains("\(at.eastAfrica.isoDate),1300.00,0.00,5.00,0.00\r\n"), "\(days)")
        }
    }

    @Test("A statement that does not read is refused as a whole, with its line and why, and counts nothing")
    func badStatement() async throws {
        try await RefundStories.open(.sqlite) { shop, path, number in
            let at = try #require(try await shop.captures(path).first?.providerAt)
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let before = try await Self.captured(shop)
            let good = Self.row("UKA1AAAAAA", at, paidIn: "300.00")
            _ = try await Self.upload(
                Self.statement([good, Self.row("UKB2BBBBBB", at, paidIn: "three hundred")]), amina)
            let refused = try await Self.newest(shop)
            #expect(refused.state == .failed && refused.report == nil)
            #expect(refused.problem == "Line 3: Paid In is not an amount such as 1,250.00.")
            let list = try await amina.page("/admin/statements")
            #expect(list.contains("Line 3: Paid In is not an amount") && list.contains("not read"))
            #expect(
                try await amina.page("/admin/reconcile/\(refused.id.text)").contains("Nothing of it was counted"))
            #expect(try await Self.captured(shop) == before)
            _ = try await Self.upload(Array("%PDF-1.4 and so on".utf8), amina)
            #expect(try await Self.newest(shop).problem?.contains("is a PDF") == true)
            #expect(try await Self.upload([], amina).contains("Choose a file"))
            let other = Self.statement([]) + Array("Short Code,111111\r\n".utf8)
            _ = try await Self.upload(other, amina)
            #expect(try await Self.newest(shop).state == .failed)
            #expect(try await shop.shop.comparisons().count == 3)
        }
    }

    @Test("A body that is too large is refused, and at other addresses a form with a file is as small as any")
    func tooLarge() async throws {
        try await TestShop.open(.sqlite) { shop in
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let large = Array(repeating: UInt8(ascii: "x"), count: Shop.statementBytes + 1)
            await #expect(throws: ComparisonRefusal.fileTooLarge(megabytes: 8)) {
                try await shop.shop.takeStatement(large, called: "x.csv", of: "mpesa", by: "amina")
            }
            let small = Array(large.prefix(20_000))
            let answer = try await amina.upload(small, called: "x.csv", to: "/admin/statements", [])
            #expect(answer.status == 303, "more than any other form may have")
            let elsewhere = try await shop.send(
                "POST", "/admin/items",
                parts: TestShop.parts([], file: (field: "file", name: "x", bytes: Array(large.prefix(20_000)))))
            #expect(elsewhere.status == 413)
            #expect(try await shop.shop.comparisons().isEmpty, "without a provider nothing is read")
        }
    }

    @Test("Who may not settle money reads and sees, and cannot bring a statement")
    func rights() async throws {
        try await TestShop.open(.sqlite) { shop in
            let viewer = try await TestStaff.join(shop, "viewer", as: .viewer)
            #expect(try await !viewer.page("/admin/statements").contains("enctype"))
            #expect(try await !viewer.page("/admin/reconcile").contains("name=\"from\""))
            let answer = try await shop.send(
                "POST", "/admin/statements",
                parts: TestShop.parts([("provider", "mpesa")], file: (field: "file", name: "x", bytes: [65])),
                headers: [("Cookie", viewer.cookie)])
            #expect(answer.status == 403)
            #expect(try await shop.shop.comparisons().isEmpty)
        }
    }

    @Test(
        "The list is compared on a press, and each difference shows the one thing to do next",
        arguments: TestDatabase.engines)
    func compareNow(_ engine: SQLDatabase.Engine) async throws {
        try await RefundStories.open(engine) { shop, path, number in
            _ = try await shop.shop.register("mpesa")
            let receipt = try #require(try await shop.captures(path).first?.receipt)
            // The shop's own reading of the list comes first, and again in a quarter of an hour only.
            let registered = try await shop.shop.listReadUntil("mpesa")
            try await shop.eventually("the list is read") {
                try await shop.shop.listReadUntil("mpesa") != registered
            }
            shop.daraja.choose(try shop.story("c2b-lost"))
            let lost = try #require(
                try shop.daraja.payPaybill(from: MoneyStories.phone, amount: 300, account: "nobody").first)
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            func compare(_ fields: [(String, String)] = []) async throws -> String {
                try await amina.follow(
                    try await amina.press(
                        "/admin/reconcile", on: "/admin/reconcile",
                        [("provider", "mpesa"), ("form", "compare")] + fields))
            }
            #expect(try await compare().contains("comparison has begun"))
            let done = try await Self.newest(shop)
            #expect(done.report?.theirsNotOurs.lines.map(\.receipt) == [lost])
            #expect(try await shop.shop.unmatchedMoney().map(\.capture.receipt) == [lost])
            let page = try await amina.page("/admin/reconcile")
            #expect(page.contains(lost) && page.contains("href=\"/admin/money\">Find its order"))
            try await shop.shop.assign(receipt: lost, to: number, by: "amina")
            #expect(
                try await amina.page("/admin/reconcile")
                    .contains("href=\"/admin/orders/\(number.text)\">See its order"))
            let entry = try await shop.shop.auditTrail(about: "mpesa").map(\.entry.action)
            #expect(entry == ["compared_done", "compared"])

            shop.daraja.reset()
            shop.clock.advance(seconds: 700)
            _ = try await compare()
            let gone = try await Self.newest(shop)
            #expect(gone.report?.oursNotTheirs.lines.map(\.receipt).contains(receipt) == true)
            let asks = try await amina.page("/admin/reconcile")
            #expect(asks.contains("Ask about the receipt") && asks.contains("value=\"\(receipt)\""))

            #expect(try await compare([("from", "2026-13-40")]).contains("Choose a day"))
            let old = shop.clock.now.adding(seconds: -5 * 86_400).eastAfrica.isoDate
            #expect(try await compare([("to", old)]).contains("reaches back 48 hours only"))
            let next = shop.clock.now.adding(seconds: 2 * 86_400).eastAfrica.isoDate
            #expect(try await compare([("from", next)]).contains("has not come yet"))
        }
    }

    @Test("A comparison whose program stops is made by the next one, and one that always stops it is given up")
    func stopped() async throws {
        var options = TestShop.Options()
        options.runsJobs = false
        try await TestShop.open(.sqlite, options) { shop in
            let line = Self.row("UKA1AAAAAA", shop.clock.now.adding(seconds: -600), paidIn: "300.00")
            let id = try await shop.shop.takeStatement(
                Self.statement([line]), called: "october.csv", of: "mpesa", by: "amina")
            func claim() async throws -> Comparison? {
                let now = shop.clock.now
                return try await shop.database.transaction { transaction in
                    guard let due = try transaction.dueComparisons(at: now).first else { return nil }
                    return try transaction.claim(due, forSeconds: 120, at: now)
                }
            }
            let lost = try #require(try await claim())
            try await shop.shop.runDueWork()
            #expect(try await shop.shop.comparison(id)?.state == .reading, "somebody has it")
            shop.clock.advance(seconds: 121)
            try await shop.shop.runDueWork()
            #expect(try await shop.shop.comparison(id)?.state == .done)
            let isSaved = try await shop.database.transaction { [shop] in try $0.save(lost, until: shop.clock.now) }
            #expect(!isSaved, "whoever was stopped writes no more")

            let stuck = try await shop.shop.takeStatement(
                Self.statement([line]), called: "november.csv", of: "mpesa", by: "amina")
            for _ in 0..<3 {
                _ = try #require(try await claim())
                shop.clock.advance(seconds: 121)
            }
            try await shop.shop.runDueWork()
            let given = try #require(try await shop.shop.comparison(stuck))
            #expect(given.state == .failed && given.problem == "it was begun three times and never ended")
            for _ in 0..<5 {
                _ = try await shop.shop.takeStatement([65], called: "x", of: "mpesa", by: "amina")
            }
            await #expect(throws: ComparisonRefusal.tooMany) {
                try await shop.shop.takeStatement([65], called: "x", of: "mpesa", by: "amina")
            }
        }
    }

    @Test(
        "A comparison that ends in the middle goes on where it was, and each line counts once",
        arguments: TestDatabase.engines)
    func middle(_ engine: SQLDatabase.Engine) async throws {
        struct Stopped: Error {}
        var options = TestShop.Options()
        options.runsJobs = false
        try await TestShop.open(engine, options) { shop in
            let at = shop.clock.now.adding(seconds: -3_600)
            let rows = (100..<350).map { Self.row("UKA1AA0\($0)", at, paidIn: "10.00") }
            let id = try await shop.shop.takeStatement(
                Self.statement(rows), called: "long.csv", of: "mpesa", by: "amina")
            let lines = try #require(shop.shop.provider("mpesa")).abilities.statementFiles?.movements(
                inFile: Data(Self.statement(rows)))
            await #expect(throws: Stopped.self) {
                _ = try await shop.shop.reconcile("mpesa", file: lines ?? [], from: nil) { step in
                    if case .recorded(100, of: 250) = step { throw Stopped() }
                }
            }
            #expect(try await Self.clearing(shop) == 100_000, "a hundred were recorded")
            try await shop.shop.runDueWork()
            #expect(try await Self.clearing(shop) == 250_000)
            let done = try #require(try await shop.shop.comparison(id))
            #expect(done.state == .done && done.linesRead == 250 && done.linesAll == 250)
            #expect(done.report?.theirsNotOurs.count == 150)
        }
    }

    private static func clearing(_ shop: TestShop) async throws -> Int64 {
        try await shop.database.read { try $0.balance(of: .providerClearing) }
    }

    @Test("Balances are asked for at the desk and shown with their time")
    func balances() async throws {
        try await TestShop.open(.sqlite) { shop in
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let asked = try await amina.follow(
                try await amina.press("/admin/balances", on: "/admin/balances", [("provider", "mpesa")]))
            #expect(asked.contains("The provider is asked"))
            try await shop.eventually("the answer is shown") {
                let page = try await amina.page("/admin/balances")
                return page.contains("Utility Account") && page.contains("Told ") && !page.contains("data-look")
            }
            shop.daraja.choose(try shop.story("balance-result-lost"))
            _ = try await amina.press("/admin/balances", on: "/admin/balances", [("provider", "mpesa")])
            shop.clock.advance(seconds: 130)
            let silent = try await amina.page("/admin/balances")
            #expect(silent.contains("no answer came") || silent.contains("does not tell"), "\(silent)")
            #expect(silent.contains("Utility Account"), "what was told before stays")
        }
    }

    @Test("A payout is asked for at the desk, approved by somebody else above the limit, and its payee is masked")
    func payout() async throws {
        var options = TestShop.Options()
        options.rules.secondPersonFrom = Money(whole: 100, .kes)
        try await TestShop.open(.sqlite, options) { shop in
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let otieno = try await TestStaff.join(shop, "otieno", as: .manager)
            func ask(_ fields: [(String, String)]) async throws -> String {
                try await amina.follow(
                    try await amina.press(
                        "/admin/payouts", on: "/admin/payouts",
                        [("provider", "mpesa"), ("form", "payout-mpesa")] + fields))
            }
            let form = [("amount", "500"), ("kind", "phone"), ("phone", "0722 000 111"), ("reason", "Rider, Monday")]
            #expect(try await ask([("amount", "none")] + form.dropFirst()).contains("Type an amount"))
            let wrong = try await ask([("amount", "500"), ("kind", "phone"), ("phone", "07"), ("reason", "Rider")])
            #expect(wrong.contains("id=\"payout-mpesa-phone-error\"") && wrong.contains("value=\"Rider\""))
            #expect(
                try await ask(form.dropLast() + [("reason", "call 0712345678")]).contains("Leave phone numbers out"))
            #expect(try await shop.shop.payouts().isEmpty)
            let asked = try await ask(form)
            #expect(asked.contains("KSh 500 to phone 2547*****111 waits to be approved"))
            #expect(!asked.contains("0722 000 111") && !asked.contains("0722000111"))
            let ticket = try #require(try await shop.shop.payouts().first).ticket.value
            func approve(_ staff: TestStaff) async throws -> String {
                try await staff.follow(
                    try await staff.press(
                        "/admin/payouts/\(ticket)", on: "/admin/payouts", [("do", "approve"), ("form", ticket)]))
            }
            #expect(try await approve(amina).contains("somebody else than the one who asked"))
            #expect(try await approve(otieno).contains("is on its way"))
            _ = try await PayoutStories.state(shop, Ticket(ticket), becomes: "succeeded")
            shop.clock.advance(seconds: 601)
            #expect(try await ask(form).contains("Type your password"), "it moves money")
            #expect(try await shop.shop.payouts().count == 1)
        }
    }

    @Test(
        "What the provider says it took for a payment to a business is shown with it", arguments: TestDatabase.engines)
    func chargeOfPayout(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.businessCharge = 41
        try await TestShop.open(engine, options) { shop in
            let payee = ["kind": "paybill", "business": "888001", "account": "INV-204"]
            let asked = try await PayoutStories.ask(shop, to: payee)
            _ = try await shop.shop.approvePayout(asked.ticket, by: "Njeri")
            let done = try await PayoutStories.state(shop, asked.ticket, becomes: "succeeded")
            try await shop.eventually("the charge is kept") {
                try await shop.shop.charges(of: [done]) == [asked.ticket: Money(whole: 41, .kes)]
            }
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            #expect(try await amina.page("/admin/payouts").contains("charge: KSh 41"))
            #expect(try await shop.shop.chargesByDay(days: 1).map(\.sum) == [Money(whole: 41, .kes)])
            let message = try #require(try await shop.shop.messages(.done, atMost: 1).first)
            try await shop.shop.readAgain(message.id, by: "amina")
            try await shop.eventually("it is read again") {
                try await shop.shop.messages(.done, atMost: 1).count == 1
            }
            #expect(try await shop.shop.chargesByDay(days: 1).map(\.count) == [1])
            #expect(try await PayoutStories.books(shop) == [50_000, -50_000], "the ledger has no charges")
        }
    }
}
