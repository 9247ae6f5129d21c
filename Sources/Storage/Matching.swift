import Commerce
import Database
import PaymentKit

extension SQLReading {
    /// Orders that money may be for, by the numbers that its account text comes near to, by who paid, and by amount and
    /// time.
    package func candidates(for money: IncomingMoney, _ vault: Vault) throws -> [OrderCandidate] {
        var ids: [String] = []
        for number in money.account.numbersToLookUp {
            if let id = try order(number: number) { ids.append(id.text) }
        }
        let from = money.at.adding(seconds: -72 * 3_600).milliseconds
        let until = money.at.adding(seconds: 3_600).milliseconds
        for form in money.payerForms {
            ids += try query(
                """
                SELECT p.order_id FROM order_payers p JOIN orders o ON o.id = p.order_id
                WHERE p.payer_key = \(vault.payerKey(form: form)) AND o.placed_at <= \(until)
                ORDER BY o.placed_at DESC LIMIT 50
                """
            ).map { try $0.text(0) }
        }
        for status in ["pending", "prompt_sent", "partially_paid", "manual_review", "expired"] {
            ids += try query(
                """
                SELECT id FROM orders WHERE status = \(status) AND placed_at >= \(from) AND placed_at <= \(until)
                    AND (total_minor = \(money.amount.minor) OR total_minor - applied_minor = \(money.amount.minor))
                ORDER BY placed_at DESC LIMIT 50
                """
            ).map { try $0.text(0) }
        }
        var seen: Set<String> = []
        return try ids.filter { seen.insert($0).inserted }.compactMap { try candidate(ID(stored: $0), vault) }
    }

    private func candidate(_ id: ID<Order>, _ vault: Vault) throws -> OrderCandidate? {
        guard let order = try order(id), let contact = try contact(of: id, vault) else { return nil }
        let attempts = try attempts(of: id, vault)
        let isOver = order.cancelledAt != nil || [.paid, .reversed].contains(order.status)
        return OrderCandidate(
            id: id, number: order.number, remainder: order.standing.remainder, total: order.total,
            isAwaitingMoney: !isOver, phones: ([contact.phone] + attempts.map(\.phone)).compactMap { $0 },
            placedAt: order.placedAt,
            expiresAt: order.expiresAt, promptedAmounts: attempts.map(\.amount))
    }
}

extension AccountText {
    /// The order numbers in the text, and those it comes near to.
    fileprivate var numbersToLookUp: [OrderNumber] {
        switch reading {
        case .number(let number): [number] + nearNumbers
        case .several(let numbers): numbers + nearNumbers
        case .none: nearNumbers
        }
    }
}

extension Transaction {
    /// Notes that a number may pay a new order, in each form in which a provider may name it.
    func note(firstPayer phone: PhoneNumber, of order: ID<Order>, _ vault: Vault) throws {
        var rows: SQL = "INSERT INTO order_payers (order_id, payer_key) VALUES "
        for (place, key) in vault.payerKeys(of: phone).enumerated() {
            rows += place == 0 ? "(\(order.text), \(key))" : ", (\(order.text), \(key))"
        }
        try execute(rows)
    }

    /// The same for a further number, of which some forms may be noted already.
    func note(payer phone: PhoneNumber, of order: ID<Order>, _ vault: Vault) throws {
        for key in vault.payerKeys(of: phone) {
            _ = try insertIfNew(
                "INSERT INTO order_payers (order_id, payer_key) VALUES (\(order.text), \(key))")
        }
    }
}
