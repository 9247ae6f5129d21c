import FoundationEssentials
import PaymentKit

/// What came back over HTTP, read as far as it can be read.
///
/// Every answer has a `status` with a code of the product (`response_code`, `DP008…`) and an older one beside it
/// (`result_code`, `ESB…` or `ROUTER…`); a product that was not moved has the older one only. The boolean `success` is
/// not read: the portal's own samples have it false beside a success.
struct Answer: Sendable {
    /// Of HTTP.
    let status: Int
    /// Nil for HTML, nothing, or half a message.
    let json: LooseJSON?
    /// The product's code where there is one, else the older one; empty where neither reads.
    let code: String
    /// Airtel's words for the staff.
    let detail: String
    private let message: String
    private let error: String

    init(_ response: HTTPResponse) {
        status = response.status
        json = LooseJSON.read(response.body)
        let envelope = json?["status"]
        let codes = [envelope?["response_code"], envelope?["result_code"]].compactMap { $0?.identifier }
        code = codes.first ?? ""
        let words = envelope?["message"]?.text ?? json?["error_description"]?.text ?? ""
        detail = words.redacted
        message = words.lowercased()
        error = json?["error"]?.text?.lowercased() ?? ""
    }

    var isSuccess: Bool { (200..<300).contains(status) }

    /// - Parameter fragment: In lower case.
    func says(_ fragment: String) -> Bool { message.contains(fragment) }

    /// `data.transaction`, where an answer tells of a payment.
    var transaction: LooseJSON? { json?["data"]?["transaction"] }

    /// The access token was refused before anything was done. Airtel documents no code for it, so status and words say
    /// it together; status 401 alone may come from anybody on the way.
    var refusesToken: Bool { status == 401 && (error.contains("token") || says("token")) }

    /// Refusals that mean the same for every call: too many requests, an application that may not do this.
    var commonRefusal: PaymentError? {
        if status == 429 { return .busy("Airtel takes no more requests at the moment.", retryAfter: 10) }
        if status == 401 || status == 403, json != nil {
            return .misconfigured(
                "Airtel refuses the application (status \(status)): check on the developer portal that the product "
                    + "Collection is enabled for it and that this machine's address is allowed.",
                setting: Airtel.clientID.key)
        }
        return ResponseCodes.shopMistake(code)
    }
}

/// The interface's manners, once for all calls: access tokens and their renewal.
extension Airtel {
    /// Sends one request with an access token; with a second, fresh one when Airtel refuses the first.
    ///
    /// A refused token proves that nothing was done, so the second try is safe for a request that acts as well.
    ///
    /// - Parameter body: Nil for a question.
    func send(_ body: (any Encodable & Sendable)?, to path: String, seconds: Double, _ call: Call) async throws
        -> Answer
    {
        func attempt(_ token: Secret) async throws -> Answer {
            let headers = [
                "Authorization": "Bearer \(token.reveal())", "Accept": "*/*", "X-Country": Self.country,
                "X-Currency": Self.currency,
            ]
            let url = account.base.appending(path: path)
            guard let body else {
                return Answer(try await call.http.send(.get(url, headers: headers, timeout: seconds)))
            }
            return Answer(
                try await call.http.send(.post(url, json: body, headers: headers, effect: .acts, timeout: seconds)))
        }
        let token = try await accessToken(call)
        let answer = try await attempt(token)
        guard answer.refusesToken else { return answer }

        call.log.note("Airtel refused the access token; asking for a new one.")
        let second = try await attempt(try await newToken(insteadOf: token, acts: body != nil, call))
        guard second.refusesToken else { return second }
        throw PaymentError.misconfigured(
            "Airtel refuses access tokens that it has just given: check that client ID, client secret and the "
                + "environment (DUKA_AIRTEL_ENVIRONMENT) belong together.", setting: Self.clientID.key)
    }

    /// A token is shared by all calls and kept until half a minute before it ends.
    func accessToken(_ call: Call) async throws -> Secret {
        try await call.tokens.token(Self.tokenName) { try await fetchToken(call) }
    }

    private static let tokenName = "oauth"

    /// - Throws: For a request that acts, never ``PaymentError/unavailable(_:)``: one such request has left and was
    ///   refused, so the caller should hear that trying again is safe.
    private func newToken(insteadOf old: Secret, acts: Bool, _ call: Call) async throws -> Secret {
        do {
            try await call.tokens.invalidate(Self.tokenName, old)
            return try await accessToken(call)
        } catch {
            if case PaymentError.misconfigured = error { throw error }
            guard acts else { throw error }
            throw PaymentError.busy("Airtel refused the access token and gives no new one.", retryAfter: 5)
        }
    }

    private struct Credentials: Encodable, Sendable {
        let client_id, client_secret: String
        var grant_type = "client_credentials"
    }

    private func fetchToken(_ call: Call) async throws -> (Secret, seconds: Double) {
        let credentials = Credentials(
            client_id: account.clientID.reveal(), client_secret: account.clientSecret.reveal())
        let response = try await call.http.send(
            .post(
                account.base.appending(path: "auth/oauth2/token"), json: credentials, headers: ["Accept": "*/*"],
                effect: .asks, timeout: 15))
        let answer = Answer(response)
        if answer.isSuccess, let token = Self.token(in: answer) { return token }
        if [400, 401, 403].contains(answer.status), answer.json != nil {
            throw PaymentError.misconfigured(
                "Airtel does not accept the client ID and secret: copy both again from the application on the "
                    + "developer portal, and check that the environment (DUKA_AIRTEL_ENVIRONMENT) and the portal "
                    + "(DUKA_AIRTEL_PLATFORM) are where that application lives.",
                setting: Self.clientID.key)
        }
        if answer.status == 429 { throw PaymentError.busy("Airtel gives no token at the moment.", retryAfter: 10) }
        throw PaymentError.unavailable("Airtel gave no access token (status \(answer.status)).")
    }

    /// The portal's sample has a token live for "180" seconds, as a string; without a number it is kept for two
    /// minutes.
    private static func token(in answer: Answer) -> (Secret, seconds: Double)? {
        guard let text = answer.json?["access_token"]?.text, (1...4_096).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        let seconds = answer.json?["expires_in"]?.text.flatMap { Int($0) } ?? 150
        return (Secret(text), seconds: Double(min(max(seconds - 30, 0), 86_400)))
    }
}
