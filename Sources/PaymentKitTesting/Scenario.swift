import FoundationEssentials
import PaymentKit

/// One payment as an author knows it: what the shop asks for, and how the provider answers and reports it. From it the
/// laws make everything that can go wrong.
///
/// Written in Swift, or as JSON beside a plugin in another language.
public struct Scenario: Sendable, Codable {
    /// The plugin's settings, as text by field. Give each secret a value that stands nowhere else: it is looked for.
    public var settings: [String: String]
    /// The customer's fields.
    public var form: [String: String]
    /// As text, in whole units: `150`.
    public var amount: String
    /// How the provider answers when all goes well; all calls use these unless they have their own.
    public var answers: [Answer]
    /// Answers with which the provider refuses a payment for good, each in place of the one of the same request.
    public var refusals: [Answer]
    /// How the provider answers the question what became of a payment.
    public var status: StatusAnswers?
    /// The same payment as each road reports it.
    public var messages: [Message]
    /// Messages that report no money: a no, a delay, a code that nobody knows.
    public var otherMessages: [Message]
    public var refund: Refund?

    public init(
        settings: [String: String], form: [String: String], amount: String = "150", answers: [Answer],
        refusals: [Answer] = [], status: StatusAnswers? = nil, messages: [Message] = [],
        otherMessages: [Message] = [], refund: Refund? = nil
    ) {
        self.settings = settings
        self.form = form
        self.amount = amount
        self.answers = answers
        self.refusals = refusals
        self.status = status
        self.messages = messages
        self.otherMessages = otherMessages
        self.refund = refund
    }

    /// The provider's answer to one of its addresses.
    public struct Answer: Sendable, Codable {
        /// A method and the beginning of a path, such as `POST /v1/payments`.
        public var request: String
        public var status: Int
        /// As text.
        public var body: String
        public init(_ request: String, status: Int = 200, body: String) {
            self.request = request
            self.status = status
            self.body = body
        }
    }

    /// Answers to the question about the payment of this scenario, each in place of the one of the same request.
    public struct StatusAnswers: Sendable, Codable {
        public var paid: Answer
        public var declined, pending, notFound: Answer?
        /// An answer with a code that the provider may invent tomorrow.
        public var unknown: Answer?
        public init(
            paid: Answer, declined: Answer? = nil, pending: Answer? = nil, notFound: Answer? = nil,
            unknown: Answer? = nil
        ) {
            self.paid = paid
            self.declined = declined
            self.pending = pending
            self.notFound = notFound
            self.unknown = unknown
        }
    }

    /// What the provider posts to one of the plugin's routes.
    public struct Message: Sendable, Codable {
        public var route: String
        public var body: String
        public init(_ route: String, body: String) {
            self.route = route
            self.body = body
        }
    }

    /// A payment that goes back.
    public struct Refund: Sendable, Codable {
        /// The payment's receipt.
        public var receipt: String
        /// The provider's answer, in place of the one of the same request.
        public var answer: Answer
        public init(receipt: String, answer: Answer) {
            self.receipt = receipt
            self.answer = answer
        }
    }

    private enum Key: String, CodingKey {
        case settings, form, amount, answers, refusals, status, messages, otherMessages, refund
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        settings = try box.decode([String: String].self, forKey: .settings)
        form = try box.decode([String: String].self, forKey: .form)
        amount = try box.decodeIfPresent(String.self, forKey: .amount) ?? "150"
        answers = try box.decode([Answer].self, forKey: .answers)
        refusals = try box.decodeIfPresent([Answer].self, forKey: .refusals) ?? []
        status = try box.decodeIfPresent(StatusAnswers.self, forKey: .status)
        messages = try box.decodeIfPresent([Message].self, forKey: .messages) ?? []
        otherMessages = try box.decodeIfPresent([Message].self, forKey: .otherMessages) ?? []
        refund = try box.decodeIfPresent(Refund.self, forKey: .refund)
    }
}

extension Scenario.Answer {
    func fits(_ request: HTTPRequest) -> Bool {
        let parts = self.request.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, request.method == parts[0] else { return false }
        return request.url.path().hasPrefix(String(parts[1]))
    }
}
