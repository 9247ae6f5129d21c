/// A call to the database that failed.
package struct DatabaseError: Error, Sendable, CustomStringConvertible {
    /// The few cases that callers tell apart.
    package enum Kind: Sendable, Hashable {
        /// Others were faster, or too much waits: nothing was changed, and later it may work.
        case busy
        /// A row with this key is there already.
        case duplicate
        /// The database refused a value: CHECK, NOT NULL, a foreign key, a length.
        case constraint
        /// The answer to COMMIT was lost and could not be found out: it may or may not have happened.
        case lostAnswer
        /// No connection, no room or no permission: nothing was changed.
        case unavailable
        /// Reading, writing or syncing failed, or the file is damaged: no further writes are accepted (R8).
        case corrupt
        /// Everything else; a mistake in a statement above all.
        case other
    }

    package let kind: Kind
    /// The library's own number: SQLite's extended result code, MariaDB's error number; 0 when it is ours.
    package let code: Int
    /// The library's own words, without bound values.
    package let message: String
    /// The statement, without values.
    package let sql: String?

    /// Whether the same transaction may be run again at once, because nothing of it was kept and nothing is wrong.
    let isWorthRepeating: Bool

    /// - Parameter repeatable: Whether to run the whole transaction again; by default when it was busy.
    init(_ kind: Kind, code: Int = 0, _ message: String, sql: String? = nil, repeatable: Bool? = nil) {
        self.kind = kind
        self.code = code
        self.message = message
        self.sql = sql
        isWorthRepeating = repeatable ?? (kind == .busy)
    }

    package var description: String {
        let place = sql.map { " in: \($0)" } ?? ""
        return code == 0 ? "\(message)\(place)" : "\(message) (\(code))\(place)"
    }

    static let closed = DatabaseError(.unavailable, "The database is closed.")
    static let tooMuchWaits = DatabaseError(.busy, "Too many transactions wait for the database.", repeatable: false)
}

/// Thrown inside a transaction when a row has moved on since it was read: nothing of the transaction is kept, and it is
/// run again from the start, up to ``DatabaseConfiguration/attempts`` times; then the caller gets this error.
package struct StaleWrite: Error, Sendable, Equatable {
    package init() {}
}
