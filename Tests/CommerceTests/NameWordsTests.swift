import Commerce
import Testing

@Suite struct NameWordsTests {
    @Test(
        "A name is compared without capitals, accents and apostrophes",
        arguments: [
            ("Asha Wanjiru", ["asha", "wanjiru"]), ("NG'ANG’A wanjirũ", ["nganga", "wanjiru"]),
            ("José  Müller-Ødegård", ["jose", "muller", "odegard"]), ("Jose\u{301} E\u{301}", ["jose", "e"]),
            ("  ", []), ("¡!/", []), ("Łukasz Straße", ["lukasz", "strasse"]), ("Fatuma, A.", ["fatuma", "a"]),
            ("a b c d e f g", ["a", "b", "c", "d", "e"]), ("فاطمة", ["فاطمة"]),
        ])
    func reading(_ name: String, _ words: [String]) {
        #expect(NameWords(name).list == words)
    }

    @Test("A name is found by every beginning of its words from three letters on, and by whole short words")
    func stems() {
        let name = NameWords("Wanjiru Jo Kim")
        for length in 3...7 {
            let sought = NameWords(String("wanjiru".prefix(length)))
            #expect(sought.areFound(in: name), "\(length) letters")
            #expect(sought.soughtStems.allSatisfy(name.stems.contains), "\(length) letters")
        }
        #expect(NameWords("jo").areFound(in: name) && name.stems.contains("jo"))
        #expect(!NameWords("wa").areFound(in: name) && !name.stems.contains("wa"))
        #expect(!NameWords("wanjirus").areFound(in: name))
        #expect(!NameWords("wanjiku").areFound(in: name), "it shares a stem and is another name")
        #expect(NameWords("kim wanj").areFound(in: name), "in any order")
        #expect(!NameWords("kim asha").areFound(in: name))
    }

    @Test("However long a name is, twenty texts at most are kept of it")
    func bounded() {
        let name = NameWords((0..<40).map { "abcdefghijk\($0)" }.joined(separator: " "))
        #expect(name.list.count == NameWords.mostWords)
        #expect(name.stems.count <= 20)
    }
}
