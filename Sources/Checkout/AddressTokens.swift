import Commerce
import Cryptography
import PaymentKit

/// The secrets that stand in addresses and forms. All are keyed hashes, so checking one needs no database.
package struct AddressTokens: Sendable {
    /// The current key first; addresses and forms made before a rotation stay good.
    private let callbackKeys, formKeys, pageKeys: [HMACKey]
    private let draftKey: HMACKey
    private let handOverKeys: [HMACKey]

    /// Seconds for which a form that was shown may be sent.
    package static let formSeconds = 72 * 3_600

    package init(_ keys: KeyRing) {
        callbackKeys = keys.derivations("callback addresses").map(HMACKey.init)
        formKeys = keys.derivations("form tokens").map(HMACKey.init)
        pageKeys = keys.derivations("order pages").map(HMACKey.init)
        draftKey = HMACKey(keys.derive("drafts"))
        handOverKeys = keys.derivations("hand-over codes").map(HMACKey.init)
    }

    /// Proves that an address was made for one attempt with one provider.
    ///
    /// Only hexadecimal digits, so none of the words that some providers refuse in addresses can occur.
    package func callbackToken(instance: String, ticket: Ticket) -> String {
        let subject = Self.subject(instance, ticket)
        return Hex.encode(subject + callbackKeys[0].sha256(subject).prefix(16))
    }

    /// - Returns: What the token was made for, or nil when it was not made here.
    package func verify(callbackToken token: String) -> (instance: String, ticket: Ticket)? {
        guard token.utf8.count <= 200, let bytes = Hex.decode(token), bytes.count > 18 else { return nil }
        let subject = Array(bytes.dropLast(16))
        let given = Array(bytes.suffix(16))
        let isOurs = callbackKeys.contains { constantTimeEqual(Array($0.sha256(subject).prefix(16)), given) }
        guard isOurs else { return nil }
        let parts = String(decoding: subject, as: UTF8.self).split(separator: " ")
        guard parts.count == 2 else { return nil }
        return (String(parts[0]), Ticket(String(parts[1])))
    }

    private static func subject(_ instance: String, _ ticket: Ticket) -> [UInt8] {
        Array("\(instance) \(ticket.value)".utf8)
    }

    /// A one-use token for a form.
    ///
    /// - Parameter purpose: What the form does; a token fits no other form.
    package func formToken(for purpose: String, at now: Timestamp) -> String {
        let body = SecureRandom.bytes(16) + Self.bytes(now.milliseconds)
        return Base64URL.encode(body + Self.formMAC(body, purpose, formKeys[0]))
    }

    /// - Returns: The key under which the form's use is noted, or nil when the token is foreign, altered or too old.
    package func verify(formToken token: String, for purpose: String, at now: Timestamp) -> [UInt8]? {
        guard let body = genuineBody(of: token, for: purpose) else { return nil }
        let issued = Timestamp(milliseconds: body[16..<24].reduce(0) { $0 << 8 | Int64($1) })
        let age = now.seconds(since: issued)
        guard age < Self.formSeconds, age > -300 else { return nil }
        return SHA256.hash(body)
    }

    /// Whether the token was made here, for this purpose, however long ago.
    package func isOurs(formToken token: String, for purpose: String) -> Bool {
        genuineBody(of: token, for: purpose) != nil
    }

    private func genuineBody(of token: String, for purpose: String) -> [UInt8]? {
        guard token.utf8.count <= 100, let bytes = Base64URL.decode(token), bytes.count == 40 else { return nil }
        let body = Array(bytes.prefix(24))
        let given = Array(bytes.suffix(16))
        let isOurs = formKeys.contains { constantTimeEqual(Self.formMAC(body, purpose, $0), given) }
        return isOurs ? body : nil
    }

    private static func formMAC(_ body: [UInt8], _ purpose: String, _ key: HMACKey) -> [UInt8] {
        Array(key.sha256(body + Array(purpose.utf8)).prefix(16))
    }

    private static func bytes(_ number: Int64) -> [UInt8] {
        (0..<8).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    /// The secret in the address of the order that a form made: 128 bits, the same for each copy of the form.
    package func pageToken(form key: [UInt8]) -> String { Base64URL.encode(Array(pageKeys[0].sha256(key).prefix(16))) }

    /// The same under every key, the current one first: a page that was made before a rotation keeps its address.
    func pageTokens(form key: [UInt8]) -> [String] {
        pageKeys.map { Base64URL.encode(Array($0.sha256(key).prefix(16))) }
    }

    /// What is stored of a page's secret; nil when the text cannot be one.
    package static func pageKey(_ token: String) -> [UInt8]? {
        guard token.utf8.count == 22 else { return nil }
        return SHA256.hash(Array(token.utf8))
    }

    /// The secret in the address of a page that shows a form's draft: 128 bits, the same for each copy of the form.
    package func draftSecret(form key: [UInt8]) -> String { Base64URL.encode(Array(draftKey.sha256(key).prefix(16))) }

    /// What is stored of a draft's secret; nil when the text cannot be one.
    package static func draftKey(_ secret: String, _ purpose: String, _ browser: String) -> [UInt8]? {
        guard secret.utf8.count == 22 else { return nil }
        // The secret's length is fixed and no purpose holds a line break, so no two drafts are written alike.
        return SHA256.hash(Array("\(secret)\(purpose)\n\(browser)".utf8))
    }

    /// Digits of a hand-over code.
    package static let handOverDigits = 5

    /// What a customer tells the rider at the door: digits that only the shop and the order's page know, and other ones
    /// than the riders before this one may have heard.
    package func handOverCode(of order: Order) -> String { Self.handOverCode(of: order, handOverKeys[0]) }

    /// Whether a typed code is the order's, also one that was told before the keys were changed.
    package func isHandOverCode(_ typed: String, of order: Order) -> Bool {
        handOverKeys.reduce(false) { known, key in
            constantTimeEqual(Array(Self.handOverCode(of: order, key).utf8), Array(typed.utf8)) || known
        }
    }

    private static func handOverCode(of order: Order, _ key: HMACKey) -> String {
        var codes: [UInt64] = []
        for before in 0...order.codesBefore {
            let subject = before == 0 ? order.id.text : "\(order.id.text) \(before)"
            // Of 64 bits the remainder is as good as even.
            var code = key.sha256(Array(subject.utf8)).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } % 100_000
            // One of 100,000 would be a code that somebody knows.
            while codes.contains(code) { code = (code + 1) % 100_000 }
            codes.append(code)
        }
        let digits = codes.last.map { String($0) } ?? ""
        return String(repeating: "0", count: handOverDigits - digits.count) + digits
    }
}
