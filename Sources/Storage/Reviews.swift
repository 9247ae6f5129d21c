import Commerce
import Database
import PaymentKit

extension SQLReading {
    /// The kinds of open review items of an order, sorted.
    package func openReviews(of order: ID<Order>) throws -> [String] {
        try query(
            """
            SELECT kind FROM reviews WHERE order_id = \(order.text) AND closed_at IS NULL ORDER BY kind
            """
        ).map { try $0.text(0) }
    }

    /// Whether a matter waits for a person.
    package func isReviewOpen(_ kind: String, subject: String) throws -> Bool {
        try first(
            """
            SELECT 1 FROM reviews WHERE subject = \(subject) AND kind = \(kind) AND closed_at IS NULL
            """) != nil
    }

    /// How many matters wait for a person.
    package func openReviewCount() throws -> Int {
        try first("SELECT COUNT(*) FROM reviews WHERE closed_at IS NULL")?.int(0) ?? 0
    }

    /// What waits for a person, the oldest first.
    package func openReviews(atMost count: Int) throws -> [ReviewItem] {
        try query(
            """
            SELECT subject, kind, order_id, detail, opened_at FROM reviews WHERE closed_at IS NULL
            ORDER BY opened_at, subject, kind LIMIT \(count)
            """
        ).map { row in
            ReviewItem(
                subject: try row.text(0), kind: try row.text(1), order: try row.textOrNil(2).map(ID.init(stored:)),
                detail: try row.text(3), openedAt: Timestamp(milliseconds: try row.int64(4)))
        }
    }
}

extension Transaction {
    /// Opens an item for a person. One that is open already stays as it is; one that was closed is opened again.
    package func openReview(
        _ kind: String, subject: String, order: ID<Order>?, detail: String, at now: Timestamp
    ) throws {
        let detail = String(detail.prefix(480))
        let isNew = try insertIfNew(
            """
            INSERT INTO reviews (subject, kind, order_id, detail, opened_at)
            VALUES (\(subject), \(kind), \(order?.text), \(detail), \(now.milliseconds))
            """)
        guard !isNew else { return }
        try execute(
            """
            UPDATE reviews SET order_id = \(order?.text), detail = \(detail), opened_at = \(now.milliseconds),
                closed_at = NULL
            WHERE subject = \(subject) AND kind = \(kind) AND closed_at IS NOT NULL
            """)
    }

    /// Closes an item; one that is not open is left as it is.
    package func closeReview(_ kind: String, subject: String, at now: Timestamp) throws {
        try execute(
            """
            UPDATE reviews SET closed_at = \(now.milliseconds)
            WHERE subject = \(subject) AND kind = \(kind) AND closed_at IS NULL
            """)
    }
}
