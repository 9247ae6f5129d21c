@testable import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import HTTPClient
import PaymentKit
import Storage
import Testing

/// Goods that were handed over, whose money the shop gives up.
@Suite struct WriteOffs {
    private static let price = Money(whole: 250, .kes)

    /// An order that was handed over unpaid.
    private static func open(_ engine: SQLDatabase.Engine, _ body: (DoorShop) async throws -> Void) async throws {
        try await DoorShop.open(engine) { door in
            try await door.shop.shop.handOverUnpaid(door.number, by: "amina", because: "pays on Friday")
            try await body(door)
        }
    }

    private static func writeOff(_ door: DoorShop) async throws {
        _ = try await door.shop.shop.writeOff(door.number, by: "amina", because: "moved away")
    }

    /// The same after some days, when everybody must sign in again.
    private static func later(_ door: DoorShop, days: Int) async throws -> DoorShop {
        for _ in 0..<days * 8 {
            door.shop.clock.advance(seconds: 3 * 3_600)
            try await door.shop.shop.runDueWork()
        }
        return DoorShop(
            shop: door.shop, customer: door.customer, rider: door.rider, number: door.number,
            amina: try #require(try await TestStaff.signIn(door.shop, "amina").staff))
    }

    private static func text(_ answer: OutboundResponse) -> String { String(decoding: answer.body, as: UTF8.self) }

    @Test(
        "What is owed is written off at the desk with a reason; the item closes for good, and no sum of money changes",
        arguments: TestDatabase.engines)
    func atTheDesk(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { door in
            let shop = door.shop
            let otieno = try await TestStaff.join(shop, "otieno", as: .fulfilment)
            #expect(try await !otieno.page(door.desk).contains("Write off"))
            let refused = try await otieno.press("\(door.desk)/write-off", on: door.desk, [("reason", "a friend")])
            #expect(refused.status == 403)

            let door = try await Self.later(door, days: 8)
            #expect(try await shop.reviews(door.customer) == ["goods_out"])
            let (before, held) = (try await shop.page(door.customer), try await shop.shop.receivedTotal())
            #expect(try await door.press("write-off").contains("id=\"write-off-reason-error\""))
            let numbered = try await door.press("write-off", [("reason", "0712345678 is off")])
            #expect(numbered.contains("id=\"write-off-reason-error\""))
            // Whoever signed in a while ago says once more who they are.
            shop.clock.advance(seconds: 10 * 60)
            let unproven = try await door.press("write-off", [("reason", "moved away")])
            #expect(unproven.contains("id=\"write-off-password-error\""))
            #expect(try await door.file().order.writtenOff == nil)

            let form = [("reason", "moved away"), ("password", TestStaff.password)]
            let done = try await door.press("write-off", form)
            for text in [
                "KSh 250 written off. Your name", "<dt>Written off</dt><dd>KSh 250</dd>", "Nothing is to be done",
                "amina: 250.00, moved away", "Take the write-off back",
            ] { #expect(done.contains(text), "\(text)") }
            #expect(!done.contains("\(door.desk)/write-off\"") && !done.contains("\(door.desk)/take-back\""))
            #expect(try await door.press("write-off", form).contains("Take that back first"))
            #expect(try await shop.reviews(door.customer).isEmpty)
            let trail = try await shop.shop.auditTrail(about: door.number.text).map(\.entry)
            #expect(trail.contains { $0.staff == "amina" && $0.action == "written_off" && $0.detail == "moved away" })
            #expect(trail.contains { $0.action == "written_off_done" })

            let weeks = try await Self.later(door, days: 29)
            #expect(try await shop.reviews(door.customer).isEmpty, "it does not come back")
            #expect(try await weeks.history().count { $0 == "review_opened" } == 1)
            #expect(try await shop.shop.receivedTotal() == held)
            #expect(try await shop.captures(door.customer).isEmpty)
            // The customer is neither reproached nor told that all is well.
            let page = try await shop.page(door.customer)
            #expect(page.contains("You have your order. It is not paid yet.") && before.contains("It is not paid yet."))
            #expect(!page.lowercased().contains("written off"))
            #expect(!Self.text(try await shop.send("GET", "\(door.customer)/status")).contains("written"))
            try await shop.checkBooks(door.customer)
        }
    }

    @Test(
        "The desk, its files, the figures of the day and what programs are told say the same of it",
        arguments: TestDatabase.engines)
    func told(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { door in
            let shop = door.shop
            try await Self.writeOff(door)
            let day = try #require(try await shop.shop.trends().days.last)
            #expect(day.writtenOff == Self.price && day.received.minor == 0 && day.returned.minor == 0)
            let days = Self.text(try await door.amina.get("/admin/figures.csv"))
            #expect(days.contains("\(day.start.eastAfrica.isoDate),0.00,0.00,0.00,250.00\r\n"), "\(days)")
            let figures = try await door.amina.page("/admin/figures")
            #expect(figures.contains("written off: KSh 250") && figures.contains("data-label=\"Written off\">KSh 250<"))
            #expect(figures.contains("<b class=\"price big\">KSh 0</b>"), "no money came")
            let orders = Self.text(try await door.amina.get("/admin/orders.csv"))
            #expect(orders.contains("250.00,0.00,0.00,250.00,KES") && orders.contains(",250.00\r\n"), "\(orders)")
            #expect(try await door.amina.page("/admin/orders").contains("· handed over · written off"))
            let file = try await door.file()
            let body = WebhookBody.OrderState(file.order, file.lines, at: shop.clock.now)
            #expect(body.status == file.status.rawValue && body.written_off == 25_000 && body.left == 25_000)
            #expect(body.status == (try await shop.status(door.customer).state) && body.paid == 0)
            #expect(file.explanation.staff == .nothing)
        }
    }

    @Test("Money that comes later counts, and what it pays is written off no more", arguments: TestDatabase.engines)
    func laterMoney(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { door in
            let shop = door.shop
            try await Self.writeOff(door)
            _ = try await shop.shop.takeCash(door.number, Money(whole: 100, .kes), by: "amina")
            #expect(try await door.file().order.writtenOff?.amount == Money(whole: 150, .kes))
            #expect(try await shop.status(door.customer).state == "partially_paid")
            #expect(try await shop.shop.trends().days.last?.writtenOff == Money(whole: 150, .kes))
            // The rest by phone, from the customer's own page.
            shop.daraja.choose(try shop.story("success"))
            let secret = String(door.customer.dropFirst("/orders/".count))
            let token = shop.shop.formToken(for: .retry(pageToken: secret))
            let answer = try await shop.send(
                "POST", "\(door.customer)/pay", form: [("phone", "0712345678"), ("form_token", token)])
            #expect(answer.header("location") == door.customer)
            try await shop.status(door.customer) { $0.state == "paid" }
            let file = try await door.file()
            #expect(file.order.writtenOff == nil && file.order.received == Self.price)
            #expect(
                file.history.map(\.event).filter { $0.kind == "written_off_less" }.map(\.detail) == ["150.00", "0.00"])
            let day = try #require(try await shop.shop.trends().days.last)
            #expect(day.writtenOff.minor == 0 && day.received == Self.price)
            #expect(try await !door.amina.page(door.desk).contains("Written off"))
            try await shop.checkBooks(door.customer)
        }
    }

    @Test("It is taken back with a reason, and then the shop asks for the money again", arguments: TestDatabase.engines)
    func takenBack(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { door in
            let shop = door.shop
            try await Self.writeOff(door)
            let door = try await Self.later(door, days: 8)
            #expect(try await shop.reviews(door.customer).isEmpty)
            await #expect(throws: ServeRefusal.isWrittenOff) {
                try await shop.shop.takeBack(.handedOver, of: door.number, by: "amina", because: "came back")
            }
            #expect(try await door.press("write-off-undo").contains("id=\"write-off-undo-reason-error\""))
            let done = try await door.press("write-off-undo", [("reason", "is back in town")])
            #expect(done.contains("The money is owed again.") && done.contains("Write off what is owed"))
            try await shop.eventually("the item is here again") {
                try await shop.reviews(door.customer) == ["goods_out"]
            }
            #expect(try await shop.shop.trends().days.allSatisfy { $0.writtenOff.minor == 0 })
            #expect(try await door.press("write-off-undo", [("reason", "twice")]).contains("written off any more"))
            #expect(try await door.history().contains("write_off_undone"))
            try await shop.shop.takeBack(.handedOver, of: door.number, by: "amina", because: "came back")
            #expect(try await shop.reviews(door.customer).isEmpty)
        }
    }

