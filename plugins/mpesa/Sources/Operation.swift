import FoundationEssentials
import PaymentKit

/// The manners of all requests whose result comes later, to an address of the shop's.
extension MPesa {
    /// Sends a request in the operator's name.
    ///
    /// - Parameters:
    ///   - nameKey: How the interface calls the operator.
    ///   - route: Where the result is to be sent.
    /// - Returns: ``Fact/pending`` with the ids under which the result will come, or a decline.
    /// - Throws: Where the answer does not say what happened: ``PaymentError/outcomeUnknown(_:)`` for a request that
    ///   acts, ``PaymentError/unavailable(_:)`` for one that asks.
    func operate(
        _ command: String, _ fields: [String: String], to path: String, nameKey: String = "Initiator",
        route: String = MPesa.resultRoute, api: ResultCodes.API, effect: HTTPRequest.Effect, _ call: Call
    ) async throws -> Outcome {
        let signature = try await operatorSignature(call)
        var body = fields
        body[nameKey] = signature.name
        body["SecurityCredential"] = signature.credential.reveal()
        body["CommandID"] = command
        body["ResultURL"] = call.callback(route).absoluteString
        body["QueueTimeOutURL"] = call.callback(Self.timeoutRoute).absoluteString
        let answer = try await send(body, to: path, effect: effect, seconds: 30, call)
        return try Self.outcome(of: answer, api, effect, call.log)
    }

    private static func outcome(
        of answer: Answer, _ api: ResultCodes.API, _ effect: HTTPRequest.Effect, _ log: any PluginLogging
    ) throws(PaymentError) -> Outcome {
        if let refusal = answer.commonRefusal { throw refusal }
        if let error = answer.error {
            // A duplicate proves that an earlier request with this number arrived: that one decides.
            if error.provesNothingHappened { throw refusedField(error) }
            throw unclear(answer, effect, log)
        }
        guard answer.isSuccess, let json = answer.json, let code = json["ResponseCode"]?.identifier else {
            throw unclear(answer, effect, log)
        }
        let words = json["ResponseDescription"]?.text ?? ""
        guard code == "0" else {
            guard effect == .acts else {
                throw .unavailable("M-PESA did not take the question (code \(code.redacted)).")
            }
            return Outcome(ResultCodes.notAccepted(api, code: code, detail: words))
        }
        return Outcome(.pending, references: conversationIDs(in: json))
    }

    private static func unclear(_ answer: Answer, _ effect: HTTPRequest.Effect, _ log: any PluginLogging)
        -> PaymentError
    {
        let code = answer.error.map { $0.code.isEmpty ? "none" : $0.code } ?? "none"
        guard effect == .acts else {
            return .unavailable("M-PESA could not answer (status \(answer.status), code \(code)).")
        }
        log.note("M-PESA's answer to a request that moves money proves nothing: status \(answer.status), code \(code).")
        return .outcomeUnknown("M-PESA's answer does not say whether it took the request (status \(answer.status)).")
    }

    /// The setting or the value behind a field that Daraja calls invalid.
    static func refusedField(_ error: ErrorAnswer) -> PaymentError {
        let settings: [(name: String, setting: String?, cure: String)] = [
            ("Initiator", initiator.key, "check the operator (MPESA_INITIATOR)"),
            (
                "SecurityCredential", initiatorPassword.key,
                "check the operator's password and Safaricom's certificate (MPESA_CERTIFICATE)"
            ),
            ("ReceiverParty", shortcode.key, "check the paybill or store number (MPESA_SHORTCODE)"),
            ("PartyA", shortcode.key, "check the paybill or store number (MPESA_SHORTCODE)"),
            ("ShortCode", shortcode.key, "check the paybill or store number (MPESA_SHORTCODE)"),
            ("NominatedNumber", nominatedNumber.key, "check the nominated number (MPESA_NOMINATED_NUMBER)"),
            ("URL", nil, "check that the shop's public address begins with https:// and can be reached"),
        ]
        if let field = settings.first(where: { error.says($0.name.lowercased()) }) {
            return .misconfigured("Safaricom refused the field \(field.name): \(field.cure).", setting: field.setting)
        }
        let values: [(name: String, field: String?, why: String)] = [
            ("PartyB", nil, "the receiver"), ("AccountReference", PayoutTarget.account.key, "the account"),
            ("TransactionID", nil, "the receipt number"), ("Amount", nil, "the amount"),
        ]
        if let value = values.first(where: { error.says($0.name.lowercased()) }) {
            return .invalidInput("M-PESA does not accept \(value.why). Nothing was done.", field: value.field)
        }
        return .misconfigured("Safaricom refused the request (\(error.code)). Nothing was done.")
    }

    /// Whole shillings, as Daraja takes them.
    static func shillings(_ amount: Money, from least: Int64) throws(PaymentError) -> String {
        guard amount.currency == .kes, let shillings = amount.whole,
            (least...shillingsAllowed.upperBound).contains(shillings)
        else { throw .invalidInput("M-PESA takes whole shillings from \(least) to 250,000 here.", field: "amount") }
        return String(shillings)
    }

    /// What staff wrote, as far as Daraja takes it: 2 to 100 plain characters.
    static func remarks(_ text: String, or usual: String) -> String {
        let plain = text.plain(100, allowing: " .-_")
        return plain.utf8.count >= 2 ? plain : usual
    }
}
