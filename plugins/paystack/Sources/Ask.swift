import FoundationEssentials
import PaymentKit

extension Paystack: StatusQuerying {
    public func status(of past: Past, _ call: Call) async throws -> Outcome {
        switch past.kind {
        case .attempt: return try await statusOfPayment(past, call)
        case .refund: return try await statusOfRefund(past, call)
        case .payout, .lookup, .balance: throw PaymentError.unsupported("Paystack is asked about payments and refunds")
        }
    }

    /// By our own reference, so that it can be asked about even when the first answer was lost.
    ///
    /// Source: Paystack API reference, "Verify Transaction".
    private func statusOfPayment(_ past: Past, _ call: Call) async throws -> Outcome {
        let answer = try await call.http.send(
            .get(address("transaction/verify/\(past.ticket.value)"), headers: headers))
        if answer.status == 200, let transaction = answer.json(Envelope<Transaction>.self)?.data {
            guard transaction.reference == past.ticket.value else {
                throw PaymentError.unavailable("Paystack answered about another payment")
            }
            return Outcome(transaction.fact, references: transaction.references, charge: transaction.charge)
        }
        // Before the customer has opened the page, Paystack may know of no payment.
        let refusal = answer.status == 400 || answer.status == 404 ? answer.json(Refusal.self) : nil
        if let refusal, !refusal.status, refusal.saysNotFound { return Outcome(.notFound) }
        throw Self.unanswered(answer)
    }
}

extension Paystack: WebhookReceiving {
    private struct Message<Content: Decodable>: Decodable {
        var event: String
        var data: Content
    }
    private struct Named: Decodable { var event: String }
    private struct RefundNews: Decodable {
        var reference, status: String
        /// Of the refund at its processor; not there before it is processed.
        var processed: String?
        private enum CodingKeys: String, CodingKey {
            case status
            case reference = "transaction_reference"
            case processed = "refund_reference"
        }
    }

    /// The shop has checked the signature before it stored the message.
    ///
    /// Source of the names and shapes: Paystack documentation, "Webhooks", types of events.
    public func events(in inbound: InboundRequest) -> [PaymentEvent] {
        guard inbound.route == Self.eventsRoute, let name = inbound.json(Named.self)?.event else { return [] }
        switch name {
        case "charge.success", "charge.failed":
            guard let transaction = inbound.json(Message<Transaction>.self)?.data else { return [] }
            return [
                PaymentEvent(
                    EventKey(name, String(transaction.id), transaction.status), .about(Ticket(transaction.reference)),
                    transaction.fact, references: transaction.references, charge: transaction.charge)
            ]
        case "refund.pending", "refund.processing", "refund.processed", "refund.failed", "refund.needs-attention":
            // It names the payment and not our refund, so it tells neither of two refunds of one payment apart: what
            // became of each is asked about.
            guard let news = inbound.json(Message<RefundNews>.self)?.data else { return [] }
            let key = EventKey(name, news.reference, news.status, news.processed ?? "")
            return [PaymentEvent(key, .about(Ticket(news.reference)), .pending)]
        default: return []
        }
    }
}

extension Paystack: ConnectionTesting {
    /// Source: Paystack API reference, "Fetch Payment Session Timeout": a question that every key may ask.
    private struct Timeout: Decodable {
        var seconds: Int
        private enum CodingKeys: String, CodingKey { case seconds = "payment_session_timeout" }
    }

    public func testConnection(_ call: Call) async throws -> [String] {
        let answer = try await call.http.send(
            .get(address("integration/payment_session_timeout"), headers: headers))
        guard answer.status == 200, let timeout = answer.json(Envelope<Timeout>.self)?.data else {
            throw Self.unanswered(answer)
        }
        let isTest = key.reveal().hasPrefix("sk_test_")
        return [
            "Paystack accepts the secret key \(key): \(isTest ? "no real money moves" : "real money moves").",
            "In Paystack's dashboard (Settings, API Keys & Webhooks) set the webhook address to "
                + "\(call.callback(Self.eventsRoute).absoluteString)",
            timeout.seconds == 0
                ? "Paystack's page does not time out; set the Payment Session Timeout to 1800 seconds in the dashboard."
                : "Paystack's page is open for \(timeout.seconds) seconds.",
        ]
    }
}
