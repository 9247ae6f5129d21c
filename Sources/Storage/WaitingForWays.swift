import Commerce
import Database
import PaymentKit

/// Work that waits because its way to pay cannot be used: it is kept until the way is back.
extension Transaction {
    /// Why a job is put off that its way to pay cannot do just now; by it the job is found when the way is back.
    private static let waitsForWay = "its way to pay cannot be used here just now"

    /// Puts off a claimed job that could not even be tried: the run does not count.
    package func waitForWay(_ job: Job, until due: Timestamp) throws {
        try execute(
            """
            UPDATE jobs SET due_at = \(due.milliseconds), lease_until = 0, runs = \(max(0, job.runs - 1)),
                problem = \(Self.waitsForWay)
            WHERE id = \(job.id) AND generation = \(job.generation)
            """)
    }

    /// Puts off a message that could not even be tried: the try does not count.
    package func waitForWay(_ message: InboxMessage, until due: Timestamp) throws {
        try execute(
            """
            UPDATE inbox SET tries = \(message.tries), next_at = \(due.milliseconds)
            WHERE id = \(message.id.text) AND state = 'new'
            """)
    }

    /// Has all jobs and messages done now that were put off because this way to pay could not be used.
    package func endWaiting(for instance: String, at now: Timestamp) throws {
        try execute(
            """
            UPDATE jobs SET due_at = \(now.milliseconds)
            WHERE problem = \(Self.waitsForWay) AND due_at > \(now.milliseconds)
                AND lease_until <= \(now.milliseconds)
                AND (EXISTS (SELECT 1 FROM attempts a WHERE a.ticket = jobs.ticket AND a.instance = \(instance))
                    OR EXISTS (SELECT 1 FROM refunds r WHERE r.ticket = jobs.ticket AND r.instance = \(instance))
                    OR EXISTS (SELECT 1 FROM payouts p WHERE p.ticket = jobs.ticket AND p.instance = \(instance)))
            """)
        // One that was begun counts a try until it ends: it is not taken from whoever is at it.
        try execute(
            """
            UPDATE inbox SET next_at = \(now.milliseconds)
            WHERE state = 'new' AND tries = 0 AND next_at > \(now.milliseconds) AND instance = \(instance)
            """)
    }
}
