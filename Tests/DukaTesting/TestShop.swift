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
import Processes
import Storage
import Synchronization
import Testing
import Web

/// A whole shop in one process: real SQL, the real migrations, pages and sockets, and a simulated M-PESA that does what
/// the test says. Only its clock can be moved.
package final class TestShop: Sendable {
    package let engine: SQLDatabase.Engine
    package let database: SQLDatabase
    package let shop: Shop
    package let daraja: Daraja
    package let simulatorPort: UInt16
    package let clock: TestClock
    package let log: TestLog
    package let address: String
    package let folder: String
    /// What `DUKA_DATABASE` would be for another program on this database.
    package let databaseLocation: String
    package let vault: Vault
    /// The addresses of the desk that ask for a right.
    package let staffAddresses: [String]
    package let client: OutboundClient
    /// The pages, and the words of letters.
    package let site: Site
    private let server: Server
    private let simulator: SimulatorServer

    /// What a test may change before the shop opens.
    package struct Options: Sendable {
        package var rules = Options.patient
        package var products = [
            Options.product("mug", shillings: 250, stock: 50), Options.product("tea", shillings: 1_000, stock: 50),
        ]
        /// Where the plugin sends its requests; the simulator when nil.
        package var providerAddress: String?
        package var allowedSources = "127.0.0.1"
        /// The rate to which the plugin's requests are kept.
        package var requestsPerSecond = 10_000.0
        /// Whole shillings that the provider takes for a payment to a business.
        package var businessCharge = 0
        /// Whether it is a practice shop, as most tests have it.
        package var isPractice = true
        /// Whether the job runner works by itself; a test without it calls `runDueWork`.
        package var runsJobs = true
        /// Ways to pay beside the simulated one.
        package var moreProviders: [Shop.Provider] = []
        /// Ways to pay that come and go while the shop is open.
        package var apart: @Sendable () -> Shop.ProvidersApart = { Shop.ProvidersApart() }
        /// Whether the books must be sound when the test is done; a test that damages them says no.
        package var verifiesBooks = true

        package init() {}

        /// Rules without limits: each test of a limit sets its own.
        package static var patient: ShopRules {
            var rules = ShopRules()
            rules.phone = []
            rules.phoneAndAmount = []
            rules.ipv4 = []
            rules.phonesPerIPv4 = []
            rules.unansweredRestSeconds = []
            rules.undoSeconds = 0
            rules.status = RateLimit(count: 1_000_000, seconds: 1)
            rules.wrongTokens = RateLimit(count: 1_000_000, seconds: 1)
            return rules
        }

        package static func product(_ slug: String, shillings: Int64, stock: Int) -> Product {
            Product(
                id: ID(at: Timestamp(milliseconds: 0)), slug: slug,
                name: Words(english: slug.capitalized, swahili: slug),
                about: Words(english: "A \(slug)", swahili: slug), price: Money(whole: shillings, .kes), vat: .standard,
                stock: stock, photo: "kiondo.svg")
        }
    }

    /// Opens a shop, runs `body` while everything works, and closes it again.
    package static func open(
        _ engine: SQLDatabase.Engine, _ options: Options = Options(), _ body: (TestShop) async throws -> Void
    ) async throws {
        await Gate.shops.enter()
        defer { Gate.shops.leave() }
        guard let place = try await TestDatabase.make(engine) else { return }
        let shop = try await TestShop(engine, place, options)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await shop.simulator.run() }
                group.addTask { try await shop.server.run() }
                if options.runsJobs { group.addTask { await shop.shop.run() } }
                try await body(shop)
                group.cancelAll()
            }
            if options.verifiesBooks { try await shop.verifyBooks() }
        } catch is CancellationError {
        } catch {
            await shop.close(place)
            throw error
        }
        await shop.close(place)
    }

    private init(_ engine: SQLDatabase.Engine, _ place: TestDatabase, _ options: Options) async throws {
        self.engine = engine
        let clock = TestClock()
        self.clock = clock
        folder = place.folder
        databaseLocation = place.location
        database = place.database
        let log = TestLog()
        self.log = log
        var simulated = SimulatorConfiguration(now: { clock.now.milliseconds })
        simulated.daraja.promptDelayMilliseconds = 20
        simulated.daraja.businessCharge = options.businessCharge
        simulator = try SimulatorServer(simulated)
        daraja = simulator.daraja
        simulatorPort = try simulator.start()

        // The server must listen before the shop can know its own address.
        let door = Door()
        var configuration = ServerConfiguration()
        configuration.port = 0
        configuration.loops = 1
        configuration.bodyLimit = Site.bodyLimit
        server = Server(configuration) { await door.answer($0) }
        try server.start()
        address = "http://127.0.0.1:\(server.port)"

        let raw = [
            "base_url": options.providerAddress ?? "http://127.0.0.1:\(simulatorPort)",
            "allowed_ips": options.allowedSources,
        ]
        let mpesa = Shop.Provider(
            name: "mpesa", MPesa.manifest, fixed: raw, requestsPerSecond: options.requestsPerSecond
        ) { values, shopName in
            let checked = try FieldValues(values, checkedAgainst: MPesa.manifest.settings)
            return Abilities(of: try MPesa(Setup(environment: .practice, settings: checked, shopName: shopName)))
        }
        _ = try await Shop.stock(database, with: options.products, delivery: Self.delivery, name: "Mama Njeri")
        let keys = try KeyRing(keys: [(id: 1, key: Array(repeating: 7, count: 32))])
        vault = Vault(keys)
        client = OutboundClient(ClientConfiguration(allowPlainHTTPToLoopback: true))
        let logger = Logger(label: "test") { _ in log }
        shop = Shop(
            database: database, keys: keys, rules: options.rules, name: "Mama Njeri", isPractice: options.isPractice,
            callbackBase: address, spoolFolder: "\(place.folder)/spool",
            providers: [mpesa] + options.moreProviders, apart: options.apart(), lookApart: { options.apart() },
            client: client, log: logger, now: { clock.now })
        let root = TestDatabase.repository
        site = try await Site(
            shop: shop,
            configuration: Site.Configuration(
                templates: "\(root)/templates", files: "\(root)/public", publicURL: address),
            makePhoto: { bytes, side in
                do throws(PhotoProgram.Failure) { return try await PhotoProgram().make(bytes, side: side) } catch {
                    throw error == .missing ? PhotoRefusal.noReader : .notReadable
                }
            }, log: logger)
        staffAddresses = site.guardedAddresses
        door.open(site.handler())
    }

    private func close(_ place: TestDatabase) async {
        await simulator.stop()
        await server.stop()
        await client.shutdown()
        await place.remove()
    }

    private static let delivery = [
        DeliveryChoice(
            code: "pickup", name: Words(english: "Collect", swahili: "Chukua"), fee: Money(whole: 0, .kes),
            needsPlace: false),
        DeliveryChoice(
            code: "rider", name: Words(english: "Rider", swahili: "Boda"), fee: Money(whole: 200, .kes),
            needsPlace: true),
    ]

    // MARK: Over the wire

    /// Sends a request as a browser would, without following redirects.
    package func send(
        _ method: String, _ path: String, form: [(String, String)]? = nil, json: String? = nil,
        parts: [UInt8]? = nil, headers: [(name: String, value: String)] = []
    ) async throws -> OutboundResponse {
        var headers = headers
        var body: [UInt8] = []
        if let parts {
            headers.append(("Content-Type", "multipart/form-data; boundary=\(Self.boundary)"))
            body = parts
        }
        if let form {
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
            body = Array(form.map { "\(Self.encoded($0.0))=\(Self.encoded($0.1))" }.joined(separator: "&").utf8)
        }
        if let json {
            headers.append(("Content-Type", "application/json"))
            body = Array(json.utf8)
        }
        let url = path.hasPrefix("http") ? path : address + path
        return try await client.send(
            OutboundRequest(
                method: method, url: url, headers: headers, body: body, timeout: .seconds(30),
                effect: method == "GET" ? .asks : .acts, maxResponseBytes: 1 << 20))
    }

    package static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }

    package func page(_ path: String) async throws -> String {
        let answer = try await send("GET", path)
        return String(decoding: answer.body, as: UTF8.self)
    }

    /// A fresh checkout form: its one-use token.
    package func formToken(cart: String = "mug:1") async throws -> String {
        try Self.field("form_token", in: try await page("/checkout?c=\(cart)"))
    }

    /// The value of a hidden field.
    package static func field(_ name: String, in page: String) throws -> String {
        let marker = "name=\"\(name)\" value=\""
        let start = try #require(page.range(of: marker), "the page has no \(name)")
        return String(page[start.upperBound...].prefix { $0 != "\"" })
    }

    /// Sends a checkout form.
    package func checkOut(
        phone: String, cart: String = "mug:1", name: String = "Asha Wanjiru", token: String? = nil,
        delivery: String = "pickup", email: String = "", provider: String = "mpesa",
        more: [(String, String)] = [], cookies: String? = nil
    ) async throws -> OutboundResponse {
        var formToken = token
        if formToken == nil { formToken = try await self.formToken(cart: cart) }
        return try await send(
            "POST", "/checkout",
            form: [
                ("name", name), ("phone", phone), ("email", email), ("delivery", delivery),
                ("place", "Kilimani, house 4"),
                ("provider", provider), ("form_token", formToken ?? ""), ("c", cart),
            ] + more, headers: cookies.map { [("Cookie", $0)] } ?? [])
    }

    /// Buys and returns the path of the order's page.
    package func buy(phone: String = "0712345678", cart: String = "mug:1") async throws -> String {
        let answer = try await checkOut(phone: phone, cart: cart)
        #expect(answer.leadsToOrder)
        return try #require(answer.header("location"))
    }

    /// Presses "try again" on an order's page.
    package func retry(_ order: String, phone: String) async throws -> OutboundResponse {
        let token = try Self.field("form_token", in: try await page(order))
        return try await send("POST", "\(order)/pay", form: [("phone", phone), ("form_token", token)])
    }

    package struct Status: Decodable, Sendable {
        package struct AttemptStatus: Decodable, Sendable {
            package var state: String
            package var reason: String?
            package var retry_after: Int?
        }
        package var order, state, amount, currency: String
        package var flags: [String]
        package var attempt: AttemptStatus?
        package var receipt: String?
    }

    package func status(_ order: String) async throws -> Status {
        try JSONDecoder().decode(Status.self, from: Data(try await send("GET", "\(order)/status").body))
    }

    /// Waits until an order's status fits.
    @discardableResult
    package func status(
        _ order: String, within seconds: Double = 20, _ fits: (Status) -> Bool,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Status {
        var last = try await status(order)
        let end = ContinuousClock.now + .seconds(seconds)
        while !fits(last), ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(15))
            last = try await status(order)
        }
        #expect(fits(last), "\(last)", sourceLocation: sourceLocation)
        return last
    }

    /// Waits until something is true.
    package func eventually(
        _ what: Comment, within seconds: Double = 20, sourceLocation: SourceLocation = #_sourceLocation,
        _ isTrue: () async throws -> Bool
    ) async throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            if try await isTrue() { return }
            try await Task.sleep(for: .milliseconds(15))
        }
        Issue.record(what, sourceLocation: sourceLocation)
    }

    // MARK: Behind the counter

    /// The pushes that really reached the provider's side.
    package var pushes: [Push] { daraja.ledger.filter { !$0.checkoutRequestID.isEmpty } }

    /// A story that decides at once.
    package func story(_ name: String, _ change: (inout Story) -> Void = { _ in }) throws -> Story {
        var story = try #require(StoryCatalogue.story(named: name))
        story.decisionMilliseconds = min(story.decisionMilliseconds, 30)
        change(&story)
        return story
    }

    package func order(_ path: String) async throws -> Order {
        let token = try #require(path.split(separator: "/").last.map(String.init))
        let view = try #require(try await shop.viewOrder(pageToken: token))
        return view.order
    }

    package func captures(_ path: String) async throws -> [Capture] {
        let order = try await order(path)
        return try await database.read { try $0.captures(of: order.id) }
    }

    package func reviews(_ path: String) async throws -> [String] {
        let order = try await order(path)
        return try await database.read { try $0.openReviews(of: order.id) }
    }

    /// Checks every rule that rows can show and that holds at any time.
    package func verifyBooks(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        for result in try await database.verifyBooks(at: VerifyMoment(now: clock.now)) {
            guard !result.holds, result.check.moment == .always else { continue }
            Issue.record(
                "\(result.check.number), \(result.check.meaning): \(result.violations)", sourceLocation: sourceLocation)
        }
    }

    /// Checks what must hold for every order at any time: the books balance, the status fits them, the history is
    /// whole.
    package func checkBooks(_ path: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let order = try await order(path)
        let now = clock.now
        let (applied, intact, clearing, payments, credit) = try await database.read(snapshot: true) { transaction in
            (
                try transaction.ledgerApplied(to: order.id), try transaction.historyIsIntact(of: order.id),
                try transaction.balance(of: .providerClearing), try transaction.balance(of: .orderPayments),
                try transaction.balance(of: .customerCredit)
            )
        }
        #expect(applied == order.applied.minor, "I6: the ledger and the order agree", sourceLocation: sourceLocation)
        #expect(clearing + payments + credit == 0, "I3: debits equal credits", sourceLocation: sourceLocation)
        #expect(intact, "I23: the history's hashes fit", sourceLocation: sourceLocation)
        if order.status != .pending, order.status != .expired {
            #expect(order.standing.status(at: now) == order.status, "I6", sourceLocation: sourceLocation)
        }
        #expect(
            (order.status == .paid) == (order.applied.minor >= order.total.minor), "I6", sourceLocation: sourceLocation)
    }
}

/// Lets a server listen before its handler exists.
private final class Door: Sendable {
    private let handler = Mutex<(@Sendable (Request) async -> Response)?>(nil)

    func open(_ handler: @escaping @Sendable (Request) async -> Response) { self.handler.withLock { $0 = handler } }

    func answer(_ request: Request) async -> Response {
        guard let handler = handler.withLock({ $0 }) else { return Response(status: 503) }
        return await handler(request)
    }
}
