/// Somebody who carries an order to its customer and is no member of staff.
package struct Rider: Sendable, Hashable {
    /// Wrong codes of an order's customer that riders may type; then the desk hands it over.
    package static let mostWrongCodes = 5
    /// Seconds for which a rider's link works, unless the order is handed over or the link taken back before.
    package static let linkSeconds = 24 * 3_600

    package let order: ID<Order>
    /// Their place among those who were given the order, from 1.
    package let number: Int
    /// Empty once it was forgotten.
    package let name: String
    package let givenAt, linkUntil: Timestamp
    /// The secret of the link; nil once it was taken back or another was made.
    package let secret: String?

    package init(
        order: ID<Order>, number: Int, name: String, givenAt: Timestamp, linkUntil: Timestamp, secret: String?
    ) {
        self.order = order
        self.number = number
        self.name = name
        self.givenAt = givenAt
        self.linkUntil = linkUntil
        self.secret = secret
    }

    /// Who did something, for histories and the trail: they are kept in clear and for ever, so they hold no name. No
    /// member of staff can be called so.
    package var mark: String { "rider \(number)" }

    /// Whether the link works, as far as its time is concerned.
    package func hasLink(at now: Timestamp) -> Bool { secret != nil && now < linkUntil }
}
