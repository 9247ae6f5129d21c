import Foundation
import PaymentKit
import Testing

/// What crosses the border between the shop and a plugin's process.
@Suite struct WireTests {
    private static let money = Money(whole: 150, .kes)
    private static let facts: [Fact] = [
        .pending, .authorized(money, until: Date(timeIntervalSince1970: 1_767_612_615)), .paid(money, receipt: nil),
        .paid(money, receipt: Receipt("R1", payer: "2547*****678", at: Date(timeIntervalSince1970: 1))),
        .returned(money, receipt: Receipt("R2"), .chargeback), .sent(money, receipt: nil),
        .balance([AccountBalance("Utility", current: money, available: Money(minor: -5, .kes))]),
        .declined(Decline(.wrongPIN, retry: .sameMethod, waitSeconds: 5, code: "2001", words: ["en": "Wrong PIN"])),
        .unclear(code: "77", detail: "?"), .notFound, .needsReview("a person must look"),
    ]

    private func there<Value: Codable & Sendable>(_ value: Value) throws -> Value {
        let line = try WireMessage.answer(7, value)
        #expect(line.last == UInt8(ascii: "\n") && line.dropLast().allSatisfy { $0 != UInt8(ascii: "\n") })
        return try WireLine(line).result()
    }

    @Test("Every fact arrives as it was sent")
    func facts() throws {
        for fact in Self.facts {
            let outcome = Outcome(fact, references: [Reference("id", "a\n\"b\"")])
            guard case .pending = fact else {
                #expect(try there(Outcome(fact)).fact == fact)
                continue
            }
            // A control character in a reference would reach the books and the log.
            #expect(throws: DecodingError.self) { _ = try there(outcome) }
        }
        let started = Started(
            .pending, step: .phonePrompt(to: try PhoneNumber("0712345678"), seconds: 60),
            references: [Reference("id", "1")])
        #expect(try there(started) == started)
    }

    @Test("Events, statement lines, instructions and manifests arrive as they were sent")
    func values() throws {
        let events = [
            PaymentEvent(EventKey("a", "b"), .about(Ticket("K7M29QXD-1")), .pending),
            PaymentEvent(EventKey("c"), .matching(Reference("id", "1")), .notFound),
            PaymentEvent(
                EventKey("d"), .incoming(account: ""), .paid(Self.money, receipt: Receipt("R")), charge: Self.money),
        ]
        #expect(try there(Wire.Events(events)).events == events)
        let lines = [
            StatementLine(.incoming, Receipt("R1"), Self.money, account: "A", balance: Self.money),
            StatementLine(.returned(receipt: "R1"), Receipt("R2"), Self.money, account: ""),
            StatementLine(.outgoing, Receipt("R3"), Self.money, account: "", chargeFor: "R1"),
        ]
        #expect(try there(StatementPage(lines, next: "2")).lines == lines)
        var manifest = Manifest(
            id: "a.b", name: "A", version: "1.0.0", summary: "B", currencies: [.kes], network: "N",
            wholeUnitsOnly: true,
            minimum: Self.money,
            settings: [
                FieldSpec(
                    "a", "A", kind: .choice(["x", "y"]), default: "x", length: 1...5,
                    translations: ["sw": FieldWords("B", help: "C")])
            ],
            routes: [WebhookRoute("in", reply: HTTPReply(201, json: "{}"), isStanding: true)])
        manifest.offline = OfflineTerms(names: ["sw": "C"], holdFor: 3_600, isAtHandOver: true)
        #expect(try there(manifest) == manifest)
        let told = Instructions([.init(["en": "D"], value: "1")], afterwards: ["en": "E"])
        #expect(try there(told) == told)
    }

