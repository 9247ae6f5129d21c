import PaymentKit

/// What Safaricom's codes mean, for the shop and in the customer's words: the one place to add a code.
///
/// A code means something only together with the call that answered it (17 is a rule here and an internal failure
/// elsewhere), so the table is keyed by both. What is not listed is no evidence either way. Codes are compared as text.
enum ResultCodes {
    /// Where a code was met.
    enum API: Hashable, Sendable {
        /// Our own names for three immediate refusals of a prompt; see ``PushRefusal``.
        case push
        case callback
        case query
        /// The results of refunds, payouts, questions about balances, and questions about transactions.
        case reversal, payout, balance, question
    }

    struct Key: Hashable, Sendable {
        var api: API
        var code: String
    }

    enum Meaning: Sendable {
        case pending
        case declined(Decline)
        /// What a person has to see before anything else is done.
        case person(String)
    }

    /// The immediate refusals that are the customer's business, by the names under which the table lists them.
    enum PushRefusal: String { case subscriberLocked, invalidNumber, notAccepted }

    /// The fact behind a code other than "0", or nil where the table does not know it.
    static func fact(_ api: API, _ code: String, detail: String) -> Fact? {
        switch table[Key(api: api, code: code)] {
        case .pending?: return .pending
        case .person(let why)?: return .needsReview("\(why) (code \(code))")
        case .declined(var decline)?:
            decline.code = code
            decline.detail = detail.redacted
            return .declined(decline)
        case nil: return nil
        }
    }

    /// - Parameter code: The provider's own code, for the staff.
    static func decline(_ refusal: PushRefusal, code: String, detail: String) -> Fact {
        guard case .declined(var decline)? = table[Key(api: .push, code: refusal.rawValue)] else {
            preconditionFailure("The table lists every immediate refusal.")
        }
        decline.code = code
        decline.detail = detail.redacted
        return .declined(decline)
    }

    static let table: [Key: Meaning] = Dictionary(
        uniqueKeysWithValues: rows.flatMap { row in
            row.codes.flatMap { code in row.apis.map { (Key(api: $0, code: code), row.meaning) } }
        })

    struct Row {
        var apis: [API]
        var codes: [String]
        var meaning: Meaning

        init(_ codes: [String], in apis: [API] = [.callback, .query], _ meaning: Meaning) {
            self.apis = apis
            self.codes = codes
            self.meaning = meaning
        }
    }

    static func no(
        _ reason: Decline.Reason, _ retry: Decline.Retry, wait seconds: Int = 0, _ english: String, _ swahili: String
    ) -> Meaning {
        .declined(Decline(reason, retry: retry, waitSeconds: seconds, words: ["en": english, "sw": swahili]))
    }

    // MARK: The table

    private static let rows = prompts + ambiguous + money + shop + immediate + operations

    /// What happened on the phone.
    private static let prompts = [
        Row(["4999"], .pending),
        Row(
            ["17"],
            no(
                .limitExceeded, .sameMethodLater, wait: 120,
                "M-PESA refuses the same amount twice within two minutes. Wait, then try again.",
                "M-PESA hukataa kiasi kilekile mara mbili ndani ya dakika mbili. Subiri, kisha ujaribu tena.")),
        Row(
            ["26"],
            no(
                .providerBusy, .sameMethodLater, wait: 60, "M-PESA is busy. Try again in a minute.",
                "M-PESA ina shughuli nyingi. Jaribu tena baada ya dakika moja.")),
        Row(["1001"], payerBusy),
        Row(["1019", "2026"], expired),
        Row(["1025"], unreachable),
        Row(
            ["1031", "1032"],
            no(
                .cancelledByPayer, .sameMethod, "You cancelled on your phone. Nothing was taken.",
                "Umeghairi kwenye simu. Hakuna pesa iliyokatwa.")),
        Row(
            ["1037"],
            no(
                .payerDidNotAnswer, .sameMethod,
                "Your phone did not answer. Check that it is on and has network.",
                "Simu yako haikujibu. Hakikisha imewashwa na ina mtandao.")),
        Row(
            ["2001"],
            no(
                .wrongPIN, .sameMethod, "The PIN was not right. Nothing was taken.",
                "PIN haikuwa sahihi. Hakuna pesa iliyokatwa.")),
        Row(
            ["8006"],
            no(
                .notPermitted, .otherMethod,
                "The M-PESA PIN of this number is locked. Ask Safaricom to unlock it, or pay another way.",
                "PIN ya M-PESA ya nambari hii imefungwa. Omba Safaricom waifungue, au lipa kwa njia nyingine.")),
    ]

