import Commerce
import Cryptography
import Database
import PaymentKit
import Storage

/// What the desk does with riders: people without an account who carry an order, and whose link is their right to it.
extension Shop {
    /// Notes that somebody carries the goods to the customer, paid or to be paid at the door, and makes a link for
    /// them. Links that were made for the order before end.
    ///
    /// Whoever carried it before may have heard the customer's code, so it is another one from now on; it stays for the
    /// same rider who only gets another link, for the customer may have been sent it.
    package func giveToRider(_ number: OrderNumber, named typed: String, by person: String) async throws {
        let name = try Self.clearName(typed)
        guard !name.isEmpty else { throw ServeRefusal.riderMissing }
        let now = now()
        let ways = Set(waysAtHandOver)
        // Outside the transaction, which may be run again.
        let secret = Base64URL.encode(SecureRandom.bytes(16))
        guard let linkKey = AddressTokens.pageKey(secret) else {
            preconditionFailure("A rider's secret is 22 characters.")
        }
        try await change(number) { order, books in
            guard order.handedOverAt == nil else { throw ServeRefusal.handedOverAlready }
            try Self.requireMayLeave(order, ways, books)
            let transaction = books.transaction
            let riders = try transaction.riders(of: order.id, books.vault)
            let rider = Rider(
                order: order.id, number: riders.count + 1, name: name,
                givenAt: now, linkUntil: now.adding(seconds: Rider.linkSeconds), secret: secret)
            var order = order
            if order.packedAt == nil { order.packedAt = now }
            if order.sentOutAt == nil { order.sentOutAt = now }
            // Without a secret the last one's link was taken back, or the goods were.
            if let last = riders.last, last.secret == nil || last.name != name { order.codesBefore += 1 }
            try books.save(order, events: [OrderEvent("given_to_rider", nil, "\(person): \(rider.mark)")])
            try transaction.endLinks(of: order.id)
            try transaction.insert(rider, linkKey: linkKey, books.vault)
        }
    }

    /// Takes the rider's link back. Where the goods are is another question.
    package func endRiderLink(_ number: OrderNumber, by person: String) async throws {
        let now = now()
        try await change(number) { order, books in
            let riders = try books.transaction.riders(of: order.id, books.vault)
            guard let rider = riders.last(where: { $0.hasLink(at: now) }) else { throw ServeRefusal.noRiderLink }
            try books.save(order, events: [OrderEvent("rider_link_ended", nil, "\(person): \(rider.mark)")])
            try books.transaction.endLinks(of: order.id)
        }
    }

    /// What the customer tells the rider at the door; nil while the order is not paid or is not on its way.
    package func handOverCode(of order: Order) -> String? {
        guard order.fulfilment == .sentOut, order.standing.status(at: now()) == .paid,
            !order.flags.contains(.manualReview)
        else { return nil }
        return tokens.handOverCode(of: order)
    }
}
