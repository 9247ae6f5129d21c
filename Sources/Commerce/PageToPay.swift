import PaymentKit

/// The provider's page on which an attempt is paid.
package struct PageToPay: Hashable, Sendable {
    /// Where it is. Whoever knows it can pay, and nothing else.
    package let address: String
    /// When it takes no payment any more; one that comes nevertheless still counts.
    package let openUntil: Timestamp
    /// When the customer came back from it last. That proves nothing.
    package var returnedAt: Timestamp?

    /// Seconds after a return for which its customer reads that the provider is being asked.
    package static let askingSeconds = 40

    package init(address: String, openUntil: Timestamp, returnedAt: Timestamp? = nil) {
        self.address = address
        self.openUntil = openUntil
        self.returnedAt = returnedAt
    }

    /// Until when the customer reads that the provider is being asked; nil when nobody came back.
    package var askingUntil: Timestamp? { returnedAt?.adding(seconds: Self.askingSeconds) }

    /// Whether it takes a payment.
    package func isOpen(at now: Timestamp) -> Bool { now < openUntil }
}
