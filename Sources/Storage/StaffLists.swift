import Commerce
import Database
import PaymentKit

extension SQLReading {
    /// The open items of an order, the oldest first.
    package func openItems(of order: ID<Order>) throws -> [ReviewItem] {
        try query("\(Self.itemColumns) AND order_id = \(order.text) ORDER BY opened_at, subject, kind").map(Self.item)
    }

    /// An open item, or nil.
    package func openItem(_ kind: String, subject: String) throws -> ReviewItem? {
        try first("\(Self.itemColumns) AND subject = \(subject) AND kind = \(kind)").map(Self.item)
    }

    /// All open items of a kind.
    package func openItems(ofKind kind: String) throws -> [ReviewItem] {
        try query("\(Self.itemColumns) AND kind = \(kind) ORDER BY opened_at, subject").map(Self.item)
    }

    private static var itemColumns: SQL {
        "SELECT subject, kind, order_id, detail, opened_at FROM reviews WHERE closed_at IS NULL"
    }

    private static func item(_ row: Row) throws -> ReviewItem {
        ReviewItem(
            subject: try row.text(0), kind: try row.text(1), order: try row.textOrNil(2).map(ID.init(stored:)),
            detail: try row.text(3), openedAt: Timestamp(milliseconds: try row.int64(4)))
    }

    /// The newest question about a receipt, or nil when it was never asked about.
    package func newestLookup(receipt: String, instance: String) throws -> Lookup? {
        try first(
            """
            SELECT ticket FROM lookups WHERE instance = \(instance) AND receipt = \(receipt)
            ORDER BY asked_at DESC, ticket LIMIT 1
            """
        ).flatMap { try lookup(Ticket(try $0.text(0))) }
    }

    /// The names of the programs that have said since then that they serve this shop.
    package func nodesAlive(since then: Timestamp) throws -> [String] {
        try query("SELECT name, value FROM shop_settings WHERE name LIKE 'alive %' ORDER BY name").compactMap { row in
            guard let at = Int64(try row.text(1)), at >= then.milliseconds else { return nil }
            return String(try row.text(0).dropFirst("alive ".count))
        }
    }
}

extension Transaction {
    /// Closes an item by a person's word.
    ///
    /// - Returns: False when it is not open.
    package func closeReview(
        _ kind: String, subject: String, by person: String, because reason: String, at now: Timestamp
    ) throws -> Bool {
        try execute(
            """
            UPDATE reviews SET closed_at = \(now.milliseconds), closed_by = \(String(person.prefix(100))),
                closed_because = \(String(reason.prefix(400)))
            WHERE subject = \(subject) AND kind = \(kind) AND closed_at IS NULL
            """) == 1
    }

    /// Notes that a program serves this shop now.
    package func noteAlive(_ node: String, at now: Timestamp) throws {
        try setShopSetting("alive \(node.prefix(50))", to: "\(now.milliseconds)")
    }

    /// Notes that a program serves this shop no more.
    package func noteStopped(_ node: String) throws {
        try execute("DELETE FROM shop_settings WHERE name = \("alive \(node.prefix(50))")")
    }
}
