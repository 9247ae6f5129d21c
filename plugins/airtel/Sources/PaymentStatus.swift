import PaymentKit

/// Asking what became of a payment: "Transaction Enquiry", by the id that we gave. It tells of our own request, so the
/// amount is the one that was asked for.
extension Airtel: StatusQuerying {
    public func status(of past: Past, _ call: Call) async throws -> Outcome {
        guard past.kind == .attempt else {
            // Nothing public says how to ask about a refund.
            throw PaymentError.unavailable("Airtel does not tell what became of a refund.")
        }
        let answer = try await send(nil, to: "standard/v1/payments/\(past.ticket.value)", seconds: 15, call)
        let receipt = Self.receipt(in: answer)
        return Outcome(
            try Self.fact(in: answer, about: past, receipt),
            references: receipt.map { [Reference(Self.moneyID, $0.id)] } ?? [])
    }

    private static func receipt(in answer: Answer) -> Receipt? {
        guard answer.transaction?["status"]?.text?.uppercased() == "TS" else { return nil }
        return answer.transaction?[moneyID]?.identifier.map { Receipt($0) }
    }

    /// The state of the transaction decides; a code only says why it failed. The portal's own samples have one code
    /// beside a success and beside a payment under way.
    ///
    /// - Throws: For every answer without a state: it says nothing about the payment.
    private static func fact(in answer: Answer, about past: Past, _ receipt: Receipt?) throws(PaymentError) -> Fact {
        if let refusal = answer.commonRefusal { throw refusal }
        guard answer.status < 500, answer.status != 408, answer.json != nil else {
            throw .unavailable("Airtel could not answer (status \(answer.status)).")
        }
        if let state = answer.transaction?["status"]?.text?.uppercased(), answer.isSuccess {
            guard answer.transaction?["id"]?.identifier ?? past.ticket.value == past.ticket.value else {
                throw .unavailable("Airtel answered about another payment.")
            }
            switch state {
            case "TS": return .paid(past.amount, receipt: receipt)
            case "TF": return .declined(ResponseCodes.failure(answer.code, detail: answer.words))
            case "TE": return .declined(ResponseCodes.expiry(answer.code, detail: answer.words))
            // In progress; and ambiguous, which the portal says to ask about again.
            case "TIP", "TA": return .pending
            default: return .unclear(code: state.count <= 12 ? state.redacted : "", detail: answer.words)
            }
        }
        if ResponseCodes.unknownPayment.contains(answer.code) { return .notFound }
        throw .unavailable("Airtel's answer has no state (status \(answer.status)).")
    }
}

extension Answer {
    /// What is said about the transaction itself, else about the request.
    fileprivate var words: String { transaction?["message"]?.text?.redacted ?? detail }
}
