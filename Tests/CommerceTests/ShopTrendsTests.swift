import Commerce
import PaymentKit
import Testing

@Suite("The owner's figures")
struct ShopTrendsTests {
    private static let now = Timestamp(eastAfricaYear: 2026, month: 11, day: 21).adding(seconds: 13 * 3_600)

    private static func prompt(_ state: Attempt.State, seconds: Int?) -> ProviderWeather.Prompt {
        let start = now.adding(seconds: -600)
        return ProviderWeather.Prompt(
            state: state, startedAt: start.adding(seconds: -5), sentAt: start,
            closedAt: seconds.map { start.adding(seconds: $0) })
    }

    @Test("Every day is there, the oldest first, with what came and went back on it")
    func days() {
        let today = Self.now.startOfDay
        let sums: [Timestamp: (received: Int64, returned: Int64)] = [
            today: (500, 0), today.adding(seconds: -86_400): (300, 100), today.adding(seconds: -9 * 86_400): (900, 0),
        ]
        let trends = ShopTrends(days: 3, until: Self.now, sums: sums, orders: (5, 4, 3), prompts: [])
        #expect(trends.days.map(\.received.minor) == [0, 300, 500])
        #expect(trends.days.map(\.returned.minor) == [0, 100, 0])
        #expect(trends.days.map(\.start.eastAfrica.date) == ["19/11/2026", "20/11/2026", "21/11/2026"])
        #expect(trends.secondsToPaid == nil && trends.reasons.isEmpty)
        #expect(trends.placed == 5 && trends.prompted == 4 && trends.paid == 3)
    }

    @Test("Times from the prompt to the payment, and why others were not paid, the commonest first")
    func prompts() {
        let no = Decline(.cancelledByPayer, retry: .sameMethod, code: "1032")
        let poor = Decline(.insufficientFunds, retry: .sameMethod, code: "1")
        var prompts = (1...100).map { Self.prompt(.paid, seconds: $0) }
        prompts += [Self.prompt(.failed(poor), seconds: 3), Self.prompt(.promptSent, seconds: nil)]
        prompts += [Self.prompt(.cancelled(no), seconds: 3), Self.prompt(.cancelled(no), seconds: 4)]
        let trends = ShopTrends(days: 1, until: Self.now, sums: [:], orders: (0, 0, 0), prompts: prompts)
        #expect(trends.prompts == 104 && trends.promptsPaid == 100)
        #expect(trends.secondsToPaid?.half == 50 && trends.secondsToPaid?.most == 95)
        #expect(trends.reasons.map(\.reason) == [.cancelledByPayer, .insufficientFunds])
        #expect(trends.reasons.map(\.count) == [2, 1])
    }

    @Test("How long messages waited, of each day and of all, and what was charged")
    func lags() {
        let yesterday = Self.now.adding(seconds: -86_400)
        var waits: [(at: Timestamp, milliseconds: Int64)] = (1...100).map { (Self.now, Int64($0)) }
        waits.append((yesterday, 9_000))
        let trends = ShopTrends(
            days: 2, until: Self.now, sums: [:], charges: [Self.now.startOfDay: 700],
            writeOffs: [yesterday.startOfDay: 900], orders: (0, 0, 0), prompts: [],
            lags: waits)
        #expect(trends.lags.map(\.count) == [1, 100])
        #expect(trends.lags.last.map { [$0.half, $0.most, $0.longest] } == [50, 95, 100])
        #expect(trends.lag.map { [$0.half, $0.most, $0.longest] } == [51, 96, 9_000])
        #expect(trends.days.map(\.charged.minor) == [0, 700])
        #expect(trends.days.map(\.writtenOff.minor) == [900, 0] && trends.days.allSatisfy { $0.received.minor == 0 })
        #expect(ShopTrends(days: 1, until: Self.now, sums: [:], orders: (0, 0, 0), prompts: []).lag == nil)
    }

    @Test("A day begins at midnight in East Africa", arguments: [-1, 0, 1, 86_399])
    func startOfDay(_ seconds: Int) {
        let midnight = Timestamp(eastAfricaYear: 2026, month: 11, day: 21)
        let expected = seconds < 0 ? midnight.adding(seconds: -86_400) : midnight
        #expect(midnight.adding(seconds: seconds).startOfDay == expected)
        #expect(Timestamp(milliseconds: -1).startOfDay == Timestamp(milliseconds: -3 * 3_600_000))
    }
}
