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
    /// By shortcode.
    var accounts: [String: Accounts]
    /// What those hold who are neither a phone nor a merchant.
    var outside: [String: Int] = [:]
    /// Every movement of money, in order of its beginning.
    var transactions: [Transaction] = []
    /// Places in ``transactions`` by receipt.
    var books: [String: Int] = [:]
    /// Places in ``transactions`` by OriginatorConversationID.
    var conversations: [String: Int] = [:]
    /// Every request of an initiator, refused ones too.
    var operations: [Operation] = []
    /// Where each shortcode wants to hear of its payments; kept through a reset, as on the portal.
    var registrations: [String: Registration] = [:]
    /// Shortcodes that may pull; kept through a reset.
    var pullers: Set<String> = []
    /// Wrong passwords of the operator in a row; kept through a reset, as people cannot undo them either.
    var wrongPasswords = 0
    var switches: Switches
    /// Milliseconds that the simulated clock is ahead of the real one.
    var clockOffset: Milliseconds = 0
    var stories: StoryBook
    var agenda = Agenda()
    /// Callbacks whose time has come, not yet taken by the server.
    var outbox: [Delivery] = []
    var rounds = 0

    init(_ configuration: DarajaConfiguration) {
        self.configuration = configuration
        random = SeededRandom(seed: configuration.seed)
        accounts = Self.openAccounts(configuration)
        switches = configuration.switches
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
            case .send(let letter, let copies): send(letter, copies: copies, at: appointment.at)
            case .sendAgain(let delivery): sendAgain(delivery, at: appointment.at)
            case .complete(let number): complete(number, at: appointment.at)
            case .settle(let number): settle(number, at: appointment.at)
            case .timeOut(let number): timeOut(number, at: appointment.at)
            }
        }
    }

    /// Starts what happens after a push was taken on.
    mutating func begin(_ number: Int, at now: Milliseconds) {
        let push = pushes[number]
        openPushes[push.phone] = number
        meet(push.phone)
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
            tell(
                push.phone,
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
        guard holds(.phone(push.phone)) >= amount else { return }
        let draft = Draft(
            kind: .stk, shortcode: push.merchant.shortcode, amount: amount, account: push.reference, payer: push.phone,
            payee: merchant(push.merchant.shortcode)?.till ?? push.merchant.shortcode)
        let story = stories.story(.c2b, phone: push.phone, amount: amount, at: now)
        let transaction = enter(draft, at: now) {
            $0.push = number
            $0.story = story
        }
        phones[push.phone]?.lastPaid[push.amount] = now
        collect(transaction, at: now)
        let receipt = transactions[transaction].receipt
        finish(
            number,
            PushResult(
                code: "0", description: ResultText.of("0"), at: now, receipt: receipt, debited: amount))
        if switches.confirmsPrompts { confirm(transaction, at: now) }
    }

    private mutating func finish(_ number: Int, _ result: PushResult) {
        pushes[number].results.append(result)
        pushes[number].stage = .ended
        if openPushes[pushes[number].phone] == number { openPushes[pushes[number].phone] = nil }
        let plan = pushes[number].story.callback
        let delay = plan.isEarly ? 0 : configuration.processingMilliseconds + plan.delayMilliseconds
        if pushes[number].results.count == 1, !plan.isLost { sendForgery(number, at: result.at + delay) }
        post(letter(number, .genuine, CallbackBody.genuine(pushes[number], result)), plan, at: result.at + delay)
    }

    private mutating func sendForgery(_ number: Int, at instant: Milliseconds) {
        let plan = pushes[number].story.callback
        if plan.hasForgery {
            let body = CallbackBody.forged(pushes[number], at: instant)
            agenda.add(.send(letter(number, .forged, body), copies: 1), at: instant)
        }
        guard plan.hasReplay || plan.hasReusedReceipt else { return }
        // What was said of the last payment that was reported as one.
        let earlier = pushes.last { $0.number != number && $0.receipt != nil && !$0.callbacks.isEmpty }
        guard let earlier, let heard = earlier.callbacks.last(where: { $0.kind == .genuine }) else { return }
        if plan.hasReplay { agenda.add(.send(letter(number, .replayed, heard.body), copies: 1), at: instant) }
        if plan.hasReusedReceipt {
            let body = CallbackBody.forged(pushes[number], receipt: earlier.receipt, at: instant)
            agenda.add(.send(letter(number, .forged, body), copies: 1), at: instant)
        }
    }

    private func letter(_ number: Int, _ kind: CallbackRecord.Kind, _ body: [UInt8]) -> Letter {
        let push = pushes[number]
        return Letter(
            subject: .push(number), kind: kind, url: push.callbackURL, shortcode: push.merchant.shortcode, body: body)
    }
}
