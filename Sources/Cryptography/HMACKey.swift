internal import COpenSSL

/// A key for HMAC with SHA-256 or SHA-512; RFC 2104.
///
/// The key is worked into OpenSSL's contexts once; each message uses a copy, which is twice as fast as starting anew.
package struct HMACKey: Sendable {
    private let keyedSHA256: KeyedMAC
    private let keyedSHA512: KeyedMAC

    /// - Parameter bytes: The key, at least one byte. Longer than a block (64 bytes; 128 for SHA-512), it is hashed.
    package init(_ bytes: [UInt8]) {
        precondition(!bytes.isEmpty, "An HMAC key has at least one byte.")
        keyedSHA256 = KeyedMAC(key: bytes, hash: "SHA256", byteCount: 32)
        keyedSHA512 = KeyedMAC(key: bytes, hash: "SHA512", byteCount: 64)
    }

    /// - Returns: The 32 bytes of HMAC-SHA-256.
    package func sha256(_ message: [UInt8]) -> [UInt8] { keyedSHA256.code(of: message) }

    /// - Returns: The 64 bytes of HMAC-SHA-512.
    package func sha512(_ message: [UInt8]) -> [UInt8] { keyedSHA512.code(of: message) }
}

/// A MAC context that has read its key and no message yet.
///
/// `@unchecked Sendable`: after `init` the context is only copied, which reads it.
@safe final class KeyedMAC: @unchecked Sendable {
    private let context: OpaquePointer
    private let byteCount: Int

    init(key: [UInt8], hash: String, byteCount: Int) {
        let method = unsafe EVP_MAC_fetch(nil, "HMAC", nil)
        // The context keeps the method alive by itself.
        defer { unsafe EVP_MAC_free(method) }
        guard let context = unsafe EVP_MAC_CTX_new(method) else { preconditionFailure("OpenSSL has no HMAC.") }
        let code = unsafe key.withUnsafeBufferPointer { key in
            guard let start = key.baseAddress else { return Int32(0) }
            return unsafe shim_hmac_init(context, start, key.count, hash)
        }
        precondition(code == 1, "OpenSSL refused an HMAC key.")
        unsafe self.context = unsafe context
        self.byteCount = byteCount
    }

    deinit { unsafe EVP_MAC_CTX_free(context) }

    func code(of message: [UInt8]) -> [UInt8] {
        guard let copy = unsafe EVP_MAC_CTX_dup(context) else { preconditionFailure("OpenSSL could not copy a key.") }
        defer { unsafe EVP_MAC_CTX_free(copy) }
        let updated = unsafe message.withUnsafeBufferPointer { message in
            unsafe EVP_MAC_update(copy, message.baseAddress, message.count)
        }
        precondition(updated == 1, "OpenSSL could not read a message.")
        return unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { code, initializedCount in
            let finished = unsafe EVP_MAC_final(copy, code.baseAddress, &initializedCount, byteCount)
            precondition(finished == 1 && initializedCount == byteCount, "OpenSSL could not finish an HMAC.")
        }
    }
}
