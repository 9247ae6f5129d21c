/// The codes that an authenticator app shows: RFC 6238 with SHA-1, six digits and steps of 30 seconds, which is what
/// all apps know.
package struct OneTimeCodes: Sendable {
    private let mac: KeyedMAC

    /// - Parameter key: 20 random bytes, shared with the app once.
    package init(key: [UInt8]) {
        precondition(!key.isEmpty, "One-time codes need a key.")
        mac = KeyedMAC(key: key, hash: "SHA1", byteCount: 20)
    }

    /// The code of one step of time: seconds since 1970, divided by 30.
    package func code(step: Int64) -> String {
        let digest = mac.code(of: (0..<8).reversed().map { UInt8(truncatingIfNeeded: step >> (8 * $0)) })
        let offset = Int(digest[19] & 15)
        let number = digest[offset..<(offset + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let digits = "\(number % 1_000_000)"
        return String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }

    /// Finds the step whose code was typed: the present one, or a neighbour, for clocks differ and typing takes time.
    ///
    /// - Parameters:
    ///   - typed: Spaces in it are ignored.
    ///   - used: The newest step whose code was good once; its code and older ones are not good again.
    /// - Returns: Nil when the code is none of theirs.
    package func step(of typed: String, secondsSince1970 now: Int64, after used: Int64) -> Int64? {
        let typed = Array(typed.utf8.filter { $0 != UInt8(ascii: " ") })
        let present = now / 30
        return [present, present - 1, present + 1].first { step in
            step > used && constantTimeEqual(Array(code(step: step).utf8), typed)
        }
    }
}

/// RFC 4648's base32 without padding, as authenticator apps want their keys.
package enum Base32 {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    /// - Returns: Capitals and digits; empty for nothing.
    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var (buffer, bits) = (UInt32(0), 0)
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(letters[Int(buffer >> UInt32(bits)) & 31])
            }
            buffer &= (1 << UInt32(bits)) - 1
        }
        if bits > 0 { text.append(letters[Int(buffer << UInt32(5 - bits)) & 31]) }
        return String(decoding: text, as: UTF8.self)
    }
}
