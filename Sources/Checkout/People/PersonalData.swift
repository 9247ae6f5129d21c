import Commerce
import Database
import PaymentKit
import Storage

extension Shop {
    /// Days after its payment for which goods that were not handed over are taken to be on their way.
    static let goodsDueDays = 30

    /// All that the shop knows under a number: orders, prompts, payments, payouts, and providers' messages that name it
    /// (those are opened one by one, a few hundred thousand in a second).
    package func personalData(of phone: PhoneNumber) async throws -> PersonalData {
        let now = now()
        var data = PersonalData()
        (data.purchases, data.prompts, data.payments) = try await database.read(snapshot: true) { [vault] reading in
            let orders = try reading.orders(ofPerson: phone, vault)
            let purchases = try orders.compactMap { id -> PersonalData.Purchase? in
                guard let order = try reading.order(id), let contact = try reading.contact(of: id, vault) else {
                    return nil
                }
                return PersonalData.Purchase(
                    order: order, contact: contact, lines: try reading.lines(of: id, currency: order.total.currency),
                    keeps: try Self.keeps(order, reading, at: now))
            }
            let prompts = try reading.prompts(toPerson: phone, vault).compactMap { attempt in
                try reading.order(attempt.order).map { PersonalData.Prompt(attempt: attempt, order: $0.number) }
            }
            let payments = try reading.payments(fromPerson: phone, vault).map { capture in
                PersonalData.Payment(
                    capture: capture, order: try capture.order.flatMap { try reading.order($0)?.number })
            }
            return (purchases, prompts, payments)
        }
        var lastPayout: Ticket?
        repeat {
            let after = lastPayout
            let part = try await database.read { [vault] in
                try $0.payouts(toPerson: phone, after: after, atMost: 500, vault)
            }
            data.payouts += part.found
            lastPayout = part.last
            await Task.yield()
        } while lastPayout != nil
        var lastMessage: String? = ""
        while let after = lastMessage {
            let part = try await database.read { [vault] in
                try $0.messages(namingPerson: phone, after: after, atMost: 500, vault)
            }
            data.messages += part.found
            lastMessage = part.last
            await Task.yield()
        }
        return data
    }

    /// Why what is known of an order's people is needed when they ask for it to be forgotten.
    static func keeps(_ order: Order, _ reading: some SQLReading, at now: Timestamp) throws -> [KeepReason] {
        try reading.keepReasons(
            of: order, goodsDueSince: now.adding(seconds: -goodsDueDays * 86_400), at: now)
    }
}
