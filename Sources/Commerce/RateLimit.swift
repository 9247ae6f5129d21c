/// So many in so long, kept by the generic cell rate algorithm: after a burst of `count`, one more every
/// `seconds / count`.
package struct RateLimit: Hashable, Sendable, CustomStringConvertible {
    package let count: Int
    package let seconds: Int

    package init(count: Int, seconds: Int) {
        precondition(count > 0 && seconds > 0, "A rate limit needs a count and a time.")
        self.count = count
        self.seconds = seconds
    }

    /// Reads `4/10m`: a count, then a time in seconds, minutes, hours or days (`s`, `m`, `h`, `d`).
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let count = Int(parts[0]), let unit = parts[1].last,
            let number = Int(parts[1].dropLast()),
            let factor = ["s": 1, "m": 60, "h": 3_600, "d": 86_400][unit],
            (1...1_000_000).contains(count), (1...1_000_000).contains(number)
        else { return nil }
        self.init(count: count, seconds: number * factor)
    }

    package var description: String { "\(count)/\(seconds)s" }

    /// The answer for one more at `now`.
    package enum Decision: Hashable, Sendable {
        /// Allowed; store this as the new arrival time.
        case allowed(arrival: Timestamp)
        case refused(until: Timestamp)
    }

    /// - Parameter arrival: The stored theoretical arrival time, nil when nothing is stored.
    package func decide(at now: Timestamp, arrival: Timestamp?) -> Decision {
        let interval = Int64(seconds) * 1_000 / Int64(count)
        let tolerance = interval * Int64(count - 1)
        let expected = max(arrival ?? now, now)
        let earliest = expected.adding(milliseconds: -tolerance)
        return now >= earliest ? .allowed(arrival: expected.adding(milliseconds: interval)) : .refused(until: earliest)
    }
}
