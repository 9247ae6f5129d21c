import FoundationEssentials
import MPesa
import PaymentKit
import PaymentKitTesting
import Testing

@Suite struct PromptAnswerTests {
    private func start(_ status: Int, _ body: String, _ settings: [String: String] = [:]) async throws -> Started {
        try await plugin(settings).start(try request(), .scripted(daraja(status, body)))
    }

    @Test("An accepted request is pending, keeps both ids and sends the customer to the phone")
    func accepted() async throws {
        let started = try await start(200, try fixture("stk-push-response-success"))
        #expect(started.outcome == Outcome(.pending, references: Known.references))
        #expect(started.step == .phonePrompt(to: try PhoneNumber("0708374149"), seconds: 75))
    }

    @Test("Ids in the old form are kept as they are")
    func oldIDs() async throws {
        let started = try await start(200, try fixture("stk-push-response-success-old-ids"))
        #expect(
            started.outcome.references == [
                Reference("CheckoutRequestID", "ws_CO_050120261430164821"),
                Reference("MerchantRequestID", "30177-5120946-1"),
            ])
    }

    @Test("Another ResponseCode than 0 is a no, and no prompt is announced")
    func notAccepted() async throws {
        let started = try await start(200, try fixture("stk-push-response-nonzero"))
        let decline = try #require(started.outcome.fact.decline)
        #expect(decline.reason == .other)
        #expect(decline.code == "1")
        #expect(started.step == .nothing)
    }

    @Test("A phone with another session is asked to wait two minutes")
    func locked() async throws {
        let started = try await start(500, try fixture("stk-push-error-subscriber-locked-500"))
        let decline = try #require(started.outcome.fact.decline)
        #expect(decline.reason == .payerBusy)
        #expect(decline.waitSeconds == 120)
        #expect(decline.code == "500.001.1001")
    }

    @Test("A number that M-PESA refuses is the customer's to correct", arguments: ["invalid-phone", "invalid-party-a"])
    func invalidNumber(name: String) async throws {
        let started = try await start(400, try fixture("stk-push-error-\(name)-400"))
        #expect(started.outcome.fact.decline?.reason == .invalidAccount)
        #expect(started.outcome.fact.decline?.retry == .sameMethod)
    }

    @Test(
        "What only the owner can put right names the setting",
        arguments: [
            ("stk-push-error-wrong-credentials-500", 500, "passkey"),
            ("stk-push-error-merchant-not-exist-500", 500, "shortcode"),
            ("stk-push-error-invalid-shortcode-400", 400, "shortcode"),
            ("stk-push-error-invalid-transaction-type-400", 400, "till"),
            ("stk-push-error-invalid-callback-url-400", 400, nil),
            ("stk-push-error-invalid-amount-400", 400, nil), ("stk-push-error-invalid-amount-endash-400", 400, nil),
            ("stk-push-error-invalid-account-reference-400", 400, nil),
            ("stk-push-error-invalid-remarks-400", 400, nil),
            ("stk-push-error-invalid-timestamp-400", 400, nil), ("error-invalid-request-payload-400", 400, nil),
            ("error-resource-not-found-404", 404, nil), ("error-invalid-auth-header-404", 404, nil),
            ("error-method-not-allowed-405", 405, nil),
        ])
    func misconfigured(name: String, status: Int, setting: String?) async throws {
        let error = await paymentError { try await start(status, try fixture(name)) }
        guard case .misconfigured(let why, let named)? = error else {
            return #expect(Bool(false), "\(String(describing: error))")
        }
        #expect(named == setting)
        #expect(why.hasSuffix("."))
    }

    @Test("An invalid receiver names the till where there is one, and the shortcode where there is none")
    func invalidReceiver() async throws {
        let body = #"{"errorCode":"400.002.02","errorMessage":"Bad Request - Invalid PartyB"}"#
        for (settings, setting) in [(["till": "500123"], "till"), ([:], "shortcode")] {
            let error = await paymentError { try await start(400, body, settings) }
            guard case .misconfigured(_, setting)? = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test(
        "A refusal for the rate or for maintenance is safe to repeat after a wait",
        arguments: [
            ("error-spike-arrest-500", 500, 5.0), ("error-quota-500", 500, 5), ("error-system-busy-500", 500, 5),
            ("error-maintenance", 503, 60),
        ])
    func busy(name: String, status: Int, seconds: Double) async throws {
        let error = await paymentError { try await start(status, try fixture(name)) }
        guard case .busy(_, retryAfter: seconds)? = error else {
            return #expect(Bool(false), "\(String(describing: error))")
        }
    }

    @Test("Status 429 alone is a refusal for the rate")
    func tooMany() async throws {
        let error = await paymentError { try await start(429, "") }
        #expect(error == .busy("Safaricom takes no more requests at the moment.", retryAfter: 5))
    }

    /// An entry of `non-json-bodies.json`.
    private struct Body: Decodable {
        var name: String
        var http_status: Int
        var body: String
    }

    @Test("An answer that does not read is an unknown outcome, never a no")
    func unreadable() async throws {
        let bodies = try JSONDecoder().decode([Body].self, from: Data(fixture("non-json-bodies").utf8))
        #expect(bodies.count == 5)
        for body in bodies {
            let error = await paymentError { try await start(body.http_status, body.body) }
            guard case .outcomeUnknown? = error else {
                Issue.record("\(body.name): \(String(describing: error))")
                continue
            }
        }
    }

    @Test(
        "An answer that proves nothing is an unknown outcome",
        arguments: [
            (500, #"{"errorCode":"500.003.1001","errorMessage":"Internal Server Error"}"#),
            (500, #"{"errorCode":"500.001.1001","errorMessage":"Something new"}"#),
            (500, #"{"errorCode":"500.009.77","errorMessage":"Invalid PhoneNumber"}"#),
            (500, #"{"errorCode":["400.002.02"],"errorMessage":7}"#), (500, "{}"), (500, ""), (200, ""), (200, "[]"),
            (200, "null"), (200, #""0""#), (502, "<html>Bad gateway</html>"), (504, ""), (302, ""), (403, ""),
            (401, ""),
            (200, #"{"ResponseCode":"0"}"#), (200, #"{"ResponseCode":"0","CheckoutRequestID":"ws_CO_1"}"#),
            (200, #"{"ResponseCode":"0","CheckoutRequestID":"","MerchantRequestID":""}"#),
            (200, #"{"ResponseCode":null,"CheckoutRequestID":"ws_CO_1","MerchantRequestID":"1-2-3"}"#),
            (200, #"{"CheckoutRequestID":"ws_CO_1","MerchantRequestID":"1-2-3"}"#),
            (500, #"{"ResponseCode":"0","CheckoutRequestID":"ws_CO_1","MerchantRequestID":"1-2-3"}"#),
        ])
    func provesNothing(status: Int, body: String) async throws {
        let error = await paymentError { try await start(status, body) }
        guard case .outcomeUnknown? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test("A gateway fault in a SOAP envelope is an unknown outcome")
    func soap() async throws {
        let error = await paymentError { try await start(500, try fixture("error-gateway-soap-envelope")) }
        guard case .outcomeUnknown? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test("A lost answer is an unknown outcome, and nothing is sent twice")
    func lost() async throws {
        let http = ScriptedHTTP { $0.isForToken ? .answer(status: 200, body: #"{"access_token":"t"}"#) : .lost }
        let error = await paymentError { try await plugin().start(try request(), .scripted(http)) }
        #expect(error == .outcomeUnknown("no answer"))
        #expect(http.sent.count(where: \.isPush) == 1)
    }

    @Test("A connection refused before a byte left passes through as not sent")
    func notSent() async throws {
        let http = ScriptedHTTP { $0.isForToken ? .answer(status: 200, body: #"{"access_token":"t"}"#) : .notSent }
        let error = await paymentError { try await plugin().start(try request(), .scripted(http)) }
        #expect(error == .notSent("connection refused"))
    }

    @Test("Half an acknowledgement never announces a prompt", arguments: 1..<16)
    func cut(part: Int) async throws {
        let body = try fixture("stk-push-response-success")
        let error = await paymentError { try await start(200, String(body.prefix(body.count * part / 16))) }
        guard case .outcomeUnknown? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }
}
