import Commerce
import Cryptography
import Database
import PaymentKit

/// A stored event with its place in the order's history.
package struct StoredEvent: Hashable, Sendable {
    package let seq: Int64
    package let event: OrderEvent
    package let at: Timestamp

    package init(seq: Int64, event: OrderEvent, at: Timestamp) {
        self.seq = seq
        self.event = event
        self.at = at
    }

    /// The link of the hash chain that this event is, after the one whose hash is `last` (I23).
    package func hash(of order: ID<Order>, after last: [UInt8]) -> [UInt8] {
        let text = [order.text, "\(seq)", event.kind, event.ticket?.value ?? "", event.detail, "\(at.milliseconds)"]
        return SHA256.hash(last + Array(text.joined(separator: "\u{1F}").utf8))
    }
}

extension SQLReading {
    /// The whole history of an order, oldest first.
    package func events(of order: ID<Order>) throws -> [StoredEvent] {
        try query(
            """
            SELECT seq, kind, ticket, detail, at FROM events WHERE order_id = \(order.text) ORDER BY seq
            """
        ).map { row in
            StoredEvent(
                seq: try row.int64(0),
                event: OrderEvent(try row.text(1), try row.textOrNil(2).map(Ticket.init), try row.text(3)),
                at: Timestamp(milliseconds: try row.int64(4)))
        }
    }

    /// Whether the hashes of an order's events fit each other and its history has no gap (I18, I23).
    package func historyIsIntact(of order: ID<Order>) throws -> Bool {
        let hashes = try query("SELECT hash FROM events WHERE order_id = \(order.text) ORDER BY seq").map {
            try $0.blob(0)
        }
        var last: [UInt8] = []
        for (place, stored) in try events(of: order).enumerated() {
            let expected = stored.hash(of: order, after: last)
            guard stored.seq == Int64(place + 1), hashes[place] == expected else { return false }
            last = expected
        }
        guard let row = try first("SELECT version, last_hash FROM orders WHERE id = \(order.text)") else {
            return false
        }
        return try row.int64(0) == Int64(hashes.count) && row.blob(1) == last
    }
}

extension Transaction {
    /// Appends an event at the order's version and returns the new end of the hash chain.
    func append(_ event: OrderEvent, to order: Order) throws -> [UInt8] {
        let stored = StoredEvent(seq: order.version, event: event, at: order.changedAt)
        let hash = stored.hash(of: order.id, after: order.lastHash)
        let isNew = try insertIfNew(
            """
            INSERT INTO events (order_id, seq, kind, ticket, detail, at, hash)
            VALUES (\(order.id.text), \(order.version), \(event.kind), \(event.ticket?.value), \(event.detail),
                \(order.changedAt.milliseconds), \(hash))
            """)
        guard isNew else { throw StaleWrite() }
        return hash
    }
}
