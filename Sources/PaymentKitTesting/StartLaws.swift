import FoundationEssentials
import PaymentKit
import Synchronization

/// Laws about beginning a payment.
enum StartLaws {
    static let all: [Law] = good + amounts + repeated + refused

    /// Whether a text holds a number by itself, not as a part of a longer one.
    static func holds(_ text: String, _ number: String) -> Bool {
        var rest = text[...]
        while let found = rest.range(of: number) {
            let before = found.lowerBound == text.startIndex ? nil : text[text.index(before: found.lowerBound)]
            let after = found.upperBound == text.endIndex ? nil : text[found.upperBound]
            let isPart = before?.isNumber == true || before == "." || after?.isNumber == true
            if !isPart { return true }
            rest = rest[found.upperBound...]
        }
        return false
    }

    private static func names(_ request: HTTPRequest, _ amount: Money) -> Bool {
        let text = String(decoding: request.body, as: UTF8.self) + " " + request.url.absoluteString
        return [amount.decimalText, "\(amount.minor)", amount.whole.map { "\($0)" } ?? amount.decimalText]
            .contains { holds(text, $0) }
    }

    private static let good: [Law] = [
        Law(
            "A01", "Beginning a payment sends one request that acts at most",
            advice: "Send one act. Everything else that you need is a question: effect asks."
        ) { bench in
            let acts = try await bench.begin().http.acts.count
            return acts <= 1 ? nil : "\(acts) acts"
        },
        Law(
            "A02", "A good answer begins the payment",
            advice: "With the scenario's answers start should return; mend the plugin, or the scenario's answers."
        ) {
            let begun = try await $0.begin()
            if case .started = begun.came { return nil }
            return begun.words
        },
        Law(
            "A03", "An accepted request is not yet a payment",
            advice: "Return pending, and report paid when status or a message says so."
        ) {
            let fact = try await $0.begin().fact
            return fact?.isClaim == true ? "\(fact.map { "\($0)" } ?? "")" : nil
        },
        Law(
            "A04", "What the provider calls the payment is kept",
            advice: "Return the provider's own id as a reference: without it nothing can be found again."
        ) {
            let begun = try await $0.begin()
            guard case .started = begun.came, !begun.http.acts.isEmpty else { throw NotAsked("nothing was sent") }
            return begun.references.isEmpty ? "no reference" : nil
        },
        Law(
            "A05", "References fit the shop's books",
            advice: "Names of at most 60 characters, values of at most 200, 16 at most, no control characters."
        ) {
            let references = try await $0.begin().references
            let fit = references.allSatisfy {
                WireLimits.isWord($0.name, atMost: 60) && WireLimits.isWord($0.value, atMost: 200)
            }
            return fit && references.count <= 16 ? nil : "\(references.count) references"
        },
        Law(
            "A06", "Only the plugin's own hosts are talked to",
            advice: "List the host in the manifest, or do not talk to it: the shop's client refuses all others."
        ) {
            let foreign = try await $0.begin().http.foreign
            return foreign.isEmpty ? nil : "\(foreign)"
        },
        Law(
            "A07", "No secret stands in what start returns or logs",
            advice: "Keep keys and tokens out of references, errors and notes."
        ) { bench in
            let words = try await bench.begin().words
            return bench.secrets.contains { words.contains($0) } ? "a secret setting was seen" : nil
        },
        Law(
            "A08", "No telephone number stands in the log",
            advice: "Never note what the customer typed; PhoneNumber prints masked."
        ) { bench in
            let notes = try await bench.begin().notes.joined(separator: " ")
            return bench.phones.contains { notes.contains($0) } ? "the customer's number was seen" : nil
        },
        Law(
            "A09", "A request that acts is called one",
            advice: "What can move money or ring a phone has the effect acts: it is journalled and never repeated."
        ) {
            let begun = try await $0.begin()
            guard case .started = begun.came else { throw NotAsked("it did not begin") }
            let posts = begun.http.sent.filter { $0.method != "GET" }
            return posts.isEmpty || !begun.http.acts.isEmpty ? nil : "a POST, and no act"
        },
        Law(
            "A10", "The provider gets an address of this payment, where one is given",
            advice: "Use call.callback(route): an address made for another payment is refused."
        ) { bench in
            let begun = try await bench.begin(ticket: "Z9Y8X7W6-2")
            let text = begun.http.sent.map { String(decoding: $0.body, as: UTF8.self) }.joined()
            guard text.contains("shop.example") else { throw NotAsked("no address was sent") }
            return text.lowercased().contains("z9y8x7w6-2") ? nil : "an address without the ticket"
        },
    ]

