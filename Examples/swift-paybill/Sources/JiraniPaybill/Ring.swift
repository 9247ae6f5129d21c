import FoundationEssentials
import PaymentKit

/// What the provider says of a payment, in answers and in messages alike.
struct Ring: Decodable {
    var state: String
    /// Of a prompt: our ticket.
    var reference: String?
    /// Of money sent by hand: what the customer typed.
    var account: String?
    var shillings: Int64?
    var receipt: String?

    /// What is not understood is no evidence either way.
    var fact: Fact {
        switch (state, shillings, receipt) {
        case ("ringing", _, _): .pending
        case ("paid", let shillings?, let receipt?) where (1...1_000_000).contains(shillings) && !receipt.isEmpty:
            .paid(Money(whole: shillings, .kes), receipt: Receipt(receipt))
        default: .unclear(code: String(state.prefix(40)), detail: "a state that this plugin does not know")
        }
    }

    static func decline(_ code: String) -> Decline { Decline(.other, retry: .otherMethod, code: String(code.prefix(40))) }
}

extension JiraniPaybill: StatusQuerying, IncomingPaymentReceiving {
    public func status(of past: Past, _ call: Call) async throws -> Outcome {
        let url = base.appending(path: "v1/rings/\(past.ticket.value)")
        let answer = try await call.http.send(.get(url, headers: headers))
        if answer.status == 404, answer.json([String: Bool].self)?["known"] == false { return Outcome(.notFound) }
        guard answer.status == 200, let ring = answer.json(Ring.self) else {
            throw PaymentError.unavailable("an answer that does not read: status \(answer.status)")
        }
        return Outcome(ring.fact)
    }

    public func events(in inbound: InboundRequest) -> [PaymentEvent] {
        guard let ring = inbound.json(Ring.self), let receipt = ring.receipt else { return [] }
        let key = EventKey(inbound.route, receipt, ring.state)
        switch inbound.route {
        case "paid":
            guard let about = inbound.about, ring.reference == about.ticket.value else { return [] }
            return [PaymentEvent(key, .about(about.ticket), ring.fact)]
        case "received":
            guard case .paid = ring.fact else { return [] }
            return [PaymentEvent(key, .incoming(account: ring.account ?? ""), ring.fact)]
        default: return []
        }
    }

    public func instructions(for amount: Money, account: String) -> Instructions {
        Instructions([
            .init(["en": "Open Jirani and choose Pay", "sw": "Fungua Jirani, chagua Lipa"]),
            .init(["en": "Number", "sw": "Nambari"], value: number),
            .init(["en": "Account", "sw": "Akaunti"], value: account),
            .init(["en": "Amount", "sw": "Kiasi"], value: amount.whole.map { "\($0)" } ?? amount.decimalText),
        ])
    }

    public func registerIncoming(_ call: Call) async throws -> [String] {
        let body = ["number": number, "callback": call.callback("received").absoluteString]
        let url = base.appending(path: "v1/callbacks")
        let answer = try await call.http.send(.post(url, json: body, headers: headers, effect: .asks))
        guard answer.status == 200 else { throw PaymentError.unavailable("Jirani answers with status \(answer.status).") }
        return ["Jirani sends news of money to \(number) to this shop."]
    }

    /// This provider takes all money and tells of it afterwards.
    public func question(in inbound: InboundRequest) -> IncomingQuestion? { nil }
    public func reply(_ answer: IncomingAnswer) -> HTTPReply { HTTPReply() }
}
