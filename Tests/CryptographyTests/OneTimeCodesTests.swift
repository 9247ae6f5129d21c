import Cryptography
import Testing

@Suite("One-time codes")
struct OneTimeCodesTests {
    private let codes = OneTimeCodes(key: Array("12345678901234567890".utf8))

    @Test(
        "The codes of RFC 6238, appendix B, with six digits",
        arguments: [
            (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
            (2_000_000_000, "279037"), (20_000_000_000, "353130"),
        ] as [(Int64, String)])
    func published(_ seconds: Int64, _ code: String) {
        #expect(codes.code(step: seconds / 30) == code)
        #expect(codes.step(of: code, secondsSince1970: seconds, after: 0) == seconds / 30)
    }

    @Test("A code is good in its step and the two beside it, and once")
    func window() {
        let now: Int64 = 1_800_000_000
        let step = now / 30
        for (given, isGood) in [(step - 2, false), (step - 1, true), (step, true), (step + 1, true), (step + 2, false)]
        {
            let found = codes.step(of: codes.code(step: given), secondsSince1970: now, after: 0)
            #expect(found == (isGood ? given : nil), "step \(given - step)")
        }
        #expect(codes.step(of: codes.code(step: step), secondsSince1970: now, after: step) == nil)
        #expect(codes.step(of: codes.code(step: step - 1), secondsSince1970: now, after: step) == nil)
        let spaced = codes.code(step: step)
        #expect(codes.step(of: "\(spaced.prefix(3)) \(spaced.suffix(3))", secondsSince1970: now, after: 0) == step)
        #expect(codes.step(of: "", secondsSince1970: now, after: 0) == nil)
    }

    @Test(
        "Base32 as RFC 4648, section 10, has it",
        arguments: [
            ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ])
    func base32(_ plain: String, _ text: String) { #expect(Base32.encode(Array(plain.utf8)) == text) }
}
