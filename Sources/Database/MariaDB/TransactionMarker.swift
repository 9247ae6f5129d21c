/// The random id that a transaction leaves behind, so that a lost answer to its COMMIT can be found out (R7).
struct TransactionMarker {
    /// Markers are deleted after this time. No COMMIT is asked about for so long.
    private static let secondsKept = 3_600
    /// How many transactions a session runs between two sweeps, each of which deletes up to four times as many.
    static let transactionsBetweenSweeps = 256

    private let id = (0..<16).map { _ in UInt8.random(in: .min ... .max) }

    /// A void marker says that the transaction was not committed and never will be. Rows are swept by `at`, in
    /// milliseconds.
    static let createTable = """
        CREATE TABLE IF NOT EXISTS transaction_markers (
            id BINARY(16) NOT NULL PRIMARY KEY,
            is_void BIGINT NOT NULL DEFAULT 0,
            at BIGINT NOT NULL,
            KEY transaction_markers_at (at)
        ) ENGINE = InnoDB
        """

    static let sweep = """
        DELETE FROM transaction_markers WHERE at < (UNIX_TIMESTAMP() - \(secondsKept)) * 1000
        ORDER BY at LIMIT \(4 * transactionsBetweenSweeps)
        """

    /// Two statements in one round trip. When the first fails the second does not run.
    var insertAndCommit: String { "\(insert(isVoid: false)); COMMIT" }

    /// Whether the transaction with this marker was committed, on a new connection.
    ///
    /// Looking for the marker would not be enough: the lost COMMIT may still be running. So the same marker is inserted
    /// again, as void. If the transaction was committed, that is a duplicate. If it is still open, the insert waits for
    /// its end. If it succeeds, the lost transaction was not committed, and never can be: its own insert would be the
    /// duplicate. What counts is the row that is there then, so asking twice (the answer to the insert may get lost as
    /// well) gives the same answer.
    func wasCommitted(_ connection: MariaDBConnection) throws(DatabaseError) -> Bool {
        // On Galera: only after everything that other nodes have committed. All builds for Linux know the variable.
        try connection.run("SET SESSION wsrep_sync_wait = 7")
        do {
            try connection.run(insert(isVoid: true))
        } catch {
            guard error.kind == .duplicate else { throw error }
        }
        let rows = try connection.query("SELECT is_void FROM transaction_markers WHERE id = \(id)", atMost: 1)
        // InnoDB shows a commit before its log is on the disk, so a server that dies now would still forget it. A
        // commit of our own writes the log to the disk up to here.
        try connection.run("UPDATE transaction_markers SET at = at + 1 WHERE id = \(literal)")
        try connection.run("SET SESSION wsrep_sync_wait = DEFAULT")
        guard let row = rows.first else { throw DatabaseError(.lostAnswer, "The transaction's marker is gone.") }
        return row.values == [.integer(0)]
    }

    /// The id is made of hexadecimal digits by us, so it need not be bound.
    private var literal: String { "x'\(id.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())'" }

    private func insert(isVoid: Bool) -> String {
        """
        INSERT INTO transaction_markers (id, is_void, at)
        VALUES (\(literal), \(isVoid ? 1 : 0), UNIX_TIMESTAMP() * 1000)
        """
    }
}
