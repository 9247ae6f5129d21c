import Checkout
import Commerce
import Cryptography
import Database
import Foundation
import HTTPClient
import PaymentKit
import Synchronization

/// The shop that is tortured: a database of its own, and the program that runs on it, killed and started again.
final class ShopUnderTest: Sendable {
    let run: Run
    let port: UInt16
    let address: String
    /// The database as the comparison reads it: never through a proxy.
    let location: String
    let database: SQLDatabase
    let spool: String
    let log: String
    private let client: OutboundClient
    private let environment: [String: String]
    private let child = Mutex<Child?>(nil)

    static let key = String(repeating: "07", count: 32)
    /// From here on the provider is asked before a callback is believed; some goods cost more.
    static let confirmFrom = 2_000
    static let goods: [(slug: String, shillings: Int64)] = [
        ("tea", 320), ("mug", 250), ("shuka", 1_200), ("kiondo", 1_850), ("sandals", 1_450),
    ]

    /// - Parameters:
    ///   - seenAs: How the program reaches the database, when otherwise than the comparison.
    ///   - more: Settings of this machine alone.
    init(
        _ run: Run, _ location: String, seenAs: String? = nil, provider: UInt16, _ client: OutboundClient,
        more: [String: String] = [:]
    ) async throws {
        self.run = run
        self.location = location
        self.client = client
        port = try freePort()
        address = "http://127.0.0.1:\(port)"
        spool = "\(run.folder)/spool"
        log = "\(run.folder)/shop.log"
        let times =
            [2, 3, 5, 8] + stride(from: 12, through: 600, by: 7) + [900, 3_600, 21_600, 86_400, 169_200, 345_600]
        environment = [
            "DUKA_LISTEN": "127.0.0.1:\(port)", "DUKA_DATABASE": seenAs ?? location, "DUKA_SECRET_KEY": Self.key,
            "DUKA_TEMPLATES": "\(run.repository)/templates", "DUKA_FILES": "\(run.repository)/public",
            "DUKA_MIGRATIONS": "\(run.repository)/migrations", "DUKA_SPOOL": spool,
            "MPESA_BASE_URL": "http://127.0.0.1:\(provider)", "MPESA_ALLOWED_IPS": "127.0.0.1",
            "DUKA_QUERY_SECONDS": times.map(String.init).joined(separator: ","), "DUKA_ATTEMPT_SECONDS": "150",
            "DUKA_CONFIRM_FROM": "\(Self.confirmFrom)", "DUKA_LIMITS_ORDER": "20", "DUKA_LIMITS_PHONE": "off",
            "DUKA_LIMITS_PHONE_AMOUNT": "off", "DUKA_LIMITS_IPV4": "off", "DUKA_LIMITS_PHONES_IPV4": "off",
            "DUKA_LIMITS_UNANSWERED": "off", "DUKA_LIMITS_STATUS": "off", "DUKA_LIMITS_WRONG_TOKENS": "off",
            "DUKA_LIMITS_PROVIDER": "off",
        ].merging(more) { $1 }
        database = try await SQLDatabase.open(DatabaseLocation(location))
        try await Migrator.run(on: database, files: Migration.read(folder: "\(run.repository)/migrations"))
        let products = Self.goods.map { goods in
            Product(
                id: ID(at: Timestamp(milliseconds: 0)), slug: goods.slug,
                name: Words(english: goods.slug, swahili: goods.slug),
                about: Words(english: goods.slug, swahili: goods.slug), price: Money(whole: goods.shillings, .kes),
                vat: .standard, stock: 1_000_000, photo: "kiondo.svg")
        }
        let delivery = DeliveryChoice(
            code: "pickup", name: Words(english: "Collect", swahili: "Chukua"), fee: Money(whole: 0, .kes),
            needsPlace: false)
        _ = try await Shop.stock(database, with: products, delivery: [delivery], name: "Mama Njeri")
    }

    /// Starts the program; it may not be ready yet.
    func start(more: [String: String] = [:]) throws {
        let started = try Child(
            run.options.program, ["serve"], environment.merging(more) { $1 }, in: run.folder, log: log)
        child.withLock { $0 = started }
    }

    /// Waits until the shop answers.
    func ready(within seconds: Double = 30) async throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            if try await get("/health/live")?.status == 200 { return }
            if let ending { throw Trouble("The shop ended by itself: \(ending); see shop.log.") }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Trouble("The shop does not answer; see shop.log.")
    }

    /// How the program ended by itself, or nil while it runs.
    var ending: String? { child.withLock { $0 }?.ending }

    /// Kills the program; it should have been running until now.
    ///
    /// - Parameter mayHaveEnded: Ways of ending by itself that this machine provokes.
    func kill(mayHaveEnded: [String] = []) {
        guard let running = child.withLock({ $0 }) else { return }
        if let ending = running.ending, !mayHaveEnded.contains(ending) {
            run.violation("the shop ended by itself: \(ending)")
        }
        running.kill()
    }

    func stop() async throws -> String {
        guard let running = child.withLock({ $0 }) else { return "not running" }
        return try await running.stop()
    }

    /// - Returns: Nil when there was no answer.
    func get(_ path: String) async throws -> OutboundResponse? { try await send("GET", path) }

    /// Sends a form once; nothing is repeated on its way.
    ///
    /// - Returns: Nil when there was no answer: it may have arrived.
    func post(_ path: String, _ form: [(String, String)]) async throws -> OutboundResponse? {
        let text = form.map { "\(Self.encoded($0.0))=\(Self.encoded($0.1))" }.joined(separator: "&")
        return try await send("POST", path, text)
    }

    private func send(_ method: String, _ path: String, _ form: String? = nil) async throws -> OutboundResponse? {
        try Task.checkCancellation()
        do {
            return try await client.send(
                OutboundRequest(
                    method: method, url: address + path,
                    headers: form == nil ? [] : [(name: "Content-Type", value: "application/x-www-form-urlencoded")],
                    body: Array((form ?? "").utf8), timeout: .seconds(15), effect: form == nil ? .asks : .acts,
                    maxResponseBytes: 1 << 20))
        } catch { return nil }
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
