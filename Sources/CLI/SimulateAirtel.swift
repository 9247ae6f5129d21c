import AirtelSimulator
import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle

struct SimulateAirtel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate-airtel",
        abstract: "Run the Airtel Money simulator on its own.",
        discussion: """
            Speaks Airtel's open interface on 127.0.0.1: tokens, prompts, enquiries, refunds, messages. Open its \
            address for a page with a phone for each number; scripted stories are chosen there, or by POST \
            /simulator/story. Never runs in live mode.
            """)

    @Option(help: "The port on 127.0.0.1; 0 for any that is free.")
    var port: UInt16 = 8082
    @Option(
        help: "What happens to prompts nobody has a story for: \(AirtelStory.all.map(\.name).joined(separator: ", ")).")
    var story = "manual"
    @Option(help: "Where messages about payments go: the address that the shop's desk shows for Airtel Money.")
    var callback: String?

    func run() async throws {
        let source = try await SettingsSource()
        guard source("DUKA_MODE") != "live" else { throw Stop("The simulator does not run with DUKA_MODE=live.") }
        guard let chosen = AirtelStory.named(story) else {
            throw Stop("There is no story \"\(story)\"; duka simulate-airtel --help lists them.")
        }
        let airtel = AirtelMoney { Wiring.now().milliseconds }
        airtel.choose(chosen)
        airtel.setCallback(callback)
        let server = AirtelServer(airtel, port: port)
        let bound: UInt16
        do { bound = try server.start() } catch { throw Stop("The simulator cannot listen: \(error)") }
        print("The simulated Airtel Money is at http://127.0.0.1:\(bound)/  (PIN 1234). Stop with Ctrl-C.")
        fflush(nil)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: AirtelSimulatorService(simulator: server))],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "duka") { _ in LineLog(level: .warning, node: "simulator") }))
        try await group.run()
    }
}

struct AirtelSimulatorService: Service {
    let simulator: AirtelServer
    func run() async throws {
        await cancelWhenGracefulShutdown { do { try await simulator.run() } catch {} }
    }
}
