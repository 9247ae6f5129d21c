internal import COpenSSL

/// AES-256-GCM, or AES-128-GCM with a key of 16 bytes; a 12-byte nonce and a 16-byte tag; NIST SP 800-38D.
///
/// `KeyRing` is for callers; this takes the nonce from outside, and one nonce used twice under a key breaks the cipher.
enum AESGCM {
    static let keyByteCount = 32
    static let nonceByteCount = 12
    static let tagByteCount = 16

    /// - Parameter authenticated: What is covered by the tag but not contained in the result.
    /// - Returns: The cipher text, as long as `plain`, then the tag.
    static func seal(_ plain: [UInt8], key: [UInt8], nonce: [UInt8], authenticated: [UInt8]) -> [UInt8] {
        let context = CipherContext(.seal, key: key, nonce: nonce)
        context.authenticate(authenticated)
        let cipherText = context.convert(plain)
        // Never fails for GCM: there is no padding, and sealing has nothing to compare.
        precondition(context.finish(), "OpenSSL could not finish sealing.")
        return cipherText + context.tag()
    }

    /// - Returns: The plain text, or `nil` if the tag does not fit; then nothing of the plain text is handed out.
    static func open(_ sealed: [UInt8], key: [UInt8], nonce: [UInt8], authenticated: [UInt8]) -> [UInt8]? {
        guard sealed.count >= tagByteCount else { return nil }
        let context = CipherContext(.open, key: key, nonce: nonce)
        context.authenticate(authenticated)
        let plain = context.convert(Array(sealed.dropLast(tagByteCount)))
        context.expectTag(Array(sealed.suffix(tagByteCount)))
        return context.finish() ? plain : nil
    }
}

/// One use of the cipher, freed when the value goes away. A refusal by OpenSSL, other than of the tag, is our mistake.
@safe private struct CipherContext: ~Copyable {
    enum Direction: Int32 {
        case open = 0
        case seal = 1
    }

    private static let method = CipherMethod("AES-256-GCM")
    /// For push messages, whose coding wants it.
    private static let shortMethod = CipherMethod("AES-128-GCM")
    private let context: OpaquePointer

    init(_ direction: Direction, key: [UInt8], nonce: [UInt8]) {
        precondition([AESGCM.keyByteCount, 16].contains(key.count) && nonce.count == AESGCM.nonceByteCount)
        guard let context = unsafe EVP_CIPHER_CTX_new() else { preconditionFailure("OpenSSL has no memory.") }
        unsafe self.context = unsafe context
        let method = key.count == 16 ? CipherContext.shortMethod : CipherContext.method
        let code = unsafe method.withMethod { method in
            unsafe EVP_CipherInit_ex2(context, method, key, nonce, direction.rawValue, nil)
        }
        precondition(code == 1, "OpenSSL refused AES-GCM.")
    }

    deinit { unsafe EVP_CIPHER_CTX_free(context) }

    func authenticate(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        var count: Int32 = 0
        let code = unsafe EVP_CipherUpdate(context, nil, &count, bytes, Int32(bytes.count))
        precondition(code == 1, "OpenSSL could not read authenticated bytes.")
    }

    func convert(_ input: [UInt8]) -> [UInt8] {
        guard !input.isEmpty else { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: input.count) { output, initializedCount in
            var count: Int32 = 0
            let code = unsafe EVP_CipherUpdate(context, output.baseAddress, &count, input, Int32(input.count))
            precondition(code == 1 && Int(count) == input.count, "OpenSSL could not convert.")
            initializedCount = input.count
        }
    }

    func expectTag(_ tag: [UInt8]) {
        var tag = tag
        let code = unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag)
        precondition(code == 1, "OpenSSL refused a tag.")
    }

    func tag() -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: AESGCM.tagByteCount)
        let code = unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tag.count), &tag)
        precondition(code == 1, "OpenSSL gave no tag.")
        return tag
    }

    /// - Returns: `false` when opening and the tag does not fit.
    func finish() -> Bool {
        // GCM writes nothing here, but OpenSSL wants a place of a block's size.
        var rest = [UInt8](repeating: 0, count: 16)
        var count: Int32 = 0
        let code = unsafe EVP_CipherFinal_ex(context, &rest, &count)
        ERR_clear_error()
        return code == 1 && count == 0
    }
}

/// AES-GCM as OpenSSL implements it, fetched once.
///
/// `@unchecked Sendable`: OpenSSL never changes an `EVP_CIPHER` after it was fetched and lets any thread use it.
@safe private final class CipherMethod: @unchecked Sendable {
    private let method: OpaquePointer

    init(_ name: String) {
        guard let method = unsafe EVP_CIPHER_fetch(nil, name, nil) else {
            preconditionFailure("OpenSSL has no \(name).")
        }
        unsafe self.method = unsafe method
    }

    deinit { unsafe EVP_CIPHER_free(method) }

    func withMethod<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        unsafe body(method)
    }
}
