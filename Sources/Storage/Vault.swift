import Commerce
import Cryptography
import PaymentKit

/// Seals people's data on its way into the database and opens it on its way out.
package struct Vault: Sendable {
    private let ring: KeyRing
    private let phoneKey: HMACKey
    /// Of every key of the ring, the current one first.
    private let phoneKeys: [HMACKey]
    /// Of every key of the ring, the current one first.
    private let nameKeys: [HMACKey]

    package init(_ ring: KeyRing) {
        self.ring = ring
        phoneKey = HMACKey(ring.derive("phone index"))
        phoneKeys = ring.derivations("phone index").map { HMACKey($0) }
        nameKeys = ring.derivations("name index").map { HMACKey($0) }
    }

    /// Tells an account with a provider from others, by all that it is set to: 32 characters.
    func accountKey(_ settings: String) -> String {
        Hex.encode(Array(ring.blindIndex(settings, purpose: "provider account").prefix(16)))
    }

    /// The identifier of the key that makes new look-up values: with another one, those of names are made anew.
    var currentKeyID: UInt8 { ring.currentID }

    /// The look-up value of a stem of a name (``NameWords``): short, since what it finds is compared once more.
    package func wordKey(_ stem: String) -> [UInt8] { wordKeys(stem)[0] }

    /// A stem's look-up values under every key of the ring, the current one first.
    func wordKeys(_ stem: String) -> [[UInt8]] {
        nameKeys.map { Array($0.sha256(Array(stem.utf8)).prefix(8)) }
    }

    /// The phone's look-up values under every key of the ring: rows from before a rotation hold older ones.
    package func indexes(of phone: PhoneNumber) -> [[UInt8]] { phoneKeys.map { $0.sha256(Array(phone.digits.utf8)) } }

    /// The look-up values under which a payer is reported who is this number and nobody else, under every key: plain
    /// and hashed. A mask fits many people.
    func exactPayerKeys(of phone: PhoneNumber) -> [[UInt8]] {
        oldAndNewKeys(forms: Payer.lookupForms(of: phone, sha256: { SHA256.hash($0) }).prefix(2))
    }

    /// All of ``payerKeys(of:)``, under every key.
    func allPayerKeys(of phone: PhoneNumber) -> [[UInt8]] {
        oldAndNewKeys(forms: Payer.lookupForms(of: phone, sha256: { SHA256.hash($0) })[...])
    }

    private func oldAndNewKeys(forms: ArraySlice<String>) -> [[UInt8]] {
        phoneKeys.flatMap { key in forms.map { key.sha256(Array("payer \($0)".utf8)) } }
    }

    /// The phone's look-up value: the same for the same number, and of no use without the key.
    package func index(of phone: PhoneNumber) -> [UInt8] { phoneKey.sha256(Array(phone.digits.utf8)) }

    /// The look-up value of a payer as a provider names them; nil when that tells nothing about a number.
    package func payerKey(reported payer: String) -> [UInt8]? { Payer(payer).lookupForm.map(payerKey(form:)) }

    /// The look-up values under which a number's payer may be reported: plain, hashed, masked.
    package func payerKeys(of phone: PhoneNumber) -> [[UInt8]] {
        Payer.lookupForms(of: phone, sha256: { SHA256.hash($0) }).map(payerKey(form:))
    }

    /// The look-up value of one of ``Payer/lookupForms(of:sha256:)``.
    package func payerKey(form: String) -> [UInt8] { phoneKey.sha256(Array("payer \(form)".utf8)) }

    /// - Parameter place: Which column of which row; sealed bytes open nowhere else.
    package func seal(_ text: String, _ place: String) -> [UInt8] { ring.seal(Array(text.utf8), context: place) }
    func seal(_ bytes: [UInt8], _ place: String) -> [UInt8] { ring.seal(bytes, context: place) }

    func open(_ sealed: [UInt8], _ place: String) throws(CryptographyError) -> [UInt8] {
        try ring.open(sealed, context: place)
    }

    func openText(_ sealed: [UInt8], _ place: String) throws(CryptographyError) -> String {
        String(decoding: try ring.open(sealed, context: place), as: UTF8.self)
    }

    /// Nothing for what was forgotten.
    func openTextIfKept(_ sealed: [UInt8], _ place: String) throws(CryptographyError) -> String {
        sealed.isEmpty ? "" : try openText(sealed, place)
    }

    /// Nil for what was forgotten.
    func openPhoneIfKept(_ sealed: [UInt8], _ place: String) throws -> PhoneNumber? {
        sealed.isEmpty ? nil : try openPhone(sealed, place)
    }

    func openPhone(_ sealed: [UInt8], _ place: String) throws -> PhoneNumber {
        do { return try PhoneNumber(try openText(sealed, place)) } catch let problem as PhoneNumber.Problem {
            throw CorruptRowValue(place: place, reason: "is not a phone number (\(problem))")
        }
    }
}

/// A stored value that this program cannot have written.
package struct CorruptRowValue: Error, CustomStringConvertible {
    package let place, reason: String
    package var description: String { "\(place) \(reason)." }
}
