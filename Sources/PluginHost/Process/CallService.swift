import Foundation
import PaymentKit
import Synchronization

/// What a plugin in another process may ask of the shop during one call: the same that a compiled-in plugin is given.
final class CallService: Sendable {
    private let call: Call
    private let connection: PluginConnection
    private let masking: Masking
    private let exchanges = Mutex<[String: TokenExchange]>([:])

    init(_ call: Call, _ connection: PluginConnection, _ masking: Masking) {
        self.call = call
        self.connection = connection
        self.masking = masking
    }

    func note(_ text: String) { call.log.note(masking.masked(text)) }

    func serve(_ method: HostMethod, _ id: Int, _ line: WireLine) async {
        do {
            switch method {
            case .log: return
            case .send: try await send(id, line)
            case .getToken: try await getToken(id, line)
            case .putToken: try putToken(id, line)
            case .invalidate:
                let asked: Wire.TokenName = try line.params()
                try await call.tokens.invalidate(asked.name, Secret(asked.token ?? ""))
                try answer(id, Wire.Nothing())
            case .encrypt:
                let asked: Wire.Encrypt = try line.params()
                let bytes = try await call.crypto.rsaEncrypt(Secret(asked.message), certificate: asked.certificate)
                try answer(id, Wire.Encrypted(bytes))
            }
        } catch { refuse(id, error) }
    }

    private func answer(_ id: Int, _ value: some Encodable) throws {
        connection.answer(try WireMessage.answer(id, value))
    }

    private func refuse(_ id: Int, _ error: any Error) {
        let told: WireError
        if let error = error as? PaymentError {
            told = WireError(error)
        } else if let error = error as? DecodingError {
            told = WireError(.unsupported("the request does not read: \(error.place)"))
        } else {
            told = WireError("\(type(of: error))")
        }
        do { connection.answer(try WireMessage.failure(id, told)) } catch {}
    }

    private func send(_ id: Int, _ line: WireLine) async throws {
        let asked: Wire.Send = try line.params()
        var request = asked.request
        request.timeout = min(max(request.timeout, 1), 60)
        let response = try await call.http.send(request)
        do { try answer(id, response) } catch is WireMessage.TooLong {
            let why = "the provider's answer is longer than a line"
            throw request.effect == .acts ? PaymentError.outcomeUnknown(why) : PaymentError.unavailable(why)
        }
    }

    // MARK: Tokens

    /// One token that is asked for: the plugin is told it, or asked to fetch it while all others wait for it.
    private func getToken(_ id: Int, _ line: WireLine) async throws {
        let asked: Wire.TokenName = try line.params()
        let exchange = TokenExchange(id)
        let isFirst = exchanges.withLock { exchanges in
            guard exchanges[asked.name] == nil else { return false }
            exchanges[asked.name] = exchange
            return true
        }
        guard isFirst else { throw PaymentError.unsupported("this call fetches that token already") }
        defer { exchanges.withLock { $0[asked.name] = nil } }
        do {
            let token = try await call.tokens.token(asked.name) {
                try self.answer(id, Wire.Token(nil))
                return try await exchange.fetched()
            }
            try answer(exchange.waitingID, Wire.Token(token.reveal()))
        } catch { refuse(exchange.waitingID, error) }
    }

    private func putToken(_ id: Int, _ line: WireLine) throws {
        let put: Wire.TokenName = try line.params()
        guard let exchange = exchanges.withLock({ $0[put.name] }) else {
            throw PaymentError.unsupported("nobody waits for that token")
        }
        guard let token = put.token, let seconds = put.seconds, (1...31_622_400).contains(seconds) else {
            return exchange.put(.failure(PaymentError.unavailable("no access token")), from: id)
        }
        exchange.put(.success((Secret(token), seconds: seconds)), from: id)
    }
}

/// A token that the plugin fetches for everybody: the first question waits until the plugin says what it got.
private final class TokenExchange: Sendable {
    typealias Fetched = Result<(Secret, seconds: Double), any Error>
    private struct State {
        var waitingID: Int
        var fetched: Fetched?
        var waiting: CheckedContinuation<(Secret, seconds: Double), any Error>?
        var isOver = false
    }
    private let state: Mutex<State>

    init(_ id: Int) { state = Mutex(State(waitingID: id)) }

    /// The plugin's request that is to be answered next.
    var waitingID: Int { state.withLock { $0.waitingID } }

    func put(_ fetched: Fetched, from id: Int) {
        let waiting = state.withLock { state in
            state.waitingID = id
            state.fetched = fetched
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(with: fetched)
    }

    /// Waits for the plugin, until the call is over.
    func fetched() async throws -> (Secret, seconds: Double) {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let known = state.withLock { state -> Fetched? in
                    if state.isOver { return .failure(CancellationError()) }
                    if state.fetched == nil { state.waiting = continuation }
                    return state.fetched
                }
                if let known { continuation.resume(with: known) }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                state.isOver = true
                defer { state.waiting = nil }
                return state.waiting
            }
            waiting?.resume(throwing: CancellationError())
        }
    }
}
