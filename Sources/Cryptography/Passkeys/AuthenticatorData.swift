/// What an authenticator says of itself and of who used it; Web Authentication Level 3, section 6.1.
package struct AuthenticatorData: Sendable {
    /// The SHA-256 of the name that the key belongs to.
    package let placeHash: [UInt8]
    /// Whether somebody was there, and whether the authenticator made sure who: by a finger, a face or a PIN.
    package let isPresent, isVerified: Bool
    /// How often the key has signed; 0 for ever where nobody counts.
    package let counter: UInt32
    /// The key that was made; nil where one was used.
    package let made: MadeKey?

    /// A key that an authenticator made.
    package struct MadeKey: Sendable {
        /// What the authenticator calls the key: 1 to 1023 bytes.
        package let id: [UInt8]
        package let key: SignatureKey
        let isES256: Bool
    }

    private enum Flag {
        static let present: UInt8 = 0x01, verified: UInt8 = 0x04, mayBeCopied: UInt8 = 0x08, isCopied: UInt8 = 0x10
        static let hasKey: UInt8 = 0x40, hasExtensions: UInt8 = 0x80
    }

    /// - Throws: `malformed`.
    package init(_ bytes: [UInt8]) throws(CryptographyError) {
        guard (37...4_096).contains(bytes.count) else { throw Self.wrong("has \(bytes.count) bytes") }
        placeHash = Array(bytes.prefix(32))
        let flags = bytes[32]
        isPresent = flags & Flag.present != 0
        isVerified = flags & Flag.verified != 0
        guard flags & Flag.isCopied == 0 || flags & Flag.mayBeCopied != 0 else {
            throw Self.wrong("has a copy of a key that cannot be copied")
        }
        counter = bytes[33..<37].reduce(0) { $0 << 8 | UInt32($1) }
        var rest = Array(bytes[37...])
        if flags & Flag.hasKey != 0 {
            let (key, byteCount) = try Self.madeKey(rest)
            made = key
            rest.removeFirst(byteCount)
        } else {
            made = nil
        }
        if flags & Flag.hasExtensions != 0 {
            let (extensions, byteCount) = try CBOR.read(rest)
            guard case .map = extensions else { throw Self.wrong("has extensions that are no map") }
            rest.removeFirst(byteCount)
        }
        guard rest.isEmpty else { throw Self.wrong("has \(rest.count) bytes too many") }
    }

    /// Attested credential data: the model, the length of the key's name, the name, the key; section 6.5.1.
    private static func madeKey(_ bytes: [UInt8]) throws(CryptographyError) -> (key: MadeKey, byteCount: Int) {
        guard bytes.count >= 18 else { throw wrong("ends too soon") }
        let count = Int(bytes[16]) << 8 | Int(bytes[17])
        guard (1...1_023).contains(count), bytes.count >= 18 + count else {
            throw wrong("has a name of \(count) bytes for the key")
        }
        let (cose, byteCount) = try CBOR.read(Array(bytes[(18 + count)...]))
        let (key, isES256) = try coseKey(cose)
        return (MadeKey(id: Array(bytes[18..<(18 + count)]), key: key, isES256: isES256), 18 + count + byteCount)
    }

    /// A key as COSE writes it: kind (1), algorithm (3), and for P-256 the curve (-1) and the point (-2, -3), for RSA
    /// modulus (-1) and exponent (-2); RFC 9053, section 7.1.1, and RFC 8230, section 4.
    private static func coseKey(_ cose: CBOR) throws(CryptographyError) -> (SignatureKey, isES256: Bool) {
        switch (cose[.integer(1)], cose[.integer(3)]) {
        case (.integer(2), .integer(-7)):
            guard cose[.integer(-1)] == .integer(1), let x = cose[.integer(-2)]?.asBytes,
                let y = cose[.integer(-3)]?.asBytes, x.count == 32, y.count == 32
            else { throw wrong("has a key that is no point of P-256") }
            return (try SignatureKey(point: [4] + x + y), true)
        case (.integer(3), .integer(-257)):
            guard let modulus = cose[.integer(-1)]?.asBytes, let exponent = cose[.integer(-2)]?.asBytes else {
                throw wrong("has an RSA key without its numbers")
            }
            return (try SignatureKey(modulus: modulus, exponent: exponent), false)
        default: throw wrong("has a key for another algorithm than ES256 and RS256")
        }
    }

    private static func wrong(_ what: String) -> CryptographyError {
        CryptographyError(.malformed, "The authenticator's data \(what).")
    }
}
