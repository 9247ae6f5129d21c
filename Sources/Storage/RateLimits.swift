import Commerce
import Database

extension Transaction {
    /// Counts one more under `name` if every limit allows it.
    ///
    /// Two at the same moment cannot both pass where one may: the row is changed by compare-and-set and the transaction
    /// run again. When a limit refuses, the caller rolls back, so nothing is counted.
    ///
    /// - Returns: Nil when allowed, else the earliest time at which it would be.
    package func count(_ name: String, _ limits: [RateLimit], at now: Timestamp) throws -> Timestamp? {
        for limit in limits {
            let key = "\(name) \(limit)"
            let stored = try first("SELECT arrival FROM rate_limits WHERE name = \(key)")
                .map { Timestamp(milliseconds: try $0.int64(0)) }
            switch limit.decide(at: now, arrival: stored) {
            case .refused(let until): return until
            case .allowed(let arrival): try setArrival(key, from: stored, to: arrival)
            }
        }
        return nil
    }

    /// Notes `name` until `end`.
    ///
    /// - Returns: Whether it was not noted already.
    package func note(_ name: String, until end: Timestamp, at now: Timestamp) throws -> Bool {
        let stored = try first("SELECT arrival FROM rate_limits WHERE name = \(name)")
            .map { Timestamp(milliseconds: try $0.int64(0)) }
        if let stored, stored > now { return false }
        try setArrival(name, from: stored, to: end)
        return true
    }

    private func setArrival(_ key: String, from stored: Timestamp?, to arrival: Timestamp) throws {
        if let stored {
            let changed = try execute(
                """
                UPDATE rate_limits SET arrival = \(arrival.milliseconds)
                WHERE name = \(key) AND arrival = \(stored.milliseconds)
                """)
            guard changed == 1 else { throw StaleWrite() }
        } else {
            let isNew = try insertIfNew(
                "INSERT INTO rate_limits (name, arrival) VALUES (\(key), \(arrival.milliseconds))")
            guard isNew else { throw StaleWrite() }
        }
    }

    /// Forgets counters that no longer say anything.
    package func forgetRateLimits(before now: Timestamp) throws {
        try execute("DELETE FROM rate_limits WHERE arrival < \(now.milliseconds)")
    }
}
