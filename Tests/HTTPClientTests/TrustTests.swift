import Foundation
import HTTPClient
import Testing

/// The servers are those of the openssl program.
@Suite("Trust", .timeLimit(.minutes(1)))
struct TrustTests {
    @Test("A server whose certificate nobody vouches for gets nothing")
    func selfSigned() async throws {
        let server = try TLSServer(name: "IP:127.0.0.1")
        let error = try await localClient().failure(request(server.url, method: "GET", effect: .asks))
        #expect(error.kind == .notSent)
        #expect(error.code == 60)
        #expect(error.message.contains("self-signed certificate"))
    }

    @Test("A server whose certificate is in the file of trusted ones is believed")
    func trusted() async throws {
        let server = try TLSServer(name: "IP:127.0.0.1")
        let client = localClient(caFile: server.certificateFile)
        let answer = try await client.send(request(server.url, method: "GET"))
        #expect(answer.status == 200)
        #expect(String(decoding: answer.body, as: UTF8.self).contains("TLSv1.3"))
    }

    @Test("A trusted certificate of another host is refused")
    func otherName() async throws {
        let server = try TLSServer(name: "DNS:provider.example")
        let client = localClient(caFile: server.certificateFile)
        let error = try await client.failure(request(server.url, method: "GET"))
        #expect(error.kind == .notSent)
        #expect(error.code == 60)
    }

    @Test("A server that speaks TLS 1.1 at best is refused")
    func oldProtocol() async throws {
        let server = try TLSServer(name: "IP:127.0.0.1", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
        let client = localClient(caFile: server.certificateFile)
        let error = try await client.failure(request(server.url, method: "GET"))
        #expect(error.kind == .notSent)
    }

    @Test("A file of trusted certificates that is not there means that nobody is trusted")
    func noFile() async throws {
        let server = try TLSServer(name: "IP:127.0.0.1")
        let client = localClient(caFile: "/nowhere/certificates.pem")
        let error = try await client.failure(request(server.url, method: "GET"))
        #expect(error.kind == .notSent)
        #expect(error.code == 77)
    }

    @Test("Requests over TLS reuse nothing between acts and end without harm when the server goes away")
    func serverGoesAway() async throws {
        let server = try TLSServer(name: "IP:127.0.0.1")
        let client = localClient(caFile: server.certificateFile)
        for _ in 0..<3 { #expect(try await client.send(request(server.url, method: "GET")).status == 200) }
        server.stop()
        #expect(try await client.failure(request(server.url, method: "GET")).kind == .notSent)
        await client.shutdown()
    }
}

/// `openssl s_server` with a certificate of its own, which answers every GET with a page about the connection.
private final class TLSServer {
    let certificateFile: String
    private(set) var url = ""
    private let folder: URL
    private let process = Process()

    init(name: String, _ options: String...) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "duka-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let certificate = folder.appending(path: "certificate.pem").path()
        let key = folder.appending(path: "key.pem").path()
        certificateFile = certificate

        let maker = Process()
        maker.executableURL = URL(filePath: "/usr/bin/env")
        maker.arguments = [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
            "-subj", "/CN=duka-test", "-addext", "subjectAltName=\(name)",
        ]
        maker.standardError = FileHandle.nullDevice
        try maker.run()
        maker.waitUntilExit()
        try #require(maker.terminationStatus == 0)

        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", certificate, "-key", key] + options
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        // Says "ACCEPT 127.0.0.1:41234" when it is ready.
        var text = ""
        while !text.contains("ACCEPT ") || !text.hasSuffix("\n") {
            let data = output.fileHandleForReading.availableData
            try #require(!data.isEmpty, "openssl s_server did not start")
            text += String(decoding: data, as: UTF8.self)
        }
        let port = try #require(text.split(separator: "ACCEPT ").last?.split(separator: ":").last)
        url = "https://127.0.0.1:\(port.filter(\.isNumber))/"
    }

    func stop() {
        // The threads of Swift tasks block SIGTERM, and a child inherits that.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(at: folder)
    }
}
