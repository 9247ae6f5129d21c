internal import COpenSSL

/// A private key on the curve P-256, to sign (ECDSA with SHA-256) and to agree on a secret (ECDH).
///
/// `@unchecked Sendable`: OpenSSL counts the references to an `EVP_PKEY` atomically, and after `init` it is only read.
@safe package final class P256Key: @unchecked Sendable {
    private let key: OpaquePointer
    /// The public key: a point of 65 bytes, uncompressed (SEC 1, section 2.3.3).
    package let point: [UInt8]

    /// A new key.
    package convenience init() {
        let context = unsafe EVP_PKEY_CTX_new_from_name(nil, "EC", nil)
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var made: OpaquePointer?
        guard unsafe EVP_PKEY_keygen_init(context) == 1, unsafe EVP_PKEY_CTX_set_group_name(context, "P-256") == 1,
            unsafe EVP_PKEY_generate(context, &made) == 1, let key = unsafe made
        else { preconditionFailure("OpenSSL made no key.") }
        do { try unsafe self.init(takingOwnership: key) } catch { preconditionFailure("OpenSSL made a wrong key.") }
    }

    /// Reads what ``secret`` gave, or another party's example: the number of 32 bytes, and its point.
    ///
    /// - Throws: `malformed` when they are not a key of P-256 and its point.
    package convenience init(secret: [UInt8], point: [UInt8]) throws(CryptographyError) {
        guard secret.count == 32, point.count == 65, point[0] == 4 else {
            throw CryptographyError(.malformed, "A key of P-256 has 32 bytes, and its point 65.")
        }
        // ECPrivateKey of RFC 5915: version 1, the number, the name of the curve, the point.
        let der: [UInt8] =
            [0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20] + secret
            + [0xA0, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0xA1, 0x44, 0x03, 0x42, 0x00]
            + point
        let key = unsafe der.withUnsafeBufferPointer { der -> OpaquePointer? in
            var next = der.baseAddress
            return unsafe d2i_PrivateKey(EVP_PKEY_EC, nil, &next, der.count)
        }
        guard let key = unsafe key else { throw .fromOpenSSL(.malformed, tried: "reading a key of P-256") }
        try unsafe self.init(takingOwnership: key)
        let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, key, nil)
        defer { unsafe EVP_PKEY_CTX_free(context) }
        guard unsafe EVP_PKEY_pairwise_check(context) == 1 else {
            throw .fromOpenSSL(.malformed, tried: "comparing a key of P-256 with its point")
        }
    }

    private init(takingOwnership key: OpaquePointer) throws(CryptographyError) {
        unsafe self.key = unsafe key
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = unsafe EVP_PKEY_get1_encoded_public_key(key, &encoded)
        point = unsafe encoded.map { unsafe Array(UnsafeBufferPointer(start: $0, count: count)) } ?? []
        unsafe CRYPTO_free(encoded, "P256Key", 0)
        guard point.count == 65 else { throw .fromOpenSSL(.malformed, tried: "reading the point of a key") }
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// The number that is the key: 32 bytes, to be sealed.
    package var secret: [UInt8] {
        var number: OpaquePointer?
        defer { unsafe BN_clear_free(number) }
        var bytes = [UInt8](repeating: 0, count: 32)
        guard unsafe EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1,
            unsafe BN_bn2binpad(number, &bytes, 32) == 32
        else { preconditionFailure("A key of P-256 has a number.") }
        return bytes
    }

    /// Signs with ECDSA over SHA-256.
    ///
    /// - Returns: The signature in DER (RFC 3279, section 2.2.3): up to 72 bytes.
    package func sign(_ message: [UInt8]) -> [UInt8] {
        let context = unsafe EVP_MD_CTX_new()
        defer { unsafe EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: 80)
        var count = signature.count
        guard unsafe EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1,
            unsafe EVP_DigestSign(context, &signature, &count, message, message.count) == 1
        else { preconditionFailure("OpenSSL could not sign.") }
        return Array(signature.prefix(count))
    }

    /// Signs as JSON Web Signatures have it: the two numbers of 32 bytes each; RFC 7518, section 3.4.
    package func signRaw(_ message: [UInt8]) -> [UInt8] {
        let der = sign(message)
        // A sequence of two integers, each with its length in one byte.
        let first = Array(der[4..<(4 + Int(der[3]))])
        let second = Array(der[(6 + first.count)...])
        return [first, second].flatMap { number in
            let digits = number.drop { $0 == 0 }
            return [UInt8](repeating: 0, count: 32 - digits.count) + digits
        }
    }

    /// The secret that this key shares with the owner of another one: 32 bytes of ECDH; RFC 6090, section 4.
    ///
    /// - Throws: `malformed` when `point` is no point of P-256.
    package func agree(with point: [UInt8]) throws(CryptographyError) -> [UInt8] {
        let peer = try SignatureKey(point: point)
        let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, key, nil)
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var shared = [UInt8](repeating: 0, count: 32)
        var count = shared.count
        let code = unsafe peer.withKey { peer in
            guard unsafe EVP_PKEY_derive_init(context) == 1, unsafe EVP_PKEY_derive_set_peer(context, peer) == 1 else {
                return Int32(0)
            }
            return unsafe EVP_PKEY_derive(context, &shared, &count)
        }
        guard code == 1, count == 32 else { throw .fromOpenSSL(.malformed, tried: "agreeing on a secret") }
        return shared
    }
}
