import Checkout
import Commerce
import PaymentKit
import Storage

/// What a plugin that means harm does by itself, besides what it answers.
struct Hostility: Sendable {
    enum Kind: CaseIterable, Sendable {
        /// Reads whatever it likes out of a message to one of its own prompts, or to its standing address.
        case message, standingMessage
        /// Lists money that came, or went back.
        case line, returnLine
        /// Speaks about a prompt or a refund of another plugin, past the host that would stop it.
        case misdirected
    }
    var at: Int64
    var order: Int
    var kind: Kind
    var seed: UInt64
}

/// A second plugin in the same shop, which lies whenever it is asked and often when it is not (S25). What it says of
/// itself is believed, for nobody else knows; the checks ask that it harms nothing else.
///
/// What the host refuses already cannot come from here: amounts that cannot be added up, and silence that never ends.
extension World {
    static let hostile = "bad"

    /// Through which plugin a shopper pays.
    func instance(forAttempt number: Int, of order: Int) -> String {
        let plan = plan.orders[place(of: order)]
        var random = Random(plan.seed, number, 20)
        return random.chance(plan.hostileShare) ? Self.hostile : Self.instance
    }

    /// Whose prompt or refund it is.
    func instance(of ticket: Ticket) -> String {
        store.attempts[ticket]?.instance ?? store.refunds[ticket]?.instance ?? Self.instance
    }

    // MARK: What it says

    /// Anything that can be said, with names and receipts that are its own, made up, or somebody else's.
    func lie(_ random: inout Random) -> Outcome {
        var references: [Reference] = []
        if random.chance(50) {
            let others = provider.pushes.map(\.checkout)
            let isTaken = !others.isEmpty && random.chance(70)
            let value = isTaken ? others[random.below(others.count)] : makeName("ws")
            references.append(Reference(random.pick(["CheckoutRequestID", "ConversationID"]), value))
        }
        return Outcome(lyingFact(&random), references: references)
    }

    private func lyingFact(_ random: inout Random) -> Fact {
        let amount = lyingAmount(&random)
        let receipt = random.chance(75) ? Receipt(lyingReceipt(&random)) : nil
        switch random.below(14) {
        case 0, 1, 2, 3: return .paid(amount, receipt: receipt)
        case 4, 5: return .declined(Codes.decline(random.pick(["1032", "1", "deadline", "not_sent", "not_found"])))
        case 6: return .returned(amount, receipt: receipt, random.pick([.refund, .reversal, .chargeback]))
        case 7: return .authorized(amount, until: nil)
        case 8: return .sent(amount, receipt: receipt)
        case 9: return .unclear(code: "9999", detail: "")
        case 10: return .notFound
        case 11: return .needsReview("look at this")
        case 12: return .balance([])
        case _: return .pending
        }
    }

    private func lyingAmount(_ random: inout Random) -> Money {
        let prices = store.orders.rows.map(\.total.minor)
        let exact = prices.isEmpty ? 100 : prices[random.below(prices.count)]
        return Money(
            minor: random.pick([exact, exact, exact, exact + 100, max(100, exact - 100), 100, 10_000_000_000_000]), .kes
        )
    }

    private func lyingReceipt(_ random: inout Random) -> String {
        let known = store.captures.rows.compactMap(\.receipt) + provider.movements.map(\.receipt)
        return known.isEmpty || random.chance(40) ? makeName("Z") : known[random.below(known.count)]
    }

    // MARK: What it answers

    /// Its answer to a prompt or a refund. What it says of having done nothing counts only as far as nothing left: the
    /// host knows.
    func hostileAnswer(_ act: Int, acts: Bool, _ random: inout Random) -> (Worker.Answer, after: Int64) {
        switch random.below(acts ? 3 : 5) {
        case 0, 1: (.accepted(lie(&random)), random.spread(50, 28_000))
        case 2: (.unknown, 30_000)
        case 3: (.notSent(act), 100)
        case _: (.busy(Int(random.spread(1, 86_400)), act: act), 100)
        }
    }

    func sendToHostile(_ attempt: Attempt, _ act: Int, _ place: Int) {
        var random = Random(plan.seed &+ UInt64(time), attempt.number, 21)
        let acts = random.chance(60)
        if acts {
            checks.pushArrives(attempt, self)
            provider.acted.set(attempt.ticket, (provider.acted[attempt.ticket] ?? 0) + 1)
        }
        let (answer, wait) = hostileAnswer(act, acts: acts, &random)
        say("bad plugin", "\(acts ? "acts" : "does nothing") about \(attempt.ticket.value) and says \(answer)")
        go(place, to: .answered(answer), after: wait)
    }

