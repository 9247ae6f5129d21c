import Commerce
import PaymentKit
import Testing

@Suite("Where an order stands: computed from its money and the clock (I5, I6)")
struct OrderStandingTests {
    private static let now = Timestamp(milliseconds: 1_767_600_000_000)
    private static func shillings(_ amount: Int64) -> Money { Money(whole: amount, .kes) }

    /// The rules of `states.md`, sections 4 and 7, one sentence each, told independently of how the shop computes them.
    private static func expected(
        total: Int64, applied: Int64, live: Bool, cancelled: Bool, secondsLeft: Int, review: Bool
    ) -> OrderStatus {
        switch (applied >= total, review, applied > 0, live, cancelled, secondsLeft <= 0) {
        // O4, "Paid beats expired and cancelled, always".
        case (true, _, _, _, _, _): .paid
        // O7, O11, O12: money that nobody can place waits for a person.
        case (false, true, _, _, _, _): .manualReview
        // O5, O7: money on account keeps an order from being anything less.
        case (false, false, true, _, _, _): .partiallyPaid
        // O2, O6, O8: a live prompt is decided first.
        case (false, false, false, true, _, _): .promptSent
        // O8 before O6: who cancelled is told so, also later.
        case (false, false, false, false, true, _): .cancelled
        case (false, false, false, false, false, true): .expired
        case (false, false, false, false, false, false): .pending
        }
    }

    @Test("Every combination of money, prompts, cancellation, time and flags gives the status of the rules")
    func truthTable() {
        for applied in [0, 1, 999, 1_000] as [Int64] {
            for live in [false, true] {
                for cancelled in [false, true] {
                    for secondsLeft in [-3_600, -1, 0, 1, 3_600] {
                        for flags in 0..<(1 << OrderFlag.allCases.count) {
                            let set = Set(
                                OrderFlag.allCases.enumerated().filter { flags >> $0.offset & 1 == 1 }.map(\.element))
                            let standing = OrderStanding(
                                total: Self.shillings(1_000), applied: Self.shillings(applied),
                                received: Self.shillings(applied), returned: Self.shillings(0), hasLiveAttempt: live,
                                isCancelled: cancelled, expiresAt: Self.now.adding(seconds: secondsLeft), flags: set)
                            let expected = Self.expected(
                                total: 1_000, applied: applied, live: live, cancelled: cancelled,
                                secondsLeft: secondsLeft, review: set.contains(.manualReview))
                            #expect(standing.status(at: Self.now) == expected, "\(standing)")
                        }
                    }
                }
            }
        }
    }

    @Test("All money back is reversed, whatever else; a part of it back changes no status")
    func returns() {
        func status(received: Int64, returned: Int64, flags: Set<OrderFlag> = []) -> OrderStatus {
            OrderStanding(
                total: Self.shillings(1_000), applied: Self.shillings(min(received, 1_000)),
                received: Self.shillings(received), returned: Self.shillings(returned), hasLiveAttempt: false,
                isCancelled: false, expiresAt: Self.now.adding(seconds: -1), flags: flags
            ).status(at: Self.now)
        }
        #expect(status(received: 1_000, returned: 1_000) == .reversed)
        #expect(status(received: 1_000, returned: 1_000, flags: [.manualReview]) == .reversed)
        #expect(status(received: 400, returned: 400) == .reversed)
        #expect(status(received: 1_000, returned: 999) == .paid)
        #expect(status(received: 2_000, returned: 1_000) == .paid)
        #expect(status(received: 0, returned: 0) == .expired)
    }
}

@Suite("An order's money is a function of the set of its captures")
struct OrderMoneyTests {
    private static func shillings(_ amount: Int64) -> Money { Money(whole: amount, .kes) }

    private static func captures(_ amounts: [Int64], returned: [Int64] = []) -> [Capture] {
        amounts.enumerated().map { place, amount in
            var capture = Capture(
                id: ID(stored: "\(place)"), instance: "m", ticket: nil, link: .none, order: ID(stored: "o"),
                amount: shillings(amount), receipt: "R\(place)", level: .matched,
                recordedAt: Timestamp(milliseconds: Int64(place)), providerAt: nil)
            if place < returned.count { capture.returned = shillings(returned[place]) }
            return capture
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let amounts, returned: [Int64]
        let fits: Bool
        let applied, credit, kept: Int64
        let flags: Set<OrderFlag>
        init(
            _ name: String, _ amounts: [Int64], back returned: [Int64] = [], fits: Bool = true, applied: Int64,
            credit: Int64, kept: Int64, _ flags: Set<OrderFlag> = []
        ) {
            self.name = name
            self.amounts = amounts
            self.returned = returned
            self.fits = fits
            self.applied = applied
            self.credit = credit
            self.kept = kept
            self.flags = flags
        }
        var testDescription: String { name }
    }

    /// Of an order over 1,000 shillings.
    static let cases = [
        Case("nothing", [], applied: 0, credit: 0, kept: 0),
        Case("exact", [1_000], applied: 1_000, credit: 0, kept: 1_000),
        Case("one less", [999], applied: 999, credit: 0, kept: 999),
        Case("one more", [1_001], applied: 1_000, credit: 1, kept: 1_000, [.overpaid]),
        Case("two parts", [700, 300], applied: 1_000, credit: 0, kept: 1_000),
        Case("two parts and more", [700, 400], applied: 1_000, credit: 100, kept: 1_000, [.overpaid]),
        Case("twice", [1_000, 1_000], applied: 1_000, credit: 1_000, kept: 1_000, [.duplicatePayment]),
        Case("a part too many", [1_000, 300], applied: 1_000, credit: 300, kept: 1_000, [.duplicatePayment]),
        Case("goods gone", [1_000], fits: false, applied: 0, credit: 1_000, kept: 0),
        Case("all back", [1_000], back: [1_000], applied: 1_000, credit: 0, kept: 0),
        Case("a part back", [1_000], back: [300], applied: 1_000, credit: 0, kept: 700, [.partRefunded]),
        Case("the second back", [1_000, 1_000], back: [0, 1_000], applied: 1_000, credit: 0, kept: 1_000),
        Case("the excess back", [1_500], back: [500], applied: 1_000, credit: 0, kept: 1_000),
        Case("goods gone, all back", [1_000], back: [1_000], fits: false, applied: 0, credit: 0, kept: 0),
    ]

    @Test("Captures and returns come to", arguments: cases)
    func comesTo(_ one: Case) {
        let captures = Self.captures(one.amounts, returned: one.returned)
        for order in captures.permutations {
            let money = OrderMoney(order, total: Self.shillings(1_000), canBeFulfilled: one.fits)
            #expect(money.applied == Self.shillings(one.applied))
            #expect(money.credit == Self.shillings(one.credit))
            #expect(money.kept == Self.shillings(one.kept))
            #expect(money.flags == one.flags)
        }
    }

    @Test("No money is lost or made, and never more than the total is applied, whatever arrives and goes back")
    func conservation() {
        var random = Seeded(5)
        for _ in 0..<10_000 {
            let total = Int64.random(in: 1...250_000, using: &random)
            let amounts = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                Int64.random(in: 1...250_000, using: &random)
            }
            let returned = amounts.map { Int64.random(in: 0...$0, using: &random) }
            let money = OrderMoney(
                Self.captures(amounts, returned: returned), total: Self.shillings(total),
                canBeFulfilled: Bool.random(using: &random))
            #expect(money.applied.minor >= 0 && money.applied.minor <= Self.shillings(total).minor, "I5")
            #expect(money.credit + money.kept == money.received - money.returned, "what the books hold for the order")
        }
    }
}
