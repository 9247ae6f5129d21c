import FoundationEssentials
import MPesa
import PaymentKit
import PaymentKitTesting
import Testing

/// What M-PESA's answer to "what became of it" says: about a receipt that a customer shows, and about the shop's own
/// refunds and payouts.
@Suite struct TransactionStatusTests {
    private static let at = Date(timeIntervalSince1970: 1_767_614_531)  // 2026-01-05 15:02:11
    private static let amount = Money(whole: 500, .kes)
    /// The fixtures tell of a payout of 600992 to a phone; the other way round it is a customer's payment.
    private static let settings = ["shortcode": "600992"]
    private static let paid = Fact.paid(amount, receipt: Receipt("UA57Q1R4TB", payer: Known.phone, at: at))
    private static let sent = Fact.sent(amount, receipt: Receipt("UA57Q1R4TB", at: at))

    private func event(_ body: String, _ past: Past) throws -> PaymentEvent? {
        let events = try plugin(Self.settings).events(in: inbound(body, about: past, route: "status-result"))
        #expect(events.count <= 1)
        return events.first
    }

    private func fact(_ body: String, _ past: Past) throws -> Fact? { try event(body, past)?.outcome.fact }

    /// A fixture with payer and payee exchanged.
    private func received(_ name: String) throws -> String {
        try fixture(name).replacing("600992 - Example Payer Ltd", with: "?")
            .replacing("254708374149 - JANE EXAMPLE", with: "600992 - Example Payer Ltd")
            .replacing("?", with: "254708374149 - JANE EXAMPLE")
    }

    private static let completed = [
        "transaction-status-result-completed", "transaction-status-result-completed-old-keys",
        "transaction-status-result-duplicate-key",
    ]

    @Test("A completed payment to this shop is money, in each form of the message", arguments: completed)
    func lookedUp(name: String) throws {
        #expect(try fact(received(name), Known.operation(.lookup, receipt: "UA57Q1R4TB")) == Self.paid)
        #expect(try event(received(name), Known.operation(.lookup))?.outcome.references == [])
    }

    @Test("A completed payment to somebody else is no money of this shop's", arguments: completed)
    func toAnother(name: String) throws {
        let decline = try #require(try fact(fixture(name), Known.operation(.lookup, receipt: "UA57Q1R4TB"))?.decline)
        #expect(decline.reason == .invalidAccount)
        let masked = try received(name).replacing("600992 - Example", with: "2547 ***** 992 - Example")
        #expect(try fact(masked, Known.operation(.lookup))?.decline?.reason == .invalidAccount)
    }

    @Test("Money credited to the till is the shop's as well")
    func till() throws {
        let plugin = try plugin(["shortcode": "600000", "till": "600992"])
        let body = try received("transaction-status-result-completed")
        let events = plugin.events(in: inbound(body, about: Known.operation(.lookup), route: "status-result"))
        #expect(events.first?.outcome.fact == Self.paid)
    }

