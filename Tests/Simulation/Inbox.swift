import Checkout
import Commerce
import Database
import PaymentKit
import Storage

/// Storing what the provider sends, and making something of it, as `ReceiveCallback.swift`, `Translate.swift` and
/// `Incoming.swift` do.
extension World {
    func deliver(_ number: Int) throws {
        let message = messages[number]
        guard let node = someNode(number) else {
            // Nobody is there to take it: the provider tries once more, an hour later at most.
            return agenda.add(.deliver(number), at: time + random.spread(1_000, 3_600_000))
        }
        say(
            message.sender,
            "to \(message.about?.value ?? "the shop"): \(message.body)"
                + (message.isListed ? "" : " (from a foreign address)")
        )
        tally.messages += 1
        guard awayUntil <= time else { return spool.append(number) }
        try store(number, node)
    }

    private func store(_ number: Int, _ node: Int) throws {
        let message = messages[number]
        var known = 0
        for row in store.inbox.rows where row.message.about == message.about {
            if row.message == message { return }
            known += 1
        }
        guard known < rules.inboxPerAttempt || message.about == nil else { return }
        try transact(node) { books in
            books.inbox.set(number, Store.InboxRow(message: message, nextAt: books.now))
        }
        wakeAll()
    }

    func takeSpool(_ node: Int) throws {
        while let first = spool.first {
            try store(first, node)
            spool.removeFirst()
        }
    }

    // MARK: Translating

    func translate(_ node: Int) throws {
        let now = now(node)
        var waiting: [(number: Int, row: Store.InboxRow)] = []
        for (place, row) in store.inbox.rows.enumerated() where row.state == .new && row.nextAt <= now {
            waiting.append((store.inbox.keys[place], row))
        }
        guard !waiting.isEmpty else { return }
        waiting.sort { ($0.row.nextAt, $0.number) < ($1.row.nextAt, $1.number) }
        let begun = try transact(node) { books in
            try waiting.filter { try books.beginTranslating($0.number, tries: $0.row.tries) }
        }
        for message in begun {
            say("node \(node)", "begins to read message \(message.number), try \(message.row.tries + 1)")
            guard message.row.tries < 3 else {
                try park(message.number, "it stopped its translation three times", node)
                continue
            }
            var worker = Worker(node: node, epoch: nodes[node].epoch)
            worker.message = message.number
            worker.tries = message.row.tries
            start(worker)
        }
    }

    private func park(_ number: Int, _ why: String, _ node: Int) throws {
        try transact(node) { books in
            try books.finish(message: number, as: .parked)
            try books.openReview("parked_message", subject: "\(number)", order: nil, detail: why)
        }
    }

    func translate(_ place: Int, _ worker: Worker) throws {
        let message = messages[worker.message]
        switch worker.stage {
        case .begin:
            if case .hostile(let number) = message.body, try !takeHostile(number, message, worker.node) {
                try park(worker.message, "it speaks about something else", worker.node)
                return done(place)
            }
            try take(message, on: worker.node)
            if case .noise = message.body { return go(place, to: .endMessage(isEmpty: true)) }
            go(place, to: .endMessage(isEmpty: false))
        case .endMessage(let isEmpty):
            try transact(worker.node) { books in
                try books.finish(message: worker.message, as: isEmpty ? .kept : .done)
                guard isEmpty else { return }
                let attempt = try message.about.flatMap { try books.attempt($0) }
                guard attempt?.state != .paid else { return }
                try books.openReview(
                    "unreadable_message", subject: message.about?.value ?? "\(worker.message)", order: attempt?.order,
                    detail: "a message that does not read")
                if let attempt { try books.schedule(Job(.query, attempt.order, attempt.ticket, dueAt: books.now)) }
                try books.readStatementSoon()
            }
            done(place)
            wakeAll()
        case _: done(place)
        }
    }

    private func take(_ message: Message, on node: Int) throws {
        switch message.body {
        case .noise, .hostile: return
        case .prompt(let checkout, let code, let amount, let receipt):
            guard let ticket = message.about else { return }
            let fact: Fact
            if code == "0" {
                fact = .paid(Money(minor: amount, .kes), receipt: receipt.map { Receipt($0) })
            } else if code == "9999" {
                fact = .unclear(code: code, detail: "")
            } else {
                fact = .declined(Codes.decline(code))
            }
            let outcome = Outcome(fact, references: [Reference("CheckoutRequestID", checkout)])
            let key = EventKey("prompt", checkout, code, receipt ?? "")
            try record(News(.callback(isListed: message.isListed), outcome, key: key), about: ticket, on: node)
        case .reversal(let conversation, let code, let amount, let receipt):
            guard let ticket = message.about else { return }
            let fact: Fact
            switch code {
            case "0": fact = .returned(Money(minor: amount, .kes), receipt: receipt.map { Receipt($0) }, .reversal)
            case "R000001": fact = .unclear(code: code, detail: "already returned")
            case _: fact = .declined(Codes.decline(code))
            }
            let outcome = Outcome(fact, references: [Reference("ConversationID", conversation)])
            let key = EventKey("reversal", conversation, code)
            try record(News(.callback(isListed: message.isListed), outcome, key: key), about: ticket, on: node)
        case .confirmation(let receipt, let amount, let account):
            try takeIncoming(receipt, amount, account, message, node)
        case .lookup(let receipt, let amount, let order):
            guard message.isListed else { return }
            try takeLookup(receipt, amount, for: order < 0 ? nil : order, node)
        }
    }

