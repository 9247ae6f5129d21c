import HTTPClient
import Testing

@Suite("When sending fails", .timeLimit(.minutes(1)))
struct FailureTests {
    @Test("A server that carries out the request and drops the connection sees one request, and we do not know")
    func droppedAfterProcessing() async throws {
        let server = RawServer { connection in _ = connection.readRequest() }
        let error = try await localClient().failure(request(server.url))
        #expect(error.kind == .maySent)
        #expect(error.mayHaveArrived)
        #expect(!error.timedOut)
        #expect(error.message == "Empty reply from server")
        #expect(error.code == 52)
        #expect(server.log.requests.count == 1)
        #expect(server.log.connectionCount == 1)
    }

    @Test("A hundred acts, each dropped after it was carried out, are a hundred requests")
    func manyDropped() async throws {
        let server = RawServer { connection in _ = connection.readRequest() }
        let client = localClient()
        await withTaskGroup(of: OutboundError?.self) { group in
            for _ in 0..<100 { group.addTask { try? await client.failure(request(server.url)) } }
            for await error in group { #expect(error?.kind == .maySent) }
        }
        #expect(server.log.requests.count == 100)
        #expect(server.log.connectionCount == 100)
    }

    @Test("A connection that is dropped before the request was read is not known to be harmless")
    func droppedAtOnce() async throws {
        let server = RawServer { _ in }
        let error = try await localClient().failure(request(server.url))
        #expect(error.kind == .maySent)
        #expect(server.log.connectionCount == 1)
    }

    @Test(
        "Half an answer is no answer",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "HTTP/1.1 200 OK\r\nContent-Le",
            "HTTP/1.1 200 OK\r\n", "HTTP/1.1 103 Early Hints\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nX-A: b\r\n",
            "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nX-A: b\r\n", "HTTP/1.1 101 Switching\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", "not HTTP at all\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n", "\0\0\0\0",
        ])
    func halfAnAnswer(text: String) async throws {
        let server = RawServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.write(text)
        }
        let error = try await localClient().failure(request(server.url))
        #expect(error.kind == .maySent)
        #expect(server.log.requests.count == 1)
    }

    @Test("Nothing was sent when nobody listens", arguments: [OutboundRequest.Effect.asks, .acts])
    func refused(effect: OutboundRequest.Effect) async throws {
        let url = "http://127.0.0.1:\(RawServer.refusingPort())/secret?token=secret"
        let error = try await localClient().failure(request(url, effect: effect))
        #expect(error.kind == .notSent)
        #expect(!error.mayHaveArrived)
        #expect(!error.timedOut)
        #expect(error.code == 7)
        #expect(error.message.contains("connect"))
        #expect(!error.description.contains("secret"))
    }

    @Test("Nothing was sent when the host has no address")
    func noSuchHost() async throws {
        let error = try await localClient().failure(request("https://duka.invalid/secret"))
        #expect(error.kind == .notSent)
        #expect(error.code == 6)
        #expect(error.message == "Could not resolve host: duka.invalid")
    }

    @Test(
        "An ask of which nothing left is tried once more on a new connection, an act is not",
        arguments: [
            (OutboundRequest.Effect.asks, 2), (.acts, 1),
        ])
    func handshakeDropped(effect: OutboundRequest.Effect, connectionCount: Int) async throws {
        let server = RawServer { connection in _ = connection.isReadable(withinMilliseconds: 10_000) }
        let error = try await localClient().failure(request("https://127.0.0.1:\(server.port)", effect: effect))
        #expect(error.kind == .notSent)
        #expect(server.log.connectionCount == connectionCount)
    }

    @Test("An ask on a connection that the server has given up is answered on a new one")
    func staleConnection() async throws {
        let server = RawServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.answer("first")
            // Reads the second request and drops it, as a server does whose idle time is over.
            _ = connection.readRequest()
        }
        let client = localClient()
        for _ in 0..<2 {
            #expect(try await client.post(server.url, effect: .asks).body == Array("first".utf8))
        }
        #expect(server.log.connectionCount == 2)
        #expect(server.log.requests.count == 3)
    }

    @Test("An act leaves a connection alone that the server has given up: it is sent once")
    func staleConnectionAndAct() async throws {
        let server = RawServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.answer()
            _ = connection.readRequest()
        }
        let client = localClient()
        _ = try await client.post(server.url, effect: .asks)
        _ = try await client.post(server.url, effect: .acts)
        #expect(server.log.connectionCount == 2)
        #expect(server.log.requests.count == 2)
    }
}
