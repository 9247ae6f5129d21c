/// A message for a browser, encrypted so that the push service between can read nothing: RFC 8291, in the coding
/// `aes128gcm` of RFC 8188 with one record.
package enum PushMessage {
    /// What a push service takes at least is 4096 bytes (RFC 8030, section 7.2), of which the coding takes 103.
    package static let mostBytes = 3_993

    /// Encrypts for one browser.
    ///
    /// - Parameters:
    ///   - message: At most ``mostBytes``.
    ///   - browser: The browser's public key, 65 bytes (`p256dh`), and its secret, 16 bytes (`auth`).
    /// - Throws: `malformed` when those are not what browsers give, `tooLong`.
    package static func encrypt(
        _ message: [UInt8], for browser: (point: [UInt8], secret: [UInt8])
    ) throws(CryptographyError) -> [UInt8] {
        try encrypt(message, for: browser, with: P256Key(), salt: SecureRandom.bytes(16))
    }

    /// The same with a key and a salt that are good for one message only: for the published example.
    package static func encrypt(
        _ message: [UInt8], for browser: (point: [UInt8], secret: [UInt8]), with key: P256Key, salt: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        guard message.count <= mostBytes else {
            throw CryptographyError(.tooLong, "A message of \(message.count) bytes; at most \(mostBytes) fit.")
        }
        let (cipherKey, nonce) = try keys(
            shared: key.agree(with: browser.point), secret: browser.secret, browser: browser.point, sender: key.point,
            salt: salt)
        // The header: salt, size of a record (4096), the sender's key. The 2 says that this record is the last.
        return salt + [0, 0, 0x10, 0, UInt8(key.point.count)] + key.point
            + AESGCM.seal(message + [2], key: cipherKey, nonce: nonce, authenticated: [])
    }

    /// Decrypts as the browser does, which has the private key.
    ///
    /// - Throws: `malformed` or `altered`.
    package static func decrypt(
        _ body: [UInt8], with key: P256Key, secret: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        guard body.count >= 21 + 65 + 17, body[20] == 65 else {
            throw CryptographyError(.malformed, "A push message begins with its salt and its sender's key.")
        }
        let sender = Array(body[21..<86])
        let (cipherKey, nonce) = try keys(
            shared: key.agree(with: sender), secret: secret, browser: key.point, sender: sender,
            salt: Array(body.prefix(16)))
        guard let padded = AESGCM.open(Array(body[86...]), key: cipherKey, nonce: nonce, authenticated: []) else {
            throw CryptographyError(.altered, "The push message does not open with this key.")
        }
        guard let end = padded.lastIndex(where: { $0 != 0 }), padded[end] == 2 else {
            throw CryptographyError(.malformed, "The push message has no end.")
        }
        return Array(padded[..<end])
    }

    /// RFC 8291, section 3.4, and RFC 8188, sections 2.2 and 2.3.
    private static func keys(
        shared: [UInt8], secret: [UInt8], browser: [UInt8], sender: [UInt8], salt: [UInt8]
    ) throws(CryptographyError) -> (key: [UInt8], nonce: [UInt8]) {
        guard secret.count == 16, salt.count == 16 else {
            throw CryptographyError(.malformed, "A browser's secret has 16 bytes.")
        }
        let info = Array("WebPush: info".utf8) + [0] + browser + sender
        let material = HKDF(keyMaterial: shared, salt: secret).key(for: info)
        let message = HKDF(keyMaterial: material, salt: salt)
        return (
            message.key(for: Array("Content-Encoding: aes128gcm".utf8) + [0], count: 16),
            message.key(for: Array("Content-Encoding: nonce".utf8) + [0], count: 12)
        )
    }
}

/// Says to push services who sends: a signed token for each of them; RFC 8292.
package enum PushSender {
    /// The value of `Authorization`.
    ///
    /// - Parameters:
    ///   - origin: The push service's scheme, host and port.
    ///   - end: Seconds since 1970 at which the token is no more good: within a day.
    ///   - contact: How the service reaches whoever sends, an address that begins with `https:` or `mailto:`.
    package static func authorization(
        with key: P256Key, to origin: String, until end: Int64, contact: String?
    ) -> String {
        func text(_ json: String) -> String { Base64URL.encode(Array(json.utf8)) }
        // Addresses hold no quotation marks: they were checked where they came from.
        let sender = contact.map { ",\"sub\":\"\($0)\"" } ?? ""
        let token =
            text(#"{"typ":"JWT","alg":"ES256"}"#) + "." + text("{\"aud\":\"\(origin)\",\"exp\":\(end)\(sender)}")
        let signature = Base64URL.encode(key.signRaw(Array(token.utf8)))
        return "vapid t=\(token).\(signature), k=\(Base64URL.encode(key.point))"
    }
}
