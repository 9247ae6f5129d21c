import Commerce
import Database
import Foundation
import Logging
import PaymentKit
import PluginHost
import Storage

extension Shop {
    /// Turns stored messages into news, the oldest first.
    ///
    /// - Returns: How many messages were looked at.
    func translateWaiting(atMost count: Int) async throws -> Int {
        let now = now()
        let waiting = try await database.read { [vault] in try $0.waitingMessages(atMost: count, at: now, vault) }
        // New ones are begun together, for one commit; one that was begun before may be what stopped us, so it goes
        // alone.
        let new = waiting.filter { $0.tries == 0 }
        for message in try await begin(new, at: now) { try await attend(to: message) }
        for message in waiting where message.tries > 0 {
            for message in try await begin([message], at: now) { try await attend(to: message) }
        }
        return waiting.count
    }

    /// - Returns: The messages that nobody else has begun meanwhile.
    private func begin(_ messages: [InboxMessage], at now: Timestamp) async throws -> [InboxMessage] {
        guard !messages.isEmpty else { return [] }
        return try await database.transaction { transaction in
            try messages.filter { message in
                try transaction.beginTranslating(message, retryAt: now.adding(seconds: 5 << min(message.tries, 6)))
            }
        }
    }

    private func attend(to message: InboxMessage) async throws {
        guard message.tries < 3 else {
            log.error("A message stopped its translation three times", metadata: ["message": "\(message.id)"])
            return try await park(message, "it stopped its translation three times")
        }
        guard message.isReadable else {
            log.error("A message does not open", metadata: ["message": "\(message.id)"])
            return try await park(message, "it does not open with the keys of this shop")
        }
        do { try await translate(message) } catch {
            // It is tried again at its own time; the messages behind it need not wait for that.
            log.error(
                "A message was not applied",
                metadata: ["message": "\(message.id)", "error": "\(Self.summary(of: error))"])
            guard Self.isInnocent(error) else { return }
            try await database.transaction { try $0.forgiveTry(of: message) }
        }
    }

    private func translate(_ message: InboxMessage) async throws {
        guard let instance = provider(message.instance) else {
            let later = try await missed(message.instance)
            guard isGone(message.instance), !isStrange(message.instance) else {
                // Its settings do not do just now, or others know it; that says nothing against the message.
                return try await database.transaction { try $0.waitForWay(message, until: later) }
            }
            return try await park(message, Self.parkedWithout(message.instance))
        }
        let inbound = try await inbound(message)
        let events: [PaymentEvent]
        do { events = try await instance.events(in: inbound) } catch PaymentError.busy {
            // The plugin is away, whatever the message: that says nothing against the message.
            return try await database.transaction { try $0.forgiveTry(of: message) }
        } catch {
            log.warning("A provider's message was not translated", metadata: ["message": "\(message.id)"])
            return
        }
        var subjects: Set<MessageSubject> = []
        for event in events {
            switch event.subject {
            case .about(let ticket) where ticket == message.ticket || maySpeak(message, instance, of: ticket):
                try await take(event, about: ticket, message, instance.name)
                if ticket != message.ticket { subjects.insert(.ticket(ticket)) }
            case .incoming(let account) where message.ticket == ProviderInstance.standing:
                try await takeIncoming(event.outcome, account: account, message)
                if let receipt = event.outcome.fact.receipt {
                    subjects.insert(.money(instance: message.instance, receipt: receipt.id))
                }
            case .matching(let reference) where message.ticket == ProviderInstance.standing:
                guard let ticket = try await take(event, matching: reference, instance.name) else {
                    return try await park(message, "it names a payment that this shop does not have", subjects)
                }
                subjects.insert(.ticket(ticket))
            case .about where isSigned(message, instance): continue
            case .about, .matching, .incoming:
                // The address proves what a message may speak about; anything else is for a person.
                try await park(message, "it speaks about something else", subjects)
                return
            }
        }
        try await finish(message, about: subjects, isEmpty: events.isEmpty)
    }

    /// Whether a message may be about any payment of its provider: it came to a standing address and was signed, or it
    /// would not have been stored. What cannot be a ticket of ours is somebody else's business at the same provider.
    private func maySpeak(_ message: InboxMessage, _ instance: ProviderInstance, of ticket: Ticket) -> Bool {
        (1...12).contains(ticket.value.utf8.count) && isSigned(message, instance)
    }

    /// Whether it came to a standing address and was signed: what was stored unsigned, while nobody could tell, is not.
    private func isSigned(_ message: InboxMessage, _ instance: ProviderInstance) -> Bool {
        guard message.ticket == ProviderInstance.standing, message.isListed else { return false }
        return instance.abilities.manifest.routes.first { $0.name == message.route }?.signature != nil
    }

