import PaymentKit

/// How the shop did over some days, for its owner.
package struct ShopTrends: Sendable {
    /// One day in East Africa.
    package struct Day: Hashable, Sendable {
        /// Midnight at its start.
        package let start: Timestamp
        /// What reached the shop, and what went back, on that day.
        package let received, returned: Money
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

    /// - Parameters:
    ///   - sums: What came and what went back, by the start of its day.
    ///   - orders: Placed, prompted, paid.
    package init(
        days count: Int, until now: Timestamp, sums: [Timestamp: (received: Int64, returned: Int64)],
        orders: (placed: Int, prompted: Int, paid: Int), prompts facts: [ProviderWeather.Prompt]
    ) {
        days = (0..<count).reversed().map { back in
            let start = now.startOfDay.adding(seconds: -back * 86_400)
            let sum = sums[start] ?? (0, 0)
            return Day(
                start: start, received: Money(minor: sum.received, .kes), returned: Money(minor: sum.returned, .kes))
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
        secondsToPaid = times.isEmpty ? nil : (times[(times.count - 1) / 2], times[(times.count - 1) * 95 / 100])
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
