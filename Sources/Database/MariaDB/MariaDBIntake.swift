import Blocking

/// A thread with a connection of its own that turns the rows that wait into few many-row statements.
final class MariaDBIntake: Sendable {
    /// One caller's row.
    private struct Work: Sendable {
        let statement: IntakeStatement
        let values: [SQLValue]
        let caller: CheckedContinuation<Void, any Error>
    }

    private let queue: WorkQueue<Work>
    private let ended = Latch()

    init(address: MariaDBAddress, configuration: DatabaseConfiguration, health: DatabaseHealth) {
        queue = WorkQueue(limit: configuration.queueLimit)
        startThread { [queue, ended] in
            defer { ended.open() }
            let thread = IntakeThread(address: address, configuration: configuration, health: health)
            while let batch = queue.take(atMost: configuration.rowsPerInsert) {
                // Rows for the same columns of the same table, in the order in which they came.
                for (statement, works) in Dictionary(grouping: batch, by: \.statement) {
                    let failures = thread.insert(works.map(\.values), statement)
                    for (work, failure) in zip(works, failures) {
                        if let failure { work.caller.resume(throwing: failure) } else { work.caller.resume() }
                    }
                }
            }
        }
    }

    /// An intake that nobody uses any more ends its thread.
    deinit { queue.close() }

    /// Returns once the row is durable, or was there already.
    func insert(_ statement: IntakeStatement, _ values: [SQLValue]) async throws {
        try await withCheckedThrowingContinuation { caller in
            switch queue.offer(Work(statement: statement, values: values, caller: caller)) {
            case .accepted: break
            case .full: caller.resume(throwing: DatabaseError.tooMuchWaits)
            case .closed: caller.resume(throwing: DatabaseError.closed)
            }
        }
    }

    /// Stores what waits, then closes the connection.
    func close() async {
        queue.close()
        await ended.wait()
    }
}

/// What the intake's thread works with.
private final class IntakeThread {
    private let address: MariaDBAddress
    private let configuration: DatabaseConfiguration
    private let health: DatabaseHealth
    private var connection: MariaDBConnection?

    init(address: MariaDBAddress, configuration: DatabaseConfiguration, health: DatabaseHealth) {
        self.address = address
        self.configuration = configuration
        self.health = health
    }

    /// - Returns: For each row, why it is not stored, or `nil`.
    func insert(_ rows: [[SQLValue]], _ statement: IntakeStatement) -> [DatabaseError?] {
        var failures: [DatabaseError?] = []
        var rest = rows[...]
        while !rest.isEmpty {
            // At least one row, and no more than the server's `max_allowed_packet` (16 MiB by default) surely takes.
            var bytes = 0
            let part = rest.prefix { row in
                defer { bytes += IntakeStatement.bytes(of: row) }
                return bytes < 2 << 20
            }
            rest = rest.dropFirst(part.count)
            failures += insertTogether(Array(part), statement)
        }
        return failures
    }

    private func insertTogether(_ rows: [[SQLValue]], _ statement: IntakeStatement) -> [DatabaseError?] {
        let failure = send(rows, statement)
        switch failure?.kind {
        case nil: return rows.map { _ in nil }
        case .unavailable, .lostAnswer, .corrupt: return rows.map { _ in failure }
        case .busy, .duplicate, .constraint, .other:
            // One row's fault is not its neighbours'.
            return rows.count == 1 ? [failure] : rows.map { send([$0], statement) }
        }
    }

    private func send(_ rows: [[SQLValue]], _ statement: IntakeStatement) -> DatabaseError? {
        var isLost = false
        for attempt in 1...configuration.attempts {
            do throws(DatabaseError) {
                try health.check()
                let connection = try connected()
                try connection.execute(statement.mariaDB, together: rows)
                return nil
            } catch {
                health.note(error)
                isLost = isLost || error.meansLostConnection
                // Storing the same rows twice is harmless: the second time they are duplicates.
                if error.isWorthRepeating, attempt < configuration.attempts { continue }
                guard isLost else { return error }
                return DatabaseError(.lostAnswer, code: error.code, error.message, sql: error.sql)
            }
        }
        return nil
    }

    private func connected() throws(DatabaseError) -> MariaDBConnection {
        if let connection, !connection.isLost { return connection }
        connection = nil
        let new = try MariaDBConnection(address, configuration: configuration)
        connection = new
        return new
    }
}
