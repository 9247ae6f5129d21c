import HTTPClient
import MPesaSimulator
import Testing

@Suite struct InquiryTests {
    // MARK: - Transaction status

    @Test("The status of a payment to a person is found by its own id and by its receipt, and tells the same")
    func payout() async throws {
        try await House.with { house in
            _ = try await house.result(.b2c)
            let receipt = try #require(house.daraja.transactions.first?.receipt)
            let byReceipt = try await house.result(.status, ["TransactionID": .string(receipt)])
            let id: JSON = "MERCH-B2C-000731-a1"
            let byID = try await house.result(.status, ["TransactionID": nil, "OriginalConversationID": id])
            let byOldName = try await house.result(.status, ["TransactionID": nil, "OriginatorConversationID": id])

            let expected = Fixture.named("transaction-status-result-completed").shape
            for result in [byReceipt, byID, byOldName] {
                #expect(result.shape == expected)
                #expect(result.parameter("ReceiptNo")?.text == receipt)
                #expect(result.parameter("TransactionStatus") == "Completed")
                #expect(result.parameter("Amount") == "500")
                #expect(result.parameter("OriginatorConversationID") == id)
            }
        }
    }

    @Test("Prompts, payments by hand and reversals have a status too", arguments: ["stk", "c2b", "reversal"])
    func kinds(kind: String) async throws {
        try await House.with { house in
            try house.choose("success-at-once")
            _ = try await house.push()
            await house.wait(milliseconds: 1_000)
            try house.daraja.payPaybill(from: House.phone, amount: 10, account: "A")
            let paid = try #require(house.daraja.transactions.last?.receipt)
            try house.daraja.reverse(paid)
            let receipt = try #require(house.daraja.transactions.first { $0.kind.rawValue == kind }?.receipt)

            let result = try await house.result(.status, ["TransactionID": .string(receipt)])
            #expect(result.resultCode == "0")
            #expect(result.parameter("TransactionStatus") == "Completed")
            #expect(result.parameter("ReceiptNo")?.text == receipt)
        }
    }

    @Test("A payment that failed is Declined, one under way is Initiated: the query's own code is 0 for both")
    func fates() async throws {
        try await House.with { house in
            try house.choose(story: "b2c-slow")
            _ = try await house.ask(.b2c)
            let query: [String: JSON?] = ["TransactionID": nil, "OriginalConversationID": "MERCH-B2C-000731-a1"]
            let early = try await house.result(.status, query)
            #expect(early.resultCode == "0")
            #expect(early.parameter("TransactionStatus") == "Initiated")

            house.daraja.setFunds(0, in: .collection, of: House.paybill)
            await house.wait(milliseconds: 60_000)
            await house.wait(milliseconds: 1_000)
            let late = try await house.result(.status, query)
            #expect(late.resultCode == "0")
            #expect(late.parameter("TransactionStatus") == "Declined")
        }
    }

    @Test("What is not in a shortcode's books is not told to it", arguments: ["nobody", "other"])
    func foreign(way: String) async throws {
        try await House.with { house in
            let other = try #require(try house.daraja.payTill(from: House.phone, amount: 10).first)
            let receipt = way == "other" ? other : "UA51K7B2QX"
            let result = try await house.result(.status, ["TransactionID": .string(receipt)])
            #expect(result.shape == Fixture.named("transaction-status-result-failed-sfc-ic0003").shape)
        }
    }

    @Test(
        "A status is told in each of its forms",
        arguments: [
            ("status-initiated", "initiated"), ("status-authorized", "authorized"), ("status-cancelled", "cancelled"),
            ("status-declined", "declined"), ("status-expired", "expired"),
            ("status-old-keys", "completed-old-keys"), ("status-repeated-key", "duplicate-key"),
            ("status-25", "failed-25"), ("status-wrong-operator", "failed-2001"),
        ])
    func forms(story: String, fixture: String) async throws {
        try await House.with { house in
            _ = try await house.result(.b2c)
            try house.choose(story: story)
            let query: [String: JSON?] = ["TransactionID": nil, "OriginalConversationID": "MERCH-B2C-000731-a1"]
            let result = try await house.result(.status, query)

            let expected = Fixture.named("transaction-status-result-\(fixture)")
            #expect(result.shape == expected.shape)
            #expect(result.parameter("TransactionStatus") == expected.parameter("TransactionStatus"))
        }
    }

    // MARK: - Balance

    @Test("The balance agrees with what was paid in and out, and is told in the form of paybill or till")
    func balances() async throws {
        try await House.with { house in
            try house.daraja.payPaybill(from: House.phone, amount: 1_250, account: "A")
            try house.daraja.payTill(from: House.phone, amount: 350)
            _ = try await house.result(.b2b)
            let paybill = try await house.result(.balance)
            #expect(paybill.shape == Fixture.named("balance-result-success").shape)
            #expect(
                paybill.parameter("AccountBalance")
                    == .string(
                        "Working Account|KES|97600.00|97600.00|0.00|0.00&Float Account|KES|0.00|0.00|0.00|0.00"
                            + "&Utility Account|KES|101250.00|101250.00|0.00|0.00"
                            + "&Charges Paid Account|KES|0.00|0.00|0.00|0.00"
                            + "&Organization Settlement Account|KES|0.00|0.00|0.00|0.00"))

            try house.choose(story: "balance-numbers")
            let numeric = try await house.result(.balance)
            #expect(numeric.shape == Fixture.named("balance-result-success-numeric").shape)
            let store = try await house.result(.balance, ["PartyA": .string(House.store)])
            #expect(store.shape == Fixture.named("balance-result-success-till").shape)
            #expect(store.parameter("AccountBalance")?.text?.hasPrefix("Merchant Account|KES|100350.00|") == true)

            try house.choose(story: "balance-refused")
            let refused = try await house.result(.balance)
            try house.choose(story: "balance-credential")
            let wrong = try await house.result(.balance)
            #expect(wrong.shape == Fixture.named("balance-result-failed-credential-18").shape)
            #expect(refused.shape == Fixture.named("balance-result-failed-permission-21").shape)
        }
    }
}
