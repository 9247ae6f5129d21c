@testable import Commerce
import PaymentKit
import Testing

/// The provider's list against the books, row by row.
@Suite struct ReconciliationTests {
    typealias Movement = Reconciliation.Movement
    typealias Entry = Reconciliation.Entry

    /// 21/11/2026 09:00 East Africa Time.
    static let start = Timestamp(milliseconds: 1_795_240_800_000)
    static let end = start.adding(seconds: 6 * 3_600)

    static func scope(_ settling: Int = 600, listsOutgoing: Bool = true) -> Reconciliation.Scope {
        var scope = Reconciliation.Scope(from: start, to: end, listsOutgoing: listsOutgoing, currency: .kes)
        scope.settlingSeconds = settling
        return scope
    }
    static func money(_ shillings: Int64) -> Money { Money(whole: shillings, .kes) }
    static func line(
        _ receipt: String, _ shillings: Int64, _ direction: Movement.Direction = .incoming, at seconds: Int? = 60,
        balance: Int64? = nil
    ) -> Movement {
        Movement(
            direction, receipt, money(shillings), at: seconds.map { start.adding(seconds: $0) },
            balance: balance.map(money))
    }
    static func row(
        _ receipt: String?, _ shillings: Int64, _ kind: Entry.Kind = .payment, at seconds: Int = 60, since: Int? = nil,
        id: String? = nil
    ) -> Entry {
        Entry(
            kind, id: id ?? receipt ?? "none", receipt: receipt, amount: money(shillings),
            at: start.adding(seconds: seconds), earliest: since.map { start.adding(seconds: $0) })
    }
    static func compare(_ theirs: [Movement], _ ours: [Entry], _ scope: Reconciliation.Scope? = nil) -> Reconciliation {
        Reconciliation(theirs: theirs, ours: ours, scope ?? Self.scope())
    }

    @Test("Equal sides agree, in whatever order they come, and a line that stands twice counts once")
    func agreement() {
        let theirs = [Self.line("A", 250), Self.line("B", 1_000, at: 120), Self.line("A", 250)]
        let both = Self.compare(theirs, [Self.row("B", 1_000, at: 120), Self.row("A", 250)])
        #expect(both.agrees)
        #expect(both.days.map(\.theirsIn) == [Self.money(1_250)])
        #expect(both.days.map(\.oursIn) == [Self.money(1_250)])
        #expect(both.shown == ["A", "B"])
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let theirs: [Movement]
        let ours: [Entry]
        /// What differs: theirs, ours, owed, returns, contradictions.
        let differences: [Int]
        var listsOutgoing = true
    }

