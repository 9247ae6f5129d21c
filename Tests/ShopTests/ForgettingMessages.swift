import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import PaymentKit
import PaystackSimulator
@testable import Storage
import Testing

/// Messages to an address that is one for all payments are forgotten, and given out, with what they are about.
@Suite struct ForgettingMessages {
    private static let phone = "0712345678"

    /// Buys by Paystack, by the number of all its orders here, and pays.
    private static func pay(_ world: PaystackShop, email: String) async throws -> Order {
        let (path, go) = try await world.order(email: email)
        let page = try #require(try await world.shop.send("GET", go).header("location"))
        _ = try await world.press("pay", on: page)
        try await world.shop.status(path) { $0.state == "paid" }
        return try await world.shop.order(path)
    }

    /// How many of the messages that came to the shop open, by the order that they speak of.
    private static func messages(_ shop: TestShop, of order: Order) async throws -> Int {
        try await shop.database.read { reading in
            let tickets = try reading.attempts(of: order.id, shop.vault).map(\.ticket.value)
            return try reading.query("SELECT body_sealed, ticket FROM inbox").count { row in
                let body = try shop.vault.open(try row.blob(0), "inbox \(try row.text(1))")
                return tickets.contains { String(decoding: body, as: UTF8.self).contains($0) }
            }
        }
    }

    /// Nothing is asked any more, and nobody is told anything.
    private static func isLeftAlone(_ shop: TestShop, _ orders: [Order]) async throws {
        shop.clock.advance(seconds: 3 * 86_400)
        try await shop.eventually("nothing is asked about them any more") {
            try await shop.database.read { reading in
                try orders.allSatisfy { order in
                    try reading.first("SELECT COUNT(*) FROM jobs WHERE order_id = \(order.id.text)")?.int(0) == 0
                }
            }
        }
    }

    private static func arrived(_ shop: TestShop, _ orders: [Order]) async throws {
        for order in orders {
            try await shop.eventually("its message is there and read") {
                let unread = try await shop.database.read { try $0.inboxCount(state: "new") }
                return try await messages(shop, of: order) > 0 && unread == 0
            }
        }
    }

    @Test(
        "Forgetting somebody takes the messages about them, and leaves those about others",
        arguments: TestDatabase.engines)
    func person(_ engine: SQLDatabase.Engine) async throws {
        try await PaystackShop.open(engine) { world in
            let shop = world.shop
            let order = try await Self.pay(world, email: "Asha@Shop.example")
            let (otherPath, otherGo) = try await world.order(phone: "0722000111", email: "juma@shop.example")
            let page = try #require(try await shop.send("GET", otherGo).header("location"))
            _ = try await world.press("pay", on: page)
            try await shop.status(otherPath) { $0.state == "paid" }
            let other = try await shop.order(otherPath)
            try await Self.arrived(shop, [order, other])
            for number in [order.number, other.number] { try await shop.shop.handOver(number, by: "test") }
            try await Self.isLeftAlone(shop, [order, other])

            let data = try await shop.shop.personalData(of: PhoneNumber(Self.phone))
            #expect(data.messages.count == (try await Self.messages(shop, of: order)) && !data.messages.isEmpty)
            let trial = try await shop.shop.forget(
                try PhoneNumber(Self.phone), by: "njeri", because: "asked", isTrial: true)
            let erasure = try await shop.shop.forget(try PhoneNumber(Self.phone), by: "njeri", because: "asked")
            #expect(trial.messages == data.messages.count && erasure.messages == trial.messages)
            #expect(erasure.orders == [order.number] && erasure.waiting.isEmpty)
            #expect(try await Self.messages(shop, of: order) == 0)
            #expect(try await Self.messages(shop, of: other) > 0)
            #expect(try await shop.shop.personalData(of: PhoneNumber(Self.phone)).isEmpty)
            let subjects = try await shop.database.read { reading in
                try reading.first(
                    "SELECT COUNT(*) FROM message_subjects WHERE message_id NOT IN (SELECT id FROM inbox)")?.int(0)
            }
            #expect(subjects == 0)
        }
    }

