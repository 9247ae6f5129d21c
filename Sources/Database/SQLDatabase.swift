import Synchronization

/// An open database, SQLite or MariaDB: asynchronous at the door, synchronous inside a transaction.
///
/// Close it with ``close()``; without, its threads end and its connections close when the last reference goes.
package final class SQLDatabase: Sendable {
    /// The two engines that every statement must work on.
    package enum Engine: String, Sendable, CaseIterable {
        case sqlite, mariaDB
    }

    /// The parts behind each engine's door.
    private enum Backend: Sendable {
        case sqlite(writer: SQLiteWriter, readers: SQLiteReaders)
        case mariaDB(pool: MariaDBPool, intakes: [MariaDBIntake])
    }

    package let engine: Engine
    /// Sentences on why a commit might not survive a power cut; empty when it does. `live` refuses to start with any
    /// (S32).
    package let durability: [String]
    private let backend: Backend
    /// Which intake is next.
    private let turns = Atomic<UInt>(0)
    private let health: DatabaseHealth
    private let configuration: DatabaseConfiguration

    /// Opens the database, creating SQLite's file and its folder when they are not there.
    ///
    /// - Throws: `unavailable` when it cannot be reached, `corrupt` when the file is no database.
    package static func open(
        _ location: DatabaseLocation, configuration: DatabaseConfiguration = DatabaseConfiguration()
    ) async throws(DatabaseError) -> SQLDatabase {
        let health = DatabaseHealth(onBroken: configuration.onBroken)
        switch location {
        case .sqlite(let path):
            let writer = try await SQLiteWriter.open(path: path, configuration: configuration, health: health)
            let readers = SQLiteReaders(path: path, configuration: configuration)
            return SQLDatabase(
                .sqlite, .sqlite(writer: writer, readers: readers),
                durability: SQLiteFile.durabilityProblems(of: path), health, configuration)
        case .mariaDB(let address):
            let pool = MariaDBPool(address: address, configuration: configuration, health: health)
            // Whoever uses the intake has somebody waiting for an answer, and another place to put the row.
            var impatient = configuration
            impatient.connectTimeoutSeconds = min(configuration.connectTimeoutSeconds, 2)
            impatient.silenceTimeoutSeconds = min(configuration.silenceTimeoutSeconds, 4)
            // Two, so that one gathers rows while the other waits for its commit.
            let intakes = (0..<2).map { _ in
                MariaDBIntake(address: address, configuration: impatient, health: health)
            }
            do {
                let problems = try await pool.withSession(for: .reading) { session in
                    try await session.read(snapshot: false, MariaDBDurability.problems)
                }
                return SQLDatabase(
                    .mariaDB, .mariaDB(pool: pool, intakes: intakes), durability: problems, health, configuration)
            } catch {
                await pool.close()
                throw error as? DatabaseError ?? DatabaseError(.other, "\(error)")
            }
        }
    }

    private init(
        _ engine: Engine, _ backend: Backend, durability: [String], _ health: DatabaseHealth,
        _ configuration: DatabaseConfiguration
    ) {
        self.engine = engine
        self.backend = backend
        self.durability = durability
        self.health = health
        self.configuration = configuration
    }

    /// Paces whoever waits for the database.
    var clock: any Clock<Duration> { configuration.clock }

    /// Whether reading, writing or syncing has failed or damage was found: all writes are refused as `corrupt` (R8).
    package var isBroken: Bool { health.isBroken }

    /// Runs `body` in a transaction and returns its result once the commit is durable. If `body` throws, nothing is
    /// kept.
    ///
    /// `body` is run again from the start, up to ``DatabaseConfiguration/attempts`` times in all, when it throws
    /// ``StaleWrite``, when it conflicts with others, and when the connection was lost before the commit. So it touches
    /// nothing but its transaction, and is quick: on SQLite everybody waits for it. Cancelling the task does not undo
    /// it.
    ///
    /// - Parameter hasMarker: On MariaDB, whether a lost answer to COMMIT can be found out (R7), by a row in
    ///   `transaction_markers`, which the ``Migrator`` creates. Without it the caller gets `lostAnswer`.
    @discardableResult
    package nonisolated(nonsending) func transaction<Result: Sendable>(
        hasMarker: Bool = true, _ body: @escaping @Sendable (Transaction) throws -> Result
    ) async throws -> Result {
        try await repeatingConflicts {
            switch backend {
            case .sqlite(let writer, _):
                try await writer.transaction(body)
            case .mariaDB(let pool, _):
                try await pool.withSession(for: .transaction) { session in
                    try await session.transaction(hasMarker: hasMarker, body)
                }
            }
        }
    }

    /// Runs `body`, which only reads.
    ///
    /// On SQLite it runs on the calling thread, without suspending, and sees one moment of the database. On MariaDB
    /// each query sees its own moment, unless `snapshot` asks for one for all; that costs two more round trips.
    package nonisolated(nonsending) func read<Result: Sendable>(
        snapshot: Bool = false, _ body: @escaping @Sendable (ReadTransaction) throws -> Result
    ) async throws -> Result {
        switch backend {
        case .sqlite(_, let readers):
            do {
                return try readers.read { try body(ReadTransaction(connection: $0)) }
            } catch {
                health.note(error)
                throw error
            }
        case .mariaDB(let pool, _):
            return try await repeatingConflicts {
                try await pool.withSession(for: .reading) { session in
                    try await session.read(snapshot: snapshot, body)
                }
            }
        }
    }

    /// Stores one row of a table with a unique key, and returns once that is durable; a row that is there already is
    /// left as it is. Rows that arrive together share a commit, so this is the fast way in for callbacks.
    ///
    /// - Throws: `lostAnswer` when MariaDB went away and the row may or may not be stored: storing it again is
    ///   harmless.
    package nonisolated(nonsending) func insertIgnoringDuplicates(
        into table: StaticString, columns: [StaticString], values: [SQLValue]
    ) async throws {
        precondition(columns.count == values.count, "\(columns.count) columns for \(values.count) values.")
        let statement = IntakeStatement(table: table, columns: columns)
        switch backend {
        case .sqlite(let writer, _):
            let sql = statement.sqlite(values)
            try await repeatingConflicts {
                _ = try await writer.transaction(isOneStatement: true) { try $0.execute(sql) }
            }
        case .mariaDB(_, let intakes):
            let turn = turns.wrappingAdd(1, ordering: .relaxed).oldValue
            try await intakes[Int(turn % UInt(intakes.count))].insert(statement, values)
        }
    }

    /// Moves all commits into SQLite's file and empties the log beside it, so that what they overwrote is nowhere any
    /// more: what is deleted in the file is overwritten with zeros. MariaDB keeps such things to itself.
    ///
    /// - Throws: `busy` when somebody reads for longer than ``DatabaseConfiguration/lockTimeoutSeconds``.
    package nonisolated(nonsending) func emptyLog() async throws {
        guard case .sqlite(let writer, _) = backend else { return }
        try await repeatingConflicts { try await writer.emptyLog() }
    }

    /// Commits what waits, then closes all connections. Later calls fail as `unavailable`.
    package func close() async {
        switch backend {
        case .sqlite(let writer, let readers):
            readers.close()
            await writer.close()
        case .mariaDB(let pool, let intakes):
            for intake in intakes { await intake.close() }
            await pool.close()
        }
    }

    /// The first repetition follows at once, later ones after a random pause that grows to a fifth of a second.
    private nonisolated(nonsending) func repeatingConflicts<Result>(
        _ operation: nonisolated(nonsending) () async throws -> Result
    ) async throws -> Result {
        var attempt = 1
        while true {
            do {
                return try await operation()
            } catch {
                let isWorthRepeating = error is StaleWrite || (error as? DatabaseError)?.isWorthRepeating == true
                guard isWorthRepeating, attempt < configuration.attempts else { throw error }
            }
            if attempt > 1 {
                try await configuration.clock.sleep(for: .microseconds(Int.random(in: 0...(1_500 << attempt))))
            }
            attempt += 1
        }
    }
}
