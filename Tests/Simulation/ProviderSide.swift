import Checkout
import Commerce
import PaymentKit
import Storage

/// What the provider does: it takes requests, decides, tells, and answers questions.
extension World {
    func orderID(_ number: Int) -> ID<Order> { ID(stored: "o\(number)") }

    /// The number under which people know an order.
    func orderNumber(_ number: Int) -> String { store.orders[orderID(number)]?.number.text ?? "" }

    // MARK: Prompts

    /// A push arrives. What must be true at that moment is checked here (I10 to I14).
    func receive(_ attempt: Attempt, _ order: OrderPlan, _ push: Provider.PushPlan) -> [Reference] {
        tally.pushes += 1
        checks.pushArrives(attempt, self)
        provider.acted.set(attempt.ticket, (provider.acted[attempt.ticket] ?? 0) + 1)
        let checkout = makeName("ws")
        let has = order.habits
        var random = Random(order.seed, attempt.number, 2)
        provider.pushes.append(
            Provider.Push(
                ticket: attempt.ticket, order: order.id, number: attempt.number, amount: attempt.amount.minor,
                checkout: checkout, receivedAt: time, plan: push, wrongNegativeLeft: has.contains(.wrongNegative),
                notFoundUntil: has.contains(.notFoundFirst) ? time + random.spread(1_000, 90_000) : 0))
        say("provider", "prompts for \(attempt.amount), \(attempt.ticket.value), id \(checkout)")
        agenda.add(.decide(provider.pushes.count - 1), at: time + push.decidesAfter)
        return [Reference("CheckoutRequestID", checkout)]
    }

    func decide(_ number: Int) {
        let push = provider.pushes[number]
        if let code = push.plan.code {
            say("payer", "does not pay \(push.ticket.value) (\(code))")
            provider.pushes[number].verdict = .declined(code)
            if push.plan.isSilent { return }
            tell(number, code: code)
            if push.plan.paysAfterNo > 0 { agenda.add(.payAfterNo(number), at: time + push.plan.paysAfterNo) }
        } else {
            pay(number)
        }
    }

    func payAfterNo(_ number: Int) { pay(number) }

    private func pay(_ number: Int) {
        let push = provider.pushes[number]
        let receipt = makeName("P")
        provider.pushes[number].verdict = .paid
        provider.pushes[number].receipt = receipt
        say("payer", "pays \(push.amount / 100) for \(push.ticket.value), receipt \(receipt)")
        var random = Random(plan.orders[place(of: push.order)].seed, push.number, 3)
        move(
            Provider.Movement(
                receipt: receipt, amount: push.amount, at: time, account: plan.isTill ? "" : orderNumber(push.order),
                order: push.order, ticket: push.ticket, listedAt: time + random.spread(1_000, 6 * 3_600_000)),
            habits: plan.orders[place(of: push.order)].habits, &random)
        if !push.plan.isSilent { tell(number, code: "0") }
    }

    func place(of order: Int) -> Int { plan.orders.firstIndex { $0.id == order } ?? 0 }

    /// Enters money that came, and reports it to the standing address where that is usual.
    func move(_ movement: Provider.Movement, habits: Habits, _ random: inout Random) {
        tally.payments += 1
        provider.movements.append(movement)
        guard habits.contains(.confirmations) else { return }
        var account = movement.account
        if habits.contains(.garbledAccounts), random.chance(50) { account = random.chance(50) ? "" : "KITU 77" }
        let body = Message.Body.confirmation(receipt: movement.receipt, amount: movement.amount, account: account)
        for _ in 0...random.below(3) {
            post(
                Message(about: nil, body: body, isListed: !(habits.contains(.foreignSources) && random.chance(50))),
                after: random.spread(20, habits.contains(.lateCallbacks) ? 20 * 3_600_000 : 20_000))
        }
    }

    /// Sends the result of a prompt, as reliably as this order's habits let it.
    private func tell(_ number: Int, code: String) {
        let push = provider.pushes[number]
        let habits = plan.orders[place(of: push.order)].habits
        var random = Random(plan.orders[place(of: push.order)].seed, push.number, code == "0" ? 4 : 5)
        if habits.contains(.lostCallbacks), random.chance(50) { return say("provider", "its message is lost") }
        let copies = habits.contains(.repeatedCallbacks) ? 1 + random.below(5) : 1
        for _ in 0..<copies {
            var amount = push.amount
            var told = code
            let latest: Int64 = habits.contains(.lateCallbacks) ? 47 * 3_600_000 : 4_000
            if habits.contains(.wrongAmounts), random.chance(50) { amount += random.pick([-100, 100, 10_000]) }
            if habits.contains(.unclearCodes), code != "0", random.chance(40) { told = "9999" }
            let isListed = !(habits.contains(.foreignSources) && random.chance(50))
            let receipt = habits.contains(.noReceipts) && random.chance(50) ? nil : push.receipt
            let isDamaged = habits.contains(.damagedCallbacks) && random.chance(50)
            var checkout = push.checkout
            if habits.contains(.wrongIDs), code == "0", random.chance(40) {
                checkout = provider.pushes[random.below(provider.pushes.count)].checkout
            }
            let body: Message.Body =
                isDamaged
                ? .noise(number)
                : .prompt(checkout: checkout, code: told, amount: amount, receipt: code == "0" ? receipt : nil)
            if code != "0", told == code, isListed, !isDamaged { provider.pushes[number].hasSaidNo = true }
            post(Message(about: push.ticket, body: body, isListed: isListed), after: random.spread(10, latest))
        }
    }

