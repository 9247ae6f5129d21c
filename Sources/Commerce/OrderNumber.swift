/// What a person reads, says and types for one order: seven random characters and a check character.
///
/// The alphabet has 31 characters without look-alikes (no 0, O, 1, I, L). 31 is prime and every place has its own
/// weight, so any single wrong character and any two swapped characters are caught.
package struct OrderNumber: Hashable, Sendable, CustomStringConvertible {
    /// Eight characters, such as `K7M29QXD`.
    package let text: String

    static let alphabet = Array("23456789ABCDEFGHJKMNPQRSTUVWXYZ")
    private static let values = Dictionary(uniqueKeysWithValues: alphabet.enumerated().map { ($1, $0) })

    /// A new number; the caller makes sure that it is not in use yet.
    package init() {
        var generator = SystemRandomNumberGenerator()
        self.init(using: &generator)
    }

    package init(using generator: inout some RandomNumberGenerator) {
        let digits = (0..<7).map { _ in Int.random(in: 0..<31, using: &generator) }
        text = String((digits + [Self.check(digits)]).map { Self.alphabet[$0] })
    }

    /// Reads what somebody typed: any case, with spaces or dashes. Nil unless the check character is right.
    package init?(_ typed: String) {
        let characters = typed.uppercased().filter { !$0.isWhitespace && $0 != "-" }
        let digits = characters.compactMap { Self.values[$0] }
        guard digits.count == 8, digits.count == characters.count, Self.check(digits.dropLast()) == digits.last else {
            return nil
        }
        text = String(characters)
    }

    /// A number that is stored already.
    package init(stored text: String) { self.text = text }

    private static func check(_ digits: some Sequence<Int>) -> Int {
        // Weights 2…8; with the check character's weight 1 all differ modulo 31.
        let sum = digits.enumerated().reduce(0) { sum, digit in sum + (8 - digit.offset) * digit.element }
        return (31 - sum % 31) % 31
    }

    package var description: String { text }
}
