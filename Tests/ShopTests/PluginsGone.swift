@testable import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import PaymentKit
import Storage
import Synchronization
import Testing

/// A way to pay whose program was taken away, with and without money under way.
@Suite struct PluginsGone {
    /// A provider that does as the test says.
    struct Barter: PaymentPlugin, StatusQuerying, WebhookReceiving, Refunding {
        static let manifest = Manifest(
            id: "test.barter", name: "Barter House", version: "1.0.0", summary: "Pays in goats.", currencies: [.kes],
            routes: [WebhookRoute("paid", reply: HTTPReply(json: #"{"taken":true}"#))])
        let isPaid = Mutexed(false)
        var callbackSources: [String] { ["127.0.0.1"] }

        init() {}
        init(_ setup: Setup) throws {}

        func start(_ request: StartRequest, _ call: Call) async throws -> Started {
            Started(references: [Reference("goat", call.ticket.value)])
        }
        func status(of past: Past, _ call: Call) async throws -> Outcome {
            isPaid.value
                ? Outcome(.paid(past.amount, receipt: Receipt("GOAT\(past.ticket.value.prefix(8))")))
                : Outcome(.pending)
        }
        func events(in inbound: InboundRequest) async throws -> [PaymentEvent] {
            guard let past = inbound.about else { return [] }
            let receipt = String(decoding: inbound.body, as: UTF8.self)
            let paid = Fact.paid(past.amount, receipt: Receipt(receipt))
            return [PaymentEvent(EventKey("paid", receipt), .about(past.ticket), paid)]
        }
        func refund(
            _ amount: Money, of receipt: Receipt, _ past: Past?, reason: String, _ call: Call
        ) async throws -> Outcome { Outcome(.returned(amount, receipt: Receipt("BACK"), .refund)) }
    }

    final class Mutexed: Sendable {
        private let held: Mutex<Bool>
        init(_ value: Bool) { held = Mutex(value) }
        var value: Bool {
            get { held.withLock { $0 } }
            set { held.withLock { $0 = newValue } }
        }
    }

    /// How a plugin stands in its folder.
    enum Standing: CaseIterable {
        case there, gone
        /// Its settings do not do.
        case unusable
        /// Nobody knows of it here.
        case unheardOf
        /// It was not found at the last look.
        case missed
    }

    /// A folder with one plugin in it, or none.
    final class Folder: Sendable {
        let barter = Barter()
        private let state = Mutex((standing: Standing.there, number: 1))
        private let made = Mutex(0)
        /// How often the plugin was made from its settings.
        var timesMade: Int { made.withLock { $0 } }

        var apart: Shop.ProvidersApart {
            let (standing, number) = state.withLock { $0 }
            let gone = ["barter": Barter.manifest]
            switch standing {
            case .there, .unusable: return Shop.ProvidersApart([copy(standing, number)], number: number)
            case .gone: return Shop.ProvidersApart(gone: gone, number: number)
            case .unheardOf: return Shop.ProvidersApart(number: number)
            case .missed: return Shop.ProvidersApart(gone: gone, undecided: ["barter"], number: number)
            }
        }

        private func copy(_ standing: Standing, _ number: Int) -> Shop.Provider {
            Shop.Provider(name: "barter", Barter.manifest, fixed: [:], revision: number) { [self] _, _ in
                made.withLock { $0 += 1 }
                if standing == .unusable { throw PaymentError.misconfigured("No goats are set.", setting: nil) }
                return Abilities(of: barter)
            }
        }

        /// Changes it without anybody looking.
        func put(_ standing: Standing) { state.withLock { $0 = (standing, $0.number + 1) } }

        func put(_ standing: Standing, in shop: TestShop) async throws {
            put(standing)
            try await shop.shop.readSettings()
        }

        func put(_ isThere: Bool, in shop: TestShop) async throws { try await put(isThere ? .there : .gone, in: shop) }
    }

    static func open(
        _ engine: SQLDatabase.Engine, _ body: (TestShop, Folder) async throws -> Void
    ) async throws {
        let folder = Folder()
        var options = TestShop.Options()
        options.runsJobs = false
        options.apart = { folder.apart }
        try await TestShop.open(engine, options) { try await body($0, folder) }
    }

    /// An order whose customer pays by the plugin, and the address of its messages.
    static func begin(_ shop: TestShop) async throws -> (path: String, address: String) {
        let path = try #require(
            try await shop.checkOut(phone: "0712345678", provider: "barter").header("location"))
        let ticket = try #require(try await shop.order(path).liveTicket)
        let token = shop.shop.tokens.callbackToken(instance: "barter", ticket: ticket)
        return (path, "/in/\(token)/paid")
    }

    static func items(_ shop: TestShop) async throws -> [String] {
        try await shop.shop.openItems().map { "\($0.item.kind) \($0.item.subject)" }
    }

    @Test(
        "What a way to pay began stays readable and watched when it is gone, and goes on when it is back",
        arguments: TestDatabase.engines)
    func watched(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, folder in
            let (paid, address) = try await Self.begin(shop)
            try await shop.shop.runDueWork()
            #expect(try await shop.send("POST", address, json: "GOAT1").status == 200)
            try await shop.shop.runDueWork()
            try await shop.status(paid) { $0.state == "paid" }
            let (open, _) = try await Self.begin(shop)
            try await shop.shop.runDueWork()

            try await folder.put(false, in: shop)
            #expect(try await !shop.page("/checkout?c=mug:1").contains("value=\"barter\""))
            shop.clock.advance(seconds: 20)
            try await shop.shop.runDueWork()
            #expect(try await Self.items(shop) == ["way_gone barter"])
            #expect(try await shop.status(open).attempt?.state == "prompt_sent", "silence is never a no")
            #expect(try await shop.page(open).contains("does not take Barter House any more"))
            let receipt = try await shop.page("\(paid)/receipt")
            #expect(receipt.contains("Barter House") && receipt.contains("GOAT1"))

            let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
            let number = try await shop.order(open).number.text
            #expect(try await njeri.page("/admin/orders/\(number)").contains("Barter House is not part of this shop"))
            #expect(try await njeri.page("/admin").contains("A way to pay was taken away"))
            for page in ["orders?provider=barter", "money", "messages", "jobs", "figures", "trail", "reconcile"] {
                #expect(try await njeri.get("/admin/\(page)").status == 200, "\(page)")
            }
            #expect(try await njeri.page("/admin/orders?provider=barter").contains(number))
            #expect(try await njeri.page("/admin/orders.csv").contains("barter"))
            #expect(try await shop.shop.orderNumber(paidBy: "GOAT1") == shop.order(paid).number)

            folder.barter.isPaid.value = true
            try await folder.put(true, in: shop)
            #expect(try await Self.items(shop).isEmpty, "the item ends by itself")
            try await shop.shop.runDueWork()
            try await shop.status(open) { $0.state == "paid" }
            try await shop.checkBooks(open)
        }
    }

    @Test(
        "A message for a way to pay that is gone is stored, answered and put before a person; money in it counts later",
        arguments: TestDatabase.engines)
    func message(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, folder in
            let (path, address) = try await Self.begin(shop)
            try await shop.shop.runDueWork()
            try await folder.put(false, in: shop)
            for _ in 0..<2 {
                let answer = try await shop.send("POST", address, json: "GOAT7")
                #expect(answer.status == 200 && String(decoding: answer.body, as: UTF8.self) == #"{"taken":true}"#)
            }
            let wrong = address.replacing("/paid", with: "/Sent..")
            #expect(try await shop.send("POST", wrong, json: "GOAT8").status == 404)
            try await shop.shop.runDueWork()
            let message = try #require(try await shop.shop.messages(.parked, atMost: 5).first)
            #expect(try await Self.items(shop).sorted() == ["parked_message \(message.id)", "way_gone barter"])
            try await shop.status(path) { $0.state == "prompt_sent" }

            try await folder.put(true, in: shop)
            try await shop.shop.runDueWork()
            #expect(try await shop.shop.messages(.parked, atMost: 5).isEmpty, "it was read again")
            // Nobody could say where it came from, so the provider is asked before it counts.
            #expect(try await shop.captures(path).isEmpty)
            folder.barter.isPaid.value = true
            shop.clock.advance(seconds: 60)
            try await shop.shop.runDueWork()
            try await shop.status(path) { $0.state == "paid" }
            #expect(try await Self.items(shop).isEmpty)
            #expect(try await shop.captures(path).count == 1)
            try await shop.checkBooks(path)
        }
    }

