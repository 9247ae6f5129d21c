import Commerce
import Database
import PaymentKit

extension SQLReading {
    /// Orders of a kind, the newest first.
    package func orders(_ filter: OrderFilter, _ vault: Vault) throws -> [Order] {
        var sql: SQL = "SELECT id FROM orders WHERE placed_at >= 0"
        if let status = filter.status { sql += " AND status = \(status.rawValue)" }
        if let phone = filter.phone { sql += " AND phone_index = \(vault.index(of: phone))" }
        if let number = filter.number { sql += " AND number = \(number.text)" }
        if let from = filter.from { sql += " AND placed_at >= \(from.milliseconds)" }
        if let to = filter.to { sql += " AND placed_at < \(to.milliseconds)" }
        if let number = filter.olderThan, let last = try order(number: number).flatMap({ try order($0) }) {
            sql += " AND placed_at <= \(last.placedAt.milliseconds)"
            sql += " AND (placed_at < \(last.placedAt.milliseconds) OR id < \(last.id.text))"
        }
        if filter.needsPerson {
            sql += " AND id IN (SELECT order_id FROM reviews WHERE closed_at IS NULL AND order_id IS NOT NULL)"
        }
        sql += " ORDER BY placed_at DESC, id DESC LIMIT \(filter.limit)"
        return try query(sql).compactMap { try order(ID(stored: try $0.text(0))) }
    }

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
