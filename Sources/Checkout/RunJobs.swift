import Commerce
import Database
import Logging
import PaymentKit
import PluginHost
import Storage
import Synchronization

extension Shop {
    /// Works until the task is cancelled: translates what arrived, sends prompts, asks, closes and expires.
    ///
    /// Any number of nodes may run this at once; a job belongs to whoever claims it. A stop at any point is equally
    /// correct: what was begun is judged by the journal at the next start.
    package func run() async {
        let ticker = Task { [wake] in
            while !Task.isCancelled {
                do { try await Task.sleep(for: .milliseconds(250)) } catch { return }
                wake.now()
            }
        }
        defer { ticker.cancel() }
        let running = Running()
        await withDiscardingTaskGroup { group in
            for await _ in wake.calls {
                if Task.isCancelled { return }
                do {
                    for job in try await claimDueJobs(
                        atMost: 32 - running.count, queriesAtMost: 16 - running.queries)
                    {
                        running.begin(job.kind)
                        group.addTask {
                            // Unstructured, so that a stop does not cut a push whose answer is on its way: the group
                            // waits for it, 45 seconds at most.
                            await Task { await self.perform(job) }.value
                            running.end(job.kind)
                            self.wake.now()
                        }
                    }
                    if try await translateWaiting(atMost: 16) == 16 {
                        // While more comes in than is translated, storing it goes first: nobody waits for a translation
                        // as a provider waits for its answer.
                        if inboxCounts.takeArrivals() > 64 { try await Task.sleep(for: .milliseconds(100)) }
                        wake.now()
                    }
                    if running.isTimeForSpool { _ = try await ingestSpool() }
                    if running.isTimeForStatements {
                        // Beside the jobs: a long list must not keep prompts waiting.
                        group.addTask {
                            await self.readStatementsIfDue()
                            running.endStatements()
                        }
                    }
                    if running.isTimeForWeather { try await watchWeather() }
                    if running.isTimeForSettings { try await readSettings() }
                    if running.isTimeForUpkeep {
                        group.addTask {
                            await self.watchPublicAddress()
                            await self.keepUp()
                            running.endUpkeep()
                        }
                    }
                    if running.isTimeToSweep { try await sweep() }
                } catch {
                    log.error("The job runner could not work", metadata: ["error": "\(Self.summary(of: error))"])
                    do { try await Task.sleep(for: .seconds(1)) } catch { return }
                }
            }
        }
    }

    private func sweep() async throws {
        let now = now()
        try await database.transaction { transaction in
            // An hour's grace: another node's clock may be behind.
            try transaction.forgetRateLimits(before: now.adding(seconds: -3_600))
            try transaction.forgetTokens(untouchedSince: now.adding(seconds: -7 * 86_400), at: now)
            try transaction.forgetDrafts(at: now)
        }
        try await forgetStaffLeavings()
        try await watchOwed()
    }

    /// Does everything that is due now, one after the other, and returns: for tests and for `duka reconcile`.
    package func runDueWork() async throws {
        while true {
            let jobs = try await claimDueJobs(atMost: 8)
            for job in jobs { await perform(job) }
            let translated = try await translateWaiting(atMost: 16)
            try await makeComparisons()
            try await readDueStatements()
            if jobs.isEmpty, translated == 0 { return }
        }
    }

    /// What a stopped process left behind: an attempt whose act is in the journal is unknown, one whose is not was
    /// never sent. Then spooled messages come in.
    package func recover() async throws {
        let now = now()
        let tickets = try await database.read { [rules] in
            try $0.pendingTickets(startedBefore: now.adding(seconds: -rules.pushWithinSeconds))
        }
        for ticket in tickets {
            do {
                let attempt = try await database.read { [vault] in try $0.attempt(ticket, vault) }
                if let attempt { try await settleUnsent(attempt) }
            } catch {
                // One that does not open must not keep the shop closed; its deadline job comes back to it.
                log.error(
                    "An attempt was not recovered",
                    metadata: ["attempt": "\(ticket.value)", "error": "\(Self.summary(of: error))"])
            }
        }
        let spooled = try await ingestSpool()
        if !tickets.isEmpty || spooled > 0 {
            log.notice("Recovered after a stop", metadata: ["attempts": "\(tickets.count)", "spooled": "\(spooled)"])
        }
    }

