import HTTPClient
import MPesaSimulator
import Testing

@Suite struct ReversalTests {
    /// A payment by hand of 1,250 and its receipt.
    private static func paid(_ house: House) throws -> String {
        guard let receipt = try house.daraja.payPaybill(from: House.phone, amount: 1_250, account: "A").first else {
            throw House.Missing()
        }
        return receipt
    }

    private static func fields(_ receipt: String, _ changes: [String: JSON?] = [:]) -> [String: JSON?] {
        changes.merging(["TransactionID": .string(receipt)]) { $1 }
    }

    @Test("A reversal sends the whole payment back, under a receipt of its own, and says so in the portal's form")
    func reversed() async throws {
        try await House.with { house in
            let receipt = try Self.paid(house)
            let result = try await house.result(.reversal, Self.fields(receipt))

            #expect(result.shape == Fixture.named("reversal-result-success").shape)
            #expect(result.parameter("OriginalTransactionID")?.text == receipt)
            #expect(result.parameter("Amount") == .number("1250.00"))
            #expect(result.parameter("DebitAccountBalance") == "Utility Account|KES|100000.00|100000.00|0.00|0.00")
            let reversal = try #require(result["Result"]?["TransactionID"]?.text)
            #expect(reversal != receipt)
            #expect(house.daraja.phone(House.phone).balance == 50_000)
            #expect(house.funds(.collection) == 100_000)
            #expect(house.daraja.transactions.map(\.reversedBy) == [reversal, nil])
            #expect(house.daraja.transactions.map(\.reverses) == [nil, receipt])
            #expect(house.daraja.phone(House.phone).messages.last?.text.contains("has been reversed") == true)
        }
    }

    @Test("A prompt's payment is reversed like one by hand")
    func prompt() async throws {
        try await House.with { house in
            try house.choose("success")
            _ = try await house.push()
            await house.wait(milliseconds: 4_000)
            let receipt = try #require(try house.push.receipt)

            #expect(try await house.result(.reversal, Self.fields(receipt)).resultCode == "0")
            #expect(house.daraja.phone(House.phone).balance == 50_000)
        }
    }

    @Test("What was reversed is not reversed again, and the second time says R000001")
    func twice() async throws {
        try await House.with { house in
            let receipt = try Self.paid(house)
            _ = try await house.ask(.reversal, Self.fields(receipt))
            _ = try await house.ask(.reversal, Self.fields(receipt))
            await house.wait(milliseconds: 1_000)

            let results = house.shop.heard("result")
            #expect(Set(results.map(\.resultCode)) == ["0", "R000001"])
            let second = results.first { $0.resultCode == "R000001" }
            #expect(second?.shape == Fixture.named("reversal-result-already-reversed-r000001").shape)
            #expect(house.daraja.phone(House.phone).balance == 50_000)
        }
    }

    @Test("A receipt that is nobody's, another shop's, or of a payment out is R000002")
    func unknown() async throws {
        try await House.with { house in
            let other = try #require(try house.daraja.payTill(from: House.phone, amount: 1_250).first)
            _ = try await house.result(.b2c, ["Amount": "1250"])
            let payout = try #require(house.daraja.transactions.last?.receipt)
            for receipt in ["UA51K7B2QX", other, payout] {
                let result = try await house.result(.reversal, Self.fields(receipt))
                #expect(result.shape == Fixture.named("reversal-result-failed").shape)
            }
            #expect(house.treasury.now == house.treasury.opening)
            #expect(house.daraja.phone(House.phone).balance == 50_000)
        }
    }

    @Test("Only the whole amount is sent back", arguments: [1_249, 1_251])
    func part(amount: Int) async throws {
        try await House.with { house in
            let receipt = try Self.paid(house)
            let result = try await house.result(.reversal, Self.fields(receipt, ["Amount": .string("\(amount)")]))
            #expect(result.resultCode == "25")
            #expect(house.daraja.phone(House.phone).balance == 48_750)
        }
    }

    @Test("Money that is no longer in the account is not sent back", arguments: [(1_250, "0"), (1_249, "1")])
    func funds(left: Int, code: String) async throws {
        try await House.with { house in
            let receipt = try Self.paid(house)
            house.daraja.setFunds(left, in: .collection, of: House.paybill)
            let result = try await house.result(.reversal, Self.fields(receipt))

            #expect(result.resultCode == code)
            if code == "1" { #expect(result.shape == Fixture.named("reversal-result-failed-insufficient-1").shape) }
            #expect(house.funds(.collection) == (code == "0" ? 0 : left))
        }
    }

    @Test(
        "Each refusal is told in the portal's form, and nothing moves",
        arguments: [
            ("reversal-role-as-string", "reversal-result-failed-role-21"),
            ("reversal-debit-party", "reversal-result-failed-debit-party-11"),
            ("reversal-wrong-operator", "reversal-result-failed-initiator-2001"),
            ("reversal-already", "reversal-result-already-reversed-r000001"),
            ("reversal-no-receipt", "reversal-result-failed"),
            ("reversal-no-funds", "reversal-result-failed-insufficient-1"),
        ])
    func stories(story: String, fixture: String) async throws {
        try await House.with { house in
            let receipt = try Self.paid(house)
            // The payer's phone chooses the story of what is done with the payment.
            try house.choose(story: story, phone: House.phone)
            let result = try await house.result(.reversal, Self.fields(receipt))

            #expect(result.shape == Fixture.named(fixture).shape)
            #expect(house.daraja.phone(House.phone).balance == 48_750)
            #expect(house.daraja.transactions.map(\.reversedBy) == [nil, nil])
        }
    }

    @Test("Somebody reverses by hand in the portal: the money is back, nobody is told, and once is enough")
    func byHand() async throws {
        try await House.with { house in
            let receipt = try Self.paid(house)
            func reverse(_ receipt: String) async throws -> OutboundResponse {
                let body = JSON.object([.init(name: "receipt", value: .string(receipt))])
                return try await house.send("POST", "/simulator/reverse", body: body.bytes)
            }
            let first = try await reverse(receipt)
            #expect(first.status == 200)
            #expect(try first.json["receipt"]?.text == house.daraja.transactions.last?.receipt)
            #expect(try await reverse(receipt).status == 409)
            #expect(try await reverse("UA51K7B2QX").status == 409)
            await house.wait(milliseconds: 600_000)

            #expect(house.shop.callbacks.isEmpty)
            #expect(house.daraja.phone(House.phone).balance == 50_000)
            #expect(try await house.result(.reversal, Self.fields(receipt)).resultCode == "R000001")
        }
    }

    @Test("A reversal that nobody answers has happened, and its status and the books say so")
    func unknownOutcome() async throws {
        try await House.with { house in
            let receipt = try Self.paid(house)
            try house.choose(story: "reversal-unknown")
            await #expect(throws: OutboundError.self) { try await house.ask(.reversal, Self.fields(receipt)) }
            await house.wait(milliseconds: 600_000)

            #expect(house.shop.callbacks.isEmpty)
            #expect(house.daraja.operations.map(\.messagesLost) == [1])
            #expect(house.daraja.phone(House.phone).balance == 50_000)
            try house.choose(story: "reversal-usual")
            #expect(try await house.result(.reversal, Self.fields(receipt)).resultCode == "R000001")
        }
    }
}
