/// Many keys from one; HKDF with SHA-256, RFC 5869.
struct HKDF: Sendable {
    private let extracted: HMACKey

    /// - Parameters:
    ///   - keyMaterial: The secret to start from.
    ///   - salt: Public; if empty, 32 zero bytes stand in for it (RFC 5869, section 2.2).
    init(keyMaterial: [UInt8], salt: [UInt8] = []) {
        let salt = HMACKey(salt.isEmpty ? [UInt8](repeating: 0, count: 32) : salt)
        extracted = HMACKey(salt.sha256(keyMaterial))
    }

    /// - Parameters:
    ///   - info: What the key is for. Different texts give independent keys.
    ///   - count: How many bytes, at most 255 × 32.
    func key(for info: [UInt8], count: Int = 32) -> [UInt8] {
        precondition((1...255 * 32).contains(count), "HKDF gives 1 to 8160 bytes.")
        var key: [UInt8] = []
        var block: [UInt8] = []
        var number: UInt8 = 1
        while true {
            block = extracted.sha256(block + info + [number])
            key += block
            guard key.count < count else { return Array(key.prefix(count)) }
            number += 1
        }
    }
}
