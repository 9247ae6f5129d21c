internal import CSQLite

/// The C handle of one open database, closed when nobody uses it any more.
@safe final class SQLiteHandle {
    fileprivate(set) var pointer: OpaquePointer?

    fileprivate init(takingOwnership pointer: OpaquePointer?) {
        unsafe self.pointer = unsafe pointer
    }

    /// `close_v2` waits for statements that are still alive.
    deinit { unsafe sqlite3_close_v2(pointer) }
}

/// One connection to a SQLite file, with its prepared statements.
///
/// It is opened without SQLite's own mutex, so only one thread may use it at a time.
final class SQLiteConnection: SQLConnection, @unchecked Sendable {  // Its owner (writer, pool) lends it to one thread.
    private let handle: SQLiteHandle
    private var statements: StatementCache<SQLiteStatement>
    /// The failure after which nothing of the running transaction may be kept.
    private var spoiler: DatabaseError?

    /// What a connection is for.
    enum Use {
        /// Creates the file when it is not there.
        case writing
        /// Refuses every change.
        case reading
    }

    init(path: String, for use: Use, configuration: DatabaseConfiguration) throws(DatabaseError) {
        var pointer: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = unsafe sqlite3_open_v2(path, &pointer, flags, nil)
        handle = unsafe SQLiteHandle(takingOwnership: pointer)  // even when it failed
        statements = StatementCache(limit: configuration.statements)
        guard code == SQLITE_OK else { throw unsafe DatabaseError(sqlite: pointer, code: code, sql: nil) }
        unsafe sqlite3_busy_timeout(pointer, Int32(configuration.lockTimeoutSeconds * 1_000))
        try set("foreign_keys", "1", expecting: .integer(1))
        try set("trusted_schema", "0", expecting: .integer(0))
        try set("case_sensitive_like", "1", expecting: nil)  // as with MariaDB's binary collation
        try set("journal_mode", "WAL", expecting: .text("wal"))
        // FULL: a commit is on the disk before it is answered. In WAL mode SQLite's NORMAL would not sync at all.
        try set("synchronous", "2", expecting: .integer(2))
        switch use {
        case .writing:
            // What is deleted is gone from the file, also where people's data was moved from one page to another.
            try set("secure_delete", "1", expecting: .integer(1))
            try set("cache_size", "-16384", expecting: .integer(-16_384))
            try set("journal_size_limit", "67108864", expecting: .integer(67_108_864))
            // What a savepoint would undo stays in memory; else it is written to a temporary file for every
            // transaction.
            try set("temp_store", "2", expecting: .integer(2))
        case .reading:
            try set("cache_size", "-4096", expecting: .integer(-4_096))
            try set("query_only", "1", expecting: .integer(1))
        }
    }

    func execute(_ sql: SQL) throws(DatabaseError) -> Int {
        do {
            return try statement(sql.text).execute(sql.values)
        } catch {
            throw spoiling(error)
        }
    }

    func query(_ sql: SQL, atMost rows: Int) throws(DatabaseError) -> [Row] {
        do {
            return try statement(sql.text).query(sql.values, atMost: rows)
        } catch {
            throw spoiling(error)
        }
    }

    func run(_ text: String) throws(DatabaseError) {
        do {
            _ = try SQLiteStatement(text, on: handle, isKept: false).execute([])
        } catch {
            throw spoiling(error)
        }
    }

    /// Whether a transaction is open: after some failures SQLite has undone it by itself.
    var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle.pointer) == 0 }

    /// Starts a transaction or savepoint, commits it, or undoes it.
    func control(_ command: StaticString) throws(DatabaseError) {
        _ = try statement(command.description).execute([])
    }

    /// Undoes the open transaction, if there is one.
    func rollBack() {
        spoiler = nil
        guard isInTransaction else { return }
        // Nothing can be done about a failure, and the next BEGIN would report it.
        do { try control("ROLLBACK") } catch {}
    }

    /// Throws the failure that a body dropped although it undid more than its statement.
    func checkUnspoilt() throws(DatabaseError) {
        guard let error = spoiler else { return }
        spoiler = nil
        throw error
    }

    /// Ends the spoilt part: its savepoint was undone.
    func forgetSpoiler() {
        spoiler = nil
    }

    private func spoiling(_ error: DatabaseError) -> DatabaseError {
        switch error.kind {
        case .duplicate, .constraint, .other: break
        case .busy, .lostAnswer, .unavailable, .corrupt: spoiler = spoiler ?? error
        }
        return error
    }

    private func statement(_ text: String) throws(DatabaseError) -> SQLiteStatement {
        try statements.statement(for: text) { () throws(DatabaseError) in
            try SQLiteStatement(text, on: handle, isKept: true)
        }
    }

    private func set(_ pragma: String, _ value: String, expecting expected: SQLValue?) throws(DatabaseError) {
        try run("PRAGMA \(pragma) = \(value)")
        guard let expected else { return }  // it cannot be read back
        let found = try SQLiteStatement("PRAGMA \(pragma)", on: handle, isKept: false).query([], atMost: 1)
        guard found.first?.values == [expected] else {
            throw DatabaseError(.unavailable, "SQLite does not accept \(pragma) = \(value) for this file.")
        }
    }
}
