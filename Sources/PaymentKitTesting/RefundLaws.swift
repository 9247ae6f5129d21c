import FoundationEssentials
import PaymentKit

/// Laws about money that goes back, about testing a connection, and about tokens.
enum RefundLaws {
    static let all: [Law] = refunds + beside

    private static func refund(
        _ bench: LawBench, trouble: (Trouble, at: Int)? = nil
    ) async throws -> (outcome: Result<Outcome, PaymentError>, http: LawHTTP) {
        guard let refunds = bench.plugin.refunds else { throw NotAsked("it does not refund") }
        guard let refund = bench.scenario.refund else { throw NotAsked("the scenario has no refund") }
        let past = try await bench.past()
        let http = bench.http([refund.answer], trouble)
        let call = bench.call(http, RememberingLog(), ticket: "R7M29QXD-1")
        do {
            return (
                .success(
                    try await refunds.refund(
                        bench.amount, of: Receipt(refund.receipt), past, reason: "wrong size", call)), http
            )
        } catch let error as PaymentError { return (.failure(error), http) }
    }

    private static func law(_ number: String, _ trouble: Trouble, _ rule: String) -> Law {
        Law(number, rule, advice: "Throw outcomeUnknown: money may have gone back.") { bench in
            let good = try await refund(bench).http.sent
            for place in good.indices where good[place].effect == .acts {
                let came = try await refund(bench, trouble: (trouble, at: place))
                if came.http.acts.count > good.count { return "it acted again" }
                switch came.outcome {
                case .success(let outcome):
                    if outcome.fact.isClaim { return "it claimed \(outcome.fact)" }
                case .failure(.outcomeUnknown): continue
                case .failure(let error): return "it threw \(error)"
                }
            }
            return nil
        }
    }

    private static let refunds: [Law] = [
        Law("E01", "Who refunds has a scenario for it", advice: "Give the scenario a refund.") { bench in
            guard bench.plugin.refunds != nil else { throw NotAsked("it does not refund") }
            return bench.scenario.refund == nil ? "no refund" : nil
        },
        Law(
            "E02", "A refund sends one request that acts at most",
            advice: "Send it once; the core decides whether another call is made."
        ) { bench in
            let acts = try await refund(bench).http.acts.count
            return acts <= 1 ? nil : "\(acts) acts"
        },
        Law(
            "E03", "A refund never says more than was asked for",
            advice: "Return returned with the amount that the provider names, and check it."
        ) { bench in
            guard case .success(let outcome) = try await refund(bench).outcome else { return "it failed" }
            if case .returned(let amount, _, _) = outcome.fact, amount.minor > bench.amount.minor { return "\(amount)" }
            return nil
        },
        Law("E04", "A refund is no payment", advice: "Return pending, returned or declined.") { bench in
            guard case .success(let outcome) = try await refund(bench).outcome else { return "it failed" }
            switch outcome.fact {
            case .paid, .authorized, .sent: return "\(outcome.fact)"
            case .pending, .returned, .declined, .unclear, .notFound, .needsReview, .balance: return nil
            }
        },
        Law(
            "E05", "A refund names the payment that goes back",
            advice: "Send the receipt, or what the provider called the payment."
        ) { bench in
            guard let act = try await refund(bench).http.acts.first else { throw NotAsked("nothing was sent") }
            let text = String(decoding: act.body, as: UTF8.self) + act.url.absoluteString
            let names = [bench.scenario.refund?.receipt ?? ""] + (try await bench.past().references.map(\.value))
            return names.contains { !$0.isEmpty && text.contains($0) } ? nil : "neither receipt nor reference"
        },
        law("E06", .lostAnswer, "A refund whose answer was lost is unknown"),
        law("E07", .gatewayPage, "A refund that a gateway answered is unknown"),
        law("E08", .loginPage, "A refund that a sign-in page answered is unknown"),
    ]

    private static let beside: [Law] = [
        Law("F01", "Testing the connection never acts", advice: "Ask for a token, a balance or the like.") { bench in
            guard let connection = bench.plugin.connection else { throw NotAsked("it has no test") }
            let http = bench.http()
            do { _ = try await connection.testConnection(bench.call(http, RememberingLog())) } catch is PaymentError {}
            return http.acts.isEmpty ? nil : "\(http.acts.count) acts"
        },
        Law(
            "F02", "A connection that does not work is not called good",
            advice: "Throw unavailable or misconfigured; each line that is returned stands for something that works."
        ) {
            bench in
            guard let connection = bench.plugin.connection else { throw NotAsked("it has no test") }
            for trouble in [Trouble.refusedConnection, .forbidden, .loginPage] {
                let http = bench.http([], (trouble, at: 0))
                do { _ = try await connection.testConnection(bench.call(http, RememberingLog())) } catch is PaymentError
                {
                    continue
                }
                if http.sent.isEmpty { throw NotAsked("it sends nothing") }
                return "at \(trouble.rawValue)"
            }
            return nil
        },
        Law(
            "F03", "A token that is known is not fetched again",
            advice: "Ask call.tokens for the token: it is shared by all calls."
        ) { bench in
            guard bench.plugin.offline == nil else { throw NotAsked("it begins nothing") }
            let tokens = MemoryTokens()
            let form = try FieldValues(bench.scenario.form, checkedAgainst: bench.manifest.form)
            let request = StartRequest(amount: bench.amount, form: form, orderNumber: LawBench.order)
            var counts: [Int] = []
            for _ in 0..<2 {
                let http = bench.http()
                _ = try await bench.plugin.provider.start(request, .scripted(http, tokens: tokens))
                counts.append(http.sent.filter { $0.effect == .asks }.count)
            }
            guard counts[0] > 0 else { throw NotAsked("it needs no token") }
            return counts[1] < counts[0] ? nil : "fetched in each call"
        },
        Law(
            "F04", "Ten calls at once do not mix",
            advice: "Keep nothing in the plugin between two lines of a call."
        ) { bench in
            try await withThrowingTaskGroup(of: String?.self) { group in
                for number in 1...10 {
                    group.addTask {
                        let amount = Money(
                            minor: bench.amount.minor + Int64(number) * bench.currency.unitsPerWhole, bench.currency)
                        guard amount.minor <= bench.manifest.maximum?.minor ?? .max else { return nil }
                        let begun = try await bench.begin(amount: amount, ticket: "K7M29QXD-\(number)")
                        guard let act = begun.http.acts.first else { return nil }
                        let text = String(decoding: act.body, as: UTF8.self) + " " + act.url.absoluteString
                        let texts = ["\(amount.minor)", amount.decimalText, amount.whole.map { "\($0)" } ?? ""]
                        return texts.contains { !$0.isEmpty && StartLaws.holds(text, $0) } ? nil : "another's amount"
                    }
                }
                for try await seen in group { if let seen { return seen } }
                return nil
            }
        },
    ]
}
