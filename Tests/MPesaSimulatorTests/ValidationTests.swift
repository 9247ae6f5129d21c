import HTTPClient
import MPesaSimulator
import Testing

@Suite struct ValidationTests {
    private static func house(_ type: String, _ body: (House) async throws -> Void) async throws {
        try await House.with {
            $0.daraja.switches.validatesPayments = true
            $0.daraja.validationMilliseconds = 300
        } _: { house in
            try await house.register(House.paybill, version: 2, ["ResponseType": .string(type)])
            try await body(house)
        }
    }

    @Test("The shop is asked first, before any money moves, with a body that has no balance yet")
    func asked() async throws {
        try await Self.house("Completed") { house in
            let receipts = try house.daraja.payPaybill(from: House.phone, amount: 10, account: "INV-204")
            #expect(house.funds(.collection) == 100_000)
            #expect(house.daraja.transactions.map(\.status) == [.authorized])
            house.shop.answer(#"{"ResultCode":"0","ResultDesc":"Accepted"}"#)
            await house.simulator.settle()

            let asked = house.shop.heard("validate")
            #expect(asked.map(\.shape) == [Fixture.named("c2b-validation").shape])
            #expect(asked.first?["OrgAccountBalance"] == "")
            #expect(asked.first?["TransID"]?.text == receipts.first)
            await house.wait(milliseconds: 1_000)
            #expect(house.confirmations.map { $0["TransID"]?.text } == receipts)
            #expect(house.funds(.collection) == 100_010)
        }
    }

    @Test(
        "An accepting answer may be text or number, and may name the payment",
        arguments: [
            (#"{"ResultCode":0,"ResultDesc":"Accepted"}"#, ""),
            (Fixture.text("c2b-validation-accept"), ""),
            (Fixture.text("c2b-validation-accept-with-third-party-id"), "VAL-000917"),
        ])
    func accepted(answer: String, name: String) async throws {
        try await Self.house("Cancelled") { house in
            house.shop.answer(answer)
            try house.daraja.payPaybill(from: House.phone, amount: 10, account: "INV-204")
            await house.wait(milliseconds: 0)
            await house.wait(milliseconds: 1_000)

            #expect(house.confirmations.map { $0["ThirdPartyTransID"]?.text } == [name])
        }
    }

    @Test(
        "Any other code rejects the payment, whatever the registration says: nothing moves, and the payer is told",
        arguments: (11...16).map { "C2B000\($0)" })
    func rejected(code: String) async throws {
        try await Self.house("Completed") { house in
            house.shop.answer(Fixture.text("c2b-validation-reject-\(code.lowercased())"))
            try house.daraja.payPaybill(from: House.phone, amount: 10, account: "INV-204")
            await house.wait(milliseconds: 0)
            await house.wait(milliseconds: 600_000)

            #expect(house.confirmations.isEmpty)
            #expect(house.funds(.collection) == 100_000)
            #expect(house.daraja.transactions.map(\.status) == [.cancelled])
            #expect(house.daraja.transactions.map(\.refusal) == [code])
            #expect(house.daraja.phone(House.phone).messages.last?.text.hasPrefix("Failed.") == true)
        }
    }

    @Test("Any code but 0 rejects, also one that nobody documented", arguments: ["1", "\"Rejected\"", "-1"])
    func odd(code: String) async throws {
        try await Self.house("Completed") { house in
            house.shop.answer(#"{"ResultCode":\#(code)}"#)
            try house.daraja.payPaybill(from: House.phone, amount: 10, account: "INV-204")
            await house.wait(milliseconds: 0)
            #expect(house.daraja.transactions.map(\.status) == [.cancelled])
        }
    }

    @Test(
        "Without a usable answer the registration decides",
        arguments: [
            ("Completed", "silent", 1), ("Cancelled", "silent", 0), ("Completed", "500", 1), ("Cancelled", "500", 0),
            ("Completed", "nonsense", 1), ("Cancelled", "nonsense", 0), ("Cancelled", "{}", 0),
        ])
    func undecided(type: String, way: String, confirmed: Int) async throws {
        try await Self.house(type) { house in
            switch way {
            case "silent": house.shop.fallSilent()
            case "500": house.shop.answer(status: 500)
            default: house.shop.answer(way)
            }
            try house.daraja.payPaybill(from: House.phone, amount: 10, account: "INV-204")
            await house.wait(milliseconds: 0)

            #expect(house.funds(.collection) == 100_000 + 10 * confirmed)
            #expect(house.daraja.transactions.map(\.status) == [confirmed == 1 ? .completed : .cancelled])
        }
    }

    @Test("An answer after the limit is none", arguments: [("Completed", 10), ("Cancelled", 0)])
    func late(type: String, paid: Int) async throws {
        try await Self.house(type) { house in
            house.shop.answer(#"{"ResultCode":"C2B00012","ResultDesc":"Rejected"}"#)
            let gate = house.shop.hold()
            try house.daraja.payPaybill(from: House.phone, amount: 10, account: "INV-204")
            await house.wait(milliseconds: 0)
            gate.finish()

            #expect(house.shop.heard("validate").count == 1)
            #expect(house.funds(.collection) == 100_000 + paid)
            #expect(house.daraja.transactions.map(\.refusal) == [paid == 0 ? "no answer" : nil])
        }
    }

    @Test("A payment that the shop accepted can still fail on the wallet")
    func poor() async throws {
        try await Self.house("Completed") { house in
            house.shop.answer(#"{"ResultCode":"0","ResultDesc":"Accepted"}"#)
            house.daraja.setBalance(9, of: House.phone)
            try house.daraja.payPaybill(from: House.phone, amount: 10, account: "INV-204")
            await house.wait(milliseconds: 0)
            await house.wait(milliseconds: 1_000)

            #expect(house.shop.heard("validate").count == 1)
            #expect(house.confirmations.isEmpty)
            #expect(house.daraja.transactions.map(\.status) == [.declined])
        }
    }

    @Test("Without the switch nobody is asked")
    func off() async throws {
        try await House.with { house in
            try await house.register()
            try house.daraja.payPaybill(from: House.phone, amount: 10, account: "INV-204")
            await house.wait(milliseconds: 1_000)

            #expect(house.shop.heard("validate").isEmpty)
            #expect(house.confirmations.count == 1)
        }
    }
}
