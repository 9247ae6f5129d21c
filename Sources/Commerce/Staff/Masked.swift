import PaymentKit

/// People's data as staff see it: shortened, unless they may see it and want to.
package enum Masked {
    /// `3 min`, `5 h`, `2 days`.
    package static func age(_ from: Timestamp, at now: Timestamp) -> String {
        let seconds = max(0, now.seconds(since: from))
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3_600 { return "\(seconds / 60) min" }
        return seconds < 172_800 ? "\(seconds / 3_600) h" : "\(seconds / 86_400) days"
    }

    /// What stands in the place of a name or a number that was forgotten.
    package static let forgotten = "removed"

    /// `0712 ••• 678`, or all of it.
    package static func phone(_ phone: PhoneNumber?, inFull: Bool) -> String {
        guard let phone else { return forgotten }
        guard !inFull else { return phone.local }
        let parts = phone.local.split(separator: " ")
        return parts.count == 3 ? "\(parts[0]) ••• \(parts[2])" : phone.masked
    }

    /// `Asha W.`, or all of it.
    package static func name(_ name: String, inFull: Bool) -> String {
        guard !name.isEmpty else { return forgotten }
        guard !inFull else { return name }
        let words = name.split(separator: " ")
        guard let first = words.first, words.count > 1, let last = words.last?.first else { return name }
        return "\(first) \(last)."
    }

    /// A payer as far as the provider names them.
    package static func payer(_ payer: Payer?, inFull: Bool) -> String {
        switch payer?.form {
        case .number(let number): phone(number, inFull: inFull)
        case .mask(let leading, let trailing): "\(leading)•••\(trailing)"
        case .hash: "a hidden number"
        case .unreadable, nil: "not told"
        }
    }

    /// What a payer typed, with anything that looks like a telephone number hidden.
    package static func typed(_ text: String, inFull: Bool) -> String {
        guard !inFull else { return text }
        let digits = text.filter(\.isNumber)
        guard digits.count >= 9 else { return text }
        return String(text.prefix(4)) + "•••" + String(text.suffix(3))
    }
}
