import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// Goods on their way, and an order that is to end as soon as its prompt has.
@Suite struct DeskFulfilment {
    private static func file(_ shop: TestShop, _ number: OrderNumber) async throws -> OrderFile {
        try #require(try await shop.shop.orderFile(number))
    }

    private static func paidOrder(_ shop: TestShop) async throws -> OrderNumber {
        shop.daraja.choose(try shop.story("success"))
        let path = try await shop.buy()
        try await shop.status(path) { $0.state == "paid" }
        return try await shop.order(path).number
    }

    /// An order whose prompt waits on the phone.
    private static func promptedOrder(_ shop: TestShop) async throws -> (path: String, number: OrderNumber) {
        shop.daraja.choose(.manual)
        let path = try await shop.buy()
        try await shop.eventually("the prompt appears") { shop.daraja.prompt(on: "254712345678") != nil }
        return (path, try await shop.order(path).number)
    }

    private static func stock(_ shop: TestShop) async throws -> Int {
        try #require(try await shop.database.read { try $0.products().first { $0.slug == "mug" }?.stock })
    }

    @Test("Goods are packed, handed over to somebody, and each step can be taken back", arguments: TestDatabase.engines)
    func steps(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let number = try await Self.paidOrder(shop)
            let desk = "/admin/orders/\(number.text)"
            let otieno = try await TestStaff.join(shop, "otieno", as: .fulfilment)
            func press(_ what: String, _ fields: [(String, String)] = []) async throws -> String {
                try await otieno.follow(try await otieno.press("\(desk)/\(what)", on: desk, fields))
            }
            #expect(try await press("pack").contains("Packed."))
            #expect(try await Self.file(shop, number).order.fulfilment == .packed)
            #expect(try await press("pack").contains("packed already"))
            #expect(try await otieno.page("/admin/orders").contains("· packed"))

            let numbered = try await press("hand-over", [("taker", "rider 0712345678"), ("form", "hand-over")])
            #expect(numbered.contains("id=\"hand-over-taker-error\""))
            let done = try await press("hand-over", [("taker", "Brian the rider"), ("form", "hand-over")])
            #expect(done.contains("Brian the rider"))
            let handed = try await Self.file(shop, number)
            #expect(handed.order.fulfilment == .handedOver && handed.contact.takenBy == "Brian the rider")
            let clear = try await shop.database.read {
                try $0.query("SELECT detail FROM events").map { try $0.text(0) }
            }
            #expect(!clear.contains { $0.contains("Brian") }, "histories are kept in clear and for ever")

            let why = try await press("take-back", [("step", "handed_over"), ("form", "take-back")])
            #expect(why.contains("Say why"))
            _ = try await press("take-back", [("step", "handed_over"), ("reason", "wrong bag")])
            let back = try await Self.file(shop, number)
            #expect(back.order.fulfilment == .packed && back.contact.takenBy == nil)
            // The page of before: that step is taken back already.
            let late = try await press("take-back", [("step", "handed_over"), ("reason", "wrong bag")])
            #expect(late.contains("another step"))
            _ = try await press("take-back", [("step", "packed"), ("reason", "not yet")])
            #expect(try await Self.file(shop, number).order.fulfilment == .unfulfilled)
        }
    }

    @Test("Without packing first, handing over is both; an order that is not paid is neither")
    func oneStep() async throws {
        try await TestShop.open(.sqlite) { shop in
            let number = try await Self.paidOrder(shop)
            try await shop.shop.handOver(number, by: "otieno")
            let order = try await Self.file(shop, number).order
            #expect(order.packedAt != nil && order.handedOverAt != nil)
            shop.daraja.choose(try shop.story("cancelled"))
            let path = try await shop.buy(phone: "0722000001")
            try await shop.status(path) { $0.attempt?.state == "cancelled" }
            let unpaid = try await shop.order(path).number
            await #expect(throws: ServeRefusal.notPaid) { try await shop.shop.pack(unpaid, by: "otieno") }
            await #expect(throws: ServeRefusal.notPaid) { try await shop.shop.handOver(unpaid, by: "otieno") }
        }
    }

    @Test("Who took the goods is forgotten with the customer's name")
    func takerForgotten() async throws {
        try await TestShop.open(.sqlite) { shop in
            let number = try await Self.paidOrder(shop)
            try await shop.shop.handOver(number, to: "Brian", by: "otieno")
            let (now, vault) = (shop.clock.now, shop.vault)
            let order = try await Self.file(shop, number).order
            try await shop.database.transaction {
                try $0.forgetPeople(of: order, because: "asked", vault, at: now)
            }
            let sealed = try await shop.database.read {
                try $0.query("SELECT taken_by_sealed FROM orders").map { try $0.blobOrNil(0) }
            }
            #expect(sealed == [nil])
        }
    }

    // MARK: Cancelling while a prompt is live

    @Test(
        "While a prompt is live, one press is kept: the order ends as soon as the prompt has, without another",
        arguments: TestDatabase.engines)
    func cancelLater(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let before = try await Self.stock(shop)
            let (path, number) = try await Self.promptedOrder(shop)
            let desk = "/admin/orders/\(number.text)"
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            let until = try await shop.order(path).placedAt.adding(seconds: shop.shop.rules.attemptSeconds)
            let page = try await amina.page(desk)
            // With the day before it where that is tomorrow.
            #expect(page.contains("\(until.eastAfrica.clock). The order is kept"), "the page says when")
            #expect(page.contains("Cancel as soon as the prompt has ended"))

            // Without the page's word for it nothing is kept, and the time is told.
            let refused = try await amina.follow(
                try await amina.press("\(desk)/cancel", on: desk, [("reason", "sold out"), ("form", "cancel")]))
            #expect(refused.contains("until \(until.eastAfrica.clock)"))
            #expect(try await Self.file(shop, number).order.cancelWanted == nil)

            let kept = try await amina.follow(
                try await amina.press(
                    "\(desk)/cancel", on: desk, [("reason", "sold out"), ("when", "prompt_ended"), ("form", "cancel")]))
            #expect(kept.contains("Noted.") && kept.contains("Keep the order after all"))
            let waiting = try await Self.file(shop, number)
            #expect(waiting.order.cancelWanted == "amina: sold out" && waiting.status == .promptSent)
            #expect(try await Self.stock(shop) == before - 1)

            shop.daraja.cancel("254712345678")
            try await shop.eventually("the order is cancelled by itself") {
                try await Self.file(shop, number).status == .cancelled
            }
            #expect(try await Self.stock(shop) == before)
            let history = try await Self.file(shop, number).history.map(\.event)
            #expect(history.last { $0.kind == "cancelled_by" }?.detail == "amina: sold out")
        }
    }

    @Test("Money that comes first keeps the order, and the wish is dropped", arguments: TestDatabase.engines)
    func moneyWins(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let (path, number) = try await Self.promptedOrder(shop)
            try await shop.shop.cancelOrder(number, by: "amina", because: "sold out", mayWait: true)
            shop.daraja.approve("254712345678")
            try await shop.status(path) { $0.state == "paid" }
            let file = try await Self.file(shop, number)
            #expect(file.order.cancelWanted == nil && file.order.stockHeld)
            #expect(file.history.contains { $0.event.kind == "cancel_dropped" })
        }
    }

    @Test("The wish can be taken back, and then the order stays open", arguments: TestDatabase.engines)
    func withdrawn(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            let (path, number) = try await Self.promptedOrder(shop)
            let desk = "/admin/orders/\(number.text)"
            let amina = try await TestStaff.join(shop, "amina", as: .manager)
            try await shop.shop.cancelOrder(number, by: "amina", because: "sold out", mayWait: true)
            let kept = try await amina.follow(try await amina.press("\(desk)/keep", on: desk))
            #expect(kept.contains("is not cancelled when the prompt has ended"))
            shop.daraja.cancel("254712345678")
            try await shop.status(path) { $0.attempt?.state == "cancelled" }
            #expect(try await Self.file(shop, number).status == .pending)
            let again = try await amina.follow(try await amina.press("\(desk)/keep", on: desk))
            #expect(again.contains("nothing to take back"))
        }
    }

    @Test("A prompt of which nothing is heard ends by its deadline, and the order with it")
    func deadline() async throws {
        var options = TestShop.Options()
        options.runsJobs = false
        try await TestShop.open(.sqlite, options) { shop in
            shop.daraja.choose(.manual)
            let path = try await shop.buy()
            try await shop.shop.runDueWork()
            let number = try await shop.order(path).number
            let until = try await shop.shop.cancelOrder(number, by: "amina", because: "sold out", mayWait: true)
            shop.clock.advance(seconds: shop.shop.rules.attemptSeconds + 1)
            for _ in 0..<4 { try await shop.shop.runDueWork() }
            let file = try await Self.file(shop, number)
            #expect(file.status == .cancelled)
            #expect(try #require(until) <= shop.clock.now)
        }
    }
}
