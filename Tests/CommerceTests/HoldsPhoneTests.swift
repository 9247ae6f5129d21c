import Commerce
import Testing

@Suite("Telephone numbers in what people type") struct HoldsPhoneTests {
    @Test(
        "Are found as people and providers write them, and taken out",
        arguments: [
            ("0712345678", "•••"), ("call 0712345678 now", "call ••• now"), ("254712345678", "•••"),
            ("+254712345678.", "+•••."), ("0712 345 678", "•••"), ("0712-345-678", "•••"), ("0712.345.678", "•••"),
            ("0110 345 678", "•••"), ("+254 712 345 678", "+•••"), ("+254 (0)712 345 678", "+•••"),
            ("(0712) 345 678", "(•••"), ("0712\u{A0}345\u{A0}678", "•••"), ("KSh 100, 0712 345 678", "KSh 100, •••"),
            ("100 0712 345 678", "100 •••"), ("0712345678 or 0722 000 314", "••• or •••"),
            ("Njeri 0712 34 56 78", "Njeri •••"),
            ("0712\t345\t678", "•••"), ("0712 – 345 – 678", "•••"), ("0712/345/678", "•••"), ("0110-123456", "•••"),
            ("0712 345 678 0722 000 314", "••• •••"),
        ])
    func found(_ text: String, _ without: String) {
        #expect(text.holdsPhone)
        #expect(text.withoutPhones == without)
    }

    @Test(
        "Other digits stay: receipts, amounts, days and times, long numbers, order numbers",
        arguments: [
            "", "no digits", "UKM1234567", "KSh 1,250.00", "07-11-2026 10:30", "2026-11-07 07:12:34", "01/12/2026 10",
            "12345678901234567890", "07123456789", "0812345678", "1107123456781", "071234567",
            "order 0712, 345678 of it",
            "254812345678", "shelf 071, box 2345 678", "0712a345678",
            "0180 291 234 567", "01109 12345 6700", "0100 001 234 567", "INV 0107-2026-12", "lot 0715-10-2026",
            "01072026-10:30", "010726 1030",
        ])
    func others(_ text: String) {
        #expect(!text.holdsPhone)
        #expect(text.withoutPhones == text)
    }
}
