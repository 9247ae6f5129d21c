import HTTPClient
import MPesaSimulator
import Testing

@Suite struct TokenTests {
    @Test("A token comes as Daraja sends it, with the seconds as a string")
    func shape() async throws {
        try await House.with { house in
            let response = try await house.tokenResponse(
                authorization: House.basic("simulator-key", "simulator-secret"))

            #expect(response.status == 200)
            #expect(response.header("content-type") == "application/json")
            #expect(try response.json.essence == Fixture.named("oauth-success").essence)
            #expect(try response.json["access_token"]?.text?.count == 28)
        }
    }

    @Test("The seconds are a number when that is asked for")
    func numericExpiry() async throws {
        try await House.with {
            $0.daraja.hasNumericExpiry = true
        } _: { house in
            let response = try await house.tokenResponse(
                authorization: House.basic("simulator-key", "simulator-secret"))

            #expect(try response.json.essence == Fixture.named("oauth-success-numeric-expiry").essence)
        }
    }

    @Test(
        "A token call that is wrong is refused as Daraja refuses it",
        arguments: [
            (nil, "?grant_type=client_credentials", "oauth-error-authentication-400"),
            ("Bearer abc", "?grant_type=client_credentials", "oauth-error-authentication-400"),
            ("Basic %%%", "?grant_type=client_credentials", "oauth-error-authentication-400"),
            (House.basic("simulator-key", "simulator-secret"), "", "oauth-error-grant-type-400"),
            (House.basic("simulator-key", "simulator-secret"), "?grant_type=password", "oauth-error-grant-type-400"),
        ])
    func refusals(authorization: String?, query: String, fixture: String) async throws {
        try await House.with { house in
            let response = try await house.tokenResponse(authorization: authorization, query: query)

            #expect(response.status == 400)
            #expect(try response.json.essence == Fixture.named(fixture).essence)
        }
    }

    @Test("A wrong secret is answered 400 without a word")
    func wrongSecret() async throws {
        try await House.with { house in
            let response = try await house.tokenResponse(authorization: House.basic("simulator-key", "wrong"))

            #expect(response.status == 400)
            #expect(response.body.isEmpty)
            #expect(response.header("content-type") == nil)
        }
    }

    @Test(
        "A token is good for 3599 seconds and not a millisecond longer",
        arguments: [(3_598_999 as Milliseconds, 200), (3_599_000, 404)])
    func expiry(age: Milliseconds, status: Int) async throws {
        try await House.with { house in
            let token = try await house.token()
            house.clock.move(milliseconds: age)

            let response = try await house.post("/mpesa/stkpush/v1/processrequest", house.fields(), token: token)

            #expect(response.status == status)
        }
    }

    @Test("A new token cancels the old one only when that is asked for", arguments: [(false, 200), (true, 404)])
    func cancellation(isCancelled: Bool, status: Int) async throws {
        try await House.with {
            $0.daraja.newTokenCancelsOld = isCancelled
        } _: { house in
            let old = try await house.token()
            _ = try await house.token()

            let response = try await house.post("/mpesa/stkpush/v1/processrequest", house.fields(), token: old)

            #expect(response.status == status)
        }
    }

    @Test("Without a good token nothing is processed")
    func noToken() async throws {
        try await House.with { house in
            let path = "/mpesa/stkpush/v1/processrequest"
            let wrong = try await house.post(path, house.fields(), token: "nonsense")
            let none = try await house.send(
                "POST", path, headers: [("Content-Type", "application/json")], body: house.fields().bytes)

            #expect(wrong.status == 404)
            #expect(try wrong.json.essence == Fixture.named("error-invalid-access-token-404").essence)
            #expect(none.status == 404)
            #expect(try none.json.essence == Fixture.named("error-invalid-auth-header-404").essence)
            #expect(house.simulator.daraja.ledger.isEmpty)
        }
    }

    @Test("Unknown paths and wrong methods are refused as Daraja refuses them")
    func paths() async throws {
        try await House.with { house in
            let nowhere = try await house.post("/mpesa/stkpush/v2/processrequest", house.fields())
            let wrongMethod = try await house.send("GET", "/mpesa/stkpush/v1/processrequest")

            #expect(nowhere.status == 404)
            #expect(try nowhere.json.essence == Fixture.named("error-resource-not-found-404").essence)
            #expect(wrongMethod.status == 405)
            #expect(try wrongMethod.json.essence == Fixture.named("error-method-not-allowed-405").essence)
        }
    }
}
