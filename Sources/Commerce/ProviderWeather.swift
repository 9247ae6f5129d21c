import PaymentKit

/// How a provider has done lately, by what became of its prompts: whether a shopper should be warned, and the shop be
/// told.
package struct ProviderWeather: Hashable, Sendable {
    /// Seconds back over which prompts count.
    package static let windowSeconds = 900
    /// Seconds back over which the alarm counts.
    package static let alarmSeconds = 600
    /// Fewer prompts say nothing about a provider.
    private static let fewest = 10
    private static let fewestForAlarm = 30

    /// One prompt as it is known now.
    package struct Prompt: Hashable, Sendable {
        package let state: Attempt.State
        package let startedAt: Timestamp
        package let sentAt, closedAt: Timestamp?
        package init(state: Attempt.State, startedAt: Timestamp, sentAt: Timestamp?, closedAt: Timestamp?) {
            self.state = state
            self.startedAt = startedAt
            self.sentAt = sentAt
            self.closedAt = closedAt
        }
    }

    /// Prompts whose fate is decided, or whose life is over without news.
    package let prompts: Int
    package let paid: Int
    /// Prompts that never came to an answer of a person's: not delivered, not answered, or without any news.
    package let unanswered: Int
    /// Of these, prompts of which the provider says nothing, although it is asked.
    package let silent: Int
    /// The median time from a prompt to its end, of those that a person answered; nil when there are none.
    package let medianSeconds: Int?
    /// Whether more than 70 of 100 of at least 30 prompts of the last ten minutes were not answered.
    package let isAlarming: Bool

    /// - Parameters:
    ///   - prompts: Of one provider, all of the window.
    ///   - promptSeconds: How long a prompt lives.
    package init(_ prompts: [Prompt], promptSeconds: Int, at now: Timestamp) {
        let judged = prompts.compactMap { prompt in Fate(prompt, promptSeconds, now).map { (prompt, $0) } }
        self.prompts = judged.count
        paid = judged.count { $0.1 == .paid }
        silent = judged.count { $0.1 == .silent }
        unanswered = judged.count { $0.1 == .unanswered || $0.1 == .silent }
        let times = judged.compactMap { prompt, fate in
            fate == .paid || fate == .answered
                ? prompt.closedAt.map { $0.seconds(since: prompt.sentAt ?? prompt.startedAt) } : nil
        }.sorted()
        medianSeconds = times.isEmpty ? nil : times[times.count / 2]
        let recent = judged.filter { $0.0.startedAt > now.adding(seconds: -Self.alarmSeconds) }
        let quiet = recent.count { $0.1 == .unanswered || $0.1 == .silent }
        isAlarming = recent.count >= Self.fewestForAlarm && quiet * 100 > recent.count * 70
    }

    /// Whether a shopper should know before a prompt is sent: four of ten or more got no answer.
    package var isBad: Bool { prompts >= Self.fewest && unanswered * 10 >= prompts * 4 }

    /// `4` and `10` for "4 of 10", whatever the number of prompts.
    package var unansweredOfTen: Int { prompts == 0 ? 0 : (unanswered * 20 + prompts) / (prompts * 2) }

    private enum Fate {
        case paid, answered, unanswered, silent

        /// Nil while it is too early to say, and for what says nothing about the provider.
        init?(_ prompt: Prompt, _ promptSeconds: Int, _ now: Timestamp) {
            switch prompt.state {
            case .pending: return nil
            case .paid: self = .paid
            case .unknown, .promptSent:
                guard now >= prompt.startedAt.adding(seconds: promptSeconds) else { return nil }
                self = .silent
            case .refused(let decline), .expired(let decline), .cancelled(let decline), .failed(let decline):
                switch decline.reason {
                case .cancelledByPayer, .wrongPIN, .insufficientFunds, .payerBusy, .limitExceeded, .notPermitted,
                    .invalidAccount, .suspectedFraud:
                    self = .answered
                case .payerDidNotAnswer, .payerUnreachable: self = .unanswered
                case .expired: self = decline.code == "deadline" ? .silent : .unanswered
                // Not sent because the line was long, or refused by the shop's own settings.
                case .providerBusy, .misconfigured, .other: return nil
                }
            }
        }
    }
}
