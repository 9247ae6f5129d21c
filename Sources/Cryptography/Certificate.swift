internal import COpenSSL

/// Another party's X.509 certificate with an RSA key, to encrypt what only that party can read.
///
/// Nobody checks who signed it or whether it has expired: a provider publishes the certificate, the operator pins it,
/// and some providers keep using theirs for years after its last day.
///
/// `@unchecked Sendable`: OpenSSL counts the references to an `X509` atomically, and after `init` it is only read.
@safe package final class Certificate: @unchecked Sendable {
    private let certificate: OpaquePointer
    /// The SHA-256 of the certificate as it is signed (DER): 32 bytes to pin it or to show it to people.
    package let sha256Fingerprint: [UInt8]

    /// Reads the first certificate of a PEM file; RFC 7468.
    package convenience init(pem: String) throws(CryptographyError) {
        let bytes = Array(pem.utf8)
        guard bytes.count <= Certificate.maximumByteCount else { throw Certificate.tooLarge }
        let certificate = unsafe bytes.withUnsafeBytes { bytes -> OpaquePointer? in
            let memory = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count))
            defer { unsafe BIO_free(memory) }
            // The callback refuses encrypted files; without one OpenSSL would ask for a password on the terminal.
            return unsafe PEM_read_bio_X509(memory, nil, { _, _, _, _ in -1 }, nil)
        }
        guard let certificate = unsafe certificate else {
            throw .fromOpenSSL(.malformed, tried: "reading a certificate in PEM")
        }
        try unsafe self.init(takingOwnership: certificate)
    }

    /// Reads exactly one certificate in DER.
    package convenience init(der: [UInt8]) throws(CryptographyError) {
        guard der.count <= Certificate.maximumByteCount else { throw Certificate.tooLarge }
        let (certificate, readCount) = unsafe der.withUnsafeBufferPointer { der -> (OpaquePointer?, Int) in
            var next = der.baseAddress
            let certificate = unsafe d2i_X509(nil, &next, der.count)
            guard let start = der.baseAddress, let next = unsafe next else { return unsafe (certificate, 0) }
            return unsafe (certificate, start.distance(to: next))
        }
        guard let certificate = unsafe certificate else {
            throw .fromOpenSSL(.malformed, tried: "reading a certificate in DER")
        }
        guard readCount == der.count else {
            unsafe X509_free(certificate)
            throw CryptographyError(.malformed, "There are \(der.count - readCount) bytes after the certificate.")
        }
        try unsafe self.init(takingOwnership: certificate)
    }

    private init(takingOwnership certificate: OpaquePointer) throws(CryptographyError) {
        unsafe self.certificate = unsafe certificate
        var hash = [UInt8](repeating: 0, count: 32)
        var hashByteCount: UInt32 = 0
        let code = unsafe X509_digest(certificate, EVP_sha256(), &hash, &hashByteCount)
        sha256Fingerprint = hash
        guard code == 1, hashByteCount == 32 else { throw .fromOpenSSL(tried: "hashing a certificate") }
        guard let key = unsafe X509_get0_pubkey(certificate) else {
            throw .fromOpenSSL(.malformed, tried: "reading the key of a certificate")
        }
        guard unsafe EVP_PKEY_is_a(key, "RSA") == 1 else {
            throw CryptographyError(.malformed, "The certificate's key is not for RSA.")
        }
        guard unsafe EVP_PKEY_get_bits(key) >= 2048 else {
            throw CryptographyError(.malformed, "The certificate's RSA key is shorter than 2048 bits.")
        }
    }

    deinit { unsafe X509_free(certificate) }

    /// Encrypts for the certificate's owner with RSA and the padding of PKCS #1 v1.5; RFC 8017, section 7.2.
    ///
    /// - Parameter message: At most the key's bytes less 11: 245 bytes for 2048 bits.
    /// - Returns: As many bytes as the key has; different each time.
    /// - Throws: `tooLong`, or `library`.
    package func encrypt(_ message: [UInt8]) throws(CryptographyError) -> [UInt8] {
        guard let key = unsafe X509_get0_pubkey(certificate) else { throw .fromOpenSSL(tried: "reading a key") }
        let keyByteCount = Int(unsafe EVP_PKEY_get_size(key))
        guard message.count <= keyByteCount - 11 else {
            throw CryptographyError(.tooLong, "A message of \(message.count) bytes; at most \(keyByteCount - 11) fit.")
        }
        let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, key, nil)
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var encrypted = [UInt8](repeating: 0, count: keyByteCount)
        var byteCount = keyByteCount
        guard unsafe EVP_PKEY_encrypt_init(context) == 1,
            unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1,
            unsafe EVP_PKEY_encrypt(context, &encrypted, &byteCount, message, message.count) == 1
        else { throw .fromOpenSSL(tried: "encrypting with RSA") }
        return Array(encrypted.prefix(byteCount))
    }

    private static let maximumByteCount = 65_536
    private static var tooLarge: CryptographyError {
        CryptographyError(.malformed, "A certificate is larger than 64 KiB.")
    }
}