    @Test(
        "Nothing is written off before the goods are handed over, once it is paid, or while a payment is under way",
        arguments: TestDatabase.engines)
    func refused(_ engine: SQLDatabase.Engine) async throws {
        try await DoorShop.open(engine) { door in
            let shop = door.shop
            await #expect(throws: ServeRefusal.notOwed) { try await Self.writeOff(door) }
            await #expect(throws: ServeRefusal.notWrittenOff) {
                try await shop.shop.undoWriteOff(door.number, by: "amina", because: "a mistake")
            }
            try await shop.shop.handOverUnpaid(door.number, by: "amina", because: "pays on Friday")
            let order = try await shop.order(door.customer).id
            let lookup = Lookup(
                ticket: Ticket("LOOKUP01"), order: order, instance: "mpesa", receipt: "UKL7XGW8F1", state: .review,
                askedAt: shop.clock.now)
            try await shop.database.transaction { try $0.insert(lookup) }
            await #expect(throws: ServeRefusal.receiptIsLookedFor) { try await Self.writeOff(door) }
            let now = shop.clock.now
            try await shop.database.transaction { try $0.settle(lookup.ticket, as: .refused, at: now) }

            shop.daraja.choose(.manual)
            try await shop.shop.promptAgain(
                door.number, phone: "", by: "amina", from: Caller(network: "10.0.0.9", family: .ipv4))
            try await shop.eventually("the prompt is out") { shop.daraja.prompt(on: DoorShop.phone) != nil }
            await #expect(throws: ServeRefusal.promptIsLive(until: nil)) { try await Self.writeOff(door) }
            #expect(try await !door.amina.page(door.desk).contains("Write off what is owed"))
            shop.daraja.approve(DoorShop.phone)
            try await shop.status(door.customer) { $0.state == "paid" }
            await #expect(throws: ServeRefusal.notOwed) { try await Self.writeOff(door) }
        }
    }
}
