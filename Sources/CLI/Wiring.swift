import Airtel
import AirtelSimulator
import BankTransfer
import CashOnDelivery
import Checkout
import Commerce
import Cryptography
import Database
import Foundation
import HTTPClient
import HTTPServer
import Logging
import MPesa
import MPesaSimulator
import PaymentKit
import Paystack
import Processes
import Web

/// The parts of a running shop, put together in one place.
struct Wiring: Sendable {
    let settings: Settings
    let database: SQLDatabase
    let shop: Shop
    let site: Site
    let post: PostOffice
    let webhooks: WebhookSender
    let server: Server
    /// For the desk alone, where it has a listener of its own.
    let deskServer: Server?
    let simulator: SimulatorServer?
    let airtelSimulator: AirtelServer?
    let client: OutboundClient
    /// For addresses that people and their browsers name.
    let outside: OutboundClient
    let log: Logger

    /// The one clock of the program.
    static let now: @Sendable () -> Timestamp = { Timestamp(Date()) }

    /// Opens the database and checks that a commit in it is durable where money is real.
    static func openDatabase(_ settings: Settings, _ log: Logger) async throws -> SQLDatabase {
        var configuration = DatabaseConfiguration()
        configuration.onBroken = { error in
            log.critical("The database is damaged: stopping", metadata: ["error": "\(error)"])
            exit(3)
        }
        let database: SQLDatabase
        do { database = try await SQLDatabase.open(settings.database, configuration: configuration) } catch {
            throw Stop("The database cannot be opened: \(error). Check DUKA_DATABASE.")
        }
        if settings.mode == .live, !database.durability.isEmpty {
            throw Stop("The database could lose payments: " + database.durability.joined(separator: " "))
        }
        return database
    }

    static func migrations(_ settings: Settings) throws -> [Migration] {
        do { return try Migration.read(folder: settings.folders.migrations) } catch { throw Stop(error.description) }
    }

    /// Fills an empty shop with the demo goods.
    ///
    /// - Returns: False when there were goods already.
    static func stockDemoGoods(_ database: SQLDatabase) async throws -> Bool {
        try await Shop.stock(
            database, with: DemoGoods.products(at: now()), delivery: DemoGoods.delivery, name: DemoGoods.shopName)
    }

    static func logger(_ settings: Settings) -> Logger {
        Logger(label: "duka") { _ in LineLog(level: settings.logLevel, node: settings.node) }
    }

    /// For commands that tell people themselves what matters.
    static func quietLog(_ settings: Settings) -> Logger {
        Logger(label: "duka") { _ in LineLog(level: .critical, node: settings.node) }
    }

    /// Builds everything; nothing listens yet but the simulator, whose port the plugin must know.
    init(_ settings: Settings, _ database: SQLDatabase, _ log: Logger) async throws {
        self.settings = settings
        self.database = database
        self.log = log
        let keys = try SecretKeys.load(settings)
        client = Self.client(settings)
        let shopName = try await Shop.storedName(in: database) ?? "Duka"
        simulator = try Self.startSimulator(settings, shopName: shopName)
        airtelSimulator = try Self.startAirtelSimulator(settings, shopName: shopName)
        shop = try Self.shop(
            settings, database, keys, client, log, simulatorPort: simulator?.port,
            airtelSimulatorPort: airtelSimulator?.port)
        // On the real portal a person types it.
        airtelSimulator?.airtel.setCallback(shop.standingAddress("airtel", route: Airtel.callbackRoute))
        try await shop.readSettings()
        try Self.refuseWrong(shop)
        site = try await Site(
            shop: shop,
            configuration: Site.Configuration(
                templates: settings.folders.templates, files: settings.folders.files, publicURL: settings.publicURL,
                deskURL: settings.deskURL),
            makePhoto: { bytes, side in
                do throws(PhotoProgram.Failure) { return try await PhotoProgram().make(bytes, side: side) } catch {
                    throw error == .missing ? PhotoRefusal.noReader : .notReadable
                }
            }, log: log)
        outside = Self.client(settings, reaching: settings.mode == .practice ? .any : .publicOnly)
        let ways = settings.messages.ways(
            client, outside: outside, caFile: settings.caFile, publicURL: settings.publicURL, now: Self.now)
        post = PostOffice(shop: shop, ways: ways, compose: site.compose)
        webhooks = WebhookSender(shop: shop, client: outside)
        var configuration = ServerConfiguration()
        configuration.host = settings.host
        configuration.port = settings.port
        if let loops = settings.loops { configuration.loops = loops }
        configuration.trustedProxies = settings.trustedProxies
        configuration.bodyLimit = Site.bodyLimit
        configuration.quickAnswer = site.quickAnswer
        server = Server(configuration, handler: site.handler(settings.desk == nil ? .everything : .shop))
        if let desk = settings.desk {
            configuration.host = desk.host
            configuration.port = desk.port
            configuration.loops = 1
            configuration.quickAnswer = { _ in nil }
            deskServer = Server(configuration, handler: site.handler(.desk))
        } else {
            deskServer = nil
        }
    }

