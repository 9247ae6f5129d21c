/// Everything the simulated Daraja remembers. Each step takes the time it happens at and does nothing else but change
/// this value; ``Daraja`` guards it.
struct DarajaState {
    let configuration: DarajaConfiguration
    var random: SeededRandom
    /// Tokens and when they end.
    var tokens: [String: Milliseconds] = [:]
    var phones: [String: Phone] = [:]
    var pushes: [Push] = []
    /// Places in ``pushes`` by CheckoutRequestID.
    var places: [String: Int] = [:]
    /// The push that keeps a phone busy.
    var openPushes: [String: Int] = [:]
    /// Receipts and CheckoutRequestIDs given out, also before a reset: none is given out twice.
    var issued: Set<String> = []
    var stories: StoryBook
    var agenda = Agenda()
    /// Callbacks whose time has come, not yet taken by the server.
    var outbox: [Delivery] = []
    var rounds = 0

    init(_ configuration: DarajaConfiguration) {
        self.configuration = configuration
        random = SeededRandom(seed: configuration.seed)
        stories = StoryBook(standard: configuration.defaultStory)
    }

    /// Does everything that was due until `now`, each thing at its own time.
    mutating func catchUp(to now: Milliseconds) {
        while let appointment = agenda.next(until: now) {
            switch appointment.errand {
            case .showPrompt(let number): showPrompt(number, at: appointment.at)
            case .decide(let number): decide(number, as: pushes[number].story.outcome, at: appointment.at)
            case .expire(let number): expire(number, at: appointment.at)
            case .laterSuccess(let number): pay(number, at: appointment.at)
            case .send(let number, let kind, let body, let copies):
                send(number, kind, body, copies: copies, at: appointment.at)
            case .sendAgain(let delivery): sendAgain(delivery, at: appointment.at)
            }
        }
    }

    /// Starts what happens after a push was taken on.
    mutating func begin(_ number: Int, at now: Milliseconds) {
        let push = pushes[number]
        openPushes[push.phone] = number
        if phones[push.phone] == nil {
            phones[push.phone] = Phone(number: push.phone, balance: configuration.openingBalance)
        }
        if push.story.callback.isEarly {
            decide(number, as: push.story.outcome == .manual ? .success : push.story.outcome, at: now)
        } else {
            agenda.add(.showPrompt(number), at: now + configuration.promptDelayMilliseconds)
        }
        catchUp(to: now)
    }

    private mutating func showPrompt(_ number: Int, at now: Milliseconds) {
        guard pushes[number].stage == .sent else { return }
        guard Prompt.text(for: pushes[number]).count <= Prompt.maximumLength else {
            return end(number, code: "1025", at: now)
        }
        let until = now + configuration.promptLifeMilliseconds
        pushes[number].stage = .prompting(until: until)
        agenda.add(.expire(number), at: until)
        switch pushes[number].story.outcome {
        case .manual, .ignored: break
        case .success, .stuck, .code: agenda.add(.decide(number), at: now + pushes[number].story.decisionMilliseconds)
        }
    }

    private mutating func decide(_ number: Int, as outcome: Outcome, at now: Milliseconds) {
        guard pushes[number].isOpen else { return }
        switch outcome {
        case .success: approve(number, at: now)
        case .code("0"): approve(number, at: now)
        case .code(let code): end(number, code: code, at: now)
        case .manual, .ignored: break
        case .stuck:
            pushes[number].stage = .stuck
            openPushes[pushes[number].phone] = nil
            sendForgery(number, at: now + configuration.processingMilliseconds)
        }
    }

    private mutating func expire(_ number: Int, at now: Milliseconds) {
        guard pushes[number].isOpen else { return }
        end(number, code: "1037", description: "No response from user.", at: now)
    }

