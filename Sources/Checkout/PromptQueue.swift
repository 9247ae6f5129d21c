import Commerce
import Database
import PaymentKit
import Storage

extension Shop {
    /// Where an attempt stands in the line for its provider; nil when it was sent, or is about to be.
    func queuePlace(
        of attempt: Attempt, _ transaction: some SQLReading, at now: Timestamp
    ) throws -> QueuePlace? {
        guard attempt.state == .pending, let provider = provider(attempt.instance) else { return nil }
        return QueuePlace(
            before: try transaction.attemptsWaiting(before: attempt), perSecond: provider.requestsPerSecond,
            queuedUntil: attempt.queuedUntil,
            until: attempt.startedAt.adding(seconds: rules.pushWithinSeconds), at: now)
    }
}
