import Commerce
import Database
import FoundationEssentials
import Logging
import PaymentKit
import PluginHost
import Storage

extension Shop {
    /// Sends an approved payout, once. What was begun and has no answer is unknown and is asked about, never sent
    /// again.
    func sendPayout(_ job: Job) async throws {
        guard let ticket = job.ticket, let payout = try await database.read({ try $0.payout(ticket) }),
            payout.state == .approved
        else { return try await finish(job) }
        if try await database.read({ try $0.mayHaveActed(ticket) }) {
            try await recordPayout(News(.journal), about: ticket, instance: payout.instance)
            return try await leave(job, ticket)
        }
        guard let instance = provider(payout.instance) else { return try await waitForWay(payout.instance, job) }
        let payee = try await database.read { [vault] in try $0.payee(ofPayout: ticket, vault) }
        let raw = try JSONDecoder().decode([String: String].self, from: Data((payee ?? "{}").utf8))
        let form = try FieldValues(raw, checkedAgainst: instance.abilities.manifest.payoutForm)
        let news: News
        switch await instance.payOut(payout.amount, to: form, reason: payout.reason, ticket) {
        case .answered(let outcome): news = News(.startAnswer, outcome)
        case .unknown: news = News(.ourselves(.mayHaveBeenSent))
        case .notSent(let why): return try await wait(job, ticket, seconds: 30 << min(job.runs, 6), why)
        case .busy(let why, let seconds):
            return try await wait(job, ticket, seconds: max(Int(seconds.rounded(.up)), 5 << min(job.runs, 8)), why)
        case .misconfigured(let why, _), .invalidInput(let why):
            let decline = Decline(.misconfigured, retry: .never, code: "settings", detail: String(why.prefix(300)))
            news = News(.ourselves(.refused(decline)))
        }
        log.notice("A payout was sent", metadata: ["payout": "\(ticket.value)"])
        try await recordPayout(news, about: ticket, instance: payout.instance)
        try await finish(job)
    }

    /// Ends the job of a payout that was sent; should another worker's request have been taken back meanwhile, it goes
    /// later.
    private func leave(_ job: Job, _ ticket: Ticket) async throws {
        let now = now()
        _ = try await database.transaction { transaction in
            try transaction.payout(ticket)?.state == .approved
                ? try transaction.postpone(job, until: now.adding(seconds: 30)) : try transaction.finish(job)
        }
    }

    /// Nothing has happened yet: the same request goes later.
    private func wait(_ job: Job, _ ticket: Ticket, seconds: Int, _ why: String) async throws {
        log.warning("A payout waits", metadata: ["payout": "\(ticket.value)", "why": "\(why)"])
        let now = now()
        _ = try await database.transaction { try $0.postpone(job, until: now.adding(seconds: seconds)) }
    }

    /// Asks what became of a payout that was sent. Many providers answer at the payout's own address.
    func askAboutPayout(_ job: Job) async throws {
        guard let ticket = job.ticket, let payout = try await database.read({ try $0.payout(ticket) }),
            payout.state == .unknown || payout.state == .submitted
        else { return try await finish(job) }
        guard let instance = provider(payout.instance) else { return try await waitForWay(payout.instance, job) }
        let past = try await database.read { [vault] in try payout.past($0, vault) }
        do {
            let outcome = try await ask(instance, about: past)
            try await recordPayout(News(.query, outcome), about: ticket, instance: instance.name)
        } catch let error as PaymentError {
            log.info(
                "A question about a payout was not answered",
                metadata: ["payout": "\(ticket.value)", "error": "\(error)"])
        }
        let now = now()
        let sentAt = payout.sentAt ?? payout.requestedAt
        let next = rules.refundQuerySeconds.map { sentAt.adding(seconds: $0) }.first { $0 > now }
        try await database.transaction { transaction in
            if let next {
                _ = try transaction.postpone(job, until: next)
            } else if try transaction.finish(job) {
                try transaction.openReview(
                    "payout_unknown", subject: ticket.value, order: nil,
                    detail: "the provider does not say what became of it", at: now)
            }
        }
    }

    /// Takes news about a payout.
    @discardableResult
    func recordPayout(_ news: News, about ticket: Ticket, instance: String) async throws -> Bool {
        let now = now()
        return try await database.transaction { [vault] transaction in
            let books = SQLBooks(transaction: transaction, vault: vault, now: now)
            return try PayoutDesk.record(news, about: ticket, instance: instance, books)
        }
    }
}

extension Payout {
    /// As its provider knows it.
    func past(_ reading: some SQLReading, _ vault: Vault) throws -> Past {
        Past(
            kind: .payout, ticket: ticket, amount: amount,
            references: try reading.references(of: ticket, instance: instance, vault),
            startedAt: (sentAt ?? requestedAt).date, outcomeUnknown: state == .unknown)
    }
}
