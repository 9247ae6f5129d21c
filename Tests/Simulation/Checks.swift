import Checkout
import Commerce
import PaymentKit
import Storage

/// What must hold after every commit, by the numbers of the invariants. Only what a transaction touched is looked at.
struct Checks {
    private var states = Table<Ticket, Attempt.State>()
    /// Whether an order held its goods before.
    private var heldGoods = Table<ID<Order>, Bool>()

    mutating func afterCommit(_ books: MemoryBooks, _ world: World) {
        for change in books.captures.list {
            if let capture = change.row { check(capture, world) }
        }
        for change in books.attempts.list {
            if let attempt = change.row { check(attempt, world) }
        }
        for change in books.refunds.list {
            if let refund = change.row { check(refund, world) }
        }
        for change in books.orders.list {
            if let order = change.row { check(order, books, world) }
        }
        if !books.stock.isEmpty { checkStock(world) }
    }

    // MARK: Money

    /// I1 at every instant: what is booked has happened, with its amount.
    private func check(_ capture: Capture, _ world: World) {
        if let ticket = capture.ticket {
            world.require(
                world.store.attempts[ticket]?.instance == capture.instance, "S25",
                "\(ticket.value) was paid through another plugin than it was asked for with")
        }
        if capture.instance == World.hostile {
            // Nobody else knows what it has.
        } else if let receipt = capture.receipt {
            let movement = world.provider.movement(receipt)
            world.require(
                movement?.amount == capture.amount.minor && movement?.isIncoming == true, "I1",
                "money was booked that never came: receipt \(receipt) over \(capture.amount)")
        } else if capture.mergedInto == nil, let ticket = capture.ticket {
            world.require(
                world.provider.push(ticket)?.receipt != nil, "I1", "\(ticket.value) was booked as paid and was not")
        }
        let refunds = world.store.refunds.rows.filter { $0.capture == capture.id }
        if capture.mergedInto == nil {
            let open = refunds.filter { $0.state.isOpen || $0.state == .succeeded }
            let returning = open.reduce(0) { $0 + $1.amount.minor }
            let returned = refunds.filter { $0.state == .succeeded }.reduce(0) { $0 + $1.amount.minor }
            world.require(
                capture.returning.minor == returning && capture.returned.minor == returned, "I40",
                "\(capture.receipt ?? capture.id.text): \(capture.returning.minor) on its way back and "
                    + "\(capture.returned.minor) back, but its refunds say \(returning) and \(returned)")
        }
    }

    private mutating func check(_ order: Order, _ books: MemoryBooks, _ world: World) {
        let store = world.store
        world.require(
            order.stockHeld || heldGoods[order.id] != true || !order.flags.contains(.unconfirmed)
                || order.flags.contains(.manualReview), "O6",
            "\(order.number) lost its goods although its payment was reported")
        heldGoods.set(order.id, order.stockHeld)
        // Whoever has seen to it has closed the item; there is one all the same.
        world.require(
            order.stockHeld || order.received.minor <= order.returned.minor || order.flags.contains(.manualReview)
                || store.reviews[Store.ReviewKey(kind: "late_money", subject: order.number.text)] != nil, "O11",
            "\(order.number) has money and no goods, and nobody is told")
        let captures = store.captures.rows.filter { $0.order == order.id && $0.mergedInto == nil }
        let money = OrderMoney(captures, total: order.total, canBeFulfilled: order.stockHeld)
        let name = order.number.text
        world.require(order.applied.minor <= order.total.minor, "I5", "\(name) has more counted than it costs")
        world.require(
            order.received == money.received && order.returned == money.returned && order.applied == money.applied,
            "I6", "\(name): stored money is not what its captures come to")
        world.require(
            order.status == order.standing.status(at: books.now), "I6", "\(name): stored status is not the computed one"
        )
        let flags = order.flags.intersection(OrderMoney.computedFlags)
        world.require(flags == money.flags, "I7", "\(name): flags \(flags) for \(money.flags)")
        for flag in money.flags where flag != .partRefunded {
            world.require(store.hasOpenReview(flag.rawValue, name), "I7", "\(name): \(flag.rawValue) without an item")
        }
        let balance = store.balances[order.id] ?? Store.Balance()
        let kept = money.kept.minor
        world.require(
            -balance.payments == kept && -balance.credit == money.received.minor - money.returned.minor - kept, "I3",
            "\(name): the ledger says \(-balance.payments) and \(-balance.credit), its captures \(kept) and "
                + "\(money.received.minor - money.returned.minor - kept)")
        world.require(
            order.applied.minor == 0 || order.stockHeld, "I6", "\(name): money is counted for goods that are gone")
        // A receipt that is no attempt's and a payment whose receipt is owed are the same money, counted twice.
        let twins = captures.first { capture in
            capture.receipt == nil
                && captures.contains {
                    $0.ticket == nil && $0.receipt != nil && $0.amount == capture.amount
                        && $0.instance == capture.instance
                }
        }
        world.require(
            twins == nil || store.hasOpenReview("contradiction", order), "I1", "\(name) counts one payment twice")
        checkHistory(order, world)
        checkAttempts(of: order, captures, world)
    }

    /// I18, I21, I22.
    private func checkHistory(_ order: Order, _ world: World) {
        guard let place = world.store.orders.place(of: order.id) else { return }
        let history = world.store.history[place]
        world.require(
            Int64(history.count) == order.version && history.last?.seq == order.version, "I18",
            "\(order.number): the history has a gap")
        // Earlier pairs were compared when they were new.
        for number in max(1, history.count - 6)..<max(1, history.count) {
            world.require(
                history[number - 1].at <= history[number].at && history[number].seq == history[number - 1].seq + 1,
                "I22", "\(order.number): its history goes back in time")
        }
    }

