import FoundationEssentials

/// One call of the shop, as a plugin's session serves it: what came in, and the way back to the shop.
struct ServedCall: Sendable {
    let session: PluginSession
    let id: Int
    let params: Wire.Call

    init(session: PluginSession, id: Int, _ params: Wire.Call) {
        self.session = session
        self.id = id
        self.params = params
    }

    /// - Throws: ``WireError`` that names what is missing.
    func need<Value>(_ path: KeyPath<Wire.Call, Value?>, _ name: String) throws -> Value {
        guard let value = params[keyPath: path] else { throw WireError("params.\(name) is missing") }
        return value
    }

    /// What the plugin is given.
    func call() throws -> Call {
        let frame = try need(\.frame, "frame")
        return Call(
            ticket: Ticket(frame.ticket), http: ShopHTTP(served: self), tokens: ShopTokens(served: self),
            crypto: ShopCrypto(served: self), log: ShopLog(served: self), now: frame.now
        ) { route in
            guard let url = frame.callbacks[route] else {
                preconditionFailure("The manifest has no route \(route).")
            }
            return url
        }
    }

    func answer(_ value: some Encodable) throws -> Data {
        do { return try WireMessage.answer(id, value) } catch is WireMessage.TooLong {
            throw WireError("the answer is longer than a line may be")
        }
    }
}

/// The shop's client. Only the shop has a network; it journals acts and keeps to the manifest's hosts.
private struct ShopHTTP: HTTPSending {
    let served: ServedCall
    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        do {
            return try await served.session.ask(.send, Wire.Send(call: served.id, request: request))
        } catch is WireMessage.TooLong {
            throw PaymentError.unsupported("a request to a provider is shorter than 700 KB")
        }
    }
}

private struct ShopTokens: TokenCaching {
    let served: ServedCall

    func token(_ name: String, fetch: @Sendable () async throws -> (Secret, seconds: Double)) async throws -> Secret {
        let known = try await served.session.ask(
            .getToken, Wire.TokenName(call: served.id, name: name), Wire.Token.self)
        if let token = known.token { return Secret(token) }
        let fresh: (Secret, seconds: Double)
        do { fresh = try await fetch() } catch {
            // The shop holds everybody else's question back until it hears of this one.
            do {
                _ = try await served.session.ask(
                    .putToken, Wire.TokenName(call: served.id, name: name), Wire.Token.self)
            } catch {}
            throw error
        }
        let kept = try await served.session.ask(
            .putToken,
            Wire.TokenName(call: served.id, name: name, token: fresh.0.reveal(), seconds: fresh.seconds),
            Wire.Token.self)
        return kept.token.map(Secret.init) ?? fresh.0
    }

    func invalidate(_ name: String, _ token: Secret) async throws {
        _ = try await served.session.ask(
            .invalidate, Wire.TokenName(call: served.id, name: name, token: token.reveal()), Wire.Nothing.self)
    }
}

private struct ShopCrypto: CryptoProviding {
    let served: ServedCall
    func rsaEncrypt(_ message: Secret, certificate: String) async throws(PaymentError) -> Data {
        do {
            return try await served.session.ask(
                .encrypt, Wire.Encrypt(call: served.id, message: message.reveal(), certificate: certificate),
                Wire.Encrypted.self
            ).bytes
        } catch let error as PaymentError { throw error } catch { throw .notSent("the shop did not encrypt it") }
    }
}

private struct ShopLog: PluginLogging {
    let served: ServedCall
    func note(_ message: String) {
        served.session.tell(.log, Wire.Note(call: served.id, note: String(message.prefix(500))))
    }
}

