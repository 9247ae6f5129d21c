/// Addresses that share their first bits, such as `10.0.0.0/8`, `2001:db8::/32`, or one address alone.
package struct AddressRange: Hashable, Sendable, CustomStringConvertible {
    private let base: ClientAddress
    private let bits: Int

    /// Reads an address, or an address with `/` and a number of bits; bits behind the prefix are ignored.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = ClientAddress(String(parts[0])) else { return nil }
        // 96 bits lead an IPv4 address in its mapped form, but only the dotted spelling counts without them.
        let isDotted = !parts[0].contains(":")
        let width = isDotted ? 32 : 128
        var bits = width
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = Int(parts[1]),
                number <= width
            else { return nil }
            bits = number
        }
        self.bits = isDotted ? bits + 96 : bits
        base = address.masked(self.bits)
    }

    /// The range as it would be written.
    package var description: String {
        base.isIPv4 && bits >= 96 ? "\(base)/\(bits - 96)" : "\(base)/\(bits)"
    }

    /// Whether `address` is one of them; IPv4 and mapped IPv6 are the same.
    package func contains(_ address: ClientAddress) -> Bool {
        address.masked(bits) == base
    }
}

/// Finds out who asks when proxies stand between.
struct TrustedProxies: Sendable {
    /// Most hops that are looked at.
    static let hopLimit = 32

    let ranges: [AddressRange]

    /// Whether what `address` says about others is believed.
    func contains(_ address: ClientAddress) -> Bool {
        ranges.contains { $0.contains(address) }
    }

    /// The client behind `peer`: `X-Forwarded-For` is read from the right, as long as who added the entry is trusted.
    ///
    /// An entry that is no address ends the search at the proxy that added it: nobody further left can be believed.
    func client(of peer: ClientAddress, forwardedFor lines: [String]) -> ClientAddress {
        var client = peer
        let hops = lines.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
        for hop in hops.reversed().prefix(Self.hopLimit) {
            guard contains(client), let next = Self.address(in: hop) else { break }
            client = next
        }
        return client
    }

    /// The address of one entry; some proxies add a port, and then brackets around IPv6.
    private static func address(in hop: Substring) -> ClientAddress? {
        let text = hop.trimmed
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]"), isPort(text[text.index(after: end)...]) else { return nil }
            return ClientAddress(String(text[text.index(after: text.startIndex)..<end]))
        }
        if let colon = text.firstIndex(of: ":"), text[..<colon].contains(".") {
            guard isPort(text[colon...]) else { return nil }
            return ClientAddress(String(text[..<colon]))
        }
        return ClientAddress(String(text))
    }

    /// Whether `text` is nothing or a colon and a number.
    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || text.first == ":" && UInt16(text.dropFirst()) != nil
    }
}

extension Substring {
    /// The text without the blanks and tabs around it.
    var trimmed: Substring {
        let start = drop { $0 == " " || $0 == "\t" }
        guard let last = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return start[...last]
    }
}
