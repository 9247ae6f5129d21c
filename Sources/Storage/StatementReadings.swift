import Commerce
import Database
import PaymentKit

/// How far a provider's own list has been read, and who reads it.
package struct StatementReading: Hashable, Sendable {
    package let instance: String
    /// Everything before this was read.
    package var readUntil: Timestamp
    /// When the list was last read as far back as it reaches.
    package var readWholeAt: Timestamp
    package var nextAt: Timestamp
    /// Grows with each claim (I29).
    package internal(set) var generation: Int64
    package var failures: Int
}

extension SQLReading {
    /// Lists whose time has come and that nobody reads.
    package func dueStatements(at now: Timestamp) throws -> [StatementReading] {
        try query(
            """
            SELECT instance, read_until, read_whole_at, next_at, generation, failures FROM statement_readings
            WHERE next_at <= \(now.milliseconds) AND lease_until <= \(now.milliseconds) ORDER BY next_at
            """
        ).map(Self.reading)
    }

    /// How far a provider's list was read; nil when it is not read at all.
    package func statementReading(_ instance: String) throws -> StatementReading? {
        try first(
            """
            SELECT instance, read_until, read_whole_at, next_at, generation, failures FROM statement_readings
            WHERE instance = \(instance)
            """
        ).map(Self.reading)
    }

    private static func reading(_ row: Row) throws -> StatementReading {
        StatementReading(
            instance: try row.text(0), readUntil: Timestamp(milliseconds: try row.int64(1)),
            readWholeAt: Timestamp(milliseconds: try row.int64(2)),
            nextAt: Timestamp(milliseconds: try row.int64(3)), generation: try row.int64(4), failures: try row.int(5))
    }
}

extension Transaction {
    /// Begins to read a provider's list from now on; nothing when it is read already.
    package func watchStatement(of instance: String, at now: Timestamp) throws {
        _ = try insertIfNew(
            """
            INSERT INTO statement_readings (instance, read_until, read_whole_at, next_at, lease_until, generation,
                failures)
            VALUES (\(instance), \(now.milliseconds), 0, \(now.milliseconds), 0, 0, 0)
            """)
    }

    /// Has a provider's list read as soon as possible.
    package func readStatementSoon(of instance: String, at now: Timestamp) throws {
        try execute(
            """
            UPDATE statement_readings SET next_at = \(now.milliseconds)
            WHERE instance = \(instance) AND next_at > \(now.milliseconds)
            """)
    }

    /// Takes a list for `seconds`; nil when somebody else has it.
    package func claim(_ reading: StatementReading, forSeconds seconds: Int, at now: Timestamp) throws
        -> StatementReading?
    {
        let changed = try execute(
            """
            UPDATE statement_readings SET generation = generation + 1,
                lease_until = \(now.adding(seconds: seconds).milliseconds)
            WHERE instance = \(reading.instance) AND generation = \(reading.generation)
            """)
        guard changed == 1 else { return nil }
        var claimed = reading
        claimed.generation += 1
        return claimed
    }

    /// Saves how far a claimed list was read, and lets go of it; nothing when the claim was lost.
    package func finish(_ reading: StatementReading) throws {
        try execute(
            """
            UPDATE statement_readings SET read_until = \(reading.readUntil.milliseconds),
                read_whole_at = \(reading.readWholeAt.milliseconds), next_at = \(reading.nextAt.milliseconds),
                failures = \(reading.failures), lease_until = 0
            WHERE instance = \(reading.instance) AND generation = \(reading.generation)
            """)
    }
}
