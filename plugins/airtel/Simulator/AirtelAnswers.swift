internal import FoundationEssentials
internal import HTTPServer

/// JSON as the simulator writes it.
enum AirtelJSON {
    static func object(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return Array(try encoder.encode(value)) } catch {
            preconditionFailure("Texts and numbers can be written.")
        }
    }
}

/// What a request is answered, and whether the answer arrives.
struct AirtelReply {
    var status = 200
    var body: [UInt8]
    var isLost = false
    /// Whether messages must be sent before the answer.
    var messagesFirst = false

    var response: Response {
        if isLost { return Response(body: .cut) }
        if status == 502 {
            return .html(Array("<html><body><h1>502 Bad Gateway</h1></body></html>".utf8), status: 502)
        }
        return .json(body, status: status)
    }
}

/// The interface itself: tokens, prompts, enquiries and refunds, under Airtel's paths.
extension AirtelMoney {
    private struct Envelope: Encodable {
        struct Status: Encodable {
            let response_code, code, message: String
            let success: Bool
        }
        struct Body: Encodable { let transaction: [String: String] }
        var data: Body?
        let status: Status
    }

    private static func reply(
        _ http: Int, _ code: String, _ message: String, _ transaction: [String: String]? = nil
    ) -> AirtelReply {
        let status = Envelope.Status(
            response_code: code, code: "\(http)", message: message, success: http == 200 && transaction != nil)
        return AirtelReply(
            status: http,
            body: AirtelJSON.object(Envelope(data: transaction.map { .init(transaction: $0) }, status: status)))
    }

    private struct Refusal: Encodable { let error, error_description: String }

    private static func unauthorized(_ error: String, _ words: String) -> AirtelReply {
        AirtelReply(status: 401, body: AirtelJSON.object(Refusal(error: error, error_description: words)))
    }

    func answer(_ request: Request) -> AirtelReply {
        let parts = request.path.split(separator: "/").map(String.init)
        if request.method == .post, parts == ["auth", "oauth2", "token"] { return token(request) }
        if let refusal = refusal(of: request) { return refusal }
        switch (request.method, parts.prefix(3), parts.count) {
        case (.post, ["merchant", "v1", "payments"], 3): return push(request)
        case (.post, ["standard", "v1", "payments"], 4) where parts[3] == "refund": return refund(request)
        case (.get, ["standard", "v1", "payments"], 4): return enquiry(parts[3])
        default: return AirtelReply(status: 404, body: Array("{}".utf8))
        }
    }

    private static func read<Value: Decodable>(_ request: Request) -> Value? {
        do { return try JSONDecoder().decode(Value.self, from: Data(request.body)) } catch { return nil }
    }

    // MARK: Tokens

    private struct Credentials: Decodable { let client_id, client_secret, grant_type: String }
    private struct Token: Encodable {
        let access_token: String
        // As a string, like the portal's sample.
        let expires_in = "180", token_type = "bearer"
    }

    private func token(_ request: Request) -> AirtelReply {
        guard let given: Credentials = Self.read(request), given.grant_type == "client_credentials",
            given.client_id == "simulator-client", given.client_secret == "simulator-secret"
        else { return Self.unauthorized("invalid_client", "Invalid client authentication") }
        return withWorld { world, now in
            world.tokensGiven += 1
            let token = "simulated-\(now)-\(world.tokensGiven)"
            world.tokens.insert(token)
            return AirtelReply(body: AirtelJSON.object(Token(access_token: token)))
        }
    }

    private func refusal(of request: Request) -> AirtelReply? {
        let token = (request.header("Authorization") ?? "").split(separator: " ").last.map(String.init) ?? ""
        let isKnown = withWorld { world, _ in world.tokens.contains(token) }
        guard isKnown else { return Self.unauthorized("invalid_token", "The access token is invalid or has expired") }
        guard let country = request.header("X-Country"), let currency = request.header("X-Currency") else {
            return Self.reply(400, "ROUTER003", "Mandatory parameters are missing")
        }
        if country != "KE" { return Self.reply(400, "ROUTER006", "Invalid country") }
        return currency == "KES" ? nil : Self.reply(400, "ROUTER112", "Invalid currency")
    }

    // MARK: Prompts

    private struct Push: Decodable {
        struct Subscriber: Decodable { let msisdn: String }
        struct Transaction: Decodable {
            let amount: Int64
            let id: String
        }
        let reference: String
        let subscriber: Subscriber
        let transaction: Transaction
    }

