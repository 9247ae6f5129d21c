import Foundation
import Simulation
import Synchronization

let help = """
    simulation: the money rules beside an adversarial provider, in virtual time.
      --seed N        run one seed; tell its story when something is wrong
      --story         with --seed: tell the whole story, whatever comes of it
      --seeds A..B    run these seeds
      --steps N       run seeds until so many steps were made
      --minutes N     run seeds for so long
      --from N        the first seed for --steps and --minutes; otherwise any
      --threads N     how many run at once; otherwise one for each core
    """

struct Wish {
    var seeds: ClosedRange<UInt64>?
    var tellsAll = false
    var steps = Int.max
    var seconds = Double.infinity
    var first: UInt64?
    var threads = ProcessInfo.processInfo.activeProcessorCount

    /// - Throws: The sentence that says what is wrong.
    init(_ words: [String]) throws(Mistake) {
        var words = words[...]
        while let word = words.popFirst() {
            if word == "--story" {
                tellsAll = true
                continue
            }
            guard let value = words.popFirst() else { throw Mistake(sentence: help) }
            switch word {
            case "--seed": seeds = try Self.number(value)...Self.number(value)
            case "--seeds":
                let ends = value.components(separatedBy: "..")
                guard ends.count == 2, try Self.number(ends[0]) <= Self.number(ends[1]) else {
                    throw Mistake(sentence: "--seeds wants a range such as 1..1000.")
                }
                seeds = try Self.number(ends[0])...Self.number(ends[1])
            case "--steps": steps = Int(try Self.number(value))
            case "--minutes": seconds = Double(try Self.number(value)) * 60
            case "--from": first = try Self.number(value)
            case "--threads": threads = max(1, Int(try Self.number(value)))
            case _: throw Mistake(sentence: help)
            }
        }
        guard seeds != nil || steps < .max || seconds < .infinity else { throw Mistake(sentence: help) }
    }

    private static func number(_ text: String) throws(Mistake) -> UInt64 {
        guard let number = UInt64(text) else { throw Mistake(sentence: "\(text) is not a number.\n\(help)") }
        return number
    }
}

struct Mistake: Error { let sentence: String }

do {
    let wish = try Wish(Array(CommandLine.arguments.dropFirst()))
    if wish.tellsAll, let seeds = wish.seeds {
        for seed in seeds { Story.tell(Plan(seed: seed)).forEach { print($0) } }
        exit(0)
    }
    let first = wish.seeds?.lowerBound ?? wish.first ?? UInt64.random(in: 1...1_000_000_000_000)
    let run = Run(seeds: first...(wish.seeds?.upperBound ?? .max - 1_000), steps: wish.steps, seconds: wish.seconds)
    print("Seeds from \(first), \(wish.threads) at once.")
    let result = await run.go(threads: wish.threads, progress: { print($0) }, tell: { print($0) })
    print(result.summary)
    exit(result.failures == 0 ? 0 : 1)
} catch {
    FileHandle.standardError.write(Data("\(error.sentence)\n".utf8))
    exit(2)
}
