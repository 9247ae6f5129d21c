import ArgumentParser
import Foundation
import Synchronization

/// What every machine is told.
struct Options: ParsableArguments {
    @Option(help: "The program `duka` to run.")
    var program: String
    @Option(help: "The repository: templates, migrations, scripts.")
    var repository = "."
    @Option(help: "Where the folder of the run is made; on a disk, not in memory.")
    var work = "/tmp"
    @Option(help: "A file that gets a line for each figure.")
    var figures: String?
    @Option(help: "Decides stories and moments; another each time without it.")
    var seed: UInt64?
    @Option(help: "People who buy at the same time.")
    var buyers = 40
    @Flag(help: "Keep the folder also when all is well.")
    var keep = false
}

/// One run of a machine: its folder, its figures, and what it found wrong.
final class Run: Sendable {
    let machine: String
    let options: Options
    let folder: String
    let repository: String
    let seed: UInt64
    private let state = Mutex(State())
    private let began = ContinuousClock.now

    private struct State {
        var figures: [(name: String, value: Int)] = []
        var violations: [String] = []
        var told = ContinuousClock.now
    }

    init(_ machine: String, _ options: Options) throws {
        self.machine = machine
        self.options = options
        seed = options.seed ?? .random(in: .min ... .max)
        let name = "duka-torture-\(machine)-\(UInt32.random(in: .min ... .max))"
        folder = URL(filePath: options.work).appending(path: name).standardizedFileURL.path
        repository = URL(filePath: options.repository).standardizedFileURL.path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        say("seed \(seed), folder \(folder)")
    }

    func say(_ line: String) {
        let seconds = Int((ContinuousClock.now - began) / .seconds(1))
        print("\(machine) \(seconds)s: \(line)")
        fflush(nil)
    }

    /// Says how far it is, every five seconds.
    func progress(_ line: () -> String) {
        let isTime = state.withLock { state in
            guard ContinuousClock.now - state.told > .seconds(5) else { return false }
            state.told = .now
            return true
        }
        if isTime { say(line()) }
    }

    func count(_ name: String, _ more: Int = 1) {
        state.withLock { state in
            if let place = state.figures.firstIndex(where: { $0.name == name }) {
                state.figures[place].value += more
            } else {
                state.figures.append((name, more))
            }
        }
    }

    func figure(_ name: String) -> Int { state.withLock { $0.figures.first { $0.name == name }?.value ?? 0 } }

    func violation(_ sentence: String) {
        let isNew = state.withLock { state in
            guard !state.violations.contains(sentence) else { return false }
            state.violations.append(sentence)
            return true
        }
        if isNew { say("VIOLATION \(sentence)") }
    }

    var violations: Int { state.withLock { $0.violations.count } }

    /// Writes the figures, and ends with an error when anything was violated.
    func close() throws {
        let (figures, violations) = state.withLock { ($0.figures, $0.violations) }
        let lines = figures + [("violations", violations.count)]
        for line in lines { say("\(line.0): \(line.1)") }
        if let file = options.figures {
            let output = try FileHandle(appendingTo: file)
            try output.write(contentsOf: Data(lines.map { "\(machine)\t\($0.0)\t\($0.1)\n" }.joined().utf8))
            try output.close()
        }
        guard violations.isEmpty else {
            print(
                """
                \(machine): \(violations.count) violations. Everything is kept in \(folder):
                  shop.log            what the shop said
                  provider.json       the provider's ledger
                  duka.db             the database, with SQLite; duka doctor --verify reads it
                The same stories and moments again: --seed \(seed)
                """)
            throw ExitCode(1)
        }
        if !options.keep { try FileManager.default.removeItem(atPath: folder) }
    }
}

/// A generator whose numbers follow from its seed (SplitMix64).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
