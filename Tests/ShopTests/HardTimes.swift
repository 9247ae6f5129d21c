@testable import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// The stories of `states.md` about second tries, slow news, rushes, outages and clocks, on both engines.
@Suite struct HardTimes {
    static let engines = TestDatabase.engines

    @Test(
        "No answer, wrong PIN, no money, a locked line: the same order is paid by the next prompt",
        arguments: engines, ["unreachable", "wrong-pin", "insufficient-funds", "subscriber-locked"])
    func thenPay(_ engine: SQLDatabase.Engine, _ first: String) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story(first), phone: "254712345678")
            shop.daraja.choose(try shop.story("success"), phone: "254722000000")
            let path = try await shop.buy()
            let ended = try await shop.status(path) { $0.state == "pending" && $0.attempt?.state != "pending" }
            if let seconds = ended.attempt?.retry_after, seconds > 0 {
                #expect(try await !shop.page(path).contains("/pay\""), "no button before it may work")
                shop.clock.advance(seconds: seconds + 1)
            }
            _ = try await shop.retry(path, phone: "0722000000")
            try await shop.status(path) { $0.state == "paid" }
            #expect(try await shop.captures(path).count == 1)
            #expect(shop.pushes.count == 2)
            try await shop.checkBooks(path)
        }
    }

    @Test("A callback after ten minutes pays an order whose prompt was given up", arguments: engines)
    func tenMinutes(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(
                try shop.story("success") {
                    $0.callback.delayMilliseconds = 600_000
                    $0.query.fault = .pending
                })
            let path = try await shop.buy()
            try await shop.eventually("it is paid on the phone") { shop.pushes.first?.receipt != nil }
            shop.clock.advance(seconds: 200)
            try await shop.status(path) { $0.attempt?.state == "expired" }
            shop.clock.advance(seconds: 420)
            let paid = try await shop.status(path) { $0.state == "paid" }
            #expect(paid.attempt?.state == "paid" && paid.receipt == shop.pushes[0].receipt)
            try await shop.checkBooks(path)
        }
    }

    @Test("Tokens that are cancelled in the middle of a rush lose nobody", arguments: engines)
    func tokenInRush(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("success"))
            let paths = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<24 {
                    group.addTask {
                        if number % 8 == 7 { shop.daraja.cancelTokens() }
                        return try await shop.buy(phone: "07220000\(10 + number)")
                    }
                }
                return try await group.reduce(into: [String]()) { $0.append($1) }
            }
            for path in paths { try await shop.status(path, within: 30) { $0.state == "paid" } }
            #expect(shop.pushes.filter { $0.receipt != nil }.count == 24, "each was prompted once")
        }
    }

    @Test("A quota that is hit keeps prompts in line until it is over", arguments: engines)
    func quota(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("quota"))
            let path = try await shop.buy()
            try await shop.eventually("it waits in line") { try await shop.page(path).contains("in line") }
            shop.daraja.choose(try shop.story("success"))
            for _ in 0..<4 {
                shop.clock.advance(seconds: 6)
                try await Task.sleep(for: .milliseconds(400))
            }
            try await shop.status(path) { $0.state == "paid" }
            #expect(shop.pushes.filter { $0.receipt != nil }.count == 1)
        }
    }

    @Test("A provider that is down for ten minutes costs nobody money or certainty", arguments: engines)
    func outage(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("callback-lost"), phone: "254722000000")
            let prompted = try await shop.buy(phone: "0722000000")
            try await shop.eventually("it is paid on the phone") { shop.pushes.first?.receipt != nil }
            shop.daraja.choose(try shop.story("outage"))
            let path = try await shop.buy()
            for _ in 0..<10 {
                shop.clock.advance(seconds: 60)
                try await Task.sleep(for: .milliseconds(150))
            }
            let ended = try await shop.status(path) { $0.attempt?.state == "failed" || $0.attempt?.state == "expired" }
            #expect(ended.state == "pending")
            #expect(try await shop.status(prompted).state != "paid")

            shop.daraja.choose(try shop.story("success"))
            for _ in 0..<4 {
                shop.clock.advance(seconds: 300)
                try await Task.sleep(for: .milliseconds(150))
            }
            let found = try await shop.status(prompted) { $0.state == "paid" }
            #expect(found.attempt?.state == "paid", "asked again when the provider was back")
            _ = try await shop.retry(path, phone: "0712345678")
            try await shop.status(path) { $0.state == "paid" }
            #expect(shop.pushes.filter { $0.receipt != nil }.count == 2)
        }
    }

    @Test("A clock that jumps back and forth changes no payment and no order of events", arguments: engines)
    func clock(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(Story.manual)
            let path = try await shop.buy()
            try await shop.status(path) { $0.attempt?.state == "prompt_sent" }
            try await shop.eventually("the prompt appears") { shop.daraja.prompt(on: "254712345678") != nil }
            shop.clock.advance(seconds: -7_200)
            shop.daraja.approve("254712345678")
            shop.clock.advance(seconds: 10_800)
            try await shop.status(path) { $0.state == "paid" }
            shop.clock.advance(seconds: -86_400)
            try await Task.sleep(for: .milliseconds(500))
            #expect(try await shop.status(path).state == "paid")
            let order = try await shop.order(path)
            let times = try await shop.database.read { try $0.events(of: order.id).map(\.at) }
            #expect(times == times.sorted(), "I22")
            #expect(shop.pushes.count == 1)
            try await shop.checkBooks(path)
        }
    }

    @Test("What is owed for a day is for a person, until it comes", arguments: engines)
    func owed(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            shop.daraja.choose(try shop.story("callback-lost"))
            let path = try await shop.buy()
            shop.clock.advance(seconds: 20)
            try await shop.status(path) { $0.state == "paid" && $0.receipt == nil }
            shop.daraja.choose(try shop.story("dropped"))
            let lost = try await shop.buy(phone: "0722000000")
            try await shop.eventually("its answer is lost") {
                try await shop.database.read { try $0.attemptCounts().contains { $0.name == "unknown" } }
            }
            shop.clock.advance(seconds: 200)
            try await shop.status(lost) { $0.attempt?.state == "expired" }
            try await shop.shop.watchOwed()
            #expect(try await shop.reviews(path).isEmpty)
            #expect(try await shop.reviews(lost).isEmpty)
            shop.clock.advance(seconds: 86_400)
            for _ in 0..<2 { try await shop.shop.watchOwed() }
            #expect(try await shop.reviews(path) == ["receipt_owed"])
            #expect(try await shop.reviews(lost) == ["outcome_unknown"])

            let push = try #require(shop.pushes.first)
            let receipt = try #require(push.receipt)
            _ = try await shop.send(
                "POST", push.callbackURL, json: PaymentStories.success(push, receipt: receipt))
            try await shop.status(path) { $0.receipt == receipt }
            #expect(try await shop.reviews(path).isEmpty)
        }
    }
}
