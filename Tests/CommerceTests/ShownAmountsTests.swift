import Commerce
import PaymentKit
import Testing

@Suite struct ShownAmountsTests {
    @Test(
        "Amounts of the books are shown as people write them, and nothing else is touched",
        arguments: [
            ("320.00", "KSh 320"), ("1500.50", "KSh 1,500.50"),
            ("320.00 KES that names no order", "KSh 320 that names no order"),
            ("sent 20.00, asked for 30.00", "sent KSh 20, asked for KSh 30"),
            ("20.00: paid twice", "KSh 20: paid twice"),
            ("KES alone", "KES alone"), ("320.00 USD that names no order", "320.00 USD that names no order"),
            ("code 2032.1", "code 2032.1"), ("at 10.30.15", "at 10.30.15"),
            ("tried 12 times", "tried 12 times"),
            ("version 1.00b", "version 1.00b"), (".00", ".00"), ("", ""), ("a  b", "a  b"),
        ])
    func shown(_ text: String, _ expected: String) { #expect(ShownAmounts.shown(in: text) == expected) }

    @Test(
        "The history tells amounts without the codes of the books",
        arguments: [
            ("order_placed", "320.00", "The order was placed: KSh 320.", "Agizo limewekwa: KSh 320."),
            (
                "attempt_started", "320.00 KES", "A prompt was ordered: KSh 320.",
                "Ombi la malipo limeandaliwa: KSh 320."
            ),
            ("captured", "320.00 L2", "Money was booked: KSh 320.", "Pesa zimeandikwa: KSh 320."),
            (
                "money_received", "320.00 confirmation", "Money came without a prompt: KSh 320.",
                "Pesa zimekuja bila ombi: KSh 320."
            ),
            (
                "refund_requested", "320.00 reversal", "A refund was asked for: KSh 320.",
                "Kurudisha pesa kumeombwa: KSh 320."
            ),
            (
                "staff_note", "amina: he owes 20.00", "A note of: amina: he owes 20.00.",
                "Maelezo ya: amina: he owes 20.00."
            ),
        ])
    func history(_ kind: String, _ detail: String, _ english: String, _ swahili: String) {
        let event = OrderEvent(kind, nil, detail)
        #expect(event.sentence(in: .english) == english)
        #expect(event.sentence(in: .swahili) == swahili)
        #expect(event.sentence.contains(detail), "the command tells what is stored")
    }
}
