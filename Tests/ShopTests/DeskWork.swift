@testable import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// What arrived and what waits, as the desk shows it.
@Suite struct DeskWork {
    @Test(
        "Messages show what became of them and nobody's number; read again they change nothing",
        arguments: TestDatabase.engines)
    func messages(_ engine: SQLDatabase.Engine) async throws {
        try await RefundStories.open(engine) { shop, path, number in
            let receipt = try #require(try await shop.captures(path).first?.receipt)
            try await shop.eventually("the message is done with") {
                try await shop.shop.messages(.done, atMost: 10).count == 1
            }
            let message = try #require(try await shop.shop.messages(atMost: 10).first)
            #expect(message.order == number && message.isListed && message.lagMilliseconds != nil)
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let page = try await amina.page("/admin/messages")
            #expect(page.contains("ResultCode") && page.contains("recorded") && page.contains("MpesaReceiptNumber"))
            for secret in [receipt, "254712345678", "0712345678", "712345678"] { #expect(!page.contains(secret)) }
            #expect(try await !amina.page("/admin/messages?verdict=parked").contains(message.id))
            #expect(try await amina.page("/admin/messages?verdict=done").contains(message.id))

            #expect(
                try await amina.page("/admin/orders/\(number.text)").contains("/admin/messages?order=\(number.text)"))
            #expect(try await amina.page("/admin/messages?order=\(number.text)").contains(message.id))
            #expect(try await shop.shop.messages(about: number, atMost: 5).map(\.id) == [message.id])
            #expect(try await shop.shop.messages(about: OrderNumber(), atMost: 5).isEmpty)

            let before = try await shop.shop.orderFile(number)?.history.map(\.event)
            let trends = try await shop.shop.trends()
            #expect(trends.lag?.count == 1)
            let again = try await amina.follow(
                try await amina.press("/admin/messages/\(message.id)", on: "/admin/messages"))
            #expect(again.contains("It is read again"))
            try await shop.eventually("it is done with again") {
                try await shop.shop.messages(.done, atMost: 10).count == 1
            }
            #expect(try await shop.shop.orderFile(number)?.history.map(\.event) == before)
            #expect(try await shop.captures(path).count == 1)
            #expect(
                try await shop.shop.messages(atMost: 1).first?.lagMilliseconds == message.lagMilliseconds,
                "the time of its first reading stays")
            let trail = try await shop.shop.auditTrail(about: message.id).map(\.entry.action)
            #expect(trail == ["message_read_again_done", "message_read_again"])
            let nobody = String(repeating: "0", count: 32)
            #expect(
                try await amina.follow(try await amina.press("/admin/messages/\(nobody)", on: "/admin/messages"))
                    .contains("not possible now"))
            try await shop.checkBooks(path)
        }
    }

    @Test("A message that was put aside is read again, and its item ends with that", arguments: TestDatabase.engines)
    func parked(_ engine: SQLDatabase.Engine) async throws {
        try await RefundStories.open(engine) { shop, path, number in
            let message = try #require(try await shop.shop.messages(atMost: 1).first)
            try await shop.eventually("it is done with") {
                try await shop.shop.messages(.done, atMost: 1).count == 1
            }
            let now = shop.clock.now
            try await shop.database.transaction { transaction in
                try transaction.execute("UPDATE inbox SET state = 'parked', tries = 3")
                try transaction.openReview(
                    "parked_message", subject: message.id, order: nil, detail: "it stopped", at: now)
            }
            for (role, page) in [(StaffRole.manager, "/admin/messages?verdict=parked"), (.viewer, "/admin/money")] {
                let staff = try await TestStaff.join(shop, "\(role.rawValue)one", as: role)
                #expect(try await staff.page("/admin").contains("class=\"second\" href=\"\(page)\""))
            }
            try await shop.shop.readAgain(message.id, by: "amina")
            try await shop.eventually("it is done with again") {
                try await shop.shop.messages(.done, atMost: 1).count == 1
            }
            #expect(try await shop.shop.openItems().isEmpty)
            await #expect(throws: WorkRefusal.notNow) { try await shop.shop.readAgain("nothing", by: "amina") }
        }
    }

    @Test(
        "What waits, what is late and what was given up is shown; only a question is asked before its time",
        arguments: TestDatabase.engines)
    func jobs(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.runsJobs = false
        try await TestShop.open(engine, options) { shop in
            _ = try await shop.shop.register("mpesa")
            shop.daraja.choose(Story.manual)
            let path = try await shop.buy()
            let order = try await shop.order(path)
            let waiting = try await shop.shop.work()
            let push = try #require(waiting.items.first { $0.kind == "push" })
            #expect(push.order == order.number && !push.mayTryNow)
            await #expect(throws: WorkRefusal.notNow, "an act is never tried by hand") {
                try await shop.shop.tryNow(push.id)
            }
            try await shop.shop.runDueWork()
            let question = try #require(try await shop.shop.work().items.first { $0.kind == "query" })
            #expect(question.mayTryNow && !question.isLate)

            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let page = try await amina.page("/admin/jobs")
            #expect(page.contains("Ask about a prompt") && page.contains(order.number.text))
            let tried = try await amina.follow(
                try await amina.press("/admin/jobs", on: "/admin/jobs", [("subject", question.id), ("do", "ask")]))
            #expect(tried.contains("It is done now"))
            let due = try #require(try await shop.shop.work().items.first { $0.id == question.id })
            #expect(due.dueAt <= shop.clock.now && !due.mayTryNow)

            shop.clock.advance(seconds: 61)
            #expect(try await shop.shop.work().items.first { $0.id == question.id }?.isLate == true)
            #expect(try await amina.page("/admin/jobs").contains("Late by 1 min"))
            try await shop.shop.readListNow(of: "mpesa")
            await #expect(throws: WorkRefusal.notNow) { try await shop.shop.readListNow(of: "nobody") }
            try await shop.database.transaction { transaction in
                try transaction.execute("UPDATE jobs SET runs = 101 WHERE kind = 'query'")
            }
            try await shop.shop.runDueWork()
            #expect(try await shop.shop.work().parked.map(\.detail) == ["tried 102 times"])
            #expect(try await amina.page("/admin/jobs").contains("Given up:"))
        }
    }

    @Test(
        "A deed that cannot be written down is not begun, and its button may be pressed again",
        arguments: TestDatabase.engines)
    func noTrail(_ engine: SQLDatabase.Engine) async throws {
        try await RefundStories.open(engine) { shop, path, number in
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let desk = "/admin/orders/\(number.text)"
            let page = try await amina.page(desk)
            let fields = [
                ("form_token", try TestShop.field("form_token", in: page)), ("back", desk), ("reason", "hello"),
                ("seen", try TestShop.field("seen", in: page)),
            ]
            // The trail can be read and not written.
            let refusal: SQL =
                switch engine {
                case .sqlite:
                    """
                    CREATE TRIGGER no_trail BEFORE INSERT ON audit_trail BEGIN SELECT RAISE(ABORT, 'no room'); END
                    """
                case .mariaDB:
                    "CREATE TRIGGER no_trail BEFORE INSERT ON audit_trail FOR EACH ROW SIGNAL SQLSTATE '45000'"
                }
            try await shop.database.transaction { _ = try $0.execute(refusal) }
            let failed = try await amina.post("\(desk)/note", fields)
            try await shop.database.transaction { _ = try $0.execute("DROP TRIGGER no_trail") }
            #expect(failed.status >= 500)
            func notes() async throws -> Int? {
                try await shop.shop.orderFile(number)?.history.filter { $0.event.kind == "staff_note" }.count
            }
            #expect(try await notes() == 0)
            #expect(try await amina.follow(try await amina.post("\(desk)/note", fields)).contains("The note is kept"))
            #expect(try await amina.follow(try await amina.post("\(desk)/note", fields)).contains("pressed already"))
            #expect(try await notes() == 1)
        }
    }

    @Test("The desk's sentences follow the language")
    func swahili() async throws {
        try await RefundStories.open(.sqlite) { shop, path, number in
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let now = shop.clock.now
            try await shop.database.transaction { transaction in
                try transaction.openReview(
                    "not_in_list", subject: "x", order: try transaction.order(number: number), detail: "",
                    at: now.adding(seconds: -7_200))
            }
            for path in ["/admin", "/admin/orders", "/admin/orders/\(number.text)"] {
                let page = String(
                    decoding: try await shop.send(
                        "GET", path, headers: [("Cookie", amina.cookie), ("Accept-Language", "sw")]
                    ).body, as: UTF8.self)
                #expect(page.contains("Vitabu vina malipo") && !page.contains("The books have"), "\(path)")
            }
            let order = String(
                decoding: try await shop.send(
                    "GET", "/admin/orders/\(number.text)",
                    headers: [("Cookie", amina.cookie), ("Accept-Language", "sw")]
                ).body, as: UTF8.self)
            #expect(order.contains("Agizo limelipwa.") && order.contains("Pesa zimeandikwa"))
            #expect(order.contains("saa 2") && !order.contains("2 h"))
            #expect(try await amina.page("/admin/orders/\(number.text)").contains("The order is paid."))
        }
    }
}
