import FoundationEssentials

/// Everything a plugin may touch during one call. There is nothing else: no database, no files, no clock of its own.
public struct Call: Sendable {
    public let ticket: Ticket
    public let http: any HTTPSending
    public let tokens: any TokenCaching
    public let crypto: any CryptoProviding
    public let log: any PluginLogging
    /// When the call began.
    public let now: Date
    private let callbackAddress: @Sendable (String) -> URL

    /// - Parameter callback: Gives the public address of a route, bound to `ticket`.
    public init(
        ticket: Ticket, http: any HTTPSending, tokens: any TokenCaching, crypto: any CryptoProviding,
        log: any PluginLogging, now: Date, callback: @escaping @Sendable (String) -> URL
    ) {
        self.ticket = ticket
        self.http = http
        self.tokens = tokens
        self.crypto = crypto
        self.log = log
        self.now = now
        callbackAddress = callback
    }

    /// The same for every retry of this call; send it where the provider takes one.
    public var idempotencyKey: String { ticket.value }

    /// A public address bound to this ticket: what arrives there says by itself what it is about, even when the
    /// provider's answer to our request was lost.
    public func callback(_ route: String) -> URL { callbackAddress(route) }
}

/// A request to the provider.
public struct HTTPRequest: Sendable, Codable {
    /// Whether sending this can move money or disturb a person.
    public enum Effect: String, Sendable, Codable { case asks, acts }
    public var method: String
    public var url: URL
    public var headers: [String: String]
    public var body: Data
    /// Acts are sent once at most, journalled first, and never retried by the client.
    public var effect: Effect
    /// Seconds until the answer must be complete.
    public var timeout: Double

    public init(
        method: String, url: URL, headers: [String: String] = [:], body: Data = Data(), effect: Effect, timeout: Double
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.effect = effect
        self.timeout = timeout
    }

    /// A request that only asks.
    public static func get(_ url: URL, headers: [String: String] = [:], timeout: Double = 15) -> HTTPRequest {
        HTTPRequest(method: "GET", url: url, headers: headers, effect: .asks, timeout: timeout)
    }

    /// A request with a JSON body, keys sorted, and its content type.
    ///
    /// - Parameter effect: `.acts` unless the request only asks something.
    public static func post(
        _ url: URL, json: some Encodable, headers: [String: String] = [:], effect: Effect = .acts, timeout: Double = 30
    ) throws -> HTTPRequest {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var headers = headers
        headers["Content-Type"] = "application/json"
        return HTTPRequest(
            method: "POST", url: url, headers: headers, body: try encoder.encode(json), effect: effect, timeout: timeout
        )
    }
}

/// The provider's answer, complete.
public struct HTTPResponse: Sendable, Codable {
    public var status: Int
    /// Names in lower case.
    public var headers: [String: String]
    public var body: Data
    public init(status: Int, headers: [String: String] = [:], body: Data) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The body as `T`, or nil when it does not read as one.
    public func json<T: Decodable>(_ type: T.Type = T.self) -> T? { decodeJSON(body) }
}

func decodeJSON<T: Decodable>(_ body: Data) -> T? {
    do { return try JSONDecoder().decode(T.self, from: body) } catch { return nil }
}

/// The core's client: hosts limited to the manifest's, rate kept, acts journalled, secrets out of the log.
public protocol HTTPSending: Sendable {
    /// - Throws: ``PaymentError``: `.notSent`, `.unavailable` (asks) or `.outcomeUnknown` (acts); a plugin lets them
    ///   pass.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse
}

/// Short-lived access tokens, one for all concurrent calls and all nodes.
public protocol TokenCaching: Sendable {
    /// The stored token, or a new one from `fetch` when there is none or it is about to end.
    func token(_ name: String, fetch: @Sendable () async throws -> (Secret, seconds: Double)) async throws -> Secret
    /// Says that the provider refused `token`: the next ``token(_:fetch:)`` fetches anew, once for everybody.
    func invalidate(_ name: String, _ token: Secret) async throws
}

/// What a plugin needs of cryptography and must not do itself.
public protocol CryptoProviding: Sendable {
    /// Encrypts for the holder of a certificate's key: RSA with PKCS#1 v1.5 padding, different bytes each time.
    ///
    /// Neither the certificate's dates nor its issuer are checked: it only carries a key.
    ///
    /// - Parameter certificate: PEM text.
    /// - Throws: ``PaymentError/misconfigured(_:setting:)`` when the certificate does not read or the message is too
    ///   long for its key.
    func rsaEncrypt(_ message: Secret, certificate: String) async throws(PaymentError) -> Data
}

/// The plugin's way to tell the operator something. Never put people's data or secrets in it.
public protocol PluginLogging: Sendable { func note(_ message: String) }

/// One attempt or operation as the core remembers it, handed back when asking about it.
public struct Past: Sendable, Codable {
    /// What was asked of the provider.
    public enum Kind: String, Sendable, Codable { case attempt, refund, payout, lookup, balance }
    public var kind: Kind
    public var ticket: Ticket
    public var amount: Money
    public var references: [Reference]
    /// The payment that is to go back or is asked about; nil for everything else.
    public var receipt: String?
    public var startedAt: Date
    /// True while the answer to our request is missing.
    public var outcomeUnknown: Bool
    public init(
        kind: Kind = .attempt, ticket: Ticket, amount: Money, references: [Reference] = [],
        receipt: String? = nil, startedAt: Date, outcomeUnknown: Bool = false
    ) {
        self.kind = kind
        self.ticket = ticket
        self.amount = amount
        self.references = references
        self.receipt = receipt
        self.startedAt = startedAt
        self.outcomeUnknown = outcomeUnknown
    }
    /// The value by which the provider knows it, or nil when there is none of that name.
    public func reference(_ name: String) -> String? { references.first { $0.name == name }?.value }
}

/// One inbound HTTP request: raw, and stored before `events` sees it.
public struct InboundRequest: Sendable, Codable {
    public var route: String
    /// What the address was made for, proved by the core's own token in the path; nil on a standing address and when
    /// the attempt or operation is not known.
    public var about: Past?
    public var body: Data
    /// The caller's address as text.
    public var source: String
    public init(route: String, about: Past?, body: Data, source: String = "") {
        self.route = route
        self.about = about
        self.body = body
        self.source = source
    }
    /// The body as `T`, or nil when it does not read as one.
    public func json<T: Decodable>(_ type: T.Type = T.self) -> T? { decodeJSON(body) }
}

/// What the provider is answered.
public struct HTTPReply: Sendable, Hashable, Codable {
    public var status: Int
    public var contentType, body: String
    public init(_ status: Int = 200, json: String = "{}") {
        self.status = status
        contentType = "application/json"
        body = json
    }
}