    @Test(
        "What an order still needs stays, and goes with it as soon as it is settled", arguments: TestDatabase.engines)
    func later(_ engine: SQLDatabase.Engine) async throws {
        try await PaystackShop.open(engine) { world in
            let shop = world.shop
            let order = try await Self.pay(world, email: "asha@shop.example")
            try await Self.arrived(shop, [order])
            try await Self.isLeftAlone(shop, [order])
            let erasure = try await shop.shop.forget(try PhoneNumber(Self.phone), by: "njeri", because: "asked")
            #expect(erasure.waiting.map(\.what) == [order.number.text] && erasure.messages == 0)
            #expect(try await Self.messages(shop, of: order) > 0, "its goods are due")
            try await shop.shop.handOver(order.number, by: "test")
            try await shop.shop.forgetWhatWaits()
            #expect(try await Self.messages(shop, of: order) == 0)
        }
    }

    @Test("A message that only names the e-mail address is found by it, in whatever case")
    func email() async throws {
        try await PaystackShop.open(.sqlite) { world in
            let shop = world.shop
            let order = try await Self.pay(world, email: "Asha@Shop.example")
            try await Self.arrived(shop, [order])
            let phone = try PhoneNumber(Self.phone)
            let before = try await shop.shop.personalData(of: phone).messages.count
            let message = InboxMessage(
                id: ID(at: shop.clock.now), instance: "paystack", ticket: Ticket("standing"), route: "events",
                body: Array(#"{"event":"customer.seen","email":"ASHA@shop.Example"}"#.utf8), source: "10.0.0.1",
                isListed: true, receivedAt: shop.clock.now)
            try await shop.database.store(message, shop.vault)
            #expect(try await shop.shop.personalData(of: phone).messages.count == before + 1)
            for (place, other) in ["joasha@shop.example", "asha@shop.example.org", "x.asha@shop.example"].enumerated() {
                let message = InboxMessage(
                    id: ID(at: shop.clock.now), instance: "paystack", ticket: Ticket("standing"), route: "events",
                    body: Array(#"{"place":\#(place),"email":"\#(other)"}"#.utf8), source: "10.0.0.1", isListed: true,
                    receivedAt: shop.clock.now)
                try await shop.database.store(message, shop.vault)
            }
            #expect(try await shop.shop.personalData(of: phone).messages.count == before + 1, "somebody else's")
        }
    }

    @Test(
        "Money that came without a prompt is forgotten with its order, whatever its message calls the payer",
        arguments: TestDatabase.engines)
    func incoming(_ engine: SQLDatabase.Engine) async throws {
        try await MoneyStories.open(engine) { shop, path, number in
            _ = try await shop.shop.register("mpesa")
            try shop.daraja.payPaybill(from: "254722000555", amount: 1_000, account: number)
            try await shop.status(path) { $0.state == "paid" }
            let order = try await shop.order(path)
            func count() async throws -> Int {
                try await shop.database.read { reading in
                    try reading.first("SELECT COUNT(*) FROM message_subjects")?.int(0) ?? 0
                }
            }
            try await shop.eventually("the message is read") { try await count() > 0 }
            let data = try await shop.shop.personalData(of: PhoneNumber(Self.phone))
            #expect(!data.messages.isEmpty, "about their order")
            try await shop.shop.handOver(order.number, by: "test")
            try await Self.isLeftAlone(shop, [order])
            _ = try await shop.shop.forget(try PhoneNumber(Self.phone), by: "njeri", because: "asked")
            #expect(try await count() == 0)
            #expect(try await shop.shop.personalData(of: PhoneNumber(Self.phone)).isEmpty)
        }
    }

    @Test("The file has what was filled in for the way to pay", arguments: TestDatabase.engines)
    func fields(_ engine: SQLDatabase.Engine) async throws {
        try await CheckoutFields.open(engine) { shop, seen in
            let answer = try await shop.checkOut(
                phone: Self.phone, provider: "table",
                more: [("way-table-table", "17"), ("way-table-seat", "window")])
            #expect(answer.leadsToOrder)
            try await shop.eventually("it was begun") { seen.all.count == 1 }
            let file = PersonFile(try await shop.shop.personalData(of: PhoneNumber(Self.phone)))
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            let text = String(decoding: try encoder.encode(file), as: UTF8.self)
            #expect(text.contains(#""fields":{"seat":"window","table":"17"}"#), "\(text)")
            #expect(text.contains(#""phone":"+254712345678""#))
        }
    }
}
