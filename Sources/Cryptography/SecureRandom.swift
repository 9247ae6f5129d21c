internal import COpenSSL

/// Random bytes that nobody can guess.
package enum SecureRandom {
    /// - Returns: `count` bytes, at most 1 MiB, from OpenSSL's generator. Without randomness the process stops.
    package static func bytes(_ count: Int) -> [UInt8] {
        precondition((0...1 << 20).contains(count), "Up to 1 MiB of random bytes at a time.")
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { bytes, initializedCount in
            precondition(unsafe RAND_bytes(bytes.baseAddress, Int32(count)) == 1, "OpenSSL has no randomness.")
            initializedCount = count
        }
    }
}

/// Whether `a` and `b` are the same, in a time that depends on their lengths alone.
///
/// - Returns: `false` at once when the lengths differ: a length is not secret.
package func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard a.count == b.count else { return false }
    return unsafe a.withUnsafeBytes { a in
        unsafe b.withUnsafeBytes { b in unsafe CRYPTO_memcmp(a.baseAddress, b.baseAddress, a.count) == 0 }
    }
}
