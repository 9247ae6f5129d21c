import Commerce
import Cryptography
import Database
import PaymentKit

/// One message of a provider, raw, as it was stored before anything was made of it.
package struct InboxMessage: Sendable {
    package let id: ID<InboxMessage>
    package let instance: String
    package let ticket: Ticket
    package let route: String
    package let body: [UInt8]
    /// Whether ``body`` was opened; false when its key is gone or it is damaged.
    package internal(set) var isReadable = true
    package let source: String
    /// Whether the source is one of the provider's published addresses.
    package let isListed: Bool
    package let receivedAt: Timestamp
    /// How often translating it was begun; after three it waits for a person.
    package internal(set) var tries = 0

    package init(
        id: ID<InboxMessage>, instance: String, ticket: Ticket, route: String, body: [UInt8], source: String,
        isListed: Bool, receivedAt: Timestamp
    ) {
        self.id = id
        self.instance = instance
        self.ticket = ticket
        self.route = route
        self.body = body
        self.source = source
        self.isListed = isListed
        self.receivedAt = receivedAt
    }
}

extension SQLDatabase {
    /// Stores a message durably; many at once share one commit. The same bytes for the same attempt again change
    /// nothing.
    package func store(_ message: InboxMessage, _ vault: Vault) async throws {
        try await insertIgnoringDuplicates(
            into: "inbox",
            columns: [
                "id", "instance", "ticket", "route", "body_key", "body_sealed", "source", "listed", "received_at",
                "state",
                "tries", "next_at",
            ],
            values: [
                .text(message.id.text), .text(message.instance), .text(message.ticket.value), .text(message.route),
                .blob(SHA256.hash(message.body)), .blob(vault.seal(message.body, "inbox \(message.ticket.value)")),
                .text(message.source), .integer(message.isListed ? 1 : 0), .integer(message.receivedAt.milliseconds),
                .text("new"), .integer(0),
                .integer(message.receivedAt.milliseconds),
            ])
    }
}

extension SQLReading {
    /// How many different messages an attempt has, and whether these bytes are among them.
    package func inboxState(of ticket: Ticket, route: String, body: [UInt8]) throws -> (count: Int, isKnown: Bool) {
        // Counted by the database, so that the rows need not come here.
        let row = try first(
            """
            SELECT COUNT(*), COUNT(CASE WHEN body_key = \(SHA256.hash(body)) AND route = \(route) THEN 1 END)
            FROM inbox WHERE ticket = \(ticket.value)
            """)
        return (try row?.int(0) ?? 0, try row?.int(1) ?? 0 > 0)
    }

    /// Messages that wait to be translated, the oldest first.
    package func waitingMessages(atMost count: Int, at now: Timestamp, _ vault: Vault) throws -> [InboxMessage] {
        try query(
            """
            SELECT id, instance, ticket, route, body_sealed, source, listed, received_at, tries FROM inbox
            WHERE state = 'new' AND next_at <= \(now.milliseconds) ORDER BY next_at LIMIT \(count)
            """
        ).map { try inboxMessage($0, vault) }
    }

    /// A message from its first nine columns.
    func inboxMessage(_ row: Row, _ vault: Vault) throws -> InboxMessage {
        let ticket = Ticket(try row.text(2))
        // One that does not open is for a person; it must not keep the others waiting.
        let body: [UInt8]?
        do { body = try vault.open(try row.blob(4), "inbox \(ticket.value)") } catch is CryptographyError {
            body = nil
        }
        var message = InboxMessage(
            id: ID(stored: try row.text(0)), instance: try row.text(1), ticket: ticket, route: try row.text(3),
            body: body ?? [], source: try row.text(5),
            isListed: try row.bool(6), receivedAt: Timestamp(milliseconds: try row.int64(7)))
        message.isReadable = body != nil
        message.tries = try row.int(8)
        return message
    }

    /// How many messages are in a state, such as `new`.
    package func inboxCount(state: String) throws -> Int {
        try first("SELECT COUNT(*) FROM inbox WHERE state = \(state)")?.int(0) ?? 0
    }
}

extension Transaction {
    /// Notes that translating a message begins, so that one that stops the process three times is left to a person.
    ///
    /// - Returns: False when somebody else has begun it meanwhile.
    package func beginTranslating(_ message: InboxMessage, retryAt: Timestamp) throws -> Bool {
        try execute(
            """
            UPDATE inbox SET tries = tries + 1, next_at = \(retryAt.milliseconds)
            WHERE id = \(message.id.text) AND state = 'new' AND tries = \(message.tries)
            """) == 1
    }

    /// Takes back that translating a message was begun: what failed was not the message.
    package func forgiveTry(of message: InboxMessage) throws {
        try execute("UPDATE inbox SET tries = \(message.tries) WHERE id = \(message.id.text) AND state = 'new'")
    }

    /// - Parameter state: `done`; `kept` when nothing could be made of it; `parked` when it waits for a person.
    package func finish(_ message: InboxMessage, as state: String, at now: Timestamp) throws {
        try execute(
            """
            UPDATE inbox SET state = \(state), ended_at = COALESCE(ended_at, \(now.milliseconds))
            WHERE id = \(message.id.text)
            """)
    }
}
