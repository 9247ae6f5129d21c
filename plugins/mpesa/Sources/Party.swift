/// Who paid or was paid, as M-PESA writes it: a number, whole, masked or hashed, and in places a name.
struct Party {
    /// `254708374149` of `254708374149 - JANE EXAMPLE`: 1 to 64 visible ASCII characters, with spaces inside a mask.
    let number: String

    init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: true).prefix { $0 != "-" }
        number = words.joined(separator: " ")
        guard (1...64).contains(number.utf8.count), number.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            return nil
        }
    }
}
