import FoundationEssentials

/// A name-and-value by which the provider knows something, for example ("CheckoutRequestID", "ws_CO_1").
public struct Reference: Hashable, Sendable, Codable {
    public var name, value: String
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// The shop's own ticket, where a provider keeps it and names it in a message: known before any answer has come.
    public static func ticket(_ value: String) -> Reference { Reference(ticketName, value) }
    package static let ticketName = "ticket"
}

/// Names one *message*: the same message delivered twice carries the same key, so the core applies it once.
///
/// Build it from the provider's own identifiers, never from a clock, a header or a delivery number.
public struct EventKey: Hashable, Sendable, Codable {
    public let value: String
    public init(_ parts: String...) { value = parts.joined(separator: "|") }
}

/// Names one *movement of money*. Every road by which the same money is reported gives the same id, so the core counts
/// it once.
public struct Receipt: Hashable, Sendable, Codable {
    public var id: String
    /// Who paid, as the provider names them: a number, a mask or a hash. Personal data.
    public var payer: String?
    /// When the provider says the money moved.
    public var at: Date?
    public init(_ id: String, payer: String? = nil, at: Date? = nil) {
        self.id = id
        self.payer = payer
        self.at = at
    }
}

/// What a plugin may report. Facts, not states: the core folds them into its own state, in any order, any number of
/// times, with the same result.
public enum Fact: Sendable, Hashable {
    /// Not decided yet.
    case pending
    /// Promised but not moved: a card authorisation, or cash promised at the door.
    case authorized(Money, until: Date?)
    /// Money reached the merchant. The receipt may come later, by another road.
    case paid(Money, receipt: Receipt?)
    /// Money went back to the payer: refund, reversal or chargeback.
    case returned(Money, receipt: Receipt?, ReturnKind)
    /// Money went out to someone: a payout.
    case sent(Money, receipt: Receipt?)
    /// What stands in the merchant's accounts.
    case balance([AccountBalance])
    /// A definite no. Nothing moved.
    case declined(Decline)
    /// An answer whose code the plugin does not know. It is no evidence either way: the core keeps the code for the
    /// owner and goes on asking.
    case unclear(code: String, detail: String)
    /// The provider says it never heard of this. Final only after the manifest's grace time.
    case notFound
    /// The plugin cannot tell; a person must look.
    case needsReview(String)
}

/// One of the merchant's accounts at the provider, under the provider's name for it.
public struct AccountBalance: Sendable, Hashable, Codable {
    public var name: String
    /// May be below zero, for an account of charges for example.
    public var current, available: Money
    public init(_ name: String, current: Money, available: Money) {
        self.name = name
        self.current = current
        self.available = available
    }
}

/// How money went back to the payer.
public enum ReturnKind: String, Sendable, Hashable, Codable { case refund, reversal, chargeback }

/// Why not, in terms the shop can act on.
public struct Decline: Sendable, Hashable, Codable {
    /// The reasons that the core knows words for.
    public enum Reason: String, Sendable, Hashable, Codable, CaseIterable {
        case insufficientFunds, cancelledByPayer, payerDidNotAnswer, payerUnreachable, payerBusy, wrongPIN
        case limitExceeded, invalidAccount, notPermitted, suspectedFraud, expired, providerBusy, misconfigured, other
    }
    /// What the customer may sensibly do next.
    public enum Retry: String, Sendable, Hashable, Codable { case sameMethod, sameMethodLater, otherMethod, never }
    public var reason: Reason
    public var retry: Retry
    /// Seconds before the same payer may be prompted again; 0 for at once.
    public var waitSeconds: Int
    /// The provider's own code and words: for the log and the staff, not for the customer.
    public var code, detail: String
    /// What the customer reads, by language code; the core's words for ``reason`` where a language is missing.
    public var words: [String: String]

    public init(
        _ reason: Reason, retry: Retry, waitSeconds: Int = 0, code: String = "", detail: String = "",
        words: [String: String] = [:]
    ) {
        self.reason = reason
        self.retry = retry
        self.waitSeconds = waitSeconds
        self.code = code
        self.detail = detail
        self.words = words
    }
}

extension Decline: CustomStringConvertible {
    /// The reason and the provider's code: short, for reports and logs.
    public var description: String { code.isEmpty ? reason.rawValue : "\(reason.rawValue), code \(code)" }
}

/// What is known after asking the provider something.
public struct Outcome: Sendable, Hashable {
    public var fact: Fact
    /// Learned on the way; the core stores them and finds things by them.
    public var references: [Reference]
    /// What the provider says it took for a movement that the fact tells of, above zero; nil when it does not say.
    public var charge: Money?
    public init(_ fact: Fact, references: [Reference] = [], charge: Money? = nil) {
        self.fact = fact
        self.references = references
        self.charge = charge
    }
}

/// The core's name for one attempt or operation: at most 12 characters of `[A-Z0-9-]`, so that it fits any provider's
/// reference field.
public struct Ticket: Hashable, Sendable, Codable {
    public let value: String
    public init(_ value: String) { self.value = value }
}

/// One verified message, translated.
public struct PaymentEvent: Sendable, Hashable {
    /// What a message is about.
    public enum Subject: Sendable, Hashable {
        /// What the callback address was made for: `inbound.about`.
        case about(Ticket)
        /// Whatever carries this reference, at an address that is one for all payments: the message names its payment
        /// by itself. Who knows the address can name any, so it decides nothing before the provider was asked.
        case matching(Reference)
        /// Money nobody asked for, under the account that the payer typed: empty when there is none. The core matches
        /// it to an order or holds it for a person. With another fact than ``Fact/paid(_:receipt:)`` it credits
        /// nothing and is for a person at once.
        case incoming(account: String)
    }
    public var key: EventKey
    public var subject: Subject
    public var outcome: Outcome
    public init(
        _ key: EventKey, _ subject: Subject, _ fact: Fact, references: [Reference] = [], charge: Money? = nil
    ) {
        self.key = key
        self.subject = subject
        outcome = Outcome(fact, references: references, charge: charge)
    }
}

/// What the customer sees while the payment is pending. The core draws it; a plugin sends no markup.
public enum CustomerStep: Sendable, Hashable {
    case nothing
    /// "Look at your phone": shown with the number, and until when the prompt lives.
    case phonePrompt(to: PhoneNumber, seconds: Int)
    /// The customer pays on the provider's own page: an https address on one of the hosts of ``Manifest/page``. It must
    /// hold no setting of the plugin's, for browsers remember it.
    case redirect(URL)
}

/// The answer to `start`.
public struct Started: Sendable, Hashable {
    public var outcome: Outcome
    public var step: CustomerStep
    public init(_ fact: Fact = .pending, step: CustomerStep = .nothing, references: [Reference] = []) {
        outcome = Outcome(fact, references: references)
        self.step = step
    }
}
