import FoundationEssentials
import PaymentKit

/// Laws about what the provider sends.
enum MessageLaws {
    static let all: [Law] = meaning + keys + hostile

    private static func messages(_ bench: LawBench) throws -> [Scenario.Message] {
        guard bench.plugin.webhooks != nil else { throw NotAsked("it reads no messages") }
        guard !bench.scenario.messages.isEmpty else { throw NotAsked("the scenario has no messages") }
        return bench.scenario.messages
    }

    private static func events(_ bench: LawBench, _ message: Scenario.Message) async throws -> [PaymentEvent] {
        try await bench.events(message.route, Data(message.body.utf8))
    }

    private static func others(_ bench: LawBench) throws -> [Scenario.Message] {
        guard bench.plugin.webhooks != nil, !bench.scenario.otherMessages.isEmpty else {
            throw NotAsked("the scenario has no other messages")
        }
        return bench.scenario.otherMessages
    }

    private static let meaning: [Law] = [
        Law(
            "D01", "Who reads messages has one in the scenario",
            advice: "Record the provider's message about a payment and put it into the scenario."
        ) { bench in
            guard bench.plugin.webhooks != nil else { throw NotAsked("it reads no messages") }
            return bench.scenario.messages.isEmpty ? "no messages" : nil
        },
        Law(
            "D02", "Each road's message reports the payment with its exact amount",
            advice: "Return paid with the amount that the message names."
        ) { bench in
            for message in try messages(bench) {
                let events = try await events(bench, message)
                guard events.contains(where: { $0.outcome.fact.paidAmount == bench.amount }) else {
                    return "\(message.route): \(events.map { "\($0.outcome.fact)" })"
                }
            }
            return nil
        },
        Law(
            "D03", "Every road names the same receipt",
            advice: "Take the id by which the provider knows the movement of money, not the message."
        ) { bench in
            var receipts: Set<String> = []
            for message in try messages(bench) {
                receipts.formUnion(try await events(bench, message).compactMap { $0.outcome.fact.receiptID })
            }
            return receipts.count <= 1 ? nil : "\(receipts.count) receipts"
        },
        Law(
            "D04", "Status and message agree",
            advice: "Both roads must tell the same amount, and the same receipt where both name one."
        ) { bench in
            guard let paid = bench.scenario.status?.paid, let message = try messages(bench).first else {
                throw NotAsked("only one road")
            }
            guard case .success(let outcome) = try await bench.ask([paid]).outcome else { return "status failed" }
            let told = try await events(bench, message).first?.outcome.fact
            if outcome.fact.paidAmount != told?.paidAmount { return "two amounts" }
            if let one = outcome.fact.receiptID, let two = told?.receiptID, one != two { return "two receipts" }
            return nil
        },
        Law(
            "D05", "A message without money makes no money",
            advice: "Only the provider's own word for success is a payment."
        ) { bench in
            for message in try others(bench) {
                let facts = try await events(bench, message).map(\.outcome.fact)
                if let money = facts.first(where: \.isMoney) { return "\(message.route): \(money)" }
            }
            return nil
        },
        Law(
            "D06", "A message speaks about what its address was made for",
            advice:
                "Use .about(inbound.about.ticket) at a payment's own address, .incoming at a standing one. A standing "
                + "one whose messages are signed may name any payment."
        ) {
            bench in
            for message in try messages(bench) {
                let route = bench.manifest.routes.first { $0.name == message.route }
                let isStanding = route?.isStanding ?? false
                for event in try await events(bench, message) {
                    switch event.subject {
                    case .about(let ticket):
                        if isStanding && route?.signature == nil || ticket.value != LawBench.ticket {
                            return "\(message.route): \(ticket.value)"
                        }
                    case .incoming: if !isStanding { return "\(message.route): incoming" }
                    case .matching: continue
                    }
                }
            }
            return nil
        },
        Law(
            "D07", "The amount is read from the message, not from memory",
            advice: "A message over another amount must show that amount: the core compares."
        ) { bench in
            guard let message = try messages(bench).first else { throw NotAsked("no message") }
            let (whole, more) = (bench.scenario.amount, "\((bench.amount.whole ?? 150) + 7)")
            guard StartLaws.holds(message.body, whole), whole.allSatisfy(\.isNumber) else {
                throw NotAsked("the message does not name the amount in whole units")
            }
            let changed = message.body.replacing(whole, with: more)
            let facts = try await bench.events(message.route, Data(changed.utf8)).map(\.outcome.fact)
            return facts.contains { $0.paidAmount == bench.amount } ? "the amount of the request" : nil
        },
    ]

