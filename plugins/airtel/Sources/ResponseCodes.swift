import PaymentKit

/// What Airtel's codes mean, for the shop and in the customer's words: the one place to add a code.
///
/// `DP008…` are the Collection product's, as its Error Codes page has them and several public clients copy them; `ESB…`
/// and `ROUTER…` are older and the gateway's. Some public lists give the same `DP008…` codes other meanings, and the
/// portal's own samples use 1005 and 1006 for several things. So a code never makes a payment, and a no only where the
/// transaction's state or the place of the answer says no as well.
enum ResponseCodes {
    /// Beside a prompt that was accepted: "in process", and the older code of success. "Success" itself is not among
    /// them: nobody has typed a PIN yet.
    static let accepted: Set = ["DP00800001006", "ESB000010"]
    /// Beside a refund that was made.
    static let refunded: Set = ["DP00800001001", "DP00800001006", "ESB000010"]
    /// Airtel knows no payment of that id.
    static let unknownPayment: Set = ["DP00800001025", "ESB000045"]

    /// Why a transaction failed whose state says that it did, in words; the state alone is enough for the no.
    static func failure(_ code: String, detail: String) -> Decline {
        decline(table[code]?.decline ?? other, code, detail)
    }

    static func expiry(_ code: String, detail: String) -> Decline { decline(expired, code, detail) }

    /// The no in the immediate answer to a request for a prompt; nil where the code proves none.
    static func refusal(_ code: String, detail: String) -> Decline? {
        guard let row = table[code], row.provesNothingBegan else { return nil }
        return decline(row.decline, code, detail)
    }

    static func badNumber(_ code: String, _ detail: String) -> Decline { decline(noAccount, code, detail) }

    /// The no to a refund; nil where the code proves none.
    static func refundRefusal(_ code: String, detail: String) -> Decline? {
        switch code {
        case "DP00800001007":
            decline(
                Decline(.insufficientFunds, retry: .sameMethodLater), code,
                "The merchant's wallet does not hold enough. \(detail)")
        case "DP00800001008", "DP00800001009", "DP00800001010", "DP00800001025", "ESB000045":
            decline(Decline(.notPermitted, retry: .otherMethod), code, detail)
        default: nil
        }
    }

    /// What the owner must change; nothing was done.
    static func shopMistake(_ code: String) -> PaymentError? {
        switch code {
        case "ROUTER001", "ROUTER005", "ROUTER007", "ESB000039":
            .misconfigured(
                "Airtel has not set up this application for payments in Kenya (\(code)): ask Airtel to enable the "
                    + "product Collection and a wallet for it.", setting: Airtel.clientID.key)
        case "ROUTER003", "ROUTER006", "ROUTER112", "ROUTER119", "ESB000034", "ESB000035":
            .misconfigured(
                "Airtel refuses the country or currency of the request (\(code)): the application belongs to another "
                    + "country than Kenya, or to the other portal (DUKA_AIRTEL_PLATFORM).",
                setting: Airtel.platform.key)
        case "DP00800001026":
            .misconfigured(
                "Airtel wants signed requests from this application (\(code)): switch message signing off for it on "
                    + "the developer portal.", setting: Airtel.clientID.key)
        default: nil
        }
    }

    private static func decline(_ meaning: Decline, _ code: String, _ detail: String) -> Decline {
        var decline = meaning
        decline.code = code
        decline.detail = detail
        return decline
    }

    // MARK: The table

    struct Row: Sendable {
        let decline: Decline
        /// Whether the code alone, in the answer to a request for a prompt, proves that no prompt is out.
        let provesNothingBegan: Bool
    }

    static let table: [String: Row] = [
        // "Incorrect PIN"; one was typed, so a prompt was out.
        "DP00800001002": Row(
            decline: no(
                .wrongPIN, .sameMethod, "The Airtel Money PIN was not right. Nothing was taken.",
                "PIN ya Airtel Money haikuwa sahihi. Hakuna pesa iliyokatwa."), provesNothingBegan: false),
        "DP00800001003": Row(
            decline: no(
                .limitExceeded, .otherMethod,
                "This payment is above the limit of that Airtel Money account. Nothing was taken.",
                "Malipo haya yanazidi kikomo cha akaunti hiyo ya Airtel Money. Hakuna pesa iliyokatwa."),
            provesNothingBegan: true),
        "DP00800001004": Row(
            decline: no(
                .limitExceeded, .otherMethod, "Airtel Money does not take this amount. Nothing was taken.",
                "Airtel Money haikubali kiasi hiki. Hakuna pesa iliyokatwa."), provesNothingBegan: true),
        // Titled "Transaction ID is invalid" and explained "User didn't enter the PIN".
        "DP00800001005": Row(
            decline: no(
                .payerDidNotAnswer, .sameMethod,
                "No PIN was entered on the phone. Nothing was taken.",
                "PIN haikuwekwa kwenye simu. Hakuna pesa iliyokatwa."), provesNothingBegan: false),
        "DP00800001007": Row(
            decline: no(
                .insufficientFunds, .sameMethod,
                "Not enough money in that Airtel Money. Top up or use another number.",
                "Salio la Airtel Money halitoshi. Ongeza pesa au tumia nambari nyingine."), provesNothingBegan: true),
        "DP00800001008": Row(decline: refused, provesNothingBegan: false),
        // "Do not honor": a refusal with several causes.
        "DP00800001009": Row(
            decline: no(
                .notPermitted, .otherMethod, "Airtel Money did not let this number pay. Nothing was taken.",
                "Airtel Money haikuiruhusu nambari hii kulipa. Hakuna pesa iliyokatwa."), provesNothingBegan: false),
        // Of the payee, who is the shop.
        "DP00800001010": Row(
            decline: no(
                .misconfigured, .otherMethod, "The shop's Airtel Money is not ready. Nothing was taken.",
                "Airtel Money ya duka haiko tayari. Hakuna pesa iliyokatwa."), provesNothingBegan: true),
        "DP00800001024": Row(decline: expired, provesNothingBegan: false),
        "DP00800001029": Row(decline: expired, provesNothingBegan: false),
        // "Invalid MSISDN length", and "… or it begins with 0".
        "ESB000033": Row(decline: noAccount, provesNothingBegan: true),
        "ESB000036": Row(decline: noAccount, provesNothingBegan: true),
    ]

    private static let refused = no(
        .cancelledByPayer, .sameMethod, "The payment was refused on the phone or by Airtel Money. Nothing was taken.",
        "Malipo yalikataliwa kwenye simu au na Airtel Money. Hakuna pesa iliyokatwa.")
    private static let expired = no(
        .expired, .sameMethod, "Time ran out before the PIN. Nothing was taken.",
        "Muda uliisha kabla ya PIN. Hakuna pesa iliyokatwa.")
    private static let noAccount = no(
        .invalidAccount, .sameMethod, "This number has no Airtel Money. Check it or use another.",
        "Nambari hii haina Airtel Money. Ikague au tumia nyingine.")
    private static let other = no(
        .other, .sameMethod, "Airtel Money reported no payment. Nothing was taken.",
        "Airtel Money haikuripoti malipo. Hakuna pesa iliyokatwa.")

    private static func no(
        _ reason: Decline.Reason, _ retry: Decline.Retry, _ english: String, _ swahili: String
    ) -> Decline { Decline(reason, retry: retry, words: ["en": english, "sw": swahili]) }
}
