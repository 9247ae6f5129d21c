import Commerce
import Database
import PaymentKit

extension SQLReading {
    /// What the messages of a page of ids turned out to be about, by message; those that came to an address of their
    /// own payment are not among them.
    func subjects(ofMessagesAfter first: String, upTo last: String) throws -> [String: Set<MessageSubject>] {
        try query(
            "SELECT message_id, subject FROM message_subjects WHERE message_id > \(first) AND message_id <= \(last)"
        ).reduce(into: [:]) { subjects, row in
            subjects[try row.text(0), default: []].insert(MessageSubject(text: try row.text(1)))
        }
    }

    /// What messages about an order speak of: its prompts, its refunds, its questions and its money.
    package func subjects(of order: ID<Order>) throws -> Set<MessageSubject> {
        let tickets = try query(
            """
            SELECT ticket FROM attempts WHERE order_id = \(order.text)
            UNION SELECT ticket FROM refunds WHERE order_id = \(order.text)
            UNION SELECT ticket FROM lookups WHERE order_id = \(order.text)
            """
        ).map { MessageSubject.ticket(Ticket(try $0.text(0))) }
        let money = try captures(of: order).compactMap { capture in
            capture.receipt.map { MessageSubject.money(instance: capture.instance, receipt: $0) }
        }
        return Set(tickets + money)
    }

    /// The order that a message's subject belongs to; nil when there is none.
    package func order(of subject: MessageSubject) throws -> ID<Order>? {
        switch subject {
        case .ticket(let ticket): try order(of: ticket)
        case .money(let instance, let receipt): try capture(receipt: receipt, instance: instance)?.order
        }
    }
}

extension Transaction {
    /// Notes what a message to an address for all payments turned out to be about: payments of this shop, and money.
    /// The same again changes nothing.
    package func note(_ subjects: Set<MessageSubject>, of message: InboxMessage) throws {
        for subject in subjects.sorted(by: { $0.text < $1.text }) {
            if case .ticket(let ticket) = subject, try order(of: ticket) == nil { continue }
            _ = try insertIfNew(
                """
                INSERT INTO message_subjects (message_id, subject) VALUES (\(message.id.text), \(subject.text))
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

    /// Forgets the messages about an order, or about one of its prompts: those to its own address, and those to an
    /// address for all payments that speak of nothing else.
    ///
    /// - Parameter all: ``SQLReading/subjects(of:)`` of the order.
    func forgetMessages(about subject: MessageSubject, among all: Set<MessageSubject>) throws {
        let elsewhere = try query("SELECT message_id FROM message_subjects WHERE subject = \(subject.text)")
            .map { try $0.text(0) }
            .filter { message in
                try query("SELECT subject FROM message_subjects WHERE message_id = \(message)").allSatisfy {
                    all.contains(MessageSubject(text: try $0.text(0)))
                }
            }
        try forgetMessages(elsewhere)
        guard case .ticket(let ticket) = subject else { return }
        try forgetMessages(query("SELECT id FROM inbox WHERE ticket = \(ticket.value)").map { try $0.text(0) })
    }

    /// A message that was read and that no open item is about.
    private static var isDoneWith: SQL {
        """
        state <> 'new' AND NOT EXISTS (
            SELECT 1 FROM reviews WHERE subject IN (inbox.id, inbox.ticket) AND closed_at IS NULL)
        """
    }
}
