import Checkout
import Commerce
import PaymentKit
import Simulation
import Testing

/// What the simulation found in the rules, each as the shortest story that shows it.
@Suite struct RuleStories {
    private static func paid(_ shillings: Int64, _ receipt: String?, id: String? = nil) -> Outcome {
        Outcome(
            .paid(Money(whole: shillings, .kes), receipt: receipt.map { Receipt($0) }),
            references: id.map { [Reference("id", $0)] } ?? [])
    }
    private static let accepted = Outcome(.pending, references: [Reference("id", "true")])
    private static let fromAnywhere = News.Source.callback(isListed: false)
    private static let fromProvider = News.Source.callback(isListed: true)

    @Test("A receipt that a stranger names is not the payment's, although the provider confirms the payment")
    func strangersReceipt() throws {
        let bench = try RuleBench(shillings: 50)
        try bench.tell(News(.startAnswer, Self.accepted), about: bench.ticket(1))
        try bench.tell(News(Self.fromAnywhere, Self.paid(50, "FORGED", id: "true")), about: bench.ticket(1))
        try bench.tell(News(.query, Self.paid(50, nil)), about: bench.ticket(1))
        #expect(bench.payments == ["owed"])
        try bench.tell(News(Self.fromAnywhere, Self.paid(50, "FORGED", id: "true")), about: bench.ticket(1))
        #expect(bench.payments == ["owed"])
        try bench.report("REAL", shillings: 50)
        #expect(bench.payments == ["REAL"])
    }

    @Test("Ids from anywhere, or beside another amount, do not stand where the provider's belong")
    func strangersIDs() throws {
        let bench = try RuleBench(shillings: 50)
        try bench.tell(News(Self.fromAnywhere, Self.paid(50, "FORGED", id: "false")), about: bench.ticket(1))
        try bench.tell(News(Self.fromProvider, Self.paid(51, "WRONG", id: "false")), about: bench.ticket(1))
        #expect(try bench.references(of: bench.ticket(1)).isEmpty)
        try bench.tell(News(.startAnswer, Self.accepted), about: bench.ticket(1))
        #expect(try bench.references(of: bench.ticket(1)) == [Reference("id", "true")])
    }

    @Test("A stranger's word about known money gives it to no order")
    func strangersAccount() throws {
        let bench = try RuleBench(shillings: 50)
        try bench.report("HELD", shillings: 50, account: "")
        #expect(try bench.hear("HELD", shillings: 50, isListed: false) == .known)
        #expect(bench.payments.isEmpty)
    }

    @Test("A success that was reported is asked about to the end, although the provider's no came in between")
    func claimThenNo() throws {
        let bench = try RuleBench(shillings: 50)
        try bench.tell(News(.startAnswer, Self.accepted), about: bench.ticket(1))
        try bench.tell(News(Self.fromAnywhere, Self.paid(50, "FORGED", id: "true")), about: bench.ticket(1))
        let no = Outcome(.declined(Decline(.insufficientFunds, retry: .sameMethod, code: "1")))
        try bench.tell(News(Self.fromProvider, no), about: bench.ticket(1))
        #expect(bench.hasJob(.query))
        try bench.tell(News(.ourselves(.claimUnconfirmed)), about: bench.ticket(1))
        #expect(bench.order?.flags.contains(.manualReview) == true)
    }

    @Test("A receipt that is reported after a success without one is kept")
    func laterReceipt() throws {
        let bench = try RuleBench(shillings: 20_000)
        try bench.tell(News(.startAnswer, Self.accepted), about: bench.ticket(1))
        try bench.tell(News(Self.fromProvider, Self.paid(20_000, nil, id: "true")), about: bench.ticket(1))
        try bench.tell(News(Self.fromProvider, Self.paid(20_000, "REAL", id: "true")), about: bench.ticket(1))
        try bench.tell(News(.query, Self.paid(20_000, nil)), about: bench.ticket(1))
        #expect(bench.payments == ["REAL"])
    }

    @Test("Money that waited for its order is the attempt's payment whose receipt is owed, not a second one")
    func heldAndOwed() throws {
        let bench = try RuleBench(shillings: 50)
        try bench.report("REAL", shillings: 50, account: "")
        try bench.tell(News(.query, Self.paid(50, nil)), about: bench.ticket(1))
        #expect(bench.payments == ["owed"])
        try bench.assign("REAL")
        #expect(bench.payments == ["REAL"])
        #expect(bench.order?.received == Money(whole: 50, .kes))
        #expect(bench.balances == [50, -50, 0, 0])
    }

    @Test("What went back while money waited does not come out of suspense again")
    func returnedWhileHeld() throws {
        let bench = try RuleBench(shillings: 50)
        try bench.report("HELD", shillings: 30, account: "")
        try bench.listReturn("BACK", of: "HELD", shillings: 10)
        try bench.assign("HELD")
        #expect(bench.balances == [20, -20, 0, 0])
        #expect(bench.order?.returned == Money(whole: 10, .kes))
    }

    @Test("A receipt that is another attempt's leaves the first one its own payment")
    func receiptMoves() throws {
        let bench = try RuleBench(shillings: 50, attempts: 2)
        try bench.tell(News(.query, Self.paid(50, nil)), about: bench.ticket(1))
        try bench.report("SECOND", shillings: 50)
        #expect(bench.payment("SECOND")?.ticket == bench.ticket(1))
        try bench.tell(News(Self.fromProvider, Self.paid(50, "SECOND")), about: bench.ticket(2))
        #expect(bench.payment("SECOND")?.ticket == bench.ticket(2))
        #expect(bench.payments == ["SECOND", "owed"])
        #expect(bench.order?.received == Money(whole: 100, .kes))
    }

