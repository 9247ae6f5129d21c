internal import CSQLite

extension DatabaseError {
    /// Takes SQLite's words for what just failed on `database`. Its messages name tables and columns, never values.
    init(sqlite database: OpaquePointer?, code: Int32, sql: String?) {
        let words = unsafe database.map { unsafe String(cString: sqlite3_errmsg($0)) }
        let general = unsafe String(cString: sqlite3_errstr(code))
        self.init(Self.kind(ofSQLite: code), code: Int(code), words ?? general, sql: sql)
    }

    /// What an extended result code means; https://www.sqlite.org/rescode.html.
    static func kind(ofSQLite code: Int32) -> Kind {
        let uniqueKey: [Int32] = [2067, 1555, 2579]  // SQLITE_CONSTRAINT_UNIQUE, _PRIMARYKEY, _ROWID
        if uniqueKey.contains(code) { return .duplicate }
        if code == 3082 { return .unavailable }  // SQLITE_IOERR_NOMEM: memory, not the file
        switch code & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED: return .busy
        case SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_TOOBIG: return .constraint
        case SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB: return .corrupt
        case SQLITE_FULL, SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH, SQLITE_NOMEM: return .unavailable
        default: return .other
        }
    }
}
