import FoundationEssentials
import MPesa
import PaymentKit
import PaymentKitTesting
import Testing

@Suite struct PromptCallbackTests {
    private static let receipt = Receipt("UA51K7B2QX", payer: Known.phone, at: Known.paidAt)

    /// What each recorded callback says: money, a reason with seconds to wait, or no evidence.
    private enum Said { case paid(Int64), declined(Decline.Reason, Int), unclear(String), review }

    private static let said: [String: Said] = [
        "success": .paid(1_250), "success-integer-amount": .paid(1_250), "success-string-values": .paid(1_250),
        "success-items-reordered": .paid(1_250), "success-balance-decimal": .paid(1_250),
        "success-balance-no-value": .paid(1_250), "success-balance-string": .paid(1_250),
        "success-unknown-checkout-id": .paid(1_250), "late-success-after-failure": .paid(1_250),
        "success-amount-differs": .paid(1), "success-without-metadata": .review,
        "insufficient-funds-1": .declined(.insufficientFunds, 0), "below-minimum-2": .declined(.limitExceeded, 0),
        "above-maximum-3": .declined(.limitExceeded, 0), "daily-limit-4": .declined(.limitExceeded, 0),
        "max-balance-8": .declined(.misconfigured, 0), "rule-limited-17": .declined(.limitExceeded, 120),
        "system-busy-26": .declined(.providerBusy, 60), "subscriber-locked-1001": .declined(.payerBusy, 120),
        "expired-1019": .declined(.expired, 0), "expired-no-mo-1019": .declined(.expired, 0),
        "push-error-1025": .declined(.payerUnreachable, 30), "cancelled-1031": .declined(.cancelledByPayer, 0),
        "cancelled-1032": .declined(.cancelledByPayer, 0), "string-code-1032": .declined(.cancelledByPayer, 0),
        "cancelled-1032-spelling-variant": .declined(.cancelledByPayer, 0),
        "cancelled-legacy-prefix-1032": .declined(.cancelledByPayer, 0),
        "no-response-1037": .declined(.payerDidNotAnswer, 0), "unreachable-1037": .declined(.payerDidNotAnswer, 0),
        "wrong-pin-2001": .declined(.wrongPIN, 0), "not-permitted-2028": .declined(.misconfigured, 0),
        "credential-locked-8006": .declined(.notPermitted, 0),
        "operator-missing-sfc-ic0003": .declined(.misconfigured, 0),
        "push-error-9999": .unclear("9999"), "smsc-ack-timeout-1036": .unclear("1036"),
        "unknown-code-7777": .unclear("7777"),
    ]

