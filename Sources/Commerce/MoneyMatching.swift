import PaymentKit

/// Money that came without being asked for: what there is to find its order by.
package struct IncomingMoney: Sendable {
    package let amount: Money
    package let account: AccountText
    package let payer: Payer?
    /// When the provider says that it moved.
    package let at: Timestamp

    package init(amount: Money, account: AccountText, payer: Payer?, at: Timestamp) {
        self.amount = amount
        self.account = account
        self.payer = payer
        self.at = at
    }

    /// The texts to look up among ``Payer/lookupForms(of:sha256:)`` of the orders' numbers: of who paid, and of the
    /// number that was typed as account.
    package var payerForms: [String] { [payer?.lookupForm, account.phone?.digits].compactMap { $0 } }
}

/// An order that money may be for.
package struct OrderCandidate: Sendable {
    package let id: ID<Order>
    package let number: OrderNumber
    /// Not above zero once the order is paid.
    package let remainder: Money
    package let total: Money
    /// Whether money for it is still expected: neither paid, cancelled nor reversed. Past `expiresAt` too.
    package let isAwaitingMoney: Bool
    /// The customer's, and those that were prompted.
    package let phones: [PhoneNumber]
    package let placedAt, expiresAt: Timestamp
    /// What the customer was asked for, where that was not the total.
    package let promptedAmounts: [Money]

    package init(
        id: ID<Order>, number: OrderNumber, remainder: Money, total: Money, isAwaitingMoney: Bool,
        phones: [PhoneNumber], placedAt: Timestamp, expiresAt: Timestamp, promptedAmounts: [Money] = []
    ) {
        self.id = id
        self.number = number
        self.remainder = remainder
        self.total = total
        self.isAwaitingMoney = isAwaitingMoney
        self.phones = phones
        self.placedAt = placedAt
        self.expiresAt = expiresAt
        self.promptedAmounts = promptedAmounts
    }
}

/// An order that a person may assign the money to, and why.
package struct Suggestion: Hashable, Sendable {
    /// What speaks for an order; stored and shown beside it.
    package enum Reason: String, Hashable, Sendable, CaseIterable {
        case nearReference = "near_reference"
        case phoneAsReference = "phone_as_reference"
        case samePayer = "same_payer"
        /// The digits that a mask shows are those of one of the order's numbers.
        case payerFits = "payer_fits"
        /// What is left to pay, the total, or what a prompt asked for.
        case sameAmount = "same_amount"
        /// It moved while the order waited for money.
        case aroundTheTime = "around_the_time"

        /// What the reason adds to a score.
        ///
        /// A number that is almost right outweighs all else together, for chance hardly ever makes one: so a
        /// suggestion by reference is first whatever is known about the payer. An order that waits for exactly this
        /// amount comes before one that has nothing but the payer in common, since people pay for each other; with
        /// the amount or the time as well, the payer's own order is first. A mask fits one number in a thousand.
        package var weight: Int {
            switch self {
            case .nearReference: 150
            case .phoneAsReference, .samePayer: 40
            case .payerFits: 26
            case .sameAmount: 24
            case .aroundTheTime: 18
            }
        }
    }

    package let order: ID<Order>
    package let reasons: Set<Reason>
    /// The sum of the reasons' weights.
    package var score: Int { reasons.reduce(0) { $0 + $1.weight } }

    package init(order: ID<Order>, reasons: Set<Reason>) {
        self.order = order
        self.reasons = reasons
    }
}

/// Which order money is for.
package enum MoneyMatch: Hashable, Sendable {
    /// The payer typed the order's number, without a mistake, and no other.
    ///
    /// Also when the order is paid, expired or cancelled: the money belongs to it, as a duplicate or late. Also when
    /// somebody else paid and another amount: others may pay, and in parts.
    case certain(ID<Order>)
    /// A guess for a person to confirm, best first: one to ``MoneyMatch/limit``.
    case suggestions([Suggestion])
    case none

    package static let limit = 5
    /// Below this nothing is suggested: a mask that fits is the least; the amount or the time alone is not enough.
    private static let leastScore = 26
    /// How far the provider's clock and ours may be apart, in seconds.
    private static let clockSlack = 300

    /// Decides among the orders that were looked up by the account's numbers, by ``IncomingMoney/payerForms``, and by
    /// amount and time; an order that was found twice counts once.
    ///
    /// Equal scores: the order placed nearest to the money first, then the one with the lesser id.
    package init(of money: IncomingMoney, among candidates: [OrderCandidate], sha256: ([UInt8]) -> [UInt8]) {
        if case .number(let number) = money.account.reading {
            let named = Set(candidates.filter { $0.number == number }.map(\.id))
            if named.count == 1, let order = named.first {
                self = .certain(order)
                return
            }
        }
        let near = Set(money.account.nearNumbers)
        var seen: Set<ID<Order>> = []
        var ranked: [(suggestion: Suggestion, distance: UInt64)] = []
        for candidate in candidates where seen.insert(candidate.id).inserted {
            let suggestion = Suggestion(
                order: candidate.id, reasons: Self.reasons(money, candidate, near, sha256: sha256))
            guard suggestion.score >= Self.leastScore else { continue }
            ranked.append((suggestion, (money.at.milliseconds - candidate.placedAt.milliseconds).magnitude))
        }
        ranked.sort {
            ($1.suggestion.score, $0.distance, $0.suggestion.order.text)
                < ($0.suggestion.score, $1.distance, $1.suggestion.order.text)
        }
        self = ranked.isEmpty ? .none : .suggestions(ranked.prefix(Self.limit).map(\.suggestion))
    }

    private static func reasons(
        _ money: IncomingMoney, _ candidate: OrderCandidate, _ near: Set<OrderNumber>, sha256: ([UInt8]) -> [UInt8]
    ) -> Set<Suggestion.Reason> {
        var reasons: Set<Suggestion.Reason> = []
        if near.contains(candidate.number) || money.account.resembles(candidate.number) {
            reasons.insert(.nearReference)
        }
        if let typed = money.account.phone, candidate.phones.contains(typed) { reasons.insert(.phoneAsReference) }
        let likenesses = candidate.phones.compactMap { money.payer?.likeness(to: $0, sha256: sha256) }
        if likenesses.contains(.same) {
            reasons.insert(.samePayer)
        } else if likenesses.contains(.fits) {
            reasons.insert(.payerFits)
        }
        if ([candidate.remainder, candidate.total] + candidate.promptedAmounts).contains(money.amount) {
            reasons.insert(.sameAmount)
        }
        let window =
            candidate.placedAt.adding(
                seconds: -clockSlack)...max(candidate.placedAt, candidate.expiresAt)
            .adding(seconds: clockSlack)
        if candidate.isAwaitingMoney, window.contains(money.at) { reasons.insert(.aroundTheTime) }
        return reasons
    }
}
