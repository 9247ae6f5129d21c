import ArgumentParser
import Database
import FaultTesting
import Foundation

/// MariaDB behind a wire that breaks, above all where COMMIT is answered, and a server that dies and comes back.
struct Losses: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Cut connections to MariaDB, lose answers to COMMIT, kill the server, while people buy.")

    @OptionGroup var options: Options
    @Option(help: "Connections that are cut, at least.")
    var cuts = 1_000
    @Option(help: "How often the server is killed and started again.")
    var restarts = 20
    @Option(help: "Seconds for the shop to come to rest at the end.")
    var settle = 150.0

    func run() async throws {
        let run = try Run("losses-mariadb", options)
        try await MariaDBServer.with(run) { try await torture(run, $0) }
        try run.close()
    }

    private func torture(_ run: Run, _ server: MariaDBServer) async throws {
        let location = try server.location()
        guard case .mariaDB(let address) = try DatabaseLocation(location) else {
            throw Trouble("The server is no MariaDB.")
        }
        let proxy = MariaDBProxy(to: address, folder: run.folder)
        let seenAs = "mariadb://duka:duka@localhost/\(address.database)?socket=\(proxy.path)"
        let siege = try await Siege(run, location, seenAs: seenAs)
        try siege.shop.start()
        try await siege.shop.ready()
        try await trouble(siege, proxy, server)
        run.count("connections cut", proxy.count)
        run.count("answers to COMMIT lost", proxy.commitCount)
        try await siege.settleAndCompare(within: settle)
        proxy.stop()
    }

    private func trouble(_ siege: Siege, _ proxy: MariaDBProxy, _ server: MariaDBServer) async throws {
        var random = Seeded(siege.run.seed &+ 3)
        try await siege.crowd.buy {
            proxy.lose(by: .init(commit: 0.06, request: 0.002))
            var restarted = 0
            while proxy.count < cuts || restarted < restarts {
                try await Task.sleep(for: .milliseconds(Int.random(in: 300...1_200, using: &random)))
                proxy.cutAll()
                if restarted < restarts, Int.random(in: 0..<4, using: &random) == 0 {
                    try server.kill()
                    // Long enough to be noticed, now and then.
                    try await Task.sleep(for: .milliseconds(Int.random(in: 0...1_500, using: &random)))
                    try server.start()
                    restarted += 1
                    siege.run.count("server kills")
                }
                if let ending = siege.shop.ending {
                    siege.run.violation("a lost connection is passing, and the shop ended: \(ending)")
                    try siege.shop.start()
                }
                siege.run.progress {
                    "\(proxy.count) of \(cuts) cuts, \(restarted) of \(restarts) restarts, "
                        + "\(siege.run.figure("orders")) orders"
                }
            }
            proxy.lose(by: .init())
        }
    }
}
