/// A provider's message as staff may look at it: its shape and its codes, without anything that names a person, a
/// payment or a secret.
///
/// Made from bytes in one way only. In JSON the names of fields stay, and so do short numbers such as result codes and
/// amounts; of every other value, and of all that is no JSON, only the shape is left: `a` for a small letter, `A` for a
/// large one, `0` for a digit, `•` for what is not ASCII.
package struct MaskedMessage: Hashable, Sendable, CustomStringConvertible {
    /// Bytes of a message that are looked at; more is left out.
    package static let bytesShown = 4_000
    /// Digits that a number may have to be shown: telephone numbers and the numbers of papers have more.
    private static let digitsShown = 6

    package let text: String
    /// Whether the message went on.
    package let isCut: Bool
    package var description: String { text }

    package init(_ body: [UInt8]) {
        let looked = body.prefix(Self.bytesShown)
        var reader = Reader(Array(looked))
        text = reader.masked()
        isCut = looked.count < body.count
    }

    private struct Reader {
        private let bytes: [UInt8]
        private var place = 0
        private var shown: [UInt8] = []

        private let isJSON: Bool

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            let first = bytes.first { !Self.isSpace($0) }
            isJSON = first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        }

        mutating func masked() -> String {
            while place < bytes.count {
                switch bytes[place] {
                case UInt8(ascii: "\""): string()
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"):
                    word()
                case _:
                    append(bytes[place])
                    place += 1
                }
            }
            return String(decoding: shown, as: UTF8.self)
        }

        /// A text in quotes; one that does not end is a value.
        private mutating func string() {
            let start = place + 1
            var end = start
            while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
                end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1
            }
            end = min(end, bytes.count)
            let content = bytes[start..<end]
            let isClosed = end < bytes.count
            place = min(end + 1, bytes.count)
            shown.append(UInt8(ascii: "\""))
            if isJSON, isClosed, isName(content) || Self.isShortNumber(content) {
                shown += content
            } else {
                for byte in content { append(shapeOf: byte) }
            }
            if isClosed { shown.append(UInt8(ascii: "\"")) }
        }

        /// Whether a text in quotes that ends here names a field: one before a colon, or one beside a `"Value"`.
        private func isName(_ content: ArraySlice<UInt8>) -> Bool {
            guard (1...40).contains(content.count), content.allSatisfy({ Self.isLetter($0) || $0 == UInt8(ascii: "_") })
            else { return false }
            let rest = bytes[place...].drop(while: Self.isSpace)
            if rest.first == UInt8(ascii: ":") { return true }
            guard rest.first == UInt8(ascii: ",") else { return false }
            let next = rest.dropFirst().drop(while: Self.isSpace)
            return next.starts(with: Array("\"Value\"".utf8))
        }

        /// Letters and digits outside quotes: a number, or one of JSON's three words.
        private mutating func word() {
            let run = bytes[place...].prefix { Self.isLetter($0) || Self.isDigit($0) || $0 == UInt8(ascii: ".") }
            let isWhole = isJSON && isValue(run)
            place += run.count
            let isWord = ["true", "false", "null"].contains { run.elementsEqual($0.utf8) }
            if isWhole, isWord || Self.isShortNumber(run) {
                shown += run
            } else {
                for byte in run { append(shapeOf: byte) }
            }
        }

        /// Whether a run stands where a value of JSON stands, alone: parts of a longer number do not.
        private func isValue(_ run: ArraySlice<UInt8>) -> Bool {
            let before = bytes[..<run.startIndex].last { !Self.isSpace($0) }
            let after = bytes[run.endIndex...].first { !Self.isSpace($0) }
            return [UInt8](":[,".utf8).contains { $0 == before } && [UInt8](",]}".utf8).contains { $0 == after }
        }

        /// `1032` or `1250.00`: few digits, and two at most behind a point.
        private static func isShortNumber(_ content: ArraySlice<UInt8>) -> Bool {
            let whole = content.prefix(while: isDigit)
            let rest = content.dropFirst(whole.count)
            guard (1...MaskedMessage.digitsShown).contains(whole.count) else { return false }
            return rest.isEmpty
                || (rest.first == UInt8(ascii: ".") && (1...2).contains(rest.count - 1)
                    && rest.dropFirst().allSatisfy(isDigit))
        }

        private mutating func append(_ byte: UInt8) {
            if byte >= 0x80 {
                append(shapeOf: byte)
            } else if byte >= 0x20 && byte != 0x7F || byte == 0x0A {
                shown.append(byte)
            }
        }

        private mutating func append(shapeOf byte: UInt8) {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): shown.append(UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "z"): shown.append(UInt8(ascii: "a"))
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): shown.append(UInt8(ascii: "A"))
            // The first byte of a character stands for all of it.
            case 0xC0...: shown += Array("•".utf8)
            case 0x80..<0xC0: break
            case 0x20..<0x7F: shown.append(byte)
            case _: break
            }
        }

        private static func isSpace(_ byte: UInt8) -> Bool {
            byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
        }
        private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
        private static func isLetter(_ byte: UInt8) -> Bool {
            (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }
    }
}
