import Checkout
import Commerce
import Database
import PaymentKit
import Storage

/// One piece of work on a node, between two of its steps. The steps and their order are those of the shop's shell:
/// `RunJobs.swift`, `SendRefund.swift`, `ReadStatements.swift`, `Translate.swift`.
struct Worker {
    enum Answer {
        case accepted(Outcome)
        case unknown
        /// The number of the act that was begun, if one was.
        case notSent(Int?)
        case busy(Int, act: Int?)
    }
    enum Stage {
        case begin
        /// The last gate before the request leaves.
        case gate
        case send(Int)
        case answered(Answer)
        case record(News)
        case ask
        case asked(Outcome?)
        case decide
        case finish
        // Translating a message.
        case events(Int)
        case endMessage(isEmpty: Bool)
        // Reading the provider's list.
        case lines([Provider.Movement], Int)
        case endStatement
    }
    var node: Int
    var epoch: UInt32
    var generation: UInt32 = 0
    var job: Job?
    /// The message that is translated, and its tries when that was begun.
    var message = -1
    var tries = 0
    var reading: Store.Reading?
    var stage = Stage.begin
}

extension World {
    // MARK: Beginning and going on

    func begin(_ job: Job, on node: Int) {
        var worker = Worker(node: node, epoch: nodes[node].epoch)
        worker.job = job
        start(worker)
    }

    func start(_ fresh: Worker) {
        var worker = fresh
        let place: Int
        if let idle = idleWorkers.popLast() {
            place = idle
            worker.generation = workers[place].generation &+ 1
            workers[place] = worker
        } else {
            place = workers.count
            workers.append(worker)
        }
        agenda.add(.work(place, worker.generation), at: time + 1 + takeFreeze(worker.node))
    }

    /// Goes on with another stage after some milliseconds; frozen ones come back late.
    func go(_ place: Int, to stage: Worker.Stage, after wait: Int64 = 2, mayFreeze: Bool = true) {
        workers[place].stage = stage
        let frozen = mayFreeze ? takeFreeze(workers[place].node) : 0
        agenda.add(.work(place, workers[place].generation), at: time + wait + frozen)
    }

    private func end(_ place: Int) { idleWorkers.append(place) }

    func work(_ place: Int, _ generation: UInt32) throws {
        let worker = workers[place]
        guard worker.generation == generation else { return }
        guard nodes[worker.node].epoch == worker.epoch else { return end(place) }
        do {
            if worker.message >= 0 {
                try translate(place, worker)
            } else if worker.reading != nil {
                try readStatement(place, worker)
            } else if let job = worker.job {
                try perform(job, place, worker)
            }
        } catch let error as Blocked {
            throw error
        } catch is NodeDown {
            end(place)
        } catch {
            try fail(place, worker, error)
        }
    }

    func done(_ place: Int) { end(place) }

    /// A step failed: a job is put off, a message comes back by itself.
    private func fail(_ place: Int, _ worker: Worker, _ error: any Error) throws {
        tally.broken += 1
        say("node \(worker.node)", "could not: \(type(of: error))")
        end(place)
        if let broken = error as? BrokenConstraint { checks.broken(broken.what, self) }
        if worker.message >= 0 {
            guard error is NoAnswer || error is StaleWrite else { return wakeAll() }
            _ = try transact(worker.node) { try $0.forgiveTry(of: worker.message, tries: worker.tries) }
        } else if let job = worker.job {
            let now = now(worker.node)
            _ = try transact(worker.node) {
                try $0.postpone(job, until: now.adding(seconds: min(60, 2 << min(job.runs, 5))))
            }
        }
        wakeAll()
    }

    // MARK: Jobs

