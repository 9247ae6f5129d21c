import Checkout
import Commerce
import Database
import PaymentKit
import Storage

/// Shoppers, staff and strangers.
extension World {
    // MARK: Shopping

    func place(_ number: Int) throws {
        let plan = plan.orders[place(of: number)]
        guard let node = someNode(number) else { return }
        let now = now(node)
        let total = Money(whole: self.plan.prices[plan.product] * Int64(plan.quantity), .kes)
        let zero = Money(minor: 0, .kes)
        let order = Order(
            id: orderID(number), number: Self.number(seed: plan.seed), version: 0, lastHash: [], status: .pending,
            flags: [], language: .english, deliveryCode: "", deliveryName: Words(english: "", swahili: ""),
            goods: total, delivery: zero, vat: zero, total: total, applied: zero, received: zero, returned: zero,
            stockHeld: true, attemptsMade: 0, liveTicket: nil, placedAt: now,
            expiresAt: now.adding(seconds: rules.orderExpirySeconds), changedAt: now, cancelledAt: nil, paidAt: nil)
        guard let phone = Self.phone else { return }
        let isPlaced = try transact(node) { books -> Bool in
            guard try books.order(order.id) == nil, try books.reserve(plan.quantity, of: plan.product) else {
                return false
            }
            try books.insert(order, product: plan.product, quantity: plan.quantity)
            try Prompts.requireOpen(order, rules, at: now)
            try Prompts.open(
                on: order, phone: phone, instance: instance(forAttempt: 1, of: number),
                events: [OrderEvent("order_placed")], books, rules)
            try books.schedule(Job(.expire, order.id, dueAt: order.expiresAt))
            return true
        }
        guard isPlaced else { return say("shopper \(number)", "finds the shelf empty") }
        say("shopper \(number)", "places order \(order.number) over \(total)")
        wakeAll()
        var random = Random(plan.seed, 0, 8)
        if plan.looks > 0 { agenda.add(.look(number, plan.looks), at: time + random.spread(2_000, 240_000)) }
    }

    static let phone = { () -> PhoneNumber? in
        do { return try PhoneNumber("0712345678") } catch { return nil }
    }()

    /// A right order number, the same for the same seed.
    private static func number(seed: UInt64) -> OrderNumber {
        var random = Random(seed, 0, 9)
        return OrderNumber(using: &random)
    }

    func look(_ number: Int, _ left: Int) throws {
        let plan = plan.orders[place(of: number)]
        var random = Random(plan.seed, left, 10)
        if left > 1 { agenda.add(.look(number, left - 1), at: time + random.spread(5_000, 900_000)) }
        try payAgain(number, node: someNode(number + left))
    }

    func payAgain(_ number: Int, node: Int?) throws {
        guard let node, store.orders[orderID(number)] != nil else { return }
        let now = now(node)
        let result = try transact(node) { books -> String in
            guard let order = try books.order(orderID(number)) else { return "no order" }
            let last = try books.attempt(Ticket("\(order.number)-\(order.attemptsMade)"))
            guard let last, let phone = Self.phone else { return "no attempt" }
            if let until = rules.retryTime(after: last), now < until { return "must wait" }
            do throws(StartRefusal) {
                do { try Prompts.requireOpen(order, rules, at: now) } catch let refusal as StartRefusal {
                    throw refusal
                } catch { return "refused" }
            } catch { return "\(error)" }
            let instance = instance(forAttempt: order.attemptsMade + 1, of: number)
            try Prompts.open(on: order, phone: phone, instance: instance, events: [], books, rules)
            return "started"
        }
        say("shopper \(number)", "presses pay again: \(result)")
        wakeAll()
    }

    // MARK: Everything else that people do

    func act(_ extra: Extra, _ number: Int) throws {
        guard !isQuiet else { return }
        switch extra.kind {
        case .payByHand(let share, let account, let seed): payByHand(extra.order, share, account, seed)
        case .lie(let lie, let seed): tell(lie, about: extra.order, seed)
        case .requestRefund(let part, let isByHand, let seed):
            try requestRefund(extra.order, part: part, isByHand: isByHand, seed, number)
        case .requestTwice(let seed):
            try requestRefund(extra.order, part: false, isByHand: false, seed, number)
            try requestRefund(extra.order, part: false, isByHand: false, seed &+ 1, number)
        case .undo(let seed): undo(extra.order, seed)
        case .showReceipt(let seed): showReceipt(extra.order, seed)
        case .assign: try assignAll()
        case .decideAll:
            for refund in store.refunds.rows where refund.state == .requested {
                agenda.add(.follow(number, refund.ticket), at: time + 1)
            }
        case .revive: try revive(extra.order)
        case .readFile: try readFile()
        case .payAgainTwice:
            try payAgain(extra.order, node: someNode(0))
            try payAgain(extra.order, node: someNode(1))
        }
    }

