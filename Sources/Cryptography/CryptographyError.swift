internal import COpenSSL

/// Why something could not be sealed, opened, derived or encrypted.
package struct CryptographyError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The cases a caller may want to answer differently.
    package enum Kind: Sendable, Equatable {
        /// The ring has no key with the identifier that the sealed bytes name: they are older than the ring, or newer.
        case unknownKey
        /// The tag does not fit: the bytes were altered, or belong to another context or another key.
        case altered
        /// The input is not what it should be: too short, an unknown version, not a certificate.
        case malformed
        /// The message is longer than the key can encrypt.
        case tooLong
        /// OpenSSL refused for a reason of its own.
        case library
    }

    /// What happened, as far as callers care.
    package let kind: Kind
    /// OpenSSL's packed error code, or 0 when the refusal is ours.
    package let code: UInt
    /// What was tried, and OpenSSL's own words if it had any. Never holds keys, plain text or sealed bytes.
    package let message: String

    /// For the log: the message, and OpenSSL's code if there is one.
    package var description: String {
        code == 0 ? message : "\(message) (OpenSSL error \(code))"
    }

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.code = 0
        self.message = message
    }

    /// Takes the oldest error off this thread's OpenSSL queue and empties it, so that no later call reports it again.
    static func fromOpenSSL(_ kind: Kind = .library, tried: String) -> CryptographyError {
        let code = ERR_get_error()
        ERR_clear_error()
        return CryptographyError(kind: kind, code: code, tried: tried)
    }

    private init(kind: Kind, code: UInt, tried: String) {
        self.kind = kind
        self.code = code
        let words = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) }
        self.message = words.map { "\(tried): \($0)" } ?? tried
    }
}