    /// Used for several things: a callback with one of these decides nothing, and the query that follows does.
    private static let ambiguous = [Row(["9999", "1036"], in: [.query], unreachable)]

    /// What the customer's account allows.
    private static let money = [
        Row(
            ["1"],
            no(
                .insufficientFunds, .sameMethod, "Not enough money in that M-PESA. Top up or use another number.",
                "Salio halitoshi. Ongeza pesa au tumia nambari nyingine.")),
        Row(
            ["2"],
            no(
                .limitExceeded, .otherMethod, "This amount is too small for M-PESA. Nothing was taken.",
                "Kiasi hiki ni kidogo mno kwa M-PESA. Hakuna pesa iliyokatwa.")),
        Row(
            ["3"],
            no(
                .limitExceeded, .otherMethod, "This amount is too large for M-PESA. Nothing was taken.",
                "Kiasi hiki ni kikubwa mno kwa M-PESA. Hakuna pesa iliyokatwa.")),
        Row(
            ["4"],
            no(
                .limitExceeded, .otherMethod,
                "That number has reached its M-PESA limit for today. Nothing was taken.",
                "Nambari hiyo imefikia kikomo cha M-PESA cha leo. Hakuna pesa iliyokatwa.")),
        Row(["E3008"], notAllowed(.sameMethod)),
        Row(["2006", "2008", "2040"], notAllowed(.otherMethod)),
    ]

    /// What the merchant has to put right: the account is full, the product is missing, the till does not fit, the
    /// prompt's text is too long or too short.
    private static let shop = [
        Row(
            ["8", "2028", "SFC_IC0003", "1101", "1102"],
            no(
                .misconfigured, .otherMethod, "The shop's M-PESA is not ready. Nothing was taken.",
                "M-PESA ya duka haiko tayari. Hakuna pesa iliyokatwa."))
    ]

    private static let immediate = [
        Row([PushRefusal.subscriberLocked.rawValue], in: [.push], payerBusy),
        Row(
            [PushRefusal.invalidNumber.rawValue], in: [.push],
            no(
                .invalidAccount, .sameMethod, "M-PESA does not accept this number. Check it or use another.",
                "M-PESA haikubali nambari hii. Ikague au tumia nyingine.")),
        Row(
            [PushRefusal.notAccepted.rawValue], in: [.push],
            no(
                .other, .sameMethodLater, "M-PESA did not accept the request. Nothing was taken.",
                "M-PESA haikukubali ombi. Hakuna pesa iliyokatwa.")),
    ]

    // MARK: Meanings with several codes

    private static let payerBusy = no(
        .payerBusy, .sameMethodLater, wait: 120,
        "Another M-PESA request is open on your phone. Finish it, then try again.",
        "Kuna ombi lingine la M-PESA kwenye simu yako. Limalize kisha ujaribu tena.")
    private static let expired = no(
        .expired, .sameMethod, "Time ran out before the PIN. Nothing was taken.",
        "Muda uliisha kabla ya PIN. Hakuna pesa iliyokatwa.")
    private static let unreachable = no(
        .payerUnreachable, .sameMethodLater, wait: 30, "The prompt could not reach your phone.",
        "Ombi halikufika kwenye simu yako.")
    private static func notAllowed(_ retry: Decline.Retry) -> Meaning {
        no(
            .notPermitted, retry, "M-PESA does not let this number pay. Nothing was taken.",
            "M-PESA hairuhusu nambari hii kulipa. Hakuna pesa iliyokatwa.")
    }
}
