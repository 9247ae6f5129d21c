internal import Synchronization

/// Daraja in a box: tokens, pushes, queries, phones and wallets, without a socket.
///
/// Everything that is due happens before a call looks at anything, each thing at its own time; between calls nothing
/// moves. Callbacks are handed out by ``takeCallbacks()`` and sent by somebody else.
package final class Daraja: Sendable {
    let configuration: DarajaConfiguration
    private let state: Mutex<DarajaState>

    /// A service with the phones, shops and stories of `configuration` and an empty ledger.
    package init(_ configuration: DarajaConfiguration) {
        self.configuration = configuration
        state = Mutex(DarajaState(configuration))
    }

    /// Answers a request; the caller sends the callbacks that come first, waits, and answers.
    package func reply(to request: DarajaRequest) -> Reply {
        at { $0.reply(to: request, at: $1) }
    }

    // MARK: - Phones

    /// What came of touching a phone.
    package enum Touch: Sendable, Equatable {
        /// The phone did it.
        case done
        /// The phone shows no prompt.
        case noPrompt
    }

    /// Types `pin` into the prompt of `phone`: the right one pays if rules and balance allow, a wrong one ends the push
    /// with 2001. Without a PIN the right one is typed.
    @discardableResult
    package func approve(_ phone: String, pin: String? = nil) -> Touch {
        touch(phone) { state, push, now in
            if pin ?? self.configuration.pin == self.configuration.pin {
                state.approve(push, at: now)
            } else {
                state.end(push, code: "2001", at: now)
            }
        }
    }

    /// Refuses the prompt of `phone`: 1032.
    @discardableResult
    package func cancel(_ phone: String) -> Touch {
        touch(phone) { state, push, now in state.end(push, code: "1032", at: now) }
    }

    /// Looks away: the prompt of `phone` disappears, and 1037 follows when its time is over.
    @discardableResult
    package func ignore(_ phone: String) -> Touch {
        touch(phone) { state, push, _ in
            guard case .prompting(let until) = state.pushes[push].stage else { return }
            state.pushes[push].stage = .ignored(until: until)
        }
    }

    /// The PIN of every phone.
    package var pin: String { configuration.pin }

    /// The phone called `number`, also one that never paid.
    package func phone(_ number: String) -> Phone {
        at { state, _ in state.phones[number] ?? Phone(number: number, balance: self.configuration.openingBalance) }
    }

    /// Phones that a push was sent to, by number.
    package var phones: [Phone] {
        at { state, _ in state.phones.values.sorted { $0.number < $1.number } }
    }

    /// Gives a phone whole KES as if it had them from the beginning; its messages and payments are forgotten.
    package func setBalance(_ balance: Int, of number: String) {
        precondition(balance >= 0, "a wallet holds no debts")
        at { state, _ in state.phones[number] = Phone(number: number, balance: balance) }
    }

    /// What the phone called `number` shows, or `nil`.
    package func prompt(on number: String) -> Prompt? {
        at { state, _ in
            guard let push = state.openPushes[number].map({ state.pushes[$0] }), case .prompting(let until) = push.stage
            else { return nil }
            return Prompt(checkoutRequestID: push.checkoutRequestID, text: Prompt.text(for: push), until: until)
        }
    }

    /// Whether a push for the phone called `number` has no result yet.
    package func isBusy(_ number: String) -> Bool {
        at { state, _ in state.openPushes[number] != nil }
    }

    // MARK: - Stories

    /// Chooses what happens to the next pushes of a phone, of an amount, or (with neither) of everybody else.
    ///
    /// - Returns: Whether there was room for it: 10,000 phones and amounts can have a story of their own.
    @discardableResult
    package func choose(_ story: Story, phone: String? = nil, amount: Int? = nil) -> Bool {
        at { state, now in state.stories.choose(story, phone: phone, amount: amount, at: now) }
    }

    /// Lets a phone have the stories of its amounts or of everybody again, for every service.
    package func forgetStory(of phone: String) {
        at { state, _ in state.stories.forget(phone: phone) }
    }

    /// The story chosen for a phone itself, else the standard one.
    package func story(of phone: String, _ service: DarajaService = .stk) -> Story {
        at { state, now in
            state.stories.chosen(service, phone: phone) ?? state.stories.standard(service, at: now)
        }
    }

    /// Cancels every token, as Daraja does when it pleases.
    package func cancelTokens() {
        at { state, _ in state.tokens = [:] }
    }

    /// Begins anew: no tokens, phones, stories or books, and the real time. Ids go on, so that nothing is given out
    /// twice; registered addresses, switches and the operator stay as they are, as on the portal.
    package func reset() {
        state.withLock { old in
            var new = DarajaState(configuration)
            new.random = old.random
            new.issued = old.issued
            new.registrations = old.registrations
            new.pullers = old.pullers
            new.wrongPasswords = old.wrongPasswords
            new.switches = old.switches
            old = new
        }
    }

    // MARK: - The ledger

    /// Every push so far, refused ones too, in order.
    package var ledger: [Push] { at { state, _ in state.pushes } }

    /// Takes the callbacks whose time has come; each is handed out once.
    package func takeCallbacks() -> [Delivery] {
        at { state, _ in
            defer { state.outbox = [] }
            return state.outbox
        }
    }

    /// Writes down what came of a callback, and puts it on the agenda again where retries are wanted.
    ///
    /// - Parameter body: What the shop answered; it counts for validation calls.
    package func record(_ outcome: CallbackRecord.Outcome, _ body: [UInt8] = [], of delivery: Delivery) {
        at { state, now in
            // A reset may have come between.
            guard state[messages: delivery.subject].indices.contains(delivery.index) else { return }
            state[messages: delivery.subject][delivery.index].outcome = outcome
            if delivery.kind == .validation, case .transaction(let number) = delivery.subject {
                return state.hear(outcome, body: body, about: number, at: now)
            }
            if case .answered(200...299) = outcome { return }
            guard delivery.attempt < self.configuration.callbackRetries else { return }
            state.agenda.add(.sendAgain(delivery), at: now + 10_000)
        }
    }

    // MARK: - Helpers

    /// Lets everything happen that is due, and then `body`, at the simulated time.
    @discardableResult
    func at<Result: Sendable, Failure: Error>(
        _ body: (inout DarajaState, Milliseconds) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let real = configuration.now()
        return try state.withLock { state throws(Failure) in
            let now = real + state.clockOffset
            state.catchUp(to: now)
            return try body(&state, now)
        }
    }

    private func touch(_ phone: String, _ body: (inout DarajaState, Int, Milliseconds) -> Void) -> Touch {
        at { state, now in
            guard let push = state.openPushes[phone], case .prompting = state.pushes[push].stage else {
                return .noPrompt
            }
            body(&state, push, now)
            state.catchUp(to: now)
            return .done
        }
    }
}
