/// A row of `schema_migrations`: what is known in the database about a migration.
struct MigrationRecord: Sendable {
    let number: Int
    let name: String
    let checksum: String
    /// How many of its statements have been run.
    let statementsDone: Int
    let isFinished: Bool

    /// `finished_at` is in milliseconds, NULL while the migration is not finished.
    static let createTable = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            number BIGINT NOT NULL PRIMARY KEY,
            name VARCHAR(200) NOT NULL,
            checksum VARCHAR(16) NOT NULL,
            statements_done BIGINT NOT NULL,
            finished_at BIGINT
        )
        """

    /// All records, in order; none when the table is not there.
    static func all(in transaction: some SQLReading, engine: SQLDatabase.Engine) throws -> [MigrationRecord] {
        let tables: SQL =
            switch engine {
            case .sqlite: "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'"
            case .mariaDB:
                """
                SELECT 1 FROM information_schema.tables
                WHERE table_schema = DATABASE() AND table_name = 'schema_migrations'
                """
            }
        guard try transaction.first(tables) != nil else { return [] }
        return try transaction.query(
            "SELECT number, name, checksum, statements_done, finished_at FROM schema_migrations ORDER BY number"
        ).map { row in
            try MigrationRecord(
                number: row.int("number"), name: row.text("name"), checksum: row.text("checksum"),
                statementsDone: row.int("statements_done"), isFinished: row.int64OrNil("finished_at") != nil)
        }
    }

    /// The migrations of `files` that are still to be run or finished, in order.
    ///
    /// - Throws: When the database and the files do not belong together.
    static func pending(
        _ records: [MigrationRecord], files: [Migration]
    ) throws(MigrationError) -> [Migration] {
        let files = files.sorted { $0.number < $1.number }
        for (file, next) in zip(files, files.dropFirst()) where file.number == next.number {
            throw MigrationError("Two migrations have the number \(file.number): \(file.name) and \(next.name).")
        }
        let newestFile = files.last?.number ?? 0
        let newestRecord = records.last?.number ?? 0
        guard newestRecord <= newestFile else {
            throw MigrationError(
                """
                The database was made by a newer version of Duka: its schema is \(newestRecord), this program knows up \
                to \(newestFile). Start the newer version, or restore the backup made before the upgrade.
                """)
        }
        for record in records {
            guard let file = files.first(where: { $0.number == record.number }) else {
                throw MigrationError(
                    "Migration \(record.number) (\(record.name)) was run on this database but is not in this program.")
            }
            guard file.checksum == record.checksum else {
                throw MigrationError(
                    """
                    Migration \(file.title) was changed after it was run (checksum \(file.checksum), in the database \
                    \(record.checksum)). Restore its text and make the change in a new migration.
                    """)
            }
        }
        let finished = Set(records.filter(\.isFinished).map(\.number))
        let pending = files.filter { !finished.contains($0.number) }
        let newestFinished = finished.max() ?? 0
        if let late = pending.first(where: { $0.number < newestFinished }) {
            throw MigrationError(
                "Migration \(late.title) came after \(newestFinished), which was run already. Give it a higher number.")
        }
        return pending
    }
}
