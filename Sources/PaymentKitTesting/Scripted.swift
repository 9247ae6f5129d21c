import FoundationEssentials
import PaymentKit
import Synchronization

/// An HTTP client that answers as the test says and remembers what was sent.
///
/// It keeps the contract of the core's client: an answer that never came is ``PaymentError/outcomeUnknown(_:)`` for a
/// request that acts and ``PaymentError/unavailable(_:)`` for one that asks.
public final class ScriptedHTTP: HTTPSending {
    /// What happens to one request.
    public enum Answer: Sendable {
        case answer(status: Int, body: String)
        /// Refused before a byte left.
        case notSent
        /// It left, and no complete answer came.
        case lost
    }
    private let script: @Sendable (HTTPRequest) -> Answer
    private let log = Mutex<[HTTPRequest]>([])

    public init(_ script: @escaping @Sendable (HTTPRequest) -> Answer) { self.script = script }

    /// Every request so far, in order.
    public var sent: [HTTPRequest] { log.withLock { $0 } }

    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        log.withLock { $0.append(request) }
        switch script(request) {
        case .answer(let status, let body): return HTTPResponse(status: status, body: Data(body.utf8))
        case .notSent: throw PaymentError.notSent("connection refused")
        case .lost:
            let why = "no answer"
            throw request.effect == .acts ? PaymentError.outcomeUnknown(why) : PaymentError.unavailable(why)
        }
    }
}

/// A token cache for one test: keeps tokens until they are invalidated.
public final class MemoryTokens: TokenCaching {
    private let tokens = Mutex<[String: Secret]>([:])
    public init() {}

    public func token(
        _ name: String, fetch: @Sendable () async throws -> (Secret, seconds: Double)
    ) async throws -> Secret {
        if let known = tokens.withLock({ $0[name] }) { return known }
        let (fresh, _) = try await fetch()
        tokens.withLock { $0[name] = fresh }
        return fresh
    }

    public func invalidate(_ name: String, _ token: Secret) async throws {
        tokens.withLock { if $0[name] == token { $0[name] = nil } }
    }
}

/// Cryptography for one test: "encrypts" into text that a test can read.
public struct ReadableCrypto: CryptoProviding {
    public init() {}
    /// - Returns: `for <last line of the certificate>: <message>` as bytes.
    public func rsaEncrypt(_ message: Secret, certificate: String) throws(PaymentError) -> Data {
        Data("for \(certificate.split(separator: "\n").last ?? ""): \(message.reveal())".utf8)
    }
}

/// A log that remembers, so that a test can look for what must not be in it.
public final class RememberingLog: PluginLogging {
    private let lines = Mutex<[String]>([])
    public init() {}
    public func note(_ message: String) { lines.withLock { $0.append(message) } }
    public var notes: [String] { lines.withLock { $0 } }
}

extension Call {
    /// A call at a fixed moment whose callbacks live at `https://shop.example/in/<ticket>/<route>`.
    public static func scripted(
        _ http: any HTTPSending, ticket: String = "K7M29QXD-1", tokens: any TokenCaching = MemoryTokens(),
        crypto: any CryptoProviding = ReadableCrypto(), log: any PluginLogging = RememberingLog(),
        now: Date = Date(timeIntervalSince1970: 1_767_612_615)
    ) -> Call {
        Call(ticket: Ticket(ticket), http: http, tokens: tokens, crypto: crypto, log: log, now: now) { route in
            URL(string: "https://shop.example/in/\(ticket.lowercased())/\(route)") ?? URL(filePath: "/")
        }
    }
}
