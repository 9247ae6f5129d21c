@testable import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import MPesaSimulator
import PaymentKit
import Storage
import Testing

/// The shop notices when a provider does badly, and says so before anybody tries.
@Suite struct Weather {
    /// Attempts that ended in a way, started so many seconds ago, as rows.
    static func add(
        _ shop: TestShop, _ count: Int, _ evidence: Evidence, secondsAgo: Int = 200, tookSeconds: Int = 20
    ) async throws {
        let start = shop.clock.now.adding(seconds: -secondsAgo)
        let order = ID<Order>(at: start)
        let vault = shop.vault
        try await shop.database.transaction { transaction in
            for number in 1...count {
                var attempt = Attempt(
                    ticket: Ticket(String(ID<Order>(at: start).text.suffix(11)).uppercased()), order: order,
                    number: number, instance: "mpesa", amount: Money(whole: 250, .kes),
                    phone: try PhoneNumber("0712345678"), startedAt: start)
                try transaction.insert(attempt, vault)
                attempt.state = evidence.state
                attempt.sentAt = start
                attempt.closedAt = attempt.state.isLive ? nil : start.adding(seconds: tookSeconds)
                try transaction.save(attempt, vault)
            }
        }
        // What was read a moment ago is kept for five seconds.
        shop.clock.advance(seconds: 6)
    }

    static let noAnswer = Evidence.declined(Decline(.payerDidNotAnswer, retry: .sameMethod, code: "1037"))

    @Test("When prompts do not arrive, checkout says so first and offers the paybill", arguments: TestDatabase.engines)
    func bad(_ engine: SQLDatabase.Engine) async throws {
        // The prompts that make the weather have no orders.
        try await MoneyStories.open(engine) {
            $0.verifiesBooks = false
        } _: { shop, path, _ in
            let bright = try await shop.page("/checkout?c=tea:1")
            #expect(!bright.contains("M-PESA is slow") && !bright.contains("name=\"by_hand\""))
            try await Self.add(shop, 6, .paid)
            try await Self.add(shop, 5, Self.noAnswer)
            let page = try await shop.page("/checkout?c=tea:1")
            let slow = try #require(page.range(of: "M-PESA is slow just now: 4 of 10 prompts did not get through."))
            let byHand = try #require(page.range(of: "name=\"by_hand\" value=\"1\">Order now, and pay KSh 1,000"))
            let pay = try #require(page.range(of: ">Pay KSh 1,000 with M-PESA</button>\n</div>"))
            #expect(slow.lowerBound < byHand.lowerBound && byHand.lowerBound < pay.lowerBound)
            let swahili = try await shop.page("/checkout?c=tea:1&lang=sw")
            #expect(swahili.contains("M-PESA iko polepole sasa: maombi 4 kati ya 10"))
            // The paybill comes first on the order's page.
            let order = try await shop.page(path)
            let hand = try #require(order.range(of: "id=\"by-hand\" open"))
            #expect(try hand.lowerBound < #require(order.range(of: "id=\"retry\" action")).lowerBound)
            #expect(order.contains("M-PESA is slow just now"))
            let text = try await shop.page("/metrics")
            #expect(text.contains("duka_provider_is_bad{provider=\"mpesa\"} 1"))
            #expect(text.contains("duka_provider_prompts_recent_unanswered{provider=\"mpesa\"} 5"))
        }
    }