    @Test(
        "A prompt that was not sent is told as not sent, and the customer pays by another way",
        arguments: TestDatabase.engines)
    func unsent(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, folder in
            let (path, _) = try await Self.begin(shop)
            try await folder.put(false, in: shop)
            try await shop.shop.runDueWork()
            let told = try await shop.status(path)
            #expect(told.attempt?.state == "failed", "\(told)")
            shop.clock.advance(seconds: 10)
            #expect(try await shop.retry(path, phone: "0712345678").status == 303)
            try await shop.shop.runDueWork()
            #expect(shop.pushes.count == 1, "by the way that there is")
            try await shop.checkBooks(path)
        }
    }

    @Test(
        "A refund that was approved waits for its way to pay and is not forgotten; it may be turned down",
        arguments: TestDatabase.engines)
    func refund(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, folder in
            var tickets: [Ticket] = []
            for receipt in ["GOAT1", "GOAT2"] {
                let (path, address) = try await Self.begin(shop)
                try await shop.shop.runDueWork()
                _ = try await shop.send("POST", address, json: receipt)
                try await shop.shop.runDueWork()
                let request = RefundRequest(
                    order: try await shop.order(path).number, way: .reversal, reason: "Broken", by: "Asha")
                let refund = try await shop.shop.requestRefund(request)
                tickets.append(refund.ticket)
            }
            for ticket in tickets { _ = try await shop.shop.approveRefund(ticket, by: "Njeri") }
            try await folder.put(false, in: shop)
            shop.clock.advance(seconds: 10)
            try await shop.shop.runDueWork()
            #expect(try await shop.shop.openRefunds().map(\.refund.state) == [.approved, .approved])
            #expect(try await Self.items(shop) == ["way_gone barter"])
            let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
            #expect(try await njeri.page("/admin/money").contains("nothing can be sent or asked through it"))
            _ = try await shop.shop.rejectRefund(tickets[1], by: "Njeri", reason: "paid by hand")
            try await folder.put(true, in: shop)
            shop.clock.advance(seconds: 3_700)
            try await shop.shop.runDueWork()
            #expect(try await shop.shop.openRefunds().isEmpty)
            let states = try await shop.database.read { [tickets] reading in
                try tickets.map { try reading.refund($0)?.state.name }
            }
            #expect(states == ["succeeded", "failed"])
        }
    }
}
