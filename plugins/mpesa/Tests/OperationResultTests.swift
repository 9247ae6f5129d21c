import FoundationEssentials
import MPesa
import PaymentKit
import PaymentKitTesting
import Testing

/// What each recorded result of a refund, a payout or a question about balances says.
@Suite struct OperationResultTests {
    private enum Said { case fact(Fact), declined(Decline.Reason), unclear, review }

    private static let paidAt = Date(timeIntervalSince1970: 1_767_614_531)  // 2026-01-05 15:02:11
    private static let businessPaidAt = Date(timeIntervalSince1970: 1_767_615_153)  // 15:12:33
    private static let returnedAt = Date(timeIntervalSince1970: 1_767_616_207)  // 15:30:07

    private static func kes(_ minor: Int64) -> Money { Money(minor: minor, .kes) }
    private static func account(_ name: String, _ minor: Int64) -> AccountBalance {
        AccountBalance(name, current: kes(minor), available: kes(minor))
    }

    private static let phonePaid = Fact.sent(kes(50_000), receipt: Receipt("UA57Q1R4TB", at: paidAt))
    private static let balances = [
        account("Working Account", 51_234_000), account("Float Account", 0), account("Utility Account", 9_641_550),
        account("Charges Paid Account", -73_200), account("Organization Settlement Account", 0),
    ]

    private static let said: [String: Said] = [
        "b2c-result-success": .fact(phonePaid), "b2c-result-numbers-as-strings": .fact(phonePaid),
        "b2c-result-failed-below-minimum-2": .declined(.limitExceeded),
        "b2c-result-failed-duplicate-15": .unclear,
        "b2c-result-failed-initiator-2001": .declined(.misconfigured),
        "b2c-result-failed-insufficient-1": .declined(.insufficientFunds),
        "b2c-result-failed-locked-8006": .declined(.misconfigured),
        "b2c-result-failed-not-registered-2040": .declined(.invalidAccount),
        "b2c-result-failed-receiver-sfc-ic0003": .declined(.invalidAccount),
        "b2c-result-failed-role-21": .declined(.misconfigured),
        "b2b-result-success": .fact(.sent(kes(240_000), receipt: Receipt("UA59V3W6XD", at: businessPaidAt))),
        // Seen in production: done, and nothing said about the amount.
        "b2b-result-success-sparse": .fact(.sent(kes(50_000), receipt: Receipt("UA59V3W6XE"))),
        "b2b-result-failed-2001": .declined(.misconfigured),
        "b2b-result-failed-receiver-sfc-ic0003": .declined(.invalidAccount),
        "reversal-result-success": .fact(
            .returned(kes(125_000), receipt: Receipt("UA5BZ5A8BG", at: returnedAt), .reversal)),
        "reversal-result-already-reversed-r000001": .review,
        "reversal-result-failed": .declined(.invalidAccount),
        "reversal-result-failed-debit-party-11": .declined(.misconfigured),
        "reversal-result-failed-initiator-2001": .declined(.misconfigured),
        "reversal-result-failed-insufficient-1": .declined(.insufficientFunds),
        "reversal-result-failed-role-21": .declined(.misconfigured),
        "balance-result-success": .fact(.balance(balances)),
        "balance-result-success-numeric": .fact(.balance(balances)),
        "balance-result-success-till": .fact(
            .balance([
                account("Merchant Account", 4_812_000), account("Working Account", 0),
                account("Charges Paid Account", -26_400),
            ])),
        "balance-result-failed-credential-18": .declined(.misconfigured),
        "balance-result-failed-permission-21": .declined(.misconfigured),
    ]

    private static func names() throws -> [String] {
        try ["b2c-result-", "b2b-result-", "reversal-result-", "balance-result-"].flatMap(fixtureNames)
    }

    private static func kind(_ name: String) -> Past.Kind {
        name.hasPrefix("b2") ? .payout : name.hasPrefix("rev") ? .refund : .balance
    }

