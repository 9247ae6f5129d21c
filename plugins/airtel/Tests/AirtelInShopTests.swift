import Airtel
import AirtelSimulator
import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import PaymentKit
import PaymentKitTesting
import Storage
import Testing

/// Buying with Airtel Money beside the other way to pay, in a whole shop.
@Suite struct AirtelInShopTests {
    static let phone = "0733123456"
    static let number = "254733123456"

    /// A shop with both ways to pay; Airtel's messages go to the address that the shop shows for them.
    static func open(
        _ engine: SQLDatabase.Engine, _ story: String, _ body: (TestShop, AirtelMoney) async throws -> Void
    ) async throws {
        let airtel = AirtelMoney(merchant: "MAMA NJERI") { Int64(Date().timeIntervalSince1970 * 1_000) }
        var chosen = try #require(AirtelStory.named(story))
        chosen.decisionMilliseconds = min(chosen.decisionMilliseconds, 50)
        chosen.ambiguousMilliseconds = min(chosen.ambiguousMilliseconds, 500)
        airtel.choose(chosen)
        let server = AirtelServer(airtel)
        let port = try server.start()
        var options = TestShop.Options()
        options.rules.querySeconds = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20]
        options.rules.agreeingSeconds = 1
        options.moreProviders = [
            Shop.Provider(
                name: "airtel", Airtel.manifest, fixed: ["base_url": "http://127.0.0.1:\(port)"],
                requestsPerSecond: 10_000
            ) { values, shopName in
                let checked = try FieldValues(values, checkedAgainst: Airtel.manifest.settings)
                return Abilities(of: try Airtel(Setup(environment: .practice, settings: checked, shopName: shopName)))
            }
        ]
        let running = Task { try await server.run() }
        defer { running.cancel() }
        try await TestShop.open(engine, options) { shop in
            airtel.setCallback(shop.shop.standingAddress("airtel", route: Airtel.callbackRoute))
            try await body(shop, airtel)
        }
        await server.stop()
    }

    private static func buy(_ shop: TestShop) async throws -> String {
        let answer = try await shop.checkOut(phone: phone, provider: "airtel")
        return try #require(answer.header("location"))
    }

    @Test(
        "A payment counts once, with Airtel's id as its receipt, however it is told",
        arguments: TestDatabase.engines,
        [
            "success", "success-at-once", "message-lost", "message-three-times", "ambiguous", "answer-lost",
            "gateway-page", "token-refused",
        ])
    func paid(_ engine: SQLDatabase.Engine, _ story: String) async throws {
        try await Self.open(engine, story) { shop, airtel in
            let path = try await Self.buy(shop)
            let status = try await shop.status(path) { $0.state == "paid" && $0.receipt != nil }
            let payments = airtel.payments
            #expect(payments.count == 1, "one prompt, whatever became of its answer")
            #expect(status.receipt == payments.first?.moneyID)
            #expect(airtel.balance(of: Self.number) == 50_000 - 250)
            #expect(try await shop.captures(path).map(\.instance) == ["airtel"])
            #expect(shop.daraja.ledger.isEmpty, "the other way to pay heard nothing of it")
            #expect(try await shop.page(path).contains("Airtel Money"))
            try await shop.checkBooks(path)
        }
    }

    @Test(
        "A no ends the attempt and not the order", arguments: TestDatabase.engines,
        [("refused", "cancelled"), ("wrong-pin", "failed"), ("not-registered", "failed")])
    func declined(_ engine: SQLDatabase.Engine, _ told: (story: String, state: String)) async throws {
        try await Self.open(engine, told.story) { shop, airtel in
            let path = try await Self.buy(shop)
            let status = try await shop.status(path) { $0.attempt?.state == told.state }
            #expect(status.state == "pending" && status.receipt == nil)
            #expect(airtel.balance(of: Self.number) == 50_000)
            airtel.choose(try #require(AirtelStory.named("success-at-once")), for: Self.number)
            shop.clock.advance(seconds: 200)
            _ = try await shop.retry(path, phone: Self.phone)
            try await shop.status(path) { $0.state == "paid" }
        }
    }

    @Test("A message proves nothing by itself: the provider's answer decides", arguments: TestDatabase.engines)
    func forged(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine, "manual") { shop, airtel in
            let path = try await Self.buy(shop)
            try await shop.eventually("the phone shows it") { airtel.prompt(on: Self.number) != nil }
            let ticket = try #require(airtel.payments.first?.id)
            let address = try #require(shop.shop.standingAddress("airtel", route: Airtel.callbackRoute))
            func post(_ id: String, _ state: String) async throws -> Int {
                let body =
                    #"{"transaction":{"id":"\#(id)","message":"Paid KES 250 to X","status_code":"\#(state)","#
                    + #""airtel_money_id":"CI9.0009"}}"#
                return try await shop.send("POST", address, json: body).status
            }
            #expect(try await post(ticket, "TS") == 200)
            #expect(try await post(ticket, "TF") == 200)
            #expect(try await post("NOBODYS1-1", "TS") == 200)
            try await shop.eventually("all three are done") {
                try await shop.database.read { try $0.inboxCount(state: "new") } == 0
            }
            let status = try await shop.status(path)
            #expect(status.state != "paid" && status.attempt?.state == "prompt_sent" && status.receipt == nil)
            #expect(try await shop.captures(path).isEmpty)
            #expect(try await shop.database.read { try $0.inboxCount(state: "parked") } == 1)
            #expect(airtel.decide(.approve, on: Self.number))
            let paid = try await shop.status(path) { $0.state == "paid" && $0.receipt != nil }
            #expect(paid.receipt == airtel.payments.first?.moneyID, "and not the stranger's")
            try await shop.checkBooks(path)
        }
    }

    @Test("A payment goes back whole, once it is approved, at Airtel's word", arguments: TestDatabase.engines)
    func refund(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine, "success") { shop, airtel in
            let path = try await Self.buy(shop)
            try await shop.status(path) { $0.state == "paid" && $0.receipt != nil }
            let number = try await shop.order(path).number
            let request = RefundRequest(order: number, way: .reversal, reason: "The mug was broken", by: "Asha")
            let asked = try await shop.shop.requestRefund(request)
            #expect(airtel.payments.first?.isRefunded == false, "nothing leaves before it is approved")
            _ = try await shop.shop.approveRefund(asked.ticket, by: "Njeri")
            try await shop.status(path) { $0.state == "reversed" }
            #expect(airtel.balance(of: Self.number) == 50_000)
            #expect(airtel.payments.first?.isRefunded == true)
        }
    }

    @Test("Another network's number is warned about in the words of the chosen way, and used when the customer insists")
    func networks() async throws {
        try await Self.open(.sqlite, "success") { shop, airtel in
            let page = try await shop.page("/checkout?c=mug:1")
            #expect(page.contains("M-PESA") && page.contains("Airtel Money") && page.contains(">Pay KSh 250<"))
            let first = try await shop.checkOut(phone: "0712345678", provider: "airtel")
            let warned = try await shop.formAgain(first)
            #expect(
                warned.contains("This looks like a Safaricom number. Airtel Money prompts reach Airtel lines only."))
            let other = try await shop.checkOut(phone: Self.phone, provider: "mpesa")
            #expect(try await shop.formAgain(other).contains("M-PESA prompts reach Safaricom lines only"))
            #expect(airtel.payments.isEmpty && shop.daraja.ledger.isEmpty)
            let again = try await shop.checkOut(
                phone: "0712345678", provider: "airtel", more: [("use_anyway", "1")])
            try await shop.status(try #require(again.header("location"))) { $0.state == "paid" }
        }
    }
}
