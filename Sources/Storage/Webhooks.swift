import Commerce
import Cryptography
import Database
import Foundation

/// Where a receiver is, and what its messages are signed with.
package struct WebhookDoor: Codable, Sendable {
    /// One of its secrets.
    package struct Key: Codable, Sendable {
        package let bytes: [UInt8]
        /// Nil for the newest.
        package var until: Timestamp?

        package init(_ bytes: [UInt8]) { self.bytes = bytes }
    }

    package let address: String
    /// The newest first.
    package private(set) var keys: [Key]

    package init(address: String, key: [UInt8]) {
        self.address = address
        keys = [Key(key)]
    }

    /// Secrets that a receiver has at most: the oldest ends when there is one more.
    private static let mostKeys = 5

    /// A new secret signs from now on, and those before it go on until their time has come.
    package mutating func renew(_ key: [UInt8], olderUntil end: Timestamp, at now: Timestamp) {
        var older = good(at: now)
        for place in older.indices where older[place].until == nil { older[place].until = end }
        keys = [Key(key)] + older.prefix(Self.mostKeys - 1)
    }

    /// Those that sign now, the newest first.
    package func good(at now: Timestamp) -> [Key] { keys.filter { $0.until.map { now < $0 } ?? true } }
}

extension SQLReading {
    /// The receivers, in the order in which they were added.
    package func webhookReceivers() throws -> [WebhookReceiver] {
        try query("\(Self.receiverColumns) ORDER BY added_at, id").map(Self.receiver)
    }

    /// A receiver, or nil when there is none.
    package func webhookReceiver(_ id: ID<WebhookReceiver>) throws -> WebhookReceiver? {
        try first("\(Self.receiverColumns) WHERE id = \(id.text)").map(Self.receiver)
    }

    private static var receiverColumns: SQL { "SELECT id, name, host, secret_made_at, added_at FROM webhook_receivers" }

    private static func receiver(_ row: Row) throws -> WebhookReceiver {
        WebhookReceiver(
            id: ID(stored: try row.text(0)), name: try row.text(1), host: try row.text(2),
            secretMadeAt: Timestamp(milliseconds: try row.int64(3)),
            addedAt: Timestamp(milliseconds: try row.int64(4)))
    }

    /// Where a receiver is; nil when it is gone.
    package func webhookDoor(_ id: ID<WebhookReceiver>, _ vault: Vault) throws -> WebhookDoor? {
        try first("SELECT door_sealed FROM webhook_receivers WHERE id = \(id.text)").map { row in
            let json = Data(try vault.open(try row.blob(0), Self.doorPlace(id)))
            return try JSONDecoder().decode(WebhookDoor.self, from: json)
        }
    }

    fileprivate static func doorPlace(_ id: ID<WebhookReceiver>) -> String { "webhook_receivers.door \(id.text)" }

    /// A receiver's messages that are due, the longest due first.
    ///
    /// - Parameter abandoned: Claims from before this moment are nobody's any more.
    package func dueWebhooks(
        of receiver: ID<WebhookReceiver>, abandoned: Timestamp, atMost count: Int, at now: Timestamp
    ) throws -> [WebhookMessage] {
        try query(
            """
            \(Self.webhookColumns)
            WHERE receiver_id = \(receiver.text) AND state = 'waiting' AND due_at <= \(now.milliseconds)
            ORDER BY due_at, id LIMIT \(count)
            """
        ).map(Self.webhook)
            + query(
                """
                \(Self.webhookColumns)
                WHERE receiver_id = \(receiver.text) AND state = 'sending' AND claimed_at < \(abandoned.milliseconds)
                ORDER BY due_at, id LIMIT \(count)
                """
            ).map(Self.webhook)
    }

    /// A message, or nil when there is none.
    package func webhook(_ id: ID<WebhookMessage>) throws -> WebhookMessage? {
        try first("\(Self.webhookColumns) WHERE id = \(id.text)").map(Self.webhook)
    }

    static var webhookColumns: SQL {
        """
        SELECT id, receiver_id, event, order_id, order_version, happened_at, state, tries, generation, due_at,
            claimed_at, ended_at
        FROM webhook_messages
        """
    }

