import Database

extension BooksCheck {
    /// Every check, in the order of the invariants.
    package static let all: [BooksCheck] =
        (money + refunds + prompting + durability + OrderAudit.checks + [phones, trail]).sorted {
            place(of: $0) < place(of: $1)
        }

    /// The invariants that rows cannot show; the tests, the crash harness and the simulation do.
    package static let notInTheDatabase = [
        "I8", "I16", "I17", "I24", "I25", "I27", "I28", "I29", "I31", "I32", "I34", "I35", "I36", "I38", "I39",
    ]

    private static func place(of check: BooksCheck) -> Int { Int(check.number.dropFirst()) ?? 0 }

    private static let money = [
        BooksCheck(
            "I1", "a paid attempt has its money",
            """
            SELECT a.ticket, NULL FROM attempts a LEFT JOIN captures c ON c.ticket = a.ticket
            WHERE a.state = 'paid' AND c.id IS NULL
            """),
        BooksCheck(
            "I1", "the money of an attempt makes it paid",
            """
            SELECT c.ticket, a.state FROM captures c JOIN attempts a ON a.ticket = c.ticket
            WHERE a.state <> 'paid' AND c.merged_into IS NULL
            """),
        BooksCheck(
            "I2", "a receipt names one sum of money",
            """
            SELECT receipt, COUNT(*) FROM captures WHERE receipt IS NOT NULL
            GROUP BY instance, receipt HAVING COUNT(*) > 1
            """),
        BooksCheck(
            "I2", "an attempt brings money once",
            "SELECT ticket, COUNT(*) FROM captures WHERE ticket IS NOT NULL GROUP BY ticket HAVING COUNT(*) > 1"),
        BooksCheck(
            "I2", "money belongs to an attempt of its own order",
            """
            SELECT c.ticket, c.id FROM captures c LEFT JOIN attempts a ON a.ticket = c.ticket
            WHERE c.ticket IS NOT NULL AND (a.ticket IS NULL OR a.order_id <> c.order_id OR a.instance <> c.instance)
            """),
        BooksCheck(
            "I3", "debits and credits of a ledger entry balance, in one currency",
            """
            SELECT entry_id, COUNT(*) FROM ledger GROUP BY entry_id
            HAVING SUM(CASE WHEN side = 'debit' THEN amount_minor ELSE -amount_minor END) <> 0 OR COUNT(*) < 2
                OR MIN(currency) <> MAX(currency) OR MIN(amount_minor) <= 0
            """),
        BooksCheck(
            "I4", "what the ledger expects from providers is what was captured and has not gone back",
            """
            SELECT currency, SUM(minor) FROM (
                SELECT currency, amount_minor - returned_minor AS minor FROM captures WHERE merged_into IS NULL
                UNION ALL
                SELECT currency, CASE WHEN side = 'debit' THEN -amount_minor ELSE amount_minor END
                FROM ledger WHERE account IN ('provider_clearing', 'payouts')
            ) movements GROUP BY currency HAVING SUM(minor) <> 0
            """),
        BooksCheck(
            "I4", "money that nobody matched stands in suspense",
            """
            SELECT currency, SUM(minor) FROM (
                SELECT currency, amount_minor - returned_minor AS minor FROM captures
                WHERE merged_into IS NULL AND order_id IS NULL
                UNION ALL
                SELECT currency, CASE WHEN side = 'debit' THEN amount_minor ELSE -amount_minor END
                FROM ledger WHERE account = 'suspense'
            ) movements GROUP BY currency HAVING SUM(minor) <> 0
            """),
        BooksCheck(
            "I4", "a ledger line is about money, a refund or a payout that is there",
            """
            SELECT l.entry_id, l.capture_id FROM ledger l LEFT JOIN captures c ON c.id = l.capture_id
                LEFT JOIN refunds r ON r.ticket = l.capture_id LEFT JOIN payouts p ON p.ticket = l.capture_id
            WHERE c.id IS NULL AND r.ticket IS NULL AND p.ticket IS NULL
            """),
        BooksCheck(
            "I4", "what the ledger says was paid out is what was sent",
            """
            SELECT currency, SUM(minor) FROM (
                SELECT currency, amount_minor AS minor FROM payouts WHERE state = 'succeeded'
                UNION ALL
                SELECT currency, CASE WHEN side = 'debit' THEN -amount_minor ELSE amount_minor END
                FROM ledger WHERE account = 'payouts'
            ) movements GROUP BY currency HAVING SUM(minor) <> 0
            """),
        BooksCheck(
            "I5", "no order has more than its total, what is too much is the customer's credit",
            "SELECT number, applied_minor FROM orders WHERE applied_minor > total_minor OR applied_minor < 0"),
        BooksCheck(
            "I6", "an order is paid when its total has come in, and only then",
            """
            SELECT number, status FROM orders
            WHERE (status = 'paid' AND applied_minor < total_minor)
                OR (status NOT IN ('paid', 'reversed') AND applied_minor >= total_minor)
            """),
        BooksCheck(
            "I7", "money that an order did not need waited for a person",
            """
            SELECT o.number, SUM(l.amount_minor) FROM ledger l JOIN orders o ON o.id = l.order_id
            WHERE l.account = 'customer_credit' AND NOT EXISTS (
                SELECT 1 FROM reviews r WHERE r.order_id = l.order_id)
            GROUP BY o.number
            HAVING SUM(CASE WHEN l.side = 'credit' THEN l.amount_minor ELSE -l.amount_minor END) > 0
            """),
        BooksCheck(
            "I9", "money that nobody matched waits for a person",
            """
            SELECT c.id, c.recorded_at FROM captures c
            WHERE c.order_id IS NULL AND c.merged_into IS NULL AND NOT EXISTS (
                SELECT 1 FROM reviews r WHERE r.subject = c.id AND r.kind = 'unmatched_money')
            """),
        BooksCheck(
            "I9", "a reported success is asked about, or waits for a person",
            """
            SELECT a.ticket, a.state FROM attempts a
            WHERE a.claim_receipt IS NOT NULL AND a.state <> 'paid'
                AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.id = 'query ' || a.ticket)
                AND NOT EXISTS (SELECT 1 FROM reviews r WHERE r.subject = a.ticket)
            """),
        BooksCheck(
            "I10", "an order costs what its lines and its delivery cost",
            """
            SELECT o.number, o.total_minor FROM orders o LEFT JOIN (
                SELECT order_id, SUM(quantity * unit_minor) AS goods FROM order_lines GROUP BY order_id
            ) l ON l.order_id = o.id
            WHERE COALESCE(l.goods, 0) <> o.goods_minor OR o.goods_minor + o.delivery_minor <> o.total_minor
            """),
        BooksCheck(
            "I10", "an attempt asks for no more than the order's total",
            """
            SELECT a.ticket, a.amount_minor FROM attempts a JOIN orders o ON o.id = a.order_id
            WHERE a.amount_minor > o.total_minor OR a.currency <> o.currency
            """),
    ]

