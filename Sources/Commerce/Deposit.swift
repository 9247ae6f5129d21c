import PaymentKit

/// A part of an order that is paid before its goods leave the shop, where the rest is paid at the door (OP-17). It is
/// fixed when the order is placed.
package struct Deposit: Sendable, Hashable {
    package let amount: Money
    /// Until when the goods are kept once it is here; before, the order ends like any that is not paid.
    package let keptUntil: Timestamp

    package init(amount: Money, keptUntil: Timestamp) {
        self.amount = amount
        self.keptUntil = keptUntil
    }
}

extension Order {
    /// What of the deposit is not here yet; nothing where none is asked.
    package var depositLeft: Money {
        Money(minor: max(0, (deposit?.amount.minor ?? 0) - applied.minor), total.currency)
    }

    /// What a payment that begins now is over: what is missing of the deposit, else all that is left to pay.
    package var due: Money { depositLeft.minor > 0 ? depositLeft : standing.remainder }
}

extension ShopRules {
    /// What of a total is paid before the goods leave, in whole units, rounded up; nil when that is nothing, or all.
    package func deposit(of total: Money) -> Money? {
        let minorPerUnit = Money(whole: 1, total.currency).minor
        let share = total.minor * Int64(depositPercent)
        let amount = (share + 100 * minorPerUnit - 1) / (100 * minorPerUnit) * minorPerUnit
        return amount > 0 && amount < total.minor ? Money(minor: amount, total.currency) : nil
    }
}
