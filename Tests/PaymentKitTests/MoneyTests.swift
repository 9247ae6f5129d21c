import PaymentKit
import Testing

@Suite struct MoneyTests {
    @Test(
        "Decimal text is read exactly or not at all",
        arguments: [
            ("1500", 150_000), ("1500.5", 150_050), ("1500.00", 150_000), ("0", 0), ("-3.20", -320), ("1.0000", 100),
            ("92233720368547758.07", Int64.max), ("1.001", nil), ("1,500", nil), ("1e3", nil), ("", nil), (".5", nil),
            ("5.", nil),
            ("92233720368547758.08", nil), ("--1", nil), ("+1", nil), ("1.2.3", nil), (" 1", nil),
        ] as [(String, Int64?)])
    func decimals(_ text: String, _ minor: Int64?) {
        #expect(Money(decimal: text, .kes)?.minor == minor)
    }

    @Test("People read whole shillings with separators, programs read decimals")
    func texts() {
        #expect(Money(whole: 1_250, .kes).description == "KSh 1,250")
        #expect(Money(minor: 125_050, .kes).description == "KSh 1,250.50")
        #expect(Money(whole: 1_250_000, .kes).description == "KSh 1,250,000")
        #expect(Money(minor: 5, .kes).decimalText == "0.05")
        #expect(Money(whole: 1_250, .kes).decimalText == "1250.00")
        #expect(Money(whole: 300, .ugx).decimalText == "300")
    }

    @Test("A secret shows at most its last four characters, and nothing when it is short")
    func secrets() {
        #expect("\(Secret("bfb279f9aa9bdbcf"))" == "****dbcf")
        #expect("\(Secret("short"))" == "****")
        #expect(!String(reflecting: Secret("bfb279f9aa9bdbcf")).contains("bfb279"))
    }
}
