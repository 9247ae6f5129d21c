import Commerce
import Database
import FoundationEssentials
import Logging
import PaymentKit
import PluginHost
import Storage

extension Shop {
    /// Sends an approved refund, once. What was begun and has no answer is unknown and is asked about, never sent
    /// again.
    func sendRefund(_ job: Job) async throws {
        guard let ticket = job.ticket, let refund = try await database.read({ try $0.refund(ticket) }),
            refund.state == .approved, let capture = try await database.read({ try $0.capture(refund.capture) })
        else { return try await finish(job) }
        if try await database.read({ try $0.mayHaveActed(ticket) }) {
            try await record(News(.journal), about: ticket, instance: refund.instance)
            return try await leave(job, ticket)
        }
        guard let instance = provider(refund.instance) else { return try await waitForWay(refund.instance, job) }
        let result: ProviderInstance.Acted<Outcome>
        switch refund.way {
        case .reversal:
            guard let receipt = capture.receipt else { return try await finish(job) }
            let past = try await past(of: capture)
            result = await instance.refund(
                refund.amount, of: Receipt(receipt), past, reason: refund.reason, refund.ticket)
        case .payout:
            let payee = try await database.read { [vault] in try $0.payee(of: ticket, vault) }
            let raw = try JSONDecoder().decode([String: String].self, from: Data((payee ?? "{}").utf8))
            let form = try FieldValues(raw, checkedAgainst: instance.abilities.manifest.payoutForm)
            result = await instance.payOut(refund.amount, to: form, reason: refund.reason, refund.ticket)
        case .byHand, .external: return try await finish(job)
        }
        try await take(result, of: refund, job)
    }

    /// Ends the job of a refund that was sent; should another worker's request have been taken back meanwhile, it goes
    /// later.
    private func leave(_ job: Job, _ ticket: Ticket) async throws {
        let now = now()
        _ = try await database.transaction { transaction in
            try transaction.refund(ticket)?.state == .approved
                ? try transaction.postpone(job, until: now.adding(seconds: 30)) : try transaction.finish(job)
        }
    }

    private func take(_ result: ProviderInstance.Acted<Outcome>, of refund: Refund, _ job: Job) async throws {
        let news: News
        switch result {
        case .answered(let outcome): news = News(.startAnswer, outcome)
        case .unknown: news = News(.ourselves(.mayHaveBeenSent))
        case .notSent(let why): return try await wait(job, refund, seconds: 30 << min(job.runs, 6), why)
        case .busy(let why, let seconds):
            return try await wait(job, refund, seconds: max(Int(seconds.rounded(.up)), 5 << min(job.runs, 8)), why)
        case .misconfigured(let why, _), .invalidInput(let why):
            let decline = Decline(.misconfigured, retry: .never, code: "settings", detail: String(why.prefix(300)))
            news = News(.ourselves(.refused(decline)))
        }
        log.notice(
            "A refund was sent", metadata: ["refund": "\(refund.ticket.value)", "outcome": "\(Self.word(of: result))"])
        try await record(news, about: refund.ticket, instance: refund.instance)
        try await finish(job)
    }

    private static func word(of result: ProviderInstance.Acted<Outcome>) -> String {
        switch result {
        case .answered: "answered"
        case .unknown: "unknown"
        case .notSent: "not sent"
        case .busy: "busy"
        case .misconfigured: "misconfigured"
        case .invalidInput: "invalid"
        }
    }

    /// Nothing has happened yet: the same request goes later.
    private func wait(_ job: Job, _ refund: Refund, seconds: Int, _ why: String) async throws {
        log.warning("A refund waits", metadata: ["refund": "\(refund.ticket.value)", "why": "\(why)"])
        let now = now()
        _ = try await database.transaction { try $0.postpone(job, until: now.adding(seconds: seconds)) }
    }

    /// Asks what became of a refund that was sent. Many providers answer at the refund's own address.
    func askAboutRefund(_ job: Job) async throws {
        guard let ticket = job.ticket, let refund = try await database.read({ try $0.refund(ticket) }),
            refund.state == .unknown || refund.state == .submitted
        else { return try await finish(job) }
        let sentAt = refund.sentAt ?? refund.requestedAt
        guard let instance = provider(refund.instance) else { return try await waitForWay(refund.instance, job) }
        try await ask(instance, about: refund, sentAt)
        let now = now()
        let next = rules.refundQuerySeconds.map { sentAt.adding(seconds: $0) }.first { $0 > now }
        let order = refund.order
        try await database.transaction { transaction in
            if let next {
                _ = try transaction.postpone(job, until: next)
            } else if try transaction.finish(job) {
                // Otherwise the last answer has decided it, and took its questions away.
                try transaction.openReview(
                    "refund_unknown", subject: ticket.value, order: order,
                    detail: "the provider does not say what became of it", at: now)
            }
        }
    }

    private func ask(_ instance: ProviderInstance, about refund: Refund, _ sentAt: Timestamp) async throws {
        let ticket = refund.ticket
        let (references, receipt) = try await database.read { [vault] reading in
            let references = try reading.references(of: ticket, instance: instance.name, vault)
            return (references, try reading.capture(refund.capture)?.receipt)
        }
        let past = Past(
            kind: refund.way == .payout ? .payout : .refund, ticket: ticket, amount: refund.amount,
            references: references, receipt: receipt, startedAt: sentAt.date, outcomeUnknown: refund.state == .unknown)
        do {
            let outcome = try await ask(instance, about: past)
            try await record(News(.query, outcome), about: ticket, instance: instance.name)
        } catch let error as PaymentError {
            log.info(
                "A question about a refund was not answered",
                metadata: ["refund": "\(ticket.value)", "error": "\(error)"])
        }
    }

    /// The attempt that brought a capture, as its provider knows it.
    private func past(of capture: Capture) async throws -> Past? {
        guard let ticket = capture.ticket else { return nil }
        return try await database.read { [vault] reading in
            guard let attempt = try reading.attempt(ticket, vault) else { return nil }
            return Past(
                ticket: ticket, amount: attempt.amount,
                references: try reading.references(of: ticket, instance: capture.instance, vault),
                startedAt: attempt.startedAt.date)
        }
    }
}
