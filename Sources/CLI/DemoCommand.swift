import ArgumentParser
import Database
import Foundation
import Logging
import MPesaSimulator

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Open a throw-away shop and let simulated people buy in it.",
        discussion: """
            A fresh shop in a temporary folder, the simulated M-PESA beside it, and one buyer for each way in which a \
            payment can go. Each line says what happened on the phone and what the order knows; at the end the two \
            ledgers are compared. With --keep the shop stays open for you.
            """)

    @Option(help: "Where the shop listens on 127.0.0.1.")
    var port: UInt16 = 8080
    @Option(help: "Where the simulated M-PESA listens on 127.0.0.1.")
    var simulatorPort: UInt16 = 8081
    @Flag(help: "Stay open when the buyers are done.")
    var keep = false
    @Flag(name: .customLong("json"), help: "One JSON object for each buyer.")
    var isJSON = false

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "duka-demo-\(UInt32.random(in: .min ... .max))"
        ).path
        defer { do { try FileManager.default.removeItem(atPath: folder) } catch {} }
        let settings = try Settings(
            SettingsSource([
                "DUKA_LISTEN": "127.0.0.1:\(port)", "DUKA_SIMULATOR_PORT": "\(simulatorPort)",
                "DUKA_DATABASE": "sqlite:\(folder)/duka.db", "DUKA_SPOOL": "\(folder)/spool",
                "DUKA_PLUGINS": "\(folder)/plugins.d",
                "DUKA_LOG_LEVEL": "error",
                // People here are quicker than real ones, so the provider is asked sooner.
                "DUKA_QUERY_SECONDS": "2,4,6,8,10,15,20,30", "DUKA_LIMITS_PHONES_IPV4": "off",
                "DUKA_LIMITS_STATUS": "off",
            ]))
        let log = Wiring.logger(settings)
        let database = try await Wiring.openDatabase(settings, log)
        try await Migrator.run(on: database, files: Wiring.migrations(settings))
        _ = try await Wiring.stockDemoGoods(database)
        let wiring = try await Wiring(settings, database, log)
        let running = Running(wiring)
        try await withThrowingTaskGroup(of: Void.self) { group in
            try running.open(quietly: isJSON)
            group.addTask { try await running.serve() }
            let buyers = DemoBuyers(wiring: wiring, isJSON: isJSON)
            let agrees = try await buyers.run()
            guard agrees else { throw Stop("The two ledgers differ: please report this.") }
            if keep { try await group.waitForAll() } else { group.cancelAll() }
        }
    }
}
