import FoundationEssentials

/// A JSON message read without trusting its shape: what is missing or of another type reads as nil.
///
/// Providers send the same field as a number, a string, nothing or not at all. Numbers are kept as exact decimal text
/// and never become a `Double`.
public enum LooseJSON: Decodable, Sendable {
    case object([String: LooseJSON])
    case list([LooseJSON])
    case text(String)
    /// Null, true, false, or a number of more than 38 digits.
    case other

    /// Real messages are below 4 KB and five levels deep; only a list of payments is long.
    public static let bytesAllowed = 65_536
    public static let listBytesAllowed = 262_144
    private static let depthAllowed = 24

    /// The message in `body`; nil where there is none, or one too large or too deep to be a provider's.
    public static func read(_ body: Data, bytesAllowed: Int = bytesAllowed) -> LooseJSON? {
        guard body.count <= bytesAllowed, isShallow(body) else { return nil }
        do { return try JSONDecoder().decode(LooseJSON.self, from: body) } catch { return nil }
    }

    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let text = Self.attempt({ try value.decode(String.self) }) {
            self = .text(text)
        } else if let number = Self.attempt({ try value.decode(Decimal.self) }) {
            self = .text(number.description)
        } else if let object = Self.attempt({ try value.decode([String: LooseJSON].self) }) {
            self = .object(object)
        } else if let list = Self.attempt({ try value.decode([LooseJSON].self) }) {
            self = .list(list)
        } else {
            self = .other
        }
    }

    /// Nil where the value is of another type; the next type is tried then.
    private static func attempt<T>(_ read: () throws -> T) -> T? {
        do { return try read() } catch { return nil }
    }

    /// Checked before decoding, because decoding calls itself once for each level. A zero byte is refused too: JSON has
    /// none, and an encoding that has them would hide its brackets.
    private static func isShallow(_ body: Data) -> Bool {
        var depth = 0
        var isInString = false
        var isEscaped = false
        for byte in body {
            switch byte {
            case 0: return false
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\") where isInString: isEscaped = true
            case UInt8(ascii: "\""): isInString.toggle()
            case _ where isInString: continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: continue
            }
            if depth > depthAllowed { return false }
        }
        return true
    }

    // MARK: Looking inside

    /// The value of a key, with its case as the provider writes it.
    public subscript(_ key: String) -> LooseJSON? {
        guard case .object(let values) = self else { return nil }
        return values[key]
    }

    /// A string, or a number as plain decimal text.
    public var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    /// The elements of a list; an object alone counts as a list of one.
    public var elements: [LooseJSON] {
        switch self {
        case .list(let elements): elements
        case .object: [self]
        case .text, .other: []
        }
    }

    /// An id or a code: 1 to 64 visible ASCII characters without the bar that separates the parts of an event key.
    public var identifier: String? {
        guard let text, (1...64).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "|") })
        else { return nil }
        return text
    }
}