    static func client(
        _ settings: Settings, reaching addresses: ClientConfiguration.Addresses = .any
    ) -> OutboundClient {
        OutboundClient(
            ClientConfiguration(
                caFile: settings.caFile, allowPlainHTTPToLoopback: settings.mode == .practice, addresses: addresses))
    }

    /// The shop with its ways to pay, as the operator set it; the owner's settings are still to be read.
    ///
    /// - Parameter simulatorPort: Where the built-in simulator listens, if it does; the other one likewise.
    static func shop(
        _ settings: Settings, _ database: SQLDatabase, _ keys: KeyRing, _ client: OutboundClient, _ log: Logger,
        simulatorPort: UInt16?, airtelSimulatorPort: UInt16? = nil
    ) throws -> Shop {
        let isLive = settings.mode == .live
        let copies = try PluginCopies(settings, log, now: now)
        let mpesa = provider("mpesa", MPesa.self, settings.mpesa, settings, simulatorPort)
        let airtel = provider(
            "airtel", Airtel.self, settings.airtel, settings, airtelSimulatorPort, startsOff: true)
        let bank = provider("bank", BankTransfer.self, settings.bank, settings, nil, startsOff: true)
        let cash = provider("cash", CashOnDelivery.self, settings.cash, settings, nil, startsOff: true)
        let paystack = provider("paystack", Paystack.self, settings.paystack, settings, nil, startsOff: true)
        return Shop(
            database: database, keys: keys, rules: settings.rules, name: "Duka", contact: settings.contact,
            isPractice: !isLive, callbackBase: settings.callbackBase, pageBase: settings.publicURL,
            spoolFolder: settings.spool,
            providers: [mpesa, airtel, paystack, bank, cash], apart: copies.apart, lookApart: { await copies.look() },
            fixed: settings.fixed, client: client, log: log, now: now)
    }

    /// A plugin that is part of this program.
    ///
    /// - Parameters:
    ///   - fixed: What the operator set of it.
    ///   - simulatorPort: Where its built-in simulator listens, if it does.
    ///   - startsOff: Whether customers are not offered it before somebody has set it up.
    private static func provider<Plugin: PaymentPlugin>(
        _ name: String, _: Plugin.Type, _ fixed: [String: String], _ settings: Settings, _ simulatorPort: UInt16?,
        startsOff: Bool = false
    ) -> Shop.Provider {
        let isLive = settings.mode == .live
        return Shop.Provider(
            name: name, Plugin.manifest, fixed: fixed, requestsPerSecond: settings.providerPerSecond ?? 100_000,
            startsOff: startsOff
        ) { values, shopName in
            var raw = values
            if let simulatorPort, !isLive, namesSimulator(raw) {
                raw["base_url"] = "http://127.0.0.1:\(simulatorPort)"
            }
            let checked = try FieldValues(raw, checkedAgainst: Plugin.manifest.settings, live: isLive)
            return Abilities(
                of: try Plugin(Setup(environment: isLive ? .live : .practice, settings: checked, shopName: shopName)))
        }
    }

    /// Stops a shop whose operator set something wrong. What is only missing the owner sets up at the desk.
    private static func refuseWrong(_ shop: Shop) throws {
        let wrong = shop.wayProblems.flatMap { way in
            way.problems.filter { way.fixed.contains($0.key) }.map { "\(name(of: $0, way.manifest)): \($0.message)" }
        }
        guard wrong.isEmpty else { throw Stop(wrong.joined(separator: "\n")) }
    }

