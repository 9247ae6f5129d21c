import Checkout
import Commerce
import PaymentKit
import Storage

/// The end: faults stop, the clocks are right, and everything that was going on comes to rest.
extension World {
    var hasStrayClocks: Bool {
        plan.faults.contains { if case .clock = $0.kind { true } else { false } }
    }

    func begin(phase: Int) throws {
        switch phase {
        case 0:
            isQuiet = true
            say("world", "from now on nothing goes wrong")
            awayUntil = 0
            provider.silentUntil = 0
            for node in nodes.indices {
                nodes[node].offset = 0
                nodes[node].armed = []
                restart(node)
                wake(node, at: time + 1)
            }
            agenda.add(.phase(1), at: time + 60 * 3_600_000)
        case 1, 2:
            isOver = true
            say("owner", "reads a whole statement in, and staff match what is left")
            for line in provider.movements {
                steps += 1
                try take(line, road: .file, 0)
            }
            try assignAll()
            if phase == 1 { agenda.add(.phase(2), at: time + 3 * 3_600_000) }
        case _: break
        }
    }

    // MARK: The full check

    func checkAtRest() {
        checkMovements()
        checkBalance()
        for attempt in store.attempts.rows {
            require(!attempt.state.isLive, "I30", "\(attempt.ticket.value) is \(attempt.state.name) for ever")
        }
        for row in store.jobs.rows {
            fail("I30", "a job \(row.job.kind.rawValue) of \(row.job.ticket?.value ?? row.job.order.text) is left over")
        }
        for row in store.inbox.rows {
            require(row.state != .new, "I26", "a message was not processed: \(row.message.body)")
        }
        require(spool.isEmpty, "I26", "a spooled message never came in")
        for order in store.orders.rows { checkRest(of: order) }
        checkRefunds()
        checkReplays()
    }

    /// I1, I9: each movement is recorded exactly once with its amount, and nothing else is.
    private func checkMovements() {
        let captures = store.captures.rows.filter { $0.mergedInto == nil && $0.instance == Self.instance }
        for movement in provider.movements where movement.isIncoming {
            let found = captures.filter { $0.receipt == movement.receipt }
            require(found.count == 1, "I1", "receipt \(movement.receipt) is booked \(found.count) times")
            guard let capture = found.first else { continue }
            require(
                capture.returned.minor == movement.returned || capture.hasManualReturns(store), "I1",
                "receipt \(movement.receipt): \(movement.returned) went back, booked \(capture.returned.minor)")
            if let meant = movement.order, capture.order != nil {
                require(
                    capture.order == orderID(meant), "I1", "receipt \(movement.receipt) is booked for another order")
            }
            if movement.order != nil { require(capture.order != nil, "I9", "receipt \(movement.receipt) has no order") }
        }
        for capture in captures {
            // What was sent back twice cannot be one row: a person looks.
            let order = capture.order.flatMap { store.orders[$0] }
            let isWithPerson = order.map { store.hasOpenReview("contradiction", $0) } ?? false
            require(
                capture.receipt != nil || isWithPerson, "I1",
                "\(capture.ticket?.value ?? "?") is booked beside its own receipt")
        }
    }

    /// I4.
    private func checkBalance() {
        let incoming = store.captures.rows.filter { $0.mergedInto == nil }.reduce(0) { $0 + $1.amount.minor }
        let returned = store.refunds.rows.filter { $0.state == .succeeded }.reduce(0) { $0 + $1.amount.minor }
        require(
            store.total.clearing == incoming - returned, "I4",
            "the books hold \(store.total.clearing), captures less refunds are \(incoming - returned)")
    }

    private func checkRest(of order: Order) {
        let captures = store.captures.rows.filter { $0.order == order.id && $0.mergedInto == nil }
        let money = OrderMoney(captures, total: order.total, canBeFulfilled: order.stockHeld)
        let sum = captures.reduce(0) { $0 + $1.amount.minor }
        require(money.received.minor == sum, "I6", "\(order.number): received is not the sum")
        require(
            !order.flags.contains(.unconfirmed) || order.flags.contains(.manualReview), "I9",
            "\(order.number): a reported success waits for ever")
        if order.standing.remainder.minor > 0, order.applied.minor == 0 {
            require(!order.stockHeld, "O6", "\(order.number): unpaid, and its goods are held for ever")
        }
    }

    private func checkRefunds() {
        for refund in store.refunds.rows {
            switch refund.state {
            case .requested: break
            case .approved:
                // A plugin that never lets it go leaves it to a person.
                require(
                    refund.instance == Self.hostile
                        && store.hasOpenReview("parked_job", "refund \(refund.ticket.value)"), "I30",
                    "\(refund.ticket.value) was approved and never sent")
            case .unknown, .submitted:
                require(
                    ["refund_unknown", "provider_unsure"].contains { store.hasOpenReview($0, refund.ticket.value) },
                    "I30",
                    "\(refund.ticket.value) is \(refund.state.name) and nobody looks")
            case .failed, .succeeded: break
            }
        }
    }
}

extension Capture {
    /// Whether a part of what went back was paid back by hand, which the provider does not know.
    fileprivate func hasManualReturns(_ store: Store) -> Bool {
        store.refunds.rows.contains { $0.capture == id && $0.way == .byHand && $0.state == .succeeded }
    }
}

extension World {
    /// Adds how often what happened.
    func count(into counts: inout [String: Int]) {
        for history in store.history {
            for event in history { counts["event \(event.event.kind)", default: 0] += 1 }
        }
        for (name, number) in tally.all where number > 0 { counts[name, default: 0] += number }
        for order in store.orders.rows { counts["order \(order.status.rawValue)", default: 0] += 1 }
        for refund in store.refunds.rows { counts["refund \(refund.state.name)", default: 0] += 1 }
    }
}

/// How often what the simulation itself does took place.
struct Tally {
    var pauses = 0
    var stale = 0
    var blocked = 0
    var crashes = 0
    var lostAnswers = 0
    var conflicts = 0
    var freezes = 0
    var clockJumps = 0
    var forgeries = 0
    var hostilities = 0
    var pushes = 0
    var payments = 0
    var messages = 0
    var broken = 0

    var all: [(String, Int)] {
        [
            ("fault: transactions that stood still", pauses), ("fault: stale writes", stale),
            ("fault: waits for a row", blocked), ("fault: crashes", crashes), ("fault: lost answers", lostAnswers),
            ("fault: conflicts", conflicts), ("fault: frozen workers", freezes), ("fault: clock jumps", clockJumps),
            ("made up messages", forgeries), ("hostile acts", hostilities), ("pushes received", pushes),
            ("payments made", payments),
            ("messages delivered", messages), ("steps that failed", broken),
        ]
    }
}
