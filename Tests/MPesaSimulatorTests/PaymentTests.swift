import Cryptography
import HTTPClient
import MPesaSimulator
import Testing

@Suite struct PaymentTests {
    @Test(
        "Registering is answered in the form of its version",
        arguments: [(1, "c2b-register-response-v1"), (2, "c2b-register-response-v2")])
    func register(version: Int, fixture: String) async throws {
        try await House.with { house in
            let response = try await house.register(version: version)

            #expect(response.status == 200)
            #expect(try response.json.shape == Fixture.named(fixture).shape)
            #expect(house.daraja.registration(of: House.paybill)?.version == version)
        }
    }

    @Test(
        "A registration with a wrong field is refused by that field, and nothing is registered",
        arguments: [
            ("ShortCode", JSON.string("999999")), ("ResponseType", "Canceled"), ("ResponseType", "completed"),
            ("ConfirmationURL", "https://shop.example/mpesa"), ("ConfirmationURL", "http://shop.example/in"),
            ("ValidationURL", nil),
        ] as [(String, JSON?)])
    func refusedRegistration(field: String, value: JSON?) async throws {
        try await House.with { house in
            let response = try await house.register(changing: [field: value])

            #expect(response.status == 400)
            #expect(try response.message == "Bad Request - Invalid \(field)")
            #expect(house.daraja.registration(of: House.paybill) == nil)
        }
    }

    @Test("Addresses are registered again at will in the sandbox, once in production, and again after deleting them")
    func once() async throws {
        try await House.with { house in
            #expect(try await house.register().status == 200)
            #expect(try await house.register(version: 1).status == 200)
            house.daraja.set { $0.isLikeProduction = true }

            let second = try await house.register()
            #expect(second.status == 500)
            #expect(try second.json.shape == Fixture.named("c2b-register-error-already-registered-500").shape)
            #expect(try second.message == "Urls are already registered.")
            #expect(house.daraja.registration(of: House.paybill)?.version == 1)

            #expect(try await house.send("POST", "/simulator/shops/174379/forget").status == 200)
            #expect(try await house.register().status == 200)
        }
    }

    @Test(
        "A payment by hand is confirmed once, with the payer's number as the registration wants it",
        arguments: [
            (1, nil, "c2b-confirmation-v1-hashed", "bbff37cea44ac0b2d964ee0dfb8d2df8513dc7ba1b36129a929fc3fbd6dd4af4"),
            (2, nil, "c2b-confirmation", "2547 ***** 149"),
            (2, .plain, "c2b-confirmation", "254708374149"),
            (2, .maskedVariant, "c2b-confirmation-mask-variant", "25470****149"),
            (1, .masked, "c2b-confirmation", "2547 ***** 149"),
        ] as [(Int, PayerForm?, String, String)])
    func confirmation(version: Int, form: PayerForm?, fixture: String, payer: String) async throws {
        try await House.with { house in
            try await house.register(version: version)
            let receipts = try house.daraja.payPaybill(
                from: House.phone, amount: 10, account: "INV-204", payerForm: form)
            await house.wait(milliseconds: 999)
            #expect(house.confirmations.isEmpty)
            await house.wait(milliseconds: 1)

            #expect(house.confirmations.map(\.shape) == [Fixture.named(fixture).shape])
            let heard = try #require(house.confirmations.first)
            #expect(heard["MSISDN"]?.text == payer)
            #expect(heard["TransID"]?.text == receipts.first)
            #expect(heard["TransAmount"] == "10.00")
            #expect(heard["TransTime"] == "20260105143016")
            #expect(heard["BillRefNumber"] == "INV-204")
            #expect(heard["OrgAccountBalance"] == "100010.00")
            #expect(house.funds(.collection) == 100_010)
            #expect(house.daraja.phone(House.phone).balance == 49_990)
            #expect(receipts.first?.wholeMatch(of: /UA5[0-9A-Z]{7}/) != nil)
        }
    }

    @Test("A till has no account; its confirmation names the store")
    func till() async throws {
        try await House.with { house in
            try await house.register(House.store)
            try house.daraja.payTill(from: House.phone, amount: 350)
            await house.wait(milliseconds: 1_000)

            let expected = Fixture.named("c2b-confirmation-till")
            #expect(house.confirmations.map(\.shape) == [expected.shape])
            #expect(house.confirmations.first?["BusinessShortCode"] == expected["BusinessShortCode"])
            #expect(house.confirmations.first?["BillRefNumber"] == "")
            #expect(house.funds(.collection, of: House.store) == 100_350)
        }
    }

    @Test("Without registered addresses nobody is told, and the money is there all the same")
    func unregistered() async throws {
        try await House.with { house in
            try house.daraja.payPaybill(from: House.phone, amount: 10, account: "INV-204")
            await house.wait(milliseconds: 600_000)

            #expect(house.shop.callbacks.isEmpty)
            #expect(house.funds(.collection) == 100_010)
            #expect(house.daraja.transactions.map(\.status) == [.completed])
        }
    }

