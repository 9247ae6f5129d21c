internal import FoundationEssentials

extension DarajaState {
    /// Answers a request as Daraja would, at `now`.
    mutating func reply(to request: DarajaRequest, at now: Milliseconds) -> Reply {
        catchUp(to: now)
        if let outage = stories.standard.outage { return Self.reply(in: outage) }
        do throws(Refusal) {
            switch request.path {
            case OAuth.path:
                guard request.method == "GET" else { throw .method }
                return Reply(answer: try token(request, at: now))
            case PushRequest.path:
                return try push(try json(request, at: now), at: now)
            case StatusQuery.path:
                return try query(try json(request, at: now), at: now)
            default: throw .noResource
            }
        } catch {
            return Reply(answer: error.answer(requestID: Identifier.request(&random)))
        }
    }

    static func reply(in outage: Outage) -> Reply {
        switch outage {
        case .closed: Reply(answer: .unavailablePage, transport: .dropped)
        case .unavailable: Reply(answer: .unavailablePage)
        }
    }

    /// Method and token, then the body; without its content type the body is not read at all.
    private func json(_ request: DarajaRequest, at now: Milliseconds) throws(Refusal) -> JSON {
        guard request.method == "POST" else { throw .method }
        guard let authorization = request.authorization, authorization.lowercased().hasPrefix("bearer ") else {
            throw .authenticationHeader
        }
        guard let end = tokens[String(authorization.dropFirst(7))], end > now else { throw .token }
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
