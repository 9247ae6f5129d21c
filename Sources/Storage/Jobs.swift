import Commerce
import Database
import PaymentKit

/// Something to do at a time: every timer is a row, so a restart or another node does it just as well.
package struct Job: Hashable, Sendable {
    /// What is to be done.
    package enum Kind: String, Sendable, CaseIterable {
        /// Send the prompt of an attempt.
        case push
        /// Ask the provider what became of an attempt.
        case query
        /// Close an attempt of which nothing was heard.
        case deadline
        /// End an order that was not paid in time.
        case expire
        /// Send an approved refund.
        case refund
        /// Ask the provider what became of a refund.
        case refundQuery = "refund_query"
        /// Send an approved payout, which belongs to no order.
        case payout
        /// Ask the provider what became of a payout.
        case payoutQuery = "payout_query"

        /// Whether it only asks a provider, so that a person may have it done at any time.
        package var asks: Bool {
            switch self {
            case .query, .refundQuery, .payoutQuery: true
            case .push, .deadline, .expire, .refund, .payout: false
            }
        }
    }
    package let kind: Kind
    /// Empty for a payout's; see ``orderOrNil``.
    package let order: ID<Order>
    package let ticket: Ticket?
    package var dueAt: Timestamp
    /// Grows with each claim; a worker whose number is old may not write (I29).
    package var generation: Int64 = 0
    package var runs = 0

    package init(_ kind: Kind, _ order: ID<Order>, _ ticket: Ticket? = nil, dueAt: Timestamp) {
        self.kind = kind
        self.order = order
        self.ticket = ticket
        self.dueAt = dueAt
    }

    /// A job about a payout.
    package init(_ kind: Kind, payout: Ticket, dueAt: Timestamp) {
        self.init(kind, ID(stored: ""), payout, dueAt: dueAt)
    }

    /// Nil for a payout's.
    package var orderOrNil: ID<Order>? { order.text.isEmpty ? nil : order }

    var id: String { "\(kind.rawValue) \(ticket?.value ?? order.text)" }
}

extension SQLReading {
    /// Jobs that are due and that nobody works on: first what cannot wait, then questions, each the longest due first.
    package func dueJobs(atMost count: Int, queriesAtMost: Int = .max, at now: Timestamp) throws -> [Job] {
        let urgent = try dueJobs([.push, .deadline, .expire, .refund, .payout], atMost: count, at: now)
        let rest = min(count - urgent.count, queriesAtMost)
        return urgent + (rest > 0 ? try dueJobs([.query, .refundQuery, .payoutQuery], atMost: rest, at: now) : [])
    }

    private func dueJobs(_ kinds: [Job.Kind], atMost count: Int, at now: Timestamp) throws -> [Job] {
        // A newer version's kinds wait for a node that knows them; they do not stop ours.
        let names = kinds.map(\.rawValue) + Array(repeating: kinds[0].rawValue, count: 5 - kinds.count)
        return try query(
            """
            SELECT kind, order_id, ticket, due_at, generation, runs FROM jobs
            WHERE due_at <= \(now.milliseconds) AND lease_until <= \(now.milliseconds)
                AND kind IN (\(names[0]), \(names[1]), \(names[2]), \(names[3]), \(names[4]))
            ORDER BY due_at LIMIT \(count)
            """
        ).map { row in
            guard let kind = Job.Kind(rawValue: try row.text(0)) else {
                throw CorruptRow(column: "kind", reason: "is not a known word")
            }
            var job = Job(
                kind, ID(stored: try row.text(1)), try row.textOrNil(2).map(Ticket.init),
                dueAt: Timestamp(milliseconds: try row.int64(3)))
            job.generation = try row.int64(4)
            job.runs = try row.int(5)
            return job
        }
    }

    /// The age of the longest overdue job in seconds; 0 when none is due.
    package func jobDelaySeconds(at now: Timestamp) throws -> Int {
        guard let due = try first("SELECT MIN(due_at) FROM jobs")?.int64OrNil(0) else { return 0 }
        return max(0, now.seconds(since: Timestamp(milliseconds: due)))
    }
}

extension Transaction {
    /// Adds a job, or moves the one of the same kind and subject to the new time.
    package func schedule(_ job: Job) throws {
        let moved = try execute(
            """
            UPDATE jobs SET due_at = \(job.dueAt.milliseconds), lease_until = 0, generation = generation + 1
            WHERE id = \(job.id)
            """)
        guard moved == 0 else { return }
        let isNew = try insertIfNew(
            """
            INSERT INTO jobs (id, kind, order_id, ticket, due_at, generation, lease_until, runs)
            VALUES (\(job.id), \(job.kind.rawValue), \(job.order.text), \(job.ticket?.value),
                \(job.dueAt.milliseconds), 1, 0, 0)
            """)
        guard isNew else { throw StaleWrite() }
    }

    /// Takes a job for `seconds`.
    ///
    /// - Returns: The job with its new generation, or nil when somebody else has it.
    package func claim(_ job: Job, forSeconds seconds: Int, at now: Timestamp) throws -> Job? {
        let changed = try execute(
            """
            UPDATE jobs SET generation = generation + 1, runs = runs + 1,
                lease_until = \(now.adding(seconds: seconds).milliseconds)
            WHERE id = \(job.id) AND generation = \(job.generation)
            """)
        guard changed == 1 else { return nil }
        var claimed = job
        claimed.generation += 1
        claimed.runs += 1
        return claimed
    }

    /// Ends a claimed job.
    ///
    /// - Returns: False when the claim was lost: somebody else has the job now.
    @discardableResult
    package func finish(_ job: Job) throws -> Bool {
        try execute("DELETE FROM jobs WHERE id = \(job.id) AND generation = \(job.generation)") == 1
    }

    /// Puts a claimed job off.
    ///
    /// - Parameter problem: Why it did not end this time; nil when it simply goes on later.
    @discardableResult
    package func postpone(_ job: Job, until due: Timestamp, problem: String? = nil) throws -> Bool {
        try execute(
            """
            UPDATE jobs SET due_at = \(due.milliseconds), lease_until = 0,
                problem = \(problem.map { String($0.prefix(200)) })
            WHERE id = \(job.id) AND generation = \(job.generation)
            """) == 1
    }

    /// Drops the jobs of a kind about an attempt, whoever holds them.
    package func cancel(_ kind: Job.Kind, of ticket: Ticket) throws {
        try execute("DELETE FROM jobs WHERE id = \("\(kind.rawValue) \(ticket.value)")")
    }
}