    private func checkStock(_ world: World) {
        for product in world.plan.stock.indices {
            var held = 0
            for (place, goods) in world.store.goods.rows.enumerated() where goods.product == product {
                if world.store.orders[world.store.goods.keys[place]]?.stockHeld == true { held += goods.quantity }
            }
            let left = world.store.stock[product]
            world.require(
                left >= 0 && left + held == world.plan.stock[product], "stock",
                "of \(world.plan.stock[product]) pieces \(left) are left and \(held) are held")
        }
    }

    // MARK: Attempts

    private func checkAttempts(of order: Order, _ captures: [Capture], _ world: World) {
        var live: Ticket?
        for attempt in world.store.attempts.rows where attempt.order == order.id {
            if attempt.state.isLive {
                world.require(live == nil, "I13", "\(order.number) has two live attempts")
                live = attempt.ticket
            }
            let mine = captures.filter { $0.ticket == attempt.ticket }.count
            world.require(
                mine == (attempt.state == .paid ? 1 : 0), "I2",
                "\(attempt.ticket.value) is \(attempt.state.name) and has \(mine) captures")
        }
        world.require(order.liveTicket == live, "I13", "\(order.number): the live slot is not the live attempt")
        world.require(
            live == nil || order.stockHeld || order.applied.minor > 0, "O6",
            "\(order.number) has a live attempt and no goods")
    }

    private mutating func check(_ attempt: Attempt, _ world: World) {
        if let before = states[attempt.ticket] {
            world.require(
                before.joined(with: attempt.state) == attempt.state, "I18",
                "\(attempt.ticket.value) went from \(before.name) to \(attempt.state.name)")
            if before == .paid { world.require(attempt.state == .paid, "I20", "\(attempt.ticket.value) was paid") }
        }
        states.set(attempt.ticket, attempt.state)
        checkGrounds(of: attempt, world)
    }

    /// A no needs the provider's definite word, or the certainty that nothing was sent.
    private func checkGrounds(of attempt: Attempt, _ world: World) {
        guard let decline = attempt.state.decline else { return }
        let push = world.provider.push(attempt.ticket)
        switch decline.code {
        case "deadline": break
        // A plugin that means harm may say the same words.
        case "not_sent" where decline == Shop.notSent:
            world.require(
                push == nil && world.provider.acted[attempt.ticket] == nil, "I14",
                "\(attempt.ticket.value) was sent and counts as not sent")
        case "not_found":
            world.require(
                push == nil || world.hasStrayClocks, "I14", "\(attempt.ticket.value) was received and counts as unknown"
            )
        case _:
            world.require(
                push?.hasSaidNo ?? true, "I14",
                "\(attempt.ticket.value) is \(attempt.state.name) (\(decline.code)) "
                    + "without the provider's definite word")
        }
    }

    /// I10 to I14, at the moment at which the provider receives a push.
    func pushArrives(_ attempt: Attempt, _ world: World) {
        let ticket = attempt.ticket
        let stored = world.store.attempts[ticket]
        world.require(
            stored != nil && world.store.acts[ticket]?.contains(false) == true, "I11",
            "\(ticket.value) was not journalled")
        world.require(world.provider.acted[ticket] == nil, "I12", "\(ticket.value) was pushed twice")
        let shillings = attempt.amount.whole ?? 0
        world.require(
            stored?.amount == attempt.amount && (1...250_000).contains(shillings), "I10",
            "\(ticket.value) asks for \(attempt.amount)")
        guard let order = world.store.orders[attempt.order] else { return }
        world.require(attempt.amount.minor <= order.total.minor, "I10", "\(ticket.value) asks for more than the order")
        for other in world.store.attempts.rows where other.order == attempt.order && other.ticket != ticket {
            // A clock that jumps may close an attempt between its journal and its request; nothing can keep that back.
            let isClosedByClock = world.hasStrayClocks && stored?.state.isLive == false
            world.require(
                !other.state.isLive || isClosedByClock, "I13",
                "\(ticket.value) is pushed while \(other.ticket.value) is \(other.state.name)")
        }
    }

    // MARK: Refunds

    private func check(_ refund: Refund, _ world: World) {
        guard refund.state == .succeeded, refund.way == .reversal, refund.instance != World.hostile else { return }
        let request = world.provider.requests.first { $0.ticket == refund.ticket }
        let wentBack = request?.receipt != nil
        let byOthers = refund.receipt.map { world.provider.movement($0)?.original != nil } ?? false
        world.require(wentBack || byOthers, "I40", "\(refund.ticket.value) counts as returned, and nothing moved")
    }

    func refundArrives(_ refund: Refund, _ world: World) {
        let stored = world.store.refunds[refund.ticket]
        world.require(world.provider.acted[refund.ticket] == nil, "I40", "\(refund.ticket.value) was submitted twice")
        world.require(
            stored?.approvedBy != nil && world.store.acts[refund.ticket]?.contains(false) == true, "I40",
            "\(refund.ticket.value) was submitted without approval or journal")
        let needsTwo = refund.amount.minor >= world.rules.secondPersonFrom.minor
        world.require(
            !needsTwo || stored?.approvedBy != stored?.requestedBy, "I40", "\(refund.ticket.value): one person for both"
        )
    }

    /// The database had to stop what the rules let through.
    func broken(_ what: String, _ world: World) { world.fail("CHECK", what) }
}
