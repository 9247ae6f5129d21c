import FoundationEssentials
import MPesa
import PaymentKit
import PaymentKitTesting
import Testing

@Suite struct PromptStatusTests {
    private func status(_ status: Int, _ body: String) async throws -> Fact {
        try await plugin().status(of: Known.past(), .scripted(daraja(status, body))).fact
    }

    @Test("The question is the one of the reference, and it only asks")
    func question() async throws {
        let http = daraja(200, try fixture("stk-query-success"))
        _ = try await plugin().status(of: Known.past(), .scripted(http))

        let query = try #require(http.sent.first { !$0.isForToken })
        #expect(query.url.path() == "/mpesa/stkpushquery/v1/query")
        #expect(query.effect == .asks)
        let expected = try JSONDecoder().decode([String: String].self, from: Data(fixture("stk-query-request").utf8))
        #expect(query.fields == expected)
    }

    @Test(
        "Success is the whole amount, and the receipt comes by another road",
        arguments: ["stk-query-success", "stk-query-success-numeric-code"])
    func paid(name: String) async throws {
        #expect(try await status(200, try fixture(name)) == .paid(Known.amount, receipt: nil))
    }

    @Test(
        "Each form of not-decided-yet is pending",
        arguments: [
            ("stk-query-pending", 500), ("stk-query-pending-4999", 200), ("stk-query-pending-code-1-text", 200),
        ])
    func pending(name: String, httpStatus: Int) async throws {
        #expect(try await status(httpStatus, try fixture(name)) == .pending)
    }

    @Test(
        "An unknown id is not found", arguments: [("stk-query-unknown-id-400", 400), ("stk-query-unknown-id-500", 500)])
    func notFound(name: String, httpStatus: Int) async throws {
        #expect(try await status(httpStatus, try fixture(name)) == .notFound)
    }

    @Test(
        "A listed code is a definite no",
        arguments: [
            ("stk-query-cancelled-1032", "1032", Decline.Reason.cancelledByPayer),
            ("stk-query-expired-1019", "1019", .expired),
            ("stk-query-insufficient-funds-1", "1", .insufficientFunds),
            ("stk-query-unreachable-1037", "1037", .payerDidNotAnswer),
            ("stk-query-wrong-pin-2001", "2001", .wrongPIN), ("stk-query-bad-debt-e3008", "E3008", .notPermitted),
        ])
    func declined(name: String, code: String, reason: Decline.Reason) async throws {
        let decline = try #require(try await status(200, try fixture(name)).decline)
        #expect(decline.reason == reason)
        #expect(decline.code == code)
    }

    @Test("Codes that a callback leaves open are decided by the query", arguments: ["9999", "1036"])
    func decidedByQuery(code: String) async throws {
        let fact = try await status(200, #"{"ResponseCode":"0","ResultCode":"\#(code)","ResultDesc":"SMSC"}"#)
        #expect(fact.decline?.reason == .payerUnreachable)
        #expect(fact.decline?.waitSeconds == 30)
    }

    @Test(
        "An unlisted code is no evidence, whatever it says", arguments: ["7777", "100000100", "00", "0.1", "SUCCESS"])
    func unclear(code: String) async throws {
        let fact = try await status(200, #"{"ResponseCode":"0","ResultCode":"\#(code)","ResultDesc":"Paid in full"}"#)
        #expect(fact == .unclear(code: code, detail: "Paid in full"))
    }

    @Test(
        "An error answer is never a payment failure, nor a payment",
        arguments: [
            (500, #"{"errorCode":"500.003.1001","errorMessage":"Internal Server Error"}"#), (500, "{}"),
            (503, "<html>"),
            (403, "<html>"), (200, ""), (200, "{"), (200, #"{"ResponseCode":"0"}"#),
            (200, #"{"ResponseCode":"1","ResultCode":"0"}"#), (200, #"{"ResultCode":null}"#),
            (200, #"{"ResponseCode":"0","CheckoutRequestID":"ws_CO_other","ResultCode":"0"}"#),
            (500, #"{"ResponseCode":"0","ResultCode":"0"}"#), (500, #"{"ResponseCode":"0","ResultCode":"1032"}"#),
            (500, #"{"errorCode":"500.001.1001","errorMessage":"Merchant does not exist"}"#),
            (500, #"{"errorCode":"500.001.1001","errorMessage":"[MerchantValidate] - Wrong credentials"}"#),
            (400, #"{"errorCode":"400.002.02","errorMessage":"Bad Request - Invalid Timestamp"}"#),
        ])
    func unavailable(httpStatus: Int, body: String) async throws {
        let error = await paymentError { try await status(httpStatus, body) }
        guard case .unavailable? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test("A rate limit on the question asks for patience")
    func busy() async throws {
        let body = try fixture("stk-query-rate-limited-500")
        let error = await paymentError { try await status(500, body) }
        #expect(error == .busy("Safaricom takes no more requests at the moment.", retryAfter: 5))
    }

    @Test("A question without an answer is unavailable, not unknown")
    func lost() async throws {
        let http = ScriptedHTTP { $0.isForToken ? .answer(status: 200, body: #"{"access_token":"t"}"#) : .lost }
        let error = await paymentError { try await plugin().status(of: Known.past(), .scripted(http)) }
        #expect(error == .unavailable("no answer"))
    }

    @Test("Without a request id nothing is asked")
    func noID() async throws {
        let http = daraja(200, try fixture("stk-query-success"))
        let error = await paymentError { try await plugin().status(of: Known.past(references: []), .scripted(http)) }
        #expect(error == .unavailable("M-PESA has given no request id yet to ask about."))
        #expect(http.sent.isEmpty)
    }

    @Test("Half an answer never makes money", arguments: 1..<16)
    func cut(part: Int) async throws {
        let body = try fixture("stk-query-success")
        let error = await paymentError { try await status(200, String(body.prefix(body.count * part / 16))) }
        guard case .unavailable? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }
}
