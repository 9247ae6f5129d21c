import Foundation
import HTTPClient
import Testing

/// A client for servers of this machine.
func localClient(
    maxInFlight: Int = 64, maxWaiting: Int = 1024, connectTimeout: Duration = .seconds(10), caFile: String? = nil
) -> OutboundClient {
    OutboundClient(
        ClientConfiguration(
            caFile: caFile, allowPlainHTTPToLoopback: true, maxInFlight: maxInFlight, maxWaiting: maxWaiting,
            connectTimeout: connectTimeout))
}

extension OutboundClient {
    /// Sends a request that is expected to fail.
    func failure(_ request: OutboundRequest) async throws -> OutboundError {
        try #require(await #expect(throws: OutboundError.self) { try await self.send(request) })
    }

    func post(
        _ url: String, _ body: String = "{}", effect: OutboundRequest.Effect = .acts, timeout: Duration = .seconds(20)
    ) async throws -> OutboundResponse {
        try await send(
            OutboundRequest(method: "POST", url: url, body: Array(body.utf8), timeout: timeout, effect: effect))
    }
}

func request(
    _ url: String, method: String = "POST", effect: OutboundRequest.Effect = .acts, timeout: Duration = .seconds(20),
    maxResponseBytes: Int = 262_144
) -> OutboundRequest {
    OutboundRequest(
        method: method, url: url, body: method == "POST" ? Array("{}".utf8) : [], timeout: timeout, effect: effect,
        maxResponseBytes: maxResponseBytes)
}

