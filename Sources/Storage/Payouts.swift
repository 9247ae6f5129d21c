import Commerce
import Database
import FoundationEssentials
import PaymentKit

extension SQLReading {
    /// The payout of a ticket, or nil when the ticket is none.
    package func payout(_ ticket: Ticket) throws -> Payout? {
        try first("\(Self.payoutColumns) WHERE ticket = \(ticket.value)").map(Self.payout)
    }

    /// Payouts, those that are not ended first, then the newest.
    package func payouts(atMost count: Int) throws -> [Payout] {
        try query(
            """
            \(Self.payoutColumns)
            ORDER BY CASE WHEN state IN ('requested', 'approved', 'unknown', 'submitted') THEN 0 ELSE 1 END,
                requested_at DESC, ticket LIMIT \(count)
            """
        ).map(Self.payout)
    }

    /// To whom a payout goes: the checked fields of the provider's form, as JSON.
    package func payee(ofPayout ticket: Ticket, _ vault: Vault) throws -> String? {
        try first("SELECT payee_sealed FROM payouts WHERE ticket = \(ticket.value)").map {
            try vault.openText(try $0.blob(0), "payouts.payee \(ticket.value)")
        }
    }

    private static var payoutColumns: SQL {
        """
        SELECT ticket, version, instance, amount_minor, currency, payee_shown, reason, state, decline, receipt,
            requested_by, requested_at, approved_by, approved_at, sent_at, closed_at
        FROM payouts
        """
    }

    private static func payout(_ row: Row) throws -> Payout {
        func time(_ column: Int) throws -> Timestamp? {
            try row.int64OrNil(.at(column)).map(Timestamp.init(milliseconds:))
        }
        var payout = Payout(
            ticket: Ticket(try row.text(0)), version: try row.int64(1), instance: try row.text(2),
            amount: Money(minor: try row.int64(3), Currency(rawValue: try row.text(4))),
            payeeShown: try row.text(5), reason: try row.text(6), requestedBy: try row.text(10),
            requestedAt: Timestamp(milliseconds: try row.int64(11)),
            state: try Refund.State(stored: try row.text(7), decline: try row.textOrNil(8)))
        payout.receipt = try row.textOrNil(9)
        payout.approvedBy = try row.textOrNil(12)
        payout.approvedAt = try time(13)
        payout.sentAt = try time(14)
        payout.closedAt = try time(15)
        return payout
    }
}

extension Transaction {
    /// Stores a new payout.
    ///
    /// - Parameter payee: The provider's form as JSON; sealed here.
    package func insert(_ payout: Payout, payee: String, _ vault: Vault) throws {
        try execute(
            """
            INSERT INTO payouts (ticket, version, instance, amount_minor, currency, payee_sealed, payee_shown, reason,
                state, requested_by, requested_at)
            VALUES (\(payout.ticket.value), \(payout.version), \(payout.instance), \(payout.amount.minor),
                \(payout.amount.currency.rawValue), \(vault.seal(payee, "payouts.payee \(payout.ticket.value)")),
                \(payout.payeeShown), \(payout.reason), \(payout.state.name), \(payout.requestedBy),
                \(payout.requestedAt.milliseconds))
            """)
    }

    /// Saves what may change of a payout.
    ///
    /// - Throws: ``StaleWrite`` when it has moved on since it was read.
    package func save(_ payout: Payout) throws {
        let changed = try execute(
            """
            UPDATE payouts SET version = version + 1, state = \(payout.state.name),
                decline = \(try payout.state.storedDecline), receipt = \(payout.receipt),
                approved_by = \(payout.approvedBy), approved_at = \(payout.approvedAt?.milliseconds),
                sent_at = \(payout.sentAt?.milliseconds), closed_at = \(payout.closedAt?.milliseconds)
            WHERE ticket = \(payout.ticket.value) AND version = \(payout.version)
            """)
        guard changed == 1 else { throw StaleWrite() }
    }
}

extension Refund.State {
    init(stored name: String, decline text: String?) throws {
        switch name {
        case "requested": self = .requested
        case "approved": self = .approved
        case "unknown": self = .unknown
        case "submitted": self = .submitted
        case "succeeded": self = .succeeded
        case "failed":
            guard let text else { throw CorruptRow(column: "decline", reason: "is NULL") }
            self = .failed(try JSONDecoder().decode(Decline.self, from: Data(text.utf8)))
        default: throw CorruptRow(column: "state", reason: "is not a known word")
        }
    }

    /// The decline as JSON; nil in every other state.
    var storedDecline: String? {
        get throws {
            guard let decline else { return nil }
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return String(decoding: try encoder.encode(decline), as: UTF8.self)
        }
    }
}
