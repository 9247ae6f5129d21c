import HTTPClient
import MPesaSimulator
import Testing

@Suite struct PushTests {
    @Test("A push that is in order is accepted in Daraja's words, with ids of the new form")
    func accepted() async throws {
        try await House.with { house in
            let response = try await house.push()

            #expect(response.status == 200)
            let json = try response.json
            #expect(json.essence == Fixture.named("stk-push-response-success").essence)
            #expect(json["CheckoutRequestID"]?.text == "ws_CO_05012026143016482708374149")
            let merchant = json["MerchantRequestID"]?.text ?? ""
            #expect(merchant.wholeMatch(of: /[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}[0-9]{6}/) != nil)
        }
    }

    @Test("Numbers instead of strings are accepted too")
    func numbers() async throws {
        try await House.with { house in
            let response = try await house.push([
                "BusinessShortCode": 174379, "Amount": 1250, "PartyA": 254_708_374_149, "PartyB": 174379,
                "PhoneNumber": 254_708_374_149,
            ])

            #expect(response.status == 200)
        }
    }

    @Test("A till is paid through its store number")
    func till() async throws {
        try await House.with { house in
            let response = try await house.push([
                "BusinessShortCode": "600000", "TransactionType": "CustomerBuyGoodsOnline", "PartyB": "500123",
            ])

            #expect(response.status == 200)
        }
    }

    @Test("Of several wrong fields the first one is named, in the order of the documentation")
    func order() async throws {
        try await House.with { house in
            guard case .object(let members) = house.fields() else { throw House.Missing() }
            let names = members.map(\.name).map { $0 == "TransactionDesc" ? "Remarks" : $0 }
            for (count, name) in names.enumerated() {
                let response = try await house.post(
                    "/mpesa/stkpush/v1/processrequest", .object(Array(members.prefix(count))))

                #expect(response.status == 400)
                #expect(try response.json["errorCode"]?.text == "400.002.02")
                #expect(try response.message == "Bad Request - Invalid \(name)")
            }
        }
    }

    @Test(
        "A field outside its rule is refused by name",
        arguments: [
            ("BusinessShortCode", "1743", "BusinessShortCode"), ("BusinessShortCode", "17437912", "BusinessShortCode"),
            ("BusinessShortCode", "17437x", "BusinessShortCode"), ("Password", "", "Password"),
            ("Timestamp", "2026010514301", "Timestamp"), ("Timestamp", "20261305143015", "Timestamp"),
            ("TransactionType", "CustomerBuyGoodsOnline", "TransactionType"),
            ("TransactionType", "Pay", "TransactionType"), ("Amount", "0", "Amount"), ("Amount", "250001", "Amount"),
            ("Amount", "1250.00", "Amount"), ("Amount", "1,250", "Amount"), ("Amount", "-5", "Amount"),
            ("PartyA", "0708374149", "PartyA"), ("PartyA", "254208374149", "PartyA"), ("PartyB", "174380", "PartyB"),
            ("PhoneNumber", "+254708374149", "PhoneNumber"), ("PhoneNumber", "25470837414", "PhoneNumber"),
            ("CallBackURL", "nowhere", "CallBackURL"), ("CallBackURL", "http://shop.example/in", "CallBackURL"),
            ("CallBackURL", "https://shop.example/MPesa/in", "CallBackURL"),
            ("CallBackURL", "https://shop.example/executive", "CallBackURL"),
            ("CallBackURL", "https://shop.example/in?query=1", "CallBackURL"),
            ("CallBackURL", "http://127.0.0.1.example/in", "CallBackURL"),
            ("CallBackURL", "http://127.0.0.1@shop.example/in", "CallBackURL"),
            ("CallBackURL", "https://", "CallBackURL"),
            ("AccountReference", "ORDER10004212", "AccountReference"), ("AccountReference", "", "AccountReference"),
            ("TransactionDesc", "Order 10004212", "Remarks"), ("TransactionDesc", "", "Remarks"),
        ])
    func rules(field: String, value: String, named: String) async throws {
        try await House.with { house in
            let response = try await house.push([field: .string(value)])

            #expect(response.status == 400)
            #expect(try response.message == "Bad Request - Invalid \(named)")
            #expect(try house.push.stage == .refused)
        }
    }

