/// The limits of one open database. The defaults suit a shop; tests make them small.
package struct DatabaseConfiguration: Sendable {
    /// Connections at most: MariaDB's for transactions and reads (the intake has one more), SQLite's for reads (the
    /// writer has one more).
    package var connections = 8
    /// Transactions that may wait; the next one fails as ``DatabaseError/Kind/busy``.
    package var queueLimit = 4096
    /// Transactions that share one commit on SQLite.
    package var transactionsPerCommit = 128
    /// Rows of one intake statement on MariaDB.
    package var rowsPerInsert = 200
    /// Prepared statements kept per connection.
    package var statements = 256
    /// How often a transaction is tried in all when it conflicts with others.
    package var attempts = 8
    /// Seconds that SQLite waits for another process's transaction, and MariaDB for another's row.
    package var lockTimeoutSeconds = 5
    /// Seconds to connect to MariaDB.
    package var connectTimeoutSeconds = 5
    /// Seconds without a byte from or to MariaDB after which a connection counts as lost.
    package var silenceTimeoutSeconds = 30
    /// Paces the attempts.
    package var clock: any Clock<Duration> = ContinuousClock()
    /// Called once, on any thread, when the database breaks (``SQLDatabase/isBroken``): stop payments, keep spooling
    /// callbacks, exit.
    package var onBroken: @Sendable (DatabaseError) -> Void = { _ in }

    package init() {}
}
