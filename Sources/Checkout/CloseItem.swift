import Commerce
import Database
import Storage

/// Why an item was not closed. Nothing was changed.
package enum CloseRefusal: Error, Sendable, Hashable {
    case noSuchItem, reasonMissing, personMissing
    /// Reasons are kept in clear, so they may not hold people's numbers.
    case reasonHoldsPhone
    /// It ends with the decision that it asks for, and not before.
    case needsDecision
}

extension Shop {
    /// Closes an item by a person's word. With the last one of an order goes what kept the order waiting for a person.
    package func closeItem(_ kind: String, subject: String, by person: String, because reason: String) async throws {
        guard !person.isEmpty else { throw CloseRefusal.personMissing }
        guard !reason.isEmpty else { throw CloseRefusal.reasonMissing }
        guard !reason.holdsPhone, !person.holdsPhone else { throw CloseRefusal.reasonHoldsPhone }
        guard OpenItemAdvice(kind)?.isClosedByHand != false else { throw CloseRefusal.needsDecision }
        let now = now()
        try await database.transaction { [vault, rules] transaction in
            guard let item = try transaction.openItem(kind, subject: subject) else { throw CloseRefusal.noSuchItem }
            guard let id = item.order, var order = try transaction.order(id) else {
                _ = try transaction.closeReview(kind, subject: subject, by: person, because: reason, at: now)
                return
            }
            guard try transaction.closeReview(kind, subject: subject, by: person, because: reason, at: now) else {
                throw CloseRefusal.noSuchItem
            }
            if try transaction.openReviews(of: id).isEmpty {
                order.flags.subtract([.manualReview, .contradiction, .idMismatch, .unconfirmed])
            }
            let books = SQLBooks(transaction: transaction, vault: vault, now: now)
            var work = OrderWork(order, books, rules)
            work.note("item_closed", nil, "\(kind), \(person): \(reason)")
            _ = try work.save()
        }
    }
}