@Suite("Sending a request", .timeLimit(.minutes(1)))
struct SendingTests {
    @Test("A request arrives as it was written and the answer comes back whole")
    func post() async throws {
        let server = RawServer { connection in
            while connection.readRequest() != nil {
                connection.answer("{\"ok\":true}", status: "201 Created", headers: ["X-One: a ", "x-ONE:b", "Empty:"])
            }
        }
        let answer = try await localClient().send(
            OutboundRequest(
                method: "POST", url: server.url + "/pay?x=1",
                headers: [("Content-Type", "application/json"), ("Authorization", "Bearer t"), ("X-Empty", " ")],
                body: Array("{\"amount\":1}".utf8), timeout: .seconds(20), effect: .acts))

        #expect(answer.status == 201)
        #expect(String(decoding: answer.body, as: UTF8.self) == "{\"ok\":true}")
        #expect(answer.header("X-one") == "a")
        #expect(answer.headers.map(\.name) == ["content-length", "x-one", "x-one", "empty"])
        #expect(answer.headers.map(\.value) == ["11", "a", "b", ""])
        #expect(
            server.log.requests == [
                """
                POST /pay?x=1 HTTP/1.1\r
                Host: 127.0.0.1:\(server.port)\r
                User-Agent: Duka\r
                Accept: */*\r
                Content-Type: application/json\r
                Authorization: Bearer t\r
                X-Empty:\r
                Content-Length: 12\r
                \r
                {"amount":1}
                """
            ])
    }

    @Test(
        "Each method says whether it has a body",
        arguments: [
            ("GET", [], false), ("HEAD", [], false), ("DELETE", [], false), ("DELETE", [1], true), ("POST", [], true),
            ("PUT", [1], true), ("PATCH", [1], true), ("PUT", [], true),
        ] as [(String, [UInt8], Bool)])
    func methods(method: String, body: [UInt8], hasLength: Bool) async throws {
        let server = RawServer { connection in
            while connection.readRequest() != nil { connection.answer() }
        }
        let answer = try await localClient().send(
            OutboundRequest(method: method, url: server.url, body: body, timeout: .seconds(20), effect: .asks))
        let text = try #require(server.log.requests.first)
        #expect(answer.status == 200)
        #expect(text.hasPrefix("\(method) / HTTP/1.1\r\n"))
        #expect(text.contains("Content-Length: \(body.count)\r\n") == hasLength)
        #expect(!text.lowercased().contains("content-type"))
    }

    @Test("A body of eight mebibytes arrives at once, without asking for leave to continue")
    func longBody() async throws {
        let server = RawServer { connection in
            while let request = connection.readRequest() { connection.answer("\(request.utf8.count)") }
        }
        let body = String(repeating: "a", count: 8 << 20)
        let answer = try await localClient().post(server.url, body)
        let request = try #require(server.log.requests.first)
        #expect(request.hasSuffix(body))
        #expect(!request.lowercased().contains("expect:"))
        #expect(answer.status == 200)
    }

    @Test(
        "Every status is an answer, and none makes the client send again",
        arguments: [
            "204 No Content", "302 Found", "307 Temporary Redirect", "401 Unauthorized", "407 Proxy", "408 Timeout",
            "417 Expectation Failed", "421 Misdirected", "425 Too Early", "429 Slow Down", "503 Unavailable",
        ], [OutboundRequest.Effect.asks, .acts])
    func statuses(status: String, effect: OutboundRequest.Effect) async throws {
        let server = RawServer { connection in
            while connection.readRequest() != nil {
                connection.answer(
                    status: status,
                    headers: ["Location: /elsewhere", "WWW-Authenticate: Basic realm=x", "Retry-After: 0"])
            }
        }
        let answer = try await localClient().post(server.url, effect: effect)
        #expect(answer.status == Int(status.prefix(3)))
        #expect(answer.header("location") == "/elsewhere")
        #expect(server.log.requests.count == 1)
    }

    @Test("Interim answers are passed over and trailer fields are not taken for headers")
    func interimAnswers() async throws {
        let server = RawServer { connection in
            while connection.readRequest() != nil {
                connection.write("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n")
                connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Real: 1\r\n\r\n")
                connection.write("3\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n")
            }
        }
        let answer = try await localClient().post(server.url)
        #expect(answer.header("x-early") == nil)
        #expect(answer.header("x-real") == "1")
        #expect(answer.header("x-trailer") == nil)
        #expect(answer.body == Array("abcde".utf8))
    }

    @Test("The server's cookies are not sent back, and proxies of the environment are not used")
    func environment() async throws {
        let server = RawServer { connection in
            while connection.readRequest() != nil { connection.answer(headers: ["Set-Cookie: a=b"]) }
        }
        let client = localClient()
        for _ in 0..<2 { _ = try await client.post(server.url, effect: .asks) }
        #expect(getenv("http_proxy") != nil)
        #expect(server.log.requests.count == 2)
        #expect(server.log.requests.allSatisfy { !$0.contains("Cookie") && $0.hasPrefix("POST / ") })
    }

    @Test("A hundred asks in turn use one connection")
    func keepAlive() async throws {
        let server = RawServer { connection in
            while connection.readRequest() != nil { connection.answer() }
        }
        let client = localClient()
        for _ in 0..<100 { _ = try await client.post(server.url, effect: .asks) }
        #expect(server.log.connectionCount == 1)
        #expect(server.log.requests.count == 100)
    }

    @Test("Each act has a connection of its own, which closes with it, even when an idle one is at hand")
    func actsConnect() async throws {
        let server = RawServer { connection in
            while connection.readRequest() != nil { connection.answer() }
        }
        let client = localClient()
        _ = try await client.post(server.url, effect: .asks)
        for _ in 0..<3 { _ = try await client.post(server.url, effect: .acts) }
        await server.wait { $0.closedCount == 3 }
        _ = try await client.post(server.url, effect: .asks)
        #expect(server.log.connectionCount == 4)
        #expect(server.log.closedCount == 3)
    }

    @Test("An answer may have as many bytes as allowed and not one more", arguments: [false, true])
    func tooLarge(isChunked: Bool) async throws {
        let server = RawServer { connection in
            while connection.readRequest() != nil {
                if isChunked {
                    connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                    connection.write("64\r\n" + String(repeating: "a", count: 100) + "\r\n0\r\n\r\n")
                } else {
                    connection.answer(String(repeating: "a", count: 100))
                }
            }
        }
        let client = localClient()
        #expect(try await client.send(request(server.url, maxResponseBytes: 100)).body.count == 100)
        let error = try await client.failure(request(server.url, maxResponseBytes: 99))
        #expect(error.kind == .tooLarge)
        #expect(error.mayHaveArrived)
        #expect(server.log.requests.count == 2)
    }

    @Test(
        "An answer that never ends is cut off, in its body or in its headers",
        arguments: [
            "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n", "",
        ])
    func endless(start: String) async throws {
        let filling = start.hasSuffix("\r\n\r\n") ? "a" : start.isEmpty ? "HTTP/1.1 103 A\r\n\r\n" : "X-A: aaaa\r\n"
        let server = RawServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.write(start)
            while connection.write(String(repeating: filling, count: 1000)) {}
        }
        let error = try await localClient().failure(request(server.url))
        #expect(error.kind == .tooLarge)
        #expect(server.log.requests.count == 1)
    }
}
