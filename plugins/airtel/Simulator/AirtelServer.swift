package import HTTPServer
internal import HTTPClient
internal import Synchronization

/// The simulated Airtel Money on 127.0.0.1: the interface, the phones' pages, and a control API for tests.
///
/// Whoever has real time calls ``run()``; whoever moves the clock by hand calls ``start()``, and ``settle()`` after
/// each move.
package final class AirtelServer: Sendable {
    package let airtel: AirtelMoney
    private let server: Server
    private let courier: AirtelCourier
    private let isStopped = Mutex(false)

    /// - Parameter port: 0 takes any that is free.
    package init(_ airtel: AirtelMoney, port: UInt16 = 0) {
        self.airtel = airtel
        let courier = AirtelCourier(airtel: airtel)
        self.courier = courier
        var listening = ServerConfiguration()
        listening.host = "127.0.0.1"
        listening.port = port
        listening.loops = 1
        listening.bodyLimit = { _, _ in 64 * 1_024 }
        listening.stopSeconds = 1
        server = Server(listening) { request in
            let parts = request.path.split(separator: "/").map(String.init)
            switch parts.first {
            case nil, "phones", "stories": return AirtelPages(airtel: airtel).answer(request, parts)
            case "simulator": return AirtelControl(airtel: airtel).answer(request, Array(parts.dropFirst()))
            default:
                let reply = airtel.answer(request)
                if reply.messagesFirst { await courier.send(airtel.takeMessages()) }
                return reply.response
            }
        }
    }

    /// Listens; messages leave in ``run()`` or ``settle()``.
    ///
    /// - Returns: The port.
    @discardableResult
    package func start() throws(ServerError) -> UInt16 {
        try server.start()
        return server.port
    }

    /// The port it listens on; 0 before the start and after the stop.
    package var port: UInt16 { server.port }

    /// Serves, and sends messages when they are due, until the task is cancelled or ``stop()`` is called.
    package func run() async throws(ServerError) {
        do throws(ServerError) { try start() } catch  where error.kind == .stopped { return }
        while !Task.isCancelled && !isStopped.withLock({ $0 }) {
            await settle()
            do { try await ContinuousClock().sleep(for: .milliseconds(20)) } catch { break }
        }
        await stop()
    }

    /// Sends the messages that are due now, and returns when each is answered or has failed.
    package func settle() async { await courier.send(airtel.takeMessages()) }

    /// Stops serving; twice is as good as once.
    package func stop() async {
        isStopped.withLock { $0 = true }
        await server.stop()
        await courier.stop()
    }
}

/// Delivers Airtel's messages, one after the other, once each.
struct AirtelCourier: Sendable {
    let airtel: AirtelMoney
    private let client = OutboundClient(
        ClientConfiguration(allowPlainHTTPToLoopback: true, userAgent: "Airtel-Simulator"))

    init(airtel: AirtelMoney) { self.airtel = airtel }

    func send(_ messages: [AirtelMessage]) async {
        for message in messages {
            let request = OutboundRequest(
                method: "POST", url: message.url, headers: [("Content-Type", "application/json")], body: message.body,
                timeout: .seconds(10), effect: .acts)
            do throws(OutboundError) {
                airtel.note("\(try await client.send(request).status)", of: message)
            } catch {
                airtel.note(error.description, of: message)
            }
        }
    }

    func stop() async { await client.shutdown() }
}
