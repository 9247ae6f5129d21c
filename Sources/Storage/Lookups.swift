import Commerce
import Database
import PaymentKit

/// A question to a provider about a receipt, which is answered later at an address of its own.
package struct Lookup: Hashable, Sendable {
    /// What became of the question.
    package enum State: String, Sendable {
        case asked
        /// The money is known now.
        case found
        /// The provider knows no such payment to this shop.
        case refused
        /// Somebody else's money, or already counted elsewhere: a person looks.
        case review
        /// The provider could not be asked; its own list will show the payment.
        case waiting
    }
    package let ticket: Ticket
    /// The order whose page asked; nil when the shop itself asks.
    package let order: ID<Order>?
    package let instance: String
    package let receipt: String
    package var state: State
    package let askedAt: Timestamp

    package init(
        ticket: Ticket, order: ID<Order>?, instance: String, receipt: String, state: State, askedAt: Timestamp
    ) {
        self.ticket = ticket
        self.order = order
        self.instance = instance
        self.receipt = receipt
        self.state = state
        self.askedAt = askedAt
    }
}

extension SQLReading {
    /// The question that was asked under a ticket, or nil.
    package func lookup(_ ticket: Ticket) throws -> Lookup? {
        try first("\(Self.lookupColumns) WHERE ticket = \(ticket.value)").map(Self.lookup)
    }

    /// What was asked from an order's page, the newest first.
    package func lookups(of order: ID<Order>) throws -> [Lookup] {
        try query("\(Self.lookupColumns) WHERE order_id = \(order.text) ORDER BY asked_at DESC, ticket LIMIT 20").map(
            Self.lookup)
    }

    /// Questions about a receipt that somebody waits for.
    package func openLookups(receipt: String, instance: String) throws -> [Lookup] {
        try query(
            """
            \(Self.lookupColumns) WHERE instance = \(instance) AND receipt = \(receipt)
                AND state IN ('asked', 'waiting', 'refused')
            ORDER BY asked_at LIMIT 20
            """
        ).map(Self.lookup)
    }

    /// Questions to a provider that nobody has answered yet, the oldest first.
    package func unansweredLookups(of instance: String) throws -> [Lookup] {
        try query(
            """
            \(Self.lookupColumns) WHERE instance = \(instance) AND state IN ('asked', 'waiting')
            ORDER BY asked_at, ticket LIMIT 200
            """
        ).map(Self.lookup)
    }

    private static var lookupColumns: SQL { "SELECT ticket, order_id, instance, receipt, state, asked_at FROM lookups" }

    private static func lookup(_ row: Row) throws -> Lookup {
        guard let state = Lookup.State(rawValue: try row.text(4)) else {
            throw CorruptRow(column: "state", reason: "is not a known word")
        }
        return Lookup(
            ticket: Ticket(try row.text(0)), order: try row.textOrNil(1).map(ID.init(stored:)),
            instance: try row.text(2), receipt: try row.text(3), state: state,
            askedAt: Timestamp(milliseconds: try row.int64(5)))
    }
}

extension Transaction {
    /// Stores a question that is about to be asked.
    package func insert(_ lookup: Lookup) throws {
        try execute(
            """
            INSERT INTO lookups (ticket, order_id, instance, receipt, state, asked_at)
            VALUES (\(lookup.ticket.value), \(lookup.order?.text), \(lookup.instance), \(lookup.receipt),
                \(lookup.state.rawValue), \(lookup.askedAt.milliseconds))
            """)
    }

    /// Notes what became of a question; one that found its money stays so.
    package func settle(_ ticket: Ticket, as state: Lookup.State, at now: Timestamp) throws {
        try execute(
            """
            UPDATE lookups SET state = \(state.rawValue), answered_at = \(now.milliseconds)
            WHERE ticket = \(ticket.value) AND state <> 'found'
            """)
    }
}
