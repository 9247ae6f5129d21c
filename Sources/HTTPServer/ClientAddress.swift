import Glibc

/// An IP address; an IPv4 address is the same value however it was written (`10.0.0.1`, `::ffff:10.0.0.1`).
package struct ClientAddress: Hashable, Sendable, CustomStringConvertible {
    /// The upper 64 of 128 bits; 0 for IPv4.
    let high: UInt64
    /// The lower 64 bits; an IPv4 address is mapped (RFC 4291, section 2.5.5.2).
    let low: UInt64

    /// The address of this machine to itself.
    package static let loopback = ClientAddress(v4: 0x7f00_0001)

    /// Reads `10.0.0.1` or `2001:db8::1`; no port, brackets, zone or blanks.
    package init?(_ text: String) {
        var v4 = in_addr()
        if unsafe inet_pton(AF_INET, text, &v4) == 1 {
            self.init(v4: UInt32(bigEndian: v4.s_addr))
            return
        }
        var v6 = in6_addr()
        guard unsafe inet_pton(AF_INET6, text, &v6) == 1 else { return nil }
        self.init(v6: v6)
    }

    init(v4: UInt32) {
        high = 0
        low = 0xffff_0000_0000 | UInt64(v4)
    }

    init(v6: in6_addr) {
        (high, low) = unsafe withUnsafeBytes(of: v6) { bytes in
            unsafe (
                UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }

    /// The address of a socket's other end; the unspecified address for anything that is not IP.
    init(socketAddress: UnsafePointer<sockaddr>) {
        switch Int32(unsafe socketAddress.pointee.sa_family) {
        case AF_INET:
            self.init(
                v4: unsafe socketAddress.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    UInt32(bigEndian: unsafe $0.pointee.sin_addr.s_addr)
                })
        case AF_INET6:
            self.init(
                v6: unsafe socketAddress.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                    unsafe $0.pointee.sin6_addr
                })
        default:
            self.init(v6: in6_addr())
        }
    }

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Whether this is an IPv4 address.
    package var isIPv4: Bool {
        high == 0 && low >> 32 == 0xffff
    }

    /// The address as people write it.
    package var description: String {
        if isIPv4 { return "\(low >> 24 & 0xff).\(low >> 16 & 0xff).\(low >> 8 & 0xff).\(low & 0xff)" }
        let words = [high.bigEndian, low.bigEndian]
        let capacity = Int(INET6_ADDRSTRLEN)
        let text = unsafe [CChar](unsafeUninitializedCapacity: capacity) { buffer, count in
            unsafe words.withUnsafeBytes {
                _ = unsafe inet_ntop(AF_INET6, $0.baseAddress, buffer.baseAddress, socklen_t(capacity))
            }
            count = unsafe strlen(buffer.baseAddress!)
        }
        return String(decoding: text.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The first `bits` of the address as text, such as `2001:db8::/64`; counted from the front of its own kind.
    package func prefix(_ bits: Int) -> String {
        "\(masked(isIPv4 ? bits + 96 : bits))/\(bits)"
    }

    /// What to count requests by, narrowest first: the /32 of IPv4; the /64, /56 and /48 of IPv6, as one customer of a
    /// provider may own any of these.
    package var prefixes: [String] {
        isIPv4 ? [prefix(32)] : [prefix(64), prefix(56), prefix(48)]
    }

    /// The address with all but its first `bits` of 128 cleared.
    func masked(_ bits: Int) -> ClientAddress {
        let highBits = min(bits, 64)
        let lowBits = max(bits - 64, 0)
        return ClientAddress(
            high: highBits == 0 ? 0 : high & (UInt64.max << (64 - UInt64(highBits))),
            low: lowBits == 0 ? 0 : low & (UInt64.max << (64 - UInt64(lowBits))))
    }
}
