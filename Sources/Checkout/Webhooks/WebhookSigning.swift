import Commerce
import Cryptography
import Storage

/// How messages to other programs are signed, so that a receiver knows them from a stranger's.
///
/// By the Standard Webhooks specification, version 1.0.0, "Signature scheme": HMAC with SHA-256 over
/// `id.timestamp.body`, in base64 after `v1,`; one for each secret in use, separated by spaces. A secret is written as
/// `whsec_` and the base64 of its bytes.
package enum WebhookSigning {
    /// Bytes of a secret; the specification wants 24 to 64.
    static func newKey() -> [UInt8] { SecureRandom.bytes(32) }

    /// A secret as its receiver is given it.
    static func text(of key: [UInt8]) -> String { "whsec_\(Base64.encode(key))" }

    /// The header fields of one try.
    ///
    /// - Parameter keys: Those in use, at least one.
    static func headers(
        id: ID<WebhookMessage>, body: [UInt8], keys: [WebhookDoor.Key], at now: Timestamp
    ) -> [(name: String, value: String)] {
        let seconds = now.milliseconds / 1_000
        let signed = Array("\(id.text).\(seconds).".utf8) + body
        let signatures = keys.map { "v1,\(Base64.encode(HMACKey($0.bytes).sha256(signed)))" }
        return [
            ("webhook-id", id.text), ("webhook-timestamp", "\(seconds)"),
            ("webhook-signature", signatures.joined(separator: " ")), ("Content-Type", "application/json"),
        ]
    }
}
