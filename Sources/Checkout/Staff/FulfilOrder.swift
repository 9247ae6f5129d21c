import Commerce
import Database
import PaymentKit
import Storage

/// An order's goods on their way to the customer: packed, sent out (`Checkout/Door`), handed over, and one step back
/// when that was a mistake.
extension Shop {
    /// Notes that the goods lie ready.
    package func pack(_ number: OrderNumber, by person: String) async throws {
        let now = now()
        let ways = Set(waysAtHandOver)
        try await change(number) { order, books in
            guard order.fulfilment == .unfulfilled else { throw ServeRefusal.packedAlready }
            try Self.requireMayLeave(order, ways, books)
            var order = order
            order.packedAt = now
            try books.save(order, events: [OrderEvent("packed", nil, person)])
        }
    }

    /// Notes that the customer has the goods.
    ///
    /// - Parameter taker: Who took them, if somebody says: a name, which is kept sealed and forgotten with the
    ///   customer's.
    package func handOver(_ number: OrderNumber, to taker: String = "", by person: String) async throws {
        let taker = try Self.clearName(taker)
        try await change(number) { order, books in
            guard order.handedOverAt == nil else { throw ServeRefusal.handedOverAlready }
            try Self.requireDue(order, books)
            try Self.handOver(order, to: taker, OrderEvent("handed_over", nil, person), books)
        }
    }

    /// Notes that a customer who pays at the door has the goods and has not paid for them: somebody answers for it.
    ///
    /// - Throws: ``ServeRefusal``, also for an order that is paid otherwise.
    package func handOverUnpaid(
        _ number: OrderNumber, to taker: String = "", by person: String, because reason: String
    ) async throws {
        let taker = try Self.clearName(taker)
        let reason = try Self.clear(reason)
        let ways = Set(waysAtHandOver)
        try await change(number) { order, books in
            guard order.handedOverAt == nil else { throw ServeRefusal.handedOverAlready }
            guard order.isPromised(by: ways) else { throw ServeRefusal.notPaid }
            try Self.requireMayLeave(order, ways, books)
            // Paid since the page was shown: then nobody needs to answer for it.
            guard order.canBePaidAtDoor(at: books.now) else { throw ServeRefusal.stepMeanwhile }
            try Self.handOver(order, to: taker, OrderEvent("handed_over_unpaid", nil, "\(person): \(reason)"), books)
        }
    }

    /// Within a transaction, notes the last step; what came before it goes without saying.
    static func handOver(_ order: Order, to taker: String, _ event: OrderEvent, _ books: SQLBooks) throws {
        var order = order
        if order.packedAt == nil { order.packedAt = books.now }
        order.handedOverAt = books.now
        try books.save(order, events: [event])
        try books.transaction.note(taker: taker.isEmpty ? nil : taker, of: order.id, books.vault)
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
            // Whoever may give up money decides about it again first.
            guard order.writtenOff == nil else { throw ServeRefusal.isWrittenOff }
            try books.closeReview("goods_out", subject: order.number.text)
            var order = order
            switch step {
            case .unfulfilled: throw ServeRefusal.stepMeanwhile
            case .packed:
                order.packedAt = nil
                try books.save(order, events: [OrderEvent("unpacked", nil, "\(person): \(reason)")])
            case .sentOut:
                order.sentOutAt = nil
                try books.save(order, events: [OrderEvent("sending_undone", nil, "\(person): \(reason)")])
                try books.transaction.endLinks(of: order.id)
            case .handedOver:
                order.handedOverAt = nil
                order.sentOutAt = nil
                try books.save(order, events: [OrderEvent("hand_over_undone", nil, "\(person): \(reason)")])
                try books.transaction.note(taker: nil, of: order.id, books.vault)
                try books.transaction.endLinks(of: order.id)
            }
        }
    }

    /// - Throws: ``ServeRefusal`` unless the order is paid, nothing of it waits for a person, and no money of it is on
    ///   its way back.
    static func requireDue(_ order: Order, _ books: SQLBooks) throws {
        guard order.standing.status(at: books.now) == .paid, !order.flags.contains(.manualReview) else {
            throw ServeRefusal.notPaid
        }
        try requireNoRefund(order, books)
    }

    /// - Parameter ways: The ways to pay whose money is taken when the goods change hands (O16).
    /// - Throws: ``ServeRefusal`` unless the order is paid as above, or is to be paid at the door and still can be.
    static func requireMayLeave(_ order: Order, _ ways: Set<String>, _ books: SQLBooks) throws {
        guard order.isPromised(by: ways), order.canBePaidAtDoor(at: books.now) else {
            return try requireDue(order, books)
        }
        try requireNoRefund(order, books)
    }

    private static func requireNoRefund(_ order: Order, _ books: SQLBooks) throws {
        guard try !books.refunds(of: order.id).contains(where: \.state.isOpen) else {
            throw ServeRefusal.refundIsOpen
        }
    }

    /// - Returns: Somebody's name as it is kept; empty when nobody says.
    /// - Throws: ``ServeRefusal``.
    static func clearName(_ typed: String) throws -> String {
        let name = String(typed.trimmed.prefix(60))
        guard !name.holdsPhone else { throw ServeRefusal.takerHoldsPhone }
        return name
    }
}

extension Order {
    /// Whether its customer chose to pay when the goods change hands.
    ///
    /// - Parameter ways: The names of the ways to pay that are so.
    func isPromised(by ways: Set<String>) -> Bool { offlineWay.map(ways.contains) ?? false }
}
