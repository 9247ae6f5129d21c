import Commerce
import Testing

@Suite("A provider's message as the desk shows it")
struct MaskedMessageTests {
    private static func masked(_ text: String) -> String { MaskedMessage(Array(text.utf8)).text }

    @Test(
        "Names of fields, codes and amounts stay; of all else only the shape",
        arguments: [
            (#"{"ResultCode":1032}"#, #"{"ResultCode":1032}"#),
            (#"{"Amount":250.00,"Phone":254712345678}"#, #"{"Amount":250.00,"Phone":000000000000}"#),
            (#"{"TransAmount":"1250.00"}"#, #"{"TransAmount":"1250.00"}"#),
            (#"{"TransID":"UKL7XGW8F1"}"#, #"{"TransID":"AAA0AAA0A0"}"#),
            (#"{"FirstName":"JOHN","ok":true}"#, #"{"FirstName":"AAAA","ok":true}"#),
            (#"{"Name":"Amount","Value":10}"#, #"{"Name":"Amount","Value":10}"#),
            (#"{"Name":"Wanjiku Kamau","Value":10}"#, #"{"Name":"Aaaaaaa Aaaaa","Value":10}"#),
            (#"{"Name":"Amina","Other":10}"#, #"{"Name":"Aaaaa","Other":10}"#),
            (#"{"0712345678":1}"#, #"{"0000000000":1}"#),
            (#"{"a":"say \"0712345678\""}"#, #"{"a":"aaa \"0000000000\""}"#),
            (#"{"a":0712 345 678}"#, #"{"a":0000 000 000}"#), (#"{"a":1234567}"#, #"{"a":0000000}"#),
            (#"{"a":123456}"#, #"{"a":123456}"#), (#"{"a":1.234567}"#, #"{"a":0.000000}"#),
            (#"{"a":"Müller"}"#, #"{"a":"A•aaaa"}"#),
            ("phone=0712 345 678", "aaaaa=0000 000 000"), ("", ""), (#"{"open":"0712345678"#, #"{"open":"0000000000"#),
        ])
    func shape(_ body: String, _ expected: String) { #expect(Self.masked(body) == expected) }

    @Test("A long message is cut, and says so")
    func cut() {
        let long = MaskedMessage(Array(repeating: UInt8(ascii: "x"), count: MaskedMessage.bytesShown + 1))
        #expect(long.isCut && long.text.count == MaskedMessage.bytesShown)
        #expect(!MaskedMessage(Array(repeating: UInt8(ascii: "x"), count: MaskedMessage.bytesShown)).isCut)
    }

    @Test("Every kind of event and item is told in both languages, and an age as well")
    func languages() {
        #expect(Set(StaffSwahili.history.keys) == Set(OrderEvent.explainedKinds))
        #expect(Set(StaffSwahili.items.keys) == Set(OpenItemAdvice.kinds))
        let pairs =
            OrderExplanation.Reason.allCases.map { ($0.sentence(in: .english), $0.sentence(in: .swahili)) }
            + OrderExplanation.StaffStep.allCases.map { ($0.sentence(in: .english), $0.sentence(in: .swahili)) }
        #expect(pairs.allSatisfy { $0.0 != $0.1 && $0.1.hasSuffix(".") })
        #expect(OpenItemAdvice.meaning(of: "nobody_knows", in: .swahili) == "nobody_knows")
        let note = OrderEvent("staff_note", nil, "amina: call back")
        #expect(note.sentence(in: .swahili) == "Maelezo ya: amina: call back.")
        let now = Timestamp(milliseconds: 1_000_000_000)
        for (seconds, english, swahili) in [
            (59, "59 s", "sek 59"), (60, "1 min", "dak 1"), (3_600, "1 h", "saa 1"), (172_800, "2 days", "siku 2"),
        ] {
            let then = now.adding(seconds: -seconds)
            #expect(Masked.age(then, at: now) == english && Masked.age(then, at: now, in: .swahili) == swahili)
        }
    }
}
