import Commerce
import PaymentKit
import Testing

@Suite("Money that the shop has given up")
struct WriteOffTests {
    private static func shillings(_ count: Int64) -> Money { Money(whole: count, .kes) }

    @Test(
        "It becomes less by what comes, ends when nothing is left to pay, and never becomes more",
        arguments: [(251, 250), (250, 250), (249, 249), (1, 1), (0, nil), (-10, nil)] as [(Int64, Int64?)])
    func limited(left: Int64, stays: Int64?) {
        let at = Timestamp(milliseconds: 7)
        let writeOff = WriteOff(amount: Self.shillings(250), at: at)
        #expect(
            writeOff.limited(to: Self.shillings(left)) == stays.map { WriteOff(amount: Self.shillings($0), at: at) })
    }

    @Test("The shop asks for it no more; the customer may pay as before")
    func explanation() {
        for (status, prompt) in [
            (OrderStatus.pending, OrderExplanation.Facts.Prompt.none), (.partiallyPaid, .none),
            (.pending, .ended(.noMoney)),
        ] {
            var facts = OrderExplanation.Facts(status: status, prompt: prompt)
            for isPromised in [true, false] {
                facts.isPromised = isPromised
                facts.isWrittenOff = false
                let owed = OrderExplanation(facts)
                facts.isWrittenOff = true
                let writtenOff = OrderExplanation(facts)
                #expect(owed.staff != .nothing && writtenOff.staff == .nothing)
                #expect(owed.customer == writtenOff.customer && owed.reason == writtenOff.reason)
            }
        }
    }
}
