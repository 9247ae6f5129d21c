import Commerce
import Database
import PaymentKit
import Storage

/// The shop's state in numbers, for operators.
package struct ShopFigures: Sendable {
    package var orders, attempts: [(name: String, count: Int64)]
    package var weather: [(provider: String, weather: ProviderWeather)]
    package var openReviews, waitingMessages, jobDelaySeconds, spooled, openAlerts: Int64
}

extension Shop {
    /// What an operator watches, counted now.
    package func figures() async throws -> ShopFigures {
        let now = now()
        let spooled = Int64(spool.waiting().count)
        let weather = try await allWeather()
        return try await database.read { transaction in
            ShopFigures(
                orders: try transaction.orderCounts(), attempts: try transaction.attemptCounts(),
                weather: weather,
                openReviews: Int64(try transaction.openReviewCount()),
                waitingMessages: Int64(try transaction.inboxCount(state: "new")),
                jobDelaySeconds: Int64(try transaction.jobDelaySeconds(at: now)), spooled: spooled,
                openAlerts: Int64(try transaction.openAlerts().count))
        }
    }

    /// All money that reached the shop, by its ledger.
    package func receivedTotal() async throws -> Money {
        Money(minor: try await database.read { try $0.balance(of: .providerClearing) }, .kes)
    }

    /// The age of the longest overdue job in seconds.
    package func jobDelaySeconds() async throws -> Int {
        let now = now()
        return try await database.read { try $0.jobDelaySeconds(at: now) }
    }

    /// Days that the owner's figures go back.
    private static let trendDays = 14
    /// Prompts that are looked at, the newest first: enough for two weeks of a busy shop.
    private static let trendPrompts = 20_000
    /// And messages, in the same way.
    private static let trendMessages = 20_000

    /// How the shop did over the last two weeks.
    package func trends() async throws -> ShopTrends {
        let now = now()
        let since = now.startOfDay.adding(seconds: -(Self.trendDays - 1) * 86_400)
        return try await database.read(snapshot: true) { reading in
            ShopTrends(
                days: Self.trendDays, until: now, sums: try reading.moneyByDay(since: since),
                charges: Dictionary(
                    try reading.chargesByDay(since: since).map { ($0.day, $0.sum) }, uniquingKeysWith: +),
                writeOffs: try reading.writeOffsByDay(since: since), orders: try reading.orderFunnel(since: since),
                prompts: try reading.recentPrompts(since: since, atMost: Self.trendPrompts).values.flatMap { $0 },
                lags: try reading.messageLags(since: since, atMost: Self.trendMessages))
        }
    }
}
