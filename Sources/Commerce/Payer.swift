import PaymentKit

/// Who paid, as a provider names them: a number, the hash of one, one with digits hidden, or nothing to go by.
///
/// Personal data, a hash and a mask too: it prints its kind only.
package struct Payer: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What of the number the provider lets us see.
    package enum Form: Hashable, Sendable {
        case number(PhoneNumber)
        /// 64 lower-case hexadecimal digits: SHA-256 of a number's twelve digits.
        case hash(String)
        /// The digits before the hidden ones, from the country code on, and those after them.
        case mask(leading: String, trailing: String)
        case unreadable
    }
    package let form: Form

    /// How a payer compares with a number that we know.
    package enum Likeness: Hashable, Sendable {
        case same
        /// Nothing that is shown disagrees. Weak: a mask that hides five digits fits a hundred thousand numbers.
        case fits
        case different
        case unknown
    }

    /// Reads any text, never failing: what names nobody is ``Form/unreadable``.
    package init(_ text: String) { form = Self.form(of: text) }

    /// Compares with one of our own numbers.
    ///
    /// - Parameter sha256: 32 bytes for the bytes given; called for a payer by hash only.
    package func likeness(to phone: PhoneNumber, sha256: ([UInt8]) -> [UInt8]) -> Likeness {
        switch form {
        case .number(let number): number == phone ? .same : .different
        case .hash(let hash): hash == Self.hash(of: phone, sha256: sha256) ? .same : .different
        case .mask(let leading, let trailing):
            if !phone.digits.hasPrefix(leading) || !phone.digits.hasSuffix(trailing) {
                .different
            } else {
                trailing.count < Self.endingLength ? .unknown : .fits
            }
        case .unreadable: .unknown
        }
    }

    /// The one text under which this payer is looked up; nil when there is nothing to look up by.
    ///
    /// Contained in ``lookupForms(of:sha256:)`` of every number to which the payer is the same or which it fits.
    package var lookupForm: String? {
        switch form {
        case .number(let number): return number.digits
        case .hash(let hash): return hash
        case .mask(let leading, let trailing):
            guard trailing.count >= Self.endingLength,
                let known = Self.leadingLengths.last(where: { $0 <= leading.count })
            else { return nil }
            return Self.maskForm(leading.prefix(known), trailing)
        case .unreadable: return nil
        }
    }

    /// All texts under which a payer with this number may be looked up: six of them.
    ///
    /// The digits; their hash; and as masks show more or fewer leading digits, `*149`, `2547*149`, `25470*149` and
    /// `254708*149`. How many digits a mask hides is not looked at: providers write as many stars as they like.
    package static func lookupForms(of phone: PhoneNumber, sha256: ([UInt8]) -> [UInt8]) -> [String] {
        [phone.digits, hash(of: phone, sha256: sha256)]
            + leadingLengths.map { maskForm(phone.digits.prefix($0), phone.digits) }
    }

    package var description: String {
        switch form {
        case .number: "a payer by number"
        case .hash: "a payer by hash"
        case .mask: "a payer by mask"
        case .unreadable: "an unreadable payer"
        }
    }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

// MARK: Reading

extension Payer {
    /// The numbers of leading digits by which masks are looked up, ascending.
    private static let leadingLengths = [0, 4, 5, 6]
    private static let endingLength = 3

    private static func maskForm(_ leading: some StringProtocol, _ trailing: String) -> String {
        "\(leading)*\(trailing.suffix(endingLength))"
    }

    private static func hash(of phone: PhoneNumber, sha256: ([UInt8]) -> [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let bytes = sha256(Array(phone.digits.utf8)).flatMap { [digits[Int($0) / 16], digits[Int($0) % 16]] }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func form(of text: String) -> Form {
        let bare = text.filter { !$0.isWhitespace }
        if bare.utf8.count == 64, bare.allSatisfy({ $0.isASCII && $0.isHexDigit }) { return .hash(bare.lowercased()) }
        do {
            return .number(try PhoneNumber(text))
        } catch {
            return mask(bare) ?? .unreadable
        }
    }

    /// Reads digits, one run of marks, digits.
    private static func mask(_ text: String) -> Form? {
        var leading = "", trailing = ""
        var isHiding = false
        for scalar in text.unicodeScalars.prefix(64) {
            if scalar.properties.generalCategory == .decimalNumber, let value = scalar.properties.numericValue {
                let digit = String(Int(value))
                if isHiding { trailing += digit } else { leading += digit }
            } else if "*＊xX#•●".unicodeScalars.contains(scalar) {
                guard trailing.isEmpty else { return nil }
                isHiding = true
            } else if !"+-().".unicodeScalars.contains(scalar) {
                return nil
            }
        }
        leading = withCountryCode(leading)
        let shown = leading.count + trailing.count
        return isHiding && shown > 0 && shown < 12 ? .mask(leading: leading, trailing: trailing) : nil
    }

    /// `07`, `7`, `00254 7` and `254 (0)7` all begin the same numbers.
    private static func withCountryCode(_ leading: String) -> String {
        let digits = leading.drop { $0 == "0" }
        if digits.hasPrefix("2540") { return "254" + digits.dropFirst(4) }
        return digits.hasPrefix("7") || digits.hasPrefix("1") ? "254\(digits)" : String(digits)
    }
}