    /// The answer to a query; nil when it is none.
    func status(of attempt: Attempt, _ references: [Reference], asked: Int) -> Outcome? {
        guard let checkout = references.first(where: { $0.name == "CheckoutRequestID" })?.value else { return nil }
        guard time >= provider.silentUntil else { return nil }
        guard let number = provider.pushes.firstIndex(where: { $0.checkout == checkout }) else {
            return Outcome(.notFound)
        }
        let push = provider.pushes[number]
        let habits = plan.orders[place(of: push.order)].habits
        var random = Random(plan.orders[place(of: push.order)].seed, push.number, 100 + asked)
        if !isQuiet {
            if habits.contains(.queryErrors), random.chance(60) { return nil }
            if time < push.notFoundUntil { return Outcome(.notFound) }
            if push.wrongNegativeLeft, random.chance(60) {
                provider.pushes[number].wrongNegativeLeft = false
                say("provider", "wrongly answers no about \(push.ticket.value)")
                return Outcome(.declined(Codes.decline("1032")))
            }
        }
        switch push.verdict {
        case .open: return Outcome(.pending)
        case .paid: return Outcome(.paid(Money(minor: push.amount, .kes), receipt: nil))
        case .declined(let code):
            provider.pushes[number].hasSaidNo = true
            return Outcome(.declined(Codes.decline(code)))
        }
    }

    // MARK: Refunds

    func receive(_ refund: Refund, of original: String) -> String {
        checks.refundArrives(refund, self)
        provider.acted.set(refund.ticket, (provider.acted[refund.ticket] ?? 0) + 1)
        let conversation = makeName("AG")
        provider.requests.append(
            Provider.RefundRequest(
                ticket: refund.ticket, conversation: conversation, original: original, amount: refund.amount.minor,
                receivedAt: time))
        say("provider", "takes the request to return \(refund.amount) of \(original), \(refund.ticket.value)")
        var random = Random(plan.seed, provider.requests.count, 6)
        agenda.add(.decideRefund(provider.requests.count - 1), at: time + random.spread(200, 6 * 3_600_000))
        return conversation
    }

    func decideRefund(_ number: Int) {
        var request = provider.requests[number]
        var random = Random(plan.seed, number, 7)
        request.isDecided = true
        if random.chance(25) {
            request.code = random.pick(["2001", "1"])
        } else {
            request.receipt = provider.giveBack(
                request.amount, of: request.original, at: time, listedAt: time + random.spread(1_000, 6 * 3_600_000))
            if request.receipt == nil { request.code = "R000001" }
        }
        provider.requests[number] = request
        say(
            "provider",
            request.receipt.map { "returns \(request.amount / 100) of \(request.original), receipt \($0)" }
                ?? "does not return \(request.original) (\(request.code ?? ""))")
        if random.chance(25) { return say("provider", "its message is lost") }
        let body = Message.Body.reversal(
            conversation: request.conversation, code: request.code ?? "0", amount: request.amount,
            receipt: random.chance(85) ? request.receipt : nil)
        for _ in 0...random.below(3) {
            post(
                Message(about: request.ticket, body: body, isListed: random.chance(90)),
                after: random.spread(10, random.chance(80) ? 5_000 : 3 * 3_600_000))
        }
    }

    func status(of refund: Refund, asked: Int) -> Outcome? {
        var random = Random(plan.seed, Int(refund.requestedAt.milliseconds - Self.begin), 50 + asked)
        guard time >= provider.silentUntil, isQuiet || !random.chance(40) else { return nil }
        guard let request = provider.requests.first(where: { $0.ticket == refund.ticket }) else {
            return Outcome(.notFound)
        }
        guard request.isDecided else { return Outcome(.pending) }
        if request.code == "R000001" { return Outcome(.unclear(code: "R000001", detail: "already returned")) }
        if let code = request.code { return Outcome(.declined(Codes.decline(code))) }
        let receipt = random.chance(70) ? request.receipt.map { Receipt($0) } : nil
        return Outcome(.returned(Money(minor: request.amount, .kes), receipt: receipt, .reversal))
    }

    func post(_ message: Message, after delay: Int64) {
        messages.append(message)
        agenda.add(.deliver(messages.count - 1), at: time + delay)
    }
}
