import FoundationEssentials
import PaymentKit

/// Laws about everything that may go wrong while a payment is begun: each trouble at each request of the call.
enum TroubleLaws {
    static let all: [Law] = acting + asking + quiet

    /// Runs the call once for each of its requests, with trouble there.
    private static func each(
        _ bench: LawBench, _ trouble: Trouble, acting: Bool, _ judge: (LawBench.Begun, Int) -> String?
    ) async throws -> String? {
        let good = try await bench.begin().http.sent
        let places = good.indices.filter { (good[$0].effect == .acts) == acting }
        guard !places.isEmpty else { throw NotAsked(acting ? "nothing acts" : "nothing is asked first") }
        for place in places {
            let begun = try await bench.begin(trouble: (trouble, at: place))
            if let seen = judge(begun, place) { return "request \(place + 1): \(seen)" }
        }
        return nil
    }

    /// What must come of trouble with an act.
    private static func law(
        _ number: String, _ trouble: Trouble, _ rule: String, _ advice: String,
        allows: @escaping @Sendable (PaymentError) -> Bool = { if case .outcomeUnknown = $0 { true } else { false } },
        mayWait: Bool = true
    ) -> Law {
        Law(number, rule, advice: advice) { bench in
            try await each(bench, trouble, acting: true) { begun, place in
                let after = begun.http.sent.dropFirst(place + 1).filter { $0.effect == .acts }
                if !after.isEmpty { return "it acted again" }
                switch begun.came {
                case .started(let started):
                    if case .pending = started.outcome.fact, mayWait, started.outcome.references.isEmpty { return nil }
                    return "it claimed \(started.outcome.fact)"
                case .failed(let error): return allows(error) ? nil : "it threw \(error)"
                case .bug: return nil
                }
            }
        }
    }

    private static let unknown = "Let outcomeUnknown pass, or throw it: nobody knows whether the money moves."
    private static let unread = "An answer that does not read decides nothing: throw outcomeUnknown, never decline."

    private static let acting: [Law] = [
        law(
            "B01", .refusedConnection, "A refused connection is \"not sent\"",
            "Let the client's notSent pass: it may be tried again.",
            allows: { if case .notSent = $0 { true } else { false } }, mayWait: false),
        law("B02", .lostAnswer, "A lost answer is unknown, and nothing is sent again", unknown, mayWait: false),
        law("B03", .emptyAnswer, "An empty answer is no claim", unread),
        law("B04", .emptyObject, "An answer without an id is no claim", unread),
        law("B05", .loginPage, "A sign-in page in place of an answer is no claim", unread),
        law("B06", .gatewayPage, "A gateway's page is no claim", unread),
        law("B07", .serverError, "The provider's own failure is no claim", unread),
        law("B08", .otherShape, "An answer of another shape is no claim", unread),
        law(
            "B09", .tooMany, "\"Too many requests\" is busy or unknown, and not tried again within the call",
            "Throw busy with the seconds to wait; the core makes the next call.",
            allows: {
                switch $0 {
                case .busy, .outcomeUnknown, .unavailable: true
                case .invalidInput, .misconfigured, .notSent, .unsupported: false
                }
            }),
        law(
            "B10", .forbidden, "A refused key is the owner's to mend, or unknown",
            "Throw misconfigured with the setting that is wrong.",
            allows: {
                switch $0 {
                case .misconfigured, .outcomeUnknown: true
                case .invalidInput, .notSent, .busy, .unavailable, .unsupported: false
                }
            }),
    ]

    private static func asking(_ number: String, _ trouble: Trouble, _ rule: String) -> Law {
        Law(number, rule, advice: "Without an answer to the question before it the act must not be sent.") { bench in
            try await each(bench, trouble, acting: false) { begun, place in
                let after = begun.http.sent.dropFirst(place + 1).filter { $0.effect == .acts }
                if !after.isEmpty { return "it acted all the same" }
                return begun.fact?.isClaim == true ? "it claimed \(begun.fact.map { "\($0)" } ?? "")" : nil
            }
        }
    }

    private static let asking: [Law] = [
        asking("B11", .refusedConnection, "Nothing acts after a question that was refused"),
        asking("B12", .lostAnswer, "Nothing acts after a question that was lost"),
        asking("B13", .loginPage, "Nothing acts after a question that a sign-in page answered"),
        asking("B14", .emptyObject, "Nothing acts after a question with an empty answer"),
        asking("B15", .gatewayPage, "Nothing acts after a question that a gateway answered"),
        asking("B16", .forbidden, "Nothing acts with a key that was refused"),
    ]

    private static let quiet: [Law] = [
        Law(
            "B17", "No secret is told in any trouble",
            advice: "Errors and notes must not hold settings, tokens or bodies."
        ) { bench in
            for trouble in Trouble.allCases {
                for place in try await bench.begin().http.sent.indices {
                    let words = try await bench.begin(trouble: (trouble, at: place)).words
                    if bench.secrets.contains(where: { words.contains($0) }) {
                        return "a secret, at \(trouble.rawValue)"
                    }
                }
            }
            return nil
        },
        Law("B18", "No telephone number is noted in any trouble", advice: "Never note what the customer typed.") {
            bench in
            for trouble in Trouble.allCases {
                for place in try await bench.begin().http.sent.indices {
                    let begun = try await bench.begin(trouble: (trouble, at: place))
                    let notes = begun.notes.joined()
                    if bench.phones.contains(where: { notes.contains($0) }) { return "at \(trouble.rawValue)" }
                }
            }
            return nil
        },
        Law(
            "B19", "No provider's page is copied into an error or a note",
            advice: "Say the status; a body may hold anything."
        ) { bench in
            for trouble in [Trouble.loginPage, .gatewayPage] {
                for place in try await bench.begin().http.sent.indices {
                    let words = try await bench.begin(trouble: (trouble, at: place)).words
                    if words.contains("<html") || words.contains("<!doctype") { return "at \(trouble.rawValue)" }
                }
            }
            return nil
        },
    ]
}