    static func webhook(_ row: Row) throws -> WebhookMessage {
        guard let event = WebhookEvent(rawValue: try row.text(2)),
            let state = WebhookMessage.State(rawValue: try row.text(6))
        else { throw CorruptRow(column: "event or state", reason: "is not a known word") }
        return WebhookMessage(
            id: ID(stored: try row.text(0)), receiver: ID(stored: try row.text(1)), event: event,
            order: try row.textOrNil(3).map(ID.init(stored:)), orderVersion: try row.int64(4),
            happenedAt: Timestamp(milliseconds: try row.int64(5)), state: state, tries: try row.int(7),
            generation: try row.int64(8), dueAt: Timestamp(milliseconds: try row.int64(9)),
            claimedAt: try row.int64OrNil(10).map(Timestamp.init(milliseconds:)),
            endedAt: try row.int64OrNil(11).map(Timestamp.init(milliseconds:)))
    }
}

extension Transaction {
    /// Keeps a new receiver.
    ///
    /// - Parameter count: Places for receivers.
    /// - Throws: ``StaleWrite`` when somebody else has added one at the same moment.
    package func insert(
        _ receiver: WebhookReceiver, at door: WebhookDoor, ofAtMost count: Int, _ vault: Vault
    ) throws {
        let taken = Set(try query("SELECT place FROM webhook_receivers").map { try $0.int64(0) })
        guard let place = (1...Int64(count)).first(where: { !taken.contains($0) }) else { throw StaleWrite() }
        let isNew = try insertIfNew(
            """
            INSERT INTO webhook_receivers (id, place, name, host, door_sealed, secret_made_at, added_at)
            VALUES (\(receiver.id.text), \(place), \(receiver.name), \(receiver.host),
                \(try Self.sealed(door, receiver.id, vault)), \(receiver.secretMadeAt.milliseconds),
                \(receiver.addedAt.milliseconds))
            """)
        guard isNew else { throw StaleWrite() }
    }

    /// Keeps a receiver's new secret.
    package func save(_ door: WebhookDoor, of receiver: ID<WebhookReceiver>, _ vault: Vault, at now: Timestamp) throws {
        try execute(
            """
            UPDATE webhook_receivers SET door_sealed = \(try Self.sealed(door, receiver, vault)),
                secret_made_at = \(now.milliseconds)
            WHERE id = \(receiver.text)
            """)
    }