    /// - Parameter queriesAtMost: Questions can wait, and a provider that answers them slowly must not keep prompts,
    ///   deadlines and expiry from their places.
    private func claimDueJobs(atMost count: Int, queriesAtMost: Int = .max) async throws -> [Job] {
        guard count > 0 else { return [] }
        let now = now()
        let due = try await database.read { try $0.dueJobs(atMost: count, queriesAtMost: queriesAtMost, at: now) }
        guard !due.isEmpty else { return [] }
        return try await database.transaction { transaction in
            try due.compactMap { try transaction.claim($0, forSeconds: 60, at: now) }
        }
    }

    /// Runs after which a job that never ends waits for a person: its schedule has fewer.
    private static let mostRuns = 100

    private func perform(_ job: Job) async {
        do {
            guard job.runs <= Self.mostRuns else { return try await park(job) }
            switch job.kind {
            case .push: try await push(job)
            case .query: try await query(job)
            case .deadline: try await close(job)
            case .expire: try await expire(job)
            case .refund: try await sendRefund(job)
            case .refundQuery: try await askAboutRefund(job)
            case .payout: try await sendPayout(job)
            case .payoutQuery: try await askAboutPayout(job)
            }
        } catch {
            log.error(
                "A job did not end", metadata: ["job": "\(job.kind.rawValue)", "error": "\(Self.summary(of: error))"])
            // The lease ends by itself and somebody tries again; putting it off keeps a bad job from spinning.
            do {
                _ = try await database.transaction { [now] in
                    try $0.postpone(
                        job, until: now().adding(seconds: min(60, 2 << min(job.runs, 5))),
                        problem: Self.summary(of: error))
                }
            } catch {}
        }
    }

    private func park(_ job: Job) async throws {
        log.error("A job was tried too often; it waits for a person", metadata: ["job": "\(job.kind.rawValue)"])
        let now = now()
        try await database.transaction { transaction in
            try transaction.openReview(
                "parked_job", subject: "\(job.kind.rawValue) \(job.ticket?.value ?? job.order.text)",
                order: job.orderOrNil,
                detail: "tried \(job.runs) times", at: now)
            try transaction.finish(job)
        }
    }

    // MARK: Push

    private func push(_ job: Job) async throws {
        guard let ticket = job.ticket,
            let attempt = try await database.read({ [vault] in try $0.attempt(ticket, vault) }),
            let order = try await database.read({ try $0.order(job.order) })
        else { return try await finish(job) }
        guard attempt.state == .pending else { return try await finish(job) }
        let hasActed = try await database.read { try $0.mayHaveActed(ticket) }
        let latest = attempt.startedAt.adding(seconds: rules.pushWithinSeconds)
        let isStrange = isStrange(attempt.instance)
        guard !hasActed, now() < latest, !isStrange, let instance = provider(attempt.instance) else {
            if isStrange, !hasActed, now() < latest { return try await waitForWay(attempt.instance, job) }
            // Where nobody can send it any more the customer need not wait for its deadline to be told.
            try await settleUnsent(attempt)
            return try await finish(job)
        }
        let form: FieldValues
        do {
            form = try await self.form(of: attempt, instance.abilities.manifest)
        } catch is FieldValues.Problems {
            try await record(
                News(.ourselves(.refused(Decline(.invalidAccount, retry: .otherMethod, code: "form")))), about: ticket,
                instance: instance.name)
            return try await finish(job)
        }
        let request = StartRequest(
            amount: attempt.amount, form: form, orderNumber: order.number.text,
            returnAddress: try await returnAddress(of: order))
        let result = await instance.start(request, ticket, within: latest.seconds(since: now()))
        try await take(result, of: attempt, job, latest: latest)
    }

