import Commerce
import PaymentKit
import Storage

/// Messages that somebody makes up and sends to the shop's addresses.
extension World {
    func tell(_ lie: Extra.Lie, about number: Int, _ seed: UInt64) {
        var random = Random(seed)
        guard let order = store.orders[orderID(number)], order.attemptsMade > 0 else { return }
        let ticket = Ticket("\(order.number)-\(1 + random.below(order.attemptsMade))")
        let amount = store.attempts[ticket]?.amount.minor ?? 100
        let checkout = provider.push(ticket)?.checkout ?? "made-up"
        let body: Message.Body
        var about: Ticket? = ticket
        switch lie {
        case .forgedSuccess:
            body = .prompt(checkout: "made-up", code: "0", amount: amount, receipt: makeName("F"))
        case .forgedSuccessWithIDs:
            body = .prompt(checkout: checkout, code: "0", amount: amount, receipt: makeName("F"))
        case .forgedNo: body = .prompt(checkout: "made-up", code: "1032", amount: 0, receipt: nil)
        case .forgedNoWithIDs: body = .prompt(checkout: checkout, code: "1032", amount: 0, receipt: nil)
        case .replay:
            let paid = provider.pushes.filter { $0.order != number && $0.receipt != nil }
            guard !paid.isEmpty else { return }
            let other = paid[random.below(paid.count)]
            body = .prompt(checkout: other.checkout, code: "0", amount: other.amount, receipt: other.receipt)
        case .forgedMoney:
            about = nil
            body = .confirmation(receipt: makeName("F"), amount: amount, account: order.number.text)
        case .stolenMoney:
            about = nil
            let others = provider.movements.filter { $0.isIncoming && $0.order != number }
            guard !others.isEmpty else { return }
            let other = others[random.below(others.count)]
            body = .confirmation(receipt: other.receipt, amount: other.amount, account: order.number.text)
        case .forgedReturn:
            guard let refund = store.refunds.rows.first(where: { $0.order == order.id }) else { return }
            about = refund.ticket
            body = .reversal(conversation: "made-up", code: "0", amount: refund.amount.minor, receipt: makeName("F"))
        case .noise: body = .noise(random.below(1_000))
        }
        tally.forgeries += 1
        post(Message(about: about, body: body, isListed: false, sender: "stranger"), after: 1)
    }
}
