import Database
import Storage

extension Shop {
    /// Ends an order that was not paid in time, or looks at it again when its time is over.
    func expire(_ job: Job) async throws {
        let now = now()
        try await database.transaction { [vault] transaction in
            if try Prompts.expire(job.order, SQLBooks(transaction: transaction, vault: vault, now: now)) {
                _ = try transaction.finish(job)
            } else {
                // Not before it may end: who looks in vain too often stops looking.
                let soon = now.adding(seconds: 30 << min(job.runs, 6))
                let end = try transaction.order(job.order)?.expiresAt ?? soon
                _ = try transaction.postpone(job, until: max(end, soon))
            }
        }
    }
}
