import ArgumentParser
import Checkout
import Commerce
import Database
import Foundation
import HTTPServer
import Logging
import MPesaSimulator
import PaymentKit
import ServiceLifecycle
import Web

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the shop.",
        discussion: """
            In practice mode an empty database is filled with demo goods, and a simulated M-PESA runs beside the shop: \
            no real money moves.

            Settings (environment variables, or lines of duka.env):
            \(Settings.help)
            """)

    @Flag(name: .customLong("no-migrate"), help: "Do not bring the database's tables up to date.")
    var leavesTables = false

    func run() async throws {
        let settings = try Settings(try await SettingsSource())
        let log = Wiring.logger(settings)
        let database = try await Wiring.openDatabase(settings, log)
        let migrations = try Wiring.migrations(settings)
        if leavesTables {
            guard try await Migrator.pending(on: database, files: migrations).isEmpty else {
                throw Stop("The database's tables are not up to date. Run: duka migrate")
            }
        } else {
            try await Migrator.run(on: database, files: migrations) {
                log.notice("Migrating", metadata: ["step": "\($0)"])
            }
        }
        if settings.mode == .practice, try await Wiring.stockDemoGoods(database) {
            print("The database was empty, so the demo goods were put into it.")
        }
        try await Running(Wiring(settings, database, log)).run()
        // All is closed. Threads of the C libraries may still be ending, and what those libraries clean up when a
        // process exits must not race with them.
        fflush(nil)
        _exit(EXIT_SUCCESS)
    }
}

/// A shop that is wired: starts listening, tells where, and serves until it is asked to stop.
struct Running: Sendable {
    let wiring: Wiring
    init(_ wiring: Wiring) { self.wiring = wiring }

    func run() async throws {
        try await wiring.shop.recover()
        try await wiring.post.open()
        try open()
        try await serve()
    }

    /// Starts listening and says where.
    func open(quietly: Bool = false) throws {
        do { try wiring.server.start() } catch { throw Stop("The shop cannot listen: \(error) Set DUKA_LISTEN.") }
        do { try wiring.deskServer?.start() } catch {
            throw Stop("The desk cannot listen: \(error) Set DUKA_ADMIN_LISTEN.")
        }
        if !quietly { announce() }
    }

    /// Serves until a signal or a cancellation, then closes everything.
    func serve() async throws {
        var services: [any Service] = [
            ServerService(server: wiring.server), JobService(shop: wiring.shop),
            PostService(post: wiring.post), WebhookService(sender: wiring.webhooks),
            AliveService(shop: wiring.shop, node: wiring.settings.node, log: wiring.log),
        ]
        if let desk = wiring.deskServer { services.append(ServerService(server: desk)) }
        if let simulator = wiring.simulator {
            services.append(SimulatorService(simulator: simulator, shop: wiring.shop, log: wiring.log))
        }
        if let simulator = wiring.airtelSimulator {
            services.append(AirtelSimulatorService(simulator: simulator))
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint],
                logger: wiring.log))
        try await group.run()
        do { try await wiring.shop.noteStopped(wiring.settings.node) } catch {}
        wiring.shop.stopPlugins()
        await wiring.client.shutdown()
        await wiring.outside.shutdown()
        await wiring.database.close()
    }

    private func announce() {
        let settings = wiring.settings
        let mode = settings.mode == .practice ? "practice: no real money moves" : "live"
        var lines = [
            "Duka is open (\(mode)).", "  Shop:   \(settings.publicURL)/", "  Desk:   \(settings.deskURL)/admin",
        ]
        if let simulator = wiring.simulator {
            lines.append("  Phones: http://127.0.0.1:\(simulator.port)/  (the simulated M-PESA; PIN 1234)")
        }
        if let simulator = wiring.airtelSimulator {
            lines.append("  Airtel: http://127.0.0.1:\(simulator.port)/  (the simulated Airtel Money; PIN 1234)")
        }
        if wiring.shop.offeredProviders.isEmpty {
            lines.append("  Nobody can pay yet; set it up at \(settings.deskURL)/admin/setup")
        }
        lines.append("  Stop with Ctrl-C.")
        print(lines.joined(separator: "\n"))
        // The lines must be seen at once also when they go to a file.
        fflush(nil)
    }
}

struct ServerService: Service {
    let server: Server
    func run() async throws {
        await cancelWhenGracefulShutdown { do { try await server.run() } catch {} }
    }
}

struct JobService: Service {
    let shop: Shop
    func run() async throws { await cancelWhenGracefulShutdown { await shop.run() } }
}

struct PostService: Service {
    let post: PostOffice
    func run() async throws { await cancelWhenGracefulShutdown { await post.run() } }
}

struct WebhookService: Service {
    let sender: WebhookSender
    func run() async throws { await cancelWhenGracefulShutdown { await sender.run() } }
}

/// Says in the database that this program serves the shop, so that commands know whether anybody sends what they ask.
struct AliveService: Service {
    let shop: Shop
    let node: String
    let log: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try await shop.noteAlive(node) } catch {
                    log.warning("The database did not take our sign of life", metadata: ["error": "\(type(of: error))"])
                }
                do { try await Task.sleep(for: .seconds(5)) } catch { return }
            }
        }
    }
}

struct SimulatorService: Service {
    let simulator: SimulatorServer
    /// Whose addresses for money without a prompt it is told, as a person does for a live shop.
    var shop: Shop?
    var log: Logger?

    func run() async throws {
        await cancelWhenGracefulShutdown {
            async let registration: Void = register()
            do { try await simulator.run() } catch {}
            await registration
        }
    }

    private func register() async {
        guard let shop else { return }
        for (name, _) in shop.providerNames {
            do { _ = try await shop.register(name) } catch {
                log?.warning("The simulator was not told this shop's addresses", metadata: ["error": "\(error)"])
            }
        }
    }
}
