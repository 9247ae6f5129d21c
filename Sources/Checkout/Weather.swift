import Commerce
import Database
import Logging
import PaymentKit
import Storage
import Synchronization

/// How the providers did a moment ago: read from the database a few times a minute, not for every page.
final class RecentWeather: Sendable {
    private struct Known {
        var weather: [String: ProviderWeather]
        var readAt: Timestamp
    }
    private let known = Mutex<Known?>(nil)

    /// Not older than five seconds, else nil.
    func weather(at now: Timestamp) -> [String: ProviderWeather]? {
        known.withLock { known in
            guard let known, now >= known.readAt, now < known.readAt.adding(seconds: 5) else { return nil }
            return known.weather
        }
    }

    func keep(_ weather: [String: ProviderWeather], at now: Timestamp) {
        known.withLock { $0 = Known(weather: weather, readAt: now) }
    }
}

extension Shop {
    /// How a provider does just now, by the prompts of the last quarter of an hour of all nodes.
    package func weather(of provider: String) async throws -> ProviderWeather? {
        try await weatherByProvider()[provider]
    }

    /// How each of the shop's providers does just now.
    package func allWeather() async throws -> [(provider: String, weather: ProviderWeather)] {
        let known = try await weatherByProvider()
        return providers.compactMap { provider in known[provider.name].map { (provider.name, $0) } }
    }

    private func weatherByProvider() async throws -> [String: ProviderWeather] {
        let now = now()
        if let known = recentWeather.weather(at: now) { return known }
        let since = now.adding(seconds: -ProviderWeather.windowSeconds)
        let prompts = try await database.read { try $0.recentPrompts(since: since) }
        var weather: [String: ProviderWeather] = [:]
        for provider in providers {
            weather[provider.name] = ProviderWeather(
                prompts[provider.name] ?? [], promptSeconds: rules.promptSeconds, at: now)
        }
        recentWeather.keep(weather, at: now)
        return weather
    }

    /// Tells the shop when a provider stops answering, once, and when it is over.
    func watchWeather() async throws {
        let now = now()
        for (name, weather) in try await allWeather() {
            let isOpen = try await database.read { try $0.isReviewOpen("prompts_unanswered", subject: name) }
            guard weather.isAlarming != isOpen else { continue }
            // Told by the one that changed it, of all nodes that look at the same time.
            let isNews = try await database.transaction { transaction in
                guard try transaction.isReviewOpen("prompts_unanswered", subject: name) == isOpen else { return false }
                if weather.isAlarming {
                    try transaction.openReview(
                        "prompts_unanswered", subject: name, order: nil,
                        detail: "\(weather.unanswered) of \(weather.prompts) prompts were not answered", at: now)
                } else {
                    try transaction.closeReview("prompts_unanswered", subject: name, at: now)
                }
                return true
            }
            guard isNews else { continue }
            let figures: Logger.Metadata = [
                "provider": "\(name)", "prompts": "\(weather.prompts)", "unanswered": "\(weather.unanswered)",
            ]
            if weather.isAlarming {
                log.error("Most prompts of a provider are not answered", metadata: figures)
            } else {
                log.notice("A provider's prompts are answered again", metadata: figures)
            }
        }
    }

    /// How long an order placed now may wait for its money: twice as long while the provider does badly.
    func orderExpirySeconds(_ weather: ProviderWeather?) -> Int {
        weather?.isBad == true ? min(rules.orderExpirySeconds * 2, 72 * 3_600) : rules.orderExpirySeconds
    }
}
