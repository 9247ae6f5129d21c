import Commerce
import Testing

@Suite("Rate limits: so many in so long")
struct RateLimitTests {
    private static func moment(_ milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: 1_767_600_000_000 + milliseconds)
    }

    /// Asks at each moment, storing what a yes says to store.
    private static func allowed(_ limit: RateLimit, at moments: [Int64], arrival: Int64? = nil) -> [Bool] {
        var arrival = arrival.map(moment)
        return moments.map { now in
            switch limit.decide(at: moment(now), arrival: arrival) {
            case .allowed(let next):
                arrival = next
                return true
            case .refused: return false
            }
        }
    }

    @Test("The limit itself is allowed at once, one more is not", arguments: [1, 2, 4, 6, 10, 30, 100])
    func burst(_ count: Int) {
        let limit = RateLimit(count: count, seconds: 600)
        let answers = Self.allowed(limit, at: Array(repeating: 0, count: count + 1))
        #expect(answers == Array(repeating: true, count: count) + [false])
    }

    @Test(
        "After a burst, one more comes each interval, not a millisecond before",
        arguments: [(1, 120), (2, 120), (4, 600), (6, 3_600), (30, 600), (5, 1)])
    func refill(_ count: Int, _ seconds: Int) {
        let limit = RateLimit(count: count, seconds: seconds)
        let interval = Int64(seconds) * 1_000 / Int64(count)
        let burst = Array(repeating: Int64(0), count: count)
        #expect(Self.allowed(limit, at: burst + [interval - 1]).last == false)
        #expect(Self.allowed(limit, at: burst + [interval]).last == true)
        #expect(Self.allowed(limit, at: burst + [interval, interval]).suffix(2) == [true, false])
        // All of it after the whole time, and no more than that after a year.
        let year: Int64 = 365 * 86_400_000
        for later in [interval * Int64(count), year] {
            let answers = Self.allowed(limit, at: burst + Array(repeating: later, count: count + 1))
            #expect(answers.suffix(count + 1) == Array(repeating: true, count: count) + [false])
        }
    }

    @Test("A refusal says from when on the answer is yes, exactly")
    func until() {
        let limit = RateLimit(count: 2, seconds: 120)
        var arrival: Timestamp?
        for _ in 0..<2 {
            guard case .allowed(let next) = limit.decide(at: Self.moment(0), arrival: arrival) else {
                Issue.record("The burst was refused.")
                return
            }
            arrival = next
        }
        guard case .refused(let until) = limit.decide(at: Self.moment(1), arrival: arrival) else {
            Issue.record("A third was allowed.")
            return
        }
        #expect(until == Self.moment(60_000))
        #expect(limit.decide(at: until.adding(milliseconds: -1), arrival: arrival) == .refused(until: until))
        #expect(limit.decide(at: until, arrival: arrival) == .allowed(arrival: until.adding(seconds: 120)))
    }

    @Test("A refusal costs nothing: who keeps trying waits no longer")
    func refusalsAreFree() {
        let limit = RateLimit(count: 1, seconds: 120)
        #expect(Self.allowed(limit, at: [0] + (1...119).map { $0 * 1_000 } + [120_000]).last == true)
    }

    @Test("A clock that goes back neither refills nor locks for longer than the time it went back")
    func backwards() {
        let limit = RateLimit(count: 2, seconds: 120)
        #expect(Self.allowed(limit, at: [0, 0, -3_600_000]) == [true, true, false])
        #expect(Self.allowed(limit, at: [0, 0, -3_600_000, 60_000]) == [true, true, false, true])
        #expect(Self.allowed(limit, at: [0, -1_000, -1_000, 0]) == [true, false, false, true])
    }

    @Test("Never more than the limit and one interval's worth fall into any window")
    func windows() {
        var random = Seeded(4)
        for limit in [RateLimit(count: 4, seconds: 600), RateLimit(count: 2, seconds: 120)] {
            var now: Int64 = 0
            let moments = (0..<2_000).map { _ in
                now += Int64.random(in: 0...60_000, using: &random)
                return now
            }
            let taken = zip(moments, Self.allowed(limit, at: moments)).filter(\.1).map(\.0)
            let window = Int64(limit.seconds) * 1_000
            for (place, start) in taken.enumerated() {
                let inside = taken[place...].prefix { $0 < start + window }.count
                // A generic cell rate allows the burst and what refills meanwhile, so up to 2 × count − 1.
                #expect(inside <= 2 * limit.count - 1)
            }
            #expect(Int64(taken.count) <= Int64(limit.count) + now / (window / Int64(limit.count)))
        }
    }

    @Test(
        "A limit is read from a setting",
        arguments: [
            ("4/10m", 4, 600), ("1/1s", 1, 1), ("2/2m", 2, 120), ("6/1h", 6, 3_600), ("10/1d", 10, 86_400),
            ("1000000/1s", 1_000_000, 1), ("1/1000000s", 1, 1_000_000),
        ])
    func parsing(_ text: String, _ count: Int, _ seconds: Int) {
        #expect(RateLimit(text) == RateLimit(count: count, seconds: seconds))
        #expect(RateLimit("\(RateLimit(count: count, seconds: seconds))") == RateLimit(count: count, seconds: seconds))
    }

    @Test(
        "What is no limit is refused",
        arguments: [
            "", "/", "4", "4/", "/10m", "4/10", "4/m", "0/10m", "4/0m", "-1/10m", "4/-10m", "4/10w", "4/10M",
            "four/10m",
            "4/10m/2", "1000001/1s", "4/1000001s", "4/10mm", "4 / 10m", "4/1.5m", "99999999999999999999/1s",
            "4/99999999999999999999s",
        ])
    func garbage(_ text: String) {
        #expect(RateLimit(text) == nil)
    }
}
