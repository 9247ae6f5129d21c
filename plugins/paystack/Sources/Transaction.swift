import FoundationEssentials
import PaymentKit

/// A payment as Paystack tells of it, in answers and in messages alike.
///
/// Source: Paystack API reference, "Verify Transaction".
struct Transaction: Decodable {
    /// An unsigned number of 64 bits. Source: Paystack API reference, "Verify Transaction".
    var id: UInt64
    var status: String
    var reference: String
    var currency: String
    /// In the smallest unit: hundredths of a shilling.
    var amount: Int64
    var fees: Int64?
    var gatewayResponse: String?

    private enum CodingKeys: String, CodingKey {
        case id, status, reference, currency, amount, fees
        case gatewayResponse = "gateway_response"
    }

    /// What the state means.
    ///
    /// Source of the states: Paystack documentation, "Verify Payments", transaction statuses.
    var fact: Fact {
        switch status {
        case "success":
            guard currency == Currency.kes.rawValue, (1...1_000_000_000_000).contains(amount) else {
                return .needsReview("Paystack tells of a payment in another currency, or of no amount.")
            }
            return .paid(Money(minor: amount, .kes), receipt: Receipt(String(id)))
        // "Abandoned" is said of every payment that the customer has not completed, also while the page is open.
        case "abandoned", "ongoing", "pending", "processing", "queued": return .pending
        case "failed": return .declined(DeclineWords.decline(gatewayResponse ?? ""))
        // It was paid, and went back or is disputed: the shop heard neither.
        case "reversed": return .needsReview("Paystack says that the payment was reversed.")
        default: return .unclear(code: String(status.prefix(40)), detail: "a state that this plugin does not know")
        }
    }

    /// What Paystack took for it.
    var charge: Money? {
        guard status == "success", currency == Currency.kes.rawValue, let fees, (1...amount).contains(fees) else {
            return nil
        }
        return Money(minor: fees, .kes)
    }

    var references: [Reference] { [Reference("transaction", String(id))] }
}

/// Why a payment failed, from the words of the bank.
///
/// Paystack passes on what the bank said; there is no list of codes, so only what is plain is read, and everything else
/// is a no without a reason. Source: Paystack documentation, "Verify Payments": see the gateway response.
enum DeclineWords {
    private static let known: [(words: [String], reason: Decline.Reason, retry: Decline.Retry, code: String)] = [
        (["insufficient"], .insufficientFunds, .sameMethod, "insufficient_funds"),
        (["incorrect pin", "invalid pin", "wrong pin", "incorrect otp", "invalid otp"], .wrongPIN, .sameMethod, "pin"),
        (["cancel"], .cancelledByPayer, .sameMethod, "cancelled"),
        (["timed out", "timeout", "session has expired"], .expired, .sameMethod, "timeout"),
        (["limit"], .limitExceeded, .otherMethod, "limit"),
        (["fraud"], .suspectedFraud, .otherMethod, "fraud"),
        (
            ["expired card", "invalid card", "declined", "do not honor", "not permitted"], .notPermitted, .otherMethod,
            "declined"
        ),
    ]

    static func decline(_ gateway: String) -> Decline {
        let said = gateway.lowercased()
        let entry = known.first { $0.words.contains { said.contains($0) } }
        return Decline(
            entry?.reason ?? .other, retry: entry?.retry ?? .sameMethod, code: entry?.code ?? "failed",
            words: words[entry?.code ?? "failed"] ?? [:])
    }

    /// For reasons of which the shop's own words would say too little.
    private static let words: [String: [String: String]] = [
        "limit": [
            "en": "The amount is above what your card or account allows. Nothing was taken.",
            "sw": "Kiasi kimezidi kinachoruhusiwa na kadi au akaunti yako. Hakuna pesa iliyokatwa.",
        ],
        "fraud": [
            "en": "Your bank stopped the payment. Nothing was taken. Ask your bank, or pay another way.",
            "sw": "Benki yako imezuia malipo. Hakuna pesa iliyokatwa. Uliza benki yako, au lipa kwa njia nyingine.",
        ],
        "declined": [
            "en": "Your bank said no. Nothing was taken. Try another card or account.",
            "sw": "Benki yako imekataa. Hakuna pesa iliyokatwa. Jaribu kadi au akaunti nyingine.",
        ],
        "failed": [
            "en": "Paystack reported that the payment failed. Your order is still here.",
            "sw": "Paystack imesema kuwa malipo hayakufaulu. Oda yako bado iko hapa.",
        ],
    ]
}
