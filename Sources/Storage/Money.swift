import Commerce
import Database
import PaymentKit

extension SQLReading {
    /// All money that arrived for an order, the earliest first.
    package func captures(of order: ID<Order>) throws -> [Capture] {
        try query("\(Self.captureColumns) WHERE order_id = \(order.text) ORDER BY recorded_at, id").map(Self.capture)
    }

    /// The money that an attempt brought, or nil; at most one row (I2).
    package func capture(of ticket: Ticket) throws -> Capture? {
        try first("\(Self.captureColumns) WHERE ticket = \(ticket.value)").map(Self.capture)
    }

    /// The money of a receipt, or nil; at most one row (I2).
    package func capture(receipt: String, instance: String) throws -> Capture? {
        try first("\(Self.captureColumns) WHERE instance = \(instance) AND receipt = \(receipt)").map(Self.capture)
    }

    private static var captureColumns: SQL {
        """
        SELECT id, instance, receipt, ticket, order_id, amount_minor, currency, recorded_at, provider_at FROM captures
        """
    }

    private static func capture(_ row: Row) throws -> Capture {
        Capture(
            id: ID(stored: try row.text(0)), instance: try row.text(1), ticket: try row.textOrNil(3).map(Ticket.init),
            order: ID(stored: try row.text(4)),
            amount: Money(minor: try row.int64(5), Currency(rawValue: try row.text(6))),
            receipt: try row.textOrNil(2), recordedAt: Timestamp(milliseconds: try row.int64(7)),
            providerAt: try row.int64OrNil(8).map(Timestamp.init(milliseconds:)))
    }

    /// What the ledger says of an account: debits less credits, in the smallest unit.
    package func balance(of account: Account) throws -> Int64 {
        try first(
            """
            SELECT CAST(COALESCE(SUM(CASE WHEN side = 'debit' THEN amount_minor ELSE -amount_minor END), 0) AS SIGNED)
            FROM ledger WHERE account = \(account.rawValue)
            """)?.int64(0) ?? 0
    }

    /// What the ledger counts towards an order.
    package func ledgerApplied(to order: ID<Order>) throws -> Int64 {
        try first(
            """
            SELECT CAST(COALESCE(SUM(CASE WHEN side = 'credit' THEN amount_minor ELSE -amount_minor END), 0) AS SIGNED)
            FROM ledger WHERE order_id = \(order.text) AND account = \(Account.orderPayments.rawValue)
            """)?.int64(0) ?? 0
    }
}

extension Transaction {
    /// Books a capture: the money stands at the provider (debit), for the order and, what is too much, for the customer
    /// (credit). The lines balance (I3).
    ///
    /// - Throws: `duplicate` when the receipt or the attempt has a capture already.
    package func book(
        _ capture: Capture, _ allocation: Allocation, _ evidence: CaptureEvidence, payer: String?, _ vault: Vault
    ) throws {
        precondition(allocation.applied + allocation.credit == capture.amount, "The parts of a capture make the whole.")
        let payer = payer.map { vault.seal($0, "captures.payer \(capture.id)") }
        try execute(
            """
            INSERT INTO captures (id, instance, receipt, ticket, order_id, amount_minor, currency, evidence,
                payer_sealed, provider_at, recorded_at)
            VALUES (\(capture.id.text), \(capture.instance), \(capture.receipt), \(capture.ticket?.value),
                \(capture.order.text), \(capture.amount.minor), \(capture.amount.currency.rawValue),
                \(evidence.rawValue), \(payer), \(capture.providerAt?.milliseconds), \(capture.recordedAt.milliseconds))
            """)
        let lines: [(Account, String, Money)] = [
            (.providerClearing, "debit", capture.amount), (.orderPayments, "credit", allocation.applied),
            (.customerCredit, "credit", allocation.credit),
        ]
        for (place, (account, side, amount)) in lines.enumerated() where amount.minor > 0 {
            try execute(
                """
                INSERT INTO ledger (entry_id, line, account, side, amount_minor, currency, order_id, capture_id, at)
                VALUES (\(capture.id.text), \(place), \(account.rawValue), \(side), \(amount.minor),
                    \(amount.currency.rawValue), \(capture.order.text), \(capture.id.text),
                    \(capture.recordedAt.milliseconds))
                """)
        }
    }

    /// Fills in the receipt that the provider still owed, once.
    package func setReceipt(
        _ receipt: String, of capture: ID<Capture>, payer: String?, at providerAt: Timestamp?, _ vault: Vault
    ) throws {
        let payer = payer.map { vault.seal($0, "captures.payer \(capture)") }
        let changed = try execute(
            """
            UPDATE captures SET receipt = \(receipt), payer_sealed = \(payer), provider_at = \(providerAt?.milliseconds)
            WHERE id = \(capture.text) AND receipt IS NULL
            """)
        guard changed == 1 else { throw StaleWrite() }
    }

    /// Opens an item for a person. The same subject and kind again changes nothing.
    package func openReview(
        _ kind: String, subject: String, order: ID<Order>?, detail: String, at now: Timestamp
    ) throws {
        _ = try insertIfNew(
            """
            INSERT INTO reviews (subject, kind, order_id, detail, opened_at)
            VALUES (\(subject), \(kind), \(order?.text), \(String(detail.prefix(480))), \(now.milliseconds))
            """)
    }
}

extension SQLReading {
    /// The kinds of open review items of an order, sorted.
    package func openReviews(of order: ID<Order>) throws -> [String] {
        try query(
            """
            SELECT kind FROM reviews WHERE order_id = \(order.text) AND closed_at IS NULL ORDER BY kind
            """
        ).map { try $0.text(0) }
    }

    /// How many matters wait for a person.
    package func openReviewCount() throws -> Int {
        try first("SELECT COUNT(*) FROM reviews WHERE closed_at IS NULL")?.int(0) ?? 0
    }
}
