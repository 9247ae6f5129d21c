import Commerce
import Database
import PaymentKit

/// What a provider took for a movement of money.
package struct ProviderCharge: Hashable, Sendable {
    package let instance: String
    /// Of the movement that was charged for.
    package let receipt: String
    package let amount: Money
    package let at: Timestamp

    package init(instance: String, receipt: String, amount: Money, at: Timestamp) {
        self.instance = instance
        self.receipt = receipt
        self.amount = amount
        self.at = at
    }
}

extension Transaction {
    /// Notes a charge; told again it changes nothing.
    ///
    /// - Returns: Whether it was not known.
    package func note(_ charge: ProviderCharge, at now: Timestamp) throws -> Bool {
        try insertIfNew(
            """
            INSERT INTO provider_charges (instance, receipt, amount_minor, currency, charged_at, noted_at)
            VALUES (\(charge.instance), \(charge.receipt), \(charge.amount.minor), \(charge.amount.currency.rawValue),
                \(charge.at.milliseconds), \(now.milliseconds))
            """)
    }
}

extension SQLReading {
    /// What the provider took for a movement; nil while nothing is known of it.
    package func charge(for receipt: String, instance: String) throws -> Money? {
        try first(
            """
            SELECT amount_minor, currency FROM provider_charges
            WHERE instance = \(instance) AND receipt = \(receipt)
            """
        ).map { Money(minor: try $0.int64(0), Currency(rawValue: try $0.text(1))) }
    }

    /// Charges since a moment, by provider and the start of their day in East Africa, the newest first; in the smallest
    /// unit.
    package func chargesByDay(since: Timestamp) throws -> [(day: Timestamp, instance: String, count: Int, sum: Int64)] {
        try query(
            """
            SELECT (charged_at + 10800000) - (charged_at + 10800000) % 86400000 AS day, SUM(amount_minor), instance,
                COUNT(*)
            FROM provider_charges WHERE charged_at >= \(since.milliseconds)
            GROUP BY day, instance ORDER BY day DESC, instance
            """
        ).map { (try Self.day($0), try $0.text(2), try $0.int(3), try Self.sum($0)) }
    }
}
