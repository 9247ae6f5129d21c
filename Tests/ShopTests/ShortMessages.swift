@testable import Checkout
import Commerce
import Database
import DukaTesting
import FaultTesting
import Foundation
import HTTPClient
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// SMS: an act, so each is sent once, and never again when it may have been sent.
@Suite struct ShortMessages {
    private static func open(
        _ engine: SQLDatabase.Engine, quietHours: QuietHours? = nil,
        _ body: (TestShop, PostOffice, TestSMSService) async throws -> Void
    ) async throws {
        var options = TestShop.Options()
        options.runsJobs = false
        try await TestShop.open(engine, options) { shop in
            shop.daraja.choose(try shop.story("cancelled"))
            try await TestSMSService.open { service in
                try await body(shop, try await shop.post(sms: service, quietHours: quietHours), service)
            }
        }
    }

    /// The customer cancels the prompt on the phone.
    private static func promptEnds(_ shop: TestShop, _ path: String) async throws {
        try await shop.eventually("nobody is asked for money") {
            try await shop.shop.runDueWork()
            return try await shop.order(path).liveTicket == nil
        }
    }

    @Test(
        "What the service answers decides, and only what was certainly not sent is tried again",
        arguments: TestDatabase.engines,
        [
            (TestSMSService.Answer.code(101), "sent", 1), (.code(100), "sent", 1), (.code(102), "sent", 1),
            (.code(403), "failed", 1), (.code(406), "failed", 1), (.code(405), "waiting", 3),
            (.code(500), "unclear", 1), (.code(501), "unclear", 1), (.code(999), "unclear", 1),
            (.status(401), "waiting", 3), (.status(429), "waiting", 3), (.status(400), "failed", 1),
            (.status(500), "unclear", 1), (.status(503), "unclear", 1), (.body("<html>"), "unclear", 1),
            (.body(#"{"SMSMessageData":{"Message":"InvalidSenderId","Recipients":[]}}"#), "failed", 1),
            (.hangUp, "unclear", 1),
        ])
    func answers(_ engine: SQLDatabase.Engine, _ row: (TestSMSService.Answer, String, Int)) async throws {
        let (answer, state, times) = row
        try await Self.open(engine) { shop, post, service in
            service.answer(answer)
            let path = try await shop.buy()
            for _ in 0..<3 {
                try await post.deliverDue()
                shop.clock.advance(seconds: 301)
            }
            #expect(try await shop.told(path) == ["placed sms \(state)"])
            #expect(service.messages.count == times)
            #expect(service.messages.allSatisfy { $0.key == "a-key-of-the-service" })
            #expect(!shop.log.all.joined().contains("254712345678") && !shop.log.all.joined().contains("a-key-of"))
        }
    }

    @Test(
        "At night what can wait waits until the morning, and what was just done does not",
        arguments: TestDatabase.engines)
    func quietHours(_ engine: SQLDatabase.Engine) async throws {
        // Quiet is the hour that is now, and the one after it.
        let hour = Timestamp(Date()).eastAfrica.hour
        let hours = QuietHours(from: hour, until: (hour + 2) % 24)
        try await Self.open(engine, quietHours: hours) { shop, post, service in
            let path = try await shop.buy()
            try await post.deliverDue()
            #expect(try await shop.told(path) == ["placed sms sent"], "they did it a moment ago")
            try await Self.promptEnds(shop, path)
            let number = try await shop.order(path).number
            try await shop.shop.cancelOrder(number, by: "njeri", because: "sold out")
            try await post.deliverDue()
            #expect(try await shop.told(path) == ["placed sms sent", "cancelled sms waiting"])
            #expect(service.messages.count == 1)
            shop.clock.advance(seconds: 7_201)
            try await post.deliverDue()
            #expect(try await shop.told(path) == ["placed sms sent", "cancelled sms sent"])
        }
    }

    @Test("Without any way to send, nothing is written; with letters only, nobody gets an SMS")
    func noWay() async throws {
        var options = TestShop.Options()
        options.runsJobs = false
        try await TestShop.open(.sqlite, options) { shop in
            let path = try await shop.buyByMail()
            #expect(try await shop.told(path).isEmpty)
            _ = try await shop.post(mail: TestMailServer())
            let second = try await shop.buyByMail(phone: "0712345679")
            #expect(try await shop.told(second) == ["placed letter waiting"])
            #expect(try await shop.told(try await shop.buy(phone: "0712345670")).isEmpty, "no address")
        }
    }

    @Test("What is not true any more when its turn comes is not sent", arguments: TestDatabase.engines)
    func overtaken(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, post, service in
            let path = try await shop.buy()
            try await Self.promptEnds(shop, path)
            try await shop.shop.cancelOrder(try await shop.order(path).number, by: "njeri", because: "sold out")
            try await post.deliverDue()
            #expect(try await shop.told(path) == ["placed sms overtaken", "cancelled sms sent"])
            #expect(service.messages.count == 1)
        }
    }
}
