import FoundationEssentials

/// What a plugin in another process may send: sizes that the shop's books can keep, and words that it knows.
package enum WireLimits {
    /// Whether instructions fit a phone's page: at most 12 steps of 300 bytes and values of 60.
    package static func fitPage(_ instructions: Instructions) -> Bool {
        instructions.steps.count <= 12
            && instructions.steps.allSatisfy { step in
                step.words.values.allSatisfy { $0.utf8.count <= 300 } && (step.value?.utf8.count ?? 0) <= 60
            } && (instructions.afterwards ?? [:]).values.allSatisfy { $0.utf8.count <= 300 }
    }

    /// Bytes of one line, its end included.
    package static let lineBytes = 1 << 20
    /// How deep brackets may stand in each other.
    package static let depth = 32

    /// Whether brackets stand at most ``depth`` deep; looked at before anything else is made of a line.
    package static func isShallow(_ line: some Sequence<UInt8>) -> Bool {
        var depth = 0
        var isInText = false
        var isEscaped = false
        for byte in line {
            if isInText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInText = true
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                if depth > Self.depth { return false }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
        }
        return true
    }

    /// Whether a text is not empty, not too long, and free of control characters.
    package static func isWord(_ text: String, atMost count: Int) -> Bool {
        !text.isEmpty && text.utf8.count <= count && text.unicodeScalars.allSatisfy { $0.value >= 0x20 }
    }

    /// - Throws: `DecodingError` at the place in question that says what was expected there.
    static func require<Key>(
        _ isRight: Bool, _ box: KeyedDecodingContainer<Key>, _ key: Key, _ expected: String
    ) throws {
        guard isRight else {
            throw DecodingError.dataCorruptedError(forKey: key, in: box, debugDescription: "expected \(expected)")
        }
    }

    /// Whether the shop can add such amounts up: a hundred thousand million whole units.
    package static func isCountable(_ money: Money) -> Bool {
        money.minor.magnitude <= 10_000_000_000_000 && money.currency.rawValue.utf8.count == 3
    }

    /// An amount of money that moved: above zero, and small enough to be added up.
    static func moved<Key>(_ box: KeyedDecodingContainer<Key>, _ key: Key) throws -> Money {
        let amount = try box.decode(Money.self, forKey: key)
        try require(amount.minor > 0 && isCountable(amount), box, key, "an amount above zero that can be added up")
        return amount
    }

    /// A receipt that fits the shop's books.
    static func receipt<Key>(_ box: KeyedDecodingContainer<Key>, _ key: Key) throws -> Receipt {
        let receipt = try box.decode(Receipt.self, forKey: key)
        try require(
            isWord(receipt.id, atMost: 60) && (receipt.payer?.utf8.count ?? 0) <= 100, box, key,
            "an id of 1 to 60 bytes, and a payer of at most 100")
        return receipt
    }

    /// A text of so many bytes at most.
    static func text<Key>(
        _ box: KeyedDecodingContainer<Key>, _ key: Key, atMost count: Int, default missing: String? = nil
    ) throws -> String {
        let text = try missing.map { try box.decodeIfPresent(String.self, forKey: key) ?? $0 }
        let found = try text ?? box.decode(String.self, forKey: key)
        try require(found.utf8.count <= count, box, key, "at most \(count) bytes")
        return found
    }

    /// One of a set of words; the error lists them.
    static func word<Word: RawRepresentable & CaseIterable, Key>(
        _: Word.Type, _ box: KeyedDecodingContainer<Key>, _ key: Key
    ) throws -> Word where Word.RawValue == String {
        let text = try box.decode(String.self, forKey: key)
        guard let word = Word(rawValue: text) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorruptedError(forKey: key, in: box, debugDescription: "expected one of \(words)")
        }
        return word
    }
}

extension KeyedDecodingContainer {
    /// The value under a key, or what stands for it when it is missing.
    func decode<Value: Decodable>(_ key: Key, default value: Value) throws -> Value {
        try decodeIfPresent(Value.self, forKey: key) ?? value
    }
}

extension DecodingError {
    /// Where in a message it is, and what is wrong there. Never the value that was found.
    package var place: String {
        let context: Context
        switch self {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .dataCorrupted(let found): context = found
        case .keyNotFound(let key, let found):
            return (found.codingPath + [key]).map(\.stringValue).joined(separator: ".") + " is missing"
        @unknown default: return "it does not read"
        }
        let path = context.codingPath.map(\.stringValue).joined(separator: ".")
        switch self {
        case .typeMismatch: return "\(path) is of another type than expected"
        case .valueNotFound: return "\(path) is null"
        case .dataCorrupted, .keyNotFound:
            return path.isEmpty
                ? "it is not JSON, or a number in it does not fit"
                : "\(path): \(context.debugDescription)"
        @unknown default: return "it does not read"
        }
    }
}
