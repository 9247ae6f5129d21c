import FoundationEssentials
import PaymentKit

extension Paystack {
    /// A reference is made of letters, digits, `-`, `.` and `=`.
    ///
    /// Source: Paystack API reference, "Initialize Transaction".
    private struct Body: Encodable {
        var amount: Int64
        var currency, email, reference: String
        var callbackURL: String?
        var metadata: Metadata?

        private enum CodingKeys: String, CodingKey {
            case amount, currency, email, reference, metadata
            case callbackURL = "callback_url"
        }
    }

    /// Where somebody who gives up on the page is led. Source: Paystack documentation, "Metadata", `cancel_action`.
    private struct Metadata: Encodable {
        var order: String
        var cancelAction: String?

        private enum CodingKeys: String, CodingKey {
            case order
            case cancelAction = "cancel_action"
        }
    }

    private struct Page: Decodable {
        var address, reference: String
        private enum CodingKeys: String, CodingKey {
            case reference
            case address = "authorization_url"
        }
    }

    public func start(_ request: StartRequest, _ call: Call) async throws -> Started {
        guard request.amount.currency == .kes, request.amount.minor > 0, request.amount.minor <= Self.most.minor else {
            throw PaymentError.invalidInput("Paystack takes up to 10,000,000 shillings.")
        }
        guard let email = request.form["email"] else {
            throw PaymentError.invalidInput("Paystack needs an e-mail address.", field: "email")
        }
        let back = request.returnAddress?.absoluteString
        let body = Body(
            amount: request.amount.minor, currency: request.amount.currency.rawValue, email: email,
            reference: call.ticket.value, callbackURL: back,
            metadata: Metadata(order: request.orderNumber, cancelAction: back))
        let answer = try await call.http.send(.post(address("transaction/initialize"), json: body, headers: headers))
        if answer.status == 200, let page = answer.json(Envelope<Page>.self)?.data,
            page.reference == call.ticket.value, let url = URL(string: page.address)
        {
            return Started(.pending, step: .redirect(url), references: [Reference("reference", page.reference)])
        }
        throw refusal(answer)
    }

    /// A page that was not opened takes no payment; only what Paystack refused in its own words is a no.
    private func refusal(_ answer: HTTPResponse) -> PaymentError {
        switch answer.status {
        case 401, 403: return Self.wrongKey
        case 429: return Self.tooMany
        default: break
        }
        guard answer.status == 400 || answer.status == 422, let refusal = answer.json(Refusal.self), !refusal.status
        else { return .outcomeUnknown("Paystack answered with status \(answer.status)") }
        // Somebody has begun it, and it can only have been this shop.
        if refusal.saysDuplicate { return .outcomeUnknown("Paystack has a payment of this reference already") }
        if refusal.message == "Invalid key" { return Self.wrongKey }
        return .invalidInput("Paystack refused the payment (\(refusal.name)).")
    }
}