    private func payByHand(_ number: Int, _ share: Extra.Share, _ text: Extra.AccountText, _ seed: UInt64) {
        guard let order = store.orders[orderID(number)] else { return }
        var random = Random(seed)
        let due = max(order.standing.remainder.minor, 100)
        let amount: Int64
        switch share {
        case .exact: amount = due
        case .part: amount = max(due / 300 * 100, 100)
        case .over: amount = due + 100 * random.between(1, 500)
        }
        var meant: Int? = number
        var account = order.number.text
        switch text {
        case .exact: break
        case .garbled: account = "ODA \(account.dropFirst(2))"
        case .none: account = ""
        case .other:
            meant = plan.orders[random.below(plan.orders.count)].id
            account = meant.map(orderNumber) ?? ""
            if account.isEmpty { meant = number }
        }
        if plan.isTill { account = "" }
        let receipt = makeName("H")
        say("payer", "pays \(amount / 100) by hand, account \"\(account)\", receipt \(receipt)")
        move(
            Provider.Movement(
                receipt: receipt, amount: amount, at: time, account: account, order: meant, ticket: nil,
                listedAt: time + random.spread(1_000, 6 * 3_600_000)),
            habits: plan.orders[place(of: number)].habits.union(random.chance(70) ? .confirmations : []), &random)
    }

    private func showReceipt(_ number: Int, _ seed: UInt64) {
        guard store.orders[orderID(number)] != nil else { return }
        // One's own, as a rule.
        var random = Random(seed)
        let mine = provider.movements.filter { $0.isIncoming && $0.order == number }
        guard !mine.isEmpty else { return }
        let receipt = mine[random.below(mine.count)].receipt
        if let known = store.captures.rows.first(where: { $0.receipt == receipt }), known.order != nil { return }
        say("shopper \(number)", "shows receipt \(receipt)")
        lookUp(receipt, for: number)
    }

    private func undo(_ number: Int, _ seed: UInt64) {
        var random = Random(seed)
        let mine = provider.movements.filter { $0.isIncoming && $0.order == number && $0.returned == 0 }
        guard !mine.isEmpty else { return }
        let movement = mine[random.below(mine.count)]
        let listedAt = time + random.spread(1_000, 3 * 3_600_000)
        let amount = movement.amount
        if provider.giveBack(amount, of: movement.receipt, at: time, listedAt: listedAt) != nil {
            say("owner", "undoes \(movement.receipt) at the provider")
        }
    }

    private func revive(_ number: Int) throws {
        guard let node = someNode(0) else { return }
        do {
            try transact(node) { try Revival.revive(orderID(number), by: "Asha", $0, rules) }
            say("staff", "revive order \(orderNumber(number))")
        } catch let refusal as ReviveRefusal { say("staff", "cannot revive order \(orderNumber(number)): \(refusal)") }
        wakeAll()
    }

    private func readFile() throws {
        guard let node = someNode(0) else { return }
        say("owner", "reads a statement in")
        for line in provider.movements { try take(line, road: .file, node) }
    }

    /// Staff give every unmatched payment to the order that it was meant for.
    func assignAll() throws {
        guard let node = someNode(0) else { return }
        for held in store.captures.rows where held.order == nil && held.mergedInto == nil {
            guard held.instance == Self.instance else { continue }
            guard let receipt = held.receipt, let meant = provider.movement(receipt)?.order,
                store.orders[orderID(meant)] != nil
            else { continue }
            let report = MoneyReport(
                instance: Self.instance, receipt: Receipt(receipt), amount: held.amount, account: "", road: .staff,
                level: held.level)
            try transact(node) { books in
                guard let order = try books.order(orderID(meant)),
                    let held = try books.capture(receipt: receipt, instance: Self.instance), held.order == nil
                else { return }
                var work = OrderWork(order, books, rules)
                work.note("assigned_by", nil, "staff")
                try ReceivedMoney.assign(held, report, to: &work)
                _ = try work.save()
            }
            say("staff", "give receipt \(receipt) to order \(orderNumber(meant))")
            wakeAll()
        }
    }
}
