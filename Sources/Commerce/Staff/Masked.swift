import PaymentKit

/// People's data as staff see it: shortened, unless they may see it and want to.
package enum Masked {
    /// `3 min`, `5 h`, `2 days`; in Swahili `dak 3`, `saa 5`, `siku 2`.
    package static func age(_ from: Timestamp, at now: Timestamp, in language: Language = .english) -> String {
        let seconds = max(0, now.seconds(since: from))
        let (count, unit) =
            switch seconds {
            case ..<60: (seconds, Words(english: "s", swahili: "sek"))
            case ..<3_600: (seconds / 60, Words(english: "min", swahili: "dak"))
            case ..<172_800: (seconds / 3_600, Words(english: "h", swahili: "saa"))
            case _: (seconds / 86_400, Words(english: "days", swahili: "siku"))
            }
        switch language {
        case .english: return "\(count) \(unit.english)"
        case .swahili: return "\(unit.swahili) \(count)"
        }
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
    package static func payer(_ payer: Payer?, inFull: Bool, in language: Language = .english) -> String {
        switch payer?.form {
        case .number(let number): phone(number, inFull: inFull)
        case .mask(let leading, let trailing): "\(leading)•••\(trailing)"
        case .hash: Words(english: "a hidden number", swahili: "namba iliyofichwa")[language]
        case .unreadable, nil: Words(english: "not told", swahili: "haijatajwa")[language]
        }
    }

    /// What a payer typed, with anything that looks like a telephone number hidden, and a bank's longer words, which
    /// name people.
    package static func typed(_ text: String, inFull: Bool) -> String {
        guard !inFull else { return text }
        let digits = text.filter(\.isNumber)
        guard digits.count >= 9 || text.count > 20 else { return text }
        return String(text.prefix(4)) + "•••" + String(text.suffix(3))
    }
}
