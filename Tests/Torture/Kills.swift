import ArgumentParser
import Database
import Foundation
import Storage

/// SIGKILL at random moments, start-up included, while people buy.
struct Kills: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Kill the shop with SIGKILL again and again while people buy.")

    @OptionGroup var options: Options
    @Option(help: "How many kills.")
    var kills = 100
    @Option(help: "The longest that the shop lives, in milliseconds.")
    var longestLife = 2_200
    @Option(help: "Seconds for the shop to come to rest at the end.")
    var settle = 150.0
    @Flag(help: "On a MariaDB server of the run's own; on SQLite without it.")
    var mariadb = false

    func run() async throws {
        let run = try Run(mariadb ? "kills-mariadb" : "kills-sqlite", options)
        guard mariadb else {
            try await torture(run, "sqlite:\(run.folder)/duka.db")
            return try run.close()
        }
        try await MariaDBServer.with(run) { server in try await torture(run, try server.location()) }
        try run.close()
    }

    private func torture(_ run: Run, _ location: String) async throws {
        let siege = try await Siege(run, location)
        var random = Seeded(run.seed &+ 1)
        try siege.shop.start()
        try await siege.shop.ready()
        try await siege.crowd.buy {
            for kill in 1...kills {
                // Now and then so soon that it is still starting.
                try await Task.sleep(for: .milliseconds(Int.random(in: 30...longestLife, using: &random)))
                siege.shop.kill()
                run.count("kills")
                if kill % 25 == 0 {
                    try await siege.verifyAtRest(VerifyMoment(now: Siege.now), always: true)
                    run.count("checks between kills")
                }
                try siege.shop.start()
                run.progress {
                    "\(kill) of \(kills) kills, \(run.figure("orders")) orders, \(run.violations) violations"
                }
            }
            try await siege.shop.ready()
        }
        try await siege.settleAndCompare(within: settle)
    }
}
