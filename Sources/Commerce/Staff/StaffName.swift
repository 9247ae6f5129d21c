/// The name that a member of staff signs in with, such as `amina`; others see it beside what she did.
package struct StaffName: Hashable, Sendable {
    package let text: String

    /// Takes capitals and spaces around it, as phones type them.
    ///
    /// - Returns: Nil unless it is 2 to 40 letters, digits, dots, hyphens or underscores that begin with a letter: a
    ///   number in it would be somebody's phone in every history.
    package init?(_ typed: String) {
        let text = typed.lowercased().filter { !$0.isWhitespace }
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let isPlain = text.utf8.allSatisfy { byte in
            letters.contains(byte) || digits.contains(byte) || ".-_".utf8.contains(byte)
        }
        guard isPlain, (2...40).contains(text.utf8.count), text.first?.isLetter == true,
            text.filter(\.isNumber).count < 7
        else {
            return nil
        }
        self.text = text
    }

    /// A stored name.
    package init(stored: String) { text = stored }
}