    @Test("Every recorded callback says what it is known to say", arguments: try fixtureNames("stk-callback-"))
    func recorded(name: String) throws {
        let said = try #require(
            Self.said[String(name.dropFirst("stk-callback-".count))], "a fixture without expectation")
        let events = try plugin().events(in: inbound(try fixture(name)))
        #expect(events.count == 1)
        let fact = try #require(events.first?.outcome.fact)
        switch said {
        case .paid(let shillings): #expect(fact == .paid(Money(whole: shillings, .kes), receipt: Self.receipt))
        case .declined(let reason, let seconds):
            #expect(fact.decline?.reason == reason)
            #expect(fact.decline?.waitSeconds == seconds)
            #expect(
                name.lowercased().hasSuffix((fact.decline?.code ?? "?").lowercased().replacing("_", with: "-"))
                    || name.hasSuffix("-spelling-variant"))
        case .unclear(let code):
            guard case .unclear(code, _) = fact else { return #expect(Bool(false), "\(fact)") }
        case .review: #expect(fact == .needsReview("success without an amount"))
        }
    }

    @Test("No expectation is left without its fixture")
    func complete() throws {
        #expect(Self.said.keys.sorted() == (try fixtureNames("stk-callback-").map { String($0.dropFirst(13)) }))
    }

    @Test("News at an address made for an attempt is about that attempt, with both ids to keep")
    func subject() throws {
        let body = try fixture("stk-callback-success")
        let bound = try plugin().events(in: inbound(body, about: Known.past(references: [])))
        #expect(bound.first?.subject == .about(Known.ticket))
        #expect(bound.first?.outcome.references == Known.references)

        let loose = try plugin().events(in: inbound(body))
        #expect(loose.first?.subject == .matching(Reference("CheckoutRequestID", Known.checkout)))
    }

    @Test("The same message has the same key, and another result or receipt has another")
    func keys() throws {
        func key(_ body: String) throws -> EventKey? { try plugin().events(in: inbound(body)).first?.key }
        let success = try fixture("stk-callback-success")
        #expect(try key(success) == EventKey("prompt", Known.checkout, "0", "UA51K7B2QX"))
        #expect(try key(success) == key(try fixture("stk-callback-success-items-reordered")))
        #expect(try key(success) != key(success.replacing("UA51K7B2QX", with: "UA51K7B2QY")))
        #expect(
            try key(try fixture("stk-callback-cancelled-1032")) == EventKey("prompt", Known.checkout, "1032", ""))
        #expect(
            try key(try fixture("stk-callback-cancelled-1032")) == key(try fixture("stk-callback-string-code-1032")))
    }

    @Test("A callback that names another request reports that name, so that the core can tell")
    func otherRequest() throws {
        for name in ["stk-callback-success-unknown-checkout-id", "stk-callback-cancelled-1032"] {
            let past = Known.past(references: [Reference("CheckoutRequestID", "ws_CO_1")])
            let event = try #require(try plugin().events(in: inbound(try fixture(name), about: past)).first)
            #expect(event.outcome.references.first?.name == "CheckoutRequestID")
            #expect(event.outcome.references.first?.value != "ws_CO_1")
        }
    }

    private func success(_ items: String) -> String {
        """
        {"Body":{"stkCallback":{"MerchantRequestID":"1-2-3","CheckoutRequestID":"ws_CO_1","ResultCode":0,
        "ResultDesc":"ok","CallbackMetadata":{"Item":\(items)}}}}
        """
    }

    @Test(
        "An amount is read exactly or not at all",
        arguments: [
            ("1250.00", 125_000), ("1250.5", 125_050), ("\"1250.50\"", 125_050), ("0.01", 1), ("1.25E+3", 125_000),
            ("90071992547409.93", 9_007_199_254_740_993), ("250000.07", 25_000_007), ("\"007\"", 700),
            ("1250.005", nil), ("0", nil), ("0.00", nil), ("-5", nil), ("\"-5\"", nil), ("\"1,250\"", nil),
            ("\"1250 \"", nil), ("\"KES 1250\"", nil), ("true", nil), ("null", nil), ("{}", nil), ("[1250]", nil),
            ("\"\"", nil), ("\"NaN\"", nil), ("1e99", nil), ("1e9999", nil), ("\"1e3\"", nil),
            ("99999999999999999999999", nil),
        ] as [(String, Int64?)])
    func amounts(text: String, cents: Int64?) throws {
        let events = try plugin().events(in: inbound(success(#"[{"Name":"Amount","Value":\#(text)}]"#)))
        let expected: Fact =
            cents.map { .paid(Money(minor: $0, .kes), receipt: nil) } ?? .needsReview("success without an amount")
        #expect(events.first?.outcome.fact == expected)
    }

    @Test("Two different amounts in one message are none; the same twice is one")
    func twoAmounts() throws {
        let different = success(#"[{"Name":"Amount","Value":1250},{"Name":"Amount","Value":1}]"#)
        #expect(try plugin().events(in: inbound(different)).first?.outcome.fact.isMoney == false)
        let same = success(#"[{"Name":"Amount","Value":1250},{"Name":"Amount","Value":"1250"}]"#)
        #expect(try plugin().events(in: inbound(same)).first?.outcome.fact.isMoney == true)
    }

    @Test("One item without its list is read, and items of no use are passed over")
    func oddItems() throws {
        let alone = try plugin().events(in: inbound(success(#"{"Name":"Amount","Value":7}"#)))
        #expect(alone.first?.outcome.fact == .paid(Money(whole: 7, .kes), receipt: nil))
        let odd = success(#"[null,7,"x",[],{},{"Name":7},{"Value":1},{"Name":"Amount","Value":7}]"#)
        #expect(try plugin().events(in: inbound(odd)).first?.outcome.fact == .paid(Money(whole: 7, .kes), receipt: nil))
    }

    @Test(
        "A date that no calendar has is left out, and the money is not",
        arguments: ["20260231120000", "2026", "x", "20260101250000"])
    func badDate(text: String) throws {
        let items = """
            [{"Name":"Amount","Value":7},{"Name":"MpesaReceiptNumber","Value":"UA1"},
            {"Name":"TransactionDate","Value":"\(text)"}]
            """
        let fact = try plugin().events(in: inbound(success(items))).first?.outcome.fact
        #expect(fact == .paid(Money(whole: 7, .kes), receipt: Receipt("UA1")))
    }

    @Test("The address answers as Daraja expects, and only its own route is read")
    func route() throws {
        #expect(
            MPesa.manifest.routes.first
                == WebhookRoute("prompt", reply: HTTPReply(json: #"{"ResultCode":0,"ResultDesc":"Accepted"}"#)))
        let body = try fixture("stk-callback-success")
        for route in MPesa.manifest.routes.dropFirst() where route.name != "timeout" {
            #expect(try plugin().events(in: inbound(body, about: Known.past(), route: route.name)).isEmpty)
        }
    }
}
