import PaymentKit

/// Money that reached the shop's account: one row for each movement, by whatever road it was reported.
package struct Capture: Hashable, Sendable {
    package let id: ID<Capture>
    package let instance: String
    package let ticket: Ticket?
    package let order: ID<Order>
    package let amount: Money
    /// Nil while the provider still owes it; set once.
    package var receipt: String?
    package let recordedAt: Timestamp
    /// When the provider says it happened.
    package var providerAt: Timestamp?

    package init(
        id: ID<Capture>, instance: String, ticket: Ticket?, order: ID<Order>, amount: Money, receipt: String?,
        recordedAt: Timestamp, providerAt: Timestamp?
    ) {
        self.id = id
        self.instance = instance
        self.ticket = ticket
        self.order = order
        self.amount = amount
        self.receipt = receipt
        self.recordedAt = recordedAt
        self.providerAt = providerAt
    }
}

/// How a capture is proved: `matched` by address, source, ids and amount (L2), `confirmed` by our own question (L3).
package enum CaptureEvidence: String, Sendable {
    case matched = "L2"
    case confirmed = "L3"
}

/// The shop's books.
package enum Account: String, Sendable, CaseIterable {
    case providerClearing = "provider_clearing"
    case orderPayments = "order_payments"
    case customerCredit = "customer_credit"
}
