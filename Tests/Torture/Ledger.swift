import Cryptography
import Foundation

/// The provider's side of the truth, as its simulator tells it.
struct Ledger: Decodable, Sendable {
    struct Result: Decodable, Sendable {
        var code: String
        var receipt: String?
        /// Whole shillings that left the phone.
        var debited: Int
    }
    struct Callback: Decodable, Sendable {
        var kind: String
        var status: Int?
        var body: String
    }
    struct Push: Decodable, Sendable {
        var phone, reference, callbackURL, story: String
        var amount: Int
        /// Empty when nothing was processed.
        var checkoutRequestID: String?
        var receivedAt: Int64
        var results: [Result]
        var callbacks: [Callback]

        /// Whether it reached the phone.
        var isAccepted: Bool { checkoutRequestID?.isEmpty == false }
        var debited: Int { results.reduce(0) { $0 + $1.debited } }

        /// What the address says it is about: its secret half is a keyed hash, its first half the ticket.
        var ticket: String? {
            let parts = callbackURL.split(separator: "/")
            guard parts.count >= 2, let bytes = Hex.decode(String(parts[parts.count - 2])), bytes.count > 16 else {
                return nil
            }
            return String(decoding: bytes.dropLast(16), as: UTF8.self).split(separator: " ").last.map(String.init)
        }

        var route: String { callbackURL.split(separator: "/").last.map(String.init) ?? "" }
    }
    var pushes: [Push]
}
