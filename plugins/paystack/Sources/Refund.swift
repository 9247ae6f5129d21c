import FoundationEssentials
import PaymentKit

/// Sending money back, the whole payment or a part of it.
///
/// Source: Paystack API reference, "Refunds".
extension Paystack: Refunding {
    private struct Body: Encodable {
        var transaction, currency, note, reason: String
        var amount: Int64
        private enum CodingKeys: String, CodingKey {
            case transaction, currency, amount
            case note = "merchant_note"
            case reason = "customer_note"
        }
    }

    /// A refund as Paystack tells of it.
    struct Refund: Decodable {
        var id: UInt64
        var status, currency: String
        var amount: Int64
        /// What the shop wrote there: the refund's ticket, by which it is found when the first answer was lost.
        var note: String?
        private enum CodingKeys: String, CodingKey {
            case id, status, currency, amount
            case note = "merchant_note"
        }

        /// Source of the states: Paystack documentation, "Refunds", refund statuses.
        var fact: Fact {
            switch status {
            case "processed":
                guard currency == Currency.kes.rawValue, amount > 0 else {
                    return .needsReview("Paystack tells of a refund in another currency, or of no amount.")
                }
                return .returned(Money(minor: amount, .kes), receipt: Receipt("refund-\(id)"), .refund)
            case "pending", "processing": return .pending
            case "failed": return .declined(Decline(.other, retry: .otherMethod, code: "refund_failed"))
            // Paystack wants the customer's bank account; its dashboard asks for it.
            case "needs-attention":
                return .needsReview("Paystack needs the customer's bank details for this refund: see its dashboard.")
            default:
                return .unclear(code: String(status.prefix(40)), detail: "a refund's state that is not known")
            }
        }
    }

    public func refund(
        _ amount: Money, of receipt: Receipt, _ past: Past?, reason: String, _ call: Call
    ) async throws -> Outcome {
        let body = Body(
            transaction: receipt.id, currency: amount.currency.rawValue, note: call.ticket.value,
            reason: String(reason.prefix(200)), amount: amount.minor)
        let answer = try await call.http.send(.post(address("refund"), json: body, headers: headers))
        if answer.status == 200 || answer.status == 201, let refund = answer.json(Envelope<Refund>.self)?.data {
            // Processed at once is still asked about: only then the amount is Paystack's last word.
            let fact: Fact = if case .returned = refund.fact { .pending } else { refund.fact }
            return Outcome(fact, references: [Reference("refund", String(refund.id))])
        }
        switch answer.status {
        case 401, 403: throw Self.wrongKey
        case 429: throw Self.tooMany
        default: break
        }
        if answer.status == 400 || answer.status == 404 || answer.status == 422,
            let refusal = answer.json(Refusal.self), !refusal.status
        {
            return Outcome(.declined(Decline(.notPermitted, retry: .otherMethod, code: refusal.name)))
        }
        throw PaymentError.outcomeUnknown("Paystack answered with status \(answer.status)")
    }

    /// By its number, or among the payment's refunds by the ticket that was noted there.
    func statusOfRefund(_ past: Past, _ call: Call) async throws -> Outcome {
        if let id = past.reference("refund") {
            let answer = try await call.http.send(.get(address("refund/\(id)"), headers: headers))
            guard answer.status == 200, let refund = answer.json(Envelope<Refund>.self)?.data else {
                throw Self.unanswered(answer)
            }
            return Outcome(refund.fact, references: [Reference("refund", String(refund.id))])
        }
        guard let receipt = past.receipt else { throw PaymentError.unsupported("a refund without its payment") }
        let list = address("refund").appending(queryItems: [URLQueryItem(name: "transaction", value: receipt)])
        let answer = try await call.http.send(.get(list, headers: headers))
        guard answer.status == 200, let refunds = answer.json(Envelope<[Refund]>.self)?.data else {
            throw Self.unanswered(answer)
        }
        guard let refund = refunds.first(where: { $0.note == past.ticket.value }) else { return Outcome(.notFound) }
        return Outcome(refund.fact, references: [Reference("refund", String(refund.id))])
    }
}
