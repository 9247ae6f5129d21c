import FoundationEssentials
import PaymentKit

/// What the provider says of a payment, in answers and in messages alike.
struct Ring: Decodable {
    var reference, state: String
    var ring: String?
    var shillings: Int64?
    var receipt: String?

    /// What is not understood is no evidence either way.
    var fact: Fact {
        switch (state, shillings, receipt) {
        case ("ringing", _, _): .pending
        case ("cancelled", _, _), ("no_funds", _, _), ("no_answer", _, _): .declined(Self.decline(state))
        case ("paid", let shillings?, let receipt?) where (1...1_000_000).contains(shillings) && !receipt.isEmpty:
            .paid(Money(whole: shillings, .kes), receipt: Receipt(receipt))
        default: .unclear(code: String(state.prefix(40)), detail: "a state that this plugin does not know")
        }
    }

    static func decline(_ code: String) -> Decline {
        switch code {
        case "cancelled": Decline(.cancelledByPayer, retry: .sameMethod, code: code)
        case "no_funds": Decline(.insufficientFunds, retry: .sameMethod, code: code)
        case "no_answer": Decline(.payerDidNotAnswer, retry: .sameMethod, code: code)
        default: Decline(.other, retry: .otherMethod, code: String(code.prefix(40)))
        }
    }

    var references: [Reference] { ring.map { [Reference("ring", $0)] } ?? [] }
}

extension JiraniTill: StatusQuerying, WebhookReceiving, ConnectionTesting {
    public func status(of past: Past, _ call: Call) async throws -> Outcome {
        let url = base.appending(path: "v1/rings/\(past.ticket.value)")
        let answer = try await call.http.send(.get(url, headers: headers))
        if answer.status == 404, answer.json([String: Bool].self)?["known"] == false { return Outcome(.notFound) }
        guard answer.status == 200, let ring = answer.json(Ring.self) else {
            throw PaymentError.unavailable("an answer that does not read: status \(answer.status)")
        }
        return Outcome(ring.fact, references: ring.references)
    }

    public func events(in inbound: InboundRequest) -> [PaymentEvent] {
        guard inbound.route == "paid", let about = inbound.about, let ring = inbound.json(Ring.self),
            ring.reference == about.ticket.value
        else { return [] }
        return [
            PaymentEvent(
                EventKey("ring", ring.ring ?? ring.reference, ring.state), .about(about.ticket), ring.fact,
                references: ring.references)
        ]
    }

    public func testConnection(_ call: Call) async throws -> [String] {
        let answer = try await call.http.send(.get(base.appending(path: "v1/tills/\(till)"), headers: headers))
        if answer.status == 401 {
            throw PaymentError.misconfigured("Jirani does not accept the API key.", setting: "api_key")
        }
        guard answer.status == 200, answer.json([String: String].self)?["till"] == till else {
            throw PaymentError.unavailable("Jirani answers with status \(answer.status).")
        }
        return ["Jirani knows the till \(till) and accepts the API key."]
    }
}
