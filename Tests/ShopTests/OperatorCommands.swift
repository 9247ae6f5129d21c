import Checkout
import Commerce
import Database
import DukaTesting
import FaultTesting
import Foundation
import MPesaSimulator
import PaymentKit
import Testing

/// The operator's commands, as processes of their own beside a running shop on the same database.
@Suite struct OperatorCommands {
    /// A command that came to its end.
    struct Ended {
        let code: Int32
        let output, remarks: String
        /// The objects that it printed, one on each line.
        var json: [[String: Any]] {
            output.split(separator: "\n").compactMap {
                do { return try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] } catch {
                    return nil
                }
            }
        }
    }

    /// - Parameters:
    ///   - program: The shop's own, or another.
    ///   - changes: Settings that differ; an empty one is as if it were not set.
    static func runAll(
        _ shop: TestShop, _ arguments: [String], program: String = Program.path, changes: [String: String] = [:]
    ) async throws -> Ended {
        var environment = Program.environment(shop, port: 1)
        environment["DUKA_PUBLIC_URL"] = shop.address
        environment.merge(changes) { _, changed in changed }
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = URL(filePath: shop.folder)
        // Files and a handler: a thread that waits for another process would be missing in this one's shop.
        let base = URL(filePath: "\(shop.folder)/command-\(UInt32.random(in: .min ... .max))")
        let (output, remarks) = (base.appendingPathExtension("out"), base.appendingPathExtension("err"))
        for file in [output, remarks] { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: remarks)
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        return Ended(
            code: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
            remarks: try String(contentsOf: remarks, encoding: .utf8))
    }

    /// Runs a command that must end well.
    static func good(
        _ shop: TestShop, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Ended {
        let ended = try await runAll(shop, arguments)
        #expect(ended.code == 0, "\(arguments): \(ended.remarks)", sourceLocation: sourceLocation)
        return ended
    }

    /// Runs a command that must end with a code and one sentence.
    static func bad(
        _ shop: TestShop, _ code: Int32, _ sentence: String, _ arguments: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let ended = try await runAll(shop, arguments)
        #expect(ended.code == code, "\(arguments): \(ended)", sourceLocation: sourceLocation)
        #expect((ended.remarks + ended.output).contains(sentence), "\(ended)", sourceLocation: sourceLocation)
    }

    @Test("Orders are listed, shown and explained, with people's numbers in part", arguments: TestDatabase.engines)
    func looking(_ engine: SQLDatabase.Engine) async throws {
        try await RefundStories.open(engine) { shop, path, number in
            shop.daraja.choose(try shop.story("1032"))
            let cancelled = try await shop.buy(phone: "0722000111")
            try await shop.status(cancelled) { $0.attempt?.state == "cancelled" }
            let other = try await shop.order(cancelled).number

            let list = try await Self.good(shop, "orders", "list").output
            #expect(list.contains(number.text) && list.contains(other.text))
            #expect(list.contains("0712 ••• 678") && list.contains("Asha W."))
            #expect(!list.contains("345") && !list.contains("Wanjiru"))
            #expect(try await Self.good(shop, "orders", "list", "--show-numbers").output.contains("0712 345 678"))
            let paid = try await Self.good(shop, "orders", "list", "--status", "paid", "--json").json
            #expect(paid.compactMap { $0["order"] as? String } == [number.text])
            let byPhone = try await Self.good(shop, "orders", "list", "--phone", "0722 000 111", "--json").json
            #expect(byPhone.compactMap { $0["order"] as? String } == [other.text])
            let receipt = try #require(try await shop.status(path).receipt)
            let byReceipt = try await Self.good(shop, "orders", "list", "--receipt", receipt, "--json").json
            #expect(byReceipt.compactMap { $0["order"] as? String } == [number.text])
            #expect(try await Self.good(shop, "orders", "list", "--needs-me").output == "No such orders.\n")

            let shown = try await Self.good(shop, "orders", "show", number.text.lowercased()).output
            #expect(shown.contains("receipt \(receipt)") && shown.contains("a message about the prompt"))
            #expect(shown.contains("The order was placed") && !shown.contains("345"))
            let file = try #require(try await Self.good(shop, "orders", "show", number.text, "--json").json.first)
            #expect((file["payments"] as? [[String: Any]])?.first?["receipt"] as? String == receipt)
            #expect(try await Self.good(shop, "orders", "why", number.text).output.contains("The order is paid."))
            let why = try await Self.good(shop, "orders", "why", other.text, "--json").json.first
            #expect(why?["reason"] as? String == "cancelled")

            try await Self.bad(shop, 1, "expected one of pending", "orders", "list", "--status", "lost")
            try await Self.bad(shop, 1, "is no order number", "orders", "show", "K7M29QXX")
            let unused = OrderNumber().text
            try await Self.bad(shop, 1, "There is no order \(unused)", "orders", "show", unused)
        }
    }

    @Test(
        "Money without an order is listed, assigned, and its receipt told real or not", arguments: TestDatabase.engines)
    func money(_ engine: SQLDatabase.Engine) async throws {
        try await MoneyStories.open(engine) { shop, path, number in
            let receipt = try #require(
                try shop.daraja.payPaybill(from: MoneyStories.phone, amount: 1_000, account: "MAMA NJERI").first)
            try await shop.eventually("it is held") { try await shop.shop.unmatchedMoney().count == 1 }
            let list = try await Self.good(shop, "orders", "money").output
            #expect(list.contains("account \"MAMA NJERI\"") && list.contains("perhaps \(number)"))
            #expect(list.contains("the amount fits"))
            let json = try #require(try await Self.good(shop, "orders", "money", "--json").json.first)
            #expect(json["receipt"] as? String == receipt)
            #expect(try await Self.good(shop, "orders", "is-real", receipt).output.contains("names no order"))
            #expect(try await Self.good(shop, "orders", "items").output.contains("unmatched_money"))

            try await Self.bad(shop, 1, "no order of that number", "orders", "assign", receipt, OrderNumber().text)
            let done = try await Self.good(shop, "orders", "assign", receipt.lowercased(), number, "--by", "Njeri")
            #expect(done.output.contains("is paid, received KSh 1,000 of KSh 1,000"))
            try await Self.bad(shop, 1, "belongs to an order already", "orders", "assign", receipt, number)
            let real = try await Self.good(shop, "orders", "is-real", receipt.lowercased(), "--json").json.first
            #expect(real?["verdict"] as? String == "real" && real?["order"] as? String == number)
            #expect(try await Self.good(shop, "orders", "items").output == "Nothing waits for a person.\n")

            try await Self.bad(shop, 3, "another form", "orders", "is-real", "HELLO")
            try await Self.bad(shop, 1, "No shop is running", "orders", "is-real", "UKZ9ZZZZZZ")
            try await shop.shop.noteAlive("test")
            try await Self.bad(shop, 1, "has not answered", "orders", "is-real", "UKZ9ZZZZZZ")
            shop.clock.advance(seconds: 90)
            try await shop.eventually("no list has it") {
                try await Self.runAll(shop, ["orders", "is-real", "UKZ9ZZZZZZ"]).output.contains("is not real")
            }
            try await Self.bad(shop, 3, "is not real", "orders", "is-real", "UKZ9ZZZZZZ")
            try await shop.shop.noteAlive("test")
            shop.daraja.choose(try shop.story("c2b-lost"))
            let lost = try #require(
                try shop.daraja.payPaybill(from: MoneyStories.phone, amount: 70, account: "X").first)
            #expect(try await Self.good(shop, "orders", "is-real", lost).output.contains("is real: KSh 70"))
        }
    }

    @Test(
        "A refund is asked for, approved beside the running shop, and told to its end", arguments: TestDatabase.engines)
    func refund(_ engine: SQLDatabase.Engine) async throws {
        try await RefundStories.open(engine) { shop, path, number in
            try await Self.bad(
                shop, 1, "--to PHONE", "orders", "refund", number.text, "--reason", "x", "--way", "payout")
            try await Self.bad(
                shop, 1, "whole payments only", "orders", "refund", number.text, "--amount", "10", "--reason", "x")
            let receipt = try #require(try await shop.status(path).receipt)
            let asked = try await Self.good(
                shop, "orders", "refund", number.text, "--reason", "Broken", "--by", "Asha", "--json")
            let ticket = try #require(asked.json.first?["ticket"] as? String)
            try await Self.bad(
                shop, 1, "one goes at a time", "orders", "refund", number.text, "--receipt", receipt, "--reason", "x")
            #expect(try await Self.good(shop, "orders", "refunds").output.contains("duka orders approve \(ticket)"))
            #expect(try await Self.good(shop, "orders", "items").output.contains("duka orders approve \(ticket)"))
            try await Self.bad(
                shop, 1, "ends with its decision", "orders", "done", ticket, "refund_to_approve", "--reason", "x")
            #expect(try await Self.good(shop, "orders", "list", "--needs-me").output.contains(number.text))
            let approved = try await Self.good(shop, "orders", "approve", ticket, "--by", "Njeri").output
            #expect(approved.contains("No shop is running"), "nobody has said so")
            try await shop.status(path) { $0.state == "reversed" }
            let shown = try await Self.good(shop, "orders", "show", number.text).output
            #expect(shown.contains("gone back KSh 1,000") && shown.contains("The money went back: 1000.00."))
            try await Self.bad(shop, 1, "waits for no decision", "orders", "reject", ticket, "--reason", "x")
            try await Self.bad(
                shop, 1, "waits for no decision", "orders", "resolve", ticket, "--moved", "--reason", "x")
            try await Self.bad(shop, 1, "needs no revival", "orders", "revive", number.text)
            #expect(try await Self.good(shop, "orders", "refunds").output == "No refund is open.\n")
            #expect(try await Self.good(shop, "doctor", "--verify").output.contains("The books are sound."))
        }
    }

    @Test("What nobody can say of a refund is said by a person", arguments: TestDatabase.engines, [true, false])
    func resolve(_ engine: SQLDatabase.Engine, hasMoved: Bool) async throws {
        try await RefundStories.open(engine) { shop, path, number in
            shop.daraja.choose(try shop.story("reversal-stuck"))
            shop.daraja.choose(try shop.story("status-outage"))
            let ticket = try await RefundStories.ask(shop, number).ticket
            _ = try await shop.shop.approveRefund(ticket, by: "Njeri")
            try await RefundStories.state(shop, ticket, becomes: "submitted")
            shop.clock.advance(seconds: 60)
            try await shop.eventually("it is put before a person") {
                try await shop.reviews(path).contains("refund_unknown")
            }
            let items = try await Self.good(shop, "orders", "items").output
            #expect(items.contains("duka orders resolve \(ticket.value) --moved or --not-moved"))
            try await Self.bad(shop, 1, "Say one of", "orders", "resolve", ticket.value, "--reason", "x")
            let answer = try await Self.good(
                shop, "orders", "resolve", ticket.value, hasMoved ? "--moved" : "--not-moved", "--reason",
                "as the portal shows", "--by", "Njeri")
            #expect(answer.output == "\(ticket.value) is \(hasMoved ? "succeeded" : "failed").\n")
            try await shop.status(path) { $0.state == (hasMoved ? "reversed" : "paid") }
            #expect(try await Self.good(shop, "orders", "items").output == "Nothing waits for a person.\n")
            try await Self.bad(
                shop, 1, "waits for no decision", "orders", "resolve", ticket.value, "--moved", "--reason", "x")
        }
    }

    @Test("An item that a person settles lets its order go on, with name and reason", arguments: TestDatabase.engines)
    func done(_ engine: SQLDatabase.Engine) async throws {
        try await MoneyStories.open(engine) { shop, path, number in
            shop.daraja.choose(try shop.story("success"))
            _ = try shop.daraja.payPaybill(from: MoneyStories.phone, amount: 400, account: number)
            try await shop.status(path) { $0.state == "partially_paid" }
            shop.clock.advance(seconds: 7_300)
            try await shop.status(path) { $0.state == "manual_review" }
            let item = try #require(try await shop.shop.openItems().first)
            #expect(item.item.kind == "part_paid")
            func settle(_ reason: String) -> [String] {
                ["orders", "done", item.item.subject, "part_paid", "--by", "Njeri", "--reason", reason]
            }
            let withPhone = try await Self.runAll(shop, settle("She rang from 0712345678"))
            #expect(withPhone.code == 1 && withPhone.remarks.contains("Leave telephone numbers out"))
            #expect(try await Self.runAll(shop, settle("She pays the rest tomorrow")).code == 0)
            try await shop.status(path) { $0.state == "partially_paid" }
            let shown = try await Self.good(shop, "orders", "show", number).output
            #expect(shown.contains("A person settled it: part_paid, Njeri: She pays the rest tomorrow."))
            let again = try await Self.runAll(shop, settle("Twice"))
            #expect(again.code == 1 && again.remarks.contains("No such item is open"))
            try await shop.checkBooks(path)
        }
    }

    @Test("Reconciling ends with 3 when something differed, then with 0", arguments: TestDatabase.engines)
    func reconcile(_ engine: SQLDatabase.Engine) async throws {
        try await MoneyStories.open(engine) { shop, path, number in
            shop.daraja.choose(try shop.story("c2b-lost"))
            let receipt = try #require(
                try shop.daraja.payPaybill(from: MoneyStories.phone, amount: 1_000, account: number).first)
            let first = try await Self.runAll(shop, ["reconcile", "--since", "24h", "--json"])
            #expect(first.code == 3)
            let lines = first.json.first?["theirsNotOurs"] as? [[String: Any]]
            // The shop reads the list by itself as well, and may have been quicker.
            #expect(lines?.compactMap { $0["receipt"] as? String } == [receipt])
            try await shop.status(path) { $0.state == "paid" }
            let page = try await Self.good(shop, "reconcile", "--print").output
            #expect(page.contains("They agree.") && page.contains("Checked by"))
            try await Self.bad(shop, 1, "--since is", "reconcile", "--since", "2026-02-31")
            try await Self.bad(shop, 1, "reaches back 48 hours", "reconcile", "--since", "30d")
            try await Self.bad(shop, 1, "cannot be read", "reconcile", "--statement", "nowhere.csv")
            let file = "\(shop.folder)/statement.csv"
            try Data("nothing".utf8).write(to: URL(filePath: file))
            try await Self.bad(shop, 1, "names the columns", "reconcile", "--statement", file)
        }
    }

    @Test("A provider is listed, tested, registered, and pays out", arguments: TestDatabase.engines)
    func plugin(_ engine: SQLDatabase.Engine) async throws {
        try await PayoutStories.open(engine) { shop in
            #expect(try await Self.good(shop, "plugin", "list").output.contains("are not reported"))
            #expect(try await Self.good(shop, "plugin", "test", "mpesa").output.contains("are accepted"))
            try await Self.bad(shop, 1, "There is no provider barter", "plugin", "test", "barter")
            #expect(try await Self.good(shop, "plugin", "register", "mpesa").output.contains("will report payments"))
            #expect(try await Self.good(shop, "plugin", "list", "--json").json.first?["takesIncoming"] as? Bool == true)
            try await Self.bad(shop, 1, "No shop is running", "plugin", "balance", "mpesa")
            try await shop.shop.noteAlive("test")
            #expect(try await Self.good(shop, "plugin", "balance", "mpesa").output.contains("Utility Account: KSh"))

            try await Self.bad(
                shop, 1, "one of --to-phone", "plugin", "pay-out", "mpesa", "--amount", "5", "--reason", "x")
            try await Self.bad(
                shop, 1, "--account", "plugin", "pay-out", "mpesa", "--amount", "5", "--to-paybill", "888001",
                "--reason", "x")
            let asked = try await Self.good(
                shop, "plugin", "pay-out", "mpesa", "--amount", "6000", "--to-till", "888002", "--reason", "Stock",
                "--by", "Asha", "--json")
            let ticket = try #require(asked.json.first?["ticket"] as? String)
            try await Self.bad(shop, 1, "another person", "orders", "approve", ticket, "--by", "Asha")
            #expect(
                try await Self.good(shop, "orders", "approve", ticket, "--by", "Njeri").output
                    .contains("The running shop sends it in 5 seconds; until it has left"))
            let done = try await PayoutStories.state(shop, Ticket(ticket), becomes: "succeeded")
            let list = try await Self.good(shop, "plugin", "payouts").output
            #expect(list.contains(ticket) && list.contains(done.receipt ?? "?"))
        }
    }

    @Test("A customer is told again by a command, and only what is true", arguments: TestDatabase.engines)
    func resend(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let mail = TestMailServer()
            let post = try await shop.post(mail: mail)
            shop.daraja.choose(try shop.story("success"))
            let path = try await shop.buyByMail()
            try await shop.status(path) { $0.state == "paid" }
            let number = try await shop.order(path).number.text
            let said = try await Self.good(shop, "orders", "resend", number, "--by", "Asha").output
            #expect(said.contains("\"paid\" is written again, 1 message.") && said.contains("No shop is running"))
            let json = try await Self.good(
                shop, "orders", "resend", number, "--letter", "placed", "--by", "Asha", "--json"
            ).json.first
            #expect(json?["letter"] as? String == "placed" && json?["messages"] as? Int == 1)
            try await Self.bad(
                shop, 1, "is not true of that order now", "orders", "resend", number, "--letter", "expired")
            try await Self.bad(shop, 1, "There is no letter", "orders", "resend", number, "--letter", "alert")
            try await Self.bad(shop, 1, "is no order number", "orders", "resend", "HELLO")
            try await post.deliverDue()
            #expect(mail.taken(for: "asha@example.com").count == 4, "placed, paid, and each again")
            #expect(
                try await shop.shop.orderFile(try #require(OrderNumber(number)))?.history.last?.event.sentence
                    == "The customer was told again, as wanted by: Asha: placed.")
        }
    }

    @Test("Every kind of item and event that the program writes has its words")
    func words() throws {
        let root = "\(TestDatabase.repository)/Sources"
        let files = try FileManager.default.subpathsOfDirectory(atPath: "\(root)/Checkout")
            .map { "\(root)/Checkout/\($0)" }.filter { $0.hasSuffix(".swift") }
        let source = try files.map { try String(contentsOf: URL(filePath: $0), encoding: .utf8) }.joined()
        let items = source.matches(of: /[rR]eview\(\s*"([a-z_]+)"/).map { String($0.output.1) }
        let events = source.matches(of: /(?:note|OrderEvent)\("([a-z_]+)"/).map { String($0.output.1) }
        #expect(items.count > 20 && events.count > 20, "the patterns still find them")
        let flags = [OrderFlag.contradiction, .idMismatch, .duplicatePayment, .overpaid].map(\.rawValue)
        for kind in Set(items + flags) where OpenItemAdvice(kind) == nil {
            #expect(Bool(false), "no advice about \(kind)")
        }
        let attempts = ["pending", "unknown", "prompt_sent", "failed", "expired", "cancelled", "paid"]
        let refunds = ["unknown", "submitted", "failed", "succeeded"].map { "refund_\($0)" }
        for kind in Set(events + attempts + refunds) where !OrderEvent.explainedKinds.contains(kind) {
            #expect(Bool(false), "no words for the event \(kind)")
        }
    }
}
