/// The right to migrate a MariaDB database, held by one process at a time: a row with an end that its holder moves on.
///
/// No server lock is used: those do not reach the other nodes of a cluster, and do not survive a lost connection.
struct MigrationLease {
    /// A process that is gone keeps the others waiting this long.
    private static let leaseSeconds = 60
    private static let renewSeconds = 15
    /// How long to wait for another process: its migrations may move much data.
    private static let waitSeconds = 900

    /// One row, number 1; `ends_at` in milliseconds of the database's clock.
    static let createTable = """
        CREATE TABLE IF NOT EXISTS schema_lease (
            number BIGINT NOT NULL PRIMARY KEY,
            holder VARCHAR(32) NOT NULL,
            ends_at BIGINT NOT NULL
        ) ENGINE = InnoDB
        """
    static let insertRow = """
        INSERT INTO schema_lease (number, holder, ends_at) VALUES (1, '', 0) ON DUPLICATE KEY UPDATE number = number
        """

    let database: SQLDatabase
    private let holder = String(UInt64.random(in: .min ... .max), radix: 16)

    init(database: SQLDatabase) {
        self.database = database
    }

    /// Waits for the lease, then runs `body` with the holder's name and keeps the lease meanwhile.
    func hold(report: (String) -> Void, _ body: (String) async throws -> Void) async throws {
        try await acquire(report: report)
        do {
            try await withThrowingTaskGroup { group in
                group.addTask {
                    while true {
                        try await database.clock.sleep(for: .seconds(Self.renewSeconds))
                        _ = try await take()
                    }
                }
                try await body(holder)
                group.cancelAll()
            }
        } catch {
            // The first error is the one that matters; the lease ends by itself.
            do { try await release() } catch {}
            throw error
        }
        try await release()
    }

    /// - Throws: When somebody else has taken the lease since, because this process was stopped for long.
    static func check(_ holder: String, _ transaction: Transaction) throws {
        let row = try transaction.first("SELECT holder FROM schema_lease WHERE number = 1")
        guard try row?.text("holder") == holder else {
            throw MigrationError("Another process has taken over the migration. Start again.")
        }
    }

    private func acquire(report: (String) -> Void) async throws {
        for waited in 0..<Self.waitSeconds * 5 {
            if try await take() { return }
            if waited == 0 { report("Another process is changing the schema; waiting for it.") }
            try await database.clock.sleep(for: .milliseconds(200))
        }
        throw MigrationError("Another process has been changing the schema for \(Self.waitSeconds) seconds.")
    }

    /// Takes the lease if it is free, or moves its end on.
    private func take() async throws -> Bool {
        let holder = holder
        return try await database.transaction(hasMarker: false) { transaction in
            try transaction.execute(
                """
                UPDATE schema_lease SET holder = \(holder), ends_at = (UNIX_TIMESTAMP() + \(Self.leaseSeconds)) * 1000
                WHERE number = 1 AND (holder = \(holder) OR ends_at < UNIX_TIMESTAMP() * 1000)
                """) == 1
        }
    }

    private func release() async throws {
        let holder = holder
        try await database.transaction(hasMarker: false) { transaction in
            try transaction.execute(
                "UPDATE schema_lease SET holder = '', ends_at = 0 WHERE number = 1 AND holder = \(holder)")
        }
    }
}
