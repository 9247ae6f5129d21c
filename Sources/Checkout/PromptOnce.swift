import Commerce
import Database
import Logging
import PaymentKit
import PluginHost
import Storage

/// What comes before another prompt, whoever asks for it: the customer, a rider, staff.
extension Shop {
    /// One press of a button that sends another prompt, in the order that counts.
    ///
    /// The form comes first: one that was used asks nobody and sends nothing. Then the provider is asked what became of
    /// a prompt whose end nobody knows, for some seconds at most. Then the prompt is begun.
    ///
    /// - Parameter begin: Begins it, in one transaction with the use of the form. What it throws passes, nothing is
    ///   kept then, and the form may be sent again.
    func promptOnce(
        _ order: ID<Order>, form: [UInt8], _ begin: @escaping @Sendable (Transaction, Timestamp) throws -> Void
    ) async throws {
        guard try await database.read({ try $0.use(ofForm: form) }) == nil else { return }
        try await askIfUnknown(order)
        let now = now()
        try await database.transaction { transaction in
            guard try transaction.markUsed(form: form, for: order, at: now) else { return }
            try begin(transaction, now)
        }
        wake.now()
    }

    /// Before another prompt, asks what became of one whose end nobody knows.
    func askIfUnknown(_ order: ID<Order>) async throws {
        let last = try await database.read { [vault] in try $0.attempts(of: order, vault).last }
        if let last, last.hasUnknownEnd { try await askBeforeRetry(last) }
    }

    /// Asks once what became of a prompt whose end nobody knows, and records the answer; none within the time changes
    /// nothing, and then the pause counts.
    private func askBeforeRetry(_ attempt: Attempt) async throws {
        guard let instance = provider(attempt.instance) else { return }
        let references = try await database.read { [vault] in
            try $0.references(of: attempt.ticket, instance: instance.name, vault)
        }
        let past = Past(
            ticket: attempt.ticket, amount: attempt.amount, references: references,
            startedAt: attempt.startedAt.date, outcomeUnknown: references.isEmpty)
        let outcome: Outcome
        do {
            outcome = try await withDeadline(seconds: rules.askBeforeRetrySeconds) { [self] in
                try await ask(instance, about: past)
            }
        } catch {
            log.info(
                "A question before another prompt was not answered",
                metadata: ["attempt": "\(attempt.ticket.value)", "error": "\(Self.summary(of: error))"])
            return
        }
        try await record(News(.query, outcome), about: attempt.ticket, instance: instance.name)
    }
}
