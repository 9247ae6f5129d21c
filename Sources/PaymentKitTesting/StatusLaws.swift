import FoundationEssentials
import PaymentKit

/// Laws about asking what became of a payment.
enum StatusLaws {
    static let all: [Law] = answers + manners + trouble

    private static func scenario(_ bench: LawBench) throws -> Scenario.StatusAnswers {
        guard let status = bench.scenario.status else { throw NotAsked("the scenario has no status") }
        return status
    }

    private static func fact(_ bench: LawBench, _ answer: Scenario.Answer?) async throws -> Fact? {
        guard let answer else { throw NotAsked("the scenario does not tell") }
        switch try await bench.ask([answer]).outcome {
        case .success(let outcome): return outcome.fact
        case .failure: return nil
        }
    }

    private static let answers: [Law] = [
        Law(
            "C01", "Who can be asked has a scenario for it",
            advice: "Give the scenario status answers: at least paid."
        ) { bench in
            guard bench.plugin.status != nil else { throw NotAsked("it cannot be asked") }
            return bench.scenario.status == nil ? "no status answers" : nil
        },
        Law(
            "C02", "A payment that was made is paid, with the amount that the provider names",
            advice: "Read the amount from the answer, exactly."
        ) { bench in
            let fact = try await fact(bench, try scenario(bench).paid)
            return fact?.paidAmount == bench.amount ? nil : "\(fact.map { "\($0)" } ?? "an error")"
        },
        Law(
            "C03", "A payment that was refused is declined",
            advice: "Return declined with the reason and the provider's code."
        ) { bench in
            let fact = try await fact(bench, try scenario(bench).declined)
            if case .declined? = fact { return nil }
            return "\(fact.map { "\($0)" } ?? "an error")"
        },
        Law(
            "C04", "A payment that is not decided is pending",
            advice: "Return pending while the provider works on it."
        ) { bench in
            let fact = try await fact(bench, try scenario(bench).pending)
            return fact == .pending ? nil : "\(fact.map { "\($0)" } ?? "an error")"
        },
        Law(
            "C05", "A payment that the provider never heard of is not declined",
            advice: "Return notFound: the core waits for the manifest's grace before it believes it."
        ) { bench in
            let fact = try await fact(bench, try scenario(bench).notFound)
            if case .declined? = fact { return "\(fact.map { "\($0)" } ?? "")" }
            return fact?.isMoney == true ? "it became money" : nil
        },
        Law(
            "C06", "A code that nobody knows is neither money nor a no",
            advice: "Return unclear with the code: no evidence either way."
        ) { bench in
            let fact = try await fact(bench, try scenario(bench).unknown)
            return fact?.isClaim == true ? "\(fact.map { "\($0)" } ?? "")" : nil
        },
    ]

    private static let manners: [Law] = [
        Law("C07", "A question never acts", advice: "Use the effect asks for every request of status.") { bench in
            let acts = try await bench.ask([try scenario(bench).paid]).http.acts.count
            return acts == 0 ? nil : "\(acts) acts"
        },
        Law(
            "C08", "The same question has the same answer",
            advice: "Keep no state, and use no clock but call.now."
        ) { bench in
            let answer = try scenario(bench).paid
            let first = try await bench.ask([answer]).outcome
            let second = try await bench.ask([answer]).outcome
            return first == second ? nil : "two answers"
        },
        Law("C09", "A question talks to the plugin's own hosts only", advice: "List the host in the manifest.") {
            bench in
            let foreign = try await bench.ask([try scenario(bench).paid]).http.foreign
            return foreign.isEmpty ? nil : "\(foreign)"
        },
        Law(
            "C10", "A payment whose first answer was lost can be asked about all the same",
            advice: "Without a reference ask by the ticket, or return pending; never a no."
        ) { bench in
            let past = try await bench.past(unknown: true)
            switch try await bench.ask([try scenario(bench).paid], past: past).outcome {
            case .success(let outcome):
                if case .declined = outcome.fact { return "it was declined" }
                return nil
            case .failure(.unavailable), .failure(.busy), .failure(.unsupported), .failure(.notSent): return nil
            case .failure(let error): return "\(error)"
            }
        },
        Law(
            "C11", "No secret stands in what status returns or logs",
            advice: "Keep keys and tokens out of references, errors and notes."
        ) { bench in
            let words = try await bench.ask([try scenario(bench).paid]).words
            return bench.secrets.contains { words.contains($0) } ? "a secret setting was seen" : nil
        },
    ]

    private static func law(_ number: String, _ trouble: Trouble, _ rule: String) -> Law {
        Law(number, rule, advice: "Throw unavailable: a question that was not answered says nothing.") { bench in
            let answer = try scenario(bench).paid
            let past = try await bench.past()
            let places = try await bench.ask([answer], past: past).http.sent.indices
            for place in places {
                let asked = try await bench.ask([answer], trouble: (trouble, at: place), past: past)
                if case .success(let outcome) = asked.outcome, outcome.fact.isClaim, outcome.fact != .notFound {
                    return "request \(place + 1): it claimed \(outcome.fact)"
                }
            }
            return nil
        }
    }

    private static let trouble: [Law] = [
        law("C12", .refusedConnection, "A question that could not be sent says nothing"),
        law("C13", .lostAnswer, "A question whose answer was lost says nothing"),
        law("C14", .loginPage, "A sign-in page in place of an answer says nothing"),
        law("C15", .gatewayPage, "A gateway's page in place of an answer says nothing"),
        law("C16", .emptyObject, "An empty answer says nothing"),
        law("C17", .otherShape, "An answer of another shape says nothing"),
        law("C18", .serverError, "The provider's own failure says nothing"),
        Law(
            "C19", "An answer that was cut never becomes money",
            advice: "Read the whole answer or nothing of it."
        ) { bench in
            let answer = try scenario(bench).paid
            let body = Array(answer.body.utf8)
            for cut in 1..<16 {
                var part = answer
                part.body = String(decoding: body.prefix(body.count * cut / 16), as: UTF8.self)
                if try await fact(bench, part)?.isMoney == true { return "cut after \(cut) sixteenths" }
            }
            return nil
        },
    ]
}
