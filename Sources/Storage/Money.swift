import Commerce
import Cryptography
import Database
import PaymentKit

extension SQLReading {
    /// All money of an order that was not merged into other rows, the earliest first.
    package func captures(of order: ID<Order>) throws -> [Capture] {
        try query(
            """
            \(Self.captureColumns) WHERE order_id = \(order.text) AND merged_into IS NULL ORDER BY recorded_at, id
            """
        ).map(Self.capture)
    }

    /// The money that an attempt brought, or nil; at most one row (I2).
    package func capture(of ticket: Ticket) throws -> Capture? {
        try first("\(Self.captureColumns) WHERE ticket = \(ticket.value)").map(Self.capture)
    }

    /// The money of a receipt, or nil; at most one row (I2).
    package func capture(receipt: String, instance: String) throws -> Capture? {
        try first("\(Self.captureColumns) WHERE instance = \(instance) AND receipt = \(receipt)").map(Self.capture)
    }

    /// One row of money, also one that was merged into another.
    package func capture(_ id: ID<Capture>) throws -> Capture? {
        try first("\(Self.captureColumns) WHERE id = \(id.text)").map(Self.capture)
    }

    /// Money that nobody could match to an order, the newest first.
    package func unmatchedMoney(atMost count: Int) throws -> [Capture] {
        try query(
            """
            \(Self.captureColumns) WHERE order_id IS NULL AND merged_into IS NULL AND returned_minor < amount_minor
            ORDER BY recorded_at DESC, id DESC LIMIT \(count)
            """
        ).map(Self.capture)
    }

    /// Money whose receipt the provider owes and for which no item is open or was closed, the oldest first.
    package func capturesWithoutReceipt(recordedBefore: Timestamp, atMost count: Int) throws -> [Capture] {
        try query(
            """
            \(Self.captureColumns) WHERE receipt IS NULL AND merged_into IS NULL
                AND recorded_at < \(recordedBefore.milliseconds)
                AND NOT EXISTS (SELECT 1 FROM reviews WHERE kind = 'receipt_owed' AND subject = captures.id)
            ORDER BY recorded_at LIMIT \(count)
            """
        ).map(Self.capture)
    }

    /// What was reported with a capture: who paid, and the account that they typed.
    package func sender(of capture: ID<Capture>, _ vault: Vault) throws -> (payer: String?, account: String?) {
        guard let row = try first("SELECT payer_sealed, account_sealed FROM captures WHERE id = \(capture.text)") else {
            return (nil, nil)
        }
        return (
            try row.blobOrNil(0).map { try vault.openText($0, "captures.payer \(capture)") },
            try row.blobOrNil(1).map { try vault.openText($0, "captures.account \(capture)") }
        )
    }

    /// The roads by which a capture was reported, the first one first.
    package func evidence(of capture: ID<Capture>) throws -> [(
        road: EvidenceRoad, level: CaptureEvidence, at: Timestamp
    )] {
        try query(
            "SELECT road, level, at FROM capture_evidence WHERE capture_id = \(capture.text) ORDER BY at, road"
        ).map { row in
            guard let road = EvidenceRoad(rawValue: try row.text(0)),
                let level = CaptureEvidence(rawValue: try row.text(1))
            else { throw CorruptRow(column: "road", reason: "is not a known word") }
            return (road, level, Timestamp(milliseconds: try row.int64(2)))
        }
    }

    fileprivate static var captureColumns: SQL {
        """
        SELECT id, instance, receipt, ticket, link, order_id, amount_minor, returning_minor, returned_minor, currency,
            evidence, merged_into, provider_at, recorded_at
        FROM captures
        """
    }

