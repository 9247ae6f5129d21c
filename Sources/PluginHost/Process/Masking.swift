import PaymentKit

/// Makes foreign text fit for a log: what a plugin in another process says of itself may hold anything.
struct Masking: Sendable {
    private let secrets: [String]

    /// - Parameter secrets: Values that must not be seen; short ones are too common to be looked for.
    init(secrets: [String]) {
        self.secrets = secrets.filter { $0.count >= 6 }.sorted { $0.count > $1.count }
    }

    /// The text's end, without secrets, with long numbers as their last three digits, on one line.
    func masked(_ text: String, atMost count: Int = 500) -> String {
        var text = text
        for secret in secrets { text = text.replacing(secret, with: "****") }
        var shown = ""
        var digits = ""
        func flush() {
            shown += digits.count >= 9 ? "*****" + digits.suffix(3) : digits
            digits = ""
        }
        for character in text {
            if character.isNumber {
                digits.append(character)
            } else {
                flush()
                shown.append(character.isNewline ? " " : character)
            }
        }
        flush()
        return String(shown.suffix(count))
    }

    /// The same error with its words masked: people read them on pages.
    func masked(_ error: PaymentError) -> PaymentError {
        switch error {
        case .invalidInput(let why, let field): .invalidInput(masked(why), field: field)
        case .misconfigured(let why, let setting): .misconfigured(masked(why), setting: setting)
        case .notSent(let why): .notSent(masked(why))
        case .busy(let why, let retryAfter): .busy(masked(why), retryAfter: retryAfter)
        case .unavailable(let why): .unavailable(masked(why))
        case .outcomeUnknown(let why): .outcomeUnknown(masked(why))
        case .unsupported(let why): .unsupported(masked(why))
        }
    }
}
