import PaymentKit

/// How the shop did over some days, for its owner.
package struct ShopTrends: Sendable {
    /// One day in East Africa.
    package struct Day: Hashable, Sendable {
        /// Midnight at its start.
        package let start: Timestamp
        /// What reached the shop, and what went back, on that day.
        package let received, returned: Money
        /// What providers took for movements of that day, as far as they have told.
        package let charged: Money
        /// What was given up on that day and has not come since: never part of what was received.
        package let writtenOff: Money
    }

    /// How long the messages of a day waited to be recorded, in milliseconds: half of them, 95 of 100, and the slowest.
    package struct Lag: Hashable, Sendable {
        package let start: Timestamp
        package let count: Int
        package let half, most, longest: Int64
    }

    /// Every day, the oldest first, those without money too.
    package let days: [Day]
    /// Orders that were placed; for which somebody was prompted; that are paid.
    package let placed, prompted, paid: Int
    package let prompts, promptsPaid: Int
    /// Why prompts were not paid, the commonest first.
    package let reasons: [(reason: Decline.Reason, count: Int)]
    /// From a prompt to its payment: half of them were as quick, and 95 of 100; nil when there were none.
    package let secondsToPaid: (half: Int, most: Int)?
    /// Of the days on which messages came, the oldest first; and of all of them together.
    package let lags: [Lag]
    package let lag: Lag?

    /// - Parameters:
    ///   - sums: What came and what went back, by the start of its day.
    ///   - charges: What providers took, by the start of its day.
    ///   - writeOffs: What was given up, by the start of its day.
    ///   - orders: Placed, prompted, paid.
    ///   - lags: Of each message, when it came and how long it waited.
    package init(
        days count: Int, until now: Timestamp, sums: [Timestamp: (received: Int64, returned: Int64)],
        charges: [Timestamp: Int64] = [:], writeOffs: [Timestamp: Int64] = [:],
        orders: (placed: Int, prompted: Int, paid: Int),
        prompts facts: [ProviderWeather.Prompt], lags waits: [(at: Timestamp, milliseconds: Int64)] = []
    ) {
        days = (0..<count).reversed().map { back in
            let start = now.startOfDay.adding(seconds: -back * 86_400)
            let sum = sums[start] ?? (0, 0)
            return Day(
                start: start, received: Money(minor: sum.received, .kes), returned: Money(minor: sum.returned, .kes),
                charged: Money(minor: charges[start] ?? 0, .kes),
                writtenOff: Money(minor: writeOffs[start] ?? 0, .kes))
        }
        (placed, prompted, paid) = orders
        prompts = facts.count
        let settled = facts.filter { $0.state == .paid }
        promptsPaid = settled.count
        var counts: [Decline.Reason: Int] = [:]
        for fact in facts { if let reason = fact.state.decline?.reason { counts[reason, default: 0] += 1 } }
        reasons = counts.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }.map { ($0.key, $0.value) }
        let times = settled.compactMap { fact in
            fact.closedAt.map { max(0, $0.seconds(since: fact.sentAt ?? fact.startedAt)) }
        }.sorted()
        secondsToPaid = Self.percentiles(times)
        lags = Dictionary(grouping: waits) { $0.at.startOfDay }.sorted { $0.key < $1.key }.compactMap { day, waits in
            Self.lag(waits.map(\.milliseconds), from: day)
        }
        lag = days.first.flatMap { Self.lag(waits.map(\.milliseconds), from: $0.start) }
    }

    private static func lag(_ milliseconds: [Int64], from start: Timestamp) -> Lag? {
        let sorted = milliseconds.sorted()
        guard let (half, most) = percentiles(sorted), let longest = sorted.last else { return nil }
        return Lag(start: start, count: sorted.count, half: half, most: most, longest: longest)
    }

    /// What half of them do not exceed, and what 95 of 100 do not; nil when there are none.
    private static func percentiles<Value>(_ sorted: [Value]) -> (half: Value, most: Value)? {
        sorted.isEmpty ? nil : (sorted[(sorted.count - 1) / 2], sorted[(sorted.count - 1) * 95 / 100])
    }
}

extension Timestamp {
    /// Midnight in East Africa before this moment, or at it.
    package var startOfDay: Timestamp {
        let day: Int64 = 86_400_000
        let shifted = milliseconds + 3 * 3_600_000
        let remainder = shifted % day
        return Timestamp(milliseconds: milliseconds - (remainder < 0 ? remainder + day : remainder))
    }
}
