import FoundationEssentials
import HTTPClient
import MPesaSimulator
import Testing

@Suite struct FaultTests {
    @Test(
        "A lost answer leaves the client without one; whether the push was processed is another matter",
        arguments: [("answer-lost", 1_250), ("dropped", 0)])
    func lost(story: String, debited: Int) async throws {
        try await House.with { house in
            try house.choose(story)

            let error = await #expect(throws: OutboundError.self) { try await house.push() }

            #expect(error?.mayHaveArrived == true)
            #expect(error?.timedOut == false)
            await house.wait(milliseconds: 4_000)
            #expect(try house.push.answer.isLost)
            #expect(try house.push.debited == debited)
            #expect(house.shop.callbacks.count == (debited > 0 ? 1 : 0))
        }
    }

    @Test("A truncated answer stops in the middle of its JSON although the push was processed")
    func truncated() async throws {
        try await House.with { house in
            try house.choose("answer-truncated")

            let response = try await house.push()

            #expect(response.status == 200)
            #expect(throws: JSON.SyntaxError.self) { try response.json }
            await house.wait(milliseconds: 4_000)
            #expect(house.shop.codes == ["0"])
        }
    }

    @Test("An answer that is held longer than the client waits is a timeout, and the push is paid all the same")
    func held() async throws {
        try await House.with { house in
            try house.choose("answer-slow")

            let error = await #expect(throws: OutboundError.self) {
                try await house.push(timeout: .milliseconds(300))
            }

            #expect(error?.timedOut == true)
            await house.wait(milliseconds: 4_000)
            #expect(try house.push.debited == 1_250)
        }
    }

    @Test(
        "A push that meets a fault is refused in the gateway's shape and not processed",
        arguments: [
            ("spike-arrest", 500, "error-spike-arrest-500"), ("busy", 500, "error-system-busy-500"),
            ("quota", 500, "error-quota-500"), ("internal-error", 500, "error-internal-500"),
            ("maintenance", 503, "error-maintenance"), ("soap-fault", 500, "error-gateway-soap-envelope"),
            ("no-product", 401, "error-no-apiproduct-401"),
            ("push-locked", 500, "stk-push-error-subscriber-locked-500"),
            ("push-refused", 200, "stk-push-response-nonzero"),
        ])
    func refused(story: String, status: Int, fixture: String) async throws {
        try await House.with { house in
            try house.choose(story)

            let response = try await house.push()

            #expect(response.status == status)
            #expect(try response.json.essence == Fixture.named(fixture).essence)
            await house.wait(milliseconds: 600_000)
            #expect(house.shop.callbacks.isEmpty)
            #expect(try house.push.stage == .refused)
        }
    }

    @Test(
        "Pages of the edge and the gateway are HTML", arguments: [("forbidden-page", 403), ("unavailable-page", 503)])
    func pages(story: String, status: Int) async throws {
        try await House.with { house in
            try house.choose(story)

            let response = try await house.push()

            #expect(response.status == status)
            #expect(response.header("content-type") == "text/html")
        }
    }

    @Test(
        "An error can be said about a push that was processed",
        arguments: [("unavailable-processed", 503), ("internal-error-processed", 500)])
    func processed(story: String, status: Int) async throws {
        try await House.with { house in
            try house.choose(story)

            #expect(try await house.push().status == status)

            await house.wait(milliseconds: 4_000)
            #expect(house.shop.codes == ["0"])
        }
    }

    @Test("A fault that is meant for two pushes spares the third")
    func counted() async throws {
        try await House.with { house in
            try house.choose("spike-arrest") { $0.push?.times = 2 }

            let statuses = [
                try await house.push().status, try await house.push().status, try await house.push().status,
            ]

            #expect(statuses == [500, 500, 200])
        }
    }

    @Test("A token that is cancelled on the way is refused once, and a new one is good")
    func tokenCancelled() async throws {
        try await House.with { house in
            try house.choose("token-cancelled")
            let path = "/mpesa/stkpush/v1/processrequest"
            let token = try await house.token()

            let first = try await house.post(path, house.fields(), token: token)
            let again = try await house.post(path, house.fields(), token: token)
            let fresh = try await house.push()

            #expect(first.status == 404)
            #expect(try first.json["errorCode"]?.text == "404.001.03")
            #expect(again.status == 404)
            #expect(fresh.status == 200)
        }
    }

    @Test("In an outage nothing is answered, tokens and queries included, and afterwards all is as before")
    func outage() async throws {
        try await House.with { house in
            let token = try await house.token()
            let id = try await house.push().json["CheckoutRequestID"]
            try house.choose("outage")

            await #expect(throws: OutboundError.self) { try await house.token() }
            await #expect(throws: OutboundError.self) {
                try await house.post("/mpesa/stkpushquery/v1/query", house.fields(), token: token)
            }
            await #expect(throws: OutboundError.self) {
                try await house.post("/mpesa/stkpush/v1/processrequest", house.fields(), token: token)
            }

            house.simulator.daraja.choose(.manual)
            #expect(try await house.query(id).message == "The transaction is being processed")
        }
    }

    @Test("In the other outage everything is a 503 page")
    func unavailable() async throws {
        try await House.with { house in
            try house.choose("outage-503")

            let response = try await house.tokenResponse(authorization: nil)

            #expect(response.status == 503)
            #expect(response.header("content-type") == "text/html")
        }
    }

    @Test("A story given as JSON is refused when a number is out of its range")
    func ranges() {
        for text in [
            #"{"push":{"holdMilliseconds":300001}}"#, #"{"callback":{"copies":0}}"#, #"{"callback":{"copies":101}}"#,
            #"{"decisionMilliseconds":-1}"#,
        ] {
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(Story.self, from: Data(text.utf8)) }
        }
    }
}

extension Story {
    /// The story written as JSON and read again.
    var afterJSON: Story {
        get throws { try JSONDecoder().decode(Story.self, from: JSONEncoder().encode(self)) }
    }
}
