import Commerce
import Database
import PaymentKit
import Storage

/// Money that is owed for goods that were handed over and will never be paid.
extension Shop {
    /// Gives up what is owed for an order, by somebody's word: the item that asks for it closes and does not come back.
    /// No money moves, in the world or in the books, and what comes later counts as any payment does.
    ///
    /// - Returns: What was given up.
    /// - Throws: ``ServeRefusal``, also while a payment may be under way.
    package func writeOff(_ number: OrderNumber, by person: String, because reason: String) async throws -> Money {
        let reason = try Self.clear(reason)
        return try await change(number) { order, books in
            guard !order.isGivenUp else { throw ServeRefusal.isWrittenOff }
            let isLookedFor = try books.transaction.lookups(of: order.id).contains { $0.isChecked(at: books.now) }
            guard !isLookedFor else { throw ServeRefusal.receiptIsLookedFor }
            guard order.liveTicket == nil, !order.flags.contains(.unconfirmed) else {
                throw ServeRefusal.promptIsLive(until: nil)
            }
            guard order.canBeWrittenOff(at: books.now) else { throw ServeRefusal.notOwed }
            let amount = order.standing.remainder
            var order = order
            order.writtenOff = WriteOff(amount: amount, at: books.now)
            try books.closeReview("goods_out", subject: order.number.text)
            try books.save(
                order, events: [OrderEvent("written_off", nil, "\(person): \(amount.decimalText), \(reason)")])
            return amount
        }
    }

    /// Takes it back: the money is owed again, and is asked for again.
    package func undoWriteOff(_ number: OrderNumber, by person: String, because reason: String) async throws {
        let reason = try Self.clear(reason)
        try await change(number) { order, books in
            guard order.writtenOff != nil else { throw ServeRefusal.notWrittenOff }
            var order = order
            order.writtenOff = nil
            try books.schedule(Job(.expire, order.id, dueAt: max(books.now, order.expiresAt)))
            try books.save(order, events: [OrderEvent("write_off_undone", nil, "\(person): \(reason)")])
        }
        wake.now()
    }
}
