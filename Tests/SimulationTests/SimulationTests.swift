import Simulation
import Testing

/// The money rules beside an adversarial provider, in virtual time; `scripts/torture` runs far more.
@Suite struct SimulationTests {
    /// Apart from one another, so that each core has work.
    @Test(
        "Whatever happens, every invariant holds at every step",
        arguments: [1...800, 10_001...10_800] as [ClosedRange<UInt64>])
    func holds(seeds: ClosedRange<UInt64>) async {
        let result = await Run(seeds: seeds).go(threads: 1) { Issue.record("\($0)") }
        #expect(result.failures == 0)
        #expect(result.steps > 100_000)
    }

    @Test(
        "What once failed holds",
        arguments: [673_636_943_100, 350_434_592_776, 350_434_600_686, 43, 123, 119_933, 123_868] as [UInt64])
    func failedOnce(seed: UInt64) async {
        #expect(await Run(seeds: seed...seed).go(threads: 1) { Issue.record("\($0)") }.failures == 0)
    }

    /// Every fifth world has a plugin that means harm; here all have.
    @Test("A plugin that lies harms nothing but its own payments")
    func hostilePlugin() async {
        let counts = await withTaskGroup(of: [String: Int].self) { group in
            for start in [3, 5_003] as [UInt64] {
                group.addTask {
                    var counts: [String: Int] = [:]
                    for seed in stride(from: start, to: start + 1_500, by: 5) {
                        let result = await Run(seeds: seed...seed).go(threads: 1) { Issue.record("\($0)") }
                        counts.merge(result.counts, uniquingKeysWith: +)
                    }
                    return counts
                }
            }
            return await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
        }
        #expect(counts["hostile acts", default: 0] > 1_000)
        #expect(counts["order paid", default: 0] > 100)
    }

    @Test("A seed is the same story every time")
    func repeats() {
        let first = Story.tell(Plan(seed: 42))
        #expect(first.count > 10)
        #expect(first == Story.tell(Plan(seed: 42)))
    }

    @Test("The life that is simulated is a hard one")
    func isHard() async {
        let counts = await Run(seeds: 20_001...20_200).go(threads: 1) { Issue.record("\($0)") }.counts
        let wanted = [
            "fault: crashes", "fault: stale writes", "fault: waits for a row", "fault: lost answers",
            "fault: clock jumps", "fault: frozen workers", "made up messages", "event captures_merged",
            "event returned_elsewhere", "event refund_succeeded", "event negative_answer", "event money_assigned",
            "event unknown", "order reversed", "order manual_review", "hostile acts",
        ]
        for name in wanted { #expect(counts[name, default: 0] > 0, "\(name) never happened") }
    }
}
