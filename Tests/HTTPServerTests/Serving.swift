import Foundation
import HTTPServer
import Synchronization

/// Runs `body` on a thread of its own: a test that waits for a socket must not take a thread from the tasks it tests.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
    }
}

/// Serves with `handler` on a free port while `client` runs on a thread of its own.
func serving<Result: Sendable>(
    _ change: (inout ServerConfiguration) -> Void,
    handler: @escaping @Sendable (Request) async -> Response,
    client: @escaping @Sendable (UInt16) throws -> Result
) async throws -> Result {
    var configuration = ServerConfiguration()
    configuration.port = 0
    configuration.loops = 2
    configuration.stopSeconds = 2
    change(&configuration)
    let server = Server(configuration, handler: handler)
    try server.start()
    let port = server.port
    do {
        let result = try await onThread { try client(port) }
        await server.stop()
        return result
    } catch {
        await server.stop()
        throw error
    }
}

/// Serves with `handler` and the usual settings.
func serving<Result: Sendable>(
    handler: @escaping @Sendable (Request) async -> Response, client: @escaping @Sendable (UInt16) throws -> Result
) async throws -> Result {
    try await serving({ _ in }, handler: handler, client: client)
}

/// Serves a greeting.
func serving<Result: Sendable>(
    _ change: (inout ServerConfiguration) -> Void, client: @escaping @Sendable (UInt16) throws -> Result
) async throws -> Result {
    try await serving(change, handler: { _ in .text("hello") }, client: client)
}

/// Serves a greeting with the usual settings.
func serving<Result: Sendable>(client: @escaping @Sendable (UInt16) throws -> Result) async throws -> Result {
    try await serving({ _ in }, client: client)
}

/// Opens once, for everybody who waits.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}
