import Foundation
import HTTPClient
import HTTPServer
import Logging
import PaymentKit
import PluginHost
import Synchronization

/// A provider's side, a journal and a token store for one test, and the order in which things happened.
final class Bench: Sendable {
    /// What happened, such as `begin 1`, `request /pay`, `end 1 200`, `cancel 1`.
    let happened = Mutex<[String]>([])
    let client = OutboundClient(ClientConfiguration(allowPlainHTTPToLoopback: true))
    private let server: Server
    private let tokens = Mutex<[String: TokenStore.Entry]>([:])
    private let claims = Mutex<Set<String>>([])

    /// - Parameter answer: The provider's answer to a path.
    init(_ answer: @escaping @Sendable (String) -> Response) throws {
        var configuration = ServerConfiguration()
        configuration.port = 0
        let log = Mutex<(@Sendable (String) -> Void)?>(nil)
        let box = Box(log)
        server = Server(configuration) { request in
            box.note("request \(request.path)")
            return answer(request.path)
        }
        try server.start()
        box.listen { [weak self] line in self?.happened.withLock { $0.append(line) } }
    }

    /// Lets the server's handler speak to a bench that is made after it.
    private final class Box: Sendable {
        private let log: Mutex<(@Sendable (String) -> Void)?>
        init(_ log: consuming Mutex<(@Sendable (String) -> Void)?>) { self.log = log }
        func listen(_ listener: @escaping @Sendable (String) -> Void) { log.withLock { $0 = listener } }
        func note(_ line: String) {
            let listener = log.withLock { $0 }
            listener?(line)
        }
    }

    var base: String { "http://127.0.0.1:\(server.port)" }
    var lines: [String] { happened.withLock { $0 } }

    func close() async {
        await client.shutdown()
        await server.stop()
    }

    func instance(_ plugin: some PaymentPlugin) -> ProviderInstance { instance(Abilities(of: plugin)) }

    func instance(
        _ abilities: Abilities, startSeconds: Double = 45, requestsPerSecond: Double = 10_000,
        lane: ProviderLane = ProviderLane(), beforeAct: @escaping @Sendable () async -> Void = {}
    ) -> ProviderInstance {
        let note: @Sendable (String) -> Void = { [self] line in happened.withLock { $0.append(line) } }
        let number = Mutex(0)
        let counter = Counter(number)
        let services = HostServices(
            beginAct: { _ in
                await beforeAct()
                let next = counter.next()
                note("begin \(next)")
                return next
            },
            endAct: { _, number, status in note("end \(number) \(status)") },
            cancelAct: { _, number in note("cancel \(number)") },
            refuseAct: { _, number in note("refuse \(number)") },
            tokens: store, callback: { _, route in URL(filePath: "/\(route)") }, now: { Date() })
        return ProviderInstance(
            name: "test", abilities, services: services, client: client, log: Logger(label: "test"),
            requestsPerSecond: requestsPerSecond, startSeconds: startSeconds, lane: lane)
    }

    private final class Counter: Sendable {
        private let number: Mutex<Int>
        init(_ number: consuming Mutex<Int>) { self.number = number }
        func next() -> Int {
            number.withLock {
                $0 += 1
                return $0
            }
        }
    }

    /// Shared by all instances of this bench, as a database is by all nodes.
    private var store: TokenStore {
        TokenStore(
            load: { [self] name in tokens.withLock { $0[name] } },
            claim: { [self] name, generation in claims.withLock { $0.insert("\(name) \(generation)").inserted } },
            save: { [self] name, token, generation, expiresAt in
                tokens.withLock {
                    $0[name] = TokenStore.Entry(token: token, expiresAt: expiresAt, generation: generation + 1)
                }
            },
            release: { [self] name, generation in _ = claims.withLock { $0.remove("\(name) \(generation)") } })
    }
}

/// A plugin that does what the test says.
struct Scripted: PaymentPlugin {
    static let manifest = Manifest(
        id: "test.scripted", name: "Scripted", version: "1.0.0", summary: "Does what a test says.", currencies: [.kes])
    let hosts: [String]
    let begin: @Sendable (Call) async throws -> Started

    init(_ base: String, _ begin: @escaping @Sendable (Call) async throws -> Started) {
        hosts = [String(base.dropFirst("http://".count))]
        self.begin = begin
    }

    init(_ setup: Setup) throws { throw PaymentError.unsupported("made by tests only") }

    func start(_ request: StartRequest, _ call: Call) async throws -> Started { try await begin(call) }
}

extension ProviderInstance {
    func begin(within seconds: Int? = nil) async throws -> Acted<Started> {
        await start(
            StartRequest(
                amount: Money(whole: 100, .kes), form: try FieldValues([:], checkedAgainst: []), orderNumber: "K7M29QXD"
            ),
            Ticket("K7M29QXD-1"), within: seconds)
    }
}
