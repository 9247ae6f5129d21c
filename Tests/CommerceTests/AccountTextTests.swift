import Commerce
import Testing

@Suite("What payers type as account")
struct AccountTextTests {
    /// A right number; its check character follows from the rest.
    static let number = numbers(1, seed: 5)[0].text
    static let other = numbers(2, seed: 6)[1].text
    private static let alphabet = Array("23456789ABCDEFGHJKMNPQRSTUVWXYZ")
    private static let typable = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz -./#_é")

    /// Right numbers that differ, the same ones in every run.
    static func numbers(_ count: Int, seed: UInt64) -> [OrderNumber] {
        var random = Seeded(seed)
        var numbers: [OrderNumber] = []
        var taken: Set<OrderNumber> = []
        while numbers.count < count {
            let start = String((0..<7).map { _ in alphabet[Int.random(in: 0..<31, using: &random)] })
            for number in alphabet.compactMap({ OrderNumber(start + String($0)) }) where taken.insert(number).inserted {
                numbers.append(number)
            }
        }
        return numbers
    }

    @Test("A number is read however it is written and whatever stands beside it")
    func exact() {
        let number = Self.number
        let (first, second) = (number.prefix(4), number.suffix(4))
        let wide = String(
            String.UnicodeScalarView(number.unicodeScalars.compactMap { Unicode.Scalar($0.value + 0xFEE0) }))
        for text in [
            number, number.lowercased(), "\(first) \(second)", "\(first)-\(second)", "\(first).\(second)",
            " \(number) ",
            number.map(String.init).joined(separator: " "), wide, wide.lowercased(), "\(first)\u{200B}\(second)",
            "#\(number)", "order \(number)", "Order: \(first) \(second)", "#\(first) \(second)", "\(number) asante",
            "order\(number)", "ORDERNO\(number)", "oda no.\(number)", "ref\(first) \(second)", "\(number), \(number)",
            "1 \(number) 0708374149", "JANE WANJIKU \(number.lowercased())", "agizo \(number)!", "\(number)\n",
            "(\(number))", "no \(first)–\(second)",
        ] {
            #expect(AccountText(text).reading == .number(OrderNumber(stored: number)), "\(text)")
        }
    }

    @Test("Without a right number nothing is read")
    func none() {
        let number = Self.number
        for text in [
            "", " ", "0708374149", "JANE WANJIKU", "2-4-6", String(number.dropLast()), number + "2", "X" + number,
            number + number, "\(number.prefix(4))O\(number.suffix(4))", "shop", "😀", "????????", "éééééééé",
            String(repeating: "x ", count: 300) + number,
        ] {
            #expect(AccountText(text).reading == .none, "\(text)")
        }
    }

    @Test("Two numbers are ambiguous, and both are looked up")
    func several() {
        for text in ["\(Self.number) \(Self.other)", "\(Self.number)/\(Self.other)"] {
            let both = [Self.number, Self.other].map { OrderNumber(stored: $0) }
            let account = AccountText(text)
            #expect(account.reading == .several(both))
            #expect(Array(account.nearNumbers.prefix(2)) == both)
        }
    }

    /// Every text one edit away from `number`, of all characters that a keyboard has at hand.
    private static func singleEdits(of number: String) -> Set<String> {
        let characters = Array(number)
        var texts: Set<String> = []
        for place in 0...characters.count {
            for character in typable {
                texts.insert(String(characters[..<place] + [character] + characters[place...]))
                guard place < characters.count else { continue }
                texts.insert(String(characters[..<place] + [character] + characters[(place + 1)...]))
            }
            guard place < characters.count else { continue }
            texts.insert(String(characters[..<place] + characters[(place + 1)...]))
            var swapped = characters
            swapped.swapAt(place, max(0, place - 1))
            texts.insert(String(swapped))
        }
        return texts
    }

    @Test("No single slip ever names another order, and each leads back to the right one")
    func everySingleEdit() async {
        var edits = 0
        for number in Self.numbers(60, seed: 7) {
            await Task.yield()
            let spellings = [number.text, "\(number.text.prefix(4)) \(number.text.suffix(4))"]
            for text in Set(spellings.flatMap(Self.singleEdits)) {
                let account = AccountText(text)
                let isExact = account.reading == .number(number)
                edits += 1
                if !isExact && (account.reading != .none || !account.nearNumbers.contains(number)) {
                    Issue.record("\(text) for \(number)")
                }
            }
        }
        #expect(edits > 60_000)
    }

