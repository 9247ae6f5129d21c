import HTTPServer
import Synchronization

/// A program that the shop sends to, over a real socket on a free port; it answers as the test says.
package protocol TestProgram: Sendable {
    /// - Parameter origin: Where it is reached, as `http://127.0.0.1:` and the port.
    init(origin: String)

    func answer(to request: Request) async -> Response

    /// Lets go of what it keeps waiting; the test's body has ended.
    func goOn()
}

extension TestProgram {
    package func goOn() {}

    /// Serves while `body` runs.
    package static func open(_ body: (Self) async throws -> Void) async throws {
        // The server knows its port once it listens, and the program knows its address from the beginning.
        let known = Mutex<Self?>(nil)
        var configuration = ServerConfiguration()
        configuration.port = 0
        configuration.loops = 1
        let server = Server(configuration) { request in
            await known.withLock { $0 }?.answer(to: request) ?? Response(status: 503)
        }
        try server.start()
        let program = Self(origin: "http://127.0.0.1:\(server.port)")
        known.withLock { $0 = program }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            defer { program.goOn() }
            try await body(program)
            group.cancelAll()
        }
        await server.stop()
    }
}
