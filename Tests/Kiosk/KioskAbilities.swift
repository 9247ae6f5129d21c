import FoundationEssentials
import PaymentKit
import PaymentKitTesting
import Synchronization

/// What the flaw that remembers has counted.
private let calls = Atomic<Int>(0)

extension Kiosk: StatusQuerying, WebhookReceiving, Refunding, ConnectionTesting {
    private struct Payment: Decodable {
        var id, reference, state: String
        var shillings: Int64?
        var receipt: String?
    }

    private func fact(_ payment: Payment, _ road: String, remembered: Money?) -> Fact {
        let receipt = flaw == .namesAReceiptPerRoad ? payment.receipt.map { "\($0)-\(road)" } : payment.receipt
        switch payment.state {
        case "paid":
            guard let shillings = payment.shillings, shillings > 0, shillings < 1_000_000 else {
                return .unclear(code: "paid", detail: "no amount")
            }
            let amount = flaw == .takesTheAmountFromMemory ? remembered : nil
            return .paid(amount ?? Money(whole: shillings, .kes), receipt: receipt.map { Receipt($0) })
        case "waiting": return .pending
        case "cancelled": return .declined(Decline(.cancelledByPayer, retry: .sameMethod, code: payment.state))
        default:
            if flaw == .paysUnknownCodes, let remembered { return .paid(remembered, receipt: nil) }
            return .unclear(code: String(payment.state.prefix(40)), detail: "")
        }
    }

    public func status(of past: Past, _ call: Call) async throws -> Outcome {
        let path = "pay/\(past.ticket.value)"
        if flaw == .actsWhenAsked { _ = try await call.http.send(.post(url("ask"), json: ["a": 1])) }
        let answer = try await call.http.send(.get(url(path), headers: ["Key": key.reveal()]))
        if answer.status == 404, String(decoding: answer.body, as: UTF8.self).contains("unknown") {
            let no = Fact.declined(Decline(.other, retry: .sameMethod))
            return Outcome(flaw == .declinesWhatIsNotFound ? no : .notFound)
        }
        guard answer.status == 200, let payment = answer.json(Payment.self) else {
            if flaw == .paysPages, answer.status == 200 { return Outcome(.paid(past.amount, receipt: nil)) }
            throw PaymentError.unavailable("status \(answer.status)")
        }
        return Outcome(fact(payment, "status", remembered: past.amount), references: [Reference("id", payment.id)])
    }

    public func events(in inbound: InboundRequest) -> [PaymentEvent] {
        if flaw == .paysHalfMessages, String(decoding: inbound.body, as: UTF8.self).contains("paid") {
            return [
                PaymentEvent(EventKey("half"), .incoming(account: ""), .paid(Money(whole: 150, .kes), receipt: nil))
            ]
        }
        guard let payment = inbound.json(Payment.self) else { return [] }
        var key = EventKey(inbound.route, payment.id, payment.state)
        if flaw == .putsTheClockIntoKeys { key = EventKey(payment.id, "\(ContinuousClock.now)") }
        if flaw == .countsItsCalls { key = EventKey(payment.id, "\(calls.add(1, ordering: .relaxed).newValue)") }
        switch (inbound.route, inbound.about) {
        case ("result", let about?):
            guard payment.reference == about.ticket.value else { return [] }
            return [
                PaymentEvent(
                    key, .about(about.ticket), fact(payment, "result", remembered: about.amount),
                    references: [Reference("id", payment.id)])
            ]
        case ("incoming", _):
            guard case .paid = fact(payment, "incoming", remembered: nil) else { return [] }
            return [
                PaymentEvent(
                    key, .incoming(account: payment.reference), fact(payment, "incoming", remembered: nil))
            ]
        default:
            guard flaw == .answersAnyRoute, let about = inbound.about else { return [] }
            return [PaymentEvent(key, .about(about.ticket), fact(payment, "any", remembered: nil))]
        }
    }

    public func refund(
        _ amount: Money, of receipt: Receipt, _ past: Past?, reason: String, _ call: Call
    ) async throws -> Outcome {
        let name = flaw == .refundsUnnamed ? "it" : receipt.id
        let answer: HTTPResponse
        do {
            answer = try await call.http.send(
                .post(url("refund"), json: ["receipt": name, "shillings": "\(amount.minor / 100)"]))
        } catch {
            if flaw == .claimsLostRefunds { return Outcome(.returned(amount, receipt: nil, .refund)) }
            throw error
        }
        guard answer.status == 200, let accepted = answer.json([String: String].self)?["id"] else {
            throw PaymentError.outcomeUnknown("status \(answer.status)")
        }
        return Outcome(.pending, references: [Reference("refund", accepted)])
    }

    public func testConnection(_ call: Call) async throws -> [String] {
        let answer: HTTPResponse
        do { answer = try await call.http.send(.get(url("token"), headers: ["Key": key.reveal()])) } catch {
            if flaw == .callsBadConnectionsGood { return ["The key is accepted."] }
            throw error
        }
        struct Token: Decodable { var token: String }
        guard answer.status == 200, answer.json(Token.self) != nil else {
            throw PaymentError.misconfigured("the key is refused", setting: "api_key")
        }
        return ["The key is accepted."]
    }
}

extension Kiosk {
    /// A payment at the kiosk.
    public static let scenario: Scenario = {
        let paid = #"{"id":"P-481","reference":"K7M29QXD-1","state":"paid","shillings":150,"receipt":"KR77"}"#
        func state(_ word: String) -> String { #"{"id":"P-481","reference":"K7M29QXD-1","state":"\#(word)"}"# }
        let status = "GET /pay/K7M29QXD-1"
        return Scenario(
            settings: ["api_key": "canary-kiosk-551"], form: ["phone": "0712345678"],
            answers: [
                .init("GET /token", body: #"{"token":"canary-token-1"}"#), .init("POST /pay", body: #"{"id":"P-481"}"#),
                .init(status, body: paid), .init("POST /ask", body: "{}"),
            ],
            refusals: [.init("POST /pay", status: 422, body: #"{"code":"blocked"}"#)],
            status: .init(
                paid: .init(status, body: paid), declined: .init(status, body: state("cancelled")),
                pending: .init(status, body: state("waiting")),
                notFound: .init(status, status: 404, body: "unknown"), unknown: .init(status, body: state("held"))),
            messages: [
                .init("result", body: paid), .init("incoming", body: paid.replacing("K7M29QXD-1", with: "K7M29QXD")),
            ],
            otherMessages: [.init("result", body: state("cancelled")), .init("result", body: state("held"))],
            refund: .init(receipt: "KR77", answer: .init("POST /refund", body: #"{"id":"B-1"}"#)))
    }()
}
