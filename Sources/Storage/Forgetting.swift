import Commerce
import Cryptography
import Database
import PaymentKit

extension SQLReading {
    /// Why what is known of an order's people is still needed; empty when it may be forgotten.
    ///
    /// - Parameter goodsDueSince: Goods of orders that were paid later are still awaited; nil when that does not count.
    package func keepReasons(of order: Order, goodsDueSince: Timestamp?, at now: Timestamp) throws -> [KeepReason] {
        var reasons: Set<KeepReason> = []
        switch order.standing.status(at: now) {
        case .pending, .partiallyPaid: if !order.isGivenUp { reasons.insert(.notEnded) }
        case .promptSent: reasons.insert(.promptIsLive)
        case .manualReview: reasons.insert(.itemIsOpen)
        case .paid:
            if let goodsDueSince, order.handedOverAt == nil, order.paidAt ?? order.changedAt > goodsDueSince {
                reasons.insert(.goodsAreDue)
            }
        case .cancelled, .expired, .reversed: break
        }
        if order.liveTicket != nil { reasons.insert(.promptIsLive) }
        let waits =
            try !order.flags.isDisjoint(with: [.manualReview, .unconfirmed]) || !openReviews(of: order.id).isEmpty
        if waits { reasons.insert(.itemIsOpen) }
        let refunds = try refunds(of: order.id)
        if refunds.contains(where: \.state.isOpen) { reasons.insert(.refundIsOpen) }
        if try isAskedAbout(order.id, refunds: refunds.map(\.ticket)) { reasons.insert(.stillAsked) }
        return KeepReason.allCases.filter(reasons.contains)
    }

    /// Whether anything is going to happen to an order by itself, or its customer is still to be told something.
    private func isAskedAbout(_ order: ID<Order>, refunds: [Ticket]) throws -> Bool {
        let prompts: [Job.Kind] = [.push, .query, .deadline]
        let returns: [Job.Kind] = [.refund, .refundQuery]
        let tickets = try query("SELECT ticket FROM attempts WHERE order_id = \(order.text)").map { try $0.text(0) }
        let jobs =
            [Job(.expire, order, dueAt: Timestamp(milliseconds: 0)).id]
            + prompts.flatMap { kind in tickets.map { "\(kind.rawValue) \($0)" } }
            + returns.flatMap { kind in refunds.map { "\(kind.rawValue) \($0.value)" } }
        if try first("SELECT 1 FROM jobs WHERE id IN (\(list: jobs)) LIMIT 1") != nil { return true }
        let isTold = try first(
            """
            SELECT 1 FROM notices WHERE order_id = \(order.text) AND state IN ('waiting', 'sending')
                AND recipient_sealed IS NOT NULL LIMIT 1
            """)
        return try isTold != nil || lookups(of: order).contains { $0.state == .asked || $0.state == .waiting }
    }

    /// Orders that were placed before a moment and still hold people's data, the oldest first, after one of them.
    package func ordersToForget(
        placedBefore moment: Timestamp, after last: ID<Order>?, atMost count: Int
    ) throws -> [ID<Order>] {
        try query(
            """
            SELECT id FROM orders /*! FORCE INDEX (orders_by_erasure) */
            WHERE erased_at IS NULL AND id < \(ID<Order>(earliestAt: moment).text) AND id > \(last?.text ?? "")
            ORDER BY id LIMIT \(count)
            """
        ).map { ID(stored: try $0.text(0)) }
    }

    /// Orders that are to be forgotten as soon as their money is not open any more.
    package func erasuresWaiting(atMost count: Int) throws -> [ID<Order>] {
        try query("SELECT order_id FROM erasures_waiting ORDER BY asked_at, order_id LIMIT \(count)").map {
            ID(stored: try $0.text(0))
        }
    }
}

extension Transaction {
    /// Takes what is known of people out of an order: of its customer and of everybody who was prompted or paid for it.
    /// Its money, its history and what was bought stay.
    ///
    /// - Parameter why: For its history.
    package func forgetPeople(of order: Order, because why: String, _ vault: Vault, at now: Timestamp) throws {
        let nothing: [UInt8] = []
        let contact = try contact(of: order.id, vault)
        let phones = try ([contact?.phone] + attempts(of: order.id, vault).map(\.phone)).compactMap { $0 }
        try forgetName(contact?.name ?? "", of: order.id, vault)
        try save(order, events: [OrderEvent("people_forgotten", nil, why)], at: now)
        try execute(
            """
            UPDATE orders SET name_sealed = \(nothing), phone_sealed = \(nothing), phone_index = \(nothing),
                email_sealed = NULL, place_sealed = NULL, taken_by_sealed = NULL, erased_at = \(now.milliseconds)
            WHERE id = \(order.id.text)
            """)
        try execute(
            """
            UPDATE attempts SET phone_sealed = \(nothing), phone_index = \(nothing), page_sealed = NULL,
                fields_sealed = NULL
            WHERE order_id = \(order.id.text)
            """)
        try forgetRiders(of: order.id)
        try execute("DELETE FROM order_payers WHERE order_id = \(order.id.text)")
        try execute(
            """
            UPDATE captures SET payer_sealed = NULL, account_sealed = NULL, payer_key = NULL
            WHERE order_id = \(order.id.text)
            """)
        try execute("UPDATE refunds SET payee_sealed = NULL WHERE order_id = \(order.id.text)")
        // A notice without an address would be the owner's.
        try execute("DELETE FROM notices WHERE order_id = \(order.id.text) AND recipient_sealed IS NOT NULL")
        let subjects = try subjects(of: order.id)
        for subject in subjects {
            // What a provider calls a prompt may be made with the number.
            if case .ticket(let ticket) = subject {
                try execute("DELETE FROM attempt_references WHERE ticket = \(ticket.value)")
            }
            try forgetMessages(about: subject, among: subjects)
        }
        try execute("DELETE FROM erasures_waiting WHERE order_id = \(order.id.text)")
        for phone in Set(phones) { try forgetLimits(of: phone, vault) }
    }

