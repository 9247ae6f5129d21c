/// Something that is wrong with the shop just now, and that its owner should hear of.
package struct Alert: Hashable, Sendable {
    /// What is wrong.
    package enum Kind: String, CaseIterable, Sendable {
        /// Payments are found by asking only: the provider's own messages do not arrive.
        case callbacksSilent = "callbacks_silent"
        /// Far fewer prompts are paid than in the week before.
        case successDropped = "success_dropped"
        /// Most prompts of the last minutes were not answered.
        case promptsUnanswered = "prompts_unanswered"
        /// Work that is due is not done.
        case jobsLate = "jobs_late"
        /// The provider gives no access token.
        case tokenFailing = "token_failing"
        /// This machine's clock and the provider's differ.
        case clockDrift = "clock_drift"
        /// Letters or SMS do not get away.
        case lettersFailing = "letters_failing"
        /// Another program does not take what it is told of orders.
        case webhooksFailing = "webhooks_failing"
    }

    package let kind: Kind
    /// The provider, channel or receiver that it is about; empty for the shop as a whole.
    package let subject: String
    /// The figures that it was raised for, in plain words.
    package let detail: Words
    package let openedAt: Timestamp

    package init(_ kind: Kind, _ subject: String, _ detail: Words, openedAt: Timestamp) {
        self.kind = kind
        self.subject = subject
        self.detail = detail
        self.openedAt = openedAt
    }
}

/// What alerts are judged by: counted from the database, the same for all nodes.
package struct AlertFigures: Hashable, Sendable {
    /// One provider's part.
    package struct Provider: Hashable, Sendable {
        package var name: String
        /// The newest payments of the last day, as many as ``AlertRules/paidForSilence``, and how many of them the
        /// provider reported by itself.
        package var paid = 0, paidByCallback = 0
        /// Prompts of the last hour that are decided, and how many of them were paid; the same for the week before it.
        package var prompts = 0, promptsPaid = 0, weekPrompts = 0, weekPromptsPaid = 0
        package var isUnanswered = false
        /// Fetches of an access token that failed, one after the other.
        package var tokenFailures = 0
        /// Seconds that our clock is ahead of the provider's at least; below zero when it is behind. Nil when too
        /// little is known.
        package var clockAheadSeconds: Int?
        package init(name: String) { self.name = name }
    }
    /// One channel's part.
    package struct Channel: Hashable, Sendable {
        package var name: String
        /// Of the last day.
        package var failed = 0, unclear = 0
        /// The age of the oldest one that was refused for now.
        package var stuckSeconds = 0
        package init(name: String) { self.name = name }
    }
    /// One other program's part.
    package struct Receiver: Hashable, Sendable {
        package var name: String
        /// Messages that were given up in the last day.
        package var failed = 0
        /// The age of the oldest one that it did not take.
        package var stuckSeconds = 0
        package init(name: String) { self.name = name }

        fileprivate var detail: Words {
            Words(
                english: "\(failed) given up in a day; the oldest waits for \(stuckSeconds) seconds",
                swahili: "\(failed) zimeachwa kwa siku moja; ya zamani zaidi inasubiri kwa sekunde \(stuckSeconds)")
        }
    }
    package var providers: [Provider] = []
    package var channels: [Channel] = []
    package var receivers: [Receiver] = []
    /// The age of the longest overdue job.
    package var jobDelaySeconds = 0
    package init() {}
}

