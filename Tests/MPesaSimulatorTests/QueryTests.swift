import HTTPClient
import MPesaSimulator
import Testing

@Suite struct QueryTests {
    @Test("A query says pending until the person has decided, and then the result without receipt, amount or phone")
    func pendingThenFinal() async throws {
        try await House.with { house in
            let id = try await house.push().json["CheckoutRequestID"]
            let pending = try await house.query(id)
            await house.wait(milliseconds: 1_000)
            house.simulator.daraja.approve(House.phone)
            let final = try await house.query(id)

            #expect(pending.status == 500)
            #expect(try pending.json.essence == Fixture.named("stk-query-pending").essence)
            #expect(try pending.json["requestId"] == id)
            #expect(final.status == 200)
            // The fixture spells this one without the third s.
            #expect(try final.json["ResponseDescription"]?.text?.hasSuffix("successsfully") == true)
            #expect(
                try final.json.without("ResponseDescription")
                    == Fixture.named("stk-query-success").without("ResponseDescription"))
            #expect(try house.push.queries.map(\.code) == ["500.001.1001", "0"])
        }
    }

    @Test(
        "Pending has its other forms",
        arguments: [("query-4999", "stk-query-pending-4999"), ("query-code-1", "stk-query-pending-code-1-text")])
    func pendingForms(story: String, fixture: String) async throws {
        try await House.with { house in
            try house.choose(story)
            let id = try await house.push().json["CheckoutRequestID"]

            let response = try await house.query(id)

            #expect(response.status == 200)
            #expect(try response.json.essence == Fixture.named(fixture).essence)
        }
    }

    @Test(
        "A final code is a string, also one with letters",
        arguments: [("1032", "stk-query-cancelled-1032"), ("E3008", "stk-query-bad-debt-e3008")])
    func finalCodes(code: String, fixture: String) async throws {
        try await House.with { house in
            try house.choose(code)
            let id = try await house.push().json["CheckoutRequestID"]
            await house.wait(milliseconds: 3_000)

            let response = try await house.query(id)

            #expect(try response.json.essence == Fixture.named(fixture).essence)
        }
    }

    @Test(
        "A query can be wrong about the truth, as stories say",
        arguments: [
            ("query-unknown", 500, "stk-query-unknown-id-500"),
            ("query-spike-arrest", 500, "stk-query-rate-limited-500"),
            ("query-pending", 500, "stk-query-pending"), ("query-numeric-code", 200, "stk-query-success-numeric-code"),
        ])
    func faults(story: String, status: Int, fixture: String) async throws {
        try await House.with { house in
            try house.choose(story)
            let id = try await house.push().json["CheckoutRequestID"]
            await house.wait(milliseconds: 3_000)

            let response = try await house.query(id)

            #expect(response.status == status)
            #expect(try response.json.essence == Fixture.named(fixture).essence)
            #expect(try house.push.result?.code == "0")
        }
    }

    @Test("A query that is down answers 503 with a page")
    func down() async throws {
        try await House.with { house in
            try house.choose("query-down")
            let id = try await house.push().json["CheckoutRequestID"]

            let response = try await house.query(id)

            #expect(response.status == 503)
            #expect(response.header("content-type") == "text/html")
        }
    }

    @Test("An id that nobody gave out is unknown, one that cannot be is malformed, and neither is a failure")
    func unknown() async throws {
        try await House.with { house in
            let id = try await house.push().json["CheckoutRequestID"]
            let unknown = try await house.query("ws_CO_05012026143016482708374140")
            let malformed = try await house.query("17")
            let missing = try await house.query(nil)
            let foreign = try await house.query(id, ["BusinessShortCode": "600000"])

            #expect(unknown.status == 500)
            #expect(try unknown.json.essence == Fixture.named("stk-query-unknown-id-500").essence)
            #expect(malformed.status == 400)
            #expect(try malformed.json.essence == Fixture.named("stk-query-unknown-id-400").essence)
            #expect(missing.status == 400)
            #expect(try foreign.message == "The transaction does not Exist")
        }
    }
}

extension JSON {
    fileprivate func without(_ name: String) -> JSON {
        guard case .object(let members) = essence else { return self }
        return .object(members.filter { $0.name != name })
    }
}
