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
                                total: Self.shillings(1_000), applied: Self.shillings(applied), hasLiveAttempt: live,
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

    private static func standing(applied: Int64, of total: Int64 = 1_000) -> OrderStanding {
        OrderStanding(
            total: shillings(total), applied: shillings(applied), hasLiveAttempt: false, isCancelled: false,
            expiresAt: now, flags: [])
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let amount, before: Int64
        let fits, late: Bool
        let applied, credit: Int64
        let flags: Set<OrderFlag>
        init(
            _ name: String, _ amount: Int64, onto before: Int64 = 0, fits: Bool = true, late: Bool = false,
            applied: Int64, credit: Int64, _ flags: Set<OrderFlag> = []
        ) {
            self.name = name
            self.amount = amount
            self.before = before
            self.fits = fits
            self.late = late
            self.applied = applied
            self.credit = credit
            self.flags = flags
        }
        var testDescription: String { name }
    }

    @Test(
        "Money is counted towards the order up to its total, the rest is the customer's",
        arguments: [
            Case("exact", 1_000, applied: 1_000, credit: 0),
            Case("one less", 999, applied: 999, credit: 0),
            Case("one more", 1_001, applied: 1_000, credit: 1, [.overpaid]),
            Case("the missing part", 1, onto: 999, applied: 1, credit: 0),
            Case("more than the missing part", 400, onto: 700, applied: 300, credit: 100, [.overpaid]),
            Case("a second payment", 1_000, onto: 1_000, applied: 0, credit: 1_000, [.duplicatePayment]),
            Case(
                "a second payment, late", 1_000, onto: 1_000, late: true, applied: 0, credit: 1_000, [.duplicatePayment]
            ),
            Case(
                "a second payment, goods gone", 1_000, onto: 1_000, fits: false, applied: 0, credit: 1_000,
                [.duplicatePayment]),
            Case("late", 1_000, late: true, applied: 1_000, credit: 0, [.late]),
            Case("late and more", 1_500, late: true, applied: 1_000, credit: 500, [.late, .overpaid]),
            Case(
                "late, goods gone", 1_000, fits: false, late: true, applied: 0, credit: 1_000, [.late, .manualReview]),
        ])
    func allocation(_ one: Case) {
        let allocation = Allocation(
            of: Self.shillings(one.amount), to: Self.standing(applied: one.before), canBeFulfilled: one.fits,
            isLate: one.late)
        #expect(allocation.applied == Self.shillings(one.applied))
        #expect(allocation.credit == Self.shillings(one.credit))
        #expect(allocation.flags == one.flags)
    }

    @Test("No money is lost or made, and never more than the total is applied, whatever arrives")
    func conservation() {
        var random = Seeded(5)
        for _ in 0..<10_000 {
            let total = Int64.random(in: 1...250_000, using: &random)
            let before = Int64.random(in: 0...total, using: &random)
            let amount = Int64.random(in: 1...500_000, using: &random)
            let fits = Bool.random(using: &random)
            let late = Bool.random(using: &random)
            let allocation = Allocation(
                of: Self.shillings(amount), to: Self.standing(applied: before, of: total), canBeFulfilled: fits,
                isLate: late)
            #expect(allocation.applied + allocation.credit == Self.shillings(amount))
            #expect(allocation.applied.minor >= 0 && allocation.credit.minor >= 0)
            #expect(before + (allocation.applied.whole ?? 0) <= total)
        }
    }
}
