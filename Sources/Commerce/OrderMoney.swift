import PaymentKit

/// What all the money of one order comes to. A function of the set of its captures, so it does not matter in which
/// order they were heard of.
package struct OrderMoney: Hashable, Sendable {
    /// All that arrived for the order, and what of it has gone back.
    package let received, returned: Money
    /// Counted towards the order, at most its total (I5). Money that went back later stays counted here.
    package let applied: Money
    package let flags: Set<OrderFlag>

    /// - Parameters:
    ///   - captures: Only such as were not merged into others.
    ///   - canBeFulfilled: Whether the goods are held; money for goods that are gone is the customer's.
    package init(_ captures: [Capture], total: Money, canBeFulfilled: Bool) {
        let zero = Money(minor: 0, total.currency)
        received = captures.reduce(zero) { $0 + $1.amount }
        returned = captures.reduce(zero) { $0 + $1.returned }
        applied = canBeFulfilled ? Money(minor: min(received.minor, total.minor), total.currency) : zero
        let credit = received.minor - applied.minor - returned.minor
        var flags: Set<OrderFlag> = []
        if credit > 0, canBeFulfilled {
            // Twice when one payment could be sent back whole and the order would still be paid.
            let isTwice = captures.contains { $0.amount.minor <= credit && $0.returned.minor == 0 }
            flags.insert(isTwice ? .duplicatePayment : .overpaid)
        }
        if credit < 0, returned.minor < received.minor { flags.insert(.partRefunded) }
        self.flags = flags
    }

    /// What is the customer's: more than the order costs, or money for goods that are gone. What goes back is taken
    /// from it first.
    package var credit: Money {
        Money(minor: max(0, received.minor - applied.minor - returned.minor), received.currency)
    }

    /// What the order's payments still hold after returns that the credit could not cover.
    package var kept: Money {
        Money(minor: min(applied.minor, max(0, received.minor - returned.minor)), received.currency)
    }

    /// The flags that this computes; others are set by what happens.
    package static let computedFlags: Set<OrderFlag> = [.duplicatePayment, .overpaid, .partRefunded]
}
