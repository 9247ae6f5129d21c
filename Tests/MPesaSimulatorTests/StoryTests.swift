import HTTPClient
import MPesaSimulator
import Testing

@Suite struct StoryTests {
    @Test(
        "A push ends with the code of its story, reported in Daraja's shape, and no money moves",
        arguments: [
            ("1", "stk-callback-insufficient-funds-1"), ("2", "stk-callback-below-minimum-2"),
            ("3", "stk-callback-above-maximum-3"), ("4", "stk-callback-daily-limit-4"),
            ("8", "stk-callback-max-balance-8"), ("17", "stk-callback-rule-limited-17"),
            ("26", "stk-callback-system-busy-26"), ("1001", "stk-callback-subscriber-locked-1001"),
            ("1019", "stk-callback-expired-1019"), ("1025", "stk-callback-push-error-1025"),
            ("1032", "stk-callback-cancelled-1032"), ("1036", "stk-callback-smsc-ack-timeout-1036"),
            ("1037", "stk-callback-unreachable-1037"), ("2001", "stk-callback-wrong-pin-2001"),
            ("2028", "stk-callback-not-permitted-2028"), ("8006", "stk-callback-credential-locked-8006"),
            ("9999", "stk-callback-push-error-9999"), ("SFC_IC0003", "stk-callback-operator-missing-sfc-ic0003"),
            ("7777", "stk-callback-unknown-code-7777"), ("string-code", "stk-callback-string-code-1032"),
        ])
    func failures(story: String, fixture: String) async throws {
        try await House.with { house in
            try house.choose(story)
            _ = try await house.push()
            await house.wait(milliseconds: 4_000)

            #expect(house.shop.callbacks.map(\.json.essence) == [Fixture.named(fixture).essence])
            #expect(try house.push.debited == 0)
            #expect(house.simulator.daraja.phone(House.phone).balance == 50_000)
        }
    }

    @Test(
        "A success is reported in each of its forms",
        arguments: [
            ("success", "stk-callback-success"), ("integer-amount", "stk-callback-success-integer-amount"),
            ("string-values", "stk-callback-success-string-values"),
            ("balance-without-value", "stk-callback-success-balance-no-value"),
            ("without-metadata", "stk-callback-success-without-metadata"),
        ])
    func successes(story: String, fixture: String) async throws {
        try await House.with { house in
            try house.choose(story)
            _ = try await house.push()
            await house.wait(milliseconds: 4_000)

            #expect(house.shop.callbacks.map(\.json.essence) == [Fixture.named(fixture).essence])
            #expect(house.shop.callbacks.first?.contentType == "application/json;charset=UTF-8")
            let push = try house.push
            #expect(push.debited == 1_250)
            #expect(push.receipt?.wholeMatch(of: /UA5[0-9A-Z]{7}/) != nil)
            #expect(push.callbacks.map(\.outcome) == [.answered(200)])
        }
    }

