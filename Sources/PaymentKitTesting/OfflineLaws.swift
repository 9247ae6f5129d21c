import FoundationEssentials
import PaymentKit

/// Laws about ways to pay without any request of the shop's.
enum OfflineLaws {
    /// Kept by those alone that begin nothing.
    static let first = "H01"
    static let all: [Law] = saying + telling + [quiet]

    private static let languages = ["en", "sw"]

    private static func terms(_ bench: LawBench) throws -> OfflineTerms {
        guard let terms = bench.manifest.offline else { throw NotAsked("it begins payments") }
        return terms
    }

    private static func instructions(
        _ bench: LawBench, _ amount: Money? = nil, with other: Abilities? = nil
    ) async throws -> Instructions {
        _ = try terms(bench)
        guard let offline = (other ?? bench.plugin).offline else { throw NotAsked("it tells no steps") }
        return try await offline.instructions(for: amount ?? bench.amount, account: LawBench.order)
    }

    private static func texts(_ instructions: Instructions) -> [String] {
        instructions.steps.flatMap { Array($0.words.values) + [$0.value ?? ""] }
            + (instructions.afterwards.map { Array($0.values) } ?? [])
    }

    private static func lacks(_ instructions: Instructions, _ amount: Money) -> Bool {
        let spellings = [amount.decimalText, amount.whole.map { "\($0)" } ?? amount.decimalText, amount.description]
        return !texts(instructions).contains { text in spellings.contains { StartLaws.holds(text, $0) } }
    }

    private static let saying: [Law] = [
        Law(
            first, "Who begins no payments says so, in the manifest and by its ability",
            advice: "Give the manifest offline, and conform to OfflinePaying or declare the ability offline."
        ) { bench in
            switch (bench.manifest.offline != nil, bench.plugin.offline != nil) {
            case (true, true): return nil
            case (true, false): return "in the manifest only"
            case (false, true): return "by its ability only"
            case (false, false): throw NotAsked("it begins payments")
            }
        },
        Law(
            "H02", "Goods are kept for an hour to sixty days",
            advice: "Give holdFor in seconds, as long as the money may take: 3600 to 5184000."
        ) { bench in
            let seconds = try terms(bench).holdFor
            return OfflineTerms.seconds.contains(seconds) ? nil : "\(seconds)"
        },
        Law(
            "H03", "The way has a short name in English and in Swahili",
            advice: "Give names for en and sw of 2 to 40 characters: customers choose by them."
        ) { bench in
            let names = try terms(bench).names
            return languages.first { !(2...40).contains(names[$0]?.count ?? 0) }
        },
        Law(
            "H04", "Money that staff do not take can be found",
            advice: "Set isAtHandOver, or conform to Reconciling or IncomingPaymentReceiving."
        ) { bench in
            guard try !terms(bench).isAtHandOver else { return nil }
            let plugin = bench.plugin
            let isFound = plugin.reconciling != nil || plugin.incoming != nil || plugin.statementFiles != nil
            return isFound ? nil : "nobody would hear of it"
        },
    ]

    private static let telling: [Law] = [
        Law(
            "H05", "The steps name the exact amount",
            advice: "Put amount.whole or amount.decimalText into a step's value, for it can be copied there."
        ) { bench in lacks(try await instructions(bench), bench.amount) ? "\(bench.amount) is in no step" : nil },
        Law(
            "H06", "Another amount is told as another amount",
            advice: "Take the amount from the call: it is what is left to pay."
        ) { bench in
            let more = Money(minor: bench.amount.minor + 7 * bench.currency.unitsPerWhole, bench.currency)
            return lacks(try await instructions(bench, more), more) ? "\(more) is in no step" : nil
        },
        Law(
            "H07", "The steps name the order",
            advice: "Put account into a step's value: by it people and statements find the order."
        ) { bench in
            texts(try await instructions(bench)).contains { $0.contains(LawBench.order) }
                ? nil : "its number is in no step"
        },
        Law(
            "H08", "Everything can be read in English and in Swahili",
            advice: "Give each step, and what happens afterwards, words for en and sw."
        ) { bench in
            let told = try await instructions(bench)
            let all = told.steps.map(\.words) + [told.afterwards ?? [:]]
            for (place, words) in all.enumerated() {
                guard let missing = languages.first(where: { words[$0]?.isEmpty ?? true }) else { continue }
                return place == told.steps.count ? "\(missing) afterwards" : "\(missing) in step \(place + 1)"
            }
            return nil
        },
        Law(
            "H09", "The steps fit a phone's page",
            advice: "Tell 1 to 12 steps, each in at most 300 bytes, with values of at most 60."
        ) { bench in
            let told = try await instructions(bench)
            return !told.steps.isEmpty && WireLimits.fitPage(told) ? nil : "\(told.steps.count) steps"
        },
        Law(
            "H10", "The same order is told the same steps, by every copy",
            advice: "instructions is pure: no clock, no counter, no memory."
        ) { bench in
            let told = try await instructions(bench)
            let (again, another) = (
                try await instructions(bench), try await instructions(bench, with: try await bench.another())
            )
            return told == again && told == another ? nil : "other steps"
        },
        Law(
            "H11", "No secret stands in the steps", advice: "Customers read them: keep secret settings out."
        ) { bench in
            let words = texts(try await instructions(bench)).joined(separator: " ")
            return bench.secrets.contains { words.contains($0) } ? "a secret setting was seen" : nil
        },
    ]

    private static let quiet = Law(
        "H12", "Nothing is begun and nothing sent",
        advice: "Leave start to the kit, or answer it with unsupported: the shop never asks for it."
    ) { bench in
        _ = try terms(bench)
        let http = bench.http()
        let form = try FieldValues(bench.scenario.form, checkedAgainst: bench.manifest.form)
        let request = StartRequest(amount: bench.amount, form: form, orderNumber: LawBench.order)
        do {
            let started = try await bench.plugin.provider.start(request, bench.call(http, RememberingLog()))
            return "it began: \(started.outcome.fact)"
        } catch { return http.sent.isEmpty ? nil : "\(http.sent.count) requests" }
    }
}
