import Commerce
import Cryptography
import Database
import FoundationEssentials
import PaymentKit

extension SQLReading {
    /// The attempt of a ticket, or nil when there is none.
    package func attempt(_ ticket: Ticket, _ vault: Vault) throws -> Attempt? {
        try first("\(Self.attemptColumns) WHERE ticket = \(ticket.value)").map { try Self.attempt($0, vault) }
    }

    /// The order that an attempt or a refund is about; that never changes.
    package func order(of ticket: Ticket) throws -> ID<Order>? {
        let row =
            try first("SELECT order_id FROM attempts WHERE ticket = \(ticket.value)")
            ?? first("SELECT order_id FROM refunds WHERE ticket = \(ticket.value) AND order_id IS NOT NULL")
        return try row.map { ID(stored: try $0.text(0)) }
    }

    /// All tries of an order, the first one first.
    package func attempts(of order: ID<Order>, _ vault: Vault) throws -> [Attempt] {
        try query("\(Self.attemptColumns) WHERE order_id = \(order.text) ORDER BY number").map {
            try Self.attempt($0, vault)
        }
    }

    static var attemptColumns: SQL {
        """
        SELECT ticket, order_id, number, instance, amount_minor, currency, phone_sealed, state, decline, doubt_code,
            doubt_at, claim_receipt, queued_until, started_at, sent_at, closed_at, heard_receipt,
            page_sealed, page_until, page_returned_at, fields_sealed
        FROM attempts
        """
    }

    static func attempt(_ row: Row, _ vault: Vault) throws -> Attempt {
        let ticket = Ticket(try row.text(0))
        func time(_ column: Int) throws -> Timestamp? {
            try row.int64OrNil(.at(column)).map(Timestamp.init(milliseconds:))
        }
        var stored = Attempt(
            ticket: ticket, order: ID(stored: try row.text(1)), number: try row.int(2), instance: try row.text(3),
            amount: Money(minor: try row.int64(4), Currency(rawValue: try row.text(5))),
            phone: try vault.openPhoneIfKept(try row.blob(6), "attempts.phone \(ticket.value)"),
            startedAt: Timestamp(milliseconds: try row.int64(13)),
            fields: try fields(try row.blobOrNil(20), ticket, vault))
        if let sealed = try row.blobOrNil(17), let until = try time(18) {
            stored.page = PageToPay(
                address: try vault.openText(sealed, "attempts.page \(ticket.value)"), openUntil: until,
                returnedAt: try time(19))
        }
        stored.state = try state(named: try row.text(7), decline: try row.textOrNil(8))
        stored.doubtCode = try row.textOrNil(9)
        stored.doubtAt = try time(10)
        stored.claimReceipt = try row.textOrNil(11)
        stored.heardReceipt = try row.textOrNil(16)
        stored.queuedUntil = try time(12)
        stored.sentAt = try time(14)
        stored.closedAt = try time(15)
        return stored
    }

    private static func fields(_ sealed: [UInt8]?, _ ticket: Ticket, _ vault: Vault) throws -> [String: String] {
        guard let sealed else { return [:] }
        let text = try vault.openText(sealed, "attempts.fields \(ticket.value)")
        return try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
    }

    private static func state(named name: String, decline text: String?) throws -> Attempt.State {
        func decline() throws -> Decline {
            guard let text else { throw CorruptRow(column: "decline", reason: "is NULL") }
            return try JSONDecoder().decode(Decline.self, from: Data(text.utf8))
        }
        switch name {
        case "pending": return .pending
        case "unknown": return .unknown
        case "prompt_sent": return .promptSent
        case "refused": return .refused(try decline())
        case "failed": return .failed(try decline())
        case "expired": return .expired(try decline())
        case "cancelled": return .cancelled(try decline())
        case "paid": return .paid
        default: throw CorruptRow(column: "state", reason: "is not a known word")
        }
    }

    /// How many of the last prompts to a phone nobody answered, by the provider's word, and when the newest was sent.
    ///
    /// Our own deadline is silence of the provider's and says nothing about the person; it is passed over.
    package func unanswered(phone index: [UInt8]) throws -> (inARow: Int, last: Timestamp?) {
        let rows = try query(
            """
            SELECT state, started_at, decline FROM attempts WHERE phone_index = \(index)
            ORDER BY started_at DESC LIMIT 20
            """)
        var count = 0
        var last: Timestamp?
        for row in rows {
            let state = try Self.state(named: try row.text(0), decline: try row.textOrNil(2))
            if state.decline?.code == "deadline" { continue }
            guard case .expired = state else { break }
            if count == 0 { last = Timestamp(milliseconds: try row.int64(1)) }
            count += 1
        }
        return (count, last)
    }

    /// The last attempt on a phone for an amount.
    package func lastAttempt(phone index: [UInt8], amount: Money, _ vault: Vault) throws -> Attempt? {
        try first(
            """
            \(Self.attemptColumns) WHERE phone_index = \(index) AND amount_minor = \(amount.minor)
            ORDER BY started_at DESC LIMIT 1
            """
        ).map { try Self.attempt($0, vault) }
    }

