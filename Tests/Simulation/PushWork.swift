import Checkout
import Commerce
import PaymentKit
import Storage

/// Sending prompts and asking about them, as `RunJobs.swift` does.
extension World {
    func push(_ job: Job, _ place: Int, _ worker: Worker) throws {
        let node = worker.node
        guard let ticket = job.ticket, let attempt = try read(node, { try $0.attempt(ticket) }) else {
            return try finish(job, place)
        }
        switch worker.stage {
        case .begin:
            guard attempt.state == .pending else { return try finish(job, place) }
            let hasActed = try read(node) { try $0.mayHaveActed(ticket) }
            guard !hasActed, now(node) < attempt.startedAt.adding(seconds: rules.pushWithinSeconds) else {
                return go(place, to: .record(News(.journal)))
            }
            go(place, to: .gate)
        case .gate: try passGate(ticket, place, node)
        case .send(let act): send(attempt, act, place)
        case .answered(let answer): try take(answer, of: attempt, job, place)
        case .record(let news):
            try record(news, about: ticket, on: node)
            go(place, to: .finish)
        case _: try finish(job, place)
        }
    }

    /// Journals the act. Whatever goes wrong here, nothing has left.
    func passGate(_ ticket: Ticket, _ place: Int, _ node: Int) throws {
        do {
            let act = try transact(node) { try Prompts.beginAct(ticket, $0, rules) }
            say("node \(node)", "journals that \(ticket.value) is about to be sent")
            // A process that stands still here sends late; longer than a lease is not expected of any.
            go(place, to: .send(act), after: 1 + takeFreeze(node, atMost: 100_000), mayFreeze: false)
        } catch let error as NodeDown { throw error } catch let error as Blocked { throw error } catch {
            go(place, to: .answered(.busy(1, act: nil)))
        }
    }

    private func send(_ attempt: Attempt, _ act: Int, _ place: Int) {
        guard let order = plan.orders.first(where: { orderID($0.id) == attempt.order }) else { return }
        if attempt.instance == Self.hostile { return sendToHostile(attempt, act, place) }
        let push = Provider.PushPlan(order, number: attempt.number)
        let node = workers[place].node
        guard time >= provider.silentUntil else { return go(place, to: .answered(.unknown), after: 30_000) }
        switch push.arrival {
        case .notSent:
            say("node \(node)", "cannot reach the provider: nothing left")
            go(place, to: .answered(.notSent(act)))
        case .requestLost:
            say("node \(node)", "sends the push of \(attempt.ticket.value); it is lost on the way")
            go(place, to: .answered(.unknown), after: 30_000)
        case .busy where provider.acted[attempt.ticket] == nil && workers[place].job?.runs ?? 0 < 3:
            say("provider", "is busy; it does nothing about \(attempt.ticket.value)")
            go(place, to: .answered(.busy(5, act: act)), after: 100)
        case .refused(let code):
            say("provider", "refuses \(attempt.ticket.value) (\(code))")
            go(place, to: .answered(.accepted(Outcome(.declined(Codes.decline(code))))), after: push.answerAfter)
        case .ok, .answerLost, .busy:
            let references = receive(attempt, order, push)
            if case .answerLost = push.arrival {
                say("provider", "answers, and the answer is lost")
                return go(place, to: .answered(.unknown), after: 30_000)
            }
            go(
                place, to: .answered(.accepted(Outcome(.pending, references: references))), after: push.answerAfter)
        }
    }

    private func take(_ answer: Worker.Answer, of attempt: Attempt, _ job: Job, _ place: Int) throws {
        let node = workers[place].node
        let latest = attempt.startedAt.adding(seconds: rules.pushWithinSeconds)
        let news: News
        switch answer {
        case .accepted(let outcome): news = News(.startAnswer, outcome)
        case .unknown: news = News(.ourselves(.mayHaveBeenSent))
        case .notSent(let act):
            try takeBack(act, attempt.ticket, node)
            if job.runs < 2, now(node).adding(seconds: 2) < latest { return try queue(attempt, job, 2, place) }
            news = News(.ourselves(.refused(Shop.notSent)))
        case .busy(let seconds, let act):
            try takeBack(act, attempt.ticket, node)
            if now(node).adding(seconds: seconds) < latest { return try queue(attempt, job, seconds, place) }
            news = News(.ourselves(.refused(Shop.notSent)))
        }
        try record(news, about: attempt.ticket, on: node)
        go(place, to: .finish)
    }

    /// What the host does before it says that nothing happened; where that fails, it looks as if something had.
    func takeBack(_ act: Int?, _ ticket: Ticket, _ node: Int) throws {
        guard let act else { return }
        do { try transact(node) { try $0.endAct(ticket, number: act) } } catch let error as NodeDown {
            throw error
        } catch let error as Blocked { throw error } catch {}
    }

    private func queue(_ attempt: Attempt, _ job: Job, _ seconds: Int, _ place: Int) throws {
        let node = workers[place].node
        try transact(node) { try Prompts.queue(attempt.ticket, job, seconds: seconds, $0) }
        say("node \(node)", "\(attempt.ticket.value) waits \(seconds) s")
        done(place)
        wakeAll()
    }

    // MARK: Queries

    func query(_ job: Job, _ place: Int, _ worker: Worker) throws {
        let node = worker.node
        guard let ticket = job.ticket, let attempt = try read(node, { try $0.attempt(ticket) }) else {
            return try finish(job, place)
        }
        switch worker.stage {
        case .begin:
            guard attempt.state != .paid else { return try finish(job, place) }
            go(place, to: .ask)
        case .ask:
            let references = try read(node) { try $0.references(of: ticket, instance: Self.instance) }
            let isHostile = attempt.instance == Self.hostile
            let outcome = isHostile ? hostileStatus() : status(of: attempt, references, asked: job.runs)
            go(place, to: .asked(outcome), after: random.spread(30, 15_000))
        case .asked(let outcome):
            if let outcome { try record(News(.query, outcome), about: ticket, on: node) }
            go(place, to: .decide)
        case .decide:
            let now = now(node)
            guard attempt.state != .paid, attempt.state.rank < 4 || attempt.claimReceipt != nil else {
                return try finish(job, place)
            }
            guard let next = rules.nextQuery(of: attempt, after: now) else {
                if attempt.claimReceipt != nil {
                    try record(News(.ourselves(.claimUnconfirmed)), about: ticket, on: node)
                }
                return go(place, to: .finish)
            }
            _ = try transact(node) { try $0.postpone(job, until: next) }
            done(place)
            wakeAll()
        case _: try finish(job, place)
        }
    }
}
