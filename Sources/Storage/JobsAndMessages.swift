import Commerce
import Cryptography
import Database
import PaymentKit

/// A job as somebody looks at it.
package struct WaitingJob: Sendable {
    package let job: Job
    /// `kind ticket` or `kind order`.
    package let id: String
    package let order: OrderNumber?
    /// Until when its worker has it; in the past when it waits.
    package let leaseUntil: Timestamp
    /// Why it did not end when it was last tried.
    package let problem: String?
}

/// A provider's message as somebody looks at it.
package struct LoggedMessage: Sendable {
    package let message: InboxMessage
    package let verdict: MessageVerdict
    /// When it was first done with.
    package let endedAt: Timestamp?
    package let order: OrderNumber?
}

extension SQLReading {
    /// What is to be done, the longest due first.
    package func jobs(atMost count: Int) throws -> [WaitingJob] {
        try query(
            """
            SELECT j.id, j.kind, j.order_id, j.ticket, j.due_at, j.generation, j.runs, j.lease_until, j.problem,
                o.number
            FROM jobs j LEFT JOIN orders o ON o.id = j.order_id ORDER BY j.due_at, j.id LIMIT \(count)
            """
        ).compactMap { row in
            // A newer version's kinds are that version's to show.
            guard let kind = Job.Kind(rawValue: try row.text(1)) else { return nil }
            var job = Job(
                kind, ID(stored: try row.text(2)), try row.textOrNil(3).map(Ticket.init),
                dueAt: Timestamp(milliseconds: try row.int64(4)))
            job.generation = try row.int64(5)
            job.runs = try row.int(6)
            return WaitingJob(
                job: job, id: try row.text(0), order: try row.textOrNil(9).map(OrderNumber.init(stored:)),
                leaseUntil: Timestamp(milliseconds: try row.int64(7)), problem: try row.textOrNil(8))
        }
    }

    /// How many jobs there are.
    package func jobCount() throws -> Int { try first("SELECT COUNT(*) FROM jobs")?.int(0) ?? 0 }

    /// All providers' lists that are read by themselves.
    package func statementReadings() throws -> [StatementReading] {
        try query("SELECT instance FROM statement_readings ORDER BY instance").compactMap {
            try statementReading(try $0.text(0))
        }
    }

    /// Messages, the newest first.
    ///
    /// - Parameters:
    ///   - order: Only those about its prompts and refunds.
    ///   - id: Only those that are older than this one.
    package func messages(
        _ verdict: MessageVerdict?, about order: OrderNumber?, before id: String?, atMost count: Int, _ vault: Vault
    ) throws -> [LoggedMessage] {
        let about: SQL =
            order.map { number in
                """
                AND i.ticket IN (
                    SELECT t.ticket FROM attempts t JOIN orders n ON n.id = t.order_id WHERE n.number = \(number.text)
                    UNION
                    SELECT t.ticket FROM refunds t JOIN orders n ON n.id = t.order_id WHERE n.number = \(number.text))
                """
            } ?? ""
        let kind: SQL = verdict.map { "AND i.state = \($0.rawValue)" } ?? ""
        let older: SQL = id.map { "AND i.id < \($0)" } ?? ""
        return try query(
            """
            SELECT i.id, i.instance, i.ticket, i.route, i.body_sealed, i.source, i.listed, i.received_at, i.tries,
                i.state, i.ended_at, o.number
            FROM inbox i LEFT JOIN attempts a ON a.ticket = i.ticket LEFT JOIN refunds r ON r.ticket = i.ticket
                LEFT JOIN orders o ON o.id = COALESCE(a.order_id, r.order_id)
            WHERE 1 = 1 \(kind) \(about) \(older) ORDER BY i.id DESC LIMIT \(count)
            """
        ).map { row in
            guard let verdict = MessageVerdict(rawValue: try row.text(9)) else {
                throw CorruptRow(column: "state", reason: "is not a known word")
            }
            return LoggedMessage(
                message: try inboxMessage(row, vault), verdict: verdict,
                endedAt: try row.int64OrNil(10).map(Timestamp.init(milliseconds:)),
                order: try row.textOrNil(11).map(OrderNumber.init(stored:)))
        }
    }

    /// From its arrival to the moment when it was done with, in milliseconds, for the newest messages since a moment.
    package func messageLags(since: Timestamp, atMost count: Int) throws -> [(at: Timestamp, milliseconds: Int64)] {
        try query(
            """
            SELECT received_at, ended_at FROM inbox
            WHERE ended_at IS NOT NULL AND received_at >= \(since.milliseconds) ORDER BY id DESC LIMIT \(count)
            """
        ).map { row in
            let at = try row.int64(0)
            return (Timestamp(milliseconds: at), max(0, try row.int64(1) - at))
        }
    }
}

extension Transaction {
    /// Has a job done now.
    ///
    /// - Returns: False when there is none of that identity, when it does more than ask, or when somebody is at it.
    package func askNow(job id: String, at now: Timestamp) throws -> Bool {
        let asking = Job.Kind.allCases.filter(\.asks).map(\.rawValue)
        return try execute(
            """
            UPDATE jobs SET due_at = \(now.milliseconds)
            WHERE id = \(id) AND lease_until <= \(now.milliseconds) AND kind IN (\(list: asking))
            """) == 1
    }

    /// Has a message translated once more.
    ///
    /// - Returns: False when there is none of that identity, or when it waits to be translated anyhow.
    package func readAgain(message id: String, at now: Timestamp) throws -> Bool {
        try execute(
            """
            UPDATE inbox SET state = 'new', tries = 0, next_at = \(now.milliseconds)
            WHERE id = \(id) AND state <> 'new'
            """) == 1
    }
}
