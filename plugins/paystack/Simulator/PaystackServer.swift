internal import Cryptography
import Foundation
internal import HTTPClient
package import HTTPServer
import Synchronization

/// Paystack on loopback: its interface, its page, and its signed messages.
package final class PaystackServer: Sendable {
    /// How it is served.
    package struct Configuration: Sendable {
        /// 0 takes any port that is free.
        package var port: UInt16 = 0
        /// Where messages are posted, as an owner sets it in the dashboard; nil for nowhere.
        package var webhook: String?
        /// Seconds for which the page takes a payment.
        package var pageSeconds = 1_800.0
        /// Seconds since 1970.
        package var now: @Sendable () -> Double
        package init(now: @escaping @Sendable () -> Double) { self.now = now }
    }

    /// What goes wrong, for tests and for people who practise.
    package struct Weather: Sendable {
        /// The page is opened, and the answer never arrives.
        package var losesAnswers = false
        /// No message is posted.
        package var losesMessages = false
        /// Every message comes twice.
        package var doublesMessages = false
        /// Refunds stay pending, as they do for days at banks.
        package var holdsRefunds = false
    }

    private let configuration: Configuration
    private let books = Mutex(PaystackBooks())
    private let skies = Mutex(Weather())
    private let address = Mutex<String?>(nil)
    private let server: Server
    private let door = PaystackDoor()
    private let client = OutboundClient(
        ClientConfiguration(allowPlainHTTPToLoopback: true, maxWaiting: 1_000, userAgent: "Paystack-Simulator"))

    package init(_ configuration: Configuration) {
        self.configuration = configuration
        address.withLock { $0 = configuration.webhook }
        var listening = ServerConfiguration()
        listening.host = "127.0.0.1"
        listening.port = configuration.port
        listening.loops = 1
        listening.bodyLimit = { _, _ in 64 * 1_024 }
        listening.stopSeconds = 1
        server = Server(listening) { [door] in await door.answer($0) }
        door.open { [unowned self] in await answer($0) }
    }

    /// Listens; messages leave in ``run()``.
    ///
    /// - Returns: The port.
    @discardableResult
    package func start() throws(ServerError) -> UInt16 {
        try server.start()
        return server.port
    }

    /// Where it is found; for `PAYSTACK_BASE_URL`.
    package var url: String { "http://127.0.0.1:\(server.port)" }

    /// Serves, and posts messages when they are due, until the task is cancelled.
    package func run() async {
        do { try start() } catch { return }
        while !Task.isCancelled {
            await postDue()
            do { try await Task.sleep(for: .milliseconds(20)) } catch { break }
        }
        await stop()
    }

    /// Stops serving.
    package func stop() async {
        await server.stop()
        await client.shutdown()
    }

    /// Sets where messages are posted.
    package func post(to webhook: String?) { address.withLock { $0 = webhook } }
    /// Changes what goes wrong from now on.
    package func change(_ change: (inout Weather) -> Void) { skies.withLock { change(&$0) } }
    var weather: Weather { skies.withLock { $0 } }

    /// Refunds that are pending go through, and a message says so.
    package func processRefunds() {
        for place in read({ $0.refunds.indices }) { _ = process(place) }
    }

    /// Every payment that was ever begun, the first one first.
    package var payments: [SimulatedPayment] { books.withLock { $0.payments } }
    /// Every refund that was ever asked for.
    package var refunds: [SimulatedRefund] { books.withLock { $0.refunds } }
    /// With what the shop answered messages.
    package var messageAnswers: [Int] { books.withLock { $0.answers } }

    func read<Value: Sendable>(_ body: (PaystackBooks) -> Value) -> Value { books.withLock { body($0) } }
    func write<Value: Sendable>(_ body: (inout PaystackBooks) -> Value) -> Value { books.withLock { body(&$0) } }
    var now: Double { configuration.now() }
    var pageSeconds: Double { configuration.pageSeconds }

    // MARK: Messages

    /// Puts a message on its way.
    func tell(_ event: some Encodable, key: String) {
        guard !weather.losesMessages, let body = Self.json(event) else { return }
        let letter = WebhookLetter(body: body, key: key, dueAt: now)
        let copies = weather.doublesMessages ? 2 : 1
        write { $0.letters += Array(repeating: letter, count: copies) }
    }

    static func json(_ value: some Encodable) -> Data? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return try encoder.encode(value) } catch { return nil }
    }

    /// The code in the header: HMAC-SHA512 of the body with the secret key, in hexadecimal digits.
    ///
    /// Source: Paystack documentation, "Webhooks".
    package static func signature(of body: Data, key: String) -> String {
        Hex.encode(HMACKey(Array(key.utf8)).sha512(Array(body)))
    }

    /// A message that is not taken comes again: four times, three minutes apart; then hourly, which nobody here waits
    /// for. Source: Paystack documentation, "Webhooks", supported retries.
    private func postDue() async {
        guard let webhook = address.withLock({ $0 }) else { return }
        let time = now
        let due = write { books -> [WebhookLetter] in
            let due = books.letters.filter { $0.dueAt <= time }
            books.letters.removeAll { $0.dueAt <= time }
            return due
        }
        for var letter in due {
            let request = OutboundRequest(
                method: "POST", url: webhook,
                headers: [
                    ("Content-Type", "application/json"),
                    ("x-paystack-signature", Self.signature(of: letter.body, key: letter.key)),
                ], body: Array(letter.body), timeout: .seconds(10), effect: .acts)
            var status = 0
            do { status = try await client.send(request).status } catch {}
            write { $0.answers.append(status) }
            guard status != 200, letter.tries < 4 else { continue }
            letter.tries += 1
            letter.dueAt = time + 180
            write { [letter] in $0.letters.append(letter) }
        }
    }
}

/// Lets the server be made before its handler.
private final class PaystackDoor: Sendable {
    private let handler = Mutex<(@Sendable (Request) async -> Response)?>(nil)
    func open(_ handler: @escaping @Sendable (Request) async -> Response) { self.handler.withLock { $0 = handler } }
    func answer(_ request: Request) async -> Response {
        guard let handler = handler.withLock({ $0 }) else { return Response(status: 503) }
        return await handler(request)
    }
}
