import Airtel
import FoundationEssentials
import PaymentKit
import PaymentKitTesting
import Testing

/// The request for a prompt, and what each answer to it proves.
@Suite struct PromptTests {
    private struct Push: Decodable {
        struct Subscriber: Decodable { let country, currency, msisdn: String }
        struct Transaction: Decodable {
            let amount: Int
            let country, currency, id: String
        }
        let reference: String
        let subscriber: Subscriber
        let transaction: Transaction
    }

    @Test("The request names the number without its country, the ticket, whole shillings, Kenya and its currency")
    func request() async throws {
        let http = airtel(200, envelope("DP00800001006"))
        let started = try await plugin().start(try AirtelTests.request(), .scripted(http, ticket: Known.ticket))
        let sent = try #require(http.sent.last)
        #expect(sent.url.absoluteString == "http://127.0.0.1:8082/merchant/v1/payments/")
        #expect(sent.effect == .acts)
        #expect(sent.headers["X-Country"] == "KE" && sent.headers["X-Currency"] == "KES")
        #expect(sent.headers["Authorization"] == "Bearer token-1")
        let push = try JSONDecoder().decode(Push.self, from: sent.body)
        #expect(push.subscriber.msisdn == "733123456")
        #expect(push.transaction.amount == 1_250 && push.transaction.id == Known.ticket)
        #expect(push.transaction.currency == "KES" && push.reference == "K7M29QXD")
        #expect(started.outcome.fact == .pending)
        #expect(started.outcome.references == [Reference("transaction.id", Known.ticket)])
        #expect(started.step == .phonePrompt(to: try PhoneNumber("0733123456"), seconds: 75))
    }

    @Test("\"In process\" is accepted, by the newer code or the older", arguments: ["response_code", "result_code"])
    func accepted(_ field: String) async throws {
        let code = field == "response_code" ? "DP00800001006" : "ESB000010"
        let http = airtel(200, envelope(code, field: field))
        let started = try await plugin().start(try AirtelTests.request(), .scripted(http))
        #expect(started.outcome.fact == .pending)
    }

    @Test(
        "A definite no ends the attempt, with a reason and words in both languages",
        arguments: [
            (200, "DP00800001003", Decline.Reason.limitExceeded), (200, "DP00800001004", .limitExceeded),
            (200, "DP00800001007", .insufficientFunds), (400, "DP00800001010", .misconfigured),
            (400, "ESB000033", .invalidAccount), (400, "ESB000036", .invalidAccount),
        ])
    func declined(_ status: Int, _ code: String, _ reason: Decline.Reason) async throws {
        let http = airtel(status, envelope(code))
        let started = try await plugin().start(try AirtelTests.request(), .scripted(http))
        let decline = try #require(started.outcome.fact.decline)
        #expect(decline.reason == reason && decline.code == code)
        #expect(decline.words["en"]?.isEmpty == false && decline.words["sw"]?.isEmpty == false)
    }

    @Test("A number that Airtel does not know is told by its words, whatever code stands beside them")
    func unknownNumber() async throws {
        let http = airtel(400, envelope("DP00800001005", "Msisdn Not Found"))
        let started = try await plugin().start(try AirtelTests.request(), .scripted(http))
        #expect(started.outcome.fact.decline?.reason == .invalidAccount)
    }

    @Test(
        "What does not prove a no is unknown: a prompt may be out",
        arguments: [
            (500, envelope("DP00800001005", "Something Went Wrong")), (200, envelope("DP00800001000")),
            (200, envelope("DP00800001024")), (200, envelope("DP00800001002")), (400, envelope("ESB000041")),
            (200, envelope("ESB000001", field: "result_code")), (408, envelope("ROUTER117")), (200, "{}"),
            (200, "<html>"), (502, "<html><h1>Bad Gateway</h1>"), (200, envelope("DP00800009999")), (200, ""),
        ])
    func unknown(_ status: Int, _ body: String) async throws {
        let http = airtel(status, body)
        let error = await paymentError { try await plugin().start(try AirtelTests.request(), .scripted(http)) }
        guard case .outcomeUnknown? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(http.sent.filter { $0.effect == .acts }.count == 1, "never sent again")
    }

    @Test(
        "What the owner must mend names the setting",
        arguments: [
            ("ROUTER001", "client_id"), ("ROUTER006", "platform"), ("ROUTER112", "platform"),
            ("DP00800001026", "client_id"),
        ])
    func misconfigured(_ code: String, _ setting: String) async throws {
        let http = airtel(400, envelope(code))
        let error = await paymentError { try await plugin().start(try AirtelTests.request(), .scripted(http)) }
        guard case .misconfigured(let why, let named)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(named == setting && why.contains(code))
    }

    @Test("Too many requests may be tried again, and nothing was done")
    func tooMany() async throws {
        let error = await paymentError {
            try await plugin().start(try AirtelTests.request(), .scripted(airtel(429, "{}")))
        }
        guard case .busy? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("A refused token is replaced once, and the prompt is sent with the new one")
    func token() async throws {
        let http = ScriptedHTTP { request in
            if request.isForToken { return .answer(status: 200, body: #"{"access_token":"fresh","expires_in":"180"}"#) }
            return request.headers["Authorization"] == "Bearer fresh"
                ? .answer(status: 200, body: envelope("DP00800001006"))
                : .answer(status: 401, body: #"{"error":"invalid_token"}"#)
        }
        let tokens = MemoryTokens()
        _ = try await tokens.token("oauth") { (Secret("stale"), seconds: 100) }
        let started = try await plugin().start(try AirtelTests.request(), .scripted(http, tokens: tokens))
        #expect(started.outcome.fact == .pending)
        #expect(http.sent.map(\.isForToken) == [false, true, false])
    }

    @Test("A wrong client ID is the owner's to mend, and no prompt is asked for")
    func wrongClient() async throws {
        let http = ScriptedHTTP { _ in .answer(status: 401, body: #"{"error":"invalid_client"}"#) }
        let error = await paymentError { try await plugin().start(try AirtelTests.request(), .scripted(http)) }
        guard case .misconfigured(_, let setting)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(setting == "client_id" && http.sent.count == 1)
    }
}
