internal import CCurl
internal import Glibc

/// The address a socket is about to be connected to: 4 or 16 bytes.
struct IPAddress: Sendable, Equatable {
    let bytes: [UInt8]

    /// - Parameter bytes: `nil` is returned for anything but 4 or 16 bytes.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// 127.0.0.0/8 and ::1, also written as an IPv4-mapped address.
    var isLoopback: Bool {
        if let ipv4 = mappedIPv4 { return ipv4[0] == 127 }
        return bytes == [UInt8](repeating: 0, count: 15) + [1]
    }

    /// Whether it leads out to the Internet: not to this machine, its network, documentation, or a group.
    ///
    /// The IANA registries of special-purpose addresses (RFC 6890 and its updates).
    var isPublic: Bool {
        if let ipv4 = mappedIPv4 ?? translatedIPv4 {
            return !IPAddress.specialIPv4.contains { IPAddress.matches(ipv4, $0.prefix, $0.bits) }
        }
        return IPAddress.matches(bytes, [0x20], 3)
            && !IPAddress.specialIPv6.contains { IPAddress.matches(bytes, $0.prefix, $0.bits) }
    }

    /// The four bytes of an IPv4 address, or of ::ffff:0:0/96, which the kernel treats as one.
    private var mappedIPv4: [UInt8]? {
        if bytes.count == 4 { return bytes }
        return bytes.starts(with: [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]) ? Array(bytes.suffix(4)) : nil
    }

    /// What 64:ff9b::/96 stands for in networks that have IPv6 only; RFC 6052.
    private var translatedIPv4: [UInt8]? {
        let prefix: [UInt8] = [0, 0x64, 0xFF, 0x9B] + [UInt8](repeating: 0, count: 8)
        return bytes.starts(with: prefix) ? Array(bytes.suffix(4)) : nil
    }

    private static let specialIPv4: [(prefix: [UInt8], bits: Int)] = [
        ([0], 8), ([10], 8), ([100, 64], 10), ([127], 8), ([169, 254], 16), ([172, 16], 12), ([192, 0, 0], 24),
        ([192, 0, 2], 24), ([192, 88, 99], 24), ([192, 168], 16), ([198, 18], 15), ([198, 51, 100], 24),
        ([203, 0, 113], 24), ([224], 4), ([240], 4),
    ]

    /// Inside of 2000::/3, which is all of the public space: protocol assignments, documentation and 6to4.
    private static let specialIPv6: [(prefix: [UInt8], bits: Int)] = [
        ([0x20, 0x01, 0x00], 23), ([0x20, 0x01, 0x0D, 0xB8], 32), ([0x20, 0x02], 16), ([0x3F, 0xFF, 0x00], 20),
    ]

    private static func matches(_ address: [UInt8], _ prefix: [UInt8], _ bits: Int) -> Bool {
        let whole = bits / 8
        guard address.prefix(whole) == prefix.prefix(whole) else { return false }
        let rest = bits % 8
        return rest == 0 || (address[whole] ^ prefix[whole]) >> (8 - rest) == 0
    }
}

extension IPAddress {
    /// The address that libcurl is about to connect to; nil when it is of another kind.
    init?(socketAddress address: UnsafeMutablePointer<curl_sockaddr>) {
        guard let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return nil }
        let bytes = unsafe Array(
            UnsafeRawBufferPointer(start: UnsafeRawPointer(address) + offset, count: Int(address.pointee.addrlen)))
        // A `sockaddr_in` has its address at 4 bytes, a `sockaddr_in6` at 8.
        switch unsafe address.pointee.family {
        case AF_INET: self.init(Array(bytes.dropFirst(4).prefix(4)))
        case AF_INET6: self.init(Array(bytes.dropFirst(8).prefix(16)))
        default: return nil
        }
    }
}
