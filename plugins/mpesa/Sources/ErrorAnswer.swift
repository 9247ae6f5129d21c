import PaymentKit

/// An error in Daraja's form, `errorCode` and `errorMessage`, or in the gateway's own, `fault`.
///
/// The code decides, never the HTTP status: an invalid token comes as 400, 401 or 404, and a pending payment as 500.
/// The message decides only where one code has several meanings, by a fragment and without regard to capitals.
struct ErrorAnswer: Sendable {
    /// Such as `400.002.02`; empty for anything else, which is not repeated anywhere.
    let code: String
    /// Daraja's words for the staff.
    let detail: String
    private let message: String

    init?(_ json: LooseJSON) {
        if let code = json["errorCode"]?.identifier {
            let isDaraja = code.contains(".") && code.utf8.allSatisfy { "0123456789.".utf8.contains($0) }
            self.code = isDaraja ? code : ""
            detail = json["errorMessage"]?.text?.redacted ?? ""
            message = json["errorMessage"]?.text?.lowercased() ?? ""
        } else if let fault = json["fault"] {
            code = ""
            detail = fault["faultstring"]?.text?.redacted ?? ""
            message = fault["faultstring"]?.text?.lowercased() ?? ""
        } else {
            return nil
        }
    }

    /// - Parameter fragment: In lower case.
    func says(_ fragment: String) -> Bool { message.contains(fragment) }

    /// The app on the portal lacks the product, or the path is wrong. It looks like a refused token and is not one.
    var lacksProduct: Bool { says("no apiproduct match found") }

    /// The access token was refused before anything was done.
    var refusesToken: Bool {
        guard !lacksProduct else { return false }
        return code == "404.001.03" || code == "400.003.01" || code.hasPrefix("401.")
            || (code.isEmpty && says("invalid access token"))
    }

    /// Refused for the rate (spike arrest, quota): nothing was done.
    var isTooManyRequests: Bool { ["500.003.02", "500.003.03"].contains(code) || code.hasPrefix("429.") }

    var isMaintenance: Bool { code == "00.002.1001" }

    /// Whether the code alone proves that the request was refused before it was processed.
    var provesNothingHappened: Bool {
        ["400.", "401.", "404."].contains(where: code.hasPrefix) || code == "405.001"
    }
}

extension Answer {
    /// Refusals that mean the same for every call: too many requests, maintenance, a product that is not enabled.
    var commonRefusal: PaymentError? {
        if error?.isTooManyRequests == true || status == 429 {
            return .busy("Safaricom takes no more requests at the moment.", retryAfter: 5)
        }
        if error?.isMaintenance == true {
            return .busy("M-PESA is under maintenance.", retryAfter: 60)
        }
        if error?.lacksProduct == true {
            return .misconfigured(
                "The app of this consumer key lacks the product for this request: add it on the Daraja portal.",
                setting: MPesa.consumerKey.key)
        }
        return nil
    }
}
