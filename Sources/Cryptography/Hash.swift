internal import COpenSSL

/// The SHA-256 hash function; FIPS 180-4.
package enum SHA256 {
    private static let function = HashFunction(name: "SHA256")

    /// - Returns: The 32 bytes of the hash.
    package static func hash(_ bytes: [UInt8]) -> [UInt8] { function.hash(bytes) }
}

/// The SHA-512 hash function; FIPS 180-4.
package enum SHA512 {
    private static let function = HashFunction(name: "SHA512")

    /// - Returns: The 64 bytes of the hash.
    package static func hash(_ bytes: [UInt8]) -> [UInt8] { function.hash(bytes) }
}

/// One of OpenSSL's hash functions, fetched once: looking it up by name costs more than hashing a short text.
///
/// `@unchecked Sendable`: OpenSSL never changes an `EVP_MD` after it was fetched and lets any thread use it.
@safe final class HashFunction: @unchecked Sendable {
    private let method: OpaquePointer

    /// - Parameter name: OpenSSL's name of the function. It is ours, so an unknown one is a programmer's mistake.
    init(name: String) {
        guard let method = unsafe EVP_MD_fetch(nil, name, nil) else { preconditionFailure("OpenSSL has no \(name).") }
        unsafe self.method = unsafe method
    }

    deinit { unsafe EVP_MD_free(method) }

    func hash(_ bytes: [UInt8]) -> [UInt8] {
        let byteCount = Int(unsafe EVP_MD_get_size(method))
        return unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { hash, initializedCount in
            let code = unsafe bytes.withUnsafeBufferPointer { bytes in
                unsafe EVP_Digest(bytes.baseAddress, bytes.count, hash.baseAddress, nil, method, nil)
            }
            precondition(code == 1, "OpenSSL could not hash.")
            initializedCount = byteCount
        }
    }

    /// For OpenSSL calls that take the function itself, which they may use only inside `body`.
    func withMethod<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        unsafe body(method)
    }
}
