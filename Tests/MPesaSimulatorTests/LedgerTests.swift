import HTTPClient
import MPesaSimulator
import Testing

@Suite struct LedgerTests {
    @Test("What the ledger says was debited is what is missing on the phones")
    func conservation() async throws {
        try await House.with {
            $0.daraja.promptDelayMilliseconds = 0
            $0.daraja.openingBalance = 3_000
        } _: { house in
            let stories = ["success", "cancelled", "wrong-amount", "success-after-failure", "callback-lost", "success"]
            for (index, story) in (stories + stories).enumerated() {
                try house.choose(story)
                _ = try await house.push([
                    "PhoneNumber": .string("25471100000\(index % 3)"), "Amount": .string("\(900 + index)"),
                ])
                await house.wait(milliseconds: 40_000)
            }

            let daraja = house.simulator.daraja
            let missing = daraja.phones.reduce(0) { $0 + $1.openingBalance - $1.balance }
            #expect(missing == daraja.ledger.reduce(0) { $0 + $1.debited })
            #expect(missing > 0)
            #expect(daraja.phones.allSatisfy { $0.balance >= 0 })
            let receipts = daraja.ledger.compactMap(\.receipt)
            #expect(Set(receipts).count == receipts.count)
            let served = try await house.send("GET", "/simulator/ledger").json
            #expect(served["debitedTotal"]?.text == "\(missing)")
            #expect(served["pushes"]?.elements.count == 12)
        }
    }

    @Test("Forty customers who pay at the same moment are each asked, debited and reported once")
    func manyAtOnce() async throws {
        try await House.with {
            $0.daraja.promptDelayMilliseconds = 0
            $0.daraja.processingMilliseconds = 0
        } _: { house in
            try house.choose("success-at-once")
            try await withThrowingTaskGroup { group in
                for customer in 10..<50 {
                    group.addTask {
                        try await house.push(["PhoneNumber": .string("2547110000\(customer)"), "Amount": "100"]).status
                    }
                }
                for try await status in group { #expect(status == 200) }
            }
            await house.simulator.settle()

            let ledger = house.simulator.daraja.ledger
            #expect(ledger.count == 40)
            #expect(ledger.allSatisfy { $0.debited == 100 && $0.callbacks.map(\.outcome) == [.answered(200)] })
            let receipts = Set(house.shop.callbacks.compactMap { $0.json.item("MpesaReceiptNumber")?.text })
            #expect(receipts == Set(ledger.compactMap(\.receipt)))
            #expect(receipts.count == 40)
        }
    }

    @Test("The ledger keeps a request as it came, and neither password nor secret")
    func request() async throws {
        try await House.with { house in
            _ = try await house.push()
            _ = try await house.push(["Amount": "0"])

            let pushes = house.simulator.daraja.ledger
            #expect(pushes.map(\.passwordMatches) == [true, true])
            #expect(pushes.map(\.amount) == [1_250, 0])
            #expect(pushes.map(\.answer.status) == [200, 400])
            #expect(pushes.map(\.answer.code) == ["0", "400.002.02"])
            #expect(pushes.first?.fields.contains { $0.name == "AccountReference" } == true)
            let text = String(decoding: try await house.send("GET", "/simulator/ledger").body, as: UTF8.self)
            #expect(!text.contains("Password\""))
            #expect(!text.contains(House.passkey))
        }
    }

    @Test("The same seed and the same requests give the same ids and receipts, another seed others")
    func deterministic() async throws {
        func story(seed: UInt64) -> [String?] {
            let clock = HandClock()
            var configuration = DarajaConfiguration(now: { clock.now })
            configuration.seed = seed
            configuration.defaultStory = Story()
            let daraja = Daraja(configuration)
            let token = daraja.reply(
                to: DarajaRequest(
                    method: "GET", path: "/oauth/v1/generate", grantType: "client_credentials",
                    authorization: House.basic("simulator-key", "simulator-secret")))
            let bearer = (try? JSON(parsing: token.answer.body))?["access_token"]?.text
            _ = daraja.reply(
                to: DarajaRequest(
                    method: "POST", path: "/mpesa/stkpush/v1/processrequest", authorization: "Bearer \(bearer ?? "")",
                    body: House.fields(callbackURL: "https://pay.example.test/in").bytes))
            clock.move(milliseconds: 4_000)
            let push = daraja.ledger.first
            return [bearer, push?.merchantRequestID, push?.receipt]
        }

        #expect(story(seed: 7) == story(seed: 7))
        #expect(zip(story(seed: 7), story(seed: 8)).allSatisfy { $0 != $1 && $0 != nil })
    }

    @Test("A callback that is not accepted is not sent again, unless retries are wanted", arguments: [(0, 1), (2, 3)])
    func retries(retries: Int, sent: Int) async throws {
        try await House.with {
            $0.daraja.callbackRetries = retries
        } _: { house in
            house.shop.answer(status: 500)
            try house.choose("success")
            _ = try await house.push()
            for _ in 0..<6 { await house.wait(milliseconds: 10_000) }

            #expect(house.shop.callbacks.count == sent)
            #expect(try house.push.callbacks.map(\.outcome) == Array(repeating: .answered(500), count: sent))
        }
    }

    @Test("A callback that reaches nobody is written down as failed")
    func unreachable() async throws {
        try await House.with { house in
            try house.choose("success")
            await house.shop.stop()
            _ = try await house.push(["CallBackURL": "http://127.0.0.1:1/in"])
            await house.wait(milliseconds: 4_000)

            guard case .failed = try house.push.callbacks.first?.outcome else {
                Issue.record("the callback did not fail")
                return
            }
        }
    }

    @Test("After a reset there is no past, and ids are not given out again")
    func reset() async throws {
        try await House.with { house in
            let first = try await house.push().json["CheckoutRequestID"]
            house.simulator.daraja.reset()
            #expect(house.simulator.daraja.ledger.isEmpty)
            #expect(house.simulator.daraja.phones.isEmpty)

            let second = try await house.push().json["CheckoutRequestID"]
            #expect(first != second)
        }
    }
}
