import Commerce
import Database
import PaymentKit

extension SQLReading {
    /// All that a provider's list should show, from a time on: payments, refunds that went back, payouts.
    package func bookedMoney(of instance: String, since from: Timestamp) throws -> [Reconciliation.Entry] {
        try bookedPayments(instance, from) + bookedRefunds(instance, from) + bookedPayouts(instance, from)
    }

    private func bookedPayments(_ instance: String, _ from: Timestamp) throws -> [Reconciliation.Entry] {
        try query(
            """
            SELECT c.id, c.receipt, c.amount_minor, c.currency, c.provider_at, c.recorded_at, a.started_at, o.number
            FROM captures c LEFT JOIN attempts a ON a.ticket = c.ticket LEFT JOIN orders o ON o.id = c.order_id
            WHERE c.instance = \(instance) AND c.merged_into IS NULL AND c.recorded_at >= \(from.milliseconds)
            """
        ).map(Self.payment)
    }

    /// A payment as it stands in the books, whenever it came; nil when the receipt is not known.
    package func bookedPayment(receipt: String, instance: String) throws -> Reconciliation.Entry? {
        try first(
            """
            SELECT c.id, c.receipt, c.amount_minor, c.currency, c.provider_at, c.recorded_at, a.started_at, o.number
            FROM captures c LEFT JOIN attempts a ON a.ticket = c.ticket LEFT JOIN orders o ON o.id = c.order_id
            WHERE c.instance = \(instance) AND c.receipt = \(receipt)
            """
        ).map(Self.payment)
    }

    private static func payment(_ row: Row) throws -> Reconciliation.Entry {
        let recorded = try row.int64(5)
        let told = try row.int64OrNil(4)
        // It came between the prompt and the news of it; without either, at some time that lists reach back.
        let earliest = try told ?? row.int64OrNil(6) ?? recorded - 172_800_000
        return Reconciliation.Entry(
            .payment, id: try row.text(0), receipt: try row.textOrNil(1),
            amount: Money(minor: try row.int64(2), Currency(rawValue: try row.text(3))),
            at: Timestamp(milliseconds: told ?? recorded), earliest: Timestamp(milliseconds: earliest),
            order: try row.textOrNil(7).map(OrderNumber.init(stored:)))
    }

    private func bookedRefunds(_ instance: String, _ from: Timestamp) throws -> [Reconciliation.Entry] {
        try query(
            """
            SELECT r.ticket, r.receipt, r.amount_minor, r.currency, r.closed_at, r.sent_at, o.number, c.receipt
            FROM refunds r JOIN captures c ON c.id = r.capture_id LEFT JOIN orders o ON o.id = r.order_id
            WHERE r.instance = \(instance) AND r.state = 'succeeded' AND r.way <> 'by_hand' AND r.closed_at IS NOT NULL
                AND r.closed_at >= \(from.milliseconds)
            """
        ).map { row in
            let closed = try row.int64(4)
            return Reconciliation.Entry(
                .refund(of: try row.textOrNil(7)), id: try row.text(0), receipt: try row.textOrNil(1),
                amount: Money(minor: try row.int64(2), Currency(rawValue: try row.text(3))),
                at: Timestamp(milliseconds: closed),
                earliest: Timestamp(milliseconds: try row.int64OrNil(5) ?? closed - 172_800_000),
                order: try row.textOrNil(6).map(OrderNumber.init(stored:)))
        }
    }

    private func bookedPayouts(_ instance: String, _ from: Timestamp) throws -> [Reconciliation.Entry] {
        try query(
            """
            SELECT ticket, receipt, amount_minor, currency, closed_at, sent_at FROM payouts
            WHERE instance = \(instance) AND state = 'succeeded' AND closed_at >= \(from.milliseconds)
            """
        ).map { row in
            Reconciliation.Entry(
                .payout, id: try row.text(0), receipt: try row.textOrNil(1),
                amount: Money(minor: try row.int64(2), Currency(rawValue: try row.text(3))),
                at: Timestamp(milliseconds: try row.int64(4)),
                earliest: try row.int64OrNil(5).map(Timestamp.init(milliseconds:)))
        }
    }

    /// The receipts of payments that came to us by a road already, from a time on.
    package func receipts(by road: EvidenceRoad, of instance: String, since from: Timestamp) throws -> Set<String> {
        Set(
            try query(
                """
                SELECT c.receipt FROM captures c JOIN capture_evidence e ON e.capture_id = c.id
                WHERE c.instance = \(instance) AND e.road = \(road.rawValue) AND c.receipt IS NOT NULL
                    AND c.recorded_at >= \(from.milliseconds)
                """
            ).map { try $0.text(0) })
    }
}
