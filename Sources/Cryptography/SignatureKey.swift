internal import COpenSSL

/// Another party's public key, to check what that party has signed: ECDSA on P-256, or RSA with the padding of
/// PKCS #1 v1.5, each over SHA-256. COSE calls them ES256 (-7) and RS256 (-257); RFC 9053, RFC 8812.
///
/// `@unchecked Sendable`: OpenSSL counts the references to an `EVP_PKEY` atomically, and after `init` it is only read.
@safe package final class SignatureKey: @unchecked Sendable {
    private let key: OpaquePointer
    /// The key as a SubjectPublicKeyInfo in DER, which ``init(der:)`` reads.
    package let der: [UInt8]

    /// Reads a SubjectPublicKeyInfo; RFC 5280, section 4.1.2.7.
    ///
    /// - Throws: `malformed` for anything but a point on P-256, or RSA of 2048 to 4096 bits.
    package init(der: [UInt8]) throws(CryptographyError) {
        guard der.count <= 1_024 else { throw CryptographyError(.malformed, "A public key is larger than 1 KiB.") }
        let key = unsafe der.withUnsafeBufferPointer { der -> OpaquePointer? in
            var next = der.baseAddress
            return unsafe d2i_PUBKEY(nil, &next, der.count)
        }
        guard let key = unsafe key else { throw .fromOpenSSL(.malformed, tried: "reading a public key") }
        unsafe self.key = unsafe key
        self.der = der
        let bits = unsafe EVP_PKEY_get_bits(key)
        // Only the one curve is ever written by `point`; what was stored is ours.
        let isGood =
            unsafe EVP_PKEY_is_a(key, "EC") == 1 ? bits == 256 : EVP_PKEY_is_a(key, "RSA") == 1 && bits >= 2_048
        guard isGood, bits <= 4_096 else {
            throw CryptographyError(.malformed, "The public key is of a kind that is not used here.")
        }
    }

    /// The key that is a point of P-256: 65 bytes, uncompressed (SEC 1, section 2.3.3).
    ///
    /// - Throws: `malformed`, also when the point is not on the curve.
    package convenience init(point: [UInt8]) throws(CryptographyError) {
        guard point.count == 65, point[0] == 4 else {
            throw CryptographyError(.malformed, "A point of P-256 has 65 bytes, and begins with 4.")
        }
        try self.init(der: Self.pointHeader + point)
    }

    /// The RSA key of this modulus and exponent, both without zeros in front.
    ///
    /// - Throws: `malformed`.
    package convenience init(modulus: [UInt8], exponent: [UInt8]) throws(CryptographyError) {
        guard (256...512).contains(modulus.count), (1...4).contains(exponent.count), modulus[0] != 0, exponent[0] != 0
        else { throw CryptographyError(.malformed, "An RSA key has a modulus of 2048 to 4096 bits.") }
        let numbers = Self.element(0x30, Self.integer(modulus) + Self.integer(exponent))
        try self.init(der: Self.element(0x30, Self.rsaName + Self.element(0x03, [0] + numbers)))
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// Whether the key's owner signed the message: for P-256 the signature is in DER (RFC 3279, section 2.2.3).
    package func isSigned(_ message: [UInt8], by signature: [UInt8]) -> Bool {
        guard !signature.isEmpty, signature.count <= 512 else { return false }
        let context = unsafe EVP_MD_CTX_new()
        defer {
            unsafe EVP_MD_CTX_free(context)
            // A wrong signature leaves words behind.
            ERR_clear_error()
        }
        guard unsafe EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key) == 1 else { return false }
        return unsafe EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    /// For OpenSSL calls that take the key itself, which they may use only inside `body`.
    func withKey<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        unsafe body(key)
    }

    /// SubjectPublicKeyInfo's bytes in front of a point of P-256; RFC 5480.
    private static let pointHeader: [UInt8] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48,
        0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ]
    /// The name of RSA keys, and no parameters; RFC 3279, section 2.3.1.
    private static let rsaName: [UInt8] = [
        0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00,
    ]

    private static func integer(_ bytes: [UInt8]) -> [UInt8] {
        // With the highest bit set it would be negative.
        element(0x02, bytes[0] >= 0x80 ? [0] + bytes : bytes)
    }

    private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        let length: [UInt8] =
            count < 128
            ? [UInt8(count)] : count < 256 ? [0x81, UInt8(count)] : [0x82, UInt8(count >> 8), UInt8(count & 255)]
        return [tag] + length + content
    }
}
