/// Something that was sent to a shop's address.
package struct CallbackRecord: Sendable, Equatable {
    /// Who speaks, of what.
    package enum Kind: String, Sendable {
        /// M-PESA, of a prompt's result.
        case genuine
        /// Somebody who knows the address and the ids.
        case forged
        /// Somebody who heard what M-PESA said of another payment.
        case replayed
        /// M-PESA, asking whether it may take a payment.
        case validation
        /// M-PESA, of a payment to the paybill or till.
        case confirmation
        /// M-PESA, of an initiator's request.
        case result
        /// M-PESA, of an initiator's request that waits too long.
        case timeout
    }
    /// What came of it.
    package enum Outcome: Sendable, Equatable {
        /// Not answered yet.
        case underWay
        /// Answered with this status.
        case answered(Int)
        /// No answer, for this reason.
        case failed(String)
    }
    /// Who speaks, of what.
    package let kind: Kind
    /// When, in milliseconds since 1970 UTC.
    package let at: Milliseconds
    /// The body as sent.
    package let body: [UInt8]
    /// What came of it.
    package var outcome = Outcome.underWay
}

/// Something to be sent to a shop's address.
struct Letter {
    let subject: Delivery.Subject
    let kind: CallbackRecord.Kind
    let url: String
    /// For the header that live deliveries have.
    let shortcode: String
    let body: [UInt8]
}

/// A callback to be sent now.
package struct Delivery: Sendable {
    /// What a callback is about; its number there is its place in the list.
    package enum Subject: Hashable, Sendable {
        /// One of ``Daraja/ledger``.
        case push(Int)
        /// One of ``Daraja/transactions``.
        case transaction(Int)
        /// One of ``Daraja/operations``.
        case operation(Int)
    }
    /// What it is about.
    package let subject: Subject
    /// Its place among the messages about the subject.
    package let index: Int
    /// Where to.
    package let url: String
    /// The shortcode, for the header that live deliveries have.
    package let shortcode: String
    /// What.
    package let body: [UInt8]
    /// How often it was sent before.
    package let attempt: Int
    /// Who speaks, of what.
    package let kind: CallbackRecord.Kind
    /// Deliveries about one subject with the same round are sent at once, rounds one after the other.
    package let round: Int
    /// Milliseconds to wait for the answer.
    package let patienceMilliseconds: Milliseconds
}

extension DarajaState {
    /// Puts a letter, in as many copies as its story wants, on the agenda; a lost one is only counted.
    mutating func post(_ letter: Letter, _ plan: CallbackPlan, at instant: Milliseconds) {
        guard !plan.isLost else { return countLost(plan.copies, about: letter.subject) }
        agenda.add(.send(letter, copies: plan.copies), at: instant)
    }

    mutating func send(_ letter: Letter, copies: Int, at now: Milliseconds) {
        rounds += 1
        for _ in 0..<copies { hand(letter, attempt: 0, at: now) }
    }

    mutating func sendAgain(_ delivery: Delivery, at now: Milliseconds) {
        rounds += 1
        let letter = Letter(
            subject: delivery.subject, kind: delivery.kind, url: delivery.url, shortcode: delivery.shortcode,
            body: delivery.body)
        hand(letter, attempt: delivery.attempt + 1, at: now)
    }

    private mutating func hand(_ letter: Letter, attempt: Int, at now: Milliseconds) {
        let patience: Milliseconds = letter.kind == .validation ? configuration.validationMilliseconds : 10_000
        outbox.append(
            Delivery(
                subject: letter.subject, index: self[messages: letter.subject].count, url: letter.url,
                shortcode: letter.shortcode, body: letter.body, attempt: attempt, kind: letter.kind, round: rounds,
                patienceMilliseconds: patience))
        self[messages: letter.subject].append(CallbackRecord(kind: letter.kind, at: now, body: letter.body))
    }

    /// Takes what must be delivered before the request that caused it is answered.
    mutating func takeDeliveries(about subject: Delivery.Subject) -> [Delivery] {
        defer { outbox.removeAll { $0.subject == subject } }
        return outbox.filter { $0.subject == subject }
    }

    /// What was sent about a subject; empty for one that a reset took away.
    subscript(messages subject: Delivery.Subject) -> [CallbackRecord] {
        get {
            switch subject {
            case .push(let number): pushes.indices.contains(number) ? pushes[number].callbacks : []
            case .transaction(let number): transactions.indices.contains(number) ? transactions[number].messages : []
            case .operation(let number): operations.indices.contains(number) ? operations[number].messages : []
            }
        }
        set {
            switch subject {
            case .push(let number): pushes[number].callbacks = newValue
            case .transaction(let number): transactions[number].messages = newValue
            case .operation(let number): operations[number].messages = newValue
            }
        }
    }

    private mutating func countLost(_ copies: Int, about subject: Delivery.Subject) {
        switch subject {
        case .push(let number): pushes[number].callbacksLost += copies
        case .transaction(let number): transactions[number].messagesLost += copies
        case .operation(let number): operations[number].messagesLost += copies
        }
    }
}