    @Test("Reordered items are the same items in another order")
    func reordered() async throws {
        try await House.with { house in
            try house.choose("reordered-items")
            _ = try await house.push()
            await house.wait(milliseconds: 4_000)

            let json = try #require(house.shop.callbacks.first).json
            let items = json["Body"]?["stkCallback"]?["CallbackMetadata"]?["Item"]?.elements ?? []
            #expect(
                items.compactMap { $0["Name"]?.text } == [
                    "PhoneNumber", "TransactionDate", "Amount", "MpesaReceiptNumber",
                ])
            #expect(json.item("MpesaReceiptNumber")?.text == (try house.push.receipt))
        }
    }

    @Test("A callback comes only when its time has come")
    func late() async throws {
        try await House.with { house in
            try house.choose("callback-late")
            _ = try await house.push()
            // Prompt after 1 s, approval after 2 s more, processing 1 s, and two minutes late.
            await house.wait(milliseconds: 123_999)
            #expect(house.shop.callbacks.isEmpty)
            #expect(try house.push.result?.code == "0")

            await house.wait(milliseconds: 1)
            #expect(house.shop.codes == ["0"])
        }
    }

    @Test(
        "An early callback has arrived before the push is answered",
        arguments: [("callback-early", "0"), ("callback-early-failure", "1032")])
    func early(story: String, code: String) async throws {
        try await House.with { house in
            try house.choose(story)

            let answer = try await house.push()

            #expect(answer.status == 200)
            #expect(house.shop.codes == [code])
            await house.wait(milliseconds: 600_000)
            #expect(house.shop.codes == [code])
        }
    }

    @Test("A tripled callback is three times the same, and the money moves once")
    func tripled() async throws {
        try await House.with { house in
            try house.choose("callback-tripled")
            _ = try await house.push()
            await house.wait(milliseconds: 4_000)

            #expect(house.shop.callbacks.count == 3)
            #expect(Set(house.shop.callbacks.map(\.text)).count == 1)
            #expect(try house.push.debited == 1_250)
        }
    }

    @Test("A lost callback never comes although the money has moved, and a query knows it")
    func lost() async throws {
        try await House.with { house in
            try house.choose("callback-lost")
            let id = try await house.push().json["CheckoutRequestID"]
            await house.wait(milliseconds: 86_400_000)

            #expect(house.shop.callbacks.isEmpty)
            #expect(try house.push.debited == 1_250)
            #expect(try house.push.callbacksLost == 1)
            #expect(try await house.query(id).json["ResultCode"] == "0")
        }
    }

    @Test("A forged callback comes first, with the right ids, a wrong amount and a receipt that nobody gave out")
    func forged() async throws {
        try await House.with { house in
            try house.choose("callback-forged")
            let id = try await house.push().json["CheckoutRequestID"]
            await house.wait(milliseconds: 4_000)

            #expect(house.shop.amounts == ["1.00", "1250.00"])
            let forgery = try #require(house.shop.callbacks.first).json
            #expect(forgery["Body"]?["stkCallback"]?["CheckoutRequestID"] == id)
            #expect(forgery.item("MpesaReceiptNumber")?.text != (try house.push.receipt))
            #expect(try house.push.callbacks.map(\.kind) == [.forged, .genuine])
            #expect(try house.push.debited == 1_250)
        }
    }

    @Test("A forged success without a payment moves no money, and the query stays pending")
    func forgedOnly() async throws {
        try await House.with { house in
            try house.choose("forged-only")
            let id = try await house.push().json["CheckoutRequestID"]
            await house.wait(milliseconds: 600_000)

            #expect(house.shop.codes == ["0"])
            #expect(try house.push.debited == 0)
            #expect(try await house.query(id).message == "The transaction is being processed")
        }
    }

    @Test("A wrong amount is what really left the phone")
    func wrongAmount() async throws {
        try await House.with { house in
            try house.choose("wrong-amount")
            _ = try await house.push()
            await house.wait(milliseconds: 4_000)

            #expect(house.shop.amounts == ["1.00"])
            #expect(house.simulator.daraja.phone(House.phone).balance == 49_999)
        }
    }

    @Test("A success after a failure changes the query's answer, and the money moves then")
    func successAfterFailure() async throws {
        try await House.with { house in
            try house.choose("success-after-failure")
            let id = try await house.push().json["CheckoutRequestID"]
            await house.wait(milliseconds: 4_000)
            #expect(house.shop.codes == ["1032"])
            #expect(try await house.query(id).json["ResultCode"] == "1032")
            #expect(try house.push.debited == 0)

            await house.wait(milliseconds: 30_000)
            #expect(house.shop.codes == ["1032", "0"])
            #expect(try await house.query(id).json["ResultCode"] == "0")
            #expect(try house.push.debited == 1_250)
        }
    }

    @Test("A story goes to the phone it was chosen for, then to the amount, then to everybody")
    func precedence() async throws {
        try await House.with {
            $0.daraja.promptDelayMilliseconds = 0
        } _: { house in
            let daraja = house.simulator.daraja
            try house.choose("cancelled")
            daraja.choose(try #require(StoryCatalogue.story(named: "expired")), amount: 7)
            daraja.choose(try #require(StoryCatalogue.story(named: "unreachable")), phone: "254711000001")
            _ = try await house.push(["PhoneNumber": "254711000001", "Amount": "7"])
            _ = try await house.push(["PhoneNumber": "254711000002", "Amount": "7"])
            _ = try await house.push(["PhoneNumber": "254711000003", "Amount": "8"])
            await house.wait(milliseconds: 2_000)

            #expect(daraja.ledger.map(\.result?.code) == ["1037", "1019", "1032"])
        }
    }

    @Test("Every named story has its own name, and survives being written and read as JSON")
    func catalogue() throws {
        let names = StoryCatalogue.entries.map(\.story.name)
        #expect(Set(names).count == names.count)
        for entry in StoryCatalogue.entries {
            #expect(StoryCatalogue.story(named: entry.story.name) == entry.story)
            #expect(try entry.story.afterJSON == entry.story)
        }
    }
}
