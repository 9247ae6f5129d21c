import FaultTesting
import Foundation
import HTTPClient
import Testing

/// The server is Python's own TLS with a certificate of the test's: it takes letters in encrypted connections.
@Suite("Letters over TLS", .timeLimit(.minutes(1)))
struct EncryptedMailTests {
    @Test(
        "Over STARTTLS and over smtps a letter arrives, and only where the certificate is trusted",
        .enabled(if: TestMailServer.otherAddress != nil, "This machine has no other address."),
        arguments: ["smtp", "smtps"])
    func encrypted(_ scheme: String) async throws {
        let address = try #require(TestMailServer.otherAddress)
        let server = try EncryptedMailServer(address: address, scheme: scheme)
        defer { server.stop() }
        let named = try MailServer(
            "\(scheme)://\(address):\(server.port)", greetingAs: "shop.example", user: "shop", password: "secret")
        let letter = OutboundLetter(
            from: "shop@shop.example", to: "asha@example.com", message: Array("Subject: x\r\n\r\nHello\r\n".utf8))

        let stranger = MailClient(named, timeout: .seconds(10))
        await #expect(throws: MailError.self) { try await stranger.send(letter) }
        let friend = MailClient(named, caFile: server.certificateFile, timeout: .seconds(10))
        try await friend.send(letter)
        let said = server.commands
        #expect(said.count { $0.hasPrefix("DATA") } == 1, "\(said)")
        #expect(said.allSatisfy { !$0.hasPrefix("clear MAIL") && !$0.hasPrefix("clear AUTH") }, "\(said)")
    }
}

/// A mail server in a process of its own.
private final class EncryptedMailServer {
    let certificateFile: String
    private(set) var port = 0
    private let process = Process()
    private let log: URL

    /// What it was told, the words of clear connections marked.
    var commands: [String] {
        let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    init(address: String, scheme: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "duka-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let (certificate, key) = (folder.appending(path: "cert.pem").path(), folder.appending(path: "key.pem").path())
        certificateFile = certificate
        log = folder.appending(path: "log")
        try Data().write(to: log)
        let maker = Process()
        maker.executableURL = URL(filePath: "/usr/bin/env")
        maker.arguments = [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
            "-subj", "/CN=duka-test", "-addext", "subjectAltName=IP:\(address)",
        ]
        maker.standardError = FileHandle.nullDevice
        try maker.run()
        maker.waitUntilExit()
        try #require(maker.terminationStatus == 0)

        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.script, certificate, key, log.path(), scheme]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        port = try #require(Int(line.filter(\.isNumber)), "The mail server did not start: \(line)")
    }

    func stop() {
        // The threads of Swift tasks block SIGTERM, and a child inherits that.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    private static let script = """
        import socket, ssl, sys
        certificate, key, log, scheme = sys.argv[1:]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        listener = socket.create_server(("0.0.0.0", 0))
        print(listener.getsockname()[1], flush=True)
        def serve(client):
            safe = scheme == "smtps"
            if safe: client = context.wrap_socket(client, server_side=True)
            lines = client.makefile("rb")
            def say(text): client.sendall(text.encode() + b"\\r\\n")
            say("220 test")
            for raw in lines:
                line = raw.decode().strip()
                with open(log, "a") as file: file.write(("" if safe else "clear ") + line.split()[0] + "\\n")
                word = line.split()[0].upper()
                if word == "EHLO": say("250-test" + ("" if safe else "\\r\\n250-STARTTLS") + "\\r\\n250 AUTH PLAIN")
                elif word == "STARTTLS":
                    say("220 go")
                    client = context.wrap_socket(client, server_side=True)
                    return talk(client)
                elif not follow(say, lines, line, word): return
        def talk(client):
            lines = client.makefile("rb")
            def say(text): client.sendall(text.encode() + b"\\r\\n")
            for raw in lines:
                line = raw.decode().strip()
                with open(log, "a") as file: file.write(line.split()[0] + "\\n")
                word = line.split()[0].upper()
                if word == "EHLO": say("250-test\\r\\n250 AUTH PLAIN")
                elif not follow(say, lines, line, word): return
        def follow(say, lines, line, word):
            if word == "AUTH":
                if len(line.split()) < 3:
                    say("334 ")
                    lines.readline()
                say("235 ok")
            elif word == "DATA":
                say("354 go")
                while lines.readline().strip() != b".": pass
                say("250 taken")
            elif word == "QUIT":
                say("221 bye")
                return False
            else: say("250 ok")
            return True
        while True:
            client, _ = listener.accept()
            try: serve(client)
            except (OSError, ssl.SSLError): pass
            client.close()
        """
}
