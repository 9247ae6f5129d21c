import Commerce
import Database
import PaymentKit
import Storage

/// An order's goods on their way to the customer: packed, handed over, and one step back when that was a mistake.
extension Shop {
    /// Notes that the goods lie ready.
    package func pack(_ number: OrderNumber, by person: String) async throws {
        let now = now()
        try await change(number) { order, books in
            guard order.fulfilment == .unfulfilled else { throw ServeRefusal.packedAlready }
            try Self.requireDue(order, books)
            var order = order
            order.packedAt = now
            try books.save(order, events: [OrderEvent("packed", nil, person)])
        }
    }

    /// Notes that the goods have left the shop.
    ///
    /// - Parameter taker: Who took them, if somebody says: a name, which is kept sealed and forgotten with the
    ///   customer's.
    package func handOver(_ number: OrderNumber, to taker: String = "", by person: String) async throws {
        let taker = String(taker.trimmed.prefix(60))
        guard !taker.holdsPhone else { throw ServeRefusal.takerHoldsPhone }
        let now = now()
        try await change(number) { order, books in
            guard order.handedOverAt == nil else { throw ServeRefusal.handedOverAlready }
            try Self.requireDue(order, books)
            var order = order
            if order.packedAt == nil { order.packedAt = now }
            order.handedOverAt = now
            try books.save(order, events: [OrderEvent("handed_over", nil, person)])
            try books.transaction.note(taker: taker.isEmpty ? nil : taker, of: order.id, books.vault)
        }
    }

    /// Takes the last step back, because it was noted by mistake.
    ///
    /// - Parameter step: The step that the person saw on the page.
    package func takeBack(
        _ step: Fulfilment, of number: OrderNumber, by person: String, because reason: String
    ) async throws {
        let reason = try Self.clear(reason)
        try await change(number) { order, books in
            guard order.fulfilment == step else { throw ServeRefusal.stepMeanwhile }
            var order = order
            switch step {
            case .unfulfilled: throw ServeRefusal.stepMeanwhile
            case .packed:
                order.packedAt = nil
                try books.save(order, events: [OrderEvent("unpacked", nil, "\(person): \(reason)")])
            case .handedOver:
                order.handedOverAt = nil
                try books.save(order, events: [OrderEvent("hand_over_undone", nil, "\(person): \(reason)")])
                try books.transaction.note(taker: nil, of: order.id, books.vault)
            }
        }
    }

    /// - Throws: ``ServeRefusal`` unless the order is paid, nothing of it waits for a person, and no money of it is on
    ///   its way back.
    private static func requireDue(_ order: Order, _ books: SQLBooks) throws {
        guard order.standing.status(at: books.now) == .paid, !order.flags.contains(.manualReview) else {
            throw ServeRefusal.notPaid
        }
        guard try !books.refunds(of: order.id).contains(where: \.state.isOpen) else {
            throw ServeRefusal.refundIsOpen
        }
    }
}
