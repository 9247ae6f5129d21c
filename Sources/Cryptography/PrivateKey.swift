internal import COpenSSL

/// A private RSA key, to read what was encrypted for its owner with ``Certificate/encrypt(_:)``.
///
/// Whoever answers strangers differently for wrong padding and for a wrong message gives the key away bit by bit
/// (Bleichenbacher, 1998): say no more than "wrong". The one in this repository belongs to the practice provider.
///
/// `@unchecked Sendable`: OpenSSL counts the references to an `EVP_PKEY` atomically, and after `init` it is only read.
@safe package final class PrivateKey: @unchecked Sendable {
    private let key: OpaquePointer

    /// Reads the first private key of a PEM file that is not encrypted; RFC 5958.
    ///
    /// - Throws: `malformed` for anything but an RSA key of 2048 bits or more.
    package init(pem: String) throws(CryptographyError) {
        let bytes = Array(pem.utf8)
        guard bytes.count <= PrivateKey.maximumByteCount else {
            throw CryptographyError(.malformed, "A private key is larger than 64 KiB.")
        }
        let key = unsafe bytes.withUnsafeBytes { bytes -> OpaquePointer? in
            let memory = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count))
            defer { unsafe BIO_free(memory) }
            // The callback refuses encrypted files; without one OpenSSL would ask for a password on the terminal.
            return unsafe PEM_read_bio_PrivateKey(memory, nil, { _, _, _, _ in -1 }, nil)
        }
        guard let key = unsafe key else { throw .fromOpenSSL(.malformed, tried: "reading a private key in PEM") }
        unsafe self.key = unsafe key
        guard unsafe EVP_PKEY_is_a(key, "RSA") == 1 else {
            throw CryptographyError(.malformed, "The private key is not for RSA.")
        }
        guard unsafe EVP_PKEY_get_bits(key) >= 2048 else {
            throw CryptographyError(.malformed, "The private RSA key is shorter than 2048 bits.")
        }
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// Decrypts RSA with the padding of PKCS #1 v1.5; RFC 8017, section 7.2.
    ///
    /// - Throws: `library` for what was not encrypted for this key; newer versions of OpenSSL return meaningless bytes
    ///   instead of throwing when only the padding is wrong.
    package func decrypt(_ encrypted: [UInt8]) throws(CryptographyError) -> [UInt8] {
        let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, key, nil)
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var byteCount = Int(unsafe EVP_PKEY_get_size(key))
        var message = [UInt8](repeating: 0, count: byteCount)
        guard unsafe EVP_PKEY_decrypt_init(context) == 1,
            unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1,
            unsafe EVP_PKEY_decrypt(context, &message, &byteCount, encrypted, encrypted.count) == 1
        else { throw .fromOpenSSL(tried: "decrypting with RSA") }
        return Array(message.prefix(byteCount))
    }

    private static let maximumByteCount = 65_536
}