    private static func sealed(
        _ door: WebhookDoor, _ receiver: ID<WebhookReceiver>, _ vault: Vault
    ) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return vault.seal(Array(try encoder.encode(door)), doorPlace(receiver))
    }

    /// Tells a receiver nothing any more. What it was told is forgotten at night.
    ///
    /// - Returns: Whether it was there.
    package func removeWebhookReceiver(_ id: ID<WebhookReceiver>) throws -> Bool {
        try execute("DELETE FROM webhook_receivers WHERE id = \(id.text)") == 1
    }

    /// Writes a message, in the transaction of what it tells of.
    package func insert(_ message: WebhookMessage) throws {
        let isNew = try insertIfNew(
            """
            INSERT INTO webhook_messages (id, receiver_id, event, order_id, order_version, happened_at, state, tries,
                generation, due_at)
            VALUES (\(message.id.text), \(message.receiver.text), \(message.event.rawValue), \(message.order?.text),
                \(message.orderVersion), \(message.happenedAt.milliseconds), \(message.state.rawValue), 0, 0,
                \(message.dueAt.milliseconds))
            """)
        // Somebody else has saved this version of the order.
        guard isNew else { throw StaleWrite() }
    }

    /// Takes a message, with what is about to be sent: from the commit of this on it may be on its way. A try that was
    /// never finished is written down as such.
    ///
    /// - Returns: It with its new generation, or nil when somebody else has it.
    package func claim(_ message: WebhookMessage, sending body: [UInt8], at now: Timestamp) throws -> WebhookMessage? {
        let changed = try execute(
            """
            UPDATE webhook_messages SET state = 'sending', tries = tries + 1, generation = generation + 1,
                claimed_at = \(now.milliseconds), ended_at = NULL, body = \(body)
            WHERE id = \(message.id.text) AND state = \(message.state.rawValue) AND generation = \(message.generation)
            """)
        guard changed == 1 else { return nil }
        switch message.state {
        case .sending:
            try note(
                WebhookTry(
                    number: message.generation, at: message.claimedAt ?? now, milliseconds: 0,
                    result: .problem(.stopped, code: 0)), of: message.id)
        case .waiting, .delivered, .failed: break
        }
        var claimed = message
        claimed.state = .sending
        claimed.tries += 1
        claimed.generation += 1
        claimed.claimedAt = now
        return claimed
    }

    /// Writes down what a try came to, and what becomes of the message.
    ///
    /// - Parameter next: When it is tried again; nil for an end.
    /// - Returns: False when another worker has taken it since.
    @discardableResult
    package func settle(
        _ message: WebhookMessage, after result: WebhookTry, next: Timestamp?, at now: Timestamp
    ) throws -> Bool {
        let state: WebhookMessage.State = result.isTaken ? .delivered : next == nil ? .failed : .waiting
        let isMine = try execute(
            """
            UPDATE webhook_messages SET state = \(state.rawValue), due_at = \((next ?? message.dueAt).milliseconds),
                ended_at = \(state == .waiting ? nil : now.milliseconds)
            WHERE id = \(message.id.text) AND state = 'sending' AND generation = \(message.generation)
            """)
        guard isMine == 1 else { return false }
        try note(result, of: message.id)
        return true
    }

    private func note(_ result: WebhookTry, of message: ID<WebhookMessage>) throws {
        let (status, problem, code): (Int64?, String?, Int) =
            switch result.result {
            case .answered(let status): (Int64(status), nil, 0)
            case .problem(let problem, let code): (nil, problem.rawValue, code)
            }
        try execute(
            """
            INSERT INTO webhook_tries (message_id, number, at, milliseconds, status, problem, code)
            VALUES (\(message.text), \(result.number), \(result.at.milliseconds), \(result.milliseconds), \(status),
                \(problem), \(code))
            """)
    }

    /// Puts a message in line again, at once. What waits is tried now; what ended begins anew.
    ///
    /// - Returns: False while it is on its way.
    package func sendAgain(_ message: WebhookMessage, at now: Timestamp) throws -> Bool {
        try execute(
            """
            UPDATE webhook_messages SET due_at = \(now.milliseconds), ended_at = NULL,
                tries = CASE WHEN state = 'waiting' THEN tries ELSE 0 END, state = 'waiting'
            WHERE id = \(message.id.text) AND state <> 'sending' AND generation = \(message.generation)
            """) == 1
    }

    /// Forgets messages that were delivered, or given up, long ago, and those of receivers that are gone.
    ///
    /// - Returns: How many there were.
    package func forgetWebhooks(
        deliveredBefore: Timestamp, failedBefore: Timestamp, atMost count: Int
    ) throws -> Int {
        func found(_ which: SQL) throws -> [String] {
            try query("SELECT id FROM webhook_messages WHERE \(which) LIMIT \(count)").map { try $0.text(0) }
        }
        var old = try found("receiver_id NOT IN (SELECT id FROM webhook_receivers)")
        for receiver in try webhookReceivers() {
            for (state, before) in [("delivered", deliveredBefore), ("failed", failedBefore)] where old.isEmpty {
                old = try found(
                    """
                    receiver_id = \(receiver.id.text) AND state = \(state) AND ended_at < \(before.milliseconds)
                    """)
            }
        }
        var count = 0
        for id in old {
            // One that somebody has sent again meanwhile is not old any more.
            let isGone = try execute(
                """
                DELETE FROM webhook_messages WHERE id = \(id) AND (state IN ('delivered', 'failed')
                    OR receiver_id NOT IN (SELECT id FROM webhook_receivers))
                """)
            guard isGone == 1 else { continue }
            try execute("DELETE FROM webhook_tries WHERE message_id = \(id)")
            count += 1
        }
        return count
    }
}