    private static let keys: [Law] = [
        Law(
            "D08", "The same message gives the same events",
            advice: "events is pure: no clock, no counter, no memory."
        ) { bench in
            for message in try messages(bench) + bench.scenario.otherMessages {
                let (first, second) = (try await events(bench, message), try await events(bench, message))
                if first != second { return message.route }
            }
            return nil
        },
        Law(
            "D09", "Another copy of the plugin makes the same events and keys",
            advice: "Build keys from the provider's own identifiers."
        ) { bench in
            let another = try await bench.another()
            for message in try messages(bench) + bench.scenario.otherMessages {
                let first = try await events(bench, message)
                let second = try await bench.events(message.route, Data(message.body.utf8), with: another)
                if first != second { return message.route }
            }
            return nil
        },
        Law(
            "D10", "Different messages have different keys",
            advice: "Put into the key what tells two messages apart, such as the result's code."
        ) { bench in
            var keys: [EventKey: String] = [:]
            for message in try messages(bench) + bench.scenario.otherMessages {
                for event in try await events(bench, message) {
                    if let other = keys[event.key], other != message.body { return message.route }
                    keys[event.key] = message.body
                }
            }
            return nil
        },
        Law(
            "D11", "In any order, each twice, the payment counts once",
            advice: "Same receipt on every road, or none; one key for one message."
        ) { bench in
            let roads = try messages(bench).prefix(4)
            var all: [[PaymentEvent]] = []
            for message in roads + bench.scenario.otherMessages.prefix(1) {
                all.append(try await events(bench, message))
            }
            for order in permutations(Array(all.indices)) {
                var fold = ReferenceFold()
                for place in order + order.reversed() { for event in all[place] { fold.apply(event) } }
                if fold.paid != bench.amount.minor { return "counted \(fold.paid) instead of \(bench.amount.minor)" }
            }
            return nil
        },
        Law("D12", "No secret stands in an event", advice: "Keep settings out of keys and references.") { bench in
            for message in try messages(bench) {
                let text = "\(try await events(bench, message))"
                if bench.secrets.contains(where: { text.contains($0) }) { return message.route }
            }
            return nil
        },
    ]

    private static func permutations(_ places: [Int]) -> [[Int]] {
        guard let first = places.first else { return [[]] }
        return permutations(Array(places.dropFirst())).flatMap { rest in
            (0...rest.count).map { Array(rest[..<$0]) + [first] + Array(rest[$0...]) }
        }
    }

    /// Nothing that moves money may come of such a body, on any route.
    private static func harmless(_ number: String, _ rule: String, _ bodies: [String]) -> Law {
        Law(number, rule, advice: "What does not read whole is no event: return an empty list.") { bench in
            guard bench.plugin.webhooks != nil else { throw NotAsked("it reads no messages") }
            for route in bench.manifest.routes {
                for body in bodies {
                    let facts = try await bench.events(route.name, Data(body.utf8)).map(\.outcome.fact)
                    if let claim = facts.first(where: \.isClaim) { return "\(route.name): \(claim)" }
                }
            }
            return nil
        }
    }

    private static let hostile: [Law] = [
        harmless("D13", "An empty message says nothing", ["", " ", "\n"]),
        harmless("D14", "A message that is no JSON says nothing", ["paid", "<xml>paid</xml>", "\u{FEFF}", "a=1&b=2"]),
        harmless(
            "D15", "JSON of another shape says nothing",
            ["{}", "[]", "null", "17", "\"paid\"", "[{}]", "{\"status\":{}}"]),
        harmless(
            "D16", "A message nested without end says nothing",
            [String(repeating: "[", count: 5_000), String(repeating: "{\"a\":", count: 5_000)]),
        Law(
            "D17", "A message that was cut never becomes money",
            advice: "Read the whole message or nothing of it."
        ) { bench in
            for message in try messages(bench) {
                let body = Array(message.body.utf8)
                for cut in 1..<16 {
                    let part = Data(body.prefix(body.count * cut / 16))
                    let facts = try await bench.events(message.route, part).map(\.outcome.fact)
                    if facts.contains(where: \.isMoney) { return "\(message.route): cut after \(cut) sixteenths" }
                }
            }
            return nil
        },
        Law(
            "D18", "A message at an address that the plugin does not have says nothing",
            advice: "Answer only the routes of the manifest."
        ) { bench in
            for message in try messages(bench) {
                let facts = try await bench.events("no-such-route", Data(message.body.utf8)).map(\.outcome.fact)
                if facts.contains(where: \.isMoney) { return message.route }
            }
            return nil
        },
        Law("D19", "Bytes that are no text say nothing", advice: "Treat the body as bytes until it reads as JSON.") {
            bench in
            guard bench.plugin.webhooks != nil else { throw NotAsked("it reads no messages") }
            for route in bench.manifest.routes {
                let facts = try await bench.events(route.name, Data([0xFF, 0xFE, 0x00, 0x80, 0x7B])).map(\.outcome.fact)
                if facts.contains(where: \.isClaim) { return route.name }
            }
            return nil
        },
    ]
}
