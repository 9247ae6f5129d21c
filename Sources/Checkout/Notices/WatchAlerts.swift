import Commerce
import Database
import Logging
import PaymentKit
import Storage

extension Shop {
    /// What is wrong with the shop just now, the oldest first; each closes itself when it is over.
    package func openAlerts() async throws -> [Alert] { try await database.read { try $0.openAlerts() } }

    /// Seconds within which an alert that comes back is not told anew, if it was told.
    private static let reopenSeconds = 1_800

    /// Judges the figures, opens and closes alerts, and writes to the owner once for each opening.
    package func watchAlerts(_ rules: AlertRules) async throws {
        let now = now()
        let figures = try await alertFigures(for: rules)
        let known = try await database.read { try $0.openAlerts() }
        let open = Set(known.map { AlertRules.name($0.kind, $0.subject) })
        let found = rules.findings(figures, open: open)
        let over = known.filter { alert in !found.contains { $0.kind == alert.kind && $0.subject == alert.subject } }
        guard !found.isEmpty || !over.isEmpty else { return }
        let voice = self.rules.voice
        let news = try await database.transaction { [vault] transaction -> [Alert] in
            let books = SQLBooks(transaction: transaction, vault: vault, now: now)
            for alert in over { _ = try transaction.closeAlert(alert.kind, subject: alert.subject, at: now) }
            return try found.compactMap { finding in
                let alert = Alert(finding.kind, finding.subject, finding.detail, openedAt: now)
                let closedAt = try transaction.alertClosedAt(alert.kind, subject: alert.subject)
                guard try transaction.openAlert(alert) else { return nil }
                let name = AlertRules.name(alert.kind, alert.subject)
                // Told lately, unless it was over when its message could have gone.
                if let closedAt, now < closedAt.adding(seconds: Self.reopenSeconds),
                    try !transaction.wasLastOvertaken(.alert, about: name)
                {
                    return alert
                }
                try books.tellOwner(
                    .alert, about: name, "\(now.milliseconds)",
                    "\(alert.kind.rawValue) \(alert.subject)\n\(alert.detail[voice.ownerLanguage])", in: voice)
                return alert
            }
        }
        for alert in news {
            log.error(
                "Something is wrong",
                metadata: [
                    "alert": "\(alert.kind.rawValue)", "about": "\(alert.subject)",
                    "figures": "\(alert.detail.english)",
                ])
        }
        for alert in over {
            log.notice("An alert is over", metadata: ["alert": "\(alert.kind.rawValue)", "about": "\(alert.subject)"])
        }
    }

    /// Counts what alerts are judged by.
    func alertFigures(for rules: AlertRules) async throws -> AlertFigures {
        let now = now()
        let weather = Dictionary(
            try await allWeather().map { ($0.provider, $0.weather) }, uniquingKeysWith: { first, _ in first })
        let names = providers.map(\.name)
        let accounts = settled.now.ways.compactMap(\.account)
        let seconds = self.rules.attemptSeconds
        return try await database.read { reading in
            var figures = AlertFigures()
            figures.jobDelaySeconds = try reading.jobDelaySeconds(at: now)
            let hour = now.adding(seconds: -3_600)
            let day = now.adding(seconds: -86_400)
            let week = now.adding(seconds: -8 * 86_400)
            for name in names {
                var one = AlertFigures.Provider(name: name)
                (one.paid, one.paidByCallback) = try reading.paymentsReported(
                    by: name, since: day, atMost: rules.paidForSilence)
                // Prompts that may still be alive say nothing yet.
                (one.prompts, one.promptsPaid) = try reading.promptsDecided(
                    by: name, from: hour, to: now.adding(seconds: -seconds))
                (one.weekPrompts, one.weekPromptsPaid) = try reading.promptsDecided(by: name, from: week, to: hour)
                one.isUnanswered = weather[name]?.isAlarming ?? false
                if let account = accounts.first(where: { $0.instance == name }) {
                    one.tokenFailures = try reading.tokenFailures(of: account)
                }
                one.clockAheadSeconds = Self.clockAhead(
                    try reading.recordingDelays(of: name, since: day, atMost: 20))
                figures.providers.append(one)
            }
            for channel in Notice.Channel.allCases {
                var one = AlertFigures.Channel(name: channel.rawValue)
                let known = try reading.noticeFigures(channel, since: day)
                (one.failed, one.unclear) = (known.failed, known.unclear)
                one.stuckSeconds = known.stuckSince.map { max(0, now.seconds(since: $0)) } ?? 0
                figures.channels.append(one)
            }
            for receiver in try reading.webhookReceivers() {
                var one = AlertFigures.Receiver(name: receiver.name)
                let known = try reading.webhookFigures(of: receiver.id, since: day)
                one.failed = known.failed
                one.stuckSeconds = known.stuckSince.map { max(0, now.seconds(since: $0)) } ?? 0
                figures.receivers.append(one)
            }
            return figures
        }
    }

    /// How far our clock is ahead of a provider's at least, by the times between its payments and our hearing of them:
    /// news may be late, but never early.
    private static func clockAhead(_ delays: [Int64]) -> Int? {
        guard delays.count >= 5, let least = delays.min() else { return nil }
        return Int(least / 1_000)
    }
}

extension SQLBooks {
    /// Writes a letter to the owner when a provider's list and the books differ: at most one a day for each provider.
    func tellMismatch(_ difference: Reconciliation, of provider: String, in voice: ShopVoice) throws {
        guard !difference.agrees else { return }
        let day = now.eastAfrica.isoDate
        let summary = difference.summary(in: voice.ownerLanguage)
        try tellOwner(.mismatch, about: "reconciliation \(provider)", day, "\(provider)\n\(summary)", in: voice)
    }
}

extension Reconciliation {
    /// What differs, one short line each, without receipts or people.
    fileprivate func summary(in language: Language) -> String {
        let lines = [
            (
                Words(
                    english: "in the provider's list and not in the books",
                    swahili: "kwenye orodha ya mtoa huduma na si vitabuni"), theirsNotOurs.count
            ),
            (
                Words(
                    english: "in the books and not in the provider's list",
                    swahili: "vitabuni na si kwenye orodha ya mtoa huduma"), oursNotTheirs.count
            ),
            (Words(english: "in the books without a receipt", swahili: "vitabuni bila risiti"), receiptsOwed.count),
            (
                Words(english: "sent back and not by this shop", swahili: "zimerudishwa na si duka hili"),
                returnsNotOurs.count
            ),
            (
                Words(english: "the same money under two amounts", swahili: "pesa zilezile kwa viasi viwili"),
                contradictions.count
            ),
        ]
        return lines.filter { $0.1 > 0 }.map { "\($0.1) \($0.0[language])" }.joined(separator: "\n")
    }
}