    /// Takes a number out of a prompt for somebody else's order.
    package func forgetPhone(ofPrompt ticket: Ticket, of order: ID<Order>, _ phone: PhoneNumber, _ vault: Vault) throws
    {
        let nothing: [UInt8] = []
        try execute(
            """
            UPDATE attempts SET phone_sealed = \(nothing), phone_index = \(nothing), page_sealed = NULL,
                fields_sealed = NULL
            WHERE ticket = \(ticket.value)
            """)
        try execute("DELETE FROM attempt_references WHERE ticket = \(ticket.value)")
        try forgetMessages(about: .ticket(ticket), among: subjects(of: order))
        for key in vault.allPayerKeys(of: phone) {
            try execute("DELETE FROM order_payers WHERE order_id = \(order.text) AND payer_key = \(key)")
        }
    }

    /// Takes who paid out of a payment.
    package func forgetPayer(of capture: ID<Capture>) throws {
        try execute(
            """
            UPDATE captures SET payer_sealed = NULL, account_sealed = NULL, payer_key = NULL WHERE id = \(capture.text)
            """)
    }

    /// Takes who was paid out of a payout.
    package func forgetPayee(ofPayout ticket: Ticket) throws {
        try execute("UPDATE payouts SET payee_sealed = \([UInt8]()) WHERE ticket = \(ticket.value)")
    }

    /// Forgets what was counted of a number.
    package func forgetLimits(of phone: PhoneNumber, _ vault: Vault) throws {
        for index in vault.indexes(of: phone) {
            let name = Hex.encode(Array(index.prefix(16)))
            try execute("DELETE FROM rate_limits WHERE name LIKE \("phone \(name) %")")
            try execute("DELETE FROM rate_limits WHERE name LIKE \("phone+amount \(name) %")")
            try execute("DELETE FROM rate_limits WHERE name LIKE \("seen % \(name.prefix(20))")")
        }
    }

    /// Notes that an order is to be forgotten as soon as its money is not open any more.
    package func forgetLater(_ order: ID<Order>, at now: Timestamp) throws {
        _ = try insertIfNew(
            "INSERT INTO erasures_waiting (order_id, asked_at) VALUES (\(order.text), \(now.milliseconds))")
    }

    // MARK: What is old

    /// Forgets providers' messages of before a moment that nothing is left to be done about.
    ///
    /// - Returns: How many.
    package func forgetMessages(before moment: Timestamp, atMost count: Int) throws -> Int {
        // By when they were translated, which is a moment after they came and what the index has.
        let old = try query(
            """
            SELECT id FROM (
                SELECT id FROM inbox WHERE state = 'done' AND next_at < \(moment.milliseconds)
                UNION ALL SELECT id FROM inbox m WHERE state IN ('kept', 'parked')
                    AND next_at < \(moment.milliseconds)
                    AND NOT EXISTS (
                        SELECT 1 FROM reviews r WHERE r.subject IN (m.id, m.ticket) AND r.closed_at IS NULL)
            ) AS old LIMIT \(count)
            """
        ).map { try $0.text(0) }
        guard let last = old.last else { return 0 }
        let ids = old + Array(repeating: last, count: count - old.count)
        // One that is read again meanwhile is not old any more.
        let forgotten = try execute("DELETE FROM inbox WHERE id IN (\(list: ids)) AND state <> 'new'")
        try execute(
            """
            DELETE FROM message_subjects
            WHERE message_id IN (\(list: ids)) AND message_id NOT IN (SELECT id FROM inbox WHERE id IN (\(list: ids)))
            """)
        return forgotten
    }

    /// Takes people out of money that belongs to no order and has gone back, and out of payments to others, that
    /// ended before a moment.
    ///
    /// - Returns: How many.
    package func forgetSenders(before moment: Timestamp) throws -> Int {
        let captures = try execute(
            """
            UPDATE captures SET payer_sealed = NULL, account_sealed = NULL, payer_key = NULL
            WHERE order_id IS NULL AND recorded_at < \(moment.milliseconds)
                AND (merged_into IS NOT NULL OR returned_minor = amount_minor)
                AND (payer_sealed IS NOT NULL OR account_sealed IS NOT NULL)
            """)
        let refunds = try execute(
            """
            UPDATE refunds SET payee_sealed = NULL
            WHERE order_id IS NULL AND closed_at < \(moment.milliseconds) AND payee_sealed IS NOT NULL
            """)
        let payouts = try execute(
            """
            UPDATE payouts SET payee_sealed = \([UInt8]())
            WHERE closed_at < \(moment.milliseconds) AND LENGTH(payee_sealed) > 0
            """)
        return captures + refunds + payouts
    }
}