    /// What a provider's reference belongs to; nil when nothing carries it.
    package func ticket(carrying reference: Reference, instance: String) throws -> Ticket? {
        try first(
            """
            SELECT ticket FROM attempt_references
            WHERE instance = \(instance) AND name = \(reference.name)
                AND value_key = \(SHA256.hash(Array(reference.value.utf8)))
            """
        ).map { Ticket(try $0.text(0)) }
    }

    /// What the provider calls an attempt.
    package func references(of ticket: Ticket, instance: String, _ vault: Vault) throws -> [Reference] {
        // Sorted here: for an ORDER BY, SQLite reads all references of the provider by the index that has the names.
        let references = try query(
            """
            SELECT name, value_sealed FROM attempt_references WHERE ticket = \(ticket.value) AND instance = \(instance)
            """
        ).map { row in
            let name = try row.text(0)
            return Reference(name, try vault.openText(try row.blob(1), "attempt_references \(instance) \(name)"))
        }
        return references.sorted { $0.name < $1.name }
    }

    /// Whether, by the journal, a request that acts has left for an attempt and was not definitely refused.
    package func mayHaveActed(_ ticket: Ticket) throws -> Bool {
        try first("SELECT 1 FROM acts WHERE ticket = \(ticket.value) AND refused = 0") != nil
    }

    /// Attempts whose request may have left and of which nothing was heard but our own deadline, for which no item is
    /// open or was closed; oldest first.
    package func uncertainTickets(startedBefore: Timestamp, atMost count: Int) throws -> [Ticket] {
        try query(
            """
            SELECT ticket FROM attempts WHERE state = 'expired' AND sent_at IS NULL
                AND started_at < \(startedBefore.milliseconds)
                AND EXISTS (SELECT 1 FROM acts WHERE acts.ticket = attempts.ticket AND refused = 0)
                AND NOT EXISTS (SELECT 1 FROM reviews WHERE kind = 'outcome_unknown' AND subject = attempts.ticket)
            ORDER BY started_at LIMIT \(count)
            """
        ).map { Ticket(try $0.text(0)) }
    }

    /// What became of the newest prompts since a moment, by provider: enough of them to judge how each one does. Who
    /// does not pay on a page says nothing about the provider.
    ///
    /// - Parameter count: How many at most.
    package func recentPrompts(
        since: Timestamp, atMost count: Int = 1_000
    ) throws -> [String: [ProviderWeather.Prompt]] {
        // By state, as the index has them.
        let rows = try query(
            """
            SELECT instance, state, decline, started_at, sent_at, closed_at FROM attempts
            WHERE state IN ('unknown', 'prompt_sent', 'refused', 'expired', 'cancelled', 'failed', 'paid')
                AND started_at >= \(since.milliseconds)
                AND page_until IS NULL
            ORDER BY started_at DESC LIMIT \(count)
            """)
        var prompts: [String: [ProviderWeather.Prompt]] = [:]
        for row in rows {
            let prompt = ProviderWeather.Prompt(
                state: try Self.state(named: try row.text(1), decline: try row.textOrNil(2)),
                startedAt: Timestamp(milliseconds: try row.int64(3)),
                sentAt: try row.int64OrNil(4).map(Timestamp.init(milliseconds:)),
                closedAt: try row.int64OrNil(5).map(Timestamp.init(milliseconds:)))
            prompts[try row.text(0), default: []].append(prompt)
        }
        return prompts
    }

    /// How many attempts wait to be sent to the same provider and were there before this one.
    package func attemptsWaiting(before attempt: Attempt) throws -> Int {
        try first(
            """
            SELECT COUNT(*) FROM attempts WHERE state = 'pending' AND started_at <= \(attempt.startedAt.milliseconds)
                AND instance = \(attempt.instance)
                AND (started_at < \(attempt.startedAt.milliseconds) OR ticket < \(attempt.ticket.value))
            """)?.int(0) ?? 0
    }

    /// Attempts that were never sent, oldest first: what a stopped process left behind.
    package func pendingTickets(startedBefore: Timestamp) throws -> [Ticket] {
        try query(
            """
            SELECT ticket FROM attempts WHERE state = 'pending' AND started_at < \(startedBefore.milliseconds)
            ORDER BY started_at LIMIT 1000
            """
        ).map { Ticket(try $0.text(0)) }
    }
}

extension Attempt.State {
    /// The word in the column: it tells a refusal before the prompt from a failure after it.
    fileprivate var column: String {
        switch self {
        case .refused: "refused"
        case .pending, .unknown, .promptSent, .expired, .cancelled, .failed, .paid: name
        }
    }

    fileprivate var declineJSON: String? {
        get throws {
            guard let decline else { return nil }
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return String(decoding: try encoder.encode(decline), as: UTF8.self)
        }
    }
}