    private static let amounts: [Law] = [
        Law(
            "A11", "The amount is asked for exactly",
            advice: "Send amount.minor, amount.whole or amount.decimalText, never a rounded or a floating number."
        ) {
            bench in
            guard let act = try await bench.begin().http.acts.first else { throw NotAsked("nothing was sent") }
            return names(act, bench.amount) ? nil : "\(bench.amount) is not in the request"
        },
        Law(
            "A12", "Another amount is asked for as another amount",
            advice: "Take the amount from the request, not from a setting or the first call."
        ) { bench in
            let more = Money(minor: bench.amount.minor + 7 * bench.currency.unitsPerWhole, bench.currency)
            guard let act = try await bench.begin(amount: more).http.acts.first else {
                throw NotAsked("nothing was sent")
            }
            return names(act, more) ? nil : "\(more) is not in the request"
        },
        Law(
            "A13", "Less than the smallest amount is refused before any request",
            advice: "Throw invalidInput when the amount is below the manifest's minimum."
        ) { bench in
            guard let least = bench.manifest.minimum, least.minor > 1 else { throw NotAsked("there is no minimum") }
            return try await bench.refuses(Money(minor: least.minor - 1, least.currency))
        },
        Law(
            "A14", "More than the largest amount is refused before any request",
            advice: "Throw invalidInput when the amount is above the manifest's maximum."
        ) { bench in
            guard let most = bench.manifest.maximum else { throw NotAsked("there is no maximum") }
            return try await bench.refuses(Money(minor: most.minor + most.currency.unitsPerWhole, most.currency))
        },
        Law(
            "A15", "Another currency is refused before any request",
            advice: "Throw invalidInput when the amount's currency is not in the manifest."
        ) { bench in
            let foreign = Currency(rawValue: bench.manifest.currencies.contains(.usd) ? "XTS" : "USD")
            return try await bench.refuses(Money(minor: bench.amount.minor, foreign))
        },
        Law(
            "A16", "A fraction is refused where only whole units are taken",
            advice: "Throw invalidInput when amount.whole is nil."
        ) { bench in
            guard bench.manifest.wholeUnitsOnly else { throw NotAsked("fractions are taken") }
            return try await bench.refuses(Money(minor: bench.amount.minor + 1, bench.currency))
        },
    ]

    private static let repeated: [Law] = [
        Law(
            "A17", "A second copy of the plugin sends the same",
            advice: "Keep nothing between calls: the core may make the plugin anew at any time."
        ) { bench in
            let first = try await bench.begin().http.acts.first
            let second = try await bench.begin(with: try await bench.another()).http.acts.first
            guard let first, let second else { throw NotAsked("nothing was sent") }
            return first.url == second.url && first.body == second.body ? nil : "another request"
        },
        Law(
            "A18", "The same call again sends the same",
            advice: "Build the request from the call alone: no counters, no random numbers, no clock but call.now."
        ) {
            let first = try await $0.begin().http.acts.first
            let second = try await $0.begin().http.acts.first
            guard let first, let second else { throw NotAsked("nothing was sent") }
            return first.url == second.url && first.body == second.body ? nil : "another request"
        },
        Law(
            "A19", "A call that nobody waits for ends within a second",
            advice: "Let the cancellation through: no loop that catches every error, no blocking wait."
        ) { bench in
            guard bench.plugin.offline == nil else { throw NotAsked("it begins nothing") }
            let http = bench.http(hangs: true)
            let form = try FieldValues(bench.scenario.form, checkedAgainst: bench.manifest.form)
            let request = StartRequest(amount: bench.amount, form: form, orderNumber: LawBench.order)
            let plugin = bench.plugin
            let call = bench.call(http, RememberingLog())
            let ended: Duration = try await withThrowingTaskGroup(of: Void.self) { group in
                let isOver = Atomic(false)
                group.addTask {
                    do { _ = try await plugin.provider.start(request, call) } catch {}
                    isOver.store(true, ordering: .relaxed)
                }
                while http.sent.isEmpty, !isOver.load(ordering: .relaxed) {
                    try await Task.sleep(for: .milliseconds(5))
                }
                group.cancelAll()
                return try await ContinuousClock().measure { try await group.waitForAll() }
            }
            return ended < .seconds(1) ? nil : "it went on for \(ended)"
        },
    ]

    private static let refused: [Law] = [
        Law(
            "A20", "A definite no is said as one",
            advice: "Return declined, or throw invalidInput, misconfigured or busy, for the scenario's refusals."
        ) {
            bench in
            guard !bench.scenario.refusals.isEmpty else { throw NotAsked("the scenario has no refusals") }
            for refusal in bench.scenario.refusals {
                let begun = try await bench.begin([refusal])
                switch begun.came {
                case .started(let started):
                    if case .declined = started.outcome.fact { continue }
                    return "\(refusal.status): \(started.outcome.fact)"
                case .failed(.invalidInput), .failed(.misconfigured), .failed(.busy), .failed(.unsupported): continue
                case .failed(let error): return "\(refusal.status): \(error)"
                case .bug(let why): return "\(refusal.status): \(why)"
                }
            }
            return nil
        },
        Law(
            "A21", "A refusal is not tried again",
            advice: "Send the act once; the core decides whether and when another call is made."
        ) { bench in
            guard !bench.scenario.refusals.isEmpty else { throw NotAsked("the scenario has no refusals") }
            for refusal in bench.scenario.refusals {
                let acts = try await bench.begin([refusal]).http.acts.count
                if acts > 2 { return "\(acts) acts after status \(refusal.status)" }
            }
            return nil
        },
    ]
}

extension LawBench {
    /// The customer's number in the forms in which it might be seen.
    var phones: [String] {
        manifest.form.filter { $0.kind == .phone }.compactMap { field in
            do { return try PhoneNumber(scenario.form[field.key] ?? "").digits } catch { return nil }
        }.flatMap { [$0, "0" + $0.dropFirst(3)] }
    }

    /// Whether a payment over an amount is refused, and nothing sent.
    func refuses(_ amount: Money) async throws -> String? {
        let begun = try await begin(amount: amount)
        if !begun.http.acts.isEmpty { return "it was sent" }
        switch begun.came {
        case .failed(.invalidInput), .failed(.unsupported): return nil
        case .started(let started):
            if case .declined = started.outcome.fact { return nil }
            return "it was begun"
        case .failed(let error): return "\(error)"
        case .bug(let why): return why
        }
    }
}
