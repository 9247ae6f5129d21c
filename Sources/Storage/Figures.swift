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
}
