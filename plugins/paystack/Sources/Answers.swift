import FoundationEssentials
import PaymentKit

/// What Paystack's answers have in common: whether it went well, words, and what was asked for.
///
/// Source: Paystack API reference, "Response format".
struct Envelope<Content: Decodable>: Decodable {
    var status: Bool
    var data: Content?
}

/// An answer that says no.
///
/// Source: Paystack API reference, "Errors": `code` names the error; older answers have words alone.
struct Refusal: Decodable {
    var status: Bool
    var message: String?
    var code: String?

    /// For staff; never the provider's words as they came, which may hold what the customer typed.
    var name: String { code.map { String($0.prefix(40)) } ?? "refused" }

    /// Whether words or code say that Paystack has no such payment.
    var saysNotFound: Bool {
        code == "transaction_not_found" || message?.lowercased().contains("reference not found") == true
    }

    /// A payment of this reference was begun before.
    var saysDuplicate: Bool {
        code == "duplicate_reference" || message?.lowercased().contains("duplicate transaction reference") == true
    }
}

extension Paystack {
    /// Every answer to a question that is not the one hoped for.
    ///
    /// Source of the statuses: Paystack API reference, "Errors".
    static func unanswered(_ answer: HTTPResponse) -> PaymentError {
        switch answer.status {
        case 401, 403: wrongKey
        case 429: tooMany
        default: .unavailable("Paystack answered with status \(answer.status)")
        }
    }

    static var wrongKey: PaymentError {
        .misconfigured("Paystack does not accept the secret key.", setting: secretKey.key)
    }
    static var tooMany: PaymentError { .busy("Paystack takes no more requests at the moment.", retryAfter: 5) }
}