    private func takeIncoming(_ receipt: String, _ minor: Int64, _ account: String, _ message: Message, _ node: Int)
        throws
    {
        let report = MoneyReport(
            instance: Self.instance, receipt: Receipt(receipt), amount: Money(minor: minor, .kes), account: account,
            road: .confirmation, level: .matched)
        let recorded = try transact(node) { books in
            let recorded = try ReceivedMoney.hear(report, isListed: message.isListed, books, rules)
            if recorded == nil { try books.readStatementSoon() }
            return recorded
        }
        say("node \(node)", "hears of receipt \(receipt): \(recorded.map { "\($0)" } ?? "asks first")")
        if recorded == nil { lookUp(receipt, for: nil) }
        wakeAll()
    }

    @discardableResult
    func receive(_ report: MoneyReport, _ node: Int) throws -> MoneyRecorded {
        let recorded = try transact(node) { try ReceivedMoney.record(report, $0, rules) }
        if replays { heard.append(.report(report)) }
        say(
            "node \(node)",
            "hears by \(report.road.rawValue) of \(report.amount), receipt \(report.receipt.id), "
                + "account \"\(report.account)\": \(recorded)")
        wakeAll()
        return recorded
    }

    /// Asks the provider about a receipt; it answers later, if it knows one.
    func lookUp(_ receipt: String, for order: Int?) {
        guard time >= provider.silentUntil, let movement = provider.movement(receipt), movement.isIncoming else {
            return
        }
        let body = Message.Body.lookup(receipt: receipt, amount: movement.amount, order: order ?? -1)
        post(Message(about: Ticket("L\(receipt)"), body: body, isListed: true), after: random.spread(500, 600_000))
    }

    private func takeLookup(_ receipt: String, _ amount: Int64, for order: Int?, _ node: Int) throws {
        let report = MoneyReport(
            instance: Self.instance, receipt: Receipt(receipt), amount: Money(minor: amount, .kes), account: "",
            road: .lookup, level: .confirmed)
        try receive(report, node)
        guard let order else { return }
        // A shopper showed it: it is theirs when nothing speaks against it.
        try transact(node) { books in
            guard let order = try books.order(orderID(order)),
                let capture = try books.capture(receipt: receipt, instance: Self.instance), capture.order == nil
            else { return }
            guard capture.amount == order.standing.remainder else {
                return try books.openReview(
                    "claimed_receipt", subject: receipt, order: order.id, detail: "does not fit by itself")
            }
            var work = OrderWork(order, books, rules)
            try ReceivedMoney.assign(capture, report, to: &work)
            _ = try work.save()
        }
        say("node \(node)", "looks whether receipt \(receipt) is what order \(orderNumber(order)) waits for")
        wakeAll()
    }

    // MARK: The provider's list

    func claimStatement(_ node: Int) throws {
        let now = now(node)
        let due = store.statement
        guard !isOver, due.nextAt <= now, due.leaseUntil <= now else { return }
        let claimed = try transact(node) { books -> Store.Reading? in
            var reading = books.statement ?? store.statement
            guard reading.generation == due.generation else { return nil }
            reading.generation += 1
            reading.leaseUntil = now.adding(seconds: 600)
            books.statement = reading
            return reading
        }
        guard let claimed else { return }
        var worker = Worker(node: node, epoch: nodes[node].epoch)
        worker.reading = claimed
        start(worker)
    }

    func readStatement(_ place: Int, _ worker: Worker) throws {
        guard var reading = worker.reading else { return done(place) }
        let now = now(worker.node)
        switch worker.stage {
        case .begin:
            let isWhole =
                now >= reading.readWholeAt.adding(seconds: 86_400) || now >= reading.readUntil.adding(seconds: 3_600)
            guard time >= provider.silentUntil else {
                reading.failures += 1
                reading.nextAt = now.adding(seconds: min(plan.statementEvery, 60 << min(reading.failures - 1, 4)))
                workers[place].reading = reading
                return go(place, to: .endStatement)
            }
            let from = time - (isWhole ? 48 * 3_600_000 : 7_200_000)
            let lines = provider.movements.filter { $0.at >= from && $0.listedAt <= time }
            reading.readUntil = now
            if isWhole { reading.readWholeAt = now }
            reading.failures = 0
            reading.nextAt = now.adding(seconds: isQuiet ? 6 * 3_600 : plan.statementEvery)
            workers[place].reading = reading
            go(place, to: lines.isEmpty ? .endStatement : .lines(lines, 0))
        case .lines(let lines, let next):
            try take(lines[next], road: .statement, worker.node)
            go(place, to: next + 1 < lines.count ? .lines(lines, next + 1) : .endStatement)
        case _:
            try transact(worker.node) { books in
                var stored = store.statement
                guard stored.generation == reading.generation else { return }
                stored = reading
                stored.leaseUntil = Timestamp(milliseconds: 0)
                books.statement = stored
            }
            done(place)
            wakeAll()
        }
    }

    func take(_ line: Provider.Movement, road: EvidenceRoad, _ node: Int) throws {
        if let original = line.original {
            try transact(node) { books in
                try ReportedReturn(
                    amount: Money(minor: line.amount, .kes), receipt: Receipt(line.receipt), original: original,
                    instance: Self.instance
                ).record(books, rules)
            }
            say("node \(node)", "reads in the list that \(line.amount / 100) of \(original) went back")
            return wakeAll()
        }
        try receive(
            MoneyReport(
                instance: Self.instance, receipt: Receipt(line.receipt), amount: Money(minor: line.amount, .kes),
                account: line.account, road: road, level: .confirmed), node)
    }
}
