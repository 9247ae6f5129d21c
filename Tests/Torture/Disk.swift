import ArgumentParser
import Foundation
import Glibc

/// A disk under SQLite that is full for a while, or that fails to write, sync or read.
struct Disk: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let the disk under SQLite be full, and fail, while people buy.")

    @OptionGroup var options: Options
    @Option(help: "How often each kind of fault comes.")
    var rounds = 8
    @Option(help: "Seconds for the shop to come to rest at the end.")
    var settle = 150.0

    /// What the program exits with when its database is broken (R8).
    private static let broken = "exit 3"

    func run() async throws {
        let run = try Run("disk", options)
        let faults = try Faults(run)
        let siege = try await Siege(run, "sqlite:\(run.folder)/duka.db", more: faults.environment)
        try siege.shop.start()
        try await siege.shop.ready()
        try await siege.crowd.buy {
            for round in 1...rounds {
                try await fill(siege, faults)
                for fault in Fault.allCases { try await fail(fault, siege, faults) }
                run.progress { "round \(round) of \(rounds), \(run.figure("orders")) orders" }
            }
        }
        try await siege.settleAndCompare(within: settle)
        try run.close()
    }

    /// No room for a while: it passes, the shop says "try again" and goes on.
    private func fill(_ siege: Siege, _ faults: Faults) async throws {
        try await Task.sleep(for: .milliseconds(.random(in: 1_500...3_000)))
        let (failed, spooled) = (try faults.get(.writesFailed), siege.spooled)
        try faults.setErrors(write: ENOSPC)
        var most = 0
        for _ in 0..<25 {
            try await Task.sleep(for: .milliseconds(100))
            most = max(most, siege.spooled)
        }
        try faults.setErrors()
        siege.run.count("messages spooled", max(0, most - spooled))
        siege.run.count("times full")
        siege.run.count("writes refused for room", try faults.get(.writesFailed) - failed)
        if let ending = siege.shop.ending {
            siege.run.violation("a full disk is passing, and the shop ended: \(ending)")
            try siege.shop.start()
        }
        try await siege.shop.ready()
    }

    /// What breaks a database for good, as far as the running program can know.
    private enum Fault: String, CaseIterable { case write, sync, read }

    /// The shop stops at once (R8), and its next start finds everything.
    private func fail(_ fault: Fault, _ siege: Siege, _ faults: Faults) async throws {
        try await Task.sleep(for: .milliseconds(.random(in: 1_000...2_500)))
        let retried = try faults.get(.syncsAfterFailure)
        switch fault {
        case .write: try faults.setErrors(write: EIO)
        case .sync: try faults.setErrors(sync: EIO)
        case .read: try faults.setErrors(read: EIO)
        }
        let end = ContinuousClock.now + .seconds(10)
        while siege.shop.ending == nil, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(20)) }
        let hit = try faults.get(.writesFailed) + faults.get(.syncsFailed) + faults.get(.readsFailed)
        try faults.setErrors()
        siege.run.count("\(fault.rawValue) errors survived by stopping")
        switch siege.shop.ending {
        case Self.broken: break
        // Pages that SQLite has in memory need no reading.
        case nil where fault == .read: siege.run.count("read errors that nobody met")
        case nil: siege.run.violation("R8: a failing \(fault.rawValue) did not stop the shop (\(hit) faults so far)")
        case let other?: siege.run.violation("R8: a failing \(fault.rawValue) ended the shop with \(other)")
        }
        let again = try faults.get(.syncsAfterFailure) - retried
        if fault == .sync, again > 0 { siege.run.violation("R8: after a failed sync \(again) more were tried") }
        siege.shop.kill(mayHaveEnded: [Self.broken])
        try siege.shop.start()
        try await siege.shop.ready()
    }
}
