import Checkout
import Commerce
import PaymentKit
import Storage

/// Sending refunds and asking about them, as `SendRefund.swift` does.
extension World {
    func sendRefund(_ job: Job, _ place: Int, _ worker: Worker) throws {
        let node = worker.node
        guard let ticket = job.ticket, let refund = try read(node, { try $0.refund(ticket) }) else {
            return try finish(job, place)
        }
        switch worker.stage {
        case .begin:
            guard refund.state == .approved else { return try finish(job, place) }
            if try read(node, { try $0.mayHaveActed(ticket) }) {
                return go(place, to: .record(News(.journal)))
            }
            go(place, to: .gate)
        case .gate: try passGate(ticket, place, node)
        case .send(let act): send(refund, act, place)
        case .answered(let answer): try take(answer, of: refund, job, place)
        case .record(let news):
            try record(news, about: ticket, on: node)
            let later = now(node).adding(seconds: 30)
            try transact(node) { books in
                guard try books.refund(ticket)?.state == .approved else { return try books.finish(job) }
                _ = try books.postpone(job, until: later)
            }
            done(place)
            wakeAll()
        case _: try finish(job, place)
        }
    }

    private func send(_ refund: Refund, _ act: Int, _ place: Int) {
        if refund.instance == Self.hostile { return sendToHostile(refund, act, place) }
        guard let original = store.captures[refund.capture]?.receipt else { return go(place, to: .finish) }
        guard time >= provider.silentUntil else { return go(place, to: .answered(.unknown), after: 30_000) }
        var random = Random(plan.seed, Int(refund.requestedAt.milliseconds - Self.begin), 5)
        let node = workers[place].node
        let luck = isQuiet ? 99 : random.below(100)
        switch luck {
        case 0..<10:
            say("node \(node)", "sends refund \(refund.ticket.value); it is lost on the way")
            return go(place, to: .answered(.unknown), after: 30_000)
        case 10..<20 where provider.acted[refund.ticket] == nil && workers[place].job?.runs ?? 0 < 3:
            say("provider", "is busy; it does nothing about \(refund.ticket.value)")
            return go(place, to: .answered(.busy(5, act: act)), after: 100)
        case 20..<30:
            say("node \(node)", "cannot reach the provider: nothing left")
            if workers[place].job?.runs ?? 0 < 3 {
                return go(place, to: .answered(.notSent(act)))
            }
        case 30..<40:
            say("provider", "refuses refund \(refund.ticket.value)")
            return go(place, to: .answered(.accepted(Outcome(.declined(Codes.decline("2001"))))))
        case _: break
        }
        let conversation = receive(refund, of: original)
        if luck < 55 {
            say("provider", "answers, and the answer is lost")
            return go(place, to: .answered(.unknown), after: 30_000)
        }
        let references = [Reference("ConversationID", conversation)]
        go(place, to: .answered(.accepted(Outcome(.pending, references: references))), after: 400)
    }

    private func take(_ answer: Worker.Answer, of refund: Refund, _ job: Job, _ place: Int) throws {
        let node = workers[place].node
        let news: News
        switch answer {
        case .accepted(let outcome): news = News(.startAnswer, outcome)
        case .unknown: news = News(.ourselves(.mayHaveBeenSent))
        case .notSent(let act):
            try takeBack(act, refund.ticket, node)
            return try wait(job, refund, seconds: 30 << min(job.runs, 6), place)
        case .busy(let seconds, let act):
            try takeBack(act, refund.ticket, node)
            return try wait(job, refund, seconds: max(seconds, 5 << min(job.runs, 8)), place)
        }
        try record(news, about: refund.ticket, on: node)
        go(place, to: .finish)
    }

    private func wait(_ job: Job, _ refund: Refund, seconds: Int, _ place: Int) throws {
        let node = workers[place].node
        let until = now(node).adding(seconds: seconds)
        _ = try transact(node) { try $0.postpone(job, until: until) }
        done(place)
        wakeAll()
    }

    func askAboutRefund(_ job: Job, _ place: Int, _ worker: Worker) throws {
        let node = worker.node
        guard let ticket = job.ticket, let refund = try read(node, { try $0.refund(ticket) }) else {
            return try finish(job, place)
        }
        switch worker.stage {
        case .begin:
            guard refund.state == .unknown || refund.state == .submitted else { return try finish(job, place) }
            let outcome = refund.instance == Self.hostile ? hostileStatus() : status(of: refund, asked: job.runs)
            go(place, to: .asked(outcome), after: random.spread(30, 15_000))
        case .asked(let outcome):
            if let outcome { try record(News(.query, outcome), about: ticket, on: node) }
            go(place, to: .decide)
        case .decide:
            let now = now(node)
            let sentAt = refund.sentAt ?? refund.requestedAt
            let next = rules.refundQuerySeconds.map { sentAt.adding(seconds: $0) }.first { $0 > now }
            try transact(node) { books in
                guard let next else {
                    try books.openReview(
                        "refund_unknown", subject: ticket.value, order: refund.order,
                        detail: "the provider does not say what became of it")
                    return try books.finish(job)
                }
                _ = try books.postpone(job, until: next)
            }
            done(place)
            wakeAll()
        case _: try finish(job, place)
        }
    }
}
