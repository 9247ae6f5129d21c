import PaymentKit

/// The codes of the interfaces that answer later. The merchant's staff read these words.
///
/// Left out on purpose, so that they are no evidence: 15 (a duplicate: the first request with this id decides), 17 and
/// the internal failures 100000004, 100000007 and 100000009.
extension ResultCodes {
    /// Where money moves out.
    private static let acts: [API] = [.reversal, .payout]
    private static let all = acts + [.balance]

    static let operations = operatorFaults + accounts + limits + requests

    /// The operator is not let in, or may not do this.
    private static let operatorFaults = [
        Row(
            ["18", "20", "22", "2001"], in: all,
            no(
                .misconfigured, .never,
                "M-PESA does not know the shop's operator by this name, password and certificate. No money moved.",
                "M-PESA haimtambui opareta wa duka kwa jina, nenosiri na cheti hiki. Hakuna pesa iliyotumwa.")),
        Row(
            ["8006"], in: all,
            no(
                .misconfigured, .never,
                "The operator's password is locked: unlock it in the M-PESA portal. No money moved.",
                "Nenosiri la opareta limefungwa: lifungue kwenye tovuti ya M-PESA. Hakuna pesa iliyotumwa.")),
        Row(
            ["21", "100000010"], in: all,
            no(
                .misconfigured, .never,
                "The operator lacks the role for this: add it in the M-PESA portal. No money moved.",
                "Opareta hana ruhusa ya hili: iongeze kwenye tovuti ya M-PESA. Hakuna pesa iliyotumwa.")),
        // Asked again with the same password the operator is locked, so a person looks first.
        Row(
            ["18", "20", "22", "2001", "8006", "21", "100000010", "2028"], in: [.question],
            .person(
                "M-PESA refuses the question: check the operator's name, password, certificate and role before it is "
                    + "asked again, because repeated tries lock the operator")),
    ]

    /// The accounts on both sides.
    private static let accounts = [
        Row(
            ["1", "5"], in: acts,
            no(
                .insufficientFunds, .sameMethodLater,
                "The shop's M-PESA account holds too little. No money moved.",
                "Akaunti ya M-PESA ya duka haina pesa za kutosha. Hakuna pesa iliyotumwa.")),
        Row(
            ["7", "12", "14"], in: acts, receiver),
        Row(["2040", "SFC_IC0003"], in: [.payout], receiver),
        Row(
            ["R000002"], in: [.reversal],
            no(
                .invalidAccount, .never, "M-PESA knows no payment to this shop with this receipt. No money moved.",
                "M-PESA haijui malipo kwa duka hili yenye risiti hii. Hakuna pesa iliyotumwa.")),
        // By this request or by an earlier one, or in the portal: only the statement tells how often money went back.
        Row(
            ["R000001"], in: [.reversal],
            .person(
                "M-PESA says that this payment was already reversed: look in its portal before any money is sent "
                    + "another way")),
        Row(["6", "11", "13", "2006", "2028"], in: all, ownAccount),
        Row(["SFC_IC0003"], in: [.reversal, .balance], ownAccount),
    ]

    private static let limits = [
        Row(
            ["2"], in: acts,
            no(
                .limitExceeded, .never, "This amount is too small for M-PESA. No money moved.",
                "Kiasi hiki ni kidogo mno kwa M-PESA. Hakuna pesa iliyotumwa.")),
        Row(
            ["3"], in: acts,
            no(
                .limitExceeded, .never, "This amount is too large for M-PESA. No money moved.",
                "Kiasi hiki ni kikubwa mno kwa M-PESA. Hakuna pesa iliyotumwa.")),
        Row(
            ["4"], in: acts,
            no(
                .limitExceeded, .sameMethodLater, "The M-PESA limit for today is reached. No money moved.",
                "Kikomo cha M-PESA cha leo kimefikiwa. Hakuna pesa iliyotumwa.")),
        Row(
            ["8"], in: acts,
            no(
                .limitExceeded, .otherMethod, "The receiver's account may not hold more. No money moved.",
                "Akaunti ya mpokeaji haiwezi kupokea zaidi. Hakuna pesa iliyotumwa.")),
    ]

    private static let requests = [
        Row(["100000000"], in: all, .pending),
        Row(
            ["26", "100000001", "100000002", "100000011"], in: all,
            no(
                .providerBusy, .sameMethodLater, wait: 60, "M-PESA is busy. No money moved; try again in a minute.",
                "M-PESA ina shughuli nyingi. Hakuna pesa iliyotumwa; jaribu tena baadaye.")),
        Row(["19", "24", "25", "29", "100000005"], in: all, refused),
        Row([PushRefusal.notAccepted.rawValue], in: all, refused),
    ]

    private static let receiver = no(
        .invalidAccount, .otherMethod, "M-PESA cannot pay this receiver. No money moved.",
        "M-PESA haiwezi kumlipa mpokeaji huyu. Hakuna pesa iliyotumwa.")
    private static let ownAccount = no(
        .misconfigured, .never, "The shop's M-PESA account does not allow this: ask Safaricom. No money moved.",
        "Akaunti ya M-PESA ya duka hairuhusu hili: uliza Safaricom. Hakuna pesa iliyotumwa.")
    private static let refused = no(
        .other, .sameMethodLater, "M-PESA did not accept the request. No money moved.",
        "M-PESA haikukubali ombi. Hakuna pesa iliyotumwa.")

    // MARK: What is said without a code

    /// The immediate answer was not "0".
    static func notAccepted(_ api: API, code: String, detail: String) -> Fact {
        guard case .declined(var decline)? = table[Key(api: api, code: PushRefusal.notAccepted.rawValue)] else {
            preconditionFailure("The table lists every immediate refusal.")
        }
        decline.code = code
        decline.detail = detail.redacted
        return .declined(decline)
    }

    /// A transaction that ended without moving money.
    ///
    /// - Parameter status: M-PESA's word for it.
    static func undone(_ reason: Decline.Reason, _ status: String) -> Fact {
        .declined(
            Decline(
                reason, retry: .otherMethod, code: status.redacted,
                words: [
                    "en": "M-PESA did not complete this transaction. No money moved.",
                    "sw": "M-PESA haikukamilisha muamala huu. Hakuna pesa iliyotumwa.",
                ]))
    }

    /// A receipt of a payment to somebody else.
    static let paidToAnother = Fact.declined(
        Decline(
            .invalidAccount, retry: .otherMethod, code: "other receiver",
            words: [
                "en": "This receipt is of a payment to somebody else.",
                "sw": "Risiti hii ni ya malipo kwa mtu mwingine.",
            ]))
}
