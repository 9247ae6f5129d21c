import ArgumentParser
import Foundation
import Logging
import PaystackSimulator
import ServiceLifecycle

struct SimulatePaystack: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate-paystack",
        abstract: "Run the Paystack simulator on its own.",
        discussion: """
            Plays Paystack on 127.0.0.1: its interface, and a page on which a person pays, is declined, or leaves. \
            Start the shop with PAYSTACK_BASE_URL set to its address and PAYSTACK_SECRET_KEY to any key that begins \
            with sk_test_. `duka doctor` tells the address for --webhook. Never runs in live mode.
            """)

    @Option(help: "The port on 127.0.0.1; 0 for any that is free.")
    var port: UInt16 = 8082
    @Option(help: "The shop's address for messages, as an owner sets it in Paystack's dashboard.")
    var webhook: String?
    @Option(help: "Seconds for which the page takes a payment.")
    var pageSeconds = 1_800

    func run() async throws {
        let source = try await SettingsSource()
        guard source("DUKA_MODE") != "live" else { throw Stop("The simulator does not run with DUKA_MODE=live.") }
        if let webhook, !webhook.hasPrefix("http://127.0.0.1"), !webhook.hasPrefix("http://localhost") {
            throw Stop("--webhook is \"\(webhook)\"; the simulator posts to this machine only.")
        }
        var configuration = PaystackServer.Configuration(now: { Wiring.now().date.timeIntervalSince1970 })
        configuration.port = port
        configuration.webhook = webhook
        configuration.pageSeconds = Double(pageSeconds)
        let simulator = PaystackServer(configuration)
        let bound: UInt16
        do { bound = try simulator.start() } catch { throw Stop("The simulator cannot listen: \(error)") }
        print("The simulated Paystack is at http://127.0.0.1:\(bound)/. Stop with Ctrl-C.")
        fflush(nil)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: PaystackService(simulator: simulator))],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "duka") { _ in LineLog(level: .warning, node: "simulator") }))
        try await group.run()
    }
}

private struct PaystackService: Service {
    let simulator: PaystackServer
    func run() async throws { await cancelWhenGracefulShutdown { await simulator.run() } }
}
