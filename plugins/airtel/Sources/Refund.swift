import PaymentKit

/// Sending a payment back: the whole of it, by Airtel's id of the payment.
extension Airtel: Refunding {
    private struct Request: Encodable, Sendable {
        struct Transaction: Encodable, Sendable { let airtel_money_id: String }
        let transaction: Transaction
    }

    /// Airtel answers at once. An answer that does not prove what happened stays unknown for good, for there is no way
    /// to ask: a person looks at the portal.
    public func refund(
        _ amount: Money, of receipt: Receipt, _ past: Past?, reason: String, _ call: Call
    ) async throws -> Outcome {
        let request = Request(transaction: .init(airtel_money_id: receipt.id))
        let answer = try await send(request, to: "standard/v1/payments/refund", seconds: 30, call)
        if let refusal = answer.commonRefusal { throw refusal }
        guard answer.status < 500, answer.status != 408, answer.json != nil else { throw unclear(answer) }
        let state = answer.transaction?["status"]?.text?.uppercased() ?? ""
        if answer.isSuccess, ["SUCCESS", "TS"].contains(state), ResponseCodes.refunded.contains(answer.code) {
            // An id of the refund's own, where it has one; the payment's id names the payment.
            let own = answer.transaction?[Self.moneyID]?.identifier.flatMap { $0 == receipt.id ? nil : $0 }
            return Outcome(
                .returned(amount, receipt: own.map { Receipt($0) }, .refund),
                references: own.map { [Reference(Self.moneyID, $0)] } ?? [])
        }
        if let decline = ResponseCodes.refundRefusal(answer.code, detail: answer.detail) {
            return Outcome(.declined(decline))
        }
        throw unclear(answer)
    }

    private func unclear(_ answer: Answer) -> PaymentError {
        .outcomeUnknown("Airtel's answer does not say whether the money went back (status \(answer.status)).")
    }
}