    fileprivate static func capture(_ row: Row) throws -> Capture {
        guard let link = Capture.Link(rawValue: try row.int(4)),
            let level = CaptureEvidence(rawValue: try row.text(10))
        else { throw CorruptRow(column: "link or evidence", reason: "is not a known word") }
        let currency = Currency(rawValue: try row.text(9))
        var capture = Capture(
            id: ID(stored: try row.text(0)), instance: try row.text(1), ticket: try row.textOrNil(3).map(Ticket.init),
            link: link, order: try row.textOrNil(5).map(ID.init(stored:)),
            amount: Money(minor: try row.int64(6), currency), receipt: try row.textOrNil(2), level: level,
            recordedAt: Timestamp(milliseconds: try row.int64(13)),
            providerAt: try row.int64OrNil(12).map(Timestamp.init(milliseconds:)))
        capture.returning = Money(minor: try row.int64(7), currency)
        capture.returned = Money(minor: try row.int64(8), currency)
        capture.mergedInto = try row.textOrNil(11).map(ID.init(stored:))
        return capture.asRead
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
    /// Stores new money.
    ///
    /// - Throws: `duplicate` when the receipt or the attempt has a row already.
    package func insert(_ capture: Capture, payer: String?, account: String?, _ vault: Vault) throws {
        try execute(
            """
            INSERT INTO captures (id, instance, receipt, ticket, link, order_id, amount_minor, currency, evidence,
                payer_sealed, account_sealed, payer_key, provider_at, recorded_at)
            VALUES (\(capture.id.text), \(capture.instance), \(capture.receipt), \(capture.ticket?.value),
                \(capture.link.rawValue), \(capture.order?.text), \(capture.amount.minor),
                \(capture.amount.currency.rawValue), \(capture.level.rawValue),
                \(payer.map { vault.seal($0, "captures.payer \(capture.id)") }),
                \(account.map { vault.seal(String($0.prefix(200)), "captures.account \(capture.id)") }),
                \(payer.flatMap(vault.payerKey(reported:))), \(capture.providerAt?.milliseconds),
                \(capture.recordedAt.milliseconds))
            """)
    }

    /// Saves what may change of a capture. A receipt is set once and never changed (I2). Its order is saved in the same
    /// transaction, and that is what guards both; money without an order is guarded by having none, and by what of it
    /// was on its way back when it was read.
    ///
    /// - Parameter payer: Kept when none is known yet.
    package func save(_ capture: Capture, payer: String?, _ vault: Vault) throws {
        let changed = try execute(
            """
            UPDATE captures SET ticket = \(capture.ticket?.value), link = \(capture.link.rawValue),
                order_id = \(capture.order?.text), receipt = \(capture.receipt), evidence = \(capture.level.rawValue),
                merged_into = \(capture.mergedInto?.text), provider_at = \(capture.providerAt?.milliseconds),
                returning_minor = \(capture.returning.minor), returned_minor = \(capture.returned.minor),
                payer_sealed = COALESCE(payer_sealed, \(payer.map { vault.seal($0, "captures.payer \(capture.id)") })),
                payer_key = COALESCE(payer_key, \(payer.flatMap(vault.payerKey(reported:))))
            WHERE id = \(capture.id.text) AND (receipt IS NULL OR receipt = \(capture.receipt))
                AND (order_id = \(capture.order?.text)
                    OR order_id IS NULL AND returning_minor = \(capture.returningWhenRead.minor))
            """)
        guard changed == 1 else { throw StaleWrite() }
    }

    /// Notes a road by which a capture was reported; the same road again changes nothing.
    package func note(
        _ road: EvidenceRoad, _ level: CaptureEvidence, of capture: ID<Capture>, at now: Timestamp
    ) throws {
        _ = try insertIfNew(
            """
            INSERT INTO capture_evidence (capture_id, road, level, at)
            VALUES (\(capture.text), \(road.rawValue), \(level.rawValue), \(now.milliseconds))
            """)
    }

    /// Posts one entry, whose lines balance (I3); zeros are left out, and nothing is posted when all are.
    ///
    /// - Parameters:
    ///   - amounts: Debits above zero, credits below, in the smallest unit.
    ///   - order: Nil for money that belongs to no order.
    ///   - cause: The capture's identity or the refund's ticket.
    package func post(
        _ amounts: [(Account, Int64)], _ currency: Currency, order: ID<Order>?, cause: String, at now: Timestamp
    ) throws {
        precondition(amounts.reduce(0) { $0 + $1.1 } == 0, "The lines of an entry balance.")
        let entry = ID<Account>(at: now)
        for (place, (account, amount)) in amounts.filter({ $0.1 != 0 }).enumerated() {
            try execute(
                """
                INSERT INTO ledger (entry_id, line, account, side, amount_minor, currency, order_id, capture_id, at)
                VALUES (\(entry.text), \(place), \(account.rawValue), \(amount > 0 ? "debit" : "credit"),
                    \(abs(amount)), \(currency.rawValue), \(order?.text ?? ""), \(cause), \(now.milliseconds))
                """)
        }
    }
}
