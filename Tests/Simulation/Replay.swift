import Checkout
import Commerce
import PaymentKit
import Storage

/// I19: what is known of an order does not depend on the order in which it was heard, nor on how often.
///
/// The evidence of an order is applied to fresh books several times over, each time shuffled and with repetitions, and
/// the results are compared. Left out is what depends on the time at which it is heard: a query's no counts only after
/// some seconds, and a person's decision only once.
extension World {
    enum Heard {
        case news(Ticket, News)
        case report(MoneyReport)
    }

    /// What an order's books came to, as far as it may not differ.
    private struct Outcome: Equatable {
        var status: OrderStatus
        var received, applied, returned: Int64
        var flags: Set<OrderFlag>
        var attempts: [String]
        var captures: [String]

        var words: String {
            "\(status.rawValue) \(received) \(applied) \(returned) \(flags.sorted()) \(attempts) \(captures)"
        }
    }

    func hear(_ news: News, about ticket: Ticket) {
        guard replays else { return }
        var news = news
        news.key = nil
        switch (news.source, news.outcome.fact) {
        case (.journal, _), (.ourselves(.refused), _), (.ourselves(.claimUnconfirmed), _): return
        case (.query, .declined), (.query, .notFound): return
        case _: heard.append(.news(ticket, news))
        }
    }

    func checkReplays() {
        guard replays else { return }
        for order in store.orders.rows {
            let mine = heard.filter { heard in
                switch heard {
                case .news(let ticket, _): return store.attempts[ticket]?.order == order.id
                case .report(let report): return provider.movement(report.receipt.id)?.order.map(orderID) == order.id
                }
            }
            guard !mine.isEmpty else { continue }
            var random = Random(plan.seed, 0, 12)
            let first = replay(mine, of: order)
            for _ in 0..<3 {
                var shuffled = mine
                for _ in 0..<mine.count / 3 { shuffled.append(mine[random.below(mine.count)]) }
                shuffled.shuffle(using: &random)
                let other = replay(shuffled, of: order)
                require(
                    first == other, "I19",
                    "\(order.number): \(first?.words ?? "nothing") or \(other?.words ?? "nothing")")
            }
        }
    }

    private func replay(_ evidence: [Heard], of order: Order) -> Outcome? {
        let fresh = Store(stock: plan.stock, at: order.placedAt)
        let now = order.placedAt.adding(seconds: 600)
        do {
            try begin(order, in: fresh, now)
            for one in evidence {
                let books = MemoryBooks(self, store: fresh, now: now, node: 0)
                switch one {
                case .news(let ticket, let news):
                    _ = try Recording.record(news, about: ticket, instance: Self.instance, books, rules, graces)
                case .report(let report): _ = try ReceivedMoney.record(report, books, rules)
                }
                books.commit()
            }
        } catch {
            fail("I19", "\(order.number): replaying its evidence failed: \(error)")
            return nil
        }
        guard let result = fresh.orders[order.id] else { return nil }
        return Outcome(
            status: result.standing.status(at: now), received: result.received.minor, applied: result.applied.minor,
            returned: result.returned.minor, flags: result.flags.intersection(OrderMoney.computedFlags),
            attempts: fresh.attempts.rows.map { "\($0.number) \($0.state.name) \($0.state.decline?.code ?? "")" }
                .sorted(),
            captures: fresh.captures.rows.filter { $0.mergedInto == nil }
                .map { "\($0.receipt ?? "owed") \($0.amount.minor)" }.sorted())
    }

    /// The order with its attempts, of which nothing is known yet.
    private func begin(_ order: Order, in fresh: Store, _ now: Timestamp) throws {
        let books = MemoryBooks(self, store: fresh, now: now, node: 0)
        let zero = Money(minor: 0, .kes)
        let start = Order(
            id: order.id, number: order.number, version: 0, lastHash: [], status: .pending, flags: [],
            language: order.language, deliveryCode: "", deliveryName: order.deliveryName, goods: order.goods,
            delivery: order.delivery, vat: order.vat, total: order.total, applied: zero, received: zero, returned: zero,
            stockHeld: true, attemptsMade: order.attemptsMade, liveTicket: nil, placedAt: order.placedAt,
            expiresAt: order.placedAt.adding(seconds: 1_000_000), changedAt: order.placedAt, cancelledAt: nil,
            paidAt: nil)
        try books.insert(start, product: 0, quantity: 1)
        for attempt in store.attempts.rows where attempt.order == order.id {
            try books.insert(
                Attempt(
                    ticket: attempt.ticket, order: order.id, number: attempt.number, instance: attempt.instance,
                    amount: attempt.amount, phone: attempt.phone, startedAt: attempt.startedAt))
        }
        try books.save(start, events: [OrderEvent("order_placed")])
        books.commit()
    }
}
