import Blocking

/// A MariaDB connection on a thread of its own: the calls wait in C, so they never run on Swift's threads.
actor MariaDBSession {
    private nonisolated let executor: BlockingExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    private let address: MariaDBAddress
    private let configuration: DatabaseConfiguration
    private let health: DatabaseHealth
    private var connection: MariaDBConnection?
    private var transactionsSinceSweep = 0

    init(number: Int, address: MariaDBAddress, configuration: DatabaseConfiguration, health: DatabaseHealth) {
        executor = BlockingExecutor(label: "duka.mariadb.\(number)")
        self.address = address
        self.configuration = configuration
        self.health = health
    }

    /// Runs `body` and commits.
    ///
    /// - Parameter hasMarker: Whether the transaction leaves its id in `transaction_markers`, by which a lost answer to
    ///   COMMIT is found out (R7). Without one it is reported as ``DatabaseError/Kind/lostAnswer``.
    func transaction<Result: Sendable>(
        hasMarker: Bool, _ body: @Sendable (Transaction) throws -> Result
    ) throws -> Result {
        try health.check()
        return try withConnection { connection in
            do {
                try connection.commitEachStatement(false)
                let result = try body(Transaction(connection: connection))
                try connection.checkUnspoilt()
                guard connection.hasWritten else {
                    connection.rollBack()
                    return result
                }
                if hasMarker {
                    try commit(connection, marker: TransactionMarker())
                } else {
                    try commit(connection)
                }
                return result
            } catch {
                health.note(error)
                connection.rollBack()
                throw error
            }
        }
    }

    /// Runs `body` outside a transaction, each statement for itself or, with a snapshot, all at one moment.
    func read<Result: Sendable>(
        snapshot: Bool, _ body: @Sendable (ReadTransaction) throws -> Result
    ) throws -> Result {
        try withConnection { connection in
            try connection.commitEachStatement(true)
            guard snapshot else { return try body(ReadTransaction(connection: connection)) }
            try connection.run(
                """
                SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
                START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY
                """)
            defer { connection.rollBack() }
            return try body(ReadTransaction(connection: connection))
        }
    }

    /// Closes the connection; the next use would open another.
    func close() {
        connection = nil
    }

    /// Runs `work`, and once more when the connection turns out to have been ended while nobody used it: after a
    /// restart of the server that is true of all of them, and no caller should have to try each.
    private func withConnection<Result>(_ work: (MariaDBConnection) throws -> Result) throws -> Result {
        let used = connection?.isLost == false ? connection : nil
        do {
            return try work(try connected())
        } catch let error as DatabaseError where error.isWorthRepeating && used?.isLost == true {
            return try work(try connected())
        }
    }

    private func connected() throws(DatabaseError) -> MariaDBConnection {
        if let connection, !connection.isLost { return connection }
        connection = nil
        let new = try MariaDBConnection(address, configuration: configuration)
        connection = new
        return new
    }

    private func commit(_ connection: MariaDBConnection) throws(DatabaseError) {
        do {
            try connection.run("COMMIT")
        } catch {
            guard error.meansLostConnection else { throw error }
            throw DatabaseError(.lostAnswer, code: error.code, error.message, sql: "COMMIT")
        }
    }

    private func commit(_ connection: MariaDBConnection, marker: TransactionMarker) throws(DatabaseError) {
        do {
            try connection.run(marker.insertAndCommit)
        } catch {
            // A Galera node that leaves its cluster (1047) may have committed as well.
            guard error.meansLostConnection || error.code == 1047 else { throw error }
            guard try wasCommitted(marker, after: error) else { throw error }  // to be run again from the start
        }
        sweep()
    }

    /// Finds out on a new connection what became of a transaction whose COMMIT was not answered.
    private func wasCommitted(
        _ marker: TransactionMarker, after loss: DatabaseError
    ) throws(DatabaseError) -> Bool {
        for _ in 1...configuration.attempts {
            do {
                let connection = try connected()
                try connection.commitEachStatement(true)
                return try marker.wasCommitted(connection)
            } catch {
                guard error.isWorthRepeating else { break }
            }
        }
        throw DatabaseError(.lostAnswer, code: loss.code, loss.message, sql: "COMMIT")
    }

    /// Deletes old markers now and then. It may fail: the next one deletes them.
    private func sweep() {
        transactionsSinceSweep += 1
        guard transactionsSinceSweep >= TransactionMarker.transactionsBetweenSweeps, let connection else { return }
        transactionsSinceSweep = 0
        do {
            try connection.commitEachStatement(true)
            try connection.run(TransactionMarker.sweep)
        } catch {
            if !connection.isLost { connection.rollBack() }
        }
    }
}