/// When figures are an alert. Pure; an alert that is open stays so until its figures are clearly good again.
package struct AlertRules: Sendable {
    package var paidForSilence = 5
    package var promptsForDrop = 20
    package var weekPromptsForDrop = 100
    package var jobDelaySeconds = 120
    package var tokenFailures = 3
    package var clockSeconds = 120
    package var lettersFailed = 3
    package var stuckSeconds = 3_600

    package init() {}

    /// What one figure comes to.
    package struct Finding: Hashable, Sendable {
        package let kind: Alert.Kind
        package let subject: String
        package let detail: Words
    }

    /// All that is wrong.
    ///
    /// - Parameter open: What was wrong the last time: `kind subject`.
    package func findings(_ figures: AlertFigures, open: Set<String> = []) -> [Finding] {
        var found: [Finding] = []
        func judge(
            _ kind: Alert.Kind, _ subject: String, _ isWrong: Bool, orStill: Bool, _ detail: String,
            _ swahili: String
        ) {
            let wasOpen = open.contains(Self.name(kind, subject))
            if isWrong || (wasOpen && orStill) {
                found.append(Finding(kind: kind, subject: subject, detail: Words(english: detail, swahili: swahili)))
            }
        }
        for one in figures.providers {
            judge(
                .callbacksSilent, one.name, one.paid >= paidForSilence && one.paidByCallback == 0,
                // No payment, no news: a day without any ends it.
                orStill: one.paid > 0 && one.paidByCallback == 0,
                "the last \(one.paid) payments, none of them reported by the provider",
                "malipo \(one.paid) ya mwisho, hakuna lililoripotiwa na mtoa huduma")
            judge(
                .successDropped, one.name, isDrop(one, to: 50), orStill: isDrop(one, to: 75),
                "\(one.promptsPaid) of \(one.prompts) prompts paid in the last hour, "
                    + "\(one.weekPromptsPaid) of \(one.weekPrompts) in the week before",
                "maombi \(one.promptsPaid) kati ya \(one.prompts) yamelipwa saa iliyopita, "
                    + "\(one.weekPromptsPaid) kati ya \(one.weekPrompts) wiki iliyotangulia")
            judge(
                .promptsUnanswered, one.name, one.isUnanswered, orStill: false,
                "most prompts of the last ten minutes were not answered",
                "maombi mengi ya dakika kumi zilizopita hayakujibiwa")
            judge(
                .tokenFailing, one.name, one.tokenFailures >= tokenFailures, orStill: one.tokenFailures > 0,
                "\(one.tokenFailures) times in a row no access token",
                "mara \(one.tokenFailures) mfululizo hakuna ruhusa ya kuingia")
            let ahead = one.clockAheadSeconds ?? 0
            judge(
                .clockDrift, one.name, abs(ahead) > clockSeconds, orStill: abs(ahead) > clockSeconds / 2,
                "this machine's clock is \(abs(ahead)) seconds \(ahead > 0 ? "ahead of" : "behind") the provider's",
                "saa ya mashine hii iko sekunde \(abs(ahead)) \(ahead > 0 ? "mbele ya" : "nyuma ya") ya mtoa huduma")
        }
        judge(
            .jobsLate, "", figures.jobDelaySeconds > jobDelaySeconds,
            orStill: figures.jobDelaySeconds > jobDelaySeconds / 4,
            "work has been due for \(figures.jobDelaySeconds) seconds",
            "kazi imechelewa kwa sekunde \(figures.jobDelaySeconds)")
        for one in figures.channels {
            let lost = one.failed + one.unclear
            judge(
                .lettersFailing, one.name, lost >= lettersFailed || one.stuckSeconds > stuckSeconds,
                orStill: one.stuckSeconds > 0 || lost >= lettersFailed,
                "\(one.failed) refused, \(one.unclear) without an answer in a day; the oldest waits for "
                    + "\(one.stuckSeconds) seconds",
                "\(one.failed) zimekataliwa, \(one.unclear) bila jibu kwa siku moja; ya zamani zaidi inasubiri kwa "
                    + "sekunde \(one.stuckSeconds)")
        }
        for one in figures.receivers {
            judge(
                .webhooksFailing, one.name, one.failed > 0 || one.stuckSeconds > stuckSeconds,
                orStill: one.failed > 0 || one.stuckSeconds > 0, one.detail.english, one.detail.swahili)
        }
        return found
    }

    /// How an alert is told from others.
    package static func name(_ kind: Alert.Kind, _ subject: String) -> String { "\(kind.rawValue) \(subject)" }

    /// Whether the last hour's share of paid prompts is below so many of 100 of the week's.
    private func isDrop(_ one: AlertFigures.Provider, to percent: Int) -> Bool {
        guard one.prompts >= promptsForDrop, one.weekPrompts >= weekPromptsForDrop else { return false }
        return one.promptsPaid * one.weekPrompts * 100 < one.weekPromptsPaid * one.prompts * percent
    }
}
