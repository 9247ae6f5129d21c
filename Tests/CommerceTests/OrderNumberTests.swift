import Commerce
import Testing

@Suite("Order numbers: what a person misreads is noticed")
struct OrderNumberTests {
    static let alphabet = Array("23456789ABCDEFGHJKMNPQRSTUVWXYZ")

    private static let numbers = (0..<200).map { _ in OrderNumber().text }

    @Test("A number has eight characters, none of which looks like another")
    func alphabet() {
        for number in Self.numbers {
            #expect(number.count == 8)
            #expect(number.allSatisfy(Self.alphabet.contains))
            #expect(OrderNumber(number)?.text == number)
        }
        for lookAlike in "01OIL" { #expect(!Self.alphabet.contains(lookAlike)) }
    }

    @Test("Every single wrong character is refused")
    func substitutions() {
        for number in Self.numbers {
            for place in 0..<8 {
                var typed = Array(number)
                for other in Self.alphabet where other != Array(number)[place] {
                    typed[place] = other
                    #expect(OrderNumber(String(typed)) == nil, "\(String(typed)) for \(number)")
                }
            }
        }
    }

    @Test("Every swap of two characters is refused")
    func swaps() {
        for number in Self.numbers {
            for first in 0..<8 {
                for second in (first + 1)..<8 {
                    var typed = Array(number)
                    typed.swapAt(first, second)
                    guard String(typed) != number else { continue }
                    #expect(OrderNumber(String(typed)) == nil, "\(String(typed)) for \(number)")
                }
            }
        }
    }

    @Test("A character too few or too many is refused")
    func lengths() {
        for number in Self.numbers {
            #expect(OrderNumber(String(number.dropLast())) == nil)
            #expect(OrderNumber(String(number.dropFirst())) == nil)
            #expect(OrderNumber(number + "2") == nil)
            #expect(OrderNumber(number + number) == nil)
        }
    }

    @Test("People may type it their way")
    func typedForms() {
        for number in Self.numbers {
            let halves = (number.prefix(4), number.suffix(4))
            for typed in [
                number.lowercased(), "\(halves.0) \(halves.1)", "\(halves.0.lowercased()) \(halves.1.lowercased())",
                "\(halves.0)-\(halves.1)", " \(number)\n", number.map(String.init).joined(separator: " "),
            ] {
                #expect(OrderNumber(typed)?.text == number, "\(typed)")
            }
        }
    }

    @Test(
        "What is no number is refused",
        arguments: [
            "", " ", "--------", "00000000", "K7M2", "ÄÄÄÄÄÄÄÄ", "K7M2 9QX\u{0}", "２２２２２２２２", "K7M29QX.", "ßßßß",
        ])
    func garbage(_ typed: String) {
        #expect(OrderNumber(typed) == nil)
    }

    @Test("Seven random characters are spread over the whole alphabet")
    func spread() {
        let seen = Set((0..<2_000).flatMap { _ in Array(OrderNumber().text) })
        #expect(seen == Set(Self.alphabet))
        #expect(Set((0..<2_000).map { _ in OrderNumber().text }).count == 2_000)
    }
}
