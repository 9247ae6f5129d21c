import Foundation
import HTTPServer
import Testing

@Suite("Streams of events")
struct EventStreamTests {
    private static let request = "GET /events HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n"

    @Test("Events arrive when they are sent, not when the stream ends")
    func live() async throws {
        let stream = EventStream()
        let (head, chunks, isLast) = try await serving(handler: { _ in .events(stream) }) { port in
            let client = try RawClient(port: port)
            client.send(Self.request)
            let head = try client.readAnswer(isHead: true)
            stream.send(event: "state", data: "paid\ntwice")
            var chunks = [String(decoding: try client.readChunk(), as: UTF8.self)]
            stream.send(data: "done")
            chunks.append(String(decoding: try client.readChunk(), as: UTF8.self))
            stream.finish()
            return (head, chunks, try client.readChunk().isEmpty)
        }
        #expect(head.headers["content-type"] == "text/event-stream")
        #expect(head.headers["content-encoding"] == nil)
        #expect(chunks == ["event: state\ndata: paid\ndata: twice\n\n", "data: done\n\n"])
        #expect(isLast)
        #expect(stream.isClosed)
    }

    @Test("A stream is closed, and its producer cancelled, as soon as its client leaves")
    func clientLeaves() async throws {
        let closed = Gate()
        let ended = DispatchSemaphore(value: 0)
        let stream = EventStream { stream in
            stream.send(data: "hello")
            await withTaskCancellationHandler {
                await closed.wait()
            } onCancel: {
                closed.open()
            }
            ended.signal()
        }
        let hasEnded = try await serving(handler: { _ in .events(stream) }) { port in
            var client = try RawClient(port: port)
            client.send(Self.request)
            _ = try client.readAnswer(isHead: true)
            _ = try client.readChunk()
            client = try RawClient(port: port)
            return ended.wait(timeout: .now() + 1) == .success
        }
        #expect(hasEnded)
        #expect(stream.isClosed)
    }

    @Test("A silent stream carries a comment now and then")
    func heartbeat() async throws {
        let stream = EventStream()
        let chunk = try await serving({ $0.heartbeatSeconds = 1 }) { _ in
            .events(stream)
        } client: { port in
            let client = try RawClient(port: port)
            client.send(Self.request)
            _ = try client.readAnswer(isHead: true)
            return String(decoding: try client.readChunk(), as: UTF8.self)
        }
        #expect(chunk == ": \n\n")
    }

    @Test("A client too slow for its events loses the stream, not our memory")
    func slowClient() async throws {
        let stream = EventStream()
        let sent = try await serving(handler: { _ in .events(stream) }) { port in
            let client = try RawClient(port: port)
            client.send(Self.request)
            _ = try client.readAnswer(isHead: true)
            let line = String(repeating: "x", count: 1000)
            var sent = 0
            // The kernel's buffers take some megabytes before our queue grows.
            while !stream.isClosed && sent < 1_000_000 {
                stream.send(data: line)
                sent += 1
            }
            return sent
        }
        #expect(sent < 1_000_000)
    }

    @Test("The queue takes exactly its limit")
    func queueLimit() {
        let frame = "data: \n\n".utf8.count
        let fits = EventStream(), spills = EventStream()
        fits.send(data: String(repeating: "x", count: EventStream.queueBytes - frame))
        spills.send(data: String(repeating: "x", count: EventStream.queueBytes - frame + 1))
        #expect(!fits.isClosed)
        #expect(spills.isClosed)
        #expect(fits.takeQueued().utf8.count == EventStream.queueBytes)
    }

    @Test("A handler is cancelled when its client leaves while it waits")
    func handlerIsCancelled() async throws {
        let cancelled = Gate()
        let arrived = DispatchSemaphore(value: 0), ended = DispatchSemaphore(value: 0)
        let hasEnded = try await serving { _ in
            arrived.signal()
            await withTaskCancellationHandler {
                await cancelled.wait()
            } onCancel: {
                cancelled.open()
            }
            ended.signal()
            return .text("nobody")
        } client: { port in
            var client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            arrived.wait()
            client = try RawClient(port: port)
            return ended.wait(timeout: .now() + 5) == .success
        }
        #expect(hasEnded)
    }

    @Test("A stop ends streams at once, and their clients see a proper end")
    func stop() async throws {
        let stream = EventStream()
        var configuration = ServerConfiguration()
        configuration.port = 0
        let server = Server(configuration) { _ in .events(stream) }
        try server.start()
        let port = server.port
        let opened = Gate()
        let client = Task {
            try await onThread {
                let client = try RawClient(port: port)
                client.send(Self.request)
                _ = try client.readAnswer(isHead: true)
                opened.open()
                return try client.readChunk()
            }
        }
        await opened.wait()
        await server.stop()
        #expect(try await client.value.isEmpty)
        #expect(stream.isClosed)
    }
}