    @Test("A receipt that was taken for one attempt's payment and is another's makes no third one")
    func receiptWasAnothers() throws {
        let bench = try RuleBench(shillings: 50, attempts: 2)
        try bench.report("FIRST", shillings: 50)
        try bench.tell(News(.query, Self.paid(50, nil)), about: bench.ticket(2))
        try bench.tell(News(.query, Self.paid(50, nil)), about: bench.ticket(1))
        try bench.tell(News(Self.fromProvider, Self.paid(50, "SECOND")), about: bench.ticket(2))
        #expect(bench.payments == ["FIRST", "SECOND"])
        #expect(bench.payment("FIRST")?.ticket == bench.ticket(1))
    }

    @Test("Of two workers with one push, one passes the gate; what fails at the other says nothing about it")
    func twoAtTheGate() throws {
        let bench = try RuleBench(shillings: 50)
        try bench.beginAct(bench.ticket(1))
        #expect(throws: Prompts.ActIsOver.self) { try bench.beginAct(bench.ticket(1)) }
        try bench.tell(News(.ourselves(.refused(Shop.notSent))), about: bench.ticket(1))
        #expect(bench.attempt(1)?.state == .unknown)
    }

    @Test("A return that the provider's answer left without a receipt counts once when its list shows it")
    func unnamedReturn() throws {
        let bench = try RuleBench(shillings: 50)
        try bench.report("REAL", shillings: 50)
        let refund = try bench.refund(shillings: 20)
        try bench.beginAct(refund)
        let returned = Outcome(.returned(Money(whole: 20, .kes), receipt: nil, .reversal))
        try bench.tell(News(Self.fromProvider, returned), about: refund)
        try bench.listReturn("BACK", of: "REAL", shillings: 20)
        #expect(bench.payment("REAL")?.returned == Money(whole: 20, .kes))
        #expect(bench.refund(refund)?.receipt == "BACK")
    }

    @Test("A payment that was undone as a whole ends a refund of a part that nobody has answered")
    func undoneMeanwhile() throws {
        let bench = try RuleBench(shillings: 50)
        try bench.report("REAL", shillings: 50)
        let refund = try bench.refund(shillings: 20)
        try bench.beginAct(refund)
        try bench.tell(News(.ourselves(.mayHaveBeenSent)), about: refund)
        try bench.listReturn("BACK", of: "REAL", shillings: 50)
        #expect(bench.payment("REAL")?.returned == Money(whole: 50, .kes))
        #expect(bench.refund(refund)?.state.isOpen == false)
        #expect(bench.order?.standing.status(at: bench.now) == .reversed)
    }

    @Test("A provider that took a request late has its whole time to find it")
    func notFoundSoon() throws {
        let bench = try RuleBench(shillings: 50)
        let begin = bench.now
        try bench.beginAct(bench.ticket(1))
        // The worker stood still for long before its request left.
        bench.now = begin.adding(seconds: 100)
        try bench.tell(News(.startAnswer, Self.accepted), about: bench.ticket(1))
        for (seconds, isLive) in [(190, true), (210, true), (279, true), (281, true), (300, false)] {
            bench.now = begin.adding(seconds: seconds)
            try bench.tell(News(.query, Outcome(.notFound)), about: bench.ticket(1))
            #expect(bench.attempt(1)?.state.isLive == isLive, "after \(seconds) s")
        }
    }

    @Test("A stranger who says the provider's words first does not silence the provider")
    func strangersCopy() throws {
        let bench = try RuleBench(shillings: 50)
        try bench.tell(News(.startAnswer, Self.accepted), about: bench.ticket(1))
        let no = Outcome(
            .declined(Decline(.cancelledByPayer, retry: .sameMethod, code: "1032")),
            references: [Reference("id", "true")])
        try bench.tell(News(Self.fromAnywhere, no, key: EventKey("no")), about: bench.ticket(1))
        #expect(bench.attempt(1)?.state == .promptSent)
        try bench.tell(News(Self.fromProvider, no, key: EventKey("no")), about: bench.ticket(1))
        #expect(bench.attempt(1)?.state.isLive == false)
    }

    @Test(
        "A success that comes at any millisecond of a retry counts, and the second payment is marked for going back",
        arguments: [false, true])
    func successDuringRetry(secondIsPaid: Bool) async throws {
        let no = Outcome(.declined(Decline(.payerUnreachable, retry: .sameMethod, code: "1037")))
        for offset in Int64(0)...4_000 {
            let bench = try RuleBench(shillings: 50, attempts: 2)
            let begin = bench.now
            let second = secondIsPaid ? Self.paid(50, "SECOND") : no
            let script: [(Int64, News, Int)] = [
                (0, News(.startAnswer, Self.accepted), 1), (500, News(Self.fromProvider, no, key: EventKey("1")), 1),
                (1_500, News(.startAnswer, Outcome(.pending, references: [Reference("id", "2")])), 2),
                (3_500, News(Self.fromProvider, second, key: EventKey("2")), 2),
                (offset, News(Self.fromProvider, Self.paid(50, "FIRST", id: "true"), key: EventKey("late")), 1),
            ]
            for (at, news, attempt) in script.sorted(by: { $0.0 < $1.0 }) {
                bench.now = begin.adding(milliseconds: at)
                try bench.tell(news, about: bench.ticket(attempt))
            }
            let order = try #require(bench.order)
            #expect(order.standing.status(at: bench.now) == .paid, "at \(offset) ms")
            #expect(bench.payments == (secondIsPaid ? ["FIRST", "SECOND"] : ["FIRST"]), "at \(offset) ms")
            #expect(order.flags.contains(.duplicatePayment) == secondIsPaid, "at \(offset) ms")
            if offset % 100 == 0 { await Task.yield() }
        }
    }
}