    /// The right PIN was typed: the rules decide, then the balance.
    mutating func approve(_ number: Int, at now: Milliseconds) {
        let push = pushes[number]
        let amount = push.story.callback.otherAmount ?? push.amount
        guard let phone = phones[push.phone] else { return }
        if let last = phone.lastPaid[push.amount], now - last < configuration.repeatMilliseconds {
            end(number, code: "17", at: now)
        } else if phone.balance < amount {
            phones[push.phone]?.receive(
                "Failed. You do not have enough money in your M-PESA account to pay "
                    + "Ksh\(grouped(amount)).00. Your M-PESA balance is Ksh\(grouped(phone.balance)).00.", at: now)
            end(number, code: "1", at: now)
        } else {
            pay(number, at: now)
        }
    }

    /// Ends a push without money.
    mutating func end(_ number: Int, code: String, description: String? = nil, at now: Milliseconds) {
        finish(
            number,
            PushResult(
                code: code, description: description ?? ResultText.of(code), at: now, receipt: nil, debited: 0))
        if let later = pushes[number].story.callback.laterSuccessMilliseconds {
            agenda.add(.laterSuccess(number), at: now + later)
        }
    }

    /// Moves the money if there is enough, and sends the SMS.
    private mutating func pay(_ number: Int, at now: Milliseconds) {
        let push = pushes[number]
        let amount = push.story.callback.otherAmount ?? push.amount
        guard var phone = phones[push.phone], phone.balance >= amount else { return }
        var receipt: String
        repeat { receipt = Identifier.receipt(at: now, &random) } while !issued.insert(receipt).inserted
        phone.balance -= amount
        phone.lastPaid[push.amount] = now
        phone.receive(
            "\(receipt) Confirmed. Ksh\(grouped(amount)).00 paid to \(push.merchant.name). on "
                + "\(EastAfricaTime(now).message). New M-PESA balance is Ksh\(grouped(phone.balance)).00. "
                + "Transaction cost, Ksh0.00.", at: now)
        phones[push.phone] = phone
        finish(
            number,
            PushResult(
                code: "0", description: ResultText.of("0"), at: now, receipt: receipt, debited: amount))
    }

    private mutating func finish(_ number: Int, _ result: PushResult) {
        pushes[number].results.append(result)
        pushes[number].stage = .ended
        if openPushes[pushes[number].phone] == number { openPushes[pushes[number].phone] = nil }
        let plan = pushes[number].story.callback
        guard !plan.isLost else {
            pushes[number].callbacksLost += plan.copies
            return
        }
        let delay = plan.isEarly ? 0 : configuration.processingMilliseconds + plan.delayMilliseconds
        if pushes[number].results.count == 1 { sendForgery(number, at: result.at + delay) }
        let body = CallbackBody.genuine(pushes[number], result)
        agenda.add(.send(number, .genuine, body, copies: plan.copies), at: result.at + delay)
    }

    private mutating func sendForgery(_ number: Int, at instant: Milliseconds) {
        guard pushes[number].story.callback.hasForgery else { return }
        let body = CallbackBody.forged(pushes[number], at: instant)
        agenda.add(.send(number, .forged, body, copies: 1), at: instant)
    }

    private mutating func send(
        _ number: Int, _ kind: CallbackRecord.Kind, _ body: [UInt8], copies: Int, at now: Milliseconds
    ) {
        rounds += 1
        for _ in 0..<copies { post(number, kind, body, attempt: 0, at: now) }
    }

    private mutating func sendAgain(_ delivery: Delivery, at now: Milliseconds) {
        rounds += 1
        post(delivery.push, delivery.kind, delivery.body, attempt: delivery.attempt + 1, at: now)
    }

    private mutating func post(
        _ number: Int, _ kind: CallbackRecord.Kind, _ body: [UInt8], attempt: Int, at now: Milliseconds
    ) {
        let push = pushes[number]
        outbox.append(
            Delivery(
                push: number, index: push.callbacks.count, url: push.callbackURL, shortcode: push.merchant.shortcode,
                body: body, attempt: attempt, kind: kind, round: rounds))
        pushes[number].callbacks.append(CallbackRecord(kind: kind, at: now, body: body))
    }
}