    private static let refunds = [
        BooksCheck(
            "I40", "no more goes back than came in",
            """
            SELECT c.id, c.returned_minor FROM captures c LEFT JOIN (
                SELECT capture_id, SUM(CASE WHEN state = 'failed' THEN 0 ELSE amount_minor END) AS returning_sum,
                    SUM(CASE WHEN state = 'succeeded' THEN amount_minor ELSE 0 END) AS returned_sum
                FROM refunds GROUP BY capture_id
            ) r ON r.capture_id = c.id
            WHERE COALESCE(r.returning_sum, 0) > c.amount_minor OR COALESCE(r.returned_sum, 0) <> c.returned_minor
            """),
        BooksCheck(
            "I40", "money goes back only with somebody's approval",
            """
            SELECT r.ticket, r.state FROM refunds r
            WHERE r.way IN ('reversal', 'payout') AND r.approved_by IS NULL AND (
                r.state IN ('approved', 'unknown', 'submitted')
                OR EXISTS (SELECT 1 FROM acts t WHERE t.ticket = r.ticket))
            """),
        BooksCheck(
            "I40", "a refund belongs to money that is there",
            """
            SELECT r.ticket, r.capture_id FROM refunds r LEFT JOIN captures c ON c.id = r.capture_id
            WHERE c.id IS NULL
            """),
    ]

    private static let prompting = [
        BooksCheck(
            "I11", "a request that acts stands in the journal after what it is for",
            """
            SELECT t.ticket, t.number FROM acts t LEFT JOIN attempts a ON a.ticket = t.ticket
                LEFT JOIN refunds r ON r.ticket = t.ticket LEFT JOIN lookups l ON l.ticket = t.ticket
                LEFT JOIN payouts p ON p.ticket = t.ticket
            WHERE a.ticket IS NULL AND r.ticket IS NULL AND l.ticket IS NULL AND p.ticket IS NULL
            """),
        BooksCheck(
            "I12", "one request at most of an attempt may have prompted",
            """
            SELECT ticket, COUNT(*) FROM acts
            WHERE refused = 0 AND (status IS NULL OR status < 400 OR status >= 500)
            GROUP BY ticket HAVING COUNT(*) > 1
            """),
        BooksCheck(
            "I13", "an order has one live attempt at most, and names it",
            """
            SELECT o.number, COUNT(a.ticket) FROM orders o LEFT JOIN attempts a
                ON a.order_id = o.id AND a.state IN ('pending', 'unknown', 'prompt_sent')
            GROUP BY o.id, o.number, o.live_ticket
            HAVING COUNT(a.ticket) > 1 OR COALESCE(MIN(a.ticket), '') <> COALESCE(o.live_ticket, '')
            """),
        BooksCheck(
            "I15", "no request left later than a minute after the shopper's action",
            """
            SELECT a.ticket, t.begun_at - a.started_at FROM acts t JOIN attempts a ON a.ticket = t.ticket
            WHERE t.begun_at - a.started_at > 60000
            """),
    ]

    private static let durability = [
        BooksCheck("I26", "every stored message is translated within its time") { moment in
            "SELECT id, tries FROM inbox WHERE state = 'new' AND received_at < \(moment.past)"
        },
        BooksCheck("I30", "every live attempt will be closed") { moment in
            """
            SELECT a.ticket, a.state FROM attempts a
            WHERE a.state IN ('pending', 'unknown', 'prompt_sent') AND a.started_at < \(moment.past)
                AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.id = 'deadline ' || a.ticket)
            """
        },
        BooksCheck("I30", "no job is overdue") { moment in
            "SELECT id, runs FROM jobs WHERE due_at < \(moment.past) AND lease_until < \(moment.past)"
        },
        BooksCheck(
            "I37", "an attempt keeps sixteen different messages at most",
            "SELECT ticket, COUNT(*) FROM inbox GROUP BY ticket HAVING COUNT(*) > 16"),
        BooksCheck(
            "I37", "a message has 64 KiB at most",
            "SELECT id, LENGTH(body_sealed) FROM inbox WHERE LENGTH(body_sealed) > 66000"),
    ]

    private static let trail = BooksCheck(
        "S13", "what staff did is a chain without a gap", method: .trail)

    private static let phones = BooksCheck(
        "I33", "no telephone number stands in clear in a history or a review", method: .texts)
}
