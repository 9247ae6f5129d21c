import Blocking

/// Brings a database's schema up to date.
///
/// On SQLite a migration is one transaction. MariaDB commits each change of a table by itself, so there the progress
/// is recorded statement by statement, and a migration that was cut off is continued where it stopped.
package struct Migrator {
    private let database: SQLDatabase
    private let files: [Migration]
    /// The statement that was tried last, as number and index: on MariaDB it may have been run although it failed.
    private let lastTried = Locked<(number: Int, index: Int)?>(nil)
    private let isResuming = Locked(true)

    /// Runs what is missing of `files`. Of two processes that do so at the same time one waits for the other.
    ///
    /// - Parameter report: Gets a sentence before each step.
    /// - Throws: ``MigrationError`` when files and database do not belong together, ``DatabaseError`` when a statement
    ///   fails.
    package static func run(
        on database: SQLDatabase, files: [Migration], report: (String) -> Void = { _ in }
    ) async throws {
        // Refuse before anything is changed.
        guard try await !pending(on: database, files: files).isEmpty else { return }
        let migrator = Migrator(database: database, files: files)
        switch database.engine {
        case .sqlite:
            try await database.transaction { try $0.connection.run(MigrationRecord.createTable) }
            try await migrator.runAll(holder: nil, report)
        case .mariaDB:
            try await migrator.prepareMariaDB()
            let lease = MigrationLease(database: database)
            try await lease.hold(report: report) { holder in
                try await migrator.runAll(holder: holder, report)
            }
        }
    }

    /// What ``run(on:files:report:)`` would run; nothing is changed.
    package static func pending(on database: SQLDatabase, files: [Migration]) async throws -> [Migration] {
        let engine = database.engine
        let records = try await database.read { try MigrationRecord.all(in: $0, engine: engine) }
        return try MigrationRecord.pending(records, files: files)
    }

    private init(database: SQLDatabase, files: [Migration]) {
        self.database = database
        self.files = files
    }

    private func runAll(holder: String?, _ report: (String) -> Void) async throws {
        var reported = 0
        while true {
            let step = try await database.transaction(hasMarker: false) { try runStep($0, holder: holder) }
            guard let step else { return }
            if step.number != reported { report("Migration \(step.title).") }
            reported = step.number
        }
    }

    /// Runs the next migration on SQLite, the next statement on MariaDB.
    ///
    /// - Returns: What was run; `nil` when nothing is missing.
    private func runStep(_ transaction: Transaction, holder: String?) throws -> Migration? {
        if let holder { try MigrationLease.check(holder, transaction) }
        let records = try MigrationRecord.all(in: transaction, engine: database.engine)
        guard let next = try MigrationRecord.pending(records, files: files).first else { return nil }
        let record = records.first { $0.number == next.number }
        let isResuming = isResuming.withLock { value in
            defer { value = false }
            return value && record != nil
        }
        if record == nil {
            try transaction.execute(
                """
                INSERT INTO schema_migrations (number, name, checksum, statements_done)
                VALUES (\(next.number), \(next.name), \(next.checksum), 0)
                """)
        }
        let statements = next.statements
        var done = record?.statementsDone ?? 0
        while done < statements.count {
            let mayHaveRun = isResuming || wasTried(next.number, done)
            try run(statements[done], transaction, mayHaveRun: mayHaveRun && database.engine == .mariaDB)
            done += 1
            if database.engine == .mariaDB { break }
        }
        let now: SQL = database.engine == .sqlite ? "unixepoch() * 1000" : "UNIX_TIMESTAMP() * 1000"
        try transaction.execute(
            """
            UPDATE schema_migrations SET statements_done = \(done), finished_at =
            \(done == statements.count ? now : "NULL") WHERE number = \(next.number)
            """)
        return next
    }

    private func run(_ statement: String, _ transaction: Transaction, mayHaveRun: Bool) throws(DatabaseError) {
        do {
            try transaction.connection.run(statement)
        } catch {
            // Table, column or key exists already; column or key, or table, is gone already.
            guard mayHaveRun, [1050, 1060, 1061, 1091, 1051].contains(error.code) else { throw error }
        }
    }

    private func wasTried(_ number: Int, _ index: Int) -> Bool {
        lastTried.withLock { last in
            defer { last = (number, index) }
            return last.map { $0 == (number, index) } ?? false
        }
    }

    /// The bookkeeping tables, and texts that compare by their bytes, as they do on SQLite.
    private func prepareMariaDB() async throws {
        let collation = try await database.read { try $0.first("SELECT @@collation_database AS name")?.text("name") }
        try await database.transaction(hasMarker: false) { transaction in
            let records = try MigrationRecord.all(in: transaction, engine: .mariaDB)
            if records.isEmpty, collation != "utf8mb4_nopad_bin" {
                try transaction.connection.run("ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin")
            }
            try transaction.connection.run(MigrationRecord.createTable)
            try transaction.connection.run(TransactionMarker.createTable)
            try transaction.connection.run(MigrationLease.createTable)
            try transaction.connection.run(MigrationLease.insertRow)
        }
    }
}
