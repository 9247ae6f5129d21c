/// The shop's keys: the current one, and older ones that still open what they sealed.
///
/// To rotate, put a new key in front and keep the old ones until nothing sealed or derived with them is left. No key is
/// used as it is: sealing, looking up and each purpose of `derive` have a key of their own, made with HKDF.
package struct KeyRing: Sendable {
    private struct Key: Sendable {
        let id: UInt8
        let source: HKDF
        let sealing: [UInt8]
    }

    /// The first is the current one.
    private let keys: [Key]

    private static let version: UInt8 = 1
    private static let headerByteCount = 2
    /// How much longer sealed bytes are than what they hold: version, key identifier, nonce and tag.
    package static let overheadByteCount = headerByteCount + AESGCM.nonceByteCount + AESGCM.tagByteCount

    /// - Parameter keys: At least one key of 32 random bytes, the current one first. An identifier is never given to
    ///   another key.
    package init(keys: [(id: UInt8, key: [UInt8])]) throws(CryptographyError) {
        guard !keys.isEmpty else { throw CryptographyError(.malformed, "A key ring needs at least one key.") }
        guard Set(keys.map(\.id)).count == keys.count else {
            throw CryptographyError(.malformed, "Two keys of the ring have the same identifier.")
        }
        if let wrong = keys.first(where: { $0.key.count != AESGCM.keyByteCount }) {
            throw CryptographyError(.malformed, "Key \(wrong.id) has \(wrong.key.count) bytes; expected 32.")
        }
        self.keys = keys.map { id, key in
            let source = HKDF(keyMaterial: key, salt: Array("duka key ring 1".utf8))
            return Key(id: id, source: source, sealing: source.key(for: Array("seal".utf8)))
        }
    }

    /// The key that `seal` uses; rows sealed by another one may be sealed again.
    package var currentID: UInt8 { keys[0].id }

    /// Encrypts with the current key.
    ///
    /// - Parameters:
    ///   - plain: At most 64 MiB.
    ///   - context: Where the bytes belong, for example `"payments.phone 01J9…"`. They open only with the same text,
    ///     so that nobody can move them to another row.
    /// - Returns: Version (1), key identifier, 12 bytes of nonce, cipher text, 16 bytes of tag. Different each time.
    package func seal(_ plain: [UInt8], context: String) -> [UInt8] {
        precondition(plain.count <= 64 << 20, "At most 64 MiB are sealed at a time.")
        let header = [KeyRing.version, keys[0].id]
        let nonce = SecureRandom.bytes(AESGCM.nonceByteCount)
        let authenticated = header + context.utf8
        return header + nonce
            + AESGCM.seal(plain, key: keys[0].sealing, nonce: nonce, authenticated: authenticated)
    }

    /// Decrypts with the key that sealed.
    ///
    /// - Throws: `unknownKey`; `altered` when a byte or the context differs; `malformed` when `seal` never made this.
    package func open(_ sealed: [UInt8], context: String) throws(CryptographyError) -> [UInt8] {
        guard sealed.count >= KeyRing.overheadByteCount, sealed.count <= (64 << 20) + KeyRing.overheadByteCount else {
            throw CryptographyError(.malformed, "Sealed bytes have a wrong length: \(sealed.count).")
        }
        guard sealed[0] == KeyRing.version else {
            throw CryptographyError(.malformed, "Sealed bytes have an unknown version: \(sealed[0]); expected 1.")
        }
        guard let key = keys.first(where: { $0.id == sealed[1] }) else {
            throw CryptographyError(.unknownKey, "The key ring has no key \(sealed[1]).")
        }
        let header = Array(sealed.prefix(KeyRing.headerByteCount))
        let nonce = Array(sealed[KeyRing.headerByteCount...].prefix(AESGCM.nonceByteCount))
        let rest = Array(sealed[(KeyRing.headerByteCount + AESGCM.nonceByteCount)...])
        let plain = AESGCM.open(rest, key: key.sealing, nonce: nonce, authenticated: header + context.utf8)
        guard let plain else {
            throw CryptographyError(.altered, "Sealed bytes do not open with key \(key.id) in this context.")
        }
        return plain
    }

    /// What to store beside a sealed text so that it can be found again: 32 bytes, the same for the same text.
    ///
    /// Made with the current key; after a rotation, look for all of `blindIndexes`.
    ///
    /// - Parameters:
    ///   - text: In its one normal form, for example `+254712345678`: other spellings give other bytes.
    ///   - purpose: The column. Equal texts in columns of different purposes cannot be linked.
    package func blindIndex(_ text: String, purpose: String) -> [UInt8] {
        KeyRing.blindIndex(text, purpose: purpose, key: keys[0])
    }

    /// The blind index of `text` under every key, the current one first: what rows written before a rotation hold.
    package func blindIndexes(_ text: String, purpose: String) -> [[UInt8]] {
        keys.map { KeyRing.blindIndex(text, purpose: purpose, key: $0) }
    }

    /// A key of 32 bytes for one purpose, for example signing links, made from the current key.
    package func derive(_ purpose: String) -> [UInt8] {
        KeyRing.derive(purpose, from: keys[0])
    }

    /// The derived key for `purpose` under every key, the current one first: sign with the first, accept any.
    package func derivations(_ purpose: String) -> [[UInt8]] {
        keys.map { KeyRing.derive(purpose, from: $0) }
    }

    private static func blindIndex(_ text: String, purpose: String, key: Key) -> [UInt8] {
        HMACKey(key.source.key(for: Array("index \(purpose)".utf8))).sha256(Array(text.utf8))
    }

    private static func derive(_ purpose: String, from key: Key) -> [UInt8] {
        key.source.key(for: Array("derive \(purpose)".utf8))
    }
}
