/// A value of CBOR (RFC 8949) as authenticators write it: in the canonical form of CTAP 2, and nothing beyond it.
///
/// Numbers stand in their shortest form, lengths come first, no key stands twice; tags and fractions do not occur. What
/// is written otherwise is refused, so that no two readers can understand it differently.
package indirect enum CBOR: Sendable, Equatable {
    case integer(Int64)
    case bytes([UInt8])
    case text(String)
    case list([CBOR])
    case map([Entry])
    case flag(Bool)
    case nothing

    /// A key of a map and what it stands for.
    package struct Entry: Sendable, Equatable {
        package let key, value: CBOR
    }

    /// What stands under a key; nil when nothing does, or this is no map.
    package subscript(_ key: CBOR) -> CBOR? {
        guard case .map(let entries) = self else { return nil }
        return entries.first { $0.key == key }?.value
    }

    /// Bytes, or nil for anything else.
    package var asBytes: [UInt8]? {
        guard case .bytes(let bytes) = self else { return nil }
        return bytes
    }

    /// Reads one value from the start of `bytes`.
    ///
    /// - Returns: The value, and how many bytes it takes.
    /// - Throws: `malformed`.
    package static func read(_ bytes: [UInt8]) throws(CryptographyError) -> (value: CBOR, byteCount: Int) {
        var reader = CBORReader(bytes: bytes)
        let value = try reader.value(depth: 0)
        return (value, reader.place)
    }

    /// Reads the one value that `bytes` are.
    ///
    /// - Throws: `malformed`, also when something stands behind it.
    package static func readAll(_ bytes: [UInt8]) throws(CryptographyError) -> CBOR {
        let (value, byteCount) = try read(bytes)
        guard byteCount == bytes.count else {
            throw CryptographyError(.malformed, "There are \(bytes.count - byteCount) bytes after the CBOR value.")
        }
        return value
    }
}

private struct CBORReader {
    let bytes: [UInt8]
    var place = 0
    private static let deepest = 4, mostEntries = 64

    mutating func value(depth: Int) throws(CryptographyError) -> CBOR {
        guard depth <= Self.deepest else { throw Self.wrong("is nested too deeply") }
        let first = try next()
        if first >> 5 == 7 { return try simple(first) }
        let argument = try argument(first & 31)
        switch first >> 5 {
        case 0: return .integer(try number(argument))
        case 1: return .integer(-1 - (try number(argument)))
        case 2: return .bytes(try take(argument))
        case 3:
            guard let text = String(validating: try take(argument), as: UTF8.self) else {
                throw Self.wrong("has a text that is not UTF-8")
            }
            return .text(text)
        case 4:
            var list: [CBOR] = []
            for _ in 0..<(try count(argument)) { list.append(try value(depth: depth + 1)) }
            return .list(list)
        case 5: return try map(try count(argument), depth: depth)
        default: throw Self.wrong("has a tag")
        }
    }

    private mutating func map(_ count: Int, depth: Int) throws(CryptographyError) -> CBOR {
        var entries: [CBOR.Entry] = []
        for _ in 0..<count {
            let entry = CBOR.Entry(key: try value(depth: depth + 1), value: try value(depth: depth + 1))
            guard !entries.contains(where: { $0.key == entry.key }) else { throw Self.wrong("has a key twice") }
            entries.append(entry)
        }
        return .map(entries)
    }

    private func simple(_ first: UInt8) throws(CryptographyError) -> CBOR {
        switch first & 31 {
        case 20: return .flag(false)
        case 21: return .flag(true)
        case 22: return .nothing
        default: throw Self.wrong("has a fraction, or something that has no meaning")
        }
    }

    /// The number that follows the first byte, which must be in its shortest form.
    private mutating func argument(_ short: UInt8) throws(CryptographyError) -> UInt64 {
        let byteCount: Int
        switch short {
        case 0...23: return UInt64(short)
        case 24: byteCount = 1
        case 25: byteCount = 2
        case 26: byteCount = 4
        case 27: byteCount = 8
        default: throw Self.wrong("has no length")
        }
        var number: UInt64 = 0
        for _ in 0..<byteCount { number = number << 8 | UInt64(try next()) }
        let least: UInt64 = byteCount == 1 ? 24 : byteCount == 2 ? 1 << 8 : byteCount == 4 ? 1 << 16 : 1 << 32
        guard number >= least else { throw Self.wrong("has a number in a long form") }
        return number
    }

    private func number(_ argument: UInt64) throws(CryptographyError) -> Int64 {
        guard let number = Int64(exactly: argument) else { throw Self.wrong("has a number that is too large") }
        return number
    }

    private func count(_ argument: UInt64) throws(CryptographyError) -> Int {
        guard argument <= UInt64(Self.mostEntries) else { throw Self.wrong("has too many parts") }
        return Int(argument)
    }

    private mutating func next() throws(CryptographyError) -> UInt8 {
        guard place < bytes.count else { throw Self.wrong("ends too soon") }
        defer { place += 1 }
        return bytes[place]
    }

    private mutating func take(_ count: UInt64) throws(CryptographyError) -> [UInt8] {
        guard count <= UInt64(bytes.count - place) else { throw Self.wrong("ends too soon") }
        defer { place += Int(count) }
        return Array(bytes[place..<(place + Int(count))])
    }

    private static func wrong(_ what: String) -> CryptographyError {
        CryptographyError(.malformed, "The CBOR \(what).")
    }
}
