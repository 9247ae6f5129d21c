import Commerce
import PaymentKit
import Testing

@Suite("Payers: named by a number, a hash or a mask")
struct PayerTests {
    static let phone = try? PhoneNumber("0708374149")
    /// SHA-256 of `254708374149`, as `sha256sum` prints it.
    static let hash = "bbff37cea44ac0b2d964ee0dfb8d2df8513dc7ba1b36129a929fc3fbd6dd4af4"

    /// Answers for the twelve digits of the one number, so that hashing anything else is noticed.
    static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes == Array("254708374149".utf8) else { return [] }
        let digits = hash.compactMap(\.hexDigitValue)
        return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }

    static let spellings: [(String, Payer.Likeness)] = [
        ("254708374149", .same), ("0708 374 149", .same), ("+254708374149", .same), ("708374149", .same),
        ("254708374148", .different), ("0718374149", .different),
        (hash, .same), (hash.uppercased(), .same), (" \(hash)\n", .same),
        ("7132104d6aae9c3fac82095a42c2817952bca48e09d98d5bf4ac08218982fb90", .different),
        (String(hash.dropLast()), .unknown), (hash + "0", .unknown), (hash.replacing("b", with: "g"), .unknown),
        ("2547 ***** 149", .fits), ("25470****149", .fits), ("2547*****149", .fits), ("254708***149", .fits),
        ("0708***149", .fits), ("+254 708 *** 149", .fits), ("708***149", .fits), ("25470837*149", .fits),
        ("2547xxxxx149", .fits), ("2547XXXXX149", .fits), ("2547•••••149", .fits), ("2547＊＊＊149", .fits),
        ("254 (0)7*****149", .fits), ("00254708***149", .fits), ("*********149", .fits), ("0***149", .fits),
        ("2547*****4149", .fits), ("254*149", .fits), ("2*149", .fits), ("2547 *** 374149", .fits),
        ("2547 ***** 126", .different), ("25471****149", .different), ("2541*****149", .different),
        ("255708***149", .different), ("0718***149", .different), ("2547*****3149", .different),
        ("2547*****48", .different),
        ("2547*****49", .unknown), ("2547********", .unknown), ("*", .unknown), ("", .unknown), (" ", .unknown),
        ("2547**37**49", .unknown), ("254708374149*", .unknown), ("254708374*149", .unknown),
        ("JANE WANJIKU", .unknown), ("Agent 0708374149", .unknown), ("2547/708", .unknown), ("null", .unknown),
    ]

    @Test("Each way to name a payer is compared with a number for what it is worth", arguments: spellings)
    func likeness(_ text: String, _ expected: Payer.Likeness) throws {
        let phone = try #require(Self.phone)
        #expect(Payer(text).likeness(to: phone, sha256: Self.sha256) == expected)
    }

    @Test("A payer who may be the same is found by the forms of the number", arguments: spellings)
    func lookup(_ text: String, _ expected: Payer.Likeness) throws {
        let phone = try #require(Self.phone)
        let isFound = Payer(text).lookupForm.map(Payer.lookupForms(of: phone, sha256: Self.sha256).contains) ?? false
        #expect(isFound || expected != .same && expected != .fits)
        if expected == .different, !text.contains("3149") { #expect(!isFound) }
    }

    @Test("A number has six forms, among them every mask in use")
    func forms() throws {
        let phone = try #require(Self.phone)
        #expect(
            Payer.lookupForms(of: phone, sha256: Self.sha256) == [
                "254708374149", Self.hash, "*149", "2547*149", "25470*149", "254708*149",
            ])
        for (text, form) in [
            ("2547 ***** 149", "2547*149"), ("25470****149", "25470*149"), ("0708***149", "254708*149"),
            ("2547083**149", "254708*149"), ("****149", "*149"), (Self.hash.uppercased(), Self.hash),
        ] {
            #expect(Payer(text).lookupForm == form)
        }
    }

    @Test("Every mask of every number fits its number and is among its forms")
    func masks() throws {
        var random = Seeded(11)
        for _ in 0..<500 {
            let national = Int.random(in: 0..<100_000_000, using: &random)
            let phone = try PhoneNumber(
                "254\(Bool.random(using: &random) ? 7 : 1)" + String(String(100_000_000 + national).dropFirst()))
            let forms = Payer.lookupForms(of: phone, sha256: { $0 })
            for leading in 0...8 {
                for trailing in 3...(11 - leading) {
                    let text = phone.digits.prefix(leading) + "****" + phone.digits.suffix(trailing)
                    let payer = Payer(String(text))
                    #expect(payer.likeness(to: phone, sha256: { $0 }) == .fits)
                    #expect(payer.lookupForm.map(forms.contains) == true)
                }
            }
        }
    }

    @Test("A payer prints nothing of the number", arguments: spellings)
    func printing(_ text: String, _: Payer.Likeness) {
        let payer = Payer(text)
        var dumped = ""
        dump(payer, to: &dumped)
        for printed in ["\(payer)", String(reflecting: payer), dumped] {
            #expect(!printed.contains { $0.isNumber || $0 == "*" })
        }
    }
}
