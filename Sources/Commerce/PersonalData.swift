import PaymentKit

/// Why what is known of an order's people is still needed.
package enum KeepReason: String, CaseIterable, Sendable, Hashable {
    /// It may still be paid, or is paid in part.
    case notEnded
    /// A prompt may be on somebody's phone.
    case promptIsLive
    /// The provider is still asked about a prompt, a refund or a receipt: late money may come.
    case stillAsked
    /// Money is on its way back, or about to be.
    case refundIsOpen
    /// Something about it waits for a person.
    case itemIsOpen
    /// It was paid lately and its goods were not handed over.
    case goodsAreDue
    /// Money that names no order yet.
    case moneyIsUnmatched

    /// For people.
    package var sentence: String {
        switch self {
        case .notEnded: "it may still be paid"
        case .promptIsLive: "a prompt may be on the phone"
        case .stillAsked: "the provider is still asked about it"
        case .refundIsOpen: "a refund is not ended"
        case .itemIsOpen: "something about it waits for a person"
        case .goodsAreDue: "it is paid and its goods were not handed over"
        case .moneyIsUnmatched: "money that names no order yet"
        }
    }
}

/// All that a shop knows under a telephone number. People's data.
package struct PersonalData: Sendable {
    /// One order of theirs.
    package struct Purchase: Sendable {
        package let order: Order
        package let contact: OrderContact
        package let lines: [PricedLine]
        /// Why it cannot be forgotten yet; empty when it can.
        package let keeps: [KeepReason]

        package init(order: Order, contact: OrderContact, lines: [PricedLine], keeps: [KeepReason]) {
            self.order = order
            self.contact = contact
            self.lines = lines
            self.keeps = keeps
        }
    }
    /// A request to pay for an order of theirs, or a prompt to their phone for somebody else's.
    package struct Prompt: Sendable {
        package let attempt: Attempt
        package let order: OrderNumber
        /// Whether the order is theirs, and with it what was filled in.
        package let isOwn: Bool
        /// Whether the attempt's number is theirs.
        package let isToTheirPhone: Bool
        package init(attempt: Attempt, order: OrderNumber, isOwn: Bool, isToTheirPhone: Bool) {
            self.attempt = attempt
            self.order = order
            self.isOwn = isOwn
            self.isToTheirPhone = isToTheirPhone
        }
    }
    /// Money that came from their phone, as far as the provider names its payer.
    package struct Payment: Sendable {
        package let capture: Capture
        /// Nil while it names none.
        package let order: OrderNumber?
        package init(capture: Capture, order: OrderNumber?) {
            self.capture = capture
            self.order = order
        }
    }
    /// Money that the shop paid to their phone, beside refunds.
    package struct Payout: Sendable {
        package let ticket: Ticket
        package let amount: Money
        package let at: Timestamp
        package let isOpen: Bool
        package init(ticket: Ticket, amount: Money, at: Timestamp, isOpen: Bool) {
            self.ticket = ticket
            self.amount = amount
            self.at = at
            self.isOpen = isOpen
        }
    }
    /// A provider's message that names them or is about a payment of theirs, as it came.
    package struct Message: Sendable {
        package let id, route: String
        /// What its address was made for, and what it turned out to be about: prompts, refunds, a question, money.
        package let about: Set<MessageSubject>
        package let receivedAt: Timestamp
        /// Whether something about it is still to be done.
        package let isOpen: Bool
        package init(id: String, route: String, about: Set<MessageSubject>, receivedAt: Timestamp, isOpen: Bool) {
            self.id = id
            self.route = route
            self.about = about
            self.receivedAt = receivedAt
            self.isOpen = isOpen
        }
    }

    package var purchases: [Purchase] = []
    package var prompts: [Prompt] = []
    package var payments: [Payment] = []
    package var payouts: [Payout] = []
    package var messages: [Message] = []

    package init() {}

    package var isEmpty: Bool {
        purchases.isEmpty && prompts.isEmpty && payments.isEmpty && payouts.isEmpty && messages.isEmpty
    }
}