extension Attempt {
    fileprivate var fieldsJSON: String? {
        get throws {
            guard !fields.isEmpty else { return nil }
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return String(decoding: try encoder.encode(fields), as: UTF8.self)
        }
    }
}

extension Transaction {
    /// Stores a new attempt, its phone and its fields sealed.
    package func insert(_ stored: Attempt, _ vault: Vault) throws {
        let fields = try stored.fieldsJSON.map { vault.seal($0, "attempts.fields \(stored.ticket.value)") }
        let ticket = stored.ticket.value
        guard let phone = stored.phone else { preconditionFailure("A new attempt has its phone.") }
        try execute(
            """
            INSERT INTO attempts (ticket, order_id, number, instance, amount_minor, currency, phone_sealed, phone_index,
                state, started_at, fields_sealed)
            VALUES (\(ticket), \(stored.order.text), \(stored.number), \(stored.instance), \(stored.amount.minor),
                \(stored.amount.currency.rawValue), \(vault.seal(phone.digits, "attempts.phone \(ticket)")),
                \(vault.index(of: phone)), \(stored.state.column), \(stored.startedAt.milliseconds),
                \(fields))
            """)
        // The customer's own number was noted with the order.
        if stored.number > 1 { try note(payer: phone, of: stored.order, vault) }
    }

    /// Saves an attempt. Its order is saved in the same transaction, and that is what guards both.
    package func save(_ stored: Attempt, _ vault: Vault) throws {
        let page = stored.page.map { vault.seal($0.address, "attempts.page \(stored.ticket.value)") }
        try execute(
            """
            UPDATE attempts SET state = \(stored.state.column), decline = \(try stored.state.declineJSON),
                doubt_code = \(stored.doubtCode), doubt_at = \(stored.doubtAt?.milliseconds),
                claim_receipt = \(stored.claimReceipt), heard_receipt = \(stored.heardReceipt),
                queued_until = \(stored.queuedUntil?.milliseconds), sent_at = \(stored.sentAt?.milliseconds),
                closed_at = \(stored.closedAt?.milliseconds), page_sealed = \(page),
                page_until = \(stored.page?.openUntil.milliseconds),
                page_returned_at = \(stored.page?.returnedAt?.milliseconds)
            WHERE ticket = \(stored.ticket.value)
            """)
    }

    /// Keeps what the provider calls an attempt.
    ///
    /// - Returns: False when the same reference belongs to another attempt: the message is about something else.
    package func add(_ reference: Reference, to ticket: Ticket, instance: String, _ vault: Vault) throws -> Bool {
        if let known = try self.ticket(carrying: reference, instance: instance) { return known == ticket }
        let key = SHA256.hash(Array(reference.value.utf8))
        let isNew = try insertIfNew(
            """
            INSERT INTO attempt_references (instance, name, value_key, value_sealed, ticket)
            VALUES (\(instance), \(reference.name), \(key),
                \(vault.seal(reference.value, "attempt_references \(instance) \(reference.name)")), \(ticket.value))
            """)
        // Another message brought it at the same moment: look again.
        guard isNew else { throw StaleWrite() }
        return true
    }

    /// Journals that a request that acts is about to leave.
    ///
    /// - Returns: Its number among the acts of the attempt, from 1.
    package func beginAct(_ ticket: Ticket, at now: Timestamp) throws -> Int {
        let number = try first("SELECT MAX(number) FROM acts WHERE ticket = \(ticket.value)")?.intOrNil(0) ?? 0
        try execute(
            """
            INSERT INTO acts (ticket, number, begun_at, refused)
            VALUES (\(ticket.value), \(number + 1), \(now.milliseconds), 0)
            """)
        return number + 1
    }

    /// Journals the answer to an act.
    package func endAct(_ ticket: Ticket, number: Int, status: Int, at now: Timestamp) throws {
        try execute(
            """
            UPDATE acts SET answered_at = \(now.milliseconds), status = \(status)
            WHERE ticket = \(ticket.value) AND number = \(number)
            """)
    }

    /// Notes that the provider refused an act before doing anything: another may follow.
    package func markActRefused(_ ticket: Ticket, number: Int) throws {
        try execute("UPDATE acts SET refused = 1 WHERE ticket = \(ticket.value) AND number = \(number)")
    }

    /// Takes back a journal line whose request provably never left.
    package func cancelAct(_ ticket: Ticket, number: Int) throws {
        try execute("DELETE FROM acts WHERE ticket = \(ticket.value) AND number = \(number) AND answered_at IS NULL")
    }

    /// - Returns: False when a message with this key was applied before.
    package func markApplied(
        _ key: EventKey, instance: String, order: ID<Order>, at now: Timestamp
    ) throws -> Bool {
        return try insertIfNew(
            """
            INSERT INTO event_keys (instance, event_key, order_id, at)
            VALUES (\(instance), \(SHA256.hash(Array(key.value.utf8))), \(order.text), \(now.milliseconds))
            """)
    }
}
