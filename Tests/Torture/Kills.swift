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
    @Option(help: "An empty database of a MariaDB server, as DUKA_DATABASE names it; SQLite without it.")
    var mariadb: String?

    func run() async throws {
        let run = try Run(mariadb == nil ? "kills-sqlite" : "kills-mariadb", options)
        let siege = try await Siege(run, mariadb ?? "sqlite:\(run.folder)/duka.db")
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
        try run.close()
    }
}