    func sendToHostile(_ refund: Refund, _ act: Int, _ place: Int) {
        var random = Random(plan.seed &+ UInt64(time), 0, 22)
        let acts = random.chance(60)
        if acts {
            checks.refundArrives(refund, self)
            provider.acted.set(refund.ticket, (provider.acted[refund.ticket] ?? 0) + 1)
        }
        let (answer, wait) = hostileAnswer(act, acts: acts, &random)
        say("bad plugin", "\(acts ? "acts" : "does nothing") about refund \(refund.ticket.value) and says \(answer)")
        go(place, to: .answered(answer), after: wait)
    }

    /// What it says when it is asked about its own; nil when it says nothing.
    func hostileStatus() -> Outcome? {
        var random = Random(plan.seed &+ UInt64(time), 0, 23)
        return random.chance(20) ? nil : lie(&random)
    }

    // MARK: What it does unasked

    func act(_ hostility: Hostility, _ number: Int) throws {
        // It does not get better when everything else does.
        guard !isOver, let node = someNode(number) else { return }
        var random = Random(hostility.seed)
        let own = store.attempts.rows.filter { $0.instance == Self.hostile }
        tally.hostilities += 1
        switch hostility.kind {
        case .message where !own.isEmpty:
            post(message(number, about: own[random.below(own.count)].ticket, &random), after: 1)
        case .message, .standingMessage: post(message(number, about: nil, &random), after: 1)
        case .line: try receive(lyingReport(hostility.order, .statement, .confirmed, &random), node)
        case .returnLine:
            let (amount, receipt, original) = (lyingAmount(&random), lyingReceipt(&random), lyingReceipt(&random))
            try transact(node) { books in
                try ReportedReturn(
                    amount: amount, receipt: Receipt(receipt), original: original, instance: Self.hostile
                ).record(books, rules)
            }
            say("bad plugin", "lists that \(amount) of \(original) went back, receipt \(receipt)")
            wakeAll()
        case .misdirected: try misdirect(node, &random)
        }
    }

    private func message(_ number: Int, about ticket: Ticket?, _ random: inout Random) -> Message {
        Message(about: ticket, body: .hostile(number), isListed: random.chance(70), sender: "anybody")
    }

    private func misdirect(_ node: Int, _ random: inout Random) throws {
        let others =
            store.attempts.rows.filter { $0.instance != Self.hostile }.map(\.ticket)
            + store.refunds.rows.filter { $0.instance != Self.hostile }.map(\.ticket)
        guard !others.isEmpty else { return }
        let ticket = others[random.below(others.count)]
        let source: News.Source = random.pick([.startAnswer, .query, .callback(isListed: true)])
        let recorded = try record(News(source, lie(&random)), about: ticket, on: node, from: Self.hostile)
        require(recorded == .unknownAttempt, "S25", "\(ticket.value) heard another plugin: \(recorded)")
    }

    private func lyingReport(
        _ order: Int, _ road: EvidenceRoad, _ level: CaptureEvidence, _ random: inout Random
    ) -> MoneyReport {
        let account = random.pick([orderNumber(order), orderNumber(order), "", "KITU 77"])
        return MoneyReport(
            instance: Self.hostile, receipt: Receipt(lyingReceipt(&random)), amount: lyingAmount(&random),
            account: account, road: road, level: level)
    }

    /// Makes whatever it likes of a message.
    ///
    /// - Returns: False when it speaks about what the message's address was not made for: that is for a person.
    func takeHostile(_ number: Int, _ message: Message, _ node: Int) throws -> Bool {
        let hostility = plan.hostilities[number]
        var random = Random(hostility.seed, 1)
        for _ in 0...random.below(3) {
            if random.chance(15) { return false }
            guard let ticket = message.about else {
                let report = lyingReport(hostility.order, .confirmation, .matched, &random)
                let heard = try transact(node) {
                    try ReceivedMoney.hear(report, isListed: message.isListed, $0, rules)
                }
                say(
                    "node \(node)",
                    "hears from the bad plugin of \(report.receipt.id): \(heard.map { "\($0)" } ?? "asks")")
                wakeAll()
                continue
            }
            let key = EventKey("bad", "\(random.below(3))")
            try record(
                News(.callback(isListed: message.isListed), lie(&random), key: key), about: ticket, on: node,
                from: Self.hostile)
        }
        return true
    }
}
