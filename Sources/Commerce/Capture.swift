import PaymentKit

/// Money that reached the shop's account: one row for each movement, by whatever roads it was reported.
package struct Capture: Hashable, Sendable {
    /// Why a capture is thought to be an attempt's.
    package enum Link: Int, Sendable, Comparable {
        /// It is not.
        case none = 0
        /// It came for the same order in the same amount while the attempt's receipt was not known.
        case likely = 1
        /// News about the attempt itself named the receipt.
        case own = 2
        package static func < (left: Link, right: Link) -> Bool { left.rawValue < right.rawValue }
    }

    package let id: ID<Capture>
    package let instance: String
    package var ticket: Ticket?
    package var link: Link
    /// Nil while nobody knows what it was paid for.
    package var order: ID<Order>?
    package let amount: Money
    /// Nil while the provider still owes it; set once.
    package var receipt: String?
    /// How far it is proved; grows with further evidence.
    package var level: CaptureEvidence
    package let recordedAt: Timestamp
    /// When the provider says it happened.
    package var providerAt: Timestamp?
    /// What of it is on its way back or has gone back (I40).
    package var returning: Money
    /// What of it has gone back.
    package var returned: Money
    /// ``returning`` as it was read: while there is no order whose version guards it, a save compares it.
    package private(set) var returningWhenRead: Money
    /// The row that has the same money under its receipt; this one counts no more.
    package var mergedInto: ID<Capture>?

    package init(
        id: ID<Capture>, instance: String, ticket: Ticket?, link: Link, order: ID<Order>?, amount: Money,
        receipt: String?, level: CaptureEvidence, recordedAt: Timestamp, providerAt: Timestamp?
    ) {
        self.id = id
        self.instance = instance
        self.ticket = ticket
        self.link = link
        self.order = order
        self.amount = amount
        self.receipt = receipt
        self.level = level
        self.recordedAt = recordedAt
        self.providerAt = providerAt
        returning = Money(minor: 0, amount.currency)
        returned = Money(minor: 0, amount.currency)
        returningWhenRead = returning
    }

    /// The same as it stands in the books now.
    package var asRead: Capture {
        var capture = self
        capture.returningWhenRead = returning
        return capture
    }
}

/// How a capture is proved: `matched` by address, source, ids and amount (L2), `confirmed` by our own question (L3).
package enum CaptureEvidence: String, Sendable, Comparable {
    case matched = "L2"
    case confirmed = "L3"
    package static func < (left: CaptureEvidence, right: CaptureEvidence) -> Bool { left.rawValue < right.rawValue }
}

/// The road by which money was reported. Several for one capture is what makes it certain.
package enum EvidenceRoad: String, Sendable, CaseIterable {
    /// The answer to our request for money.
    case answer
    /// A message to the attempt's own address.
    case callback
    /// The provider's answer to our question about an attempt.
    case query
    /// A message to the shop's standing address.
    case confirmation
    /// The provider's own list, read by us.
    case statement
    /// A statement that the owner took from the provider's portal.
    case file
    /// The provider's answer to our question about a receipt.
    case lookup
    /// A person's word, with a name and a reason.
    case staff
}

/// The shop's books.
package enum Account: String, Sendable, CaseIterable {
    /// What the provider holds for the shop (debit).
    case providerClearing = "provider_clearing"
    /// What orders were paid with.
    case orderPayments = "order_payments"
    /// What customers paid beyond their orders.
    case customerCredit = "customer_credit"
    /// What nobody can match to an order yet.
    case suspense
    /// What the shop paid out to others (debit).
    case payouts
}