    @Test(
        "An order that is paid by hand starts no prompt, has twice the time, and is paid by paybill",
        arguments: TestDatabase.engines)
    func byHand(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.rules.orderExpirySeconds = 1_800
        options.verifiesBooks = false
        try await TestShop.open(engine, options) { shop in
            shop.daraja.choose(try shop.story("success"))
            let early = try await shop.checkOut(phone: "0712345678", cart: "tea:1", more: [("by_hand", "1")])
            let path = try #require(early.header("location"))
            try await shop.status(path) { $0.attempt != nil && $0.state == "paid" }
            #expect(shop.pushes.count == 1, "where such money is not heard of, a prompt is sent")

            _ = try await shop.shop.register("mpesa")
            try await Self.add(shop, 10, Self.noAnswer)
            let answer = try await shop.checkOut(phone: "0712345678", cart: "tea:1", more: [("by_hand", "1")])
            let order = try #require(answer.header("location"))
            let page = try await shop.page(order)
            #expect(page.contains("This order is not paid yet") && page.contains("id=\"by-hand\" open"))
            #expect(try await shop.status(order).attempt == nil && shop.pushes.count == 1)
            let stored = try await shop.order(order)
            #expect(stored.expiresAt.seconds(since: stored.placedAt) == 3_600)
            #expect(stored.version == 1 && stored.stockHeld)
            let token = try TestShop.field("form_token", in: page)
            #expect(
                try await shop.send("POST", "\(order)/pay", form: [("phone", ""), ("form_token", token)]).leadsToForm)
            try shop.daraja.payPaybill(from: MoneyStories.phone, amount: 1_000, account: stored.number.text)
            try await shop.status(order) { $0.state == "paid" }
            try await shop.checkBooks(order)
        }
    }

    @Test("The alarm is given once, and clears itself", arguments: TestDatabase.engines)
    func alarm(_ engine: SQLDatabase.Engine) async throws {
        var options = TestShop.Options()
        options.runsJobs = false
        options.verifiesBooks = false
        try await TestShop.open(engine, options) { shop in
            func open() async throws -> Bool {
                try await shop.database.read { try $0.isReviewOpen("prompts_unanswered", subject: "mpesa") }
            }
            try await Self.add(shop, 9, .paid)
            try await Self.add(shop, 21, Self.noAnswer)
            try await shop.shop.watchWeather()
            #expect(try await !open(), "21 of 30 is 70 of 100, not more")
            try await Self.add(shop, 1, Self.noAnswer)
            for _ in 0..<3 { try await shop.shop.watchWeather() }
            #expect(try await open())
            #expect(shop.log.all.count { $0.contains("Most prompts of a provider are not answered") } == 1)
            try await Self.add(shop, 20, .paid, secondsAgo: 60)
            for _ in 0..<3 { try await shop.shop.watchWeather() }
            #expect(try await !open())
            #expect(shop.log.all.count { $0.contains("answered again") } == 1)
        }
    }

    private static let now = Timestamp(milliseconds: 10_000_000)
    private static func prompts(_ count: Int, _ evidence: Evidence, secondsAgo: Int = 200) -> [ProviderWeather.Prompt] {
        let start = now.adding(seconds: -secondsAgo)
        return Array(
            repeating: ProviderWeather.Prompt(
                state: evidence.state, startedAt: start, sentAt: start, closedAt: start.adding(seconds: 30)),
            count: count)
    }

    @Test("Few prompts, and what people decide themselves, say nothing against a provider")
    func judgement() {
        func weather(_ prompts: [ProviderWeather.Prompt]) -> ProviderWeather {
            ProviderWeather(prompts, promptSeconds: 75, at: Self.now)
        }
        let cancelled = Evidence.declined(Decline(.cancelledByPayer, retry: .sameMethod, code: "1032"))
        #expect(!weather(Self.prompts(9, Self.noAnswer)).isBad)
        #expect(weather(Self.prompts(10, Self.noAnswer)).isBad)
        #expect(!weather(Self.prompts(50, cancelled)).isBad)
        #expect(!weather(Self.prompts(61, .paid) + Self.prompts(39, Self.noAnswer)).isBad)
        #expect(weather(Self.prompts(60, .paid) + Self.prompts(40, Self.noAnswer)).isBad)
        #expect(weather(Self.prompts(6, .paid) + Self.prompts(5, Self.noAnswer)).unansweredOfTen == 5)
        #expect(weather(Self.prompts(10, .promptSent, secondsAgo: 74)).prompts == 0, "too early to say")
        #expect(weather(Self.prompts(10, .promptSent, secondsAgo: 75)).silent == 10)
        #expect(weather(Self.prompts(10, .paid)).medianSeconds == 30)
        #expect(weather([]).medianSeconds == nil && !weather([]).isBad && weather([]).unansweredOfTen == 0)
        #expect(!weather(Self.prompts(29, Self.noAnswer)).isAlarming)
        #expect(weather(Self.prompts(30, Self.noAnswer)).isAlarming)
        #expect(!weather(Self.prompts(30, Self.noAnswer, secondsAgo: 600)).isAlarming, "older than ten minutes")
    }
}
