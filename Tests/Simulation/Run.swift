import Synchronization

/// Many worlds, one after the other on each of several threads.
package final class Run: Sendable {
    /// What many worlds came to.
    package struct Result: Sendable {
        package fileprivate(set) var seeds = 0
        package fileprivate(set) var steps = 0
        package fileprivate(set) var failures = 0
        package fileprivate(set) var seconds = 0.0
        /// How often what happened: proof that it was not a quiet life.
        package fileprivate(set) var counts: [String: Int] = [:]

        package var summary: String {
            let rate = Int(Double(steps) / max(seconds, 0.001))
            let events = counts.sorted { $0.key < $1.key }.map { "  \($0.key) \($0.value)" }.joined(separator: "\n")
            return """
                \(events)
                \(seeds) seeds, \(steps) steps in \(Int(seconds)) s, \(rate) steps/s, \(failures) failures.
                """
        }
    }

    private let seeds: ClosedRange<UInt64>
    private let steps: Int
    private let seconds: Double
    private let next: Atomic<UInt64>
    private let made = Atomic<Int>(0)
    private let failures = Atomic<Int>(0)
    private let begin = ContinuousClock.now
    /// Failing seeds after which it is pointless to go on.
    private static let mostFailures = 5

    /// - Parameters:
    ///   - steps: After how many no further seed is begun.
    ///   - seconds: After how many no further seed is begun.
    package init(seeds: ClosedRange<UInt64>, steps: Int = .max, seconds: Double = .infinity) {
        self.seeds = seeds
        self.steps = steps
        self.seconds = seconds
        next = Atomic(seeds.lowerBound)
    }

    private var elapsed: Double { (ContinuousClock.now - begin) / .seconds(1) }

    /// - Parameters:
    ///   - progress: Told every ten seconds how far it is.
    ///   - tell: Told of each failing seed, with its smallest story.
    package func go(
        threads: Int, progress: (@Sendable (String) -> Void)? = nil, tell: @escaping @Sendable (String) -> Void
    ) async -> Result {
        await withTaskGroup(of: Result.self) { group in
            for thread in 0..<threads {
                group.addTask { await self.work(thread == 0 ? progress : nil, tell) }
            }
            var sum = Result()
            for await part in group {
                sum.seeds += part.seeds
                sum.steps += part.steps
                sum.failures += part.failures
                sum.counts.merge(part.counts, uniquingKeysWith: +)
            }
            sum.seconds = elapsed
            return sum
        }
    }

    private func work(_ progress: (@Sendable (String) -> Void)?, _ tell: (String) -> Void) async -> Result {
        var result = Result()
        var told = 0.0
        while made.load(ordering: .relaxed) < steps, failures.load(ordering: .relaxed) < Self.mostFailures {
            let seed = next.wrappingAdd(1, ordering: .relaxed).oldValue
            let elapsed = elapsed
            guard seeds.contains(seed), elapsed < seconds else { break }
            let plan = Plan(seed: seed)
            let world = World(plan)
            world.run()
            // Beside tests of sockets and timers the cores are shared.
            await Task.yield()
            result.seeds += 1
            result.steps += world.steps
            made.wrappingAdd(world.steps, ordering: .relaxed)
            world.count(into: &result.counts)
            if let violation = world.violation {
                failures.wrappingAdd(1, ordering: .relaxed)
                result.failures += 1
                tell(Self.report(plan, violation))
            }
            if let progress, elapsed - told >= 10 {
                told = elapsed
                let sum = made.load(ordering: .relaxed)
                progress("\(Int(elapsed)) s: \(sum) steps, \(Int(Double(sum) / elapsed)) steps/s")
            }
        }
        return result
    }

    /// A failing seed, made small, as a story.
    package static func report(_ plan: Plan, _ violation: Violation) -> String {
        let (smallest, runs) = Shrink.smallest(plan, violation)
        let story = Story.tell(smallest).joined(separator: "\n")
        return """
            Seed \(plan.seed): \(violation.invariant): \(violation.what)
            Made small by \(runs) runs; the story:
            \(story)
            Again: simulation --seed \(plan.seed)
            """
    }
}