    private func event(_ body: String, _ past: Past) throws -> PaymentEvent? {
        let events = try plugin().events(in: inbound(body, about: past, route: "result"))
        #expect(events.count <= 1)
        return events.first
    }

    private func fact(_ body: String, _ kind: Past.Kind) throws -> Fact? {
        try event(body, Known.operation(kind))?.outcome.fact
    }

    @Test("Every recorded result says what it is known to say", arguments: try names())
    func recorded(name: String) throws {
        let said = try #require(Self.said[name], "a fixture without expectation")
        let event = try #require(try event(try fixture(name), Known.operation(Self.kind(name))))
        #expect(event.subject == .about(Ticket("MERCH-B2C-000731-a1")))
        #expect(event.outcome.references.contains(Reference("ConversationID", "AG_20260105_2010b7c41e9d05a3f826")))
        let fact = event.outcome.fact
        switch said {
        case .fact(let expected): #expect(fact == expected)
        case .declined(let reason):
            let decline = try #require(fact.decline)
            #expect(decline.reason == reason)
            let code = decline.code.lowercased().replacing("_", with: "-")
            #expect(name.hasSuffix(code) || (name == "reversal-result-failed" && code == "r000002"))
            #expect(!decline.detail.isEmpty)
        case .unclear: #expect(fact == .unclear(code: "15", detail: "Duplicate detected"))
        case .review:
            guard case .needsReview(let why) = fact else { return #expect(Bool(false), "\(fact)") }
            #expect(why.contains("already reversed"))
        }
    }

    @Test(
        "What M-PESA took is told with the result, where it says so in a form that reads",
        arguments: [
            ("Business Pay Bill Charge|KES|41.00", 4_100), ("A|KES|41.00&B|KES|0.50", 4_150), ("", nil),
            ("A|KES|0.00", nil), ("A|USD|41.00", nil), ("A|KES|-41.00", nil), ("A|KES|much", nil), ("41.00", nil),
            ("A|KES|41.00&nonsense", nil), ("A|KES|99999999999", nil),
        ] as [(String, Int64?)])
    func charges(told: String, minor: Int64?) throws {
        let body = try fixture("b2b-result-success").replacing("Business Pay Bill Charge|KES|41.00", with: told)
        let outcome = try #require(try event(body, Known.operation(.payout))).outcome
        #expect(outcome.charge == minor.map(Self.kes))
        let failed = body.replacing("\"ResultCode\": \"0\"", with: "\"ResultCode\": \"1\"")
        #expect(failed != body)
        #expect(try event(failed, Known.operation(.payout))?.outcome.charge == nil)
    }

    @Test("No expectation is left without its fixture")
    func complete() throws {
        #expect(Self.said.keys.sorted() == (try Self.names().sorted()))
    }

    @Test("The same result has the same key; another code or receipt has another")
    func keys() throws {
        let body = try fixture("b2c-result-success")
        func key(_ body: String) throws -> EventKey? { try event(body, Known.operation(.payout))?.key }
        #expect(try key(body) == key(body))
        #expect(try key(body) != key(body.replacing("UA57Q1R4TB", with: "UA57Q1R4TC")))
        #expect(try key(body) != key(body.replacing("\"ResultCode\": 0", with: "\"ResultCode\": 1")))
    }

    @Test("A payout's receipt is the transaction's where the values have none, and a placeholder is no receipt")
    func receipts() throws {
        let body = try fixture("b2c-result-success").replacing("TransactionReceipt", with: "Other")
        #expect(try fact(body, .payout) == Self.phonePaid)
        let none = body.replacing("UA57Q1R4TB", with: "UA50000000")
        #expect(try fact(none, .payout) == .sent(Self.kes(50_000), receipt: nil))
    }

    @Test(
        "A success whose amount does not read is for a person, and never an amount of our own making",
        arguments: [
            ("b2c-result-success", "500\n", "\"5OO\"\n"), ("b2c-result-success", "500\n", "-500\n"),
            ("b2c-result-success", "500\n", "0\n"), ("reversal-result-success", "1250.00", "\"1250 Ksh\""),
            ("reversal-result-success", "\"Amount\"", "\"Other\""), ("balance-result-success", "AccountBalance", "x"),
        ])
    func unreadable(name: String, old: String, new: String) throws {
        let body = try fixture(name)
        #expect(body.contains(old))
        let fact = try fact(body.replacing(old, with: new), Self.kind(name))
        guard case .needsReview? = fact else { return #expect(Bool(false), "\(String(describing: fact))") }
    }

    @Test("A value that stands twice with two contents counts as none of them")
    func twice() throws {
        let body = try fixture("reversal-result-success").replacing(
            #""ResultParameter": ["#, with: #""ResultParameter": [{"Key":"Amount","Value":9},"#)
        let fact = try fact(body, .refund)
        guard case .needsReview? = fact else { return #expect(Bool(false), "\(String(describing: fact))") }
    }

    @Test("A refund of another payment than the one asked for is for a person")
    func otherPayment() throws {
        let body = try fixture("reversal-result-success")
        let ours = try event(body, Known.operation(.refund, 1_250, receipt: "UA51K7B2QX"))?.outcome.fact
        guard case .returned? = ours else { return #expect(Bool(false), "\(String(describing: ours))") }
        let other = try event(body, Known.operation(.refund, 1_250, receipt: "UA51K7B2QY"))?.outcome.fact
        guard case .needsReview? = other else { return #expect(Bool(false), "\(String(describing: other))") }
    }

    @Test("A part of the balances that does not read is left out, the others stay")
    func partOfBalances() throws {
        let body = try fixture("balance-result-success").replacing("KES|96415.50|", with: "KES|many|")
        #expect(try fact(body, .balance) == .balance(Self.balances.filter { $0.name != "Utility Account" }))
    }

    @Test("A message that announces another decides nothing")
    func preliminary() throws {
        let body = try fixture("b2c-result-failed-insufficient-1").replacing(
            "\"ResultType\": 0", with: "\"ResultType\": 1")
        #expect(try fact(body, .payout) == .pending)
    }

    @Test(
        "Waiting too long is never a failure, whatever its body says",
        arguments: ["b2c-timeout", "timeout-minimal", "timeout-empty", "b2c-result-success"])
    func timeout(name: String) throws {
        for kind in [Past.Kind.refund, .payout, .lookup, .balance] {
            let events = try plugin().events(
                in: inbound(try fixture(name), about: Known.operation(kind), route: "timeout"))
            #expect(events.map(\.outcome) == [Outcome(.pending)])
        }
        #expect(try plugin().events(in: inbound(try fixture(name), route: "timeout")).isEmpty)
    }

    @Test("A result about nothing that is known says nothing, nor does one at an attempt's or a look-up's address")
    func nothingKnown() throws {
        let body = try fixture("b2c-result-success")
        #expect(try plugin().events(in: inbound(body, route: "result")).isEmpty)
        #expect(try event(body, Known.past()) == nil)
        #expect(try event(body, Known.operation(.lookup)) == nil)
    }

    @Test("Wrong operator on one interface, wrong PIN on another: a code means something with its interface only")
    func perInterface() throws {
        let prompt = try plugin().events(in: inbound(try fixture("stk-callback-wrong-pin-2001")))
        #expect(prompt.first?.outcome.fact.decline?.reason == .wrongPIN)
        let body = try fixture("b2c-result-failed-initiator-2001")
        #expect(try fact(body, .payout)?.decline?.reason == .misconfigured)
        let internalFailure = try fact(body.replacing("2001", with: "17"), .payout)
        guard case .unclear("17", _)? = internalFailure else {
            return #expect(Bool(false), "\(String(describing: internalFailure))")
        }
    }
}
