import FoundationEssentials
import PaymentKit

/// The customer pays on the neighbour's page and comes back.
public struct JiraniPage: PaymentPlugin, StatusQuerying, WebhookReceiving, ConnectionTesting {
    static let most = Money(whole: 150_000, .kes)
    public static let manifest = Manifest(
        id: "example.jirani.page", name: "Jirani Page", version: "1.0.0",
        summary: "The customer pays on the neighbour's page and comes back.", currencies: [.kes], maximum: most,
        settings: [
            FieldSpec("api_key", "API key", kind: .secret, length: 16...64),
            FieldSpec("base_url", "Base address", help: "For practice only.", kind: .url, need: .never),
        ],
        form: [FieldSpec("note", "Note to the neighbour", need: .never, length: 1...40)], hosts: ["api.jirani.example"],
        routes: [
            WebhookRoute(
                "paid", isStanding: true,
                signature: WebhookSignature(header: "x-jirani-signature", .hmacSHA256, setting: "api_key"))
        ], page: HostedPage(hosts: ["pay.jirani.example"], openFor: 1_800))

    let key: Secret
    let base: URL
    public let hosts, pageHosts: [String]

    public init(_ setup: Setup) throws {
        key = setup.settings.secret("api_key") ?? Secret("")
        let given = setup.settings["base_url"]
        guard let url = URL(string: given ?? "https://api.jirani.example"), given == nil || setup.environment != .live
        else { throw PaymentError.misconfigured("a base address is for practice only", setting: "base_url") }
        base = url
        hosts = [[url.host(), url.port.map(String.init)].compactMap { $0 }.joined(separator: ":")]
        pageHosts = given == nil ? Self.manifest.page?.hosts ?? [] : hosts
    }

    var headers: [String: String] { ["Authorization": "Bearer \(key.reveal())"] }
    private struct Body: Encodable {
        var reference, note: String
        var cents: Int64
        var back: String?
    }
    private struct Opened: Decodable { var page: String }
    private struct Refused: Decodable { var refused: String }

    public func start(_ request: StartRequest, _ call: Call) async throws -> Started {
        guard request.amount.currency == .kes, (1...Self.most.minor).contains(request.amount.minor) else {
            throw PaymentError.invalidInput("Jirani takes up to 150,000 shillings.")
        }
        let body = Body(
            reference: call.ticket.value, note: request.form["note"] ?? "", cents: request.amount.minor,
            back: request.returnAddress?.absoluteString)
        let answer = try await call.http.send(.post(base.appending(path: "v1/pages"), json: body, headers: headers))
        if answer.status == 201, let opened = answer.json(Opened.self), let url = URL(string: opened.page) {
            return Started(.pending, step: .redirect(url), references: [Reference("page", call.ticket.value)])
        }
        if answer.status == 422, let refused = answer.json(Refused.self) {
            return Started(.declined(Decline(.notPermitted, retry: .otherMethod, code: refused.refused)))
        }
        switch answer.status {
        case 401: throw PaymentError.misconfigured("Jirani does not accept the API key.", setting: "api_key")
        case 429: throw PaymentError.busy("Jirani has too much to do.", retryAfter: 5)
        default: throw PaymentError.outcomeUnknown("an answer that does not read: status \(answer.status)")
        }
    }

    public func status(of past: Past, _ call: Call) async throws -> Outcome {
        let url = base.appending(path: "v1/pages/\(past.ticket.value)")
        let answer = try await call.http.send(.get(url, headers: headers))
        if answer.status == 404, answer.json([String: Bool].self)?["known"] == false { return Outcome(.notFound) }
        guard answer.status == 200, let page = answer.json(Page.self) else {
            throw PaymentError.unavailable("an answer that does not read: status \(answer.status)")
        }
        return Outcome(page.fact)
    }

    public func testConnection(_ call: Call) async throws -> [String] {
        let answer = try await call.http.send(.get(base.appending(path: "v1/merchant"), headers: headers))
        if answer.status == 401 {
            throw PaymentError.misconfigured("Jirani does not accept the API key.", setting: "api_key")
        }
        guard answer.status == 200, answer.json([String: String].self)?["merchant"] != nil else {
            throw PaymentError.unavailable("Jirani answers with status \(answer.status).")
        }
        return ["Jirani accepts the API key.", "Messages come to: \(call.callback("paid").absoluteString)"]
    }

    public func events(in inbound: InboundRequest) -> [PaymentEvent] {
        guard inbound.route == "paid", let page = inbound.json(Page.self) else { return [] }
        return [PaymentEvent(EventKey("page", page.reference, page.state), .about(Ticket(page.reference)), page.fact)]
    }
}

/// What the provider says of a page, in answers and in messages alike.
struct Page: Decodable {
    var reference, state: String
    var cents: Int64?
    var receipt: String?

    /// What is not understood is no evidence either way.
    var fact: Fact {
        switch (state, cents, receipt) {
        case ("open", _, _): .pending
        case ("left", _, _): .declined(Decline(.cancelledByPayer, retry: .sameMethod, code: state))
        case ("paid", let cents?, let receipt?) where (1...1_000_000_000).contains(cents) && !receipt.isEmpty:
            .paid(Money(minor: cents, .kes), receipt: Receipt(receipt))
        default: .unclear(code: String(state.prefix(40)), detail: "a state that this plugin does not know")
        }
    }
}