extension Abilities {
    /// Does what the shop asks for.
    ///
    /// - Returns: The line that answers it.
    func perform(_ method: PluginMethod, _ served: ServedCall) async throws -> Data {
        func lacking() -> WireError { WireError(code: WireError.noMethod, "the plugin cannot do that") }
        switch method {
        case .hello, .setup, .ping, .cancelled: throw lacking()
        case .start:
            let form = try checked(try served.need(\.form, "form"), manifest.form)
            let request = StartRequest(
                amount: try served.need(\.amount, "amount"), form: form, orderNumber: try served.need(\.order, "order"),
                returnAddress: served.params.returnTo)
            return try served.answer(try await provider.start(request, try served.call()))
        case .status:
            guard let status else { throw lacking() }
            return try served.answer(
                try await status.status(of: try served.need(\.past, "past"), try served.call()))
        case .events:
            guard let webhooks else { throw lacking() }
            return try served.answer(Wire.Events(try await webhooks.events(in: try served.need(\.inbound, "inbound"))))
        case .refund:
            guard let refunds else { throw lacking() }
            return try served.answer(
                try await refunds.refund(
                    try served.need(\.amount, "amount"), of: try served.need(\.receipt, "receipt"), served.params.past,
                    reason: served.params.reason ?? "", try served.call()))
        case .send:
            guard let payouts else { throw lacking() }
            return try served.answer(
                try await payouts.send(
                    try served.need(\.amount, "amount"),
                    to: try checked(try served.need(\.form, "form"), manifest.payoutForm),
                    reason: served.params.reason ?? "", try served.call()))
        case .receipt, .lookUp: return try await performLookup(method, served)
        case .instructions, .question, .reply, .registerIncoming: return try await performIncoming(method, served)
        case .statement, .registerStatement: return try await performStatement(method, served)
        case .balance:
            guard let balances else { throw lacking() }
            return try served.answer(try await balances.balance(try served.call()))
        case .code:
            guard let codes else { throw lacking() }
            let picture = try await codes.code(
                for: try served.need(\.amount, "amount"), account: try served.need(\.account, "account"),
                try served.call())
            return try served.answer(Wire.Picture(picture))
        case .testConnection:
            guard let connection else { throw lacking() }
            return try served.answer(Wire.Lines(try await connection.testConnection(try served.call())))
        }
    }

    private func performLookup(_ method: PluginMethod, _ served: ServedCall) async throws -> Data {
        guard let lookups else { throw WireError(code: WireError.noMethod, "the plugin looks no receipts up") }
        let text = try served.need(\.text, "text")
        if method == .receipt { return try served.answer(Wire.Text(try await lookups.receipt(typed: text))) }
        return try served.answer(try await lookups.lookUp(text, try served.call()))
    }

    private func performIncoming(_ method: PluginMethod, _ served: ServedCall) async throws -> Data {
        if method == .instructions, let offline {
            return try served.answer(
                try await offline.instructions(
                    for: try served.need(\.amount, "amount"), account: try served.need(\.account, "account")))
        }
        guard let incoming else { throw WireError(code: WireError.noMethod, "the plugin takes no unasked money") }
        switch method {
        case .instructions:
            return try served.answer(
                try await incoming.instructions(
                    for: try served.need(\.amount, "amount"), account: try served.need(\.account, "account")))
        case .question:
            return try served.answer(
                Wire.Question(try await incoming.question(in: try served.need(\.inbound, "inbound"))))
        case .reply: return try served.answer(try await incoming.reply(try served.need(\.answer, "answer")))
        default: return try served.answer(Wire.Lines(try await incoming.registerIncoming(try served.call())))
        }
    }

    private func performStatement(_ method: PluginMethod, _ served: ServedCall) async throws -> Data {
        guard let reconciling else { throw WireError(code: WireError.noMethod, "the plugin has no list") }
        if method == .registerStatement {
            return try served.answer(Wire.Lines(try await reconciling.registerStatement(try served.call())))
        }
        return try served.answer(
            try await reconciling.statement(
                from: try served.need(\.from, "from"), to: try served.need(\.to, "to"), page: served.params.page,
                try served.call()))
    }
}
