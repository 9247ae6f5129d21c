import ArgumentParser
import Foundation

/// The clock on the wall jumps by minutes and hours, both ways, while people buy.
struct Clocks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock", abstract: "Let the clock jump forward and back by hours while people buy.")

    @OptionGroup var options: Options
    @Option(help: "How many jumps.")
    var jumps = 40
    @Option(help: "Seconds for the shop to come to rest at the end.")
    var settle = 150.0

    /// Seconds that a clock is off, from a leap second to a wrong battery.
    private static let offsets = [1, -1, 30, -30, 90, -90, 400, -400, 3_700, -3_700, 11_000, -11_000, 90_000, -90_000]

    func run() async throws {
        let run = try Run("clock", options)
        let faults = try Faults(run)
        var siege = try await Siege(run, "sqlite:\(run.folder)/duka.db", more: faults.environment)
        // A form from before a jump is too old, an order is over: being told so is right.
        siege.crowd.witnesses.acceptsRefusals()
        var random = Seeded(run.seed &+ 2)
        var latest = 0
        try siege.shop.start()
        try await siege.shop.ready()
        try await siege.crowd.buy {
            for jump in 1...jumps {
                try await Task.sleep(for: .milliseconds(Int.random(in: 500...3_000, using: &random)))
                // Every third time back to the truth.
                let offset = jump % 3 == 0 ? 0 : Self.offsets.randomElement(using: &random) ?? 0
                try faults.set(.clockMilliseconds, Int64(offset) * 1_000)
                latest = max(latest, offset)
                run.count("jumps")
                if jump % 8 == 0 {
                    siege.shop.kill()
                    try siege.shop.start()
                    run.count("kills")
                }
                run.progress { "\(jump) of \(jumps) jumps, \(run.figure("orders")) orders" }
            }
            // What was put off while the clock was ahead, or to the next question, is due when the clock gets there.
            latest += 2 * 86_400
            try faults.set(.clockMilliseconds, Int64(latest) * 1_000)
            try await siege.shop.ready()
        }
        // And beyond the last question that is ever asked.
        latest += 5 * 86_400
        try faults.set(.clockMilliseconds, Int64(latest) * 1_000)
        siege.clockSeconds = latest
        try await siege.settleAndCompare(within: settle)
        try run.close()
    }
}
