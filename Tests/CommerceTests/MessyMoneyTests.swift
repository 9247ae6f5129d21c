import Commerce
import PaymentKit
import Testing

@Suite("Ten thousand messy payments find their orders")
struct MessyMoneyTests {
    /// Counts of payments.
    private struct Tally {
        var all = 0
        /// Assigned without a person, and of these to another order than was paid.
        var certain = 0, wrong = 0
        /// The right order is certain or the first suggestion; is certain or among the suggestions.
        var first = 0, found = 0

        mutating func add(_ match: MoneyMatch, truth: ID<Order>) {
            all += 1
            certain += match.certain == nil ? 0 : 1
            wrong += match.certain.map { $0 == truth ? 0 : 1 } ?? 0
            first += match.best == truth ? 1 : 0
            found += match.orders.contains(truth) ? 1 : 0
        }
        /// Per thousand.
        func share(_ count: Int) -> Int { all > 0 ? count * 1_000 / all : 0 }
    }

    /// Measured over the four seeds, 40,000 payments: 58.4 % certain, none of them wrong; 99.4 % certain or suggested,
    /// 98.9 % certain or the first suggestion. Of the 41.6 % that are guessed at, 98.6 % are suggested, 97.3 % first.
    /// Suggested by payer: plain 99.6 %, hashed 99.5 %, masked 99.6 %, not named at all 96.2 %.
    ///
    /// The mix (see ``MessyShop``): 58 % write the number without a mistake, 19 % no account at all, 13 % with one slip
    /// or look-alikes, 2 % with two slips, 8 % their phone, their name or another reference; one in ten pays from an
    /// unknown number, one in ten another amount, one in twelve after the order has expired. Not in it, because no text
    /// can show it: a customer who types the number of another order of theirs.
    @Test(
        "None is matched wrongly, and 95 in 100 are matched or suggested, whoever names the payer how",
        arguments: [11, 12, 13, 14] as [UInt64])
    func accepted(_ seed: UInt64) async throws {
        var shop = try MessyShop(seed: seed)
        var total = Tally(), guessed = Tally()
        var byFeed: [MessyShop.Feed: Tally] = [:]
        for (place, payment) in shop.payments.enumerated() {
            if place % 50 == 0 { await Task.yield() }
            let match = shop.match(payment, as: payment.feed)
            let truth = shop.orders[payment.order].id
            total.add(match, truth: truth)
            if match.certain == nil { guessed.add(match, truth: truth) }
            byFeed[payment.feed, default: Tally()].add(match, truth: truth)
            shop.book(payment)
        }
        #expect(total.all == 10_000)
        #expect(total.wrong == 0)
        #expect(total.share(total.found) >= 990)
        #expect(total.share(total.first) >= 980)
        #expect((550...600).contains(total.share(total.certain)), "The mix is not what it says.")
        #expect(guessed.share(guessed.found) >= 975)
        #expect(guessed.share(guessed.first) >= 960)
        for feed in MessyShop.Feed.allCases {
            let tally = try #require(byFeed[feed])
            #expect(tally.share(tally.found) >= (feed == .absent ? 940 : 990), "\(feed)")
        }
    }

    /// A hash names the payer as well as the number does: all is equal, reasons and scores too. A mask does not: of
    /// 10,000 orders it fits ten that are strangers', and it never proves that somebody paid. So what is certain is
    /// equal, and where a near number was typed the first suggestion is; without one, the amount and the time must tell
    /// apart those whom the mask fits. Measured: the first suggestion is another one in 36 of 10,000 payments; the
    /// order is found in 9,962 by number and in 9,962 by mask.
    @Test("Plain, hashed and masked payers lead to the same orders")
    func feeds() async throws {
        var shop = try MessyShop(seed: 15)
        var named = 0, sameMasked = 0, foundPlain = 0, foundMasked = 0
        for (place, payment) in shop.payments.enumerated() {
            if place % 50 == 0 { await Task.yield() }
            let truth = shop.orders[payment.order]
            let plain = shop.match(payment, as: .plain)
            #expect(shop.match(payment, as: .hashed) == plain)
            let masked = shop.match(payment, as: .masked)
            #expect(masked.certain == plain.certain)
            if plain.certain == nil, AccountText(payment.account).nearNumbers.contains(truth.number) {
                named += 1
                #expect(masked.best == plain.best && masked.best == truth.id)
            }
            sameMasked += masked.best == plain.best ? 1 : 0
            foundPlain += plain.orders.contains(truth.id) ? 1 : 0
            foundMasked += masked.orders.contains(truth.id) ? 1 : 0
            shop.book(payment)
        }
        #expect(named > 1_000)
        #expect(sameMasked >= 9_950)
        #expect(foundMasked >= foundPlain - 20)
    }
}

extension MoneyMatch {
    fileprivate var certain: ID<Order>? {
        guard case .certain(let order) = self else { return nil }
        return order
    }
    /// The certain order or the suggested ones.
    fileprivate var orders: [ID<Order>] {
        switch self {
        case .certain(let order): [order]
        case .suggestions(let suggestions): suggestions.map(\.order)
        case .none: []
        }
    }
    fileprivate var best: ID<Order>? { orders.first }
}
