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

/// Other programs are told of orders: each change, signed, until it is taken.
@Suite struct Webhooks {
    static func idle(_ change: (inout TestShop.Options) -> Void = { _ in }) -> TestShop.Options {
        var options = TestShop.Options()
        options.runsJobs = false
        change(&options)
        return options
    }

    /// A shop whose orders nobody works on, with one receiver.
    static func open(
        _ engine: SQLDatabase.Engine, timeout: Duration = .seconds(15),
        _ body: (TestShop, WebhookSender, TestWebhookReceiver, _ secret: String) async throws -> Void
    ) async throws {
        try await TestShop.open(engine, idle()) { shop in
            try await TestWebhookReceiver.open { receiver in
                try await shop.webhooks(timeout: timeout) { sender in
                    try await body(shop, sender, receiver, try await shop.addWebhook(receiver))
                }
            }
        }
    }

    // MARK: What is told

    @Test(
        "An order's way is told once at each step, signed, with the order as it is now and nobody's data",
        arguments: TestDatabase.engines)
    func way(_ engine: SQLDatabase.Engine) async throws {
        try await TestShop.open(engine) { shop in
            try await TestWebhookReceiver.open { receiver in
                try await shop.webhooks { sender in
                    let secret = try await shop.addWebhook(receiver)
                    shop.daraja.choose(try shop.story("callback-tripled"))
                    let answer = try await shop.checkOut(
                        phone: "0712345678", cart: "mug:2", delivery: "rider", email: "asha@example.com")
                    let path = try #require(answer.header("location"))
                    try await shop.status(path) { $0.state == "paid" && $0.receipt != nil }
                    let number = try await shop.order(path).number
                    try await shop.shop.handOver(number, by: "otieno")
                    for _ in 0..<3 { try await sender.deliverDue() }
                    #expect(
                        try await shop.toldWebhooks() == [
                            "order.placed delivered 1", "order.paid delivered 1", "order.handed_over delivered 1",
                        ])
                    #expect(receiver.messages.count == 3, "three equal callbacks are one payment")
                    for message in receiver.messages {
                        #expect(isSigned(message, by: secret))
                        #expect(message.type == "application/json" && message.path == "/in/a-token-of-theirs")
                        #expect(try message.bodyID() == message.id)
                        for secretWord in ["254712", "0712", "345678", "Asha", "Wanjiru", "example.com", "Kilimani"] {
                            #expect(!message.text.contains(secretWord), "\(secretWord)")
                        }
                        // Made when sent: the first message tells of the end as well.
                        let order = try #require(try message.order())
                        #expect(order.number == number.text && order.status == "paid" && order.currency == "KES")
                        #expect(order.fulfilment == "handed_over" && order.paid_at != nil)
                        #expect((order.total, order.paid, order.refunded, order.left) == (70_000, 70_000, 0, 0))
                        #expect(order.lines.map(\.slug) == ["mug"] && order.lines[0].quantity == 2)
                        #expect(order.lines[0].unit_price == 25_000)
                    }
                    #expect(Set(receiver.messages.map(\.id)).count == 3)
                    #expect(!shop.log.all.joined().contains("a-token-of-theirs"))
                }
            }
        }
    }

    @Test("Parts, refunds, expiry and cancelling are told as what they are", arguments: TestDatabase.engines)
    func otherWays(_ engine: SQLDatabase.Engine) async throws {
        try await MoneyStories.open(engine) { shop, path, number in
            try await TestWebhookReceiver.open { receiver in
                try await shop.webhooks { sender in
                    _ = try await shop.addWebhook(receiver)
                    for amount in [400, 300, 300] {
                        let before = try await shop.captures(path).count
                        try shop.daraja.payPaybill(from: MoneyStories.phone, amount: amount, account: number)
                        try await shop.eventually("it counts") { try await shop.captures(path).count == before + 1 }
                    }
                    let asked = try await RefundStories.ask(shop, OrderNumber(stored: number), way: .byHand) {
                        $0.amount = Money(whole: 200, .kes)
                        $0.proof = "QWE1234567"
                    }
                    _ = try await shop.shop.approveRefund(asked.ticket, by: "Njeri")
                    let ended = try await shop.buy(phone: "0722000005")
                    try await shop.status(ended) { $0.state == "pending" && $0.attempt?.state == "cancelled" }
                    _ = try await shop.shop.cancelOrder(
                        try await shop.order(ended).number, by: "Njeri", because: "asked for it")
                    for _ in 0..<2 { try await sender.deliverDue() }
                    let told = try receiver.messages.map { try $0.event() }
                    #expect(
                        told.sorted() == [
                            "order.cancelled", "order.paid", "order.part_refunded", "order.partly_paid",
                            "order.partly_paid", "order.placed",
                        ])
                    let refunded = try #require(try receiver.messages.first { try $0.event() == "order.part_refunded" })
                    let order = try #require(try refunded.order())
                    #expect((order.paid, order.refunded, order.status) == (100_000, 20_000, "paid"))
                }
            }
        }
    }

    @Test("An order that nobody pays is told to have expired", arguments: TestDatabase.engines)
    func expired(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, sender, receiver, _ in
            shop.daraja.choose(try shop.story("cancelled"))
            _ = try await shop.buy()
            try await shop.shop.runDueWork()
            shop.clock.advance(seconds: 4_000)
            try await shop.shop.runDueWork()
            try await sender.deliverDue()
            #expect(try receiver.messages.map { try $0.event() }.sorted() == ["order.expired", "order.placed"])
            #expect(try receiver.messages.allSatisfy { try $0.order()?.status == "expired" })
        }
    }

    @Test("A change that is undone is told to nobody, and one that is told twice is an error of ours")
    func outbox() async throws {
        try await Self.open(.sqlite) { shop, _, _, _ in
            struct Stop: Error {}
            let path = try await shop.buy()
            let order = try await shop.order(path)
            let now = shop.clock.now
            await #expect(throws: Stop.self) {
                try await shop.database.transaction { [vault = shop.vault] transaction in
                    let books = SQLBooks(transaction: transaction, vault: vault, now: now)
                    try books.save(order, events: [OrderEvent("packed", nil, "otieno")])
                    throw Stop()
                }
            }
            #expect(try await shop.toldWebhooks() == ["order.placed waiting 0"])
            let message = try #require(try await shop.webhookLog().first).message
            await #expect(throws: StaleWrite.self) {
                try await shop.database.transaction { transaction in
                    try transaction.insert(
                        WebhookMessage(
                            id: ID(at: now), receiver: message.receiver, event: message.event, order: message.order,
                            orderVersion: message.orderVersion, happenedAt: now, dueAt: now))
                }
            }
        }
    }

    // MARK: The signature

    @Test(
        "Both secrets sign for a day, then the older ends; a changed message fits none", arguments: TestDatabase.engines
    )
    func rotation(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, sender, receiver, old in
            let id = try #require(try await shop.shop.webhooks().first).receiver.id
            let new = try await shop.shop.renewWebhookSecret(of: id, by: "Njeri")
            func ping() async throws -> TestWebhookReceiver.Message {
                try await shop.shop.tryWebhook(id, by: "Njeri")
                try await sender.deliverDue()
                return try #require(receiver.messages.last)
            }
            shop.clock.advance(seconds: 86_390)
            let both = try await ping()
            #expect(isSigned(both, by: old) && isSigned(both, by: new))
            #expect(both.signature.split(separator: " ").count == 2)
            #expect(try await shop.shop.webhooks().first?.olderUntil != nil)
            #expect(!isSigned(both, by: new, body: both.body + [0x20]) && !isSigned(both, by: "whsec_AAAA"))
            try Self.checkWithPython(
                [
                    (old, both, both.body, 0), (new, both, both.body, 299), (new, both, both.body + [0x20], 0),
                    ("whsec_AAAA", both, both.body, 0), (new, both, both.body, 301), (new, both, both.body, -301),
                ], [true, true, false, false, false, false])
            shop.clock.advance(seconds: 11)
            let one = try await ping()
            #expect(!isSigned(one, by: old) && isSigned(one, by: new))
            #expect(one.signature.split(separator: " ").count == 1)
            #expect(try await shop.shop.webhooks().first?.olderUntil == nil)
        }
    }

    /// Runs what `docs/webhooks.md` shows, word for word.
    private static func checkWithPython(
        _ cases: [(secret: String, message: TestWebhookReceiver.Message, body: [UInt8], later: Int)],
        _ expected: [Bool], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        struct Case: Encodable {
            var secret: String
            var headers: [String: String]
            var body: Data
            var now: Int
        }
        let page = try String(contentsOf: URL(filePath: "\(TestDatabase.repository)/docs/webhooks.md"), encoding: .utf8)
        let shown = try #require(page.split(separator: "```python\n").last).split(separator: "\n```")[0]
        let program = """
            import json, sys
            \(shown)
            def answer(c):
                return verified(c["secret"], c["headers"], base64.b64decode(c["body"]), c["now"])
            print(json.dumps([answer(c) for c in json.load(sys.stdin)]))
            """
        let input = try JSONEncoder().encode(
            cases.map { one in
                Case(
                    secret: one.secret,
                    headers: [
                        "webhook-id": one.message.id, "webhook-timestamp": one.message.timestamp,
                        "webhook-signature": one.message.signature,
                    ], body: Data(one.body), now: (Int(one.message.timestamp) ?? 0) + one.later)
            })
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = ["-c", program]
        let (question, answer) = (Pipe(), Pipe())
        process.standardInput = question
        process.standardOutput = answer
        try process.run()
        try question.fileHandleForWriting.write(contentsOf: input)
        try question.fileHandleForWriting.close()
        let said = try answer.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(try JSONDecoder().decode([Bool].self, from: said) == expected, sourceLocation: sourceLocation)
    }

    // MARK: Until it is taken

    @Test(
        "What is not taken comes again later, under its id and signed anew, until it is",
        arguments: TestDatabase.engines)
    func retries(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, sender, receiver, secret in
            receiver.next(.status(500), .cut, .long, .redirect("\(receiver.origin)/elsewhere"), .status(404))
            _ = try await shop.buy()
            for pause in [0, 6, 31, 121, 601, 1_801] {
                if pause > 7 {
                    shop.clock.advance(seconds: pause - 7)
                    try await sender.deliverDue()
                    shop.clock.advance(seconds: 7)
                } else {
                    shop.clock.advance(seconds: pause)
                }
                let count = receiver.messages.count
                try await sender.deliverDue()
                #expect(receiver.messages.count == count + 1, "after \(pause) seconds, and not before")
            }
            #expect(try await shop.toldWebhooks() == ["order.placed delivered 6"])
            #expect(Set(receiver.messages.map(\.id)).count == 1)
            #expect(Set(receiver.messages.map(\.timestamp)).count == 6)
            #expect(receiver.messages.allSatisfy { isSigned($0, by: secret) && $0.path == "/in/a-token-of-theirs" })
            let tries = try #require(try await shop.webhookLog().first).tries.map(\.result)
            try #require(tries.count == 6)
            #expect(tries[0] == .answered(500) && tries[3] == .answered(302) && tries[5] == .answered(204))
            guard case .problem(.cut, _) = tries[1], case .problem(.tooLong, _) = tries[2] else {
                Issue.record("\(tries)")
                return
            }
            shop.clock.advance(seconds: 100_000)
            try await sender.deliverDue()
            #expect(receiver.messages.count == 6, "taken is taken")
        }
    }

    @Test("A receiver may ask for more time, in seconds or as a date, within bounds", arguments: TestDatabase.engines)
    func retryAfter(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, sender, receiver, _ in
            receiver.next(.status(429, retryAfter: "600"), .status(503, retryAfter: "1000000"))
            _ = try await shop.buy()
            func due() async throws -> Int {
                try await sender.deliverDue()
                return try #require(try await shop.webhookLog().first).message.dueAt.seconds(since: shop.clock.now)
            }
            #expect((590...600).contains(try await due()))
            shop.clock.advance(seconds: 601)
            #expect((43_190...43_200).contains(try await due()))
            shop.clock.advance(seconds: 43_201)
            try await sender.deliverDue()
            #expect(try await shop.toldWebhooks() == ["order.placed delivered 3"])
        }
        let now = Timestamp(milliseconds: 784_111_777_000)
        #expect(WebhookSender.seconds(retryAfter: "Sun, 06 Nov 1994 08:50:37 GMT", at: now) == 60)
        #expect(WebhookSender.seconds(retryAfter: "Sun, 06 Nov 1994 08:48:37 GMT", at: now) == 0)
        for nonsense in ["", "soon", "-5", "1.5", "9999999999"] {
            #expect(WebhookSender.seconds(retryAfter: nonsense, at: now) == nil, "\(nonsense)")
        }
    }

    @Test(
        "After three days it is given up, the owner is alerted, and a person has it sent again",
        arguments: TestDatabase.engines)
    func givenUp(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, sender, receiver, _ in
            let post = try await shop.post()
            func alerts() async throws -> [String] {
                try await post.watch()
                return try await shop.shop.openAlerts().filter { $0.kind == .webhooksFailing }.map(\.subject)
            }
            receiver.usually(.status(500))
            _ = try await shop.buy()
            try await sender.deliverDue()
            #expect(try await alerts().isEmpty, "a moment is no trouble")
            for _ in 0..<6 {
                shop.clock.advance(seconds: 3_601)
                try await sender.deliverDue()
            }
            #expect(try await alerts() == ["Books"], "not taken for an hour")
            for _ in 0..<10 {
                shop.clock.advance(seconds: 86_401)
                try await sender.deliverDue()
            }
            #expect(receiver.messages.count == 12)
            #expect(try await shop.toldWebhooks() == ["order.placed failed 12"])
            #expect(shop.log.all.contains { $0.contains("given up") })

            receiver.usually(.status(200))
            let message = try #require(try await shop.webhookLog().first).message
            try await shop.shop.sendWebhookAgain(message.id, to: message.receiver, by: "Njeri")
            try await sender.deliverDue()
            #expect(try await shop.toldWebhooks() == ["order.placed delivered 13"])
            #expect(Set(receiver.messages.map(\.id)).count == 1)
            #expect(try await alerts().isEmpty)
            // Also what was taken: the other program may have lost it.
            try await shop.shop.sendWebhookAgain(message.id, to: message.receiver, by: "Njeri")
            try await sender.deliverDue()
            #expect(receiver.messages.count == 14)
        }
    }

    @Test("What is given up is an alert at once, also without any that waits", arguments: TestDatabase.engines)
    func alerted(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine) { shop, sender, receiver, _ in
            let post = try await shop.post()
            receiver.usually(.status(500))
            _ = try await shop.buy()
            try await shop.database.transaction { try $0.execute("UPDATE webhook_messages SET tries = 11") }
            try await sender.deliverDue()
            #expect(try await shop.toldWebhooks() == ["order.placed failed 1"])
            try await post.watch()
            let alert = try #require(try await shop.shop.openAlerts().first { $0.kind == .webhooksFailing })
            #expect(alert.subject == "Books")
            let njeri = try await TestStaff.join(shop, "njeri", as: .owner)
            #expect(try await njeri.page("/admin").contains("“Books” does not take what it is told of orders"))
        }
    }

    @Test("One that says nothing keeps nobody else waiting, and is tried again", arguments: TestDatabase.engines)
    func slow(_ engine: SQLDatabase.Engine) async throws {
        try await Self.open(engine, timeout: .seconds(60)) { shop, sender, slow, _ in
            try await TestWebhookReceiver.open { quick in
                _ = try await shop.addWebhook(quick, named: "Stock")
                slow.usually(.hang)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await sender.run() }
                    for number in 1...3 {
                        _ = try await shop.buy(phone: "071234560\(number)")
                        try await shop.eventually("the quick one has it") { quick.messages.count == number }
                    }
                    let first = try await shop.toldWebhooks().first
                    #expect(slow.messages.count == 1 && first == "order.placed sending 0")
                    group.cancelAll()
                }
                // What was cut off by our own stop is somebody's again, and is sent once more.
                slow.goOn()
                slow.usually(.status(200))
                shop.clock.advance(seconds: WebhookSender.claimSeconds + 1)
                try await sender.deliverDue()
                #expect(try await shop.toldWebhooks().allSatisfy { $0.contains("delivered") })
                #expect(quick.messages.count == 3 && slow.messages.count == 4)
            }
        }
        try await Self.open(engine, timeout: .milliseconds(300)) { shop, sender, slow, _ in
            slow.usually(.hang)
            _ = try await shop.buy()
            try await sender.deliverDue()
            let tries = try #require(try await shop.webhookLog().first).tries
            guard case .problem(.silent, _) = tries.first?.result else {
                Issue.record("\(tries)")
                return
            }
            #expect(try await shop.toldWebhooks() == ["order.placed waiting 1"])
        }
    }
}
