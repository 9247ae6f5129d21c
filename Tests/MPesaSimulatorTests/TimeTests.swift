import MPesaSimulator
import Testing

@Suite struct TimeTests {
    @Test(
        "Nairobi's wall clock is three hours ahead of UTC, through leap days and year ends",
        arguments: [
            (0 as Milliseconds, "19700101030000"), (1_767_612_616_482, "20260105143016"),
            (1_709_153_999_999, "20240228235959"), (1_709_154_000_000, "20240229000000"),
            (1_709_240_400_000, "20240301000000"), (1_798_750_799_000, "20261231235959"),
            (1_798_750_800_000, "20270101000000"), (951_771_600_000, "20000229000000"), (-10_800_001, "19691231235959"),
        ])
    func digits(instant: Milliseconds, digits: String) {
        #expect(EastAfricaTime(instant).digits == digits)
    }

    @Test(
        "JSON that is no JSON is refused",
        arguments: [
            "", "{", "[1,]", "{\"a\":1,}", "01", "1.", "+1", "\"\\x\"", "\"\\ud800\"", "nul", "1 2", "\"a\nb\"", "'a'",
            String(repeating: "[", count: 40) + String(repeating: "]", count: 40),
        ])
    func notJSON(text: String) {
        #expect(throws: JSON.SyntaxError.self) { try JSON(parsing: Array(text.utf8)) }
    }

    @Test("JSON keeps the order of names and the spelling of numbers")
    func json() throws {
        let text = #"{"b":[1.50,-2e3,true,null],"a":"\u0001\"\\é😀","b":{}}"#
        #expect(try String(decoding: JSON(parsing: Array(text.utf8)).bytes, as: UTF8.self) == text)
        #expect(try JSON(parsing: Array(#""\ud83d\ude00\/""#.utf8)) == "😀/")
    }
}
