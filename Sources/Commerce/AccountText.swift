import PaymentKit

/// What a payer typed as the account, or what a statement says there: read for order numbers and a phone number.
///
/// People type their names and numbers here, so it prints nothing of it.
package struct AccountText: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The order numbers that are typed without a mistake.
    package enum Reading: Hashable, Sendable {
        case none
        case number(OrderNumber)
        /// Two or more that differ: nobody can know which was meant.
        case several([OrderNumber])
    }
    package let reading: Reading
    /// The text's digits where they make a phone number, as people who have no account to type give theirs.
    package let phone: PhoneNumber?

    /// Upper-case ASCII letters and digits of neighbouring words, put together where that has about the length of a
    /// number; `?` for other scripts' letters. Those that were typed in one piece come first.
    private let pieces: [Piece]
    private struct Piece {
        var characters: [UInt8]
        var isOneWord: Bool
        var isCut: Bool
    }

    /// Longer texts are not read at all, for half of one could name the wrong order.
    private static let longestText = 512
    /// From this length on an end may be cut off: the shortest room for accounts that is in use.
    private static let cutLength = 20

    /// Reads any text: any case and width, with spaces, dashes and dots, with words before and after.
    package init(_ text: String) {
        guard text.utf8.count <= Self.longestText else {
            (reading, phone, pieces) = (.none, nil, [])
            return
        }
        let words = Self.words(in: text)
        phone = Self.phone(in: words)
        pieces = Self.pieces(of: words, isLong: text.unicodeScalars.count >= Self.cutLength)
        var exact: [OrderNumber] = []
        for piece in pieces where piece.characters.count == 8 {
            if let number = OrderNumber(String(decoding: piece.characters, as: UTF8.self)), !exact.contains(number) {
                exact.append(number)
            }
        }
        reading = exact.count > 1 ? .several(exact) : exact.first.map(Reading.number) ?? .none
    }

    /// The numbers to look up when the text names no order for certain: at most 64, likeliest first.
    ///
    /// Every right number that is one edit away (a wrong character, two neighbours swapped, one missing, one too
    /// many), two look-alikes away, cut off by two at the end of a long text, or glued to something else; first those
    /// of a ``Reading/several(_:)``. Not the one of a ``Reading/number(_:)``.
    package var nearNumbers: [OrderNumber] {
        var near = NearNumbers()
        if case .several(let numbers) = reading { numbers.forEach { near.add($0) } }
        for piece in pieces { near.add(piece.characters, isCut: piece.isCut) }
        return near.numbers.filter { .number($0) != reading }
    }

    /// Whether some part of the text is at most two edits away from an order's number.
    ///
    /// For orders that were found otherwise: there are too many such numbers to look them all up.
    package func resembles(_ number: OrderNumber) -> Bool {
        let characters = Array(number.text.utf8)
        return pieces.contains { piece in
            (6...10).contains(piece.characters.count)
                && piece.characters.count { !NearNumbers.isInAlphabet($0) } <= 2
                && Self.isWithinTwoEdits(piece.characters, characters)
        }
    }

    package var description: String { "an account text" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

// MARK: Reading

extension AccountText {
    /// Words that people write to the number without a space; longer before shorter.
    private static let labels = [
        "NUMBER", "INVOICE", "ACCOUNT", "ORDER", "NAMBA", "AGIZO", "ODA", "ORD", "REF", "INV", "ACC", "NO",
    ].map { Array($0.utf8) }

    /// Runs of letters and digits; a label is a word of its own.
    private static func words(in text: String) -> [[UInt8]] {
        var words: [[UInt8]] = []
        var word: [UInt8] = []
        func endWord() {
            while let label = labels.first(where: { word.count > $0.count && word.starts(with: $0) }) {
                words.append(label)
                word.removeFirst(label.count)
            }
            if !word.isEmpty { words.append(word) }
            word = []
        }
        for scalar in text.unicodeScalars {
            switch character(scalar) {
            case .letter(let letter): word.append(letter)
            case .nothing: continue
            case .space: endWord()
            }
        }
        endWord()
        return words
    }

    private enum Character { case letter(UInt8), nothing, space }

    private static func character(_ scalar: Unicode.Scalar) -> Character {
        // Full-width forms stand in the order of ASCII.
        let value = (0xFF01...0xFF5E).contains(scalar.value) ? scalar.value - 0xFEE0 : scalar.value
        if value < 128 {
            switch UInt8(value) {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): return .letter(UInt8(value) - 32)
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                return .letter(UInt8(value))
            case _: return .space
            }
        }
        let properties = scalar.properties
        if properties.generalCategory == .decimalNumber, let digit = properties.numericValue {
            return .letter(UInt8(ascii: "0") + UInt8(digit))
        }
        if properties.generalCategory == .format || properties.generalCategory == .nonspacingMark { return .nothing }
        return properties.isAlphabetic ? .letter(UInt8(ascii: "?")) : .space
    }

    private static func pieces(of words: [[UInt8]], isLong: Bool) -> [Piece] {
        var pieces: [Piece] = []
        for first in words.indices {
            var characters: [UInt8] = []
            for last in first..<words.endIndex {
                characters += words[last]
                let isOneWord = first == last
                if characters.count > 10 && !isOneWord { break }
                guard characters.count >= 6 else { continue }
                let isCut = isLong && last == words.endIndex - 1
                pieces.append(Piece(characters: characters, isOneWord: isOneWord, isCut: isCut))
            }
        }
        return pieces.filter(\.isOneWord) + pieces.filter { !$0.isOneWord }
    }

    private static func phone(in words: [[UInt8]]) -> PhoneNumber? {
        let digits = words.filter { $0.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }
        do {
            return try PhoneNumber(String(decoding: digits.joined(), as: UTF8.self))
        } catch {
            return nil
        }
    }

    /// The optimal string alignment distance: substitutions, insertions, deletions, and swaps of neighbours.
    private static func isWithinTwoEdits(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 1...left.count {
            var current = [row]
            for column in 1...right.count {
                var least = min(
                    last[column] + 1, current[column - 1] + 1,
                    last[column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1))
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    least = min(least, beforeLast[column - 2] + 1)
                }
                current.append(least)
            }
            if current.allSatisfy({ $0 > 2 }) { return false }
            (beforeLast, last) = (last, current)
        }
        return (last.last ?? 3) <= 2
    }
}
