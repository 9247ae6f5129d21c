import FoundationEssentials
import MPesa
import PaymentKit
import PaymentKitTesting
import Testing

/// Payments that customers make to the paybill or till themselves.
@Suite struct IncomingTests {
    private static let paybill = ["shortcode": "600984"]
    private static let till = ["shortcode": "600000", "till": "500123"]

    private struct Said {
        var id: String
        var account = "INV-204"
        var amount: Int64 = 10
        var payer: String? = "2547 ***** 149"
    }

    private static let said: [String: Said] = [
        "": Said(id: "UA56M3D8WZ"), "-with-third-party-id": Said(id: "UA56M3D8WZ"),
        "-v1-hashed": Said(
            id: "UA56M3D8X1", payer: "bbff37cea44ac0b2d964ee0dfb8d2df8513dc7ba1b36129a929fc3fbd6dd4af4"),
        "-legacy-plain": Said(id: "UA56M3D8X2", payer: Known.phone),
        "-mask-variant": Said(id: "UA56M3D8X3", payer: "25470****149"),
        "-till": Said(id: "UA56M3D8X4", account: "", amount: 350),
        "-buy-goods-documented": Said(id: "UA56M3D8X5", account: ""),
        "-no-names": Said(id: "UA56M3D8X6"), "-first-name-only": Said(id: "UA56M3D8X7"),
        "-org-transfer": Said(id: "UA56M3D8X8", amount: 12_000, payer: nil),
        "-billref-messy": Said(id: "UA56M3D8X9", account: " inv-204 "),
        "-amount-without-decimals": Said(id: "UA56M3D8XA"),
        "-stk-originated": Said(id: "UA51K7B2QX", account: "ORDER100042", amount: 1_250),
    ]
    private static func names() throws -> [String] {
        try fixtureNames("c2b-confirmation").filter { $0 != "c2b-confirmation-ack" }
    }

    private func events(_ body: String, _ settings: [String: String] = paybill) throws -> [PaymentEvent] {
        try plugin(settings).events(in: inbound(body, route: "incoming"))
    }