    @Test(
        "What the phone refuses moves nothing and is said in an SMS",
        arguments: [
            ("999999", 10, "A", nil, .noBusiness("999999")), ("600000", 10, "A", nil, .noBusiness("600000")),
            (House.paybill, 0, "A", nil, .amount), (House.paybill, 250_001, "A", nil, .amount),
            (House.paybill, 10, "", nil, .account),
            (House.paybill, 10, String(repeating: "A", count: 21), nil, .account),
            (House.paybill, 10, "A", "4321", .pin),
        ] as [(String, Int, String, String?, PaymentRefusal)])
    func refused(business: String, amount: Int, account: String, pin: String?, reason: PaymentRefusal) async throws {
        try await House.with { house in
            try await house.register()
            #expect(throws: reason) {
                try house.daraja.payPaybill(business, from: House.phone, amount: amount, account: account, pin: pin)
            }
            await house.wait(milliseconds: 2_000)

            #expect(house.daraja.transactions.isEmpty)
            #expect(house.confirmations.isEmpty)
            #expect(house.daraja.phone(House.phone).messages.map(\.text) == [reason.description])
        }
    }

    @Test("A wallet pays by hand to its last shilling and not beyond", arguments: [(10, true), (9, false)])
    func balance(opening: Int, isPaid: Bool) async throws {
        try await House.with { house in
            try await house.register()
            house.daraja.setBalance(opening, of: House.phone)
            try house.daraja.payPaybill(from: House.phone, amount: 10, account: "A")
            await house.wait(milliseconds: 1_000)

            #expect(house.confirmations.count == (isPaid ? 1 : 0))
            #expect(house.daraja.transactions.map(\.status) == [isPaid ? .completed : .declined])
            #expect(house.daraja.phone(House.phone).balance == (isPaid ? 0 : 9))
        }
    }

    @Test(
        "An approved prompt is confirmed too, with the same receipt, unless that is switched off",
        arguments: [true, false])
    func promptToo(isOn: Bool) async throws {
        try await House.with { house in
            try await house.register()
            house.daraja.set { $0.confirmsPrompts = isOn }
            try house.choose("success")
            _ = try await house.push()
            await house.wait(milliseconds: 4_000)

            #expect(house.shop.callbacks.compactMap { $0.json.item("MpesaReceiptNumber") }.count == 1)
            guard isOn else { return #expect(house.confirmations.isEmpty) }
            #expect(house.confirmations.map(\.shape) == [Fixture.named("c2b-confirmation-stk-originated").shape])
            #expect(house.confirmations.first?["TransID"]?.text == (try house.push.receipt))
            #expect(house.confirmations.first?["BillRefNumber"] == "ORDER100042")
            #expect(house.daraja.transactions.map(\.kind) == [.stk])
        }
    }

    @Test(
        "A payment is simulated without a phone, in the sandbox alone",
        arguments: [
            (1, "c2b-simulate-request-paybill", "c2b-simulate-response-v1", House.paybill),
            (2, "c2b-simulate-request-paybill", "c2b-simulate-response", House.paybill),
            (2, "c2b-simulate-request-till", "c2b-simulate-response", House.store),
        ])
    func simulate(version: Int, request: String, response: String, shortcode: String) async throws {
        try await House.with { house in
            try await house.register(shortcode)
            guard case .object(var members) = Fixture.named(request) else { throw House.Missing() }
            members[0].value = .string(shortcode)
            let path = "/mpesa/c2b/v\(version)/simulate"

            let answer = try await house.post(path, .object(members))
            #expect(answer.status == 200)
            #expect(try answer.json.shape == Fixture.named(response).shape)
            await house.wait(milliseconds: 1_000)
            #expect(house.confirmations.map { $0["TransAmount"] } == ["10.00"])

            house.daraja.set { $0.isLikeProduction = true }
            #expect(try await house.post(path, .object(members)).status == 401)
            #expect(house.daraja.transactions.count == 1)
        }
    }

    @Test("Errors of payments by hand have codes of their own")
    func errors() async throws {
        try await House.with { house in
            let path = "/mpesa/c2b/v2/registerurl"
            let wrong = try await house.post(path, [:], token: "nonsense")
            #expect(wrong.status == 400)
            #expect(try wrong.json.essence == Fixture.named("error-invalid-access-token-400").essence)
            let method = try await house.send("GET", path)
            #expect(method.status == 404)
            #expect(try method.json.essence == Fixture.named("error-invalid-auth-header-404").essence)
        }
    }
}

extension House {
    func register(changing changes: [String: JSON?]) async throws -> OutboundResponse {
        try await register(House.paybill, version: 2, changes)
    }
}

extension Daraja {
    /// Changes a switch.
    func set(_ change: (inout Switches) -> Void) {
        var switches = self.switches
        change(&switches)
        set(switches)
    }
}
