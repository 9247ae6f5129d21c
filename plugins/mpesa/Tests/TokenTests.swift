import FoundationEssentials
import MPesa
import PaymentKit
import PaymentKitTesting
import Synchronization
import Testing

@Suite struct TokenTests {
    /// Gives token-1, token-2 …, and answers the other requests in order; the last answer repeats.
    private func daraja(_ answers: [(Int, String)], tokens: Int = .max) -> ScriptedHTTP {
        let given = Mutex((tokens: 0, answers: 0))
        return ScriptedHTTP { request in
            given.withLock { given in
                if request.isForToken {
                    given.tokens += 1
                    guard given.tokens <= tokens else { return .answer(status: 503, body: "<html>down</html>") }
                    return .answer(status: 200, body: #"{"access_token":"token-\#(given.tokens)","expires_in":3599}"#)
                }
                let answer = answers[min(given.answers, answers.count - 1)]
                given.answers += 1
                return .answer(status: answer.0, body: answer.1)
            }
        }
    }

    private static let refusals = [
        ("error-invalid-access-token-404", 404), ("error-invalid-access-token-401", 401),
        ("error-invalid-access-token-401-c2b", 401), ("error-invalid-access-token-400", 400),
        ("error-gateway-fault", 401),
    ]

    @Test("A refused token is renewed once, and the prompt is then sent once more", arguments: refusals)
    func renews(name: String, status: Int) async throws {
        let http = daraja([(status, try fixture(name)), (200, try fixture("stk-push-response-success"))])
        let started = try await plugin().start(try request(), .scripted(http))

        #expect(started.outcome.fact == .pending)
        #expect(http.sent.map(\.isForToken) == [true, false, true, false])
        #expect(http.sent.filter(\.isPush).map { $0.headers["Authorization"] } == ["Bearer token-1", "Bearer token-2"])
    }

    @Test("A second refusal is the owner's matter: two pushes, two tokens, no more", arguments: refusals)
    func givesUp(name: String, status: Int) async throws {
        let http = daraja([(status, try fixture(name))])
        let error = await paymentError { try await plugin().start(try request(), .scripted(http)) }

        guard case .misconfigured(_, setting: "consumer_key")? = error else {
            return #expect(Bool(false), "\(String(describing: error))")
        }
        #expect(http.sent.count(where: \.isPush) == 2)
        #expect(http.sent.count(where: \.isForToken) == 2)
    }

    @Test("A lost answer to the second push is an unknown outcome")
    func lostSecond() async throws {
        let refusal = try fixture("error-invalid-access-token-404")
        let tokens = Mutex(0)
        let http = ScriptedHTTP { request in
            if request.isForToken {
                let number = tokens.withLock { count -> Int in
                    count += 1
                    return count
                }
                return .answer(status: 200, body: #"{"access_token":"token-\#(number)"}"#)
            }
            return request.headers["Authorization"] == "Bearer token-1" ? .answer(status: 404, body: refusal) : .lost
        }
        let error = await paymentError { try await plugin().start(try request(), .scripted(http)) }
        #expect(error == .outcomeUnknown("no answer"))
        #expect(http.sent.count(where: \.isPush) == 2)
    }

    @Test("No new token after a refused one means: nothing happened, try again")
    func noNewToken() async throws {
        let http = daraja([(404, try fixture("error-invalid-access-token-404"))], tokens: 1)
        let error = await paymentError { try await plugin().start(try request(), .scripted(http)) }
        guard case .busy? = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(http.sent.count(where: \.isPush) == 1)
    }

    @Test("A product missing from the app is no token problem: one push, and the owner is told")
    func missingProduct() async throws {
        let http = daraja([(401, try fixture("error-no-apiproduct-401"))])
        let error = await paymentError { try await plugin().start(try request(), .scripted(http)) }
        guard case .misconfigured(let why, setting: "consumer_key")? = error else {
            return #expect(Bool(false), "\(String(describing: error))")
        }
        #expect(why.contains("product"))
        #expect(http.sent.count(where: \.isPush) == 1)
    }

    @Test("A status query renews its token too")
    func queryRenews() async throws {
        let http = daraja([
            (404, try fixture("error-invalid-access-token-404")), (200, try fixture("stk-query-success")),
        ])
        let outcome = try await plugin().status(of: Known.past(), .scripted(http))
        #expect(outcome.fact == .paid(Known.amount, receipt: nil))
        #expect(http.sent.count == 4)
    }

    @Test("One token serves many calls, asked for with the key and secret")
    func shared() async throws {
        let http = daraja([(200, try fixture("stk-push-response-success"))])
        let tokens = MemoryTokens()
        for _ in 0..<3 { _ = try await plugin().start(try request(), .scripted(http, tokens: tokens)) }

        let asked = http.sent.filter(\.isForToken)
        #expect(asked.count == 1)
        #expect(asked.first?.method == "GET")
        #expect(asked.first?.effect == .asks)
        #expect(
            asked.first?.url.absoluteString == "http://127.0.0.1:8081/oauth/v1/generate?grant_type=client_credentials")
        let basic = asked.first?.headers["Authorization"]?.dropFirst("Basic ".count)
        #expect(Data(base64Encoded: String(basic ?? "")) == Data("simulator-key:simulator-secret".utf8))
    }

    @Test(
        "A token is kept until a minute before it ends, whether its life is a string or a number",
        arguments: [
            (#"{"access_token":"t","expires_in":"3599"}"#, 3_539.0),
            (#"{"access_token":"t","expires_in":3599}"#, 3_539),
            (#"{"access_token":"t","expires_in":"61"}"#, 1), (#"{"access_token":"t","expires_in":60}"#, 0),
            (#"{"access_token":"t","expires_in":-7}"#, 0), (#"{"access_token":"t"}"#, 240),
            (#"{"access_token":"t","expires_in":"soon"}"#, 240), (#"{"access_token":"t","expires_in":1e30}"#, 240),
        ])
    func life(body: String, seconds: Double) async throws {
        let tokens = LifeWatch()
        let http = ScriptedHTTP { _ in .answer(status: 200, body: body) }
        _ = try await plugin().testConnection(.scripted(http, tokens: tokens))
        #expect(tokens.seconds == [seconds])
    }

    @Test(
        "A refusal of key and secret names the setting; an outage does not",
        arguments: [
            (400, "", true), (400, #"{"errorCode":"400.008.01","errorMessage":"Invalid Authentication passed"}"#, true),
            (400, #"{"errorCode":"400.008.02","errorMessage":"Invalid grant type passed"}"#, true),
            (401, "", true), (401, #"{"fault":{"faultstring":"Invalid client identifier"}}"#, true),
            (503, "<html><body><h1>503</h1></body></html>", false), (403, "<html>Rejected</html>", false),
            (400, "<html>odd</html>", false), (200, "", false), (200, #"{"access_token":""}"#, false),
            (200, #"{"access_token":"a b\r\nX: y"}"#, false), (200, #"{"access_token":["t"]}"#, false),
            (500, #"{"errorCode":"500.003.1001","errorMessage":"Internal Server Error"}"#, false),
        ])
    func refusedKeys(status: Int, body: String, isMisconfigured: Bool) async throws {
        let http = ScriptedHTTP { _ in .answer(status: status, body: body) }
        let error = await paymentError { try await plugin().start(try request(), .scripted(http)) }
        switch error {
        case .misconfigured(_, setting: "consumer_key")?: #expect(isMisconfigured)
        case .unavailable?: #expect(!isMisconfigured)
        default: Issue.record("\(String(describing: error))")
        }
        #expect(http.sent.count(where: \.isPush) == 0)
    }

    @Test(
        "Too many token requests are answered by waiting",
        arguments: [("error-spike-arrest-500", 500), ("error-quota-500", 500)])
    func busy(name: String, status: Int) async throws {
        let body = try fixture(name)
        let http = ScriptedHTTP { _ in .answer(status: status, body: body) }
        let error = await paymentError { try await plugin().start(try request(), .scripted(http)) }
        #expect(error == .busy("Safaricom takes no more requests at the moment.", retryAfter: 5))
    }
}

/// A cache that keeps nothing but the lives of the tokens it was given.
private final class LifeWatch: TokenCaching {
    private let lives = Mutex<[Double]>([])
    var seconds: [Double] { lives.withLock { $0 } }

    func token(_ name: String, fetch: @Sendable () async throws -> (Secret, seconds: Double)) async throws -> Secret {
        let (token, seconds) = try await fetch()
        lives.withLock { $0.append(seconds) }
        return token
    }
    func invalidate(_ name: String, _ token: Secret) async throws {}
}
