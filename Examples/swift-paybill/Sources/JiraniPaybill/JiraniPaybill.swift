import FoundationEssentials
import PaymentKit

/// The customer's phone rings, or the customer sends the money by hand under the order's number.
public struct JiraniPaybill: PaymentPlugin {
    static let least = Money(whole: 10, .kes)
    static let most = Money(whole: 70_000, .kes)

    public static let manifest = Manifest(
        id: "example.jirani.paybill", name: "Jirani Paybill", version: "1.0.0",
        summary: "A prompt on the customer's phone, or money sent to a number by hand.", currencies: [.kes],
        wholeUnitsOnly: true, minimum: least, maximum: most,
        settings: [
            FieldSpec("number", "Paybill number", length: 4...8),
            FieldSpec("api_key", "API key", kind: .secret, length: 16...64),
            FieldSpec("base_url", "Base address", help: "For practice only.", kind: .url, need: .never),
        ],
        form: [FieldSpec("phone", "Phone number", kind: .phone)], hosts: ["api.jirani.example"], requestsPerSecond: 5,
        notFoundGrace: 60, routes: [WebhookRoute("paid"), WebhookRoute("received", isStanding: true)])

    let number: String
    let key: Secret
    let base: URL

    public init(_ setup: Setup) throws {
        number = setup.settings["number"] ?? ""
        key = setup.settings.secret("api_key") ?? Secret("")
        let given = setup.settings["base_url"]
        if given != nil, setup.environment == .live {
            throw PaymentError.misconfigured("a base address is for practice only", setting: "base_url")
        }
        guard let url = URL(string: given ?? "https://api.jirani.example") else {
            throw PaymentError.misconfigured("the base address does not read", setting: "base_url")
        }
        base = url
    }

    public var hosts: [String] {
        [[base.host(), base.port.map(String.init)].compactMap { $0 }.joined(separator: ":")]
    }
    var headers: [String: String] { ["Authorization": "Bearer \(key.reveal())"] }

    private struct Body: Encodable {
        var number, phone, reference, callback: String
        var shillings: Int64
    }
    private struct Accepted: Decodable { var ring: String }
    private struct Refused: Decodable { var refused: String }

    public func start(_ request: StartRequest, _ call: Call) async throws -> Started {
        let amount = request.amount
        guard amount.currency == .kes, let shillings = amount.whole, amount.minor >= Self.least.minor,
            amount.minor <= Self.most.minor
        else { throw PaymentError.invalidInput("Jirani Paybill takes whole shillings from 10 to 70,000.") }
        guard let phone = request.form.phone("phone") else {
            throw PaymentError.invalidInput("The phone number is missing.", field: "phone")
        }
        let body = Body(
            number: number, phone: phone.digits, reference: call.ticket.value,
            callback: call.callback("paid").absoluteString, shillings: shillings)
        let answer = try await call.http.send(.post(base.appending(path: "v1/rings"), json: body, headers: headers))
        if answer.status == 201, let accepted = answer.json(Accepted.self) {
            return Started(
                .pending, step: .phonePrompt(to: phone, seconds: 60), references: [Reference("ring", accepted.ring)])
        }
        if answer.status == 422, let refused = answer.json(Refused.self) {
            return Started(.declined(Ring.decline(refused.refused)))
        }
        switch answer.status {
        case 401: throw PaymentError.misconfigured("Jirani does not accept the API key.", setting: "api_key")
        case 429: throw PaymentError.busy("Jirani has too much to do.", retryAfter: 5)
        // A page, half an answer, the provider's own failure: nobody knows whether the phone rings.
        default: throw PaymentError.outcomeUnknown("an answer that does not read: status \(answer.status)")
        }
    }
}
