internal import FoundationEssentials

extension DarajaState {
    private enum Call {
        case push, query
        case register(Int), simulate(Int)
        case operation(DarajaService)
        case pullRegister, pullQuery
        case code
    }

    /// Every path but the token's, with the service it belongs to.
    private static let calls: [String: (DarajaService, Call)] = [
        PushRequest.path: (.stk, .push),
        StatusQuery.path: (.stk, .query),
        PaymentAPI.register(1): (.c2b, .register(1)), PaymentAPI.register(2): (.c2b, .register(2)),
        PaymentAPI.simulate(1): (.c2b, .simulate(1)), PaymentAPI.simulate(2): (.c2b, .simulate(2)),
        "/mpesa/b2c/v1/paymentrequest": (.b2c, .operation(.b2c)),
        "/mpesa/b2c/v3/paymentrequest": (.b2c, .operation(.b2c)),
        "/mpesa/b2b/v1/paymentrequest": (.b2b, .operation(.b2b)),
        "/mpesa/accountbalance/v1/query": (.balance, .operation(.balance)),
        "/mpesa/transactionstatus/v1/query": (.status, .operation(.status)),
        "/mpesa/reversal/v1/request": (.reversal, .operation(.reversal)),
        "/pulltransactions/v1/register": (.pull, .pullRegister),
        "/pulltransactions/v1/query": (.pull, .pullQuery),
        "/mpesa/qrcode/v1/generate": (.qr, .code),
    ]

    /// Answers a request as Daraja would, at `now`.
    mutating func reply(to request: DarajaRequest, at now: Milliseconds) -> Reply {
        catchUp(to: now)
        if let outage = stories.standard(.stk, at: now).outage { return Self.reply(in: outage) }
        do throws(Refusal) {
            if request.path == OAuth.path {
                guard request.method == "GET" else { throw .method }
                return Reply(answer: try token(request, at: now))
            }
            guard let (service, call) = Self.calls[request.path] else { throw .noResource }
            let body = try json(request, service, at: now)
            switch call {
            case .push: return try push(body, at: now)
            case .query: return try query(body, at: now)
            case .register(let version): return try register(body, version: version, at: now)
            case .simulate(let version): return try simulate(body, version: version, at: now)
            case .operation(let service):
                let isOld = request.path.contains("/b2c/v1/")
                return try operate(service, body, hasOwnID: !isOld, at: now)
            case .pullRegister: return try registerPull(body, at: now)
            case .pullQuery: return try pull(body, at: now)
            case .code: return try drawCode(body, at: now)
            }
        } catch {
            return Reply(answer: answer(error))
        }
    }

    static func reply(in outage: Outage) -> Reply {
        switch outage {
        case .closed: Reply(answer: .unavailablePage, transport: .dropped)
        case .unavailable: Reply(answer: .unavailablePage)
        }
    }

    /// Method and token, then the body; without its content type the body is not read at all.
    private func json(
        _ request: DarajaRequest, _ service: DarajaService, at now: Milliseconds
    ) throws(Refusal) -> JSON {
        guard request.method == "POST" else { throw service == .c2b ? .authenticationHeader : .method }
        guard let authorization = request.authorization, authorization.lowercased().hasPrefix("bearer ") else {
            throw .authenticationHeader
        }
        let token = String(authorization.dropFirst(7))
        guard let end = tokens[token], end > now else { throw .token(service, token) }
        guard request.contentType?.lowercased().hasPrefix("application/json") == true else { return [:] }
        do throws(JSON.SyntaxError) {
            let json = try JSON(parsing: request.body)
            if case .object = json { return json }
        } catch {
            // Daraja does not say where it stopped reading either.
        }
        throw .payload
    }
}

/// The token call; reference, section 2.
enum OAuth {
    static let path = "/oauth/v1/generate"
    /// Most tokens that are good at the same time.
    static let maximumTokens = 10_000
}

extension DarajaState {
    fileprivate mutating func token(_ request: DarajaRequest, at now: Milliseconds) throws(Refusal) -> Answer {
        guard let authorization = request.authorization, authorization.lowercased().hasPrefix("basic "),
            let data = Data(base64Encoded: String(authorization.dropFirst(6))),
            let pair = String(validating: data, as: UTF8.self), pair.contains(":")
        else { throw .authentication }
        guard request.grantType == "client_credentials" else { throw .grantType }
        guard pair == configuration.consumerKey + ":" + configuration.consumerSecret else { return .wrongConsumer }
        if configuration.newTokenCancelsOld { tokens = [:] }
        tokens = tokens.filter { $0.value > now }
        guard tokens.count < OAuth.maximumTokens else { throw .spikeArrest }
        let token = Identifier.token(&random)
        tokens[token] = now + Milliseconds(configuration.tokenSeconds) * 1_000
        let seconds = String(configuration.tokenSeconds)
        return .json([
            "access_token": .string(token),
            "expires_in": configuration.hasNumericExpiry ? .number(seconds) : .string(seconds),
        ])
    }
}
