import Foundation
import HTTPServer
import Testing

@Suite("Limits")
struct LimitTests {
    @Test("A body that says it is too long is refused before it is sent, one byte less is taken")
    func announcedBody() async throws {
        let answers = try await serving({ $0.bodyLimit = { _, path in path == "/api" ? 10 : 5 } }) { port in
            try [("/", 5), ("/", 6), ("/api", 10), ("/api", 11)].map { path, length in
                let client = try RawClient(port: port)
                client.send(
                    "POST \(path) HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: \(length)\r\n\r\n")
                var status = try client.readAnswer(isHead: true).status
                if status == 100 {
                    client.send(String(repeating: "x", count: length))
                    status = try client.readAnswer().status
                }
                return status
            }
        }
        #expect(answers == [200, 413, 200, 413])
    }

    @Test(
        "A body in chunks that grows too long is refused, one byte less is taken",
        arguments: [
            (5, 200), (6, 413), (50_000, 413),
        ])
    func chunkedBody(length: Int, status: Int) async throws {
        let answer = try await serving({ $0.bodyLimit = { _, _ in 5 } }) { port in
            let client = try RawClient(port: port)
            let chunk = String(repeating: "x", count: length)
            client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            client.send("\(String(length, radix: 16))\r\n\(chunk)\r\n0\r\n\r\n")
            return try client.readAnswer().status
        }
        #expect(answer == status)
    }

    @Test("Of large bodies a loop takes a few at a time; more are told to try later, and may when one is done")
    func largeBodies() async throws {
        let statuses = try await serving({
            $0.loops = 1
            $0.bodyLimit = { _, _ in 4_000 }
            $0.largeBodyBytes = 1_000
            $0.largeBodies = 2
        }) { port in
            func head(_ length: Int) throws -> RawClient {
                let client = try RawClient(port: port)
                client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n")
                return client
            }
            // The first byte of each is there before the next comes, so the server has seen its head.
            let first = [try head(1_001), try head(4_000)]
            usleep(300_000)
            let third = try head(1_001)
            let refused = try third.readAnswer().status
            let small = try head(1_000)
            small.send(String(repeating: "x", count: 1_000))
            let taken = try small.readAnswer().status
            first[0].send(String(repeating: "x", count: 1_001))
            let done = try first[0].readAnswer().status
            let again = try head(1_001)
            again.send(String(repeating: "x", count: 1_001))
            return [refused, taken, done, try again.readAnswer().status]
        }
        #expect(statuses == [503, 200, 200, 200])
    }

    @Test("A head that does not fit is refused")
    func largeHead() async throws {
        let answers = try await serving { port in
            try [1_000, 40_000].map { length in
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: length))\r\n\r\n")
                return try client.readAnswer().status
            }
        }
        #expect(answers == [200, 431])
    }

    /// What a client sends at once, and what it then sends again and again.
    static let slowClients = [
        ("", ""), ("GET / HTTP/1.1\r\nX: ", "x"), ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", ""),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n", "x"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
    ]

    @Test("A client that never stops sending a little is cut off at the total deadline", arguments: slowClients)
    func slowClient(start: String, again: String) async throws {
        let isCompleteAtFirst = start.hasPrefix("GET") && start.hasSuffix("\r\n\r\n")
        let seconds = try await serving({
            $0.headSeconds = 1
            $0.bodySeconds = 1
            $0.idleSeconds = 3
        }) { port in
            let client = try RawClient(port: port)
            client.send(start)
            if isCompleteAtFirst { _ = try client.readAnswer() }
            let begin = ContinuousClock.now
            // The next head of a connection that is kept, byte by byte.
            let drip = isCompleteAtFirst ? "G" : again
            let dripping = Thread { [weak client] in
                while let client, !Thread.current.isCancelled {
                    client.send(drip)
                    usleep(100_000)
                }
            }
            dripping.start()
            defer { dripping.cancel() }
            #expect(client.isClosed())
            return (ContinuousClock.now - begin) / .seconds(1)
        }
        #expect(seconds > 0.4)
        #expect(seconds < 3)
    }

    @Test("A silent connection outlives the head's deadline once it has been answered, not the idle limit")
    func idle() async throws {
        let (second, isClosed) = try await serving({
            $0.headSeconds = 1
            $0.idleSeconds = 3
        }) { port in
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try client.readAnswer()
            usleep(2_000_000)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let second = try client.readAnswer().status
            return (second, client.isClosed())
        }
        #expect(second == 200)
        #expect(isClosed)
    }

    @Test("A handler that takes too long is cancelled, and its client told to try again")
    func slowHandler() async throws {
        let cancelled = Gate()
        let answers = try await serving({ $0.handlerSeconds = 1 }) { request in
            guard request.path == "/slow" else { return .text("fast") }
            await withTaskCancellationHandler {
                await cancelled.wait()
            } onCancel: {
                cancelled.open()
            }
            return .text("late")
        } client: { port in
            let client = try RawClient(port: port)
            client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
            return (try client.readAnswer().status, try client.readAnswer().text)
        }
        #expect(answers == (503, "fast"))
    }

    @Test("More connections than allowed wait; they are not refused and harm nobody")
    func connectionLimit() async throws {
        let answers = try await serving({
            $0.loops = 1
            $0.maxConnections = 2
        }) { port in
            var clients = try (0..<3).map { _ in try RawClient(port: port) }
            for client in clients { client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
            var statuses = [try clients[0].readAnswer().status, try clients[1].readAnswer().status]
            let waiting = clients[2]
            clients.removeAll()
            statuses.append(try waiting.readAnswer().status)
            return statuses
        }
        #expect(answers == [200, 200, 200])
    }
}
