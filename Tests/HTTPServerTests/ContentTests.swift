import Foundation
import HTTPServer
import Testing

@Suite("Content")
struct ContentTests {
    private static let page = [UInt8](String(repeating: "<p>Malipo yamepokelewa.</p>", count: 100).utf8)

    /// Asks for `/` a few times, as what is sent again takes another way.
    private func answers(_ response: Response, headers: String, times: Int = 4) async throws -> [RawClient.Answer] {
        try await serving({ $0.loops = 1 }) { _ in
            response
        } client: { port in
            let client = try RawClient(port: port)
            return try (0..<times).map { _ in
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\(headers)\r\n")
                return try client.readAnswer()
            }
        }
    }

    private func unpacked(_ bytes: [UInt8]) throws -> [UInt8] {
        let gzip = Process()
        gzip.executableURL = URL(filePath: "/usr/bin/env")
        gzip.arguments = ["gzip", "-dc"]
        let input = Pipe(), output = Pipe()
        gzip.standardInput = input
        gzip.standardOutput = output
        try gzip.run()
        try input.fileHandleForWriting.write(contentsOf: Data(bytes))
        try input.fileHandleForWriting.close()
        return [UInt8](output.fileHandleForReading.readDataToEndOfFile())
    }

    @Test(
        "A page is compressed for clients that take gzip, and says what it depends on",
        arguments: [
            ("Accept-Encoding: gzip, deflate, br\r\n", true), ("Accept-Encoding: br;q=1, gzip;q=0.5\r\n", true),
            ("accept-encoding: GZIP\r\n", true), ("Accept-Encoding: *\r\n", true), ("", false),
            ("Accept-Encoding: br\r\n", false), ("Accept-Encoding: gzip;q=0\r\n", false),
            ("Accept-Encoding: br, gzip; q=0.000\r\n", false), ("Accept-Encoding: identity\r\n", false),
        ])
    func gzip(headers: String, isCompressed: Bool) async throws {
        for answer in try await answers(.html(SharedBytes(Self.page)), headers: headers) {
            #expect(answer.headers["vary"] == "Accept-Encoding")
            #expect(answer.headers["content-encoding"] == (isCompressed ? "gzip" : nil))
            #expect(answer.headers["content-length"] == "\(answer.body.count)")
            #expect(try (isCompressed ? unpacked(answer.body) : answer.body) == Self.page)
        }
    }

    @Test(
        "What does not get shorter is sent as it is",
        arguments: [
            Response(headers: [("Content-Type", "image/png")], body: .bytes(SharedBytes(page))),
            Response.html(SharedBytes(Array(page.prefix(600)))),
            Response(
                headers: [("Content-Type", "text/html"), ("Cache-Control", "no-transform")],
                body: .bytes(SharedBytes(page))),
            Response(
                headers: [("Content-Type", "text/html"), ("Content-Encoding", "br")], body: .bytes(SharedBytes(page))),
            Response.html((0..<2000).map { _ in UInt8.random(in: 0...255) }),
        ])
    func notCompressed(response: Response) async throws {
        for answer in try await answers(response, headers: "Accept-Encoding: gzip\r\n") {
            #expect(answer.headers["content-encoding"] != "gzip")
        }
    }

    @Test("601 bytes of text are compressed, and a strong tag becomes weak with them")
    func edge() async throws {
        let response = Response(
            headers: [("Content-Type", "application/json"), ("ETag", "\"a\"")],
            body: .bytes(SharedBytes([UInt8](repeating: 0x20, count: 601))))
        for answer in try await answers(response, headers: "Accept-Encoding: gzip\r\n") {
            #expect(answer.headers["content-encoding"] == "gzip")
            #expect(answer.headers["etag"] == "W/\"a\"")
        }
    }

    @Test("Pages that share their bytes keep their own headers and status")
    func sharedBytes() async throws {
        let page = SharedBytes(Self.page)
        let answers = try await serving({ $0.loops = 1 }) { request in
            var response = Response.html(page, status: request.path == "/2" ? 404 : 200)
            response.headers.append(("X-Path", request.path))
            return response
        } client: { port in
            let client = try RawClient(port: port)
            return try (0..<12).map { number in
                client.send("GET /\(number % 3) HTTP/1.1\r\nHost: a\r\n\r\n")
                let answer = try client.readAnswer()
                return "\(answer.status) \(answer.headers["x-path"] ?? "") \(answer.body == Self.page)"
            }
        }
        #expect(answers == (0..<12).map { "\($0 % 3 == 2 ? 404 : 200) /\($0 % 3) true" })
    }

    @Test(
        "A client is told to use what it has when its tag names our version",
        arguments: [
            ("\"x\"", true), ("W/\"x\"", true), ("\"y\", \"x\"", true), ("*", true), ("\"y\"", false), ("x", false),
            ("", false),
        ])
    func etag(header: String, has: Bool) {
        #expect(Request(path: "/", headers: [("If-None-Match", header)]).alreadyHas(etag: "\"x\"") == has)
    }

    @Test("Static files come with type, tag and age; what is not among them is not found")
    func staticFiles() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "duka-static-\(UUID())")
        defer { try? FileManager.default.removeItem(at: directory) }
        try FileManager.default.createDirectory(at: directory.appending(path: "css"), withIntermediateDirectories: true)
        try Data("body{}".utf8).write(to: directory.appending(path: "css/shop.css"))
        try Data("secret".utf8).write(to: directory.appending(path: ".env"))
        let large = Data((0..<1_500_000).map { UInt8(truncatingIfNeeded: $0 / 7) })
        try large.write(to: directory.appending(path: "film.png"))
        let files = try StaticFiles(directory: directory.path)

        let css = try #require(files.response(for: "css/shop.css", request: Request(path: "/")))
        #expect(css.header("content-type") == "text/css; charset=utf-8")
        #expect(css.header("cache-control") == "public, max-age=300")
        let etag = try #require(css.header("etag"))
        let again = files.response(for: "css/shop.css", request: Request(path: "/", headers: [("If-None-Match", etag)]))
        #expect(again?.status == 304)
        let version = try #require(files.version(of: "css/shop.css"))
        let versioned = files.response(for: "css/shop.css", request: Request(path: "/", query: Query("v=\(version)")))
        #expect(versioned?.header("cache-control") == "public, max-age=31536000, immutable")
        for name in [".env", "css", "css/", "css/../css/shop.css", "../shop.css", "/css/shop.css", ""] {
            #expect(files.response(for: name, request: Request(path: "/")) == nil)
        }

        let (sent, unchanged) = try await serving { request in
            files.response(for: String(request.path.dropFirst()), request: request) ?? .text("none", status: 404)
        } client: { port in
            let client = try RawClient(port: port)
            client.send("GET /film.png HTTP/1.1\r\nHost: a\r\n\r\n")
            let sent = try client.readAnswer()
            client.send("GET /css/shop.css HTTP/1.1\r\nHost: a\r\nIf-None-Match: \(etag)\r\n\r\n")
            return (sent, try client.readAnswer())
        }
        #expect(sent.headers["content-type"] == "image/png")
        #expect(Data(sent.body) == large)
        #expect(unchanged.status == 304)
        #expect(unchanged.headers["etag"] == etag)
    }

    @Test("A directory that cannot be read is an error at the start")
    func noDirectory() {
        #expect(throws: StaticFilesError.self) { try StaticFiles(directory: "/nonexistent") }
    }
}