    /// A setting as the operator knows it.
    static func name(of problem: FieldValues.Problem, _ manifest: Manifest) -> String {
        manifest.settings.first { $0.key == problem.key }.map { $0.env ?? $0.label } ?? manifest.name
    }

    /// The simulator runs inside the shop in practice, unless the plugin is pointed elsewhere.
    static func usesBuiltInSimulator(_ settings: Settings) -> Bool {
        settings.mode == .practice && namesSimulator(settings.mpesa)
    }

    private static func namesSimulator(_ values: [String: String]) -> Bool {
        (values["environment"] ?? "simulator") == "simulator" && values["base_url"] == nil
    }

    private static func startSimulator(_ settings: Settings, shopName: String) throws -> SimulatorServer? {
        guard usesBuiltInSimulator(settings) else { return nil }
        var configuration = SimulatorConfiguration(now: { now().milliseconds })
        configuration.port = settings.simulatorPort
        // A new seed each time, so that no receipt is given out twice to one database.
        configuration.daraja.seed = .random(in: .min ... .max)
        for place in configuration.daraja.merchants.indices {
            configuration.daraja.merchants[place].name = shopName.uppercased()
        }
        let simulator = try SimulatorServer(configuration)
        do { _ = try simulator.start() } catch {
            throw Stop("The simulator cannot listen: \(error) Set DUKA_SIMULATOR_PORT to another port.")
        }
        return simulator
    }

    /// Runs only where the operator asked for it: most shops begin with one way to pay.
    private static func startAirtelSimulator(_ settings: Settings, shopName: String) throws -> AirtelServer? {
        guard settings.mode == .practice, settings.airtel["environment"] == "simulator",
            settings.airtel["base_url"] == nil
        else { return nil }
        let airtel = AirtelMoney(merchant: shopName.uppercased()) { now().milliseconds }
        let server = AirtelServer(airtel, port: settings.airtelSimulatorPort)
        do { _ = try server.start() } catch {
            throw Stop(
                "The simulated Airtel Money cannot listen: \(error) Set DUKA_AIRTEL_SIMULATOR_PORT to another port.")
        }
        return server
    }
}

/// The shop's key ring: given by the environment, or made on the first run beside a SQLite database.
enum SecretKeys {
    /// - Parameter makesMissing: Whether a key is made where there is none yet.
    static func load(_ settings: Settings, makesMissing: Bool = true) throws -> KeyRing {
        if let given = settings.secretKey { return try ring(given.reveal(), from: "DUKA_SECRET_KEY") }
        guard case .sqlite(let path) = settings.database else {
            throw Stop(
                "DUKA_SECRET_KEY is missing; with MariaDB every node needs the same 64 hexadecimal digits "
                    + "(openssl rand -hex 32)."
            )
        }
        let file = URL(filePath: path).deletingPathExtension().appendingPathExtension("key")
        if !FileManager.default.fileExists(atPath: file.path) {
            guard makesMissing else {
                throw Stop("The shop's key is missing: expected \(file.path), or DUKA_SECRET_KEY.")
            }
            let made = FileManager.default.createFile(
                atPath: file.path, contents: Data((Hex.encode(SecureRandom.bytes(32)) + "\n").utf8),
                attributes: [.posixPermissions: 0o600])
            guard made else { throw Stop("The secret key cannot be written to \(file.path).") }
        }
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int ?? 0
        guard mode & 0o077 == 0 else {
            throw Stop("\(file.path) can be read by others; run: chmod 600 \(file.path)")
        }
        return try ring(try String(contentsOf: file, encoding: .utf8), from: file.path)
    }

    /// `digits`, or `id:digits,id:digits` with the current key first.
    private static func ring(_ text: String, from source: String) throws -> KeyRing {
        let keys = try text.trimmingCharacters(in: .whitespacesAndNewlines).split(separator: ",").map { part in
            let pieces = part.split(separator: ":")
            guard let digits = pieces.last, let bytes = Hex.decode(String(digits)), bytes.count == 32,
                let id = pieces.count == 1 ? 1 : UInt8(pieces[0])
            else { throw Stop("\(source) does not read; expected 64 hexadecimal digits.") }
            return (id: id, key: bytes)
        }
        do { return try KeyRing(keys: keys) } catch { throw Stop("\(source): \(error.message)") }
    }
}
