import HTTPClient
import MPesaSimulator
import Testing

/// Stories that go on from one prompt to the next, and the clock.
@Suite struct SequenceTests {
    @Test(
        "A story that happens once is followed by another",
        arguments: [("cancel-then-pay", ["1032", "0"]), ("ignored-then-pay", ["1037", "0"])])
    func next(story: String, codes: [String]) async throws {
        try await House.with { house in
            try house.choose(story: story, phone: House.phone)
            for _ in 0..<2 {
                _ = try await house.push()
                await house.wait(milliseconds: 62_000)
            }
            #expect(house.shop.codes == codes)
        }
    }

    @Test("Cancelled, tried again and paid, and then the first one is paid too: two receipts, twice the money")
    func twice() async throws {
        try await House.with {
            $0.daraja.repeatMilliseconds = 0
        } _: { house in
            try house.choose(story: "paid-twice", phone: House.phone)
            _ = try await house.push()
            await house.wait(milliseconds: 4_000)
            _ = try await house.push()
            await house.wait(milliseconds: 2_000)
            #expect(house.shop.codes == ["1032", "0"])
            await house.wait(milliseconds: 60_000)

            #expect(house.shop.codes == ["1032", "0", "0"])
            let receipts = Set(house.daraja.ledger.compactMap(\.receipt))
            #expect(receipts.count == 2)
            #expect(house.daraja.phone(House.phone).balance == 47_500)
        }
    }

    @Test("Two hours after nobody answered the money moves all the same")
    func afterExpiry() async throws {
        try await House.with { house in
            try house.choose(story: "paid-after-expiry")
            _ = try await house.push()
            await house.wait(milliseconds: 7_190_000)
            #expect(house.shop.codes == ["1037"])
            await house.wait(milliseconds: 15_000)
            #expect(house.shop.codes == ["1037", "0"])
        }
    }

    @Test(
        "What was said of another payment does not fit this one, and moves nothing",
        arguments: ["receipt-reused", "callback-replayed"])
    func stolen(story: String) async throws {
        try await House.with { house in
            try house.choose("success")
            let first = try await house.push(["PhoneNumber": "254711000001"]).json["CheckoutRequestID"]
            await house.wait(milliseconds: 4_000)
            let receipt = try #require(house.shop.callbacks.first?.json.item("MpesaReceiptNumber")?.text)
            try house.choose(story: story)
            let second = try await house.push().json["CheckoutRequestID"]
            await house.wait(milliseconds: 600_000)

            #expect(house.shop.callbacks.count == 2)
            let heard = try #require(house.shop.callbacks.last?.json)
            #expect(heard.item("MpesaReceiptNumber")?.text == receipt)
            #expect(heard["Body"]?["stkCallback"]?["CheckoutRequestID"] == (story == "receipt-reused" ? second : first))
            #expect(heard.item("Amount") == .number("1250.00"))
            #expect(house.daraja.ledger.map(\.debited) == [1_250, 0])
        }
    }

    @Test("An outage of ten minutes is over after ten minutes")
    func outage() async throws {
        try await House.with { house in
            try house.choose(story: "outage-10-minutes")
            await #expect(throws: OutboundError.self) { try await house.token() }
            house.clock.move(milliseconds: 599_999)
            await #expect(throws: OutboundError.self) { try await house.token() }
            house.clock.move(milliseconds: 1)
            #expect(try await house.push().status == 200)
        }
    }

    @Test("The clock is moved from outside: what is due by it happens, and everything shows its time")
    func clock() async throws {
        try await House.with { house in
            func move(_ json: JSON) async throws -> OutboundResponse {
                try await house.send("POST", "/simulator/clock", body: json.bytes)
            }
            try house.choose("callback-late")
            let token = try await house.token()
            _ = try await house.push()
            #expect(try await move(["advance": 60_000]).json["offset"] == 60_000)
            #expect(try await move(["advance": 64_000]).json["offset"] == 124_000)
            await house.simulator.settle()
            #expect(house.shop.codes == ["0"])

            #expect(try await move(["offset": 3_600_000]).status == 200)
            let expired = try await house.post("/mpesa/stkpush/v1/processrequest", house.fields(), token: token)
            #expect(expired.status == 404)
            let receipt = try #require(try house.daraja.payPaybill(from: House.phone, amount: 10, account: "A").first)
            let paid = house.daraja.transactions.first { $0.receipt == receipt }
            #expect(paid?.initiatedAt == HandClock.start + 3_600_000)

            #expect(try await move(["offset": -86_400_000]).status == 200)
            #expect(
                try await house.push(["Amount": "77"]).json["CheckoutRequestID"]?.text?.hasPrefix("ws_CO_04012026")
                    == true)
            #expect(try await move(["offset": 400_000_000_000]).status == 400)
            #expect(try await move([:]).status == 400)
            let shown = try await house.send("GET", "/simulator/clock").json
            #expect(shown["offset"] == -86_400_000)
        }
    }
}
