import Commerce
import Database

extension SQLReading {
    /// How many orders stand in each status.
    package func orderCounts() throws -> [(name: String, count: Int64)] {
        try query("SELECT status, COUNT(*) FROM orders GROUP BY status ORDER BY status").map {
            (try $0.text(0), try $0.int64(1))
        }
    }

    /// How many attempts stand in each state.
    package func attemptCounts() throws -> [(name: String, count: Int64)] {
        try query("SELECT state, COUNT(*) FROM attempts GROUP BY state ORDER BY state").map {
            (try $0.text(0), try $0.int64(1))
        }
    }

    /// What came and what went back since a moment, by the start of its day in East Africa.
    package func moneyByDay(since: Timestamp) throws -> [Timestamp: (received: Int64, returned: Int64)] {
        var days: [Timestamp: (received: Int64, returned: Int64)] = [:]
        let received = try query(
            """
            SELECT (recorded_at + 10800000) - (recorded_at + 10800000) % 86400000 AS day, SUM(amount_minor)
            FROM captures WHERE recorded_at >= \(since.milliseconds) AND merged_into IS NULL GROUP BY day
            """)
        for row in received { days[try Self.day(row), default: (0, 0)].received += try Self.sum(row) }
        let returned = try query(
            """
            SELECT (closed_at + 10800000) - (closed_at + 10800000) % 86400000 AS day, SUM(amount_minor)
            FROM refunds WHERE state = 'succeeded' AND closed_at >= \(since.milliseconds) GROUP BY day
            """)
        for row in returned { days[try Self.day(row), default: (0, 0)].returned += try Self.sum(row) }
        return days
    }

    /// What was written off since a moment and has not come since, by the start of the day of that decision.
    package func writeOffsByDay(since: Timestamp) throws -> [Timestamp: Int64] {
        let rows = try query(
            """
            SELECT (written_off_at + 10800000) - (written_off_at + 10800000) % 86400000 AS day, SUM(written_off_minor)
            FROM orders WHERE written_off_at >= \(since.milliseconds) GROUP BY day
            """)
        return try rows.reduce(into: [:]) { $0[try Self.day($1)] = try Self.sum($1) }
    }

    static func day(_ row: Row) throws -> Timestamp {
        Timestamp(milliseconds: try row.int64(0) - 10_800_000)
    }

    /// MariaDB adds integers up to a decimal, which comes as text.
    static func sum(_ row: Row) throws -> Int64 {
        switch try row.value(1) {
        case .integer(let sum): return sum
        case .text(let text): if let sum = Int64(text) { return sum }
        case .blob, .null: break
        }
        throw CorruptRow(column: "sum", reason: "is no number")
    }

    /// Orders that were placed since a moment: all; those with a prompt; those that are paid.
    package func orderFunnel(since: Timestamp) throws -> (placed: Int, prompted: Int, paid: Int) {
        let from = since.milliseconds
        let placed = try first("SELECT COUNT(*) FROM orders WHERE placed_at >= \(from)")?.int(0) ?? 0
        let prompted = try first("SELECT COUNT(*) FROM orders WHERE placed_at >= \(from) AND attempts_made > 0")?.int(0)
        let paid = try first("SELECT COUNT(*) FROM orders WHERE placed_at >= \(from) AND paid_at IS NOT NULL")?.int(0)
        return (placed, prompted ?? 0, paid ?? 0)
    }
}
