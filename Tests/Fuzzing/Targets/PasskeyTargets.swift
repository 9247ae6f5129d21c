import Cryptography

extension FuzzTarget {
    /// What an authenticator answers, through each of its readers.
    static let passkey = FuzzTarget("passkey") { bytes throws(Wrong) in
        if let (value, byteCount) = try? CBOR.read(bytes) {
            // There is one way to write each value.
            try require(written(value) == Array(bytes.prefix(byteCount)), "a value that is written in two ways")
        }
        if let data = try? AuthenticatorData(bytes) {
            try require(data.placeHash == Array(bytes.prefix(32)), "another place than it says")
            try require((1...1_023).contains(data.made?.id.count ?? 1), "a key with a name that is too long")
        }
        let place = PasskeyPlace(host: "example.org", origin: "https://example.org")
        guard
            let client = try? PasskeyClient(
                json: Array(#"{"type":"webauthn.create","challenge":"AAAA","origin":"https://example.org"}"#.utf8))
        else { throw Wrong("the client's data do not read") }
        if let made = try? MadePasskey(attestation: bytes, client: client, at: place) {
            let kept = try? SignatureKey(der: made.key.der)
            try require(kept?.der == made.key.der, "a key that cannot be kept")
        }
    }

    private static func written(_ value: CBOR) -> [UInt8] {
        switch value {
        case .integer(let number): number >= 0 ? head(0, UInt64(number)) : head(1, UInt64(-1 - number))
        case .bytes(let bytes): head(2, UInt64(bytes.count)) + bytes
        case .text(let text): head(3, UInt64(text.utf8.count)) + Array(text.utf8)
        case .list(let list): head(4, UInt64(list.count)) + list.flatMap(written)
        case .map(let entries): head(5, UInt64(entries.count)) + entries.flatMap { written($0.key) + written($0.value) }
        case .flag(let flag): [flag ? 0xF5 : 0xF4]
        case .nothing: [0xF6]
        }
    }

    private static func head(_ kind: UInt8, _ number: UInt64) -> [UInt8] {
        let (short, count): (UInt8, Int) =
            switch number {
            case 0..<24: (UInt8(number), 0)
            case 24..<256: (24, 1)
            case 256..<65_536: (25, 2)
            case 65_536..<4_294_967_296: (26, 4)
            default: (27, 8)
            }
        return [kind << 5 | short]
            + (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
    }
}
