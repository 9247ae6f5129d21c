import HTTPServer
import Testing

@Suite("Client addresses")
struct ClientAddressTests {
    /// What a peer's X-Forwarded-For lines say, and who the client is; 127.0.0.1 is who connects.
    static let cases: [(trusted: [String], lines: [String], client: String)] = [
        ([], [], "127.0.0.1"),
        ([], ["1.2.3.4"], "127.0.0.1"),
        (["10.0.0.0/8"], ["1.2.3.4"], "127.0.0.1"),
        (["127.0.0.1"], [], "127.0.0.1"),
        (["127.0.0.1"], ["1.2.3.4"], "1.2.3.4"),
        (["127.0.0.0/8"], ["1.2.3.4"], "1.2.3.4"),
        (["::ffff:127.0.0.1"], ["1.2.3.4"], "1.2.3.4"),
        (["127.0.0.1"], ["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
        (["127.0.0.1"], ["6.6.6.6", "1.2.3.4"], "1.2.3.4"),
        (["127.0.0.1", "10.0.0.0/8"], ["1.2.3.4, 10.1.2.3"], "1.2.3.4"),
        (["127.0.0.1", "10.0.0.0/8"], ["6.6.6.6, 1.2.3.4, 10.1.2.3,10.0.0.9"], "1.2.3.4"),
        (["127.0.0.1", "10.0.0.0/8"], ["10.1.2.3, 10.0.0.9"], "10.1.2.3"),
        (["127.0.0.1"], ["2001:db8::1"], "2001:db8::1"),
        (["127.0.0.1"], ["2001:0DB8:0::0001"], "2001:db8::1"),
        (["127.0.0.1"], ["::ffff:1.2.3.4"], "1.2.3.4"),
        (["127.0.0.1"], ["1.2.3.4:5678"], "1.2.3.4"),
        (["127.0.0.1"], ["[2001:db8::1]:443"], "2001:db8::1"),
        (["127.0.0.1"], ["[2001:db8::1]"], "2001:db8::1"),
        (["127.0.0.1", "2001:db8::/32"], ["5.5.5.5, 2001:db8::7"], "5.5.5.5"),
        (["127.0.0.1"], ["unknown"], "127.0.0.1"),
        (["127.0.0.1"], ["1.2.3.4, unknown"], "127.0.0.1"),
        (["127.0.0.1", "10.0.0.0/8"], ["1.2.3.4, _hidden, 10.1.2.3"], "10.1.2.3"),
        (["127.0.0.1"], ["1.2.3.4,"], "127.0.0.1"),
        (["127.0.0.1"], ["1.2.3.4.5"], "127.0.0.1"),
        (["127.0.0.1"], ["1.2.3.4:x"], "127.0.0.1"),
        (["127.0.0.1"], ["fe80::1%eth0"], "127.0.0.1"),
        (["127.0.0.1"], ["\t 1.2.3.4 \t"], "1.2.3.4"),
        (["0.0.0.0/0"], ["6.6.6.6, 1.2.3.4"], "6.6.6.6"),
    ]

    @Test("The client is who stands before our own proxies, whatever it claims", arguments: cases)
    func client(trusted: [String], lines: [String], client: String) async throws {
        let ranges = try trusted.map { try #require(AddressRange($0)) }
        let text = try await serving({ $0.trustedProxies = ranges }) {
            .text("\($0.client)")
        } client: { port in
            let client = try RawClient(port: port)
            let headers = lines.map { "X-Forwarded-For: \($0)\r\n" }.joined()
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\(headers)\r\n")
            return try client.readAnswer().text
        }
        #expect(text == client)
    }

    @Test(
        "Only a trusted proxy can say that the client used TLS",
        arguments: [
            (true, "https", true), (true, "HTTPS", true), (true, "http", false), (true, "", false),
            (true, "https, http", false), (true, "http, https", true), (false, "https", false),
        ])
    func secure(isTrusted: Bool, header: String, isSecure: Bool) async throws {
        let range = try #require(AddressRange("127.0.0.1"))
        let text = try await serving({ $0.trustedProxies = isTrusted ? [range] : [] }) {
            .text("\($0.isSecure)")
        } client: { port in
            let client = try RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: \(header)\r\n\r\n")
            return try client.readAnswer().text
        }
        #expect(text == "\(isSecure)")
    }

    @Test(
        "A range holds the addresses that share its first bits",
        arguments: [
            ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.1.2.3/8", "10.9.9.9", true),
            ("1.2.3.4", "1.2.3.4", true), ("1.2.3.4", "1.2.3.5", false), ("1.2.3.4/31", "1.2.3.5", true),
            ("0.0.0.0/0", "255.1.1.1", true), ("0.0.0.0/0", "::1", false), ("::/0", "::1", true),
            ("::/0", "1.2.3.4", true),
            ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false),
            ("2001:db8::/65", "2001:db8::7fff:0:0:1", true), ("2001:db8::/65", "2001:db8::8000:0:0:1", false),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true), ("::1", "::1", true),
        ])
    func range(range: String, address: String, holds: Bool) throws {
        let range = try #require(AddressRange(range))
        #expect(range.contains(try #require(ClientAddress(address))) == holds)
    }

    @Test(
        "What is no range is refused",
        arguments: [
            "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0/8", "::/129", "a/8",
            "10.0.0.0/8/8",
            " 10.0.0.0", "localhost",
        ])
    func badRange(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test(
        "Requests are counted by the parts of an address one customer may own",
        arguments: [
            ("1.2.3.4", ["1.2.3.4/32"]),
            ("2001:db8:1:2203:3:4:5:6", ["2001:db8:1:2203::/64", "2001:db8:1:2200::/56", "2001:db8:1::/48"]),
        ])
    func prefixes(address: String, expected: [String]) throws {
        #expect(try #require(ClientAddress(address)).prefixes == expected)
    }

    @Test(
        "A cookie is found by its exact name",
        arguments: [
            ("a=1", "1"), ("b=2; a=1", "1"), ("aa=2;a=1;a=3", "1"), ("a=\"1\"", "1"), ("a=b=c", "b=c"), ("A=1", nil),
            ("a", nil), ("", nil), ("a=", ""), ("a = 1 ;b=2", "1"),
        ] as [(String, String?)])
    func cookie(line: String, expected: String?) {
        #expect(Request(path: "/", headers: [("cookie", line)]).cookie("a") == expected)
    }
}
