import HTTPClient
import MPesaSimulator
import Testing

@Suite struct PayOutTests {
    @Test("A payment to a person leaves the collection account, reaches the phone, and is told as the portal shows it")
    func person() async throws {
        try await House.with {
            $0.daraja.payoutCharge = 13
        } _: { house in
            let result = try await house.result(.b2c)

            #expect(result.shape == Fixture.named("b2c-result-success").shape)
            #expect(result["Result"]?["OriginatorConversationID"] == "MERCH-B2C-000731-a1")
            let receipt = try #require(result["Result"]?["TransactionID"]?.text)
            #expect(result.parameter("TransactionReceipt")?.text == receipt)
            #expect(result.parameter("TransactionAmount") == .number("500"))
            #expect(result.parameter("TransactionCompletedDateTime") == "05.01.2026 14:30:16")
            #expect(result.parameter("B2CUtilityAccountAvailableFunds") == .number("99500.00"))
            #expect(result.parameter("B2CChargesPaidAccountAvailableFunds") == .number("-13.00"))
            #expect(result.parameter("ReceiverPartyPublicName")?.text?.hasPrefix("254708374149 - ") == true)
            #expect(house.daraja.phone(House.phone).balance == 50_500)
            #expect(house.treasury.now == house.treasury.opening)
            #expect(house.daraja.transactions.map(\.receipt) == [receipt])
        }
    }

    @Test(
        "The same id is paid once: the second is refused at once, or by result 15 where that is switched on",
        arguments: [false, true])
    func duplicate(isLater: Bool) async throws {
        try await House.with { house in
            house.daraja.set { $0.tellsDuplicatesLater = isLater }
            #expect(try await house.result(.b2c).resultCode == "0")

            if isLater {
                let result = try await house.result(.b2c)
                #expect(result.shape == Fixture.named("b2c-result-failed-duplicate-15").shape)
            } else {
                let second = try await house.ask(.b2c)
                #expect(second.status == 500)
                #expect(try second.json.essence == Fixture.named("b2c-error-duplicate-originator-500").essence)
            }
            await house.wait(milliseconds: 600_000)
            #expect(house.daraja.phone(House.phone).balance == 50_500)
            #expect(house.daraja.transactions.count == 1)
        }
    }

    @Test("Version 1 has no id of the merchant's and pays as often as it is asked")
    func oldVersion() async throws {
        try await House.with { house in
            let path = "/mpesa/b2c/v1/paymentrequest"
            for _ in 0..<2 {
                let answer = try await house.ask(.b2c, ["OriginatorConversationID": nil], path: path)
                #expect(try answer.json.shape == Fixture.named("b2c-response").shape)
            }
            await house.wait(milliseconds: 1_000)
            #expect(house.daraja.phone(House.phone).balance == 51_000)
        }
    }

    @Test(
        "What lies in the working account does not pay a person, and a wallet has a limit",
        arguments: [(500, 50_000, "0"), (499, 50_000, "1"), (500, 499_500, "0"), (500, 499_501, "8")])
    func limits(collection: Int, wallet: Int, code: String) async throws {
        try await House.with { house in
            house.daraja.setFunds(collection, in: .collection, of: House.paybill)
            house.daraja.setBalance(wallet, of: House.phone)
            let result = try await house.result(.b2c)

            #expect(result.resultCode == code)
            if code == "1" { #expect(result.shape == Fixture.named("b2c-result-failed-insufficient-1").shape) }
            #expect(house.daraja.phone(House.phone).balance == wallet + (code == "0" ? 500 : 0))
            #expect(house.treasury.now == house.treasury.opening)
        }
    }

    @Test(
        "Codes of payments to people are told without parameters",
        arguments: [
            ("b2c-2", "b2c-result-failed-below-minimum-2"), ("b2c-2040", "b2c-result-failed-not-registered-2040"),
            ("b2c-unknown-party", "b2c-result-failed-receiver-sfc-ic0003"),
            ("b2c-refused", "b2c-result-failed-role-21"), ("b2c-15", "b2c-result-failed-duplicate-15"),
        ])
    func codes(story: String, fixture: String) async throws {
        try await House.with { house in
            try house.choose(story: story)
            let result = try await house.result(.b2c)

            #expect(result.shape == Fixture.named(fixture).shape)
            #expect(result["Result"]?["TransactionID"] == "UA50000000")
            #expect(house.daraja.phone(House.phone).balance == 50_000)
        }
    }

    @Test("A payment to a business leaves the working account; a merchant here is told by confirmation")
    func business() async throws {
        try await House.with { house in
            try await house.register(House.store)
            let result = try await house.result(.b2b, ["PartyB": "500123", "CommandID": "BusinessBuyGoods"])
            await house.wait(milliseconds: 1_000)

            #expect(result.shape == Fixture.named("b2b-result-success").shape)
            #expect(house.funds(.working) == 97_600)
            #expect(house.funds(.collection, of: House.store) == 102_400)
            let confirmation = try #require(house.confirmations.first)
            #expect(confirmation.shape == Fixture.named("c2b-confirmation-org-transfer").shape)
            #expect(confirmation["TransID"] == result["Result"]?["TransactionID"])
            #expect(house.treasury.now == house.treasury.opening)
        }
    }

    @Test(
        "A supplier is paid, a number of nobody's is refused, an empty account too",
        arguments: [
            ("888001", 100_000, "0"), ("999999", 100_000, "SFC_IC0003"), (House.paybill, 100_000, "SFC_IC0003"),
            ("888001", 2_399, "1"),
        ])
    func businessCodes(payee: String, working: Int, code: String) async throws {
        try await House.with { house in
            house.daraja.setFunds(working, in: .working, of: House.paybill)
            let result = try await house.result(.b2b, ["PartyB": .string(payee)])

            #expect(result.resultCode == code)
            if code == "SFC_IC0003" {
                #expect(result.shape == Fixture.named("b2b-result-failed-receiver-sfc-ic0003").shape)
            }
            #expect(house.daraja.outside["888001", default: 0] == (code == "0" ? 2_400 : 0))
            #expect(house.treasury.now == house.treasury.opening)
        }
    }

    @Test(
        "Payments to businesses are told in their other forms",
        arguments: [
            ("b2b-sparse", "b2b-result-success-sparse"), ("b2b-wrong-operator", "b2b-result-failed-2001"),
        ])
    func businessForms(story: String, fixture: String) async throws {
        try await House.with { house in
            try house.choose(story: story)
            #expect(try await house.result(.b2b).shape == Fixture.named(fixture).shape)
        }
    }
}