    @Test(
        "Every recorded confirmation is money under its receipt and the account that was typed", arguments: try names())
    func recorded(name: String) throws {
        let said = try #require(Self.said[String(name.dropFirst("c2b-confirmation".count))], "no expectation")
        let isTill = name.contains("till") || name.contains("buy-goods")
        let isPrompt = name.contains("stk")
        let events = try events(
            try fixture(name), isTill ? Self.till : isPrompt ? ["shortcode": "174379"] : Self.paybill)
        let receipt = Receipt(said.id, payer: said.payer, at: isPrompt ? Known.paidAt : Known.incomingAt)
        #expect(
            events == [
                PaymentEvent(
                    EventKey("incoming", said.id), .incoming(account: said.account),
                    .paid(Money(whole: said.amount, .kes), receipt: receipt),
                    references: [Reference("MpesaReceiptNumber", said.id)])
            ])
    }

    @Test("No expectation is left without its fixture")
    func complete() throws {
        #expect(Self.said.keys.sorted() == (try Self.names().map { String($0.dropFirst(16)) }.sorted()))
    }

    @Test("A confirmation after a validation is the same payment")
    func sameKey() throws {
        #expect(
            try events(fixture("c2b-confirmation")).map(\.key)
                == events(fixture("c2b-confirmation-with-third-party-id")).map(\.key))
    }

    @Test("A till's money is the shop's under the till's number too")
    func tillNumber() throws {
        let body = try fixture("c2b-confirmation-till").replacing("600000", with: "500123")
        #expect(try events(body, Self.till).first?.outcome.fact.isMoney == true)
    }

    @Test(
        "Money for another number credits nothing and is not dropped", arguments: ["600985", "", "0600984", "600984 "])
    func foreign(number: String) throws {
        let body = try fixture("c2b-confirmation").replacing("600984", with: number)
        let events = try events(body)
        #expect(events.count == 1)
        guard case .needsReview(let why)? = events.first?.outcome.fact else { return #expect(Bool(false)) }
        #expect(why.contains("KSh 10 paid to another number") && why.contains("UA56M3D8WZ"))
        #expect(events.first?.outcome.references == [Reference("MpesaReceiptNumber", "UA56M3D8WZ")])
        #expect(events.first?.key != EventKey("incoming", "UA56M3D8WZ"))
    }

    @Test("Without a number it is nobody's")
    func noNumber() throws {
        let body = try fixture("c2b-confirmation").replacing("BusinessShortCode", with: "Other")
        guard case .needsReview? = try events(body).first?.outcome.fact else { return #expect(Bool(false)) }
    }

    @Test(
        "An amount that does not read is for a person, never an amount",
        arguments: ["", "0", "0.00", "-10.00", "1e3", "10,00", "1,000.00", "10.005", "ten", "92233720368547758.08"])
    func amounts(text: String) throws {
        let body = try fixture("c2b-confirmation").replacing("\"10.00\"", with: "\"\(text)\"")
        let events = try events(body)
        guard case .needsReview? = events.first?.outcome.fact else { return #expect(Bool(false), "\(events)") }
        #expect(events.first?.key != EventKey("incoming", "UA56M3D8WZ"), "a good copy must still count")
    }

    @Test("Cents count, and a number in place of a text reads the same")
    func cents() throws {
        let text = try fixture("c2b-confirmation").replacing("\"10.00\"", with: "\"10.50\"")
        #expect(try events(text).first?.outcome.fact.money == Money(minor: 1_050, .kes))
        let number = try fixture("c2b-confirmation").replacing("\"10.00\"", with: "10.50")
        #expect(try events(number) == events(text))
    }

    @Test("Without a transaction number a message says nothing")
    func noID() throws {
        for id in ["", "UA|6", "UA 6"] {
            #expect(try events(try fixture("c2b-confirmation").replacing("UA56M3D8WZ", with: id)).isEmpty)
        }
        #expect(try events(try fixture("c2b-confirmation").replacing("TransID", with: "Other")).isEmpty)
    }

    @Test("What a payer types is kept short and on one line")
    func account() throws {
        let long = String(repeating: "x", count: 100)
        let body = try fixture("c2b-confirmation").replacing("INV-204", with: "a\\n\\u0000b\(long)")
        #expect(try events(body).first?.subject == .incoming(account: "ab" + String(repeating: "x", count: 62)))
    }

    // MARK: The question before a payment

    private func question(_ body: String, _ route: String = "incoming-check") throws -> IncomingQuestion? {
        try plugin(Self.paybill).question(in: inbound(body, route: route))
    }

    @Test("The question before a payment has the account and the amount, and is no money")
    func asked() throws {
        let body = try fixture("c2b-validation")
        #expect(try question(body) == IncomingQuestion(account: "INV-204", amount: Money(whole: 10, .kes)))
        #expect(try plugin(Self.paybill).events(in: inbound(body, route: "incoming-check")).isEmpty)
        #expect(try question(body, "incoming") == nil)
        #expect(try question(body.replacing("600984", with: "600985")) == nil)
        #expect(try question(body.replacing("10.00", with: "x")) == nil)
        #expect(try question("") == nil)
    }

    @Test(
        "Each answer has Safaricom's code",
        arguments: [
            (IncomingAnswer.accept, "accept"), (.unknownAccount, "reject-c2b00012"), (.wrongAmount, "reject-c2b00013"),
            (.refuse, "reject-c2b00016"),
        ])
    func answers(answer: IncomingAnswer, name: String) throws {
        let reply = try plugin().reply(answer)
        #expect(reply.status == 200)
        #expect(
            try JSONDecoder().decode([String: String].self, from: Data(reply.body.utf8))
                == fixtureFields("c2b-validation-\(name)"))
    }

    @Test("Without an answer of the core's, a question is answered with yes and a confirmation with success")
    func replies() throws {
        func reply(_ route: String) -> String? {
            MPesa.manifest.routes.first { $0.name == route && $0.isStanding }?.reply.body
        }
        #expect(reply("incoming") == #"{"ResultCode":0,"ResultDesc":"Success"}"#)
        #expect(reply("incoming-check") == (try plugin().reply(.accept).body))
    }

    // MARK: How to pay

    @Test("A paybill is paid with number, account and amount; each can be copied")
    func paybillSteps() throws {
        let steps = try plugin(Self.paybill).instructions(for: Money(whole: 1_250, .kes), account: "K7M29QXD").steps
        #expect(steps.compactMap(\.value) == ["600984", "K7M29QXD", "1250"])
        #expect(steps.allSatisfy { Set($0.words.keys) == ["en", "sw"] && !$0.words.values.contains("") })
    }

    @Test("A till is paid with its number and the amount, and nobody types the store number")
    func tillSteps() throws {
        let steps = try plugin(Self.till).instructions(for: Money(minor: 125_050, .kes), account: "K7M29QXD").steps
        #expect(steps.compactMap(\.value) == ["500123", "1250.50"])
    }
}

extension Fact {
    fileprivate var money: Money? { if case .paid(let money, _) = self { money } else { nil } }
}