    @Test(
        "Goods that would be kept for minutes or for ever are refused, and names that fit no button",
        arguments: [
            (#"{"holdFor":3599,"isAtHandOver":true}"#, "3600 to 5184000"),
            (#"{"holdFor":5184001,"isAtHandOver":true}"#, "3600 to 5184000"),
            (#"{"holdFor":3600}"#, "isAtHandOver is missing"),
            (#"{"holdFor":3600,"isAtHandOver":true,"names":{"en":""}}"#, "1 to 60 bytes"),
        ])
    func terms(_ offline: String, place: String) throws {
        let text =
            #"{"id":"a.b","name":"A","version":"1.0.0","summary":"B","currencies":["KES"],"offline":\#(offline)}"#
        do {
            let manifest: Manifest = try WireLine(Data(#"{"jsonrpc":"2.0","id":1,"result":\#(text)}"#.utf8)).result()
            Issue.record("\(manifest)")
        } catch let error as DecodingError { #expect(error.place.contains(place), "\(error.place)") }
    }

    @Test("Every error arrives as it was thrown")
    func errors() throws {
        let errors: [PaymentError] = [
            .invalidInput("a", field: "phone"), .misconfigured("b", setting: "key"), .notSent("c"),
            .busy("d", retryAfter: 5), .unavailable("e"), .outcomeUnknown("f"), .unsupported("g"),
        ]
        for error in errors {
            let header = try WireLine(try WireMessage.failure(3, WireError(error)))
            #expect(header.error?.paymentError == error)
        }
    }

    @Test(
        "What the books could not bear is refused, with the place where it stands",
        arguments: [
            (#"{"fact":"payed"}"#, "expected one of"), (#"{"fact":"paid"}"#, "amount is missing"),
            (#"{"fact":"paid","amount":{"minor":0,"currency":"KES"}}"#, "above zero"),
            (#"{"fact":"paid","amount":{"minor":-100,"currency":"KES"}}"#, "above zero"),
            (#"{"fact":"paid","amount":{"minor":10000000000001,"currency":"KES"}}"#, "added up"),
            (#"{"fact":"paid","amount":{"minor":1.5,"currency":"KES"}}"#, "not JSON"),
            (#"{"fact":"paid","amount":{"minor":"100","currency":"KES"}}"#, "minor"),
            (#"{"fact":"paid","amount":{"minor":100,"currency":"SHILLING"}}"#, "added up"),
            (#"{"fact":"declined","decline":{"reason":"mood","retry":"never"}}"#, "expected one of"),
            (#"{"fact":"needsReview","why":""# + String(repeating: "x", count: 501) + #""}"#, "at most 500"),
            (#"{"fact":7}"#, "fact"),
        ])
    func refused(_ fact: String, place: String) throws {
        let line = Data(#"{"jsonrpc":"2.0","id":1,"result":{"fact":\#(fact)}}"#.utf8)
        do {
            let outcome: Outcome = try WireLine(line).result()
            Issue.record("\(outcome)")
        } catch let error as DecodingError { #expect(error.place.contains(place), "\(error.place)") }
    }

    @Test("The largest amount is one shilling's cent below what is refused")
    func largest() throws {
        let fact = #"{"fact":"paid","amount":{"minor":10000000000000,"currency":"KES"}}"#
        let outcome: Outcome = try WireLine(
            Data(#"{"jsonrpc":"2.0","id":1,"result":{"fact":\#(fact)}}"#.utf8)
        ).result()
        #expect(outcome.fact == .paid(Money(minor: 10_000_000_000_000, .kes), receipt: nil))
    }

    @Test("A decline may leave out what is empty, and a manifest what has a default")
    func defaults() throws {
        let decline = #"{"fact":{"fact":"declined","decline":{"reason":"wrongPIN","retry":"sameMethod"}}}"#
        let outcome: Outcome = try WireLine(Data(#"{"jsonrpc":"2.0","id":1,"result":\#(decline)}"#.utf8)).result()
        #expect(outcome == Outcome(.declined(Decline(.wrongPIN, retry: .sameMethod))))
        let text = #"{"id":"a.b","name":"A","version":"1.0.0","summary":"B","currencies":["KES"]}"#
        let manifest: Manifest = try WireLine(Data(#"{"jsonrpc":"2.0","id":1,"result":\#(text)}"#.utf8)).result()
        var expected = Manifest(id: "a.b", name: "A", version: "1.0.0", summary: "B", currencies: [.kes])
        // The first interface is what programs speak that say nothing of it.
        expected.interface = "1.0"
        #expect(manifest == expected)
    }

    @Test("A line is read once and answers long after its bytes are gone, to many at once, as often as they ask")
    func once() async throws {
        let line = try WireLine(
            Data(
                #"{"jsonrpc":"2.0","id":1,"method":"send","params":{"call":7,"name":"a\"b","token":"t","more":[{}]}}"#
                    .utf8))
        #expect(line.id == 1 && line.method == "send" && line.error == nil)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    do {
                        #expect(try line.params(Wire.OfCall.self).call == 7)
                        #expect(try line.params(Wire.TokenName.self).name == "a\"b")
                    } catch { Issue.record("\(error)") }
                }
            }
        }
        #expect(throws: DecodingError.self) { _ = try line.result(Wire.Nothing.self) }
    }

    @Test(
        "What is no line between the two is refused",
        arguments: [
            "", "7", "[]", "{}", #"{"jsonrpc":"1.0","id":1}"#, #"{"jsonrpc":"2.0"}"#, #"{"jsonrpc":"2.0","id":"1"}"#,
            #"{"jsonrpc":"2.0","id":1.5}"#, #"{"jsonrpc":"2.0","id":1,"method":7}"#,
            #"{"jsonrpc":"2.0","id":1,"error":{"code":"x"}}"#, #"{"jsonrpc":"2.0","id":1,"result":{}"#,
            #"{"jsonrpc":"2.0","id":1} {}"#, #"{"jsonrpc":"2.0","id":1,"result":"# + "\u{1}\"a\"}",
        ])
    func noLine(_ text: String) {
        #expect(throws: DecodingError.self) { _ = try WireLine(Data(text.utf8)) }
    }

    @Test("Of a name that stands twice in a line one value counts, the same for all who ask")
    func twice() throws {
        let line = try WireLine(Data(#"{"jsonrpc":"2.0","id":1,"params":{"call":1},"params":{"call":2}}"#.utf8))
        let first = try line.params(Wire.OfCall.self).call
        #expect(try line.params(Wire.OfCall.self).call == first)
    }

    @Test("Brackets stand 32 deep at most, and those in texts do not count")
    func depth() {
        func nested(_ count: Int) -> Data {
            Data((String(repeating: "[", count: count) + String(repeating: "]", count: count)).utf8)
        }
        #expect(WireLimits.isShallow(nested(32)))
        #expect(!WireLimits.isShallow(nested(33)))
        #expect(WireLimits.isShallow(Data(#"{"a":"\#(String(repeating: "[", count: 99))\"[["}"#.utf8)))
    }

    @Test("A line holds a mebibyte and not a byte more")
    func length() throws {
        let frame = try WireMessage.answer(1, Wire.Text("")).count
        let most = String(repeating: "x", count: WireLimits.lineBytes - frame)
        #expect(try WireMessage.answer(1, Wire.Text(most)).count == WireLimits.lineBytes)
        #expect(throws: WireMessage.TooLong.self) { _ = try WireMessage.answer(1, Wire.Text(most + "x")) }
    }

    @Test("A decline that the books keep reads as it was written")
    func stored() throws {
        let decline = Decline(.other, retry: .never, detail: String(repeating: "x", count: 2_000))
        #expect(try JSONDecoder().decode(Decline.self, from: try JSONEncoder().encode(decline)) == decline)
    }
}
