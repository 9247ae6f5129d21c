import Commerce
import PaymentKit
import Testing

@Suite("Carts and totals")
struct CartTests {
    @Test(
        "What reads of a cart's text is kept, the rest is left out",
        arguments: [
            ("", ""), ("mug:2,tea:1", "mug:2,tea:1"), ("mug:1,mug:2", "mug:3"), ("mug:0", ""), ("mug:-1", ""),
            ("mug:1", "mug:1"), ("mug:99", "mug:99"), ("mug:100", ""), ("mug:98,mug:1", "mug:99"),
            ("mug:99,mug:1", "mug:99"), ("mug:9223372036854775807", ""), ("mug:99999999999999999999", ""), ("mug", ""),
            ("mug:", ""), (":1", ""), ("mug:1:1", ""), ("mug:one", ""), ("mug:1.5", ""), ("mug: 1", ""), ("MUG:1", ""),
            ("mu g:1", ""), ("mug/../:1", ""), ("<b>:1", ""), ("mug;1", ""), (",,,", ""), (",mug:1,", "mug:1"),
            ("tea:1,mug:1,tea:1", "tea:2,mug:1"), ("a-b-9:3", "a-b-9:3"), ("mug:٣", ""), ("käse:1", ""),
            ("mug:1\u{0}", ""), ("bad,mug:2,worse:x", "mug:2"), ("mug:+2", "mug:2"),
        ])
    func parsing(_ text: String, _ expected: String) {
        let cart = Cart(text: text)
        #expect(cart.text == expected)
        #expect(Cart(text: cart.text) == cart)
        #expect(cart.lines.allSatisfy { (1...Cart.maximumQuantity).contains($0.quantity) })
        #expect(Set(cart.lines.map(\.slug)).count == cart.lines.count)
    }

    @Test("A slug has 64 characters at most", arguments: [(1, true), (64, true), (65, false)])
    func slugs(_ length: Int, _ fits: Bool) {
        #expect(Cart(text: String(repeating: "a", count: length) + ":1").isEmpty == !fits)
    }

    @Test("A cart has thirty lines at most", arguments: [(29, 29), (30, 30), (31, 30), (500, 30)])
    func lines(_ given: Int, _ kept: Int) {
        #expect(Cart(text: (0..<given).map { "p\($0):1" }.joined(separator: ",")).lines.count == kept)
        var cart = Cart()
        for number in 0..<given { cart.set("p\(number)", to: 1) }
        #expect(cart.lines.count == kept)
    }

    @Test("A megabyte of cart is read no further than it may be long")
    func huge() {
        #expect(Cart(text: String(repeating: "mug:1,", count: 200_000)).text == "mug:30")
        #expect(Cart(text: String(repeating: "x", count: 1_000_000)).isEmpty)
    }

    @Test("Random bytes never make a cart that breaks its own rules")
    func random() {
        var random = Seeded(7)
        let letters = Array("mug:,0129-aZ \u{0}é")
        for _ in 0..<5_000 {
            let text = String(
                (0..<Int.random(in: 0...40, using: &random)).map { _ in letters.randomElement(using: &random) ?? "x" })
            let cart = Cart(text: text)
            #expect(Cart(text: cart.text) == cart)
            #expect(cart.lines.allSatisfy { (1...99).contains($0.quantity) && !$0.slug.isEmpty })
        }
    }

    @Test("Setting a quantity keeps the limits and the order")
    func setting() {
        var cart = Cart()
        cart.set("mug", to: 1)
        cart.set("tea", to: 500)
        cart.set("mug", to: 2)
        #expect(cart.text == "mug:2,tea:99")
        #expect(cart.pieces == 101)
        cart.set("mug", to: 0)
        cart.set("none", to: -3)
        cart.set("tea", to: Int.min)
        #expect(cart.isEmpty)
        #expect(cart.quantity(of: "mug") == 0)
    }

    private static func line(_ unitMinor: Int64, _ quantity: Int, vat: Int = 1_600) -> PricedLine {
        PricedLine(
            product: ID(stored: "p"), slug: "p", name: Words(english: "p", swahili: "p"), photo: "p.svg",
            quantity: quantity, unit: Money(minor: unitMinor, .kes), vat: VATRate(basisPoints: vat))
    }

    @Test(
        "The tax contained in a price is rounded half up to the cent",
        arguments: [
            // gross cents, basis points, tax: 16/116 of 1.16 is 0.16 exactly; 0.50 of a cent goes up.
            (0, 1_600, 0), (116, 1_600, 16), (1, 1_600, 0), (3, 1_600, 0), (4, 1_600, 1), (100, 1_600, 14),
            (25_000, 1_600, 3_448), (25_001, 1_600, 3_448), (250_000_00, 1_600, 34_482_76), (10_000, 0, 0),
            (10_800, 800, 800), (1, 10_000, 1), (2, 10_000, 1), (3, 10_000, 2), (105, 500, 5),
        ] as [(Int64, Int, Int64)])
    func vat(_ gross: Int64, _ basisPoints: Int, _ tax: Int64) {
        #expect(VATRate(basisPoints: basisPoints).part(of: Money(minor: gross, .kes)).minor == tax)
    }

    @Test("Contained tax is never off by more than half a cent")
    func vatExactly() {
        var random = Seeded(16)
        for _ in 0..<10_000 {
            let gross = Int64.random(in: 0...100_000_000, using: &random)
            let points = Int64.random(in: 0...3_000, using: &random)
            let tax = VATRate(basisPoints: Int(points)).part(of: Money(minor: gross, .kes)).minor
            // | tax - gross * points / (10,000 + points) | ≤ 1/2, in whole numbers.
            #expect((2 * tax * (10_000 + points) - 2 * gross * points).magnitude <= UInt64(10_000 + points))
        }
    }

    @Test(
        "A sum with cents is rounded up to the next whole shilling",
        arguments: [
            (25_000, 20_000, 45_000), (25_001, 20_000, 45_100), (25_050, 0, 25_100), (25_099, 0, 25_100), (1, 0, 100),
            (100, 0, 100), (50, 50, 100), (99, 2, 200), (0, 0, 0),
        ] as [(Int64, Int64, Int64)])
    func rounding(_ goods: Int64, _ fee: Int64, _ total: Int64) {
        let totals = Totals(lines: [Self.line(goods, 1)], delivery: Money(minor: fee, .kes))
        #expect(totals.total.minor == total)
        #expect(totals.goods.minor == goods)
        #expect(totals.total.whole != nil)
    }

    @Test("A currency without decimals is not rounded at all")
    func wholeCurrency() {
        let totals = Totals(lines: [], delivery: Money(minor: 1_501, .ugx))
        #expect(totals.total.minor == 1_501)
    }

    @Test("VAT is rounded line by line, and delivery carries the standard rate")
    func lineByLine() {
        // Three lines of 3 cents carry 0.41 each, so nothing; one line of 9 cents carries 1.24, so one.
        let three = Totals(lines: Array(repeating: Self.line(3, 1), count: 3), delivery: Money(minor: 0, .kes))
        #expect(three.vat.minor == 0)
        #expect(Totals(lines: [Self.line(3, 3)], delivery: Money(minor: 0, .kes)).vat.minor == 1)
        let mixed = Totals(
            lines: [Self.line(11_600, 2), Self.line(5_000, 1, vat: 0)], delivery: Money(minor: 11_600, .kes))
        #expect(mixed.vat.minor == 3_200 + 0 + 1_600)
        #expect(mixed.goods.minor == 28_200)
    }
}
