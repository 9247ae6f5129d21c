/// What happens to one prompt, from the request to the message about its end.
package struct AirtelStory: Sendable, Equatable {
    /// What the request for the prompt is answered.
    package enum Answer: Sendable, Equatable {
        case accepted
        /// Accepted, and the connection is cut before the answer.
        case lost
        /// Accepted, and a gateway's page answers.
        case page
        /// Refused before anything happened.
        case notRegistered, tooMany, tokenRefused, noProduct
    }
    /// Who decides at the phone, and how.
    package enum Decision: Sendable, Equatable { case person, approve, wrongPIN, refuse, lookAway }
    /// The message about the end.
    package enum Message: Sendable, Equatable { case once, never, threeTimes, beforeTheAnswer }

    package let name, summary: String
    package var answer = Answer.accepted
    package var decision = Decision.person
    /// Milliseconds from the request to the decision.
    package var decisionMilliseconds: Int64 = 1_500
    package var message = Message.once
    /// Milliseconds after the decision for which the enquiry says "ambiguous".
    package var ambiguousMilliseconds: Int64 = 0

    init(_ name: String, _ summary: String, _ change: (inout AirtelStory) -> Void = { _ in }) {
        self.name = name
        self.summary = summary
        change(&self)
    }

    /// All stories, the first for phones without one of their own.
    package static let all: [AirtelStory] = [
        AirtelStory("manual", "A person decides at the phone; without one the prompt runs out."),
        AirtelStory("success", "The right PIN after a moment.") { $0.decision = .approve },
        AirtelStory("success-at-once", "The right PIN before the answer has arrived.") {
            $0.decision = .approve
            $0.decisionMilliseconds = 0
            $0.message = .beforeTheAnswer
        },
        AirtelStory("message-lost", "Paid, and no message comes: only the enquiry tells.") {
            $0.decision = .approve
            $0.message = .never
        },
        AirtelStory("message-three-times", "Paid, and told three times.") {
            $0.decision = .approve
            $0.message = .threeTimes
        },
        AirtelStory("ambiguous", "Paid, and the enquiry calls it ambiguous for ten seconds.") {
            $0.decision = .approve
            $0.ambiguousMilliseconds = 10_000
        },
        AirtelStory("wrong-pin", "A wrong PIN.") { $0.decision = .wrongPIN },
        AirtelStory("refused", "The customer says no.") { $0.decision = .refuse },
        AirtelStory("no-answer", "Nobody looks at the phone; the prompt runs out.") { $0.decision = .lookAway },
        AirtelStory("answer-lost", "Accepted and paid; the answer to the request is lost.") {
            $0.answer = .lost
            $0.decision = .approve
        },
        AirtelStory("gateway-page", "Accepted and paid; a gateway's page answers the request.") {
            $0.answer = .page
            $0.decision = .approve
        },
        AirtelStory("not-registered", "Airtel knows no such number.") { $0.answer = .notRegistered },
        AirtelStory("too-many", "Too many requests: nothing happens.") { $0.answer = .tooMany },
        AirtelStory("token-refused", "The access token is refused once; then the right PIN.") {
            $0.answer = .tokenRefused
            $0.decision = .approve
        },
        AirtelStory("no-product", "The application has no wallet: the shop must ask Airtel.") {
            $0.answer = .noProduct
        },
    ]

    /// The story of that name, or nil.
    package static func named(_ name: String) -> AirtelStory? { all.first { $0.name == name } }
}
