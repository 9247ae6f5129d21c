import PaymentKit

/// Reading the immediate answer to a request for a prompt.
extension Airtel {
    /// The name of our own id, by which Airtel is asked about a payment: the ticket.
    static let transactionID = "transaction.id"
    /// The name of Airtel's id of a payment that was made, which is its receipt.
    static let moneyID = "airtel_money_id"
    /// How long the customer has for the PIN: about a minute, as with other prompts; nothing is published.
    private static let promptSeconds = 75

    /// Accepted is what says "in process"; a definite no is only what the table lists. All else is unknown, and the
    /// enquiry tells: Airtel can be asked by our own id even when its answer was lost.
    ///
    /// - Throws: ``PaymentError/outcomeUnknown(_:)`` for every answer that does not prove what happened.
    static func started(by answer: Answer, _ phone: PhoneNumber, _ call: Call) throws(PaymentError) -> Started {
        if let refusal = answer.commonRefusal { throw refusal }
        guard answer.status < 500, answer.status != 408, answer.json != nil else { throw unknown(answer, call.log) }
        if answer.isSuccess, ResponseCodes.accepted.contains(answer.code) {
            return Started(
                .pending, step: .phonePrompt(to: phone, seconds: promptSeconds),
                references: [Reference(transactionID, call.ticket.value)])
        }
        // A code that the samples use for two things; the words tell.
        if answer.status == 400, answer.says("msisdn") {
            return Started(.declined(ResponseCodes.badNumber(answer.code, answer.detail)))
        }
        if let decline = ResponseCodes.refusal(answer.code, detail: answer.detail) {
            return Started(.declined(decline))
        }
        throw unknown(answer, call.log)
    }

    private static func unknown(_ answer: Answer, _ log: any PluginLogging) -> PaymentError {
        let code = answer.code.isEmpty ? "none" : answer.code.redacted
        log.note("Airtel's answer to a prompt proves nothing: status \(answer.status), code \(code).")
        return .outcomeUnknown("Airtel's answer does not say whether a prompt was sent (status \(answer.status)).")
    }
}
