import Commerce
import Database
import PaymentKit

extension SQLReading {
    /// The refund of a ticket, or nil when the ticket is none.
    package func refund(_ ticket: Ticket) throws -> Refund? {
        try first("\(Self.refundColumns) WHERE ticket = \(ticket.value)").map(Self.refund)
    }

    /// All refunds of an order, the first one first.
    package func refunds(of order: ID<Order>) throws -> [Refund] {
        try query("\(Self.refundColumns) WHERE order_id = \(order.text) ORDER BY requested_at, ticket").map(Self.refund)
    }

    /// The refund that the provider gave this receipt; at most one.
    package func refund(receipt: String, instance: String) throws -> Refund? {
        try first("\(Self.refundColumns) WHERE instance = \(instance) AND receipt = \(receipt)").map(Self.refund)
    }

    /// Refunds that are not ended, the oldest first.
    package func openRefunds(atMost count: Int) throws -> [Refund] {
        try query(
            """
            \(Self.refundColumns) WHERE state IN ('requested', 'approved', 'unknown', 'submitted')
            ORDER BY requested_at, ticket LIMIT \(count)
            """
        ).map(Self.refund)
    }

    /// To whom a payout goes: the checked fields of the provider's form, as JSON.
    package func payee(of ticket: Ticket, _ vault: Vault) throws -> String? {
        try first("SELECT payee_sealed FROM refunds WHERE ticket = \(ticket.value)")?.blobOrNil(0).map {
            try vault.openText($0, "refunds.payee \(ticket.value)")
        }
    }

    private static var refundColumns: SQL {
        """
        SELECT ticket, order_id, capture_id, instance, amount_minor, currency, way, reason, state, decline, receipt,
            requested_by, requested_at, approved_by, approved_at, sent_at, closed_at, proof
        FROM refunds
        """
    }

    private static func refund(_ row: Row) throws -> Refund {
        guard let way = Refund.Way(rawValue: try row.text(6)) else {
            throw CorruptRow(column: "way", reason: "is not a known word")
        }
        func time(_ column: Int) throws -> Timestamp? {
            try row.int64OrNil(.at(column)).map(Timestamp.init(milliseconds:))
        }
        var refund = Refund(
            ticket: Ticket(try row.text(0)), order: try row.textOrNil(1).map(ID.init(stored:)),
            capture: ID(stored: try row.text(2)),
            instance: try row.text(3), amount: Money(minor: try row.int64(4), Currency(rawValue: try row.text(5))),
            way: way, reason: try row.text(7), requestedBy: try row.text(11),
            requestedAt: Timestamp(milliseconds: try row.int64(12)),
            state: try Refund.State(stored: try row.text(8), decline: try row.textOrNil(9)))
        refund.receipt = try row.textOrNil(10)
        refund.approvedBy = try row.textOrNil(13)
        refund.approvedAt = try time(14)
        refund.sentAt = try time(15)
        refund.closedAt = try time(16)
        refund.proof = try row.textOrNil(17)
        return refund
    }
}

extension Transaction {
    /// Stores a new refund.
    ///
    /// - Parameter payee: For a payout, the provider's form as JSON; sealed here.
    package func insert(_ refund: Refund, payee: String?, _ vault: Vault) throws {
        try execute(
            """
            INSERT INTO refunds (ticket, order_id, capture_id, instance, amount_minor, currency, way, reason,
                payee_sealed, state, receipt, proof, requested_by, requested_at, approved_by, approved_at, sent_at,
                closed_at)
            VALUES (\(refund.ticket.value), \(refund.order?.text), \(refund.capture.text), \(refund.instance),
                \(refund.amount.minor), \(refund.amount.currency.rawValue), \(refund.way.rawValue), \(refund.reason),
                \(payee.map { vault.seal($0, "refunds.payee \(refund.ticket.value)") }), \(refund.state.name),
                \(refund.receipt), \(refund.proof), \(refund.requestedBy), \(refund.requestedAt.milliseconds),
                \(refund.approvedBy), \(refund.approvedAt?.milliseconds), \(refund.sentAt?.milliseconds),
                \(refund.closedAt?.milliseconds))
            """)
    }

    /// Saves a refund. Its order is saved in the same transaction, and that is what guards both.
    package func save(_ refund: Refund) throws {
        try execute(
            """
            UPDATE refunds SET capture_id = \(refund.capture.text), state = \(refund.state.name),
                decline = \(try refund.state.storedDecline), receipt = \(refund.receipt),
                approved_by = \(refund.approvedBy), approved_at = \(refund.approvedAt?.milliseconds),
                sent_at = \(refund.sentAt?.milliseconds), closed_at = \(refund.closedAt?.milliseconds)
            WHERE ticket = \(refund.ticket.value)
            """)
    }
}
