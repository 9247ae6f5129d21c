/// The words of a name as they are compared: lower case, without accents, apostrophes and the order they stand in.
///
/// `Ng'ang'a Wanjirũ` is `nganga` and `wanjiru`. People's data.
package struct NameWords: Hashable, Sendable {
    /// The first five words at most.
    package let list: [String]

    /// Words of a name that count; who has more is found by these.
    package static let mostWords = 5
    /// The lengths at which a word's beginning can be looked up.
    private static let stemLengths = [3, 4, 5, 7]

    package init(_ text: String) {
        var words: [String] = []
        var word = ""
        for scalar in text.unicodeScalars.prefix(500) {
            if let letters = Self.letters(of: scalar) {
                word += letters
            } else if !word.isEmpty {
                words.append(word)
                word = ""
            }
        }
        if !word.isEmpty { words.append(word) }
        list = Array(words.prefix(Self.mostWords))
    }

    /// What a name is found by, 20 texts at most: the first 3, 4, 5 and 7 letters of each word; shorter words whole.
    package var stems: Set<String> {
        Set(
            list.flatMap { word in
                word.count < Self.stemLengths[0]
                    ? [word] : Self.stemLengths.filter { $0 <= word.count }.map { String(word.prefix($0)) }
            })
    }

    /// What these words, as somebody types them to find a name, are looked up by: one stem for each, the longest
    /// first. A name that has all of them may still differ in later letters; see ``areFound(in:)``.
    package var soughtStems: [String] {
        list.map { word in
            let length = Self.stemLengths.last { $0 <= word.count }
            return length.map { String(word.prefix($0)) } ?? word
        }.sorted { ($1.count, $0) < ($0.count, $1) }
    }

    /// Whether each of these words begins a word of `name`; a word of one or two letters must be one.
    package func areFound(in name: NameWords) -> Bool {
        list.allSatisfy { sought in
            name.list.contains { sought.count < Self.stemLengths[0] ? $0 == sought : $0.hasPrefix(sought) }
        }
    }

    /// Nil where a word ends; nothing for what is passed over.
    private static func letters(of scalar: Unicode.Scalar) -> String? {
        let properties = scalar.properties
        // Some marks like an apostrophe are letters to Unicode.
        let isPassedOver = properties.generalCategory == .nonspacingMark || "'’‘`´ʼʻʹ".unicodeScalars.contains(scalar)
        if isPassedOver { return "" }
        guard properties.isAlphabetic || properties.generalCategory == .decimalNumber else { return nil }
        let lower = properties.lowercaseMapping
        guard let first = lower.unicodeScalars.first, !first.isASCII else { return lower }
        return plain[first] ?? String(lower.unicodeScalars.filter { $0.properties.generalCategory != .nonspacingMark })
    }

    /// Letters with accents, by the letter without.
    private static let plain: [Unicode.Scalar: String] = {
        let rows = [
            "a": "àáâãäåāăąǎạảấầẩẫậ", "c": "çćĉċč", "d": "ďđð", "e": "èéêëēĕėęěẹẻẽếềểễệ", "g": "ĝğġģ", "h": "ĥħ",
            "i": "ìíîïĩīĭįıǐịỉ", "j": "ĵ", "k": "ķ", "l": "ĺļľŀł", "n": "ñńņňŋ", "o": "òóôõöøōŏőǒọỏốồổỗộơ", "r": "ŕŗř",
            "s": "śŝşšș", "t": "ţťŧț", "u": "ùúûüũūŭůűųǔụủư", "w": "ŵ", "y": "ýÿŷỳ", "z": "źżž", "ss": "ß", "ae": "æ",
            "oe": "œ", "th": "þ",
        ]
        var plain: [Unicode.Scalar: String] = [:]
        for (letter, accented) in rows { for scalar in accented.unicodeScalars { plain[scalar] = letter } }
        return plain
    }()
}
