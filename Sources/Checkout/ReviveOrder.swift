import Commerce
import Database
import PaymentKit
import Storage

/// Why an order was not revived. Nothing was changed.
package enum ReviveRefusal: Error, Sendable, Hashable {
    case noSuchOrder, personMissing
    /// It waits for nothing: it is paid, or there is not enough money in it.
    case nothingToRevive
    /// Not all of its goods are there at the price of its day.
    case goodsGone
}

extension Shop {
    /// Gives an order that had ended its goods again, for the money that came late: a person's decision, at any time.
    package func reviveOrder(_ number: OrderNumber, by person: String) async throws {
        guard !person.isEmpty else { throw ReviveRefusal.personMissing }
        let now = now()
        try await database.transaction { [vault, rules] transaction in
            let books = SQLBooks(transaction: transaction, vault: vault, now: now)
            guard let id = try books.order(number: number) else { throw ReviveRefusal.noSuchOrder }
            try Revival.revive(id, by: person, books, rules)
        }
        wake.now()
    }
}

/// The work of one ``Shop/reviveOrder(_:by:)``.
package enum Revival {
    /// - Throws: ``ReviveRefusal``.
    package static func revive(_ id: ID<Order>, by person: String, _ books: some Books, _ rules: ShopRules) throws {
        guard let order = try books.order(id) else { throw ReviveRefusal.noSuchOrder }
        var work = OrderWork(order, books, rules)
        guard !order.stockHeld, order.received.minor - order.returned.minor >= order.total.minor,
            let payment = try books.captures(of: id).last
        else { throw ReviveRefusal.nothingToRevive }
        guard try books.holdGoods(of: order) else { throw ReviveRefusal.goodsGone }
        work.order.stockHeld = true
        work.order.flags.remove(.manualReview)
        work.note("revived_by", nil, String(person.prefix(100)))
        try books.closeReview("late_money", subject: order.number.text)
        try work.settle(because: payment.id.text)
        _ = try work.save()
    }
}
