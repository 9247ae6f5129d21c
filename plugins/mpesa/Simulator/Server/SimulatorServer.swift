package import HTTPServer
internal import HTTPClient
internal import Synchronization

/// How the simulator is served.
package struct SimulatorConfiguration: Sendable {
    /// The address to listen on; only loopback is allowed.
    package var host = "127.0.0.1"
    /// The port to listen on; 0 takes any that is free.
    package var port: UInt16 = 0
    /// What the simulated Daraja knows and how fast it is.
    package var daraja: DarajaConfiguration
    /// What answers that are held back, and the rounds of ``SimulatorServer/run()``, wait on.
    package var clock: any Clock<Duration> = ContinuousClock()

    /// The defaults, with the time taken from `now`.
    package init(now: @escaping @Sendable () -> Milliseconds) { daraja = DarajaConfiguration(now: now) }
}

/// Why the simulator does not start.
package enum SimulatorError: Error, Equatable, CustomStringConvertible {
    /// The host is not this machine alone.
    case notLoopback(String)

    /// What is wrong, for an operator.
    package var description: String {
        switch self {
        case .notLoopback(let host):
            "the simulator listens on loopback only, not on \"\(host)\"; expected 127.0.0.1 or ::1"
        }
    }
}

/// Daraja on loopback: the API, the phones' pages, and a control API for tests.
///
/// Whoever has real time calls ``run()``. Whoever moves the clock by hand calls ``start()``, and ``settle()`` after
/// each move; then nothing happens between, and tests need not wait.
package final class SimulatorServer: Sendable {
    /// The service behind it, for tests in the same process.
    package let daraja: Daraja
    private let server: Server
    private let courier: Courier
    private let clock: any Clock<Duration>
    private let host: String
    private let isStopped = Mutex(false)

    /// Milliseconds between two looks at what is due.
    private static let roundMilliseconds = 20

    /// - Throws: ``SimulatorError/notLoopback(_:)``.
    package init(_ configuration: SimulatorConfiguration) throws(SimulatorError) {
        guard CallbackAddress.isLoopback(configuration.host[...]) || configuration.host == "::1",
            configuration.host != "localhost"
        else { throw .notLoopback(configuration.host) }
        let daraja = Daraja(configuration.daraja)
        let courier = Courier(daraja: daraja)
        let routes = SimulatorRoutes(daraja: daraja, courier: courier, clock: configuration.clock)
        var listening = ServerConfiguration()
        listening.host = configuration.host
        listening.port = configuration.port
        listening.loops = 1
        listening.maxConnections = 1_024
        listening.bodyLimit = { _, _ in 64 * 1024 }
        // Longer than any story holds an answer back.
        listening.handlerSeconds = Int(Story.maximumHoldMilliseconds / 1_000) + 60
        listening.stopSeconds = 1
        self.daraja = daraja
        self.courier = courier
        clock = configuration.clock
        host = configuration.host
        server = Server(listening) { await routes.answer($0) }
    }

    /// Listens; callbacks leave in ``run()`` or ``settle()``.
    ///
    /// - Returns: The port.
    @discardableResult
    package func start() throws(ServerError) -> UInt16 {
        try server.start()
        return server.port
    }

    /// The port it listens on; 0 before the start and after the stop.
    package var port: UInt16 { server.port }

    /// Where it is found, without a slash at the end; for `MPESA_BASE_URL`.
    package var url: String { "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// Serves, and sends callbacks when they are due, until the task is cancelled or ``stop()`` is called.
    package func run() async throws(ServerError) {
        do throws(ServerError) {
            try start()
        } catch  where error.kind == .stopped {
            return
        }
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled && !isStopped.withLock({ $0 }) {
                let due = daraja.takeCallbacks()
                if !due.isEmpty { group.addTask { await self.courier.send(due) } }
                do {
                    try await clock.sleep(for: .milliseconds(Self.roundMilliseconds))
                } catch {
                    break
                }
            }
            group.cancelAll()
        }
        await stop()
    }

    /// Sends the callbacks that are due now, and returns when each is answered or has failed.
    package func settle() async {
        while true {
            let due = daraja.takeCallbacks()
            if due.isEmpty { return }
            await courier.send(due)
        }
    }

    /// Stops serving; twice is as good as once.
    package func stop() async {
        isStopped.withLock { $0 = true }
        await server.stop()
        await courier.stop()
    }
}

/// Delivers callbacks as Safaricom does: no signature, no redirects, ten seconds of patience
/// and eight for a validation call.
struct Courier: Sendable {
    private let daraja: Daraja
    private let client = OutboundClient(
        ClientConfiguration(allowPlainHTTPToLoopback: true, maxWaiting: 20_000, userAgent: "Daraja-Simulator"))

    init(daraja: Daraja) { self.daraja = daraja }

    /// Sends all of them: copies of one callback at once, different ones about one subject in order.
    func send(_ deliveries: [Delivery]) async {
        let bySubject = Dictionary(grouping: deliveries, by: \.subject)
        await withDiscardingTaskGroup { group in
            for deliveries in bySubject.values { group.addTask { await sendRounds(deliveries) } }
        }
    }

    func stop() async { await client.shutdown() }

    private func sendRounds(_ deliveries: [Delivery]) async {
        for (_, round) in Dictionary(grouping: deliveries, by: \.round).sorted(by: { $0.key < $1.key }) {
            await withDiscardingTaskGroup { group in
                for delivery in round { group.addTask { await send(delivery) } }
            }
        }
    }

    private func send(_ delivery: Delivery) async {
        let request = OutboundRequest(
            method: "POST", url: delivery.url,
            headers: [
                ("Content-Type", "application/json;charset=UTF-8"), ("BusinessShortCode", delivery.shortcode),
            ], body: delivery.body, timeout: .milliseconds(delivery.patienceMilliseconds), effect: .acts)
        do throws(OutboundError) {
            let response = try await client.send(request)
            daraja.record(.answered(response.status), response.body, of: delivery)
        } catch {
            daraja.record(.failed(error.description), of: delivery)
        }
    }
}