    @Test(
        "A field at the edge of its rule is accepted",
        arguments: [
            ("Amount", "1"), ("Amount", "250000"), ("PartyA", "254110000000"), ("AccountReference", "ORDER1000421"),
            ("TransactionDesc", "Order 1000421"), ("CallBackURL", "http://localhost:9/in"),
            ("CallBackURL", "http://[::1]:9/in"), ("CallBackURL", "https://pay.example.test/cb/stk/q7Zt2mX9"),
        ])
    func edges(field: String, value: String) async throws {
        try await House.with { house in
            let response = try await house.push([field: .string(value)])

            #expect(response.status == 200)
        }
    }

    @Test("An amount refused by its rule is refused in exactly Daraja's shape")
    func refusalShape() async throws {
        try await House.with { house in
            let response = try await house.push(["Amount": "0"])

            #expect(try response.json.essence == Fixture.named("stk-push-error-invalid-amount-400").essence)
        }
    }

    @Test("A password of another passkey, and a shortcode that nobody has, are told apart by their text")
    func merchants() async throws {
        try await House.with { house in
            let password = try await house.push(["Password": "MTc0Mzc5"])
            let shortcode = try await house.push(["BusinessShortCode": "999999", "PartyB": "999999"])
            let timestamp = try await house.push(["Timestamp": "20260105143016"])

            #expect(password.status == 500)
            #expect(try password.json.essence == Fixture.named("stk-push-error-wrong-credentials-500").essence)
            #expect(house.simulator.daraja.ledger.map(\.passwordMatches) == [false, false, false])
            #expect(shortcode.status == 500)
            #expect(try shortcode.json.essence == Fixture.named("stk-push-error-merchant-not-exist-500").essence)
            #expect(try timestamp.message == "[MerchantValidate] - Wrong credentials")
        }
    }

    @Test("Without its content type the body is not read, and a body that is no JSON is refused")
    func bodies() async throws {
        try await House.with { house in
            let bearer = "Bearer \(try await house.token())"
            let path = "/mpesa/stkpush/v1/processrequest"
            let untyped = try await house.send(
                "POST", path, headers: [("Authorization", bearer), ("Content-Type", "text/plain")],
                body: house.fields().bytes)
            let broken = try await house.send(
                "POST", path, headers: [("Authorization", bearer), ("Content-Type", "application/json")],
                body: Array("{\"Amount\":".utf8))

            #expect(try untyped.message == "Bad Request - Invalid BusinessShortCode")
            #expect(broken.status == 400)
            #expect(try broken.json.essence == Fixture.named("error-invalid-request-payload-400").essence)
        }
    }

    @Test("A phone with an open push takes no second one, and takes one again after the first has ended")
    func lock() async throws {
        try await House.with { house in
            _ = try await house.push()
            let second = try await house.push(["Amount": "7"])
            let other = try await house.push(["PhoneNumber": "254711000001"])

            #expect(second.status == 500)
            #expect(try second.json.essence == Fixture.named("stk-push-error-subscriber-locked-500").essence)
            #expect(other.status == 200)

            await house.wait(milliseconds: 1_000)
            house.simulator.daraja.cancel(House.phone)
            #expect(try await house.push(["Amount": "7"]).status == 200)
        }
    }

    @Test(
        "The same amount from the same phone is rule limited for two minutes after it was paid",
        arguments: [("1250", 119_999 as Milliseconds, "17"), ("1250", 120_000, "0"), ("1251", 10_000, "0")])
    func repeatedAmount(amount: String, pause: Milliseconds, code: String) async throws {
        try await House.with {
            $0.daraja.promptDelayMilliseconds = 0
        } _: { house in
            _ = try await house.push()
            house.simulator.daraja.approve(House.phone)
            house.clock.move(milliseconds: pause)
            _ = try await house.push(["Amount": .string(amount)])
            house.simulator.daraja.approve(House.phone)

            #expect(try house.push.result?.code == code)
            #expect(try house.push.debited == (code == "0" ? Int(amount) : 0))
        }
    }
}