    private func take(
        _ result: ProviderInstance.Acted<Started>, of attempt: Attempt, _ job: Job, latest: Timestamp
    ) async throws {
        var news: News
        switch result {
        case .answered(let started):
            news = News(.startAnswer, started.outcome)
            news.page = page(in: started, of: attempt)
        case .unknown(let why):
            log.warning(
                "An attempt's outcome is unknown", metadata: ["attempt": "\(attempt.ticket.value)", "why": "\(why)"])
            news = News(.ourselves(.mayHaveBeenSent))
        case .notSent(let why):
            log.warning("A prompt was not sent", metadata: ["attempt": "\(attempt.ticket.value)", "why": "\(why)"])
            if job.runs < 2, now().adding(seconds: 2) < latest {
                return try await postpone(job, attempt, seconds: 2)
            }
            news = News(.ourselves(.refused(Self.notSent)))
        case .busy(_, let seconds):
            let wait = Int(seconds.rounded(.up))
            if now().adding(seconds: wait) < latest { return try await postpone(job, attempt, seconds: wait) }
            // Refused each time before anything happened, and it is too late for another.
            news = News(.ourselves(.refused(Self.notSent)))
        case .misconfigured(let why, let setting):
            log.error(
                "The provider's settings are wrong",
                metadata: ["provider": "\(attempt.instance)", "setting": "\(setting ?? "-")", "why": "\(why)"])
            let subject = "\(attempt.instance) \(setting ?? "settings")"
            try await database.transaction { [now] in
                try $0.openReview("misconfigured", subject: subject, order: attempt.order, detail: why, at: now())
            }
            news = News(.ourselves(.refused(Decline(.misconfigured, retry: .otherMethod, code: "misconfigured"))))
        case .invalidInput:
            news = News(.ourselves(.refused(Decline(.invalidAccount, retry: .otherMethod, code: "invalid_input"))))
        }
        try await record(news, about: attempt.ticket, instance: attempt.instance)
        try await finish(job)
    }

    /// The decline that says: nothing left this machine.
    package static let notSent = Decline(.providerBusy, retry: .sameMethod, code: "not_sent")

    /// An attempt that is past its time, or whose process stopped: the journal says whether a prompt may be out.
    private func settleUnsent(_ attempt: Attempt) async throws {
        try await record(News(.journal), about: attempt.ticket, instance: attempt.instance)
    }

    /// Keeps an attempt waiting for a provider that did nothing yet, and says so on the order's page.
    private func postpone(_ job: Job, _ attempt: Attempt, seconds: Int) async throws {
        let now = now()
        try await database.transaction { [vault] transaction in
            try Prompts.queue(
                attempt.ticket, job, seconds: seconds, SQLBooks(transaction: transaction, vault: vault, now: now))
        }
    }

    // MARK: Queries, deadlines, expiry

    private func query(_ job: Job) async throws {
        guard let ticket = job.ticket,
            let attempt = try await database.read({ [vault] in try $0.attempt(ticket, vault) })
        else { return try await finish(job) }
        guard attempt.state != .paid else { return try await finish(job) }
        guard let instance = provider(attempt.instance) else { return try await waitForWay(attempt.instance, job) }
        try await ask(instance, about: attempt)
        // What was recorded may have moved this job already; then the generation has moved on and this does nothing.
        let now = now()
        guard let current = try await database.read({ [vault] in try $0.attempt(ticket, vault) }),
            current.state != .paid, current.state.rank < 4 || current.claimReceipt != nil
        else { return try await finish(job) }
        guard let next = rules.nextQuery(of: current, after: now) else {
            // Nobody has confirmed what was reported (I9): a person must.
            if current.claimReceipt != nil {
                try await record(News(.ourselves(.claimUnconfirmed)), about: ticket, instance: attempt.instance)
            }
            return try await finish(job)
        }
        _ = try await database.transaction { try $0.postpone(job, until: next) }
    }

