/// A text for one SMS: at most 160 characters of the alphabet that every phone has (GSM 03.38), so that it costs one
/// message and arrives whole.
package struct ShortText: Hashable, Sendable {
    package static let longest = 160
    package let text: String

    /// Puts the shop's name before a sentence and its link after it, and shortens the name first, then the sentence,
    /// when that is too long. The link is never cut: with one that is too long by itself the text is longer than one
    /// message.
    package init(shop: String, sentence: String, link: String?) {
        let shop = Self.plain(shop)
        let sentence = Self.plain(sentence)
        let end = link.map { " \($0)" } ?? ""
        let room = Self.longest - Self.length(end)
        var name = shop
        while !name.isEmpty, Self.length("\(name): \(sentence)") > room { name.removeLast() }
        var start = name.count < 3 ? sentence : "\(name): \(sentence)"
        while !start.isEmpty, Self.length(start) > max(room, 0) { start.removeLast() }
        text = start + end
    }

    /// Places that it takes of ``longest``: some characters take two.
    package static func length(_ text: String) -> Int {
        text.reduce(0) { $0 + (extended.contains($1) ? 2 : 1) }
    }

    /// Whether every phone has all of its characters.
    package static func fits(_ text: String) -> Bool {
        text.allSatisfy { basic.contains($0) || extended.contains($0) }
    }

    /// The same in that alphabet: what is not in it becomes what is nearest, or is left out.
    static func plain(_ text: String) -> String {
        String(
            text.flatMap { character -> [Character] in
                if basic.contains(character) || extended.contains(character) { return [character] }
                if let near = near[character] { return Array(near) }
                if character.isWhitespace { return [" "] }
                // A letter with a mark: the letter.
                let letters = String(character).unicodeScalars.first { basic.contains(Character($0)) }
                return letters.map { [Character($0)] } ?? []
            })
    }

    private static let near: [Character: String] = [
        "‘": "'", "’": "'", "“": "\"", "”": "\"", "–": "-", "—": "-", "…": "...", "•": "*", "á": "a", "â": "a",
        "í": "i", "ó": "o", "ú": "u", "ç": "c", "ê": "e", "ô": "o", "ĩ": "i", "ũ": "u", "Ĩ": "I", "Ũ": "U",
    ]
    /// 3GPP TS 23.038, section 6.2.1, without the line breaks.
    private static let basic: Set<Character> = Set(
        "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
            + "abcdefghijklmnopqrstuvwxyzäöñüà")
    private static let extended: Set<Character> = Set("^{}\\[~]|€")
}
