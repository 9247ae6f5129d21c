@testable import HTTPClient
import Testing

@Suite("What is not sent at all", .timeLimit(.minutes(1)))
struct ForbiddenTests {
    @Test(
        "Only https:// and, to this machine, http:// are allowed",
        arguments: [
            "http://example.com/", "http://127.0.0.1.example.com/", "http://127.evil.example/", "http://128.0.0.1/",
            "http://localhost.example.com/", "http://10.0.0.1/", "http://[::2]/", "http://[::ffff:10.0.0.1]/",
            "http://127.0.0.1@example.com/", "http://0.0.0.0/", "ftp://127.0.0.1/", "file:///etc/passwd",
            "gopher://127.0.0.1/", "HTTP://example.com/", "//127.0.0.1/", "127.0.0.1", "", "https://",
            "https://user:password@example.com/", "https://user@example.com/", "https://example.com/a b",
            "https://example.com/\r\nX: y", "https://example.com/é", "https://exa mple.com/",
            "https://example.com:99999/", "https://example.com/" + String(repeating: "a", count: 8192),
        ])
    func addresses(url: String) async throws {
        let error = try await localClient().failure(request(url))
        #expect(error.kind == .forbidden)
        #expect(!error.mayHaveArrived)
        #expect(error.code == 0)
    }

    @Test("This machine has several spellings", arguments: ["127.0.0.1", "localhost", "0x7f.1", "LOCALHOST"])
    func thisMachine(host: String) async throws {
        let server = RawServer { connection in
            while connection.readRequest() != nil { connection.answer() }
        }
        #expect(try await localClient().post("http://\(host):\(server.port)/").status == 200)
    }

    @Test("Without leave for simulators, http:// is not sent to this machine either")
    func noPlainHTTP() async throws {
        let server = RawServer { connection in _ = connection.readRequest() }
        let error = try await OutboundClient().failure(request(server.url))
        #expect(error.kind == .forbidden)
        #expect(server.log.connectionCount == 0)
    }

    @Test("A client for public addresses connects to none of this machine or network, whatever the name")
    func publicOnly() async throws {
        let server = RawServer { connection in connection.waitForClose() }
        let client = OutboundClient(ClientConfiguration(allowPlainHTTPToLoopback: true, addresses: .publicOnly))
        for url in [
            "https://127.0.0.1:\(server.port)", "https://localhost:\(server.port)", server.url, "https://10.0.0.1",
            "https://[::ffff:127.0.0.1]:\(server.port)", "https://169.254.169.254/", "https://2130706433/",
        ] {
            let error = try await client.failure(request(url))
            #expect(error.kind == .forbidden, "\(url)")
            #expect(error.message == "The host's address is not allowed.")
        }
        #expect(server.log.connectionCount == 0)
    }

    @Test(
        "Header fields that could change the message are refused, and the words do not repeat them",
        arguments: [
            ("X-A", "secret\r\nX-B: c"), ("X-A", "secret\nX-B: c"), ("X-A", "secret\rb"), ("X-A", "secret\0"),
            ("X-A", "\u{7F}secret"), ("X-A\r\nX-B", "secret"), ("X A", "secret"), ("X-A:", "secret"), ("", "secret"),
            ("Ä", "secret"), ("Host", "secret"), ("content-length", "0"), ("Transfer-Encoding", "chunked"),
            ("Connection", "close"), ("Expect", "100-continue"), ("Upgrade", "h2c"), ("TE", "trailers"),
        ])
    func headers(name: String, value: String) async throws {
        let server = RawServer { connection in _ = connection.readRequest() }
        var bad = request(server.url)
        bad.headers = [(name, value)]
        let error = try await localClient().failure(bad)
        #expect(error.kind == .forbidden)
        #expect(!error.message.contains("secret"))
        #expect(server.log.connectionCount == 0)
    }

