@testable import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import PaymentKit
import Storage
import Testing

/// What comes long after money was given up: it may be paid all the same, or it is over.
@Suite struct WrittenOffLater {
    /// An order that was handed over unpaid.
    private static func open(_ engine: SQLDatabase.Engine, _ body: (DoorShop) async throws -> Void) async throws {
        try await DoorShop.open(engine) { door in
            try await door.shop.shop.handOverUnpaid(door.number, by: "amina", because: "pays on Friday")
            try await body(door)
        }
    }

    private static func writeOff(_ door: DoorShop) async throws -> Money {
        try await door.shop.shop.writeOff(door.number, by: "amina", because: "moved away")
    }

    private static func pass(days: Int, _ shop: TestShop) async throws {
        for _ in 0..<days * 4 {
            shop.clock.advance(seconds: 6 * 3_600)
            try await shop.shop.runDueWork()
        }
    }

    @Test("A month after the write-off it is paid by phone, from the customer's page", arguments: TestDatabase.engines)
    func paidLate(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { door in
            let shop = door.shop
            _ = try await Self.writeOff(door)
            try await Self.pass(days: 29, shop)
            shop.daraja.choose(try shop.story("success"))
            #expect(try await shop.page(door.customer).contains("action=\"\(door.customer)/pay\""))
            let secret = String(door.customer.dropFirst("/orders/".count))
            let token = shop.shop.formToken(for: .retry(pageToken: secret))
            _ = try await shop.send(
                "POST", "\(door.customer)/pay", form: [("phone", "0712345678"), ("form_token", token)])
            try await shop.status(door.customer) { $0.state == "paid" }
            #expect(try await door.file().order.writtenOff == nil)
            try await shop.checkBooks(door.customer)
        }
    }

    @Test(
        "With a write-off an order is over, and its people can be forgotten; before, they are still needed",
        arguments: TestDatabase.engines)
    func forgotten(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { door in
            let shop = door.shop
            let phone = try PhoneNumber(DoorShop.phone)
            let wish = try await shop.shop.forget(phone, by: "njeri", because: "asked")
            #expect(wish.orders.isEmpty && wish.waiting.first?.reasons.contains(.notEnded) == true)
            _ = try await Self.writeOff(door)
            try await Self.pass(days: 8, shop)
            try await shop.shop.forgetWhatWaits()
            let (order, contact) = (try await door.file().order, try await door.file().contact)
            #expect(contact.phone == nil && contact.name.isEmpty)
            #expect(order.writtenOff?.amount == Money(whole: 250, .kes))
            try await shop.checkBooks(door.customer)
        }
    }

    @Test(
        "What was paid in part and went back leaves the rest owed: it is written off, also for a second time",
        arguments: TestDatabase.engines)
    func partWentBack(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { door in
            let shop = door.shop
            _ = try await shop.shop.takeCash(door.number, Money(whole: 75, .kes), by: "amina")
            var request = RefundRequest(order: door.number, way: .byHand, reason: "torn", by: "amina")
            request.proof = "from the till"
            let refund = try await shop.shop.requestRefund(request)
            _ = try await shop.shop.approveRefund(refund.ticket, by: "njeri")
            try await shop.status(door.customer) { $0.state == "reversed" }
            try await Self.pass(days: 8, shop)
            #expect(try await shop.reviews(door.customer).contains("goods_out"))
            #expect(try await door.file().order.canBeWrittenOff(at: shop.clock.now))
            for _ in 0..<2 {
                let left = try await door.file().order.standing.remainder
                #expect(try await Self.writeOff(door) == left)
                try await Self.pass(days: 8, shop)
                #expect(try await !shop.reviews(door.customer).contains("goods_out"))
                await #expect(throws: ServeRefusal.isWrittenOff) { _ = try await Self.writeOff(door) }
                try await shop.shop.undoWriteOff(door.number, by: "amina", because: "is back")
                try await shop.eventually("it is asked for again") {
                    try await shop.reviews(door.customer).contains("goods_out")
                }
            }
        }
    }
}
