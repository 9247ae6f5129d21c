/// Base64 with `+`, `/` and padding; RFC 4648, section 4.
package enum Base64 {
    private static let alphabet = Base64Alphabet("+", "/")

    /// - Returns: Four characters for each three bytes, padded with `=`.
    package static func encode(_ bytes: [UInt8]) -> String { alphabet.encode(bytes, padded: true) }

    /// - Returns: `nil` unless `text` is exactly what `encode` gives: no spaces or line ends, full padding.
    package static func decode(_ text: String) -> [UInt8]? { alphabet.decode(text, padded: true) }
}

/// Base64 with `-` and `_`, without padding: safe in addresses and file names; RFC 4648, section 5.
package enum Base64URL {
    private static let alphabet = Base64Alphabet("-", "_")

    /// - Returns: Four characters for each three bytes, nothing at the end.
    package static func encode(_ bytes: [UInt8]) -> String { alphabet.encode(bytes, padded: false) }

    /// - Returns: `nil` unless `text` is exactly what `encode` gives, so that each value has one spelling.
    package static func decode(_ text: String) -> [UInt8]? { alphabet.decode(text, padded: false) }
}

/// The 64 digits, both ways.
private struct Base64Alphabet: Sendable {
    private let digits: [UInt8]
    /// The value of each byte as a digit; 255 if it is none.
    private let values: [UInt8]

    init(_ digit62: Unicode.Scalar, _ digit63: Unicode.Scalar) {
        digits =
            Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
            + [UInt8(ascii: digit62), UInt8(ascii: digit63)]
        var values = [UInt8](repeating: 255, count: 256)
        for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
        self.values = values
    }

    func encode(_ bytes: [UInt8], padded: Bool) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits: UInt32 = 0
            for byte in group { bits = bits << 8 | UInt32(byte) }
            bits <<= 8 * UInt32(3 - group.count)
            for place in 0...group.count { text.append(digits[Int(bits >> (18 - 6 * UInt32(place)) & 63)]) }
            if padded { text.append(contentsOf: repeatElement(UInt8(ascii: "="), count: 3 - group.count)) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    func decode(_ text: String, padded: Bool) -> [UInt8]? {
        var text = Array(text.utf8)
        if padded {
            guard text.count.isMultiple(of: 4) else { return nil }
            for _ in 0..<2 where text.last == UInt8(ascii: "=") { text.removeLast() }
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3 + 2)
        for start in stride(from: 0, to: text.count, by: 4) {
            let group = text[start..<min(start + 4, text.count)]
            guard group.count > 1 else { return nil }
            var bits: UInt32 = 0
            for digit in group {
                guard values[Int(digit)] < 64 else { return nil }
                bits = bits << 6 | UInt32(values[Int(digit)])
            }
            bits <<= 6 * UInt32(4 - group.count)
            let byteCount = group.count - 1
            // What does not fill a byte must be zero, or two texts would mean the same bytes.
            guard bits & (0xFF_FFFF >> UInt32(8 * byteCount)) == 0 else { return nil }
            for place in 0..<byteCount { bytes.append(UInt8(truncatingIfNeeded: bits >> (16 - 8 * UInt32(place)))) }
        }
        return bytes
    }
}