    static let cases = [
        Case(testDescription: "nothing", theirs: [], ours: [], differences: [0, 0, 0, 0, 0]),
        Case(testDescription: "their payment alone", theirs: [line("A", 1)], ours: [], differences: [1, 0, 0, 0, 0]),
        Case(testDescription: "our payment alone", theirs: [], ours: [row("A", 1)], differences: [0, 1, 0, 0, 0]),
        Case(
            testDescription: "another amount", theirs: [line("A", 1)], ours: [row("A", 2)],
            differences: [0, 0, 0, 0, 1]),
        Case(
            testDescription: "another receipt", theirs: [line("A", 1)], ours: [row("B", 2)],
            differences: [1, 1, 0, 0, 0]),
        Case(testDescription: "a receipt owed", theirs: [], ours: [row(nil, 1)], differences: [0, 0, 1, 0, 0]),
        Case(
            testDescription: "ours, settling by a second", theirs: [], ours: [row("A", 1, at: 21_001)],
            differences: [0, 0, 0, 0, 0]),
        Case(
            testDescription: "ours, just settled", theirs: [], ours: [row("A", 1, at: 21_000)],
            differences: [0, 1, 0, 0, 0]),
        Case(
            testDescription: "ours, perhaps from before the list", theirs: [],
            ours: [row("A", 1, at: 60, since: -1)], differences: [0, 0, 0, 0, 0]),
        Case(
            testDescription: "ours from before, and they list it", theirs: [line("A", 1)],
            ours: [row("A", 1, at: -500)], differences: [0, 0, 0, 0, 0]),
        Case(
            testDescription: "a return by its receipt", theirs: [line("R", 1, .returned(original: "A"))],
            ours: [row("R", 1, .refund(of: "A"))], differences: [0, 0, 0, 0, 0]),
        Case(
            testDescription: "a return by the payment that it undid",
            theirs: [line("R", 1, .returned(original: "A"))], ours: [row(nil, 1, .refund(of: "A"))],
            differences: [0, 0, 0, 0, 0]),
        Case(
            testDescription: "a return of another amount", theirs: [line("R", 2, .returned(original: "A"))],
            ours: [row(nil, 1, .refund(of: "A"))], differences: [0, 0, 0, 1, 0]),
        Case(
            testDescription: "a return that is not ours", theirs: [line("R", 1, .returned(original: nil))],
            ours: [], differences: [0, 0, 0, 1, 0]),
        Case(
            testDescription: "a payment and a return under one receipt",
            theirs: [line("A", 1), line("A", 1, .returned(original: nil))], ours: [row("A", 1)],
            differences: [0, 0, 0, 1, 0]),
        Case(
            testDescription: "a payout", theirs: [line("P", 5, .outgoing)], ours: [row("P", 5, .payout)],
            differences: [0, 0, 0, 0, 0]),
        Case(
            testDescription: "a payout that they do not list", theirs: [], ours: [row("P", 5, .payout)],
            differences: [0, 1, 0, 0, 0]),
        Case(
            testDescription: "a payout, by a list of payments alone", theirs: [], ours: [row("P", 5, .payout)],
            differences: [0, 0, 0, 0, 0], listsOutgoing: false),
        Case(
            testDescription: "a charge is no difference", theirs: [line("A/charge", 5, .outgoing)], ours: [],
            differences: [0, 0, 0, 0, 0]),
    ]

    @Test("Each kind of difference is found, and nothing else", arguments: cases)
    func differences(_ one: Case) {
        let found = Self.compare(one.theirs, one.ours, Self.scope(listsOutgoing: one.listsOutgoing))
        let counts = [
            found.theirsNotOurs.count, found.oursNotTheirs.count, found.receiptsOwed.count,
            found.returnsNotOurs.count, found.contradictions.count,
        ]
        #expect(counts == one.differences)
        #expect(found.agrees == counts.allSatisfy { $0 == 0 })
        // What the days show is what differs, unless only the receipt is missing or the amount.
        let daysAgree = found.days.allSatisfy(\.agrees)
        #expect(daysAgree == found.agrees)
    }

    @Test("A line without a time counts on the day of its payment")
    func days() {
        let late = Self.row("A", 10, at: -86_400)
        let found = Self.compare([Self.line("A", 10, at: nil), Self.line("B", 5, at: nil)], [late])
        #expect(found.days.map(\.date) == ["2026-11-20", "2026-11-21"])
        #expect(found.days.map(\.agrees) == [true, false])
    }

    @Test("A day ends at midnight in Nairobi, and its balance is that of its last line", arguments: [false, true])
    func balances(isDescending: Bool) {
        // 14:59:59 and 15:00 after a start at 09:00 are a second before midnight, and midnight.
        let rows = [
            Self.line("A", 1, at: 53_998, balance: 101), Self.line("B", 1, at: 53_999, balance: 102),
            Self.line("C", 1, at: 53_999, balance: 103), Self.line("D", 1, at: 54_000, balance: 104),
        ]
        let found = Self.compare(isDescending ? rows.reversed() : rows, [])
        #expect(found.days.map(\.date) == ["2026-11-21", "2026-11-22"])
        #expect(found.days.map(\.balance) == [Self.money(103), Self.money(104)])
    }

    @Test("A hundred thousand lines are compared within seconds")
    func many() {
        let theirs = (0..<100_000).lazy.map { Self.line("R\($0)", 10, at: $0 % 20_000) }
        let ours = (0..<100_000).lazy.filter { $0 != 77_777 }.map { Self.row("R\($0)", 10, at: $0 % 20_000) }
        let began = ContinuousClock.now
        let found = Reconciliation(theirs: theirs, ours: ours, Self.scope())
        #expect(found.theirsNotOurs.map(\.receipt) == ["R77777"])
        #expect(found.oursNotTheirs.isEmpty)
        #expect(ContinuousClock.now - began < .seconds(30))
    }
}