    /// Takes an event to the attempt, refund or question that it is about.
    private func take(
        _ event: PaymentEvent, about ticket: Ticket, _ message: InboxMessage, _ instance: String
    ) async throws {
        // A signed message to a standing address speaks of attempts and refunds, which know their provider.
        let isOwn = ticket == message.ticket
        let (lookup, isPayout, isBalance) = try await database.read { reading in
            guard isOwn else { return (Lookup?.none, false, false) }
            return (
                try reading.lookup(ticket), try reading.payout(ticket) != nil,
                try reading.balanceQuestion(ticket) != nil
            )
        }
        let news = News(.callback(isListed: message.isListed), event.outcome, key: event.key)
        if let lookup {
            try await take(event.outcome, about: lookup, isListed: message.isListed)
        } else if isPayout {
            try await recordPayout(news, about: ticket, instance: instance)
        } else if isBalance {
            guard message.isListed else { return }
            try await takeBalance(event.outcome, about: ticket)
        } else {
            try await record(news, about: ticket, instance: instance)
        }
        if message.isListed { try await note(event.outcome, chargedBy: instance, at: message.receivedAt) }
    }

    /// Keeps what a provider says it took for a movement whose receipt it tells.
    private func note(_ outcome: Outcome, chargedBy instance: String, at received: Timestamp) async throws {
        guard let amount = outcome.charge, amount.minor > 0, let receipt = outcome.fact.receipt else { return }
        let charge = ProviderCharge(
            instance: instance, receipt: receipt.id, amount: amount, at: receipt.at.map(Timestamp.init) ?? received)
        let now = now()
        _ = try await database.transaction { try $0.note(charge, at: now) }
    }

    /// What a message's address was made for, as its provider knows it; nil for a standing address.
    func past(_ message: InboxMessage) async throws -> Past? {
        try await database.read { [vault] reading in
            let ticket = message.ticket
            let references = try reading.references(of: ticket, instance: message.instance, vault)
            if let attempt = try reading.attempt(ticket, vault) {
                return Past(
                    ticket: ticket, amount: attempt.amount, references: references, startedAt: attempt.startedAt.date,
                    outcomeUnknown: attempt.state == .unknown)
            }
            if let refund = try reading.refund(ticket) {
                return Past(
                    kind: refund.way == .payout ? .payout : .refund, ticket: ticket, amount: refund.amount,
                    references: references, receipt: try reading.capture(refund.capture)?.receipt,
                    startedAt: (refund.sentAt ?? refund.requestedAt).date,
                    outcomeUnknown: refund.state == .unknown)
            }
            if let payout = try reading.payout(ticket) { return try payout.past(reading, vault) }
            if let question = try reading.balanceQuestion(ticket) {
                return Past(
                    kind: .balance, ticket: ticket, amount: Money(minor: 0, .kes), references: references,
                    startedAt: question.askedAt.date)
            }
            guard let lookup = try reading.lookup(ticket) else { return nil }
            return Past(
                kind: .lookup, ticket: ticket, amount: Money(minor: 0, .kes), references: references,
                receipt: lookup.receipt, startedAt: lookup.askedAt.date)
        }
    }

    /// Done; or, when nothing could be read, kept for a person while the provider itself is asked.
    private func finish(_ message: InboxMessage, about subjects: Set<MessageSubject>, isEmpty: Bool) async throws {
        let now = now()
        try await database.transaction { [vault] transaction in
            try transaction.note(subjects, of: message)
            try transaction.finish(message, as: isEmpty ? "kept" : "done", at: now)
            guard isEmpty else { return }
            let attempt = try transaction.attempt(message.ticket, vault)
            guard attempt?.state != .paid else { return }
            try transaction.openReview(
                "unreadable_message",
                subject: message.ticket == ProviderInstance.standing ? message.id.text : message.ticket.value,
                order: attempt?.order, detail: "a message that does not read", at: now)
            if let attempt { try transaction.schedule(Job(.query, attempt.order, attempt.ticket, dueAt: now)) }
            try transaction.readStatementSoon(of: message.instance, at: now)
        }
    }

    private func park(_ message: InboxMessage, _ why: String, _ subjects: Set<MessageSubject> = []) async throws {
        let now = now()
        try await database.transaction { transaction in
            try transaction.note(subjects, of: message)
            try transaction.finish(message, as: "parked", at: now)
            try transaction.openReview(
                "parked_message", subject: message.id.text, order: nil, detail: why, at: now)
        }
    }
}

extension Fact {
    /// The receipt that it tells, if it is about money that moved.
    fileprivate var receipt: Receipt? {
        switch self {
        case .paid(_, let receipt), .returned(_, let receipt, _), .sent(_, let receipt): receipt
        case .pending, .authorized, .balance, .declined, .unclear, .notFound, .needsReview: nil
        }
    }
}
