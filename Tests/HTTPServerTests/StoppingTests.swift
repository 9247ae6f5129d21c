import Foundation
import HTTPServer
import Synchronization
import Testing

@Suite("Stopping")
struct StoppingTests {
    @Test("A stop waits for the answers that are on their way, and loses none")
    func nothingIsLost() async throws {
        let gate = Gate()
        let arrived = AsyncStream<Void>.makeStream()
        var configuration = ServerConfiguration()
        configuration.port = 0
        configuration.loops = 2
        let server = Server(configuration) { _ in
            arrived.continuation.yield()
            await gate.wait()
            return .text("paid")
        }
        try server.start()
        let port = server.port
        let clients = (0..<20).map { _ in
            Task {
                try await onThread {
                    let client = try RawClient(port: port)
                    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    let answer = try client.readAnswer()
                    return answer.text + " " + (answer.headers["connection"] ?? "")
                }
            }
        }
        var count = 0
        for await _ in arrived.stream {
            count += 1
            if count == 20 { break }
        }
        async let stop: Void = server.stop()
        gate.open()
        for client in clients { #expect(try await client.value.hasPrefix("paid")) }
        await stop
        #expect(server.port == 0)
    }

    @Test("A handler that does not end in time is cancelled by a stop, and what waits behind it is not begun")
    func stubbornHandler() async throws {
        let arrived = Gate(), cancelled = Gate()
        let never = AsyncStream<Never>.makeStream()
        let isFirst = Atomic(true)
        var configuration = ServerConfiguration()
        configuration.port = 0
        configuration.loops = 1
        configuration.stopSeconds = 0
        let server = Server(configuration) { request in
            guard request.path == "/1" else {
                isFirst.store(false, ordering: .relaxed)
                for await _ in never.stream {}
                return .text("too late")
            }
            arrived.open()
            await withTaskCancellationHandler {
                await cancelled.wait()
            } onCancel: {
                cancelled.open()
            }
            return .text("late")
        }
        try server.start()
        let port = server.port
        let client = Task {
            try await onThread {
                let client = try RawClient(port: port)
                client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
                return client.isClosed()
            }
        }
        await arrived.wait()
        await server.stop()
        await cancelled.wait()
        #expect(try await client.value)
        let second = !isFirst.load(ordering: .relaxed)
        #expect(!second)
    }

    @Test("Running ends when its task is cancelled, and the port is free again")
    func running() async throws {
        var configuration = ServerConfiguration()
        configuration.port = 0
        let server = Server(configuration) { _ in .text("") }
        try server.start()
        let port = server.port
        let run = Task { try await server.run() }
        run.cancel()
        try await run.value
        configuration.port = port
        let next = Server(configuration) { _ in .text("") }
        try next.start()
        await next.stop()
        #expect(throws: ServerError.self) { try server.start() }
    }
}
