import ArgumentParser
import Commerce
import Foundation
import Logging
import MPesaSimulator
import ServiceLifecycle

struct SimulateDaraja: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate-daraja",
        abstract: "Run the M-PESA simulator on its own.",
        discussion: """
            Speaks Daraja on 127.0.0.1: tokens, prompts, queries, callbacks. Open its address for a page with a phone \
            for each number; scripted stories are chosen there, or by POST /simulator/story. Never runs in live mode.
            """)

    @Option(help: "The port on 127.0.0.1; 0 for any that is free.")
    var port: UInt16 = 8081
    @Option(
        help: """
            What happens to prompts nobody has a story for: \
            \(StoryCatalogue.entries.map(\.story.name).joined(separator: ", ")).
            """
    )
    var story = "manual"
    @Option(help: "Makes identifiers and receipts repeatable; another each time without it.")
    var seed: UInt64?
    @Option(help: "How often a callback that is not answered 2xx is sent again, ten seconds apart.")
    var callbackRetries = 0

    func run() async throws {
        let source = try await SettingsSource()
        guard source("DUKA_MODE") != "live" else { throw Stop("The simulator does not run with DUKA_MODE=live.") }
        guard let chosen = StoryCatalogue.story(named: story) else {
            throw Stop("There is no story \"\(story)\"; duka simulate-daraja --help lists them.")
        }
        var configuration = SimulatorConfiguration(now: { Wiring.now().milliseconds })
        configuration.port = port
        configuration.daraja.seed = seed ?? .random(in: .min ... .max)
        configuration.daraja.defaultStory = chosen
        configuration.daraja.callbackRetries = callbackRetries
        let simulator = try SimulatorServer(configuration)
        let bound: UInt16
        do { bound = try simulator.start() } catch { throw Stop("The simulator cannot listen: \(error)") }
        print("The simulated M-PESA is at http://127.0.0.1:\(bound)/  (PIN 1234). Stop with Ctrl-C.")
        fflush(nil)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: SimulatorService(simulator: simulator))],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "duka") { _ in LineLog(level: .warning, node: "simulator") }))
        try await group.run()
    }
}
