import FoundationEssentials
import MPesa
import PaymentKit
import PaymentKitTesting
import Testing

/// Anybody can post to a public address. Whatever arrives, the shop goes on and no money appears from half a message.
@Suite struct HostileMessageTests {
    @Test("A success that was cut off never makes money", arguments: try fixtureNames("stk-callback-success"), 1..<17)
    func cut(name: String, part: Int) throws {
        let body = Array(try fixture(name).utf8)
        // The last cut takes the closing bracket alone; white space follows it in the file.
        let end = part < 16 ? body.count * part / 16 : try #require(body.lastIndex(of: UInt8(ascii: "}")))
        let events = try plugin().events(in: InboundRequest(route: "prompt", about: nil, body: Data(body.prefix(end))))
        #expect(events.isEmpty)
    }

    @Test("Bytes changed at random never crash the reader", arguments: try fixtureNames("stk-callback-"))
    func mutated(name: String) throws {
        let original = Array(try fixture(name).utf8)
        let plugin = try plugin()
        var random = Dice(seed: UInt64(original.count))
        for _ in 0..<200 {
            var body = original
            for _ in 0...(random.next() % 8) {
                let place = Int(random.next() % UInt64(body.count))
                switch random.next() % 4 {
                case 0: body[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: body.remove(at: place)
                case 2: body.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
                default: body.swapAt(place, Int(random.next() % UInt64(body.count)))
                }
            }
            let events = plugin.events(in: InboundRequest(route: "prompt", about: Known.past(), body: Data(body)))
            #expect(events.count <= 1)
            if !name.contains("success") { #expect(events.allSatisfy { !$0.outcome.fact.isMoney }) }
        }
    }

    /// Every address beside the prompt's, with a message that it may get and what it may be about.
    private static let others: [(route: String, kind: Past.Kind, names: [String])] = [
        ("result", .refund, ["reversal-result-success"]), ("result", .payout, ["b2c-result-success"]),
        ("result", .payout, ["b2b-result-success", "b2b-result-success-sparse"]),
        ("result", .balance, ["balance-result-success"]), ("timeout", .payout, ["b2c-timeout"]),
        ("status-result", .lookup, ["transaction-status-result-completed"]),
        ("status-result", .payout, ["transaction-status-result-duplicate-key"]),
        ("incoming", .attempt, ["c2b-confirmation", "c2b-confirmation-till"]),
        ("incoming-check", .attempt, ["c2b-validation"]),
    ]

    @Test("Bytes changed at random never crash any reader", arguments: others)
    func mutatedOthers(route: String, kind: Past.Kind, names: [String]) throws {
        let plugin = try plugin(["shortcode": "600984", "till": "600000"])
        for original in try names.map({ Array(try fixture($0).utf8) }) {
            var random = Dice(seed: UInt64(original.count))
            for _ in 0..<300 {
                var body = original
                for _ in 0...(random.next() % 8) {
                    let place = Int(random.next() % UInt64(body.count))
                    body[place] = UInt8(truncatingIfNeeded: random.next())
                }
                let inbound = InboundRequest(route: route, about: Known.operation(kind), body: Data(body))
                #expect(plugin.events(in: inbound).count <= 1)
                _ = plugin.question(in: inbound)
            }
        }
    }

    @Test("A message that was cut off says nothing at any address", arguments: others)
    func cutOthers(route: String, kind: Past.Kind, names: [String]) throws {
        guard route != "timeout" else { return }
        for body in try names.map({ Array(try fixture($0).utf8) }) {
            for part in 1..<16 {
                let about = Known.operation(kind)
                let cut = Data(body.prefix(body.count * part / 16))
                let inbound = InboundRequest(route: route, about: about, body: cut)
                #expect(try plugin(["shortcode": "600984"]).events(in: inbound).isEmpty)
                #expect(try plugin(["shortcode": "600984"]).question(in: inbound) == nil)
            }
        }
    }

    @Test("What is no message says nothing at any address", arguments: garbage)
    func saysNothingAnywhere(name: String, body: Data) throws {
        for (route, kind, _) in Self.others where route != "timeout" {
            let inbound = InboundRequest(route: route, about: Known.operation(kind), body: body)
            #expect(try plugin().events(in: inbound).isEmpty, "\(route)")
            #expect(try plugin().question(in: inbound) == nil)
        }
    }

    @Test("Bytes changed at random in a statement never crash the reader")
    func mutatedStatement() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
        let original = Array(try Data(contentsOf: folder.appending(path: "statement-paybill.csv")))
        let plugin = try plugin(["shortcode": "600984"])
        var random = Dice(seed: 7)
        for _ in 0..<300 {
            var body = original
            for _ in 0...(random.next() % 8) {
                let place = Int(random.next() % UInt64(body.count))
                body[place] = UInt8(truncatingIfNeeded: random.next())
            }
            do {
                let lines = try plugin.movements(inFile: Data(body))
                #expect(lines.allSatisfy { $0.amount.minor > 0 })
            } catch let error as PaymentError {
                guard case .invalidInput = error else { return #expect(Bool(false), "\(error)") }
            }
        }
    }

    private static let garbage: [(String, Data)] = [
        ("nothing", Data()), ("a zero byte", Data([0])), ("zero bytes", Data(repeating: 0, count: 65_000)),
        ("no UTF-8", Data([0xFF, 0xFE, 0x7B])), ("a lone bracket", Data("{".utf8)),
        ("deep lists", Data(String(repeating: "[", count: 60_000).utf8)),
        (
            "deep and closed lists",
            Data((String(repeating: "[", count: 30_000) + String(repeating: "]", count: 30_000)).utf8)
        ),
        ("deep objects", Data(String(repeating: #"{"Body":"#, count: 8_000).utf8)),
        ("a large number", Data(("{\"Body\":1" + String(repeating: "0", count: 60_000) + "}").utf8)),
        ("many small values", Data(("[" + String(repeating: "1,", count: 30_000) + "1]").utf8)),
        ("an open string", Data("{\"Body\":\"".utf8)), ("html", Data("<html></html>".utf8)),
        ("a wrong shape", Data(#"{"Body":[{"stkCallback":7}]}"#.utf8)),
        ("no ids", Data(#"{"Body":{"stkCallback":{"ResultCode":0}}}"#.utf8)),
        ("an object as id", Data(#"{"Body":{"stkCallback":{"CheckoutRequestID":{},"ResultCode":0}}}"#.utf8)),
        ("an id with a zero", Data(#"{"Body":{"stkCallback":{"CheckoutRequestID":"a\u0000","ResultCode":0}}}"#.utf8)),
        (
            "an id with the separator",
            Data(#"{"Body":{"stkCallback":{"CheckoutRequestID":"a|b","ResultCode":0}}}"#.utf8)
        ),
        ("a code that is true", Data(#"{"Body":{"stkCallback":{"CheckoutRequestID":"a","ResultCode":true}}}"#.utf8)),
        ("a code of words", Data(#"{"Body":{"stkCallback":{"CheckoutRequestID":"a","ResultCode":"0 or so"}}}"#.utf8)),
    ]

    @Test("What is not a result says nothing", arguments: garbage)
    func saysNothing(name: String, body: Data) throws {
        #expect(try plugin().events(in: InboundRequest(route: "prompt", about: Known.past(), body: body)).isEmpty)
    }

    @Test("A message above 64 KB is not read, and one of 64 KB is")
    func size() throws {
        let body = Array(try fixture("stk-callback-success").utf8)
        func events(_ bytes: Int) throws -> [PaymentEvent] {
            let padded = Data(body + Array(repeating: UInt8(ascii: " "), count: bytes - body.count))
            return try plugin().events(in: InboundRequest(route: "prompt", about: nil, body: padded))
        }
        #expect(try events(65_536).count == 1)
        #expect(try events(65_537).isEmpty)
    }

    @Test("A message of 24 levels is read, and one of 25 is not; brackets in texts do not count")
    func depth() throws {
        func events(_ levels: Int) throws -> [PaymentEvent] {
            let extra = String(repeating: "[", count: levels - 1) + String(repeating: "]", count: levels - 1)
            let body = """
                {"Body":{"stkCallback":{"CheckoutRequestID":"ws_CO_1","ResultCode":1032,
                "ResultDesc":"\\"[[[[[[[[[[[[[[[[[[[[[[["}},
                "Extra":\(extra)}
                """
            return try plugin().events(in: inbound(body))
        }
        #expect(try events(24).count == 1)
        #expect(try events(25).isEmpty)
    }

    @Test("A message in UTF-16 is not read: its brackets cannot be counted")
    func utf16() throws {
        let body = Data(try fixture("stk-callback-success").utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
        #expect(try plugin().events(in: InboundRequest(route: "prompt", about: nil, body: body)).isEmpty)
    }

    @Test("A deep answer to a prompt is an unknown outcome, not a crash")
    func deepAnswer() async throws {
        let body = String(repeating: #"{"fault":"#, count: 5_000)
        let error = await paymentError { try await plugin().start(try request(), .scripted(daraja(500, body))) }
        guard case .outcomeUnknown? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }
}

/// Repeatable chance: Sebastiano Vigna's SplitMix64.
private struct Dice {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
