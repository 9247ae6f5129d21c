import Commerce
import Database
import PaymentKit
import Storage

/// Why money at hand-over was not written down. Nothing was changed.
package enum CashRefusal: Error, Sendable, Hashable {
    case noSuchOrder
    /// The customer chose another way to pay.
    case notPromised
    case hasEnded
    /// A prompt may be on the customer's phone, a payment waits to be confirmed, or a receipt that the customer shows
    /// is being looked for: the customer might pay twice.
    case promptIsLive
    case isPaid
    /// Not above zero, or more than what is left to pay; what is given back as change does not count.
    case amount(left: Money)
}

extension Shop {
    /// Writes down money that staff took when the goods changed hands. It counts at once, by that person's word.
    ///
    /// - Returns: What is left to pay after it.
    /// - Throws: ``CashRefusal``.
    package func takeCash(_ number: OrderNumber, _ amount: Money, by person: String) async throws -> Money {
        let now = now()
        let ways = Set(waysAtHandOver)
        let left = try await database.transaction { [vault, rules] transaction in
            guard let id = try transaction.order(number: number), let order = try transaction.order(id) else {
                throw CashRefusal.noSuchOrder
            }
            let books = SQLBooks(transaction: transaction, vault: vault, now: now)
            return try Self.takeCash(of: order, amount, by: person, ways, books, rules)
        }
        wake.now()
        return left
    }

    /// The same within a transaction.
    static func takeCash(
        of order: Order, _ amount: Money, by person: String, _ ways: Set<String>, _ books: SQLBooks, _ rules: ShopRules
    ) throws -> Money {
        guard let way = order.offlineWay, ways.contains(way) else { throw CashRefusal.notPromised }
        let left = order.standing.remainder
        guard left.minor > 0 else { throw CashRefusal.isPaid }
        guard order.cancelledAt == nil, order.stockHeld else { throw CashRefusal.hasEnded }
        guard order.liveTicket == nil, !order.flags.contains(.unconfirmed) else { throw CashRefusal.promptIsLive }
        guard try !books.transaction.lookups(of: order.id).contains(where: { $0.isChecked(at: books.now) }) else {
            throw CashRefusal.promptIsLive
        }
        guard amount.currency == left.currency, amount.minor > 0, amount.minor <= left.minor else {
            throw CashRefusal.amount(left: left)
        }
        try books.save(order, events: [OrderEvent("cash_taken_by", nil, "\(person): \(amount.decimalText)")])
        // Numbered under the order's version: a second press finds less to pay.
        var count = 1
        while try books.capture(receipt: "\(order.number.text)-C\(count)", instance: way) != nil { count += 1 }
        let report = MoneyReport(
            instance: way, receipt: Receipt("\(order.number.text)-C\(count)", at: books.now.date), amount: amount,
            account: "", road: .staff, level: .confirmed, order: order.id)
        guard case .booked = try ReceivedMoney.record(report, books, rules) else { throw StaleWrite() }
        return left - amount
    }

    /// Ways to pay whose money staff take when they hand the goods over.
    var waysAtHandOver: [String] {
        providers.filter { $0.abilities.manifest.offline?.isAtHandOver == true }.map(\.name)
    }

    /// Whether staff take this order's money when they hand it over.
    package func isPaidAtHandOver(_ order: Order) -> Bool {
        order.isPromised(by: Set(waysAtHandOver))
    }
}