    private func push(_ request: Request) -> AirtelReply {
        guard let push: Push = Self.read(request), !push.transaction.id.isEmpty else {
            return Self.reply(400, "ESB000008", "Field validation")
        }
        let number = push.subscriber.msisdn
        guard !number.hasPrefix("0") else { return Self.reply(400, "ESB000036", "Msisdn begins with 0") }
        guard number.count == 9, number.allSatisfy(\.isNumber), number.first == "7" || number.first == "1" else {
            return Self.reply(400, "ESB000033", "Invalid msisdn length")
        }
        guard push.transaction.amount >= 1 else { return Self.reply(400, "DP00800001004", "Invalid Amount") }
        guard push.transaction.amount <= 250_000 else { return Self.reply(400, "DP00800001003", "Exceeds limit") }
        return withWorld { world, now in
            guard !world.payments.contains(where: { $0.id == push.transaction.id }) else {
                return Self.reply(400, "ESB000041", "External Transaction ID already exists")
            }
            return world.begin(push.transaction.id, "254" + number, push.transaction.amount, push.reference, at: now)
                ? Self.accepted(world, merchant: merchant) : Self.refused(&world, "254" + number)
        }
    }

    private static func refused(_ world: inout World, _ phone: String) -> AirtelReply {
        let story = world.stories[phone] ?? world.everybodys
        switch story.answer {
        case .notRegistered: return reply(400, "DP00800001005", "Msisdn Not Found")
        case .tooMany: return AirtelReply(status: 429, body: Array(#"{"error":"too many requests"}"#.utf8))
        case .noProduct: return reply(400, "ROUTER001", "Wallet is not configured")
        case .tokenRefused:
            world.tokens = []
            // Once: the next request of this phone goes through.
            var after = story
            after.answer = .accepted
            world.stories[phone] = after
            return unauthorized("invalid_token", "The access token is invalid or has expired")
        case .accepted, .lost, .page: preconditionFailure("These begin a payment.")
        }
    }

    private static func accepted(_ world: World, merchant: String) -> AirtelReply {
        guard let payment = world.payments.last else { preconditionFailure("A payment was begun.") }
        var reply = reply(200, "DP00800001006", "Success.", ["id": payment.id, "status": "Success."])
        switch payment.story.answer {
        case .lost: reply.isLost = true
        case .page: reply.status = 502
        case .accepted, .notRegistered, .tooMany, .tokenRefused, .noProduct: break
        }
        reply.messagesFirst = payment.story.message == .beforeTheAnswer
        return reply
    }

    // MARK: Enquiries and refunds

    private func enquiry(_ id: String) -> AirtelReply {
        withWorld { world, now in
            guard let payment = world.payments.first(where: { $0.id == id }) else {
                return Self.reply(200, "DP00800001025", "Transaction Not Found")
            }
            var transaction = ["id": id, "message": "Success", "status": payment.state.rawValue]
            if let endedAt = payment.endedAt, now < endedAt + payment.story.ambiguousMilliseconds {
                transaction["status"] = "TA"
                return Self.reply(200, "DP00800001000", "Ambiguous", transaction)
            }
            transaction["airtel_money_id"] = payment.moneyID
            return Self.reply(200, payment.code, payment.state.rawValue, transaction)
        }
    }

    private struct Refund: Decodable {
        struct Transaction: Decodable { let airtel_money_id: String }
        let transaction: Transaction
    }

    private func refund(_ request: Request) -> AirtelReply {
        guard let refund: Refund = Self.read(request) else { return Self.reply(400, "ESB000008", "Field validation") }
        return withWorld { world, now in
            let id = refund.transaction.airtel_money_id
            guard let place = world.payments.firstIndex(where: { $0.moneyID == id }) else {
                return Self.reply(200, "ESB000045", "No transaction found")
            }
            guard !world.payments[place].isRefunded else { return Self.reply(200, "DP00800001008", "Refused") }
            world.payments[place].isRefunded = true
            let payment = world.payments[place]
            world.balances[payment.phone] = world.balance(of: payment.phone) + payment.shillings
            world.moneyGiven += 1
            let own = "CI\(now / 1_000).\(String(10_000 + world.moneyGiven).dropFirst())"
            return Self.reply(200, "DP00800001001", "SUCCESS", ["airtel_money_id": own, "status": "SUCCESS"])
        }
    }
}

extension AirtelMoney.World {
    /// - Returns: False when the phone's story refuses the request before anything happens.
    fileprivate mutating func begin(
        _ id: String, _ phone: String, _ shillings: Int64, _ reference: String, at now: Int64
    ) -> Bool {
        meet(phone)
        let story = stories[phone] ?? everybodys
        switch story.answer {
        case .notRegistered, .tooMany, .tokenRefused, .noProduct: return false
        case .accepted, .lost, .page: break
        }
        payments.append(
            AirtelPayment(
                id: id, phone: phone, shillings: shillings, reference: reference, story: story, askedAt: now))
        return true
    }
}
