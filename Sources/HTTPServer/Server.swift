import Glibc
import Synchronization

/// An HTTP/1.1 server on a few event loops.
///
/// A handler runs on the loop that read its request, so it must not block; while it waits the loop serves others.
package final class Server: Sendable {
    private enum State {
        case idle
        case running([EventLoop], port: UInt16)
        case stopped
    }
    private let configuration: ServerConfiguration
    private let handler: @Sendable (Request) async -> Response
    private let state = Mutex(State.idle)
    private let stopped = AsyncStream<Never>.makeStream()

    /// A server that has every request answered by `handler`.
    package init(_ configuration: ServerConfiguration, handler: @escaping @Sendable (Request) async -> Response) {
        precondition(configuration.loops > 0, "a server needs a loop")
        self.configuration = configuration
        self.handler = handler
    }

    /// Listens and serves; does nothing when the server is running.
    ///
    /// - Throws: ``ServerError``, such as ``ServerError/Kind/portInUse``.
    package func start() throws(ServerError) {
        let problem = state.withLock { state -> ServerError? in
            switch state {
            case .running: return nil
            case .stopped: return ServerError(kind: .stopped, code: 0, description: "the server was stopped")
            case .idle: break
            }
            do throws(ServerError) {
                state = try open()
                return nil
            } catch {
                return error
            }
        }
        if let problem { throw problem }
    }

    /// The port the server listens on, also when it was asked for any; 0 before the start and after the stop.
    package var port: UInt16 {
        state.withLock { if case .running(_, let port) = $0 { port } else { 0 } }
    }

    /// Starts if need be and serves until the task is cancelled or somebody stops the server.
    ///
    /// - Throws: ``ServerError`` when it cannot start. After a cancellation it returns once ``stop()`` is done.
    package func run() async throws {
        try start()
        // Nothing comes through the stream: it ends with the task or with the server.
        for await _ in stopped.stream {}
        await stop()
    }

    /// Stops accepting, lets running answers finish for ``ServerConfiguration/stopSeconds``, ends streams, and returns
    /// when all threads are done. Clients that keep their connection are told to close it. Twice is as good as once.
    package func stop() async {
        let loops = state.withLock { state -> [EventLoop] in
            defer { state = .stopped }
            if case .running(let loops, _) = state { return loops }
            return []
        }
        await withTaskGroup { group in
            for loop in loops { group.addTask { await loop.stop() } }
        }
        stopped.continuation.finish()
    }

    private func open() throws(ServerError) -> State {
        let listener = try Listener(host: configuration.host, port: configuration.port, count: configuration.loops)
        var loops: [EventLoop] = []
        do {
            for socket in listener.sockets {
                loops.append(
                    try EventLoop.start(takingOwnershipOf: socket, configuration: configuration, handler: handler))
            }
        } catch {
            for loop in loops { loop.beginStop() }
            for socket in listener.sockets.dropFirst(loops.count + 1) { close(socket) }
            throw error
        }
        return .running(loops, port: listener.port)
    }
}
