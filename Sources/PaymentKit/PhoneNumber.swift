/// A Kenyan mobile number in the one form used everywhere: `254`, then `7` or `1`, then eight digits.
///
/// It prints masked, so that a log line cannot show it; ``digits`` gives the number itself.
public struct PhoneNumber: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
    /// Twelve ASCII digits without a plus, such as `254712345678`.
    public let digits: String

    /// Why a text is not a number, in the order in which it is noticed.
    public enum Problem: Error, Hashable, Sendable, Codable {
        case empty, tooLong, tooShort, notAMobileNumber, otherCountry
        /// A character that cannot be part of a number: a letter, a star, a comma, a second plus.
        case strangeCharacter
    }

    /// Reads what a person typed.
    ///
    /// Accepts `0712 345 678`, `712345678`, `254…`, `+254…`, `00254…`, `000254…`, `+254 (0)7…`, digits of any script,
    /// spaces, dashes, dots and brackets. Never guesses: letters, extensions, two numbers in one field and masks are
    /// refused. Kenya's numbering plan of the Communications Authority, October 2019.
    public init(_ text: String) throws(Problem) {
        guard text.unicodeScalars.count <= 64 else { throw .tooLong }
        let typed = try Self.plainDigits(of: text)
        guard !typed.digits.isEmpty else { throw typed.hasPlus ? .tooShort : .empty }
        self.digits = "254" + (try Self.nationalNumber(typed.digits, hasPlus: typed.hasPlus))
    }

    /// Drops what people type between digits and turns every script's digits into ASCII.
    private static func plainDigits(of text: String) throws(Problem) -> (digits: [UInt8], hasPlus: Bool) {
        var digits: [UInt8] = []
        var hasPlus = false
        for scalar in text.unicodeScalars {
            let properties = scalar.properties
            switch (scalar, properties.generalCategory) {
            case (_, .decimalNumber):
                guard let value = properties.numericValue else { throw .strangeCharacter }
                digits.append(UInt8(value))
            case ("+", _), ("\u{FF0B}", _):
                guard !hasPlus, digits.isEmpty else { throw .strangeCharacter }
                hasPlus = true
            case (_, .spaceSeparator), (_, .lineSeparator), (_, .paragraphSeparator), (_, .dashPunctuation),
                (_, .format),
                ("\t", _), ("\n", _), ("\u{B}", _), ("\u{C}", _), ("\r", _), ("\u{85}", _), ("\u{2212}", _),
                (".", _), ("(", _), (")", _), ("[", _), ("]", _),
                ("\u{FF0E}", _), ("\u{FF08}", _), ("\u{FF09}", _), ("\u{FF3B}", _), ("\u{FF3D}", _):
                continue
            default:
                throw .strangeCharacter
            }
        }
        return (digits, hasPlus)
    }

    /// The nine digits after the country code.
    private static func nationalNumber(_ typed: [UInt8], hasPlus: Bool) throws(Problem) -> String {
        var digits = typed[...]
        var isInternational = false
        func strip(_ prefix: [UInt8]) -> Bool {
            guard digits.starts(with: prefix) else { return false }
            digits = digits.dropFirst(prefix.count)
            isInternational = true
            return true
        }
        if hasPlus {
            guard strip([2, 5, 4]) else { throw .otherCountry }
        } else if strip([0, 0, 0, 2, 5, 4]) || strip([0, 0, 2, 5, 4]) {
        } else if digits.starts(with: [0, 0]) {
            throw .otherCountry
        } else if digits.count == 12 || digits.count == 13 {
            _ = strip([2, 5, 4])
        } else if digits.count == 10, digits.first == 0 {
            digits = digits.dropFirst()
        }
        if isInternational, digits.count == 10, digits.first == 0 { digits = digits.dropFirst() }
        if digits.count < 9 { throw .tooShort }
        if digits.count > 9 { throw digits.first == 0 || isInternational ? .tooLong : .notAMobileNumber }
        guard digits.first == 7 || digits.first == 1 else { throw .notAMobileNumber }
        return String(decoding: digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
    }

    /// What may be logged and shown to anybody: `2547*****678`.
    public var masked: String { digits.prefix(4) + "*****" + digits.suffix(3) }

    /// The last three digits, by which a person knows the phone: `678`.
    public var ending: String { String(digits.suffix(3)) }

    /// The way Kenyans write it: `0712 345 678`.
    public var local: String {
        let national = digits.dropFirst(3)
        return "0\(national.prefix(3)) \(national.dropFirst(3).prefix(3)) \(national.suffix(3))"
    }

    /// The network that the prefix was given to, or nil where that is not known.
    ///
    /// A hint only: numbers are portable, so this may warn and never refuse. The Communications Authority's numbering
    /// plan.
    public var network: String? {
        guard let prefix = Int(digits.dropFirst(3).prefix(3)) else { return nil }
        switch prefix {
        case 110...119, 700...729, 740...743, 745, 746, 748, 757...759, 768, 769, 790...799: return "Safaricom"
        case 100...108, 135...139, 730...739, 750...756, 760, 762, 767, 780...789: return "Airtel"
        case 763...766, 124: return "Equitel"
        case 120, 761, 770...779: return "Telkom"
        case 747: return "Faiba"
        default: return nil
        }
    }

    public var description: String { masked }
    public var debugDescription: String { masked }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
