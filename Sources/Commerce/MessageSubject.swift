import PaymentKit

/// What a provider's message speaks of.
package enum MessageSubject: Hashable, Sendable {
    /// A prompt, a refund or a question.
    case ticket(Ticket)
    /// Money, by the name of its way to pay and its receipt.
    case money(instance: String, receipt: String)

    /// As it is kept. No ticket has a blank, and no name of a way to pay.
    package var text: String {
        switch self {
        case .ticket(let ticket): ticket.value
        case .money(let instance, let receipt): String("\(instance) \(receipt)".prefix(190))
        }
    }

    package init(text: String) {
        let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
        self = parts.count == 2 ? .money(instance: parts[0], receipt: parts[1]) : .ticket(Ticket(text))
    }
}