    @Test(
        "Header fields have limits", arguments: [(64, 1, true), (65, 1, false), (1, 16_377, true), (1, 16_378, false)])
    func headerLimits(count: Int, length: Int, isAllowed: Bool) async throws {
        let server = RawServer { connection in
            while connection.readRequest() != nil { connection.answer() }
        }
        var asked = request(server.url)
        asked.headers = (0..<count).map { _ in ("X-A", String(repeating: "a", count: length)) }
        if isAllowed {
            #expect(try await localClient().send(asked).status == 200)
        } else {
            #expect(try await localClient().failure(asked).kind == .forbidden)
        }
    }

    @Test(
        "Methods are words in capitals, and reading has no body",
        arguments: [
            "", "post", "POST ", "PO\r\nST", "CONNECT", "TRACE", "GET", "HEAD", "ABCDEFGHIJKLMNOPQ",
        ])
    func methods(method: String) async throws {
        var bad = request("https://127.0.0.1:1/")
        bad.method = method
        #expect(try await localClient().failure(bad).kind == .forbidden)
    }

    @Test("A body longer than eight mebibytes is refused")
    func longBody() async throws {
        var bad = request("https://127.0.0.1:1/")
        bad.body = [UInt8](repeating: 0, count: (8 << 20) + 1)
        #expect(try await localClient().failure(bad).kind == .forbidden)
    }

    @Test(
        "Addresses that do not lead out are known",
        arguments: [
            "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "169.254.169.254", "172.16.0.1",
            "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255",
            "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        ])
    func specialIPv4(text: String) throws {
        let bytes = text.split(separator: ".").compactMap { UInt8($0) }
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + bytes
        let translated = [0, 0x64, 0xFF, 0x9B] + [UInt8](repeating: 0, count: 8) + bytes
        for bytes in [bytes, mapped, translated] { #expect(try #require(IPAddress(bytes)).isPublic == false) }
    }

    @Test(
        "Addresses just outside of the special ranges lead out",
        arguments: [
            "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
            "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
            "198.20.0.0", "223.255.255.255",
        ])
    func publicIPv4(text: String) throws {
        let bytes = text.split(separator: ".").compactMap { UInt8($0) }
        #expect(try #require(IPAddress(bytes)).isPublic)
    }

    @Test(
        "Addresses of IPv6 lead out from 2000::/3 only, without its special ranges",
        arguments: [
            ([0x20, 0x01, 0x48, 0x60], true), ([0x2A, 0x00], true), ([0x3F, 0xFE], true), ([], false), ([0xFC], false),
            ([0xFD, 1], false), ([0xFE, 0x80], false), ([0xFF, 2], false), ([0x20, 0x01, 0, 0], false),
            ([0x20, 0x01, 0x01, 0xFF], false), ([0x20, 0x01, 0x02, 0], true), ([0x20, 0x01, 0x0D, 0xB8], false),
            ([0x20, 0x02, 0x7F, 0, 0, 1], false), ([0x3F, 0xFF, 0x0F], false), ([0x3F, 0xFF, 0x10], true),
            ([0x40], false),
        ] as [([UInt8], Bool)])
    func ipv6(start: [UInt8], isPublic: Bool) throws {
        let bytes = start + [UInt8](repeating: 0, count: 15 - start.count) + [1]
        #expect(try #require(IPAddress(bytes)).isPublic == isPublic)
    }

    @Test("Loopback is 127.0.0.0/8 and ::1")
    func loopback() throws {
        let one = [UInt8](repeating: 0, count: 15) + [1]
        #expect(try #require(IPAddress(one)).isLoopback)
        #expect(try #require(IPAddress([127, 255, 0, 1])).isLoopback)
        #expect(try #require(IPAddress([128, 0, 0, 1])).isLoopback == false)
        #expect(try #require(IPAddress([UInt8](repeating: 0, count: 16))).isLoopback == false)
        #expect(IPAddress([1, 2, 3]) == nil)
    }
}
