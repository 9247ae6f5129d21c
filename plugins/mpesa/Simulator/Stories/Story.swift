/// What happens to the requests of one phone, of one amount, or of everybody: parts that can be combined freely.
///
/// A story is about one service of Daraja. For any but prompts `outcome` is the result (a code, or `success` for
/// whatever the books say), `decisionMilliseconds` the time until it stands, `callback` how its news travels (to the
/// ConfirmationURL or ResultURL), and `push` what goes wrong with the request itself.
///
/// As JSON every field may be left out; ``StoryCatalogue`` has the combinations that have a name.
package struct Story: Codable, Sendable, Equatable {
    /// The name in the ledger and on the page.
    package var name = "custom"
    /// What it is about.
    package var service = DarajaService.stk
    /// How the push ends.
    package var outcome = Outcome.success
    /// Milliseconds from the appearance of the prompt to an outcome that needs no person.
    package var decisionMilliseconds: Milliseconds = 2_000
    /// How the news reaches the CallBackURL.
    package var callback = CallbackPlan()
    /// What goes wrong with the push request itself; `nil` for nothing.
    package var push: PushFault?
    /// How status queries about the push are answered.
    package var query = QueryPlan()
    /// What a person does who pays by hand; of every service but c2b nothing.
    package var payment = PaymentPlan()
    /// How the result of an initiator's request is told.
    package var result = ResultPlan()
    /// How the answers of the pull API look.
    package var pull: [PullForm] = []
    /// What is wrong with the whole service; as the default story of prompts it hits every service, tokens too.
    package var outage: Outage?
    /// Milliseconds after which the outage is over; `nil` until another story is chosen.
    package var outageMilliseconds: Milliseconds?
    /// The name of the story that takes over when this one has happened once.
    package var next: String?

    /// A push that a person approves after two seconds and that is reported once.
    package init() {}

    /// What happens to a service other than prompts where no story was chosen: what the books say, at once.
    static func usual(_ service: DarajaService) -> Story {
        var story = Story()
        story.name = "usual"
        story.service = service
        story.decisionMilliseconds = 0
        return story
    }

    /// The fields of the JSON form.
    private enum CodingKeys: String, CodingKey {
        case name, service, outcome, decisionMilliseconds, callback, push, query, payment, result, pull, outage
        case outageMilliseconds, next
    }

    /// Reads the JSON form; what is left out keeps its default.
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        name = try fields.decodeIfPresent(String.self, forKey: .name) ?? name
        service = try fields.decodeIfPresent(DarajaService.self, forKey: .service) ?? service
        outcome = try fields.decodeIfPresent(Outcome.self, forKey: .outcome) ?? outcome
        decisionMilliseconds =
            try fields.decodeIfPresent(Milliseconds.self, forKey: .decisionMilliseconds) ?? decisionMilliseconds
        callback = try fields.decodeIfPresent(CallbackPlan.self, forKey: .callback) ?? callback
        push = try fields.decodeIfPresent(PushFault.self, forKey: .push)
        query = try fields.decodeIfPresent(QueryPlan.self, forKey: .query) ?? query
        payment = try fields.decodeIfPresent(PaymentPlan.self, forKey: .payment) ?? payment
        result = try fields.decodeIfPresent(ResultPlan.self, forKey: .result) ?? result
        pull = try fields.decodeIfPresent([PullForm].self, forKey: .pull) ?? pull
        outage = try fields.decodeIfPresent(Outage.self, forKey: .outage)
        outageMilliseconds = try fields.decodeIfPresent(Milliseconds.self, forKey: .outageMilliseconds)
        next = try fields.decodeIfPresent(String.self, forKey: .next)
        let spans = [
            decisionMilliseconds, callback.delayMilliseconds, callback.laterSuccessMilliseconds ?? 0,
            outageMilliseconds ?? 0,
        ]
        let holds = [push?.holdMilliseconds ?? 0]
        guard spans.allSatisfy({ (0...Story.maximumMilliseconds).contains($0) }),
            holds.allSatisfy({ (0...Story.maximumHoldMilliseconds).contains($0) }),
            (1...Story.maximumCopies).contains(callback.copies)
        else {
            let context = DecodingError.Context(codingPath: [], debugDescription: "a number is out of its range")
            throw DecodingError.dataCorrupted(context)
        }
    }

    /// A person decides on the phone's page, and all else is as usual.
    package static let manual = {
        var story = Story()
        story.name = "manual"
        story.outcome = .manual
        return story
    }()

    /// The longest delay of a story: a day.
    package static let maximumMilliseconds: Milliseconds = 86_400_000
    /// The longest an answer is held back: five minutes.
    package static let maximumHoldMilliseconds: Milliseconds = 300_000
    /// The most copies of one callback.
    package static let maximumCopies = 100
}

/// How a push ends. As JSON a word, `"manual"`, `"success"`, `"ignored"`, `"stuck"`, or a result code such as `"1032"`.
package enum Outcome: Codable, Sendable, Equatable {
    /// A person decides on the phone's page; nobody there means ``ignored``.
    case manual
    /// The right PIN is typed; the money moves if there is enough and no rule is against it.
    case success
    /// Nobody touches the phone until the prompt goes away: 1037.
    case ignored
    /// Nothing is ever heard: no result, no callback, a query says pending for ever.
    case stuck
    /// The push ends with this code; no money moves.
    case code(String)

    /// Reads the word or code.
    package init(from decoder: any Decoder) throws {
        switch try decoder.singleValueContainer().decode(String.self) {
        case "manual": self = .manual
        case "success": self = .success
        case "ignored": self = .ignored
        case "stuck": self = .stuck
        case let code: self = .code(code)
        }
    }

    /// Writes the word or code.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .manual: try container.encode("manual")
        case .success: try container.encode("success")
        case .ignored: try container.encode("ignored")
        case .stuck: try container.encode("stuck")
        case .code(let code): try container.encode(code)
        }
    }
}

/// What is wrong with the whole service.
package enum Outage: String, Codable, Sendable, CaseIterable {
    /// Every connection is closed without an answer.
    case closed
    /// The gateway answers 503 with an HTML page.
    case unavailable
}