    /// Asks what became of an attempt and records the answer; none changes nothing.
    private func ask(_ instance: ProviderInstance, about attempt: Attempt) async throws {
        let ticket = attempt.ticket
        let references = try await database.read { [vault] in
            try $0.references(of: ticket, instance: instance.name, vault)
        }
        let past = Past(
            ticket: ticket, amount: attempt.amount, references: references, startedAt: attempt.startedAt.date,
            outcomeUnknown: attempt.state == .unknown)
        do {
            let outcome = try await ask(instance, about: past)
            try await record(News(.query, outcome), about: ticket, instance: instance.name)
        } catch let error as PaymentError {
            log.info("A question was not answered", metadata: ["attempt": "\(ticket.value)", "error": "\(error)"])
        }
    }

    private func close(_ job: Job) async throws {
        guard let ticket = job.ticket,
            let attempt = try await database.read({ [vault] in try $0.attempt(ticket, vault) })
        else { return try await finish(job) }
        switch attempt.state {
        case .pending, .unknown, .promptSent:
            if let end = attempt.page.map(rules.end(of:)), now() < end {
                // The job was claimed when it was not known yet that a page is open for longer.
                _ = try await database.transaction { try $0.postpone(job, until: end) }
                return
            }
            // First what the journal knows; then, whatever it says, the time is up: this is the last job that ends it.
            if case .pending = attempt.state { try await settleUnsent(attempt) }
            try await record(News(.ourselves(.deadlinePassed)), about: ticket, instance: attempt.instance)
        case .refused, .expired, .cancelled, .failed, .paid: break
        }
        try await finish(job)
    }

    func finish(_ job: Job) async throws {
        _ = try await database.transaction { try $0.finish(job) }
    }
}

/// How many jobs run, and when the things that are done now and then were last done.
private final class Running: Sendable {
    private struct State {
        var jobs = 0
        var queries = 0
        var spoolLooked, statementsLooked, weatherWatched, settingsLooked, swept, keptUp: ContinuousClock.Instant?
        var readsStatements = false
        var keepsUp = false
    }
    private let state = Mutex(State())
    var count: Int { state.withLock { $0.jobs } }
    var queries: Int { state.withLock { $0.queries } }
    func begin(_ kind: Job.Kind) {
        state.withLock {
            $0.jobs += 1
            if kind == .query { $0.queries += 1 }
        }
    }
    func end(_ kind: Job.Kind) {
        state.withLock {
            $0.jobs -= 1
            if kind == .query { $0.queries -= 1 }
        }
    }

    /// True once in five seconds.
    var isTimeForSpool: Bool { state.withLock { Self.isTime(&$0.spoolLooked, .seconds(5)) } }
    /// True once in two seconds, while nobody here reads them.
    var isTimeForStatements: Bool {
        state.withLock { state in
            guard !state.readsStatements, Self.isTime(&state.statementsLooked, .seconds(2)) else { return false }
            state.readsStatements = true
            return true
        }
    }
    func endStatements() { state.withLock { $0.readsStatements = false } }
    /// True once in two seconds.
    var isTimeForSettings: Bool { state.withLock { Self.isTime(&$0.settingsLooked, .seconds(2)) } }
    /// True at the start and once in ten minutes, while nobody here is at it.
    var isTimeForUpkeep: Bool {
        state.withLock { state in
            guard !state.keepsUp, Self.isTime(&state.keptUp, .seconds(600)) else { return false }
            state.keepsUp = true
            return true
        }
    }
    func endUpkeep() { state.withLock { $0.keepsUp = false } }
    /// True once in fifteen seconds.
    var isTimeForWeather: Bool { state.withLock { Self.isTime(&$0.weatherWatched, .seconds(15)) } }
    /// True at the start and once in ten minutes.
    var isTimeToSweep: Bool { state.withLock { Self.isTime(&$0.swept, .seconds(600)) } }

    private static func isTime(_ last: inout ContinuousClock.Instant?, _ interval: Duration) -> Bool {
        if let last, ContinuousClock.now - last < interval { return false }
        last = .now
        return true
    }
}
