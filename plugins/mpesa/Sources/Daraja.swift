import FoundationEssentials
import PaymentKit

/// What came back over HTTP, read as far as it can be read.
struct Answer: Sendable {
    let status: Int
    /// Nil for HTML, nothing, or half a message.
    let json: LooseJSON?
    let error: ErrorAnswer?

    init(_ response: HTTPResponse) {
        status = response.status
        json = LooseJSON.read(response.body, bytesAllowed: LooseJSON.listBytesAllowed)
        error = json.flatMap(ErrorAnswer.init)
    }

    var isSuccess: Bool { (200..<300).contains(status) }
}

/// Daraja's manners, once for all calls: access tokens and their renewal.
extension MPesa {
    /// Sends one request with an access token; with a second, fresh one when Daraja refuses the first.
    ///
    /// A refused token proves that nothing was done, so the second try is safe for a request that acts as well.
    func send(
        _ body: some Encodable & Sendable, to path: String, effect: HTTPRequest.Effect, seconds: Double, _ call: Call
    ) async throws -> Answer {
        func attempt(_ token: Secret) async throws -> Answer {
            let request = try HTTPRequest.post(
                account.base.appending(path: path), json: body,
                headers: ["Authorization": "Bearer \(token.reveal())", "Accept": "application/json"], effect: effect,
                timeout: seconds)
            return Answer(try await call.http.send(request))
        }
        let token = try await accessToken(call)
        let answer = try await attempt(token)
        guard answer.error?.refusesToken == true else { return answer }

        call.log.note("Safaricom refused the access token; asking for a new one.")
        let second = try await attempt(try await newToken(insteadOf: token, effect: effect, call))
        guard second.error?.refusesToken == true else { return second }
        throw PaymentError.misconfigured(
            "Safaricom refuses access tokens that it has just given: check that consumer key, consumer secret and "
                + "the environment (MPESA_ENVIRONMENT) belong together.", setting: Self.consumerKey.key)
    }

    /// A token is shared by all calls and kept until a minute before it ends.
    func accessToken(_ call: Call) async throws -> Secret {
        try await call.tokens.token(Self.tokenName) { try await fetchToken(call) }
    }

    private static let tokenName = "oauth"

    /// - Throws: For a request that acts, never ``PaymentError/unavailable(_:)``: one such request has left and was
    ///   refused, so the caller should hear that trying again is safe.
    private func newToken(insteadOf old: Secret, effect: HTTPRequest.Effect, _ call: Call) async throws -> Secret {
        do {
            try await call.tokens.invalidate(Self.tokenName, old)
            return try await accessToken(call)
        } catch {
            if case PaymentError.misconfigured = error { throw error }
            guard effect == .acts else { throw error }
            throw PaymentError.busy("Safaricom refused the access token and gives no new one.", retryAfter: 5)
        }
    }

    private func fetchToken(_ call: Call) async throws -> (Secret, seconds: Double) {
        let pair = Data("\(account.consumerKey.reveal()):\(account.consumerSecret.reveal())".utf8).base64EncodedString()
        let url = account.base.appending(path: "oauth/v1/generate")
            .appending(queryItems: [URLQueryItem(name: "grant_type", value: "client_credentials")])
        let response = try await call.http.send(.get(url, headers: ["Authorization": "Basic \(pair)"]))
        let answer = Answer(response)
        if let refusal = answer.commonRefusal { throw refusal }
        if answer.isSuccess, let token = Self.token(in: answer) { return token }
        // A wrong key or secret is answered in production with status 400 and nothing else.
        let isRefused = [400, 401].contains(answer.status) && (response.body.isEmpty || answer.json != nil)
        if isRefused || answer.error?.code.hasPrefix("400.008") == true {
            throw PaymentError.misconfigured(
                "Safaricom does not accept the consumer key and secret: copy both again from the app on the Daraja "
                    + "portal, and check that the environment (MPESA_ENVIRONMENT) is where that app lives.",
                setting: Self.consumerKey.key
            )
        }
        throw PaymentError.unavailable("Safaricom gave no access token (status \(answer.status)).")
    }

    /// Daraja writes the life of a token as a string or as a number. It is 3,599 seconds in every sample; without one
    /// the token is kept for five minutes.
    private static func token(in answer: Answer) -> (Secret, seconds: Double)? {
        guard let text = answer.json?["access_token"]?.text, (1...2_048).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        let seconds = answer.json?["expires_in"]?.text.flatMap { Int($0) } ?? 300
        return (Secret(text), seconds: Double(min(max(seconds - 60, 0), 86_400)))
    }
}
