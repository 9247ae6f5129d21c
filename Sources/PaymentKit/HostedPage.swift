import FoundationEssentials

/// The provider's own page on which customers pay; a plugin that has one leads there by ``CustomerStep/redirect(_:)``.
public struct HostedPage: Sendable, Hashable {
    /// The only hosts to which customers are sent, `name` or `name:port`; see ``PaymentPlugin/pageHosts`` for a changed
    /// base address.
    public var hosts: [String]
    /// Seconds from the start for which the page takes a payment, 300 to 86,400. So long the payment stays open and no
    /// second one can be begun; a no that is told meanwhile counts when it is over, for another card may be tried;
    /// money that comes later still counts.
    public var openFor: Double
    public init(hosts: [String], openFor: Double = 1_800) {
        self.hosts = hosts
        self.openFor = openFor
    }

    /// Whether it is a name, perhaps with a port, and nothing that means more in a header.
    package static func isHost(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                case _: ".-:[]".utf8.contains(byte)
                }
            }
    }

    /// What ``openFor`` may be.
    package static let seconds = 300.0...86_400.0
    /// Bytes of an address at most.
    package static let addressBytes = 2_000

    /// Why customers must not be sent to an address, as a sentence's end; nil when they may.
    ///
    /// Plain http leads to this machine only: to a simulation.
    package static func problem(with url: URL, hosts: [String]) -> String? {
        guard url.absoluteString.utf8.count <= addressBytes else { return "it is longer than \(addressBytes) bytes" }
        guard let name = url.host(), !name.isEmpty, url.user() == nil, url.password() == nil else {
            return "it has no host, or a user in it"
        }
        let host = name.contains(":") && !name.hasPrefix("[") ? "[\(name)]" : name
        switch url.scheme?.lowercased() {
        case "https": break
        case "http" where isThisMachine(host): break
        default: return "it does not begin with https://"
        }
        let place = url.port.map { "\(host):\($0)" } ?? host
        return hosts.contains(place) ? nil : "\(place) is not among the page's hosts"
    }

    /// Whether a host, with or without a port, is this machine.
    package static func isThisMachine(_ host: String) -> Bool {
        ["127.0.0.1", "localhost", "[::1]"].contains { host == $0 || host.hasPrefix("\($0):") }
    }
}

/// How a provider signs its messages. The shop checks it over the body as it came, before anything is stored, so that a
/// plugin never sees a message of somebody else's.
public struct WebhookSignature: Sendable, Hashable {
    /// How the code is made from the body; written in hexadecimal digits.
    public enum Method: String, Sendable, Hashable, Codable, CaseIterable {
        case hmacSHA256 = "hmac-sha256"
        case hmacSHA512 = "hmac-sha512"
    }
    /// The header that holds the code.
    public var header: String
    public var method: Method
    /// The key of the secret setting that is the code's key.
    public var setting: String
    public init(header: String, _ method: Method, setting: String) {
        self.header = header
        self.method = method
        self.setting = setting
    }
}
