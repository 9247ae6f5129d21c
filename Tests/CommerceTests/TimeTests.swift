import Commerce
import PaymentKit
import Testing

@Suite("Times and identities")
struct TimeTests {
    @Test(
        "A moment is shown as Nairobi's clocks show it",
        arguments: [
            (0, "01/01/1970", "03:00:00"), (-3 * 3_600, "01/01/1970", "00:00:00"),
            (-3 * 3_600 - 1, "31/12/1969", "23:59:59"),
            (86_400 * 59 - 3 * 3_600, "01/03/1970", "00:00:00"), (951_782_400 - 3 * 3_600, "29/02/2000", "00:00:00"),
            (1_709_164_800, "29/02/2024", "03:00:00"), (1_709_251_200, "01/03/2024", "03:00:00"),
            (1_735_678_799, "31/12/2024", "23:59:59"), (1_735_678_800, "01/01/2025", "00:00:00"),
            (1_740_787_200, "01/03/2025", "03:00:00"), (1_767_214_799, "31/12/2025", "23:59:59"),
            (1_767_214_800, "01/01/2026", "00:00:00"), (4_107_542_400, "01/03/2100", "03:00:00"),
            (4_107_456_000, "28/02/2100", "03:00:00"), (-2_203_891_200, "01/03/1900", "03:00:00"),
            (-62_135_596_800, "01/01/1", "03:00:00"), (1_795_231_203, "21/11/2026", "06:20:03"),
        ] as [(Int64, String, String)])
    func eastAfrica(_ seconds: Int64, _ date: String, _ clock: String) {
        let shown = Timestamp(milliseconds: seconds * 1_000).eastAfrica
        #expect(shown.date == date)
        #expect(shown.clockWithSeconds == clock)
        #expect(shown.clock == clock.prefix(5))
    }

    @Test(
        "Programs are told moments in UTC",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"), (1_795_231_203_999, "2026-11-21T03:20:03Z"),
            (951_782_399_000, "2000-02-28T23:59:59Z"), (-62_135_596_800_000, "0001-01-01T00:00:00Z"),
        ] as [(Int64, String)])
    func utc(_ milliseconds: Int64, _ text: String) {
        #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
    }

    @Test("Every day from 1896 to 2104 follows the one before it")
    func everyDay() {
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        // 1 January 1896, noon in Nairobi, counted from 1970 by the rule of leap years itself.
        var (year, month, day) = (1896, 1, 1)
        let leapDays = (1896..<1970).filter(Self.isLeap).count
        var seconds = -Int64((1970 - 1896) * 365 + leapDays) * 86_400 + 9 * 3_600
        while year < 2105 {
            let shown = Timestamp(milliseconds: seconds * 1_000).eastAfrica
            guard (shown.year, shown.month, shown.day, shown.hour) == (year, month, day, 12) else {
                Issue.record("\(shown) instead of \(day)/\(month)/\(year)")
                return
            }
            guard Timestamp(eastAfricaYear: year, month: month, day: day).milliseconds == (seconds - 12 * 3_600) * 1_000
            else {
                Issue.record("\(day)/\(month)/\(year) begins at another moment")
                return
            }
            seconds += 86_400
            day += 1
            if day > lengths[month - 1] + (month == 2 && Self.isLeap(year) ? 1 : 0) { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
    }

    private static func isLeap(_ year: Int) -> Bool {
        year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    }

    @Test("A fraction of a second before 1970 belongs to the second before")
    func negativeMilliseconds() {
        #expect(Timestamp(milliseconds: -1).eastAfrica.clockWithSeconds == "02:59:59")
        #expect(Timestamp(milliseconds: -1_000).eastAfrica.clockWithSeconds == "02:59:59")
        #expect(Timestamp(milliseconds: 999).eastAfrica.clockWithSeconds == "03:00:00")
    }

    @Test(
        "Seconds between two moments are rounded down",
        arguments: [(0, 0), (999, 0), (1_000, 1), (1_999, 1), (-1, -1), (-1_000, -1), (-1_001, -2)] as [(Int64, Int)])
    func seconds(_ milliseconds: Int64, _ expected: Int) {
        let start = Timestamp(milliseconds: 1_767_600_000_000)
        #expect(start.adding(milliseconds: milliseconds).seconds(since: start) == expected)
    }

    @Test("Identities made later sort later, and none is made twice")
    func identities() {
        let made = (0..<2_000).map { ID<Order>(at: Timestamp(milliseconds: 1_767_600_000_000 + Int64($0))).text }
        #expect(made == made.sorted())
        let atOnce = Set((0..<5_000).map { _ in ID<Order>(at: Timestamp(milliseconds: 5)).text })
        #expect(atOnce.count == 5_000)
        #expect(atOnce.allSatisfy { $0.count == 32 && $0.hasPrefix("000000000005") })
    }
}