    @Test("A slip leads back with a word before it too")
    func singleEditsAmongWords() {
        for number in Self.numbers(5, seed: 8) {
            for text in Self.singleEdits(of: number.text) {
                for words in ["order \(text)", "JANE \(text) asante"] {
                    let account = AccountText(words)
                    let isFound = account.reading == .number(number) || account.nearNumbers.contains(number)
                    if !isFound { Issue.record("\(words) for \(number)") }
                }
            }
        }
    }

    @Test("Look-alikes are near and never exact, one or two of them", arguments: [("D", "0"), ("Q", "O"), ("J", "1")])
    func lookAlikes(_ letter: Character, _ typed: Character) {
        let pairs: [(Character, Character)] = [(letter, typed), ("5", "S"), ("8", "B"), ("2", "Z")]
        for number in Self.numbers(400, seed: 9) where number.text.contains(letter) {
            var replaced = 0
            let text = String(
                number.text.map { character in
                    guard replaced < 2, let pair = pairs.first(where: { $0.0 == character }) else { return character }
                    replaced += 1
                    return pair.1
                })
            #expect(AccountText(text).reading != .number(number))
            #expect(AccountText(text).nearNumbers.contains(number), "\(text) for \(number)")
        }
    }

    @Test("A number cut off by the end of the field, or glued to a word, leads back")
    func cutAndGlued() {
        for number in Self.numbers(50, seed: 10) {
            let cut = String("payment order \(number)".prefix(20))
            for text in [cut, "wanjiku\(number)", "\(number)wanjiku", "duka\(number)kwa"] {
                #expect(AccountText(text).reading == .none)
                #expect(AccountText(text).nearNumbers.contains(number), "\(text) for \(number)")
            }
            // A short text was not cut off: two missing characters are a guess too many.
            #expect(!AccountText(String(number.text.prefix(6))).nearNumbers.contains(number))
        }
    }

    @Test("The list is bounded, has right numbers only and none twice")
    func bounds() {
        var random = Seeded(12)
        var longest = 0
        for _ in 0..<500 {
            let text = String(
                (0..<Int.random(in: 0...60, using: &random)).map { _ in
                    Self.typable[Int.random(in: 0..<Self.typable.count, using: &random)]
                })
            let near = AccountText(text).nearNumbers
            longest = max(longest, near.count)
            #expect(Set(near).count == near.count)
            #expect(near.allSatisfy { OrderNumber($0.text) == $0 })
        }
        #expect(longest > 16)
        let words = Self.numbers(60, seed: 13).map { $0.text.dropLast() + "Z" }.joined(separator: " ")
        #expect(AccountText(String(words.prefix(500))).nearNumbers.count == 64)
        #expect(
            Self.numbers(100, seed: 14).allSatisfy { AccountText($0.text.dropLast() + "2").nearNumbers.count <= 24 })
    }

    @Test("Two edits are told from three")
    func resemblance() {
        let number = OrderNumber(stored: "K7M29QXD")
        for text in ["K7M29QXD", "K7M29Q", "7KM29QDX", "K7M2XXXD9QXD".replacing("XXXD", with: "00"), "order k7 x29qdx"]
        {
            #expect(AccountText(text).resembles(number), "\(text)")
        }
        for text in ["", "K7M29", "K7M00000", "7KM2QXDA", "27K9QMDX", "0708374149", "JANE WANJIKU"] {
            #expect(!AccountText(text).resembles(number), "\(text)")
        }
    }

    @Test("A phone number typed as account is noticed")
    func phones() {
        for text in ["0708374149", "+254 708 374 149", "order 0708-374-149", "ref708374149"] {
            #expect(AccountText(text).phone?.digits == "254708374149", "\(text)")
        }
        for text in ["", "12", "2 0708374149", "0708374149 0708374148", "07O8374149"] {
            #expect(AccountText(text).phone == nil, "\(text)")
        }
    }

    @Test("What was typed is not printed")
    func printing() {
        let account = AccountText("JANE 0708374149 \(Self.number)")
        var dumped = ""
        dump(account, to: &dumped)
        for printed in ["\(account)", String(reflecting: account), dumped] {
            #expect(!printed.contains("J") && !printed.contains("7"))
        }
    }
}
