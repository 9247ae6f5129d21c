/// The random id that a transaction leaves behind, so that a lost answer to its COMMIT can be found out (R7).
struct TransactionMarker {
    /// Markers are deleted after this time. No COMMIT is asked about for so long.
    private static let secondsKept = 3_600
    /// How many transactions a session runs between two sweeps, each of which deletes up to four times as many.
    static let transactionsBetweenSweeps = 256

    private let id = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))

    /// Rows are swept by `at`, milliseconds.
    static let createTable = """
        CREATE TABLE IF NOT EXISTS transaction_markers (
            id BINARY(16) NOT NULL PRIMARY KEY,
            at BIGINT NOT NULL,
            KEY transaction_markers_at (at)
        ) ENGINE = InnoDB
        """

    static let sweep = """
        DELETE FROM transaction_markers WHERE at < (UNIX_TIMESTAMP() - \(secondsKept)) * 1000
        ORDER BY at LIMIT \(4 * transactionsBetweenSweeps)
        """

    /// Two statements in one round trip. When the first fails the second does not run.
    var insertAndCommit: String { "\(insert); COMMIT" }

    /// Whether the transaction with this marker was committed, on a new connection.
    ///
    /// Looking for the marker would not be enough: the lost COMMIT may still be running. So the same marker is inserted
    /// again. If the transaction was committed, that is a duplicate. If it is still open, the insert waits for its end.
    /// If it succeeds, the lost transaction was not committed, and never can be: its own insert would be the duplicate.
    func wasCommitted(_ connection: MariaDBConnection) throws(DatabaseError) -> Bool {
        do {
            // On Galera: only after everything that other nodes have committed. The variable is known to all builds of
            // MariaDB for Linux.
            try connection.run("SET SESSION wsrep_sync_wait = 7; \(insert); SET SESSION wsrep_sync_wait = 0")
            return false
        } catch where error.kind == .duplicate {
            return true
        }
    }

    /// The id is made of hexadecimal digits by us, so it need not be bound.
    private var insert: String {
        let digits = [id.0, id.1].map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        return "INSERT INTO transaction_markers (id, at) VALUES (x'\(digits.joined())', UNIX_TIMESTAMP() * 1000)"
    }
}
