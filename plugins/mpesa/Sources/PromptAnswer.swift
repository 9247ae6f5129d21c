import PaymentKit

/// Reading the immediate answer to a request for a prompt.
extension MPesa {
    /// Names of the ids by which Daraja knows a prompt.
    static let checkoutID = "CheckoutRequestID"
    static let merchantID = "MerchantRequestID"
    /// How long the prompt can still be answered; it lives on the phone for about a minute.
    private static let promptSeconds = 75

    /// - Throws: ``PaymentError/outcomeUnknown(_:)`` for every answer that does not prove what happened.
    static func started(
        by answer: Answer, at account: Account, _ phone: PhoneNumber, _ log: any PluginLogging
    ) throws(PaymentError) -> Started {
        if let error = answer.error { return try refused(error, answer, account, log) }
        if let refusal = answer.commonRefusal { throw refusal }
        guard answer.isSuccess, let json = answer.json, let code = json["ResponseCode"]?.identifier else {
            throw unknown(answer, log)
        }
        guard code == "0" else {
            let words = json["ResponseDescription"]?.text ?? ""
            return Started(ResultCodes.decline(.notAccepted, code: code, detail: words))
        }
        guard let checkout = json[checkoutID]?.identifier, let merchant = json[merchantID]?.identifier else {
            throw unknown(answer, log)
        }
        return Started(
            .pending, step: .phonePrompt(to: phone, seconds: promptSeconds),
            references: [Reference(checkoutID, checkout), Reference(merchantID, merchant)])
    }

    private static func refused(
        _ error: ErrorAnswer, _ answer: Answer, _ account: Account, _ log: any PluginLogging
    ) throws(PaymentError) -> Started {
        if let refusal = answer.commonRefusal { throw refusal }
        if error.code == "500.001.1001" {
            if error.says("unable to lock subscriber") {
                return Started(ResultCodes.decline(.subscriberLocked, code: error.code, detail: error.detail))
            }
            if let mistake = Self.mistake(error) { throw mistake }
        }
        if error.code == "400.002.02", error.says("phonenumber") || error.says("partya") {
            return Started(ResultCodes.decline(.invalidNumber, code: error.code, detail: error.detail))
        }
        if error.provesNothingHappened { throw refusedField(error, account) }
        throw unknown(answer, log)
    }

    /// Settings that do not fit together, as Daraja tells it under a code that it uses for other things too.
    private static func mistake(_ error: ErrorAnswer) -> PaymentError? {
        if error.says("wrong credentials") {
            return .misconfigured(
                "Safaricom says that shortcode and passkey do not belong together: copy the passkey again, and for a "
                    + "till use the store number (MPESA_SHORTCODE).", setting: Self.passkey.key)
        }
        if error.says("merchant does not exist") {
            return .misconfigured(
                "Safaricom does not know the paybill or store number (MPESA_SHORTCODE) in this environment: "
                    + "check the number and the environment (MPESA_ENVIRONMENT).",
                setting: Self.shortcode.key)
        }
        return nil
    }

    /// The setting behind a field that Daraja calls invalid, in the order in which they are looked for.
    private static func refusedField(_ error: ErrorAnswer, _ account: Account) -> PaymentError {
        let receiver = account.till == nil ? Self.shortcode : Self.till
        let fields: [(name: String, setting: String?, cure: String)] = [
            ("BusinessShortCode", Self.shortcode.key, "check the paybill or store number (MPESA_SHORTCODE)"),
            ("PartyB", receiver.key, "check \(receiver.env ?? receiver.key)"),
            (
                "TransactionType", Self.till.key,
                "check that the till number (MPESA_TILL) is set for a till and empty for a paybill"
            ),
            ("Password", Self.passkey.key, "check the passkey (MPESA_PASSKEY)"),
            ("CallBackURL", nil, "check that the shop's public address begins with https:// and can be reached"),
            ("Amount", nil, "check the shop's prices against M-PESA's limits"),
        ]
        guard let field = fields.first(where: { error.says($0.name.lowercased()) }) else {
            return .misconfigured("Safaricom refused the request (\(error.code)). No prompt was sent.")
        }
        return .misconfigured("Safaricom refused the field \(field.name): \(field.cure).", setting: field.setting)
    }

    /// An HTML page with status 403 comes from the network edge, which may have swallowed an answer as well as refused
    /// the request: without one of Daraja's codes nothing is proved.
    private static func unknown(_ answer: Answer, _ log: any PluginLogging) -> PaymentError {
        let code = answer.error?.code ?? ""
        log.note(
            "M-PESA's answer to a prompt proves nothing: status \(answer.status), code \(code.isEmpty ? "none" : code)."
        )
        return .outcomeUnknown("M-PESA's answer does not say whether a prompt was sent (status \(answer.status)).")
    }
}
