import Commerce
import Database
import PaymentKit
import Storage

extension Shop {
    /// Seconds after which a receipt that never came, or an outcome that nobody knows, is for a person.
    private static let owedSeconds = 86_400

    /// Opens items for what should have been known for a day: money whose receipt the provider still owes (a matter of
    /// bookkeeping, the order is paid), and prompts that may have been sent and of which nothing was ever heard.
    func watchOwed() async throws {
        let now = now()
        let since = now.adding(seconds: -Self.owedSeconds)
        try await database.transaction { [vault] transaction in
            for capture in try transaction.capturesWithoutReceipt(recordedBefore: since, atMost: 200) {
                try transaction.openReview(
                    "receipt_owed", subject: capture.id.text, order: capture.order,
                    detail: "\(capture.amount.decimalText) is paid, and its receipt was never told", at: now)
            }
            for ticket in try transaction.uncertainTickets(startedBefore: since, atMost: 200) {
                guard let attempt = try transaction.attempt(ticket, vault) else { continue }
                try transaction.openReview(
                    "outcome_unknown", subject: ticket.value, order: attempt.order,
                    detail:
                        "a prompt over \(attempt.amount.decimalText) may have been sent, and nothing was ever heard",
                    at: now)
            }
        }
    }
}