    @Test("A completed payout is sent, with the ids that it is known by", arguments: completed)
    func payout(name: String) throws {
        let event = try #require(try event(fixture(name), Known.operation(.payout)))
        #expect(event.outcome.fact == Self.sent)
        #expect(
            event.outcome.references == [
                Reference("ConversationID", "AG_20260105_2010b7c41e9d05a3f826"),
                Reference("OriginatorConversationID", "MERCH-B2C-000731-a1"),
            ])
    }

    @Test("A completed refund has returned the money", arguments: completed)
    func refund(name: String) throws {
        let past = Known.operation(
            .refund, references: [Reference("OriginatorConversationID", "MERCH-B2C-000731-a1")], ticket: "R-1")
        #expect(
            try fact(fixture(name), past)
                == .returned(Self.amount, receipt: Receipt("UA57Q1R4TB", at: Self.at), .reversal))
    }

    @Test("Money that came in is neither a payout nor a refund", arguments: [Past.Kind.payout, .refund])
    func wrongDirection(kind: Past.Kind) throws {
        guard case .needsReview? = try fact(received("transaction-status-result-completed"), Known.operation(kind))
        else { return #expect(Bool(false)) }
    }

    @Test(
        "Only final words are final",
        arguments: [
            ("initiated", nil), ("authorized", nil), ("cancelled", Decline.Reason.other), ("declined", .other),
            ("expired", .expired),
        ])
    func others(status: String, reason: Decline.Reason?) throws {
        let name = "transaction-status-result-\(status)"
        for (body, kind) in [
            (try received(name), Past.Kind.lookup), (try fixture(name), .payout), (try fixture(name), .refund),
        ] {
            let fact = try fact(body, Known.operation(kind))
            if let reason {
                #expect(fact?.decline?.reason == reason)
            } else {
                #expect(fact == .pending)
            }
        }
    }

    @Test("Every recorded answer has a test")
    func complete() throws {
        let tested =
            Self.completed
            + ["initiated", "authorized", "cancelled", "declined", "expired"].map {
                "transaction-status-result-\($0)"
            }
            + ["2001", "25", "sfc-ic0003"].map { "transaction-status-result-failed-\($0)" }
        #expect(try fixtureNames("transaction-status-result-") == tested.sorted())
    }

    @Test(
        "A question that failed says nothing about the payment", arguments: ["25", "sfc-ic0003"],
        [Past.Kind.lookup, .payout, .refund])
    func failed(code: String, kind: Past.Kind) throws {
        let fact = try fact(try fixture("transaction-status-result-failed-\(code)"), Known.operation(kind))
        guard case .unclear(let told, _)? = fact else { return #expect(Bool(false), "\(String(describing: fact))") }
        #expect(told.lowercased().replacing("_", with: "-") == code)
    }

    @Test("Where the operator is refused a person is called, before asking again locks the operator")
    func refusedOperator() throws {
        let fact = try fact(try fixture("transaction-status-result-failed-2001"), Known.operation(.payout))
        guard case .needsReview(let why)? = fact else { return #expect(Bool(false), "\(String(describing: fact))") }
        #expect(why.contains("operator"))
    }

    @Test(
        "A completed payment that lacks what counts is for a person",
        arguments: [
            ("\"Amount\"", "\"Other\""), ("\"500\"", "\"5OO\""), ("CreditPartyName", "Other"), ("ReceiptNo", "Other"),
            ("\"500\"", "\"-500\""),
        ])
    func incomplete(old: String, new: String) throws {
        let body = try received("transaction-status-result-completed")
        #expect(body.contains(old))
        let fact = try fact(body.replacing(old, with: new), Known.operation(.lookup))
        guard case .needsReview? = fact else { return #expect(Bool(false), "\(String(describing: fact))") }
    }

    @Test("A word for a status that nobody knows is no evidence")
    func unknownStatus() throws {
        let body = try fixture("transaction-status-result-completed").replacing("Completed", with: "Parked | odd")
        let parked = try fact(body, Known.operation(.payout))
        guard case .unclear("Parked | odd", _)? = parked else {
            return #expect(Bool(false), "\(String(describing: parked))")
        }
        let none = try fixture("transaction-status-result-completed").replacing("TransactionStatus", with: "Other")
        guard case .unclear? = try fact(none, Known.operation(.payout)) else { return #expect(Bool(false)) }
    }

    @Test("An answer about another transaction is for a person")
    func anotherTransaction() throws {
        let lookup = try fact(
            received("transaction-status-result-completed"), Known.operation(.lookup, receipt: "UA57Q1R4TC"))
        guard case .needsReview? = lookup else { return #expect(Bool(false), "\(String(describing: lookup))") }
        let payout = try fact(
            fixture("transaction-status-result-completed"), Known.operation(.payout, ticket: "P7M29QXD-1"))
        guard case .needsReview? = payout else { return #expect(Bool(false), "\(String(describing: payout))") }
    }

    @Test("Each answer has its own key, and says nothing about an attempt or nothing known")
    func keys() throws {
        let body = try fixture("transaction-status-result-initiated")
        let past = Known.operation(.payout)
        #expect(try event(body, past)?.key == event(body, past)?.key)
        #expect(try event(body, past)?.key != event(fixture("transaction-status-result-completed"), past)?.key)
        #expect(try event(body, Known.past()) == nil)
        #expect(try plugin().events(in: inbound(body, route: "status-result")).isEmpty)
    }

    @Test(
        "A receipt is ten letters and digits, whatever their case and spacing",
        arguments: [
            ("UA51K7B2QX", "UA51K7B2QX"), (" ua51k7b2qx\n", "UA51K7B2QX"), ("UA5 1K7 B2QX", "UA51K7B2QX"),
            ("0708374149", nil), ("UA51K7B2Q", nil), ("UA51K7B2QXX", nil), ("", nil), ("UA51K7B2Q?", nil),
            ("ÜA51K7B2QX", nil), ("UA51K7B2Q٣", nil),
        ])
    func receipts(text: String, receipt: String?) async throws {
        #expect(try plugin().receipt(typed: text) == receipt)
        guard receipt == nil else { return }
        let http = daraja(200, "{}")
        let error = await paymentError { try await plugin().lookUp(text, .scripted(http)) }
        guard case .invalidInput? = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(http.sent.isEmpty)
    }
}
