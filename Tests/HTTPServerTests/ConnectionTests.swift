import Foundation
import HTTPServer
import Synchronization
import Testing

@Suite("Connections")
struct ConnectionTests {
    @Test("A connection carries one request after the other")
    func keepAlive() async throws {
        let answers = try await serving(handler: { .text($0.path + "?" + $0.query.text) }) { port in
            let client = try RawClient(port: port)
            return try (0..<20).map { number in
                client.send("GET /page/\(number)?n=\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
                return try client.readAnswer().text
            }
        }
        #expect(answers == (0..<20).map { "/page/\($0)?n=\($0)" })
    }

    @Test("Requests sent at once are answered in their order, though the later handlers are faster")
    func pipelining() async throws {
        let answers = try await serving { request in
            if request.path.hasSuffix("slow") {
                for _ in 0..<5 { await Task.yield() }
                await Task.detached { await Task.yield() }.value
            }
            return .text(request.path)
        } client: { port in
            let client = try RawClient(port: port)
            client.send(
                (0..<10).map { "GET /\($0)\($0.isMultiple(of: 2) ? "slow" : "") HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            return try (0..<10).map { _ in try client.readAnswer().text }
        }
        #expect(answers == (0..<10).map { "/\($0)\($0.isMultiple(of: 2) ? "slow" : "")" })
    }

    @Test("HEAD gets the head of the same answer and no body")
    func head() async throws {
        let (head, get) = try await serving(handler: { .text($0.isHead && $0.method == .get ? "12345" : "54321") }) {
            port in
            let client = try RawClient(port: port)
            client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
            return (try client.readAnswer(isHead: true), try client.readAnswer())
        }
        #expect(head.headers["content-length"] == "5")
        #expect(get.text == "54321")
    }

    @Test("A body reaches the handler whole, whether its length is announced or it comes in chunks")
    func bodies() async throws {
        let body = String(repeating: "0123456789abcdef", count: 1024)
        let answers = try await serving({ $0.bodyLimit = { _, _ in 16 * 1024 } }) { request in
            await Task.yield()
            return .text("\(request.method.name) \(request.body.count) \(request.body == [UInt8](body.utf8))")
        } client: { port in
            let client = try RawClient(port: port)
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            let announced = try client.readAnswer().text
            client.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            client.send("2000\r\n\(body.prefix(8192))\r\n2000\r\n\(body.suffix(8192))\r\n0\r\n\r\n")
            return [announced, try client.readAnswer().text]
        }
        #expect(answers == ["POST 16384 true", "PUT 16384 true"])
    }

    @Test("256 connections at once each get all of their answers")
    func noStall() async throws {
        let counts = try await serving { request in
            if request.path == "/wait" { await Task.yield() }
            return .text(request.path)
        } client: { port in
            let clients = try (0..<256).map { _ in try RawClient(port: port) }
            var right = 0
            for round in 0..<8 {
                let path = round.isMultiple(of: 2) ? "/wait" : "/now"
                for client in clients { client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n") }
                for client in clients where try client.readAnswer().text == path { right += 1 }
            }
            return right
        }
        #expect(counts == 256 * 8)
    }

    @Test("Requests stay readable after their connection is gone, on any thread")
    func requestOutlivesConnection() async throws {
        let kept = Mutex<Request?>(nil)
        _ = try await serving { request in
            kept.withLock { $0 = request }
            return .text("ok")
        } client: { port in
            let client = try RawClient(port: port)
            client.send("GET /a%20b?c=d HTTP/1.1\r\nHost: a\r\nX-Word: kept\r\n\r\n")
            return try client.readAnswer().status
        }
        let request = try #require(kept.withLock { $0 })
        #expect(request.header("x-wORD") == "kept")
        #expect(request.path == "/a b")
        #expect(request.query["c"] == "d")
        #expect(request.client == .loopback)
    }

    @Test("A server listens on IPv6 when its host is an IPv6 address")
    func ipv6() async throws {
        let text = try await serving({ $0.host = "::1" }) {
            .text("\($0.client)")
        } client: { port in
            let client = try RawClient(port: port, isIPv6: true)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            return try client.readAnswer().text
        }
        #expect(text == "::1")
    }

    @Test("A second server on the same port is refused in words, not joined to the first")
    func portInUse() async throws {
        let error = try await serving { port -> ServerError? in
            var configuration = ServerConfiguration()
            configuration.port = port
            do throws(ServerError) {
                try Server(configuration) { _ in .text("second") }.start()
                return nil
            } catch {
                return error
            }
        }
        #expect(error?.kind == .portInUse)
        #expect(error?.description.contains("Address already in use") == true)
    }

    @Test("A host that is no address is refused", arguments: ["localhost", "1.2.3", "gg::1", "192.0.2.1"])
    func badHost(host: String) {
        var configuration = ServerConfiguration()
        configuration.host = host
        configuration.port = 0
        #expect { try Server(configuration) { _ in .text("") }.start() } throws: {
            ($0 as? ServerError)?.kind == .badAddress
        }
    }

    @Test(
        "An answer that cannot be sent becomes a 500",
        arguments: [
            Response(headers: [("X-Bad", "a\r\nSet-Cookie: b=c")], body: .empty), Response(status: 99),
            Response(body: .file(path: "/nonexistent", length: 1)),
        ])
    func unsendable(response: Response) async throws {
        let answer = try await serving(handler: { _ in response }) { port in
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            return try client.readAnswer()
        }
        #expect(answer.status == 500)
        #expect(answer.headers["set-cookie"] == nil)
    }
}
