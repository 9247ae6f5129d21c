import PaymentKit

/// A question to a provider about a prompt, a refund or a payout, and what came of it.
package struct Question: Hashable, Sendable {
    /// What was answered, in a word.
    package enum Answer: Hashable, Sendable {
        case done, pending, notFound, unclear
        /// A definite no, with the provider's code.
        case declined(String)
        /// Something that a person must look at.
        case unsure
        /// The provider did not answer, or could not be asked.
        case none

        /// As it is kept.
        package var text: String {
            switch self {
            case .done: "done"
            case .pending: "pending"
            case .notFound: "not_found"
            case .unclear: "unclear"
            case .declined(let code): "declined \(code.prefix(60))"
            case .unsure: "unsure"
            case .none: "none"
            }
        }

        /// Nil for a word of a newer version.
        package init?(_ text: String) {
            let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
            switch parts.first {
            case "done": self = .done
            case "pending": self = .pending
            case "not_found": self = .notFound
            case "unclear": self = .unclear
            case "declined": self = .declined(parts.count > 1 ? parts[1] : "")
            case "unsure": self = .unsure
            case "none": self = .none
            case _: return nil
            }
        }

        package init(_ fact: Fact) {
            switch fact {
            case .paid, .returned, .sent: self = .done
            case .pending, .authorized: self = .pending
            case .declined(let decline): self = .declined(decline.code)
            case .notFound: self = .notFound
            case .unclear: self = .unclear
            case .balance, .needsReview: self = .unsure
            }
        }
    }

    package let ticket: Ticket
    package let askedAt, answeredAt: Timestamp
    package let answer: Answer

    package init(ticket: Ticket, askedAt: Timestamp, answeredAt: Timestamp, answer: Answer) {
        self.ticket = ticket
        self.askedAt = askedAt
        self.answeredAt = answeredAt
        self.answer = answer
    }
}