    private func perform(_ job: Job, _ place: Int, _ worker: Worker) throws {
        if case .finish = worker.stage { return try finish(job, place) }
        if job.runs > 100 { return try park(job, place) }
        switch job.kind {
        case .push: try push(job, place, worker)
        case .query: try query(job, place, worker)
        case .deadline: try close(job, place, worker)
        case .expire: try expire(job, place)
        case .refund: try sendRefund(job, place, worker)
        case .refundQuery: try askAboutRefund(job, place, worker)
        case .payout, .payoutQuery: try finish(job, place)
        }
    }

    func finish(_ job: Job, _ place: Int) throws {
        _ = try transact(workers[place].node) { try $0.finish(job) }
        end(place)
        wakeAll()
    }

    private func park(_ job: Job, _ place: Int) throws {
        _ = try transact(workers[place].node) { books in
            try books.openReview(
                "parked_job", subject: "\(job.kind.rawValue) \(job.ticket?.value ?? job.order.text)", order: job.order,
                detail: "tried \(job.runs) times")
            try books.finish(job)
        }
        end(place)
    }

    @discardableResult
    func record(
        _ news: News, about ticket: Ticket, on node: Int, from instance: String? = nil
    ) throws -> Shop.Recorded {
        let instance = instance ?? self.instance(of: ticket)
        let recorded = try transact(node) {
            try Recording.record(news, about: ticket, instance: instance, $0, rules, graces)
        }
        hear(news, about: ticket)
        say("node \(node)", "records about \(ticket.value): \(Self.words(news)) → \(recorded)")
        wakeAll()
        return recorded
    }

    static func words(_ news: News) -> String {
        let source: String
        switch news.source {
        case .startAnswer: source = "answer"
        case .callback(let isListed): source = isListed ? "callback" : "callback from a foreign address"
        case .query: source = "query"
        case .journal: return "what the journal says"
        case .ourselves(let evidence): return "\(evidence.state.name), by ourselves"
        }
        switch news.outcome.fact {
        case .paid(let amount, let receipt): return "\(source): paid \(amount), receipt \(receipt?.id ?? "none")"
        case .declined(let decline): return "\(source): no (\(decline.code))"
        case .returned(let amount, let receipt, _):
            return "\(source): returned \(amount), receipt \(receipt?.id ?? "none")"
        case .pending: return "\(source): pending"
        case .notFound: return "\(source): not found"
        case .unclear(let code, _): return "\(source): unclear (\(code))"
        case .authorized, .sent, .balance, .needsReview: return source
        }
    }

    // MARK: Deadlines and expiry

    private func close(_ job: Job, _ place: Int, _ worker: Worker) throws {
        guard let ticket = job.ticket, let attempt = try read(worker.node, { try $0.attempt(ticket) }) else {
            return try finish(job, place)
        }
        switch worker.stage {
        case .begin:
            guard attempt.state.isLive else { return try finish(job, place) }
            guard case .pending = attempt.state else { return go(place, to: .decide) }
            try record(News(.journal), about: ticket, on: worker.node)
            go(place, to: .decide)
        case .decide:
            try record(News(.ourselves(.deadlinePassed)), about: ticket, on: worker.node)
            go(place, to: .finish)
        case _: try finish(job, place)
        }
    }

    private func expire(_ job: Job, _ place: Int) throws {
        let node = workers[place].node
        let ended = try transact(node) { try Prompts.expire(job.order, $0) }
        say("node \(node)", "looks whether order \(job.order) has expired: \(ended ? "looked at" : "later")")
        if ended { return go(place, to: .finish) }
        let due = now(node).adding(seconds: 30 << min(job.runs, 6))
        _ = try transact(node) { try $0.postpone(job, until: due) }
        end(place)
        wakeAll()
    }

    /// What a stopped node left behind.
    func recover(_ node: Int) {
        let latest = now(node).adding(seconds: -rules.pushWithinSeconds)
        for attempt in store.attempts.rows where attempt.state == .pending && attempt.startedAt < latest {
            do { try record(News(.journal), about: attempt.ticket, on: node) } catch {
                // Its deadline job comes back to it.
            }
        }
    }
}
