import FoundationEssentials
import MPesa
import PaymentKit
import PaymentKitTesting
import Testing

/// The immediate answer to a request that moves money, or asks about it: what it proves, and what it does not.
@Suite struct OperationAnswerTests {
    enum Operation: CaseIterable, Sendable {
        case refund, payout, balance, lookUp
        var acts: Bool { self == .refund || self == .payout }
    }

    private func run(_ operation: Operation, _ http: ScriptedHTTP) async throws -> Outcome {
        let plugin = try plugin()
        let call = Call.scripted(http)
        switch operation {
        case .refund: return try await plugin.refund(Known.amount, of: Receipt("UA51K7B2QX"), nil, reason: "", call)
        case .payout:
            let form = try FieldValues(["phone": Known.phone], checkedAgainst: MPesa.manifest.payoutForm)
            return try await plugin.send(Known.amount, to: form, reason: "", call)
        case .balance: return try await plugin.balance(call)
        case .lookUp: return try await plugin.lookUp("UA51K7B2QX", call)
        }
    }

    @Test(
        "An answer that does not prove what happened is an unknown outcome, and for a question no answer",
        arguments: Operation.allCases,
        [
            (200, ""), (200, "{}"), (200, "null"), (200, "<html>"), (403, "<html>Forbidden</html>"), (502, ""),
            (200, #"{"ConversationID":"AG_1"}"#), (500, #"{"errorCode":"500.001.1001","errorMessage":"Internal"}"#),
            (500, #"{"errorCode":"500.003.1001","errorMessage":"Internal Server Error"}"#),
        ])
    func unclear(operation: Operation, answer: (Int, String)) async throws {
        let error = await paymentError { try await run(operation, daraja(answer.0, answer.1)) }
        switch error {
        case .outcomeUnknown?: #expect(operation.acts)
        case .unavailable?: #expect(!operation.acts)
        default: Issue.record("\(String(describing: error)) for \(answer)")
        }
    }

    @Test(
        "A duplicate payout is not a failed one: the first with this ticket decides",
        arguments: ["b2c-error-duplicate-originator-500", "b2c-error-system-internal-500"])
    func duplicate(name: String) async throws {
        let error = await paymentError { try await run(.payout, daraja(500, try fixture(name))) }
        guard case .outcomeUnknown? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test("An answer that was lost is an unknown outcome for what acts", arguments: Operation.allCases)
    func lost(operation: Operation) async throws {
        let lost = ScriptedHTTP {
            $0.isForToken ? .answer(status: 200, body: #"{"access_token":"t","expires_in":"3599"}"#) : .lost
        }
        let error = await paymentError { try await run(operation, lost) }
        let isUnknown = if case .outcomeUnknown? = error { true } else { false }
        #expect(isUnknown == operation.acts)
    }

    @Test(
        "What Daraja refuses before it does anything says who can mend it",
        arguments: [
            (Operation.payout, "b2c-error-invalid-amount-400", 400, "input"),
            (.payout, "b2c-error-invalid-remarks-400", 400, "settings"),
            (.refund, "reversal-error-invalid-transaction-id-400", 400, "input"),
            (.refund, "error-resource-not-found-404", 404, "settings"),
            (.balance, "error-no-apiproduct-401", 401, "settings"),
            (.lookUp, "error-no-apiproduct-401", 401, "settings"),
            (.payout, "error-spike-arrest-500", 500, "busy"), (.refund, "error-quota-500", 500, "busy"),
            (.payout, "error-maintenance", 500, "busy"),
        ])
    func refused(operation: Operation, name: String, status: Int, kind: String) async throws {
        let error = await paymentError { try await run(operation, daraja(status, try fixture(name))) }
        switch error {
        case .invalidInput?: #expect(kind == "input")
        case .misconfigured?: #expect(kind == "settings")
        case .busy?: #expect(kind == "busy")
        default: Issue.record("\(String(describing: error))")
        }
    }

    @Test(
        "A refused field names the setting behind it",
        arguments: [
            ("InitiatorName", "initiator"), ("SecurityCredential", "initiator_password"), ("PartyA", "shortcode"),
            ("ReceiverParty", "shortcode"),
        ])
    func settings(field: String, setting: String) async throws {
        let body = #"{"errorCode":"400.002.02","errorMessage":"Bad Request - Invalid \#(field)"}"#
        let error = await paymentError { try await run(.payout, daraja(400, body)) }
        guard case .misconfigured(_, setting)? = error else {
            return #expect(Bool(false), "\(String(describing: error))")
        }
    }

    @Test(
        "A code other than 0 means that nothing moved; a question that is not taken has no answer",
        arguments: Operation.allCases)
    func notAccepted(operation: Operation) async throws {
        let http = daraja(200, #"{"ResponseCode":"1","ResponseDescription":"no","ConversationID":"AG_1"}"#)
        if operation.acts {
            let decline = try #require(try await run(operation, http).fact.decline)
            #expect(decline.code == "1")
            #expect(decline.reason == .other)
        } else {
            let error = await paymentError { try await run(operation, http) }
            guard case .unavailable? = error else { return #expect(Bool(false), "\(String(describing: error))") }
        }
    }

    @Test("Accepted without ids is accepted: the result comes to an address of its own")
    func noIDs() async throws {
        #expect(try await run(.payout, daraja(200, #"{"ResponseCode":0}"#)) == Outcome(.pending))
    }

    @Test("A refused token is renewed once, and the payout sent again with the same ticket")
    func token() async throws {
        let refusal = try fixture("error-invalid-access-token-401")
        let accepted = try fixture("b2c-response")
        let tokens = MemoryTokens()
        _ = try await tokens.token("oauth") { (Secret("old"), seconds: 60) }
        let http = ScriptedHTTP { request in
            if request.isForToken { return .answer(status: 200, body: #"{"access_token":"new","expires_in":"3599"}"#) }
            let isNew = request.headers["Authorization"] == "Bearer new"
            return isNew ? .answer(status: 200, body: accepted) : .answer(status: 401, body: refusal)
        }
        let form = try FieldValues(["phone": Known.phone], checkedAgainst: MPesa.manifest.payoutForm)
        let outcome = try await plugin().send(Known.amount, to: form, reason: "", .scripted(http, tokens: tokens))
        #expect(outcome.fact == .pending)
        let sent = http.sent.filter { !$0.isForToken }
        #expect(sent.map { $0.fields["OriginatorConversationID"] } == ["K7M29QXD-1", "K7M29QXD-1"])
    }
}
