import Commerce
import Database
import PaymentKit

extension SQLReading {
    /// What the messages of a page of ids turned out to be about, by message; those that came to an address of their
    /// own payment are not among them.
    func subjects(ofMessagesAfter first: String, upTo last: String) throws -> [String: Set<Ticket>] {
        try query(
            "SELECT message_id, ticket FROM message_subjects WHERE message_id > \(first) AND message_id <= \(last)"
        ).reduce(into: [:]) { subjects, row in
            subjects[try row.text(0), default: []].insert(Ticket(try row.text(1)))
        }
    }
}

extension Transaction {
    /// Notes which orders' payments a message to an address for all payments turned out to be about. The same again
    /// changes nothing.
    package func note(_ subjects: Set<Ticket>, of message: InboxMessage) throws {
        for ticket in subjects.sorted(by: { $0.value < $1.value }) where try order(of: ticket) != nil {
            _ = try insertIfNew(
                """
                INSERT INTO message_subjects (message_id, ticket) VALUES (\(message.id.text), \(ticket.value))
                """)
        }
    }

    /// Forgets messages, and what they were about, unless something about them is still to be done.
    ///
    /// - Returns: How many.
    @discardableResult
    package func forgetMessages(_ ids: [String]) throws -> Int {
        var count = 0
        for id in ids {
            guard try execute("DELETE FROM inbox WHERE id = \(id) AND \(Self.isDoneWith)") == 1 else { continue }
            try execute("DELETE FROM message_subjects WHERE message_id = \(id)")
            count += 1
        }
        return count
    }

    /// Forgets the messages about a prompt or a refund: those to its own address, and those to an address for all
    /// payments that speak of no other order.
    func forgetMessages(about ticket: String, of order: ID<Order>) throws {
        let elsewhere = try query(
            "SELECT message_id FROM message_subjects WHERE ticket = \(ticket)"
        ).map { try $0.text(0) }
            .filter { message in
                try query("SELECT ticket FROM message_subjects WHERE message_id = \(message)").allSatisfy {
                    try self.order(of: Ticket(try $0.text(0))) == order
                }
            }
        try forgetMessages(
            query("SELECT id FROM inbox WHERE ticket = \(ticket)").map { try $0.text(0) } + elsewhere)
    }

    /// A message that was read and that no open item is about.
    private static var isDoneWith: SQL {
        """
        state <> 'new' AND NOT EXISTS (
            SELECT 1 FROM reviews WHERE subject IN (inbox.id, inbox.ticket) AND closed_at IS NULL)
        """
    }
}
