import Commerce
import Database
import PaymentKit
import Storage

extension Shop {
    /// Days after its payment for which goods that were not handed over are taken to be on their way.
    static let goodsDueDays = 30

    /// All that the shop knows under a number: orders, payments, payouts, and providers' messages that name it or an
    /// e-mail address of its orders, or are about its payments (messages are opened one by one, a few hundred thousand
    /// in a second).
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
            let toThem = try reading.prompts(toPerson: phone, vault)
            let own = try orders.flatMap { try reading.attempts(of: $0, vault) }
            let prompts = try (own + toThem.filter { !orders.contains($0.order) }).compactMap { attempt in
                try reading.order(attempt.order).map {
                    PersonalData.Prompt(
                        attempt: attempt, order: $0.number, isOwn: orders.contains($0.id),
                        isToTheirPhone: toThem.contains { $0.ticket == attempt.ticket })
                }
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
        let marks = PersonMarks(phone, emails: Set(data.purchases.compactMap(\.contact.email)))
        let theirs = try await subjects(of: data)
        var lastMessage: String? = ""
        while let after = lastMessage {
            let part = try await database.read { [vault] in
                try $0.messages(naming: marks, about: theirs, after: after, atMost: 500, vault)
            }
            data.messages += part.found
            lastMessage = part.last
            await Task.yield()
        }
        return data
    }

    /// What of theirs messages speak of: all of their orders, and prompts to their phone and money of theirs for
    /// others.
    private func subjects(of data: PersonalData) async throws -> Set<MessageSubject> {
        let prompts = data.prompts.map { MessageSubject.ticket($0.attempt.ticket) }
        let money = data.payments.compactMap { payment in
            payment.capture.receipt.map { MessageSubject.money(instance: payment.capture.instance, receipt: $0) }
        }
        let own = try await database.read { reading in
            try data.purchases.flatMap { try reading.subjects(of: $0.order.id) }
        }
        return Set(prompts + money + own)
    }

    /// Why what is known of an order's people is needed when they ask for it to be forgotten.
    static func keeps(_ order: Order, _ reading: some SQLReading, at now: Timestamp) throws -> [KeepReason] {
        try reading.keepReasons(
            of: order, goodsDueSince: now.adding(seconds: -goodsDueDays * 86_400), at: now)
    }
}
