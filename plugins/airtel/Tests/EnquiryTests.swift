import Airtel
import FoundationEssentials
import PaymentKit
import PaymentKitTesting
import Testing

/// What became of a payment or a refund: asked for, and told in messages.
@Suite struct EnquiryTests {
    private static func enquire(_ body: String, _ past: Past = Known.past(), status: Int = 200) async throws
        -> Outcome
    {
        try await plugin().status(of: past, .scripted(airtel(status, body)))
    }

    private static func state(_ state: String, code: String = "DP00800001006", more: String = "") -> String {
        envelope(code, transaction: #""id":"\#(Known.ticket)","status":"\#(state)"\#(more)"#)
    }

    @Test(
        "A made payment is paid with the amount that was asked for, under Airtel's id, whatever code stands beside it")
    func paid() async throws {
        for code in ["DP00800001001", "DP00800001006", ""] {
            let outcome = try await Self.enquire(
                Self.state("TS", code: code, more: #","airtel_money_id":"\#(Known.receipt)""#))
            #expect(outcome.fact == .paid(Known.amount, receipt: Receipt(Known.receipt)))
            #expect(outcome.references == [Reference("airtel_money_id", Known.receipt)])
        }
    }

    @Test("It is asked by our own id, with a question, also when the first answer was lost")
    func question() async throws {
        let http = airtel(200, Self.state("TIP"))
        _ = try await plugin().status(of: Known.past(unknown: true), .scripted(http))
        let sent = try #require(http.sent.last)
        #expect(sent.method == "GET" && sent.effect == .asks)
        #expect(sent.url.path() == "/standard/v1/payments/\(Known.ticket)")
    }

    @Test("In progress and ambiguous are not decided", arguments: ["TIP", "TA", "ta"])
    func pending(_ state: String) async throws {
        #expect(try await Self.enquire(Self.state(state)).fact == .pending)
    }

    @Test(
        "A failed payment is a no, with the reason of its code",
        arguments: [
            ("TF", "DP00800001002", Decline.Reason.wrongPIN), ("TF", "DP00800001007", .insufficientFunds),
            ("TF", "DP00800001008", .cancelledByPayer), ("TF", "DP00800001005", .payerDidNotAnswer),
            ("TF", "", .other), ("TF", "DP00800007777", .other), ("TE", "", .expired),
        ])
    func failed(_ state: String, _ code: String, _ reason: Decline.Reason) async throws {
        let decline = try await Self.enquire(Self.state(state, code: code)).fact.decline
        #expect(decline?.reason == reason)
        #expect(decline?.words.keys.sorted() == ["en", "sw"])
    }

    @Test("A state of tomorrow is no evidence; a code of failure without a state neither")
    func unclear() async throws {
        guard case .unclear(let code, _) = try await Self.enquire(Self.state("TX")).fact else {
            Issue.record("a state that nobody knows decided")
            return
        }
        #expect(code == "TX")
        let error = await paymentError { try await Self.enquire(envelope("DP00800001008")) }
        guard case .unavailable? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("Another payment's answer says nothing")
    func anothers() async throws {
        let body = envelope("DP00800001001", transaction: #""id":"OTHER-1","status":"TS","airtel_money_id":"CI1""#)
        guard case .unavailable? = await paymentError({ try await Self.enquire(body) }) else {
            Issue.record("it counted")
            return
        }
    }

    @Test("A payment that Airtel does not know is not found, and a silent Airtel says nothing")
    func notFound() async throws {
        #expect(try await Self.enquire(envelope("DP00800001025")).fact == .notFound)
        #expect(try await Self.enquire(envelope("ESB000045", field: "result_code"), status: 400).fact == .notFound)
        for (status, body) in [(500, "{}"), (200, "{}"), (502, "<html>"), (408, envelope("ROUTER117"))] {
            guard case .unavailable? = await paymentError({ try await Self.enquire(body, status: status) }) else {
                Issue.record("\(status) \(body) said something")
                continue
            }
        }
    }

    // MARK: Messages

    private static func events(_ body: String, route: String = "result") throws -> [PaymentEvent] {
        try plugin().events(in: InboundRequest(route: route, about: nil, body: Data(body.utf8)))
    }

    private static func message(_ state: String, _ words: String = "Words", receipt: String? = Known.receipt) -> String
    {
        let id = receipt.map { #","airtel_money_id":"\#($0)""# } ?? ""
        return #"{"transaction":{"id":"\#(Known.ticket)","message":"\#(words)","status_code":"\#(state)"\#(id)}}"#
    }

    @Test(
        "A message names its payment by our id, and the amount by its words",
        arguments: [
            ("Paid KES 1,250 to MAMA NJERI Charge KES 140, Trans ID CI1.", Money(minor: 125_000, .kes)),
            ("PAID kes 7.50 to X", Money(minor: 750, .kes)), ("Paid KES. 20 to X", Money(minor: 2_000, .kes)),
            ("Paid KES1250. Thank you", Money(minor: 125_000, .kes)),
        ])
    func success(_ words: String, _ amount: Money) throws {
        let event = try #require(try Self.events(Self.message("TS", words)).first)
        #expect(event.subject == .matching(.ticket(Known.ticket)))
        #expect(event.outcome.fact == .paid(amount, receipt: Receipt(Known.receipt)))
    }

    @Test("A success whose words name no amount is only something to ask about")
    func successWithoutAmount() throws {
        for words in ["Paid", "Paid UGX 1250", "Paid KES to X", "Paid KES 0 to X", "Paid KES 1.234.5"] {
            #expect(try Self.events(Self.message("TS", words)).first?.outcome.fact == .pending, "\(words)")
        }
    }

    @Test("A failure is a no; what does not read says nothing; another address is not ours")
    func others() throws {
        #expect(try Self.events(Self.message("TF")).first?.outcome.fact.decline != nil)
        #expect(try Self.events(Self.message("TIP")).first?.outcome.fact == .pending)
        for body in ["{}", "paid", #"{"transaction":{"status_code":"TS"}}"#, #"{"transaction":{"id":"K7M29QXD-1"}}"#] {
            #expect(try Self.events(body).isEmpty, "\(body)")
        }
        #expect(try Self.events(Self.message("TS"), route: "other").isEmpty)
    }

    // MARK: Refunds

    private static func refund(_ status: Int, _ body: String) async throws -> Outcome {
        try await plugin().refund(
            Known.amount, of: Receipt(Known.receipt), nil, reason: "Broken", .scripted(airtel(status, body)))
    }

    @Test("A refund names Airtel's id of the payment, and counts when Airtel says so")
    func refunded() async throws {
        let http = airtel(200, envelope("DP00800001001", transaction: #""airtel_money_id":"CI2","status":"SUCCESS""#))
        let outcome = try await plugin().refund(
            Known.amount, of: Receipt(Known.receipt), nil, reason: "Broken", .scripted(http))
        #expect(outcome.fact == .returned(Known.amount, receipt: Receipt("CI2"), .refund))
        let sent = try #require(http.sent.last)
        #expect(String(decoding: sent.body, as: UTF8.self) == #"{"transaction":{"airtel_money_id":"CI1767612.0001"}}"#)
        #expect(sent.url.path() == "/standard/v1/payments/refund" && sent.effect == .acts)
        let same = envelope("DP00800001001", transaction: #""airtel_money_id":"\#(Known.receipt)","status":"SUCCESS""#)
        #expect(try await Self.refund(200, same).fact == .returned(Known.amount, receipt: nil, .refund))
    }

    @Test("A refused refund is a no, and an answer that proves nothing is unknown for good")
    func refundRefused() async throws {
        #expect(try await Self.refund(200, envelope("DP00800001007")).fact.decline?.reason == .insufficientFunds)
        #expect(try await Self.refund(200, envelope("ESB000045")).fact.decline != nil)
        for (status, body) in [
            (500, "{}"), (200, "{}"), (200, envelope("DP00800001001")), (200, envelope("ESB000011")),
        ] {
            guard case .outcomeUnknown? = await paymentError({ try await Self.refund(status, body) }) else {
                Issue.record("\(status) \(body) said something")
                continue
            }
        }
        guard case .unavailable? = await paymentError({ try await Self.enquire("{}", Known.past(.refund)) }) else {
            Issue.record("a refund was asked about")
            return
        }
    }
}
