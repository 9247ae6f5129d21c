@testable import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import HTTPClient
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// Before another prompt leaves, the last one's end is asked for; without an answer a pause counts.
@Suite struct DoublePayShield {
    /// An order whose prompt closed without any news, after 150 seconds.
    private static func open(
        _ engine: SQLDatabase.Engine, story: String, askSeconds: Double = 4,
        _ body: (TestShop, _ path: String) async throws -> Void
    ) async throws {
        var options = TestShop.Options()
        options.rules.querySeconds = []
        options.rules.attemptSeconds = 150
        options.rules.askBeforeRetrySeconds = askSeconds
        try await TestShop.open(engine, options) { shop in
            shop.daraja.choose(try shop.story(story))
            let path = try await shop.buy()
            try await shop.status(path) { $0.attempt?.state == "prompt_sent" }
            try await shop.eventually("the phone has decided") { shop.pushes.first?.result != nil || story == "stuck" }
            shop.clock.advance(seconds: 151)
            try await shop.status(path) { $0.attempt?.state == "expired" }
            try await body(shop, path)
        }
    }

    private static func press(_ shop: TestShop, _ path: String) async throws -> OutboundResponse {
        let token = shop.shop.formToken(for: .retry(pageToken: String(path.dropFirst("/orders/".count))))
        return try await shop.send("POST", "\(path)/pay", form: [("phone", ""), ("form_token", token)])
    }

    @Test("Money of which no news came is found before a second prompt leaves", arguments: TestDatabase.engines)
    func paidAfterAll(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine, story: "callback-lost") { shop, path in
            #expect(try await Self.press(shop, path).header("location") == path)
            try await shop.status(path) { $0.state == "paid" }
            #expect(shop.pushes.count == 1, "nobody is asked twice")
            #expect(try await shop.captures(path).count == 1)
        }
    }

    @Test(
        "Without an answer the button counts to 180 seconds, then another prompt may go",
        arguments: TestDatabase.engines)
    func pause(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine, story: "stuck", askSeconds: 0) { shop, path in
            let page = try await shop.page(path)
            #expect(page.contains("M-PESA has not confirmed a payment") && page.contains("disabled data-seconds="))
            #expect(!page.contains("id=\"retry\"") && page.contains("You can try again at "))
            #expect(page.contains("If you entered your PIN, wait: do not pay again."))
            let early = try await Self.press(shop, path)
            #expect(!early.leadsToOrder)
            #expect(shop.pushes.count == 1)
            shop.clock.advance(seconds: 29)
            let after = try await shop.page(path)
            #expect(after.contains("id=\"retry\"") && after.contains("we ask M-PESA once more about the last one"))
            shop.daraja.choose(try shop.story("success"))
            #expect(try await Self.press(shop, path).header("location") == path)
            try await shop.status(path) { $0.state == "paid" }
            #expect(shop.pushes.count == 2)
        }
    }

    @Test("A provider that is still working on the last prompt is no reason to send another early")
    func stillWorking() async throws {
        try await Self.open(.sqlite, story: "stuck") { shop, path in
            let early = try await Self.press(shop, path)
            #expect(!early.leadsToOrder)
            #expect(shop.pushes.count == 1 && shop.pushes.first?.queries.isEmpty == false, "it was asked")
        }
    }

    @Test("A form that was used asks the provider nothing and sends nothing", arguments: TestDatabase.engines)
    func usedForm(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine, story: "stuck") { shop, path in
            shop.clock.advance(seconds: 30)
            let token = shop.shop.formToken(for: .retry(pageToken: String(path.dropFirst("/orders/".count))))
            for count in [2, 2] {
                let answer = try await shop.send("POST", "\(path)/pay", form: [("phone", ""), ("form_token", token)])
                #expect(answer.header("location") == path)
                try await shop.eventually("the prompt is out") { shop.pushes.count == count }
                try await shop.status(path) { $0.attempt?.state == "prompt_sent" || $0.attempt?.state == "expired" }
                shop.clock.advance(seconds: 181)
                try await shop.eventually("its time is over") { try await shop.order(path).liveTicket == nil }
                #expect(shop.pushes.map(\.queries.count) == [1, 0])
            }
        }
    }
}
