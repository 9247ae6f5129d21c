import PaymentKit

/// What the core does with the facts about one payment, in its shortest form: sets of things learned, so that order and
/// repetition cannot matter.
struct ReferenceFold: Hashable, Sendable {
    private var seen: Set<EventKey> = []
    private var receipts: [String: Money] = [:]
    private var unreceipted: Set<Money> = []
    private(set) var declines: Set<Decline> = []

    mutating func apply(_ event: PaymentEvent) {
        guard seen.insert(event.key).inserted else { return }
        switch event.outcome.fact {
        case .paid(let amount, let receipt?): receipts[receipt.id] = amount
        case .paid(let amount, nil): unreceipted.insert(amount)
        case .declined(let decline): declines.insert(decline)
        case .pending, .authorized, .returned, .sent, .balance, .unclear, .notFound, .needsReview: break
        }
    }

    /// Money without a receipt is the same money as an equal receipt: not every road names it.
    var paid: Int64 {
        let amounts = Set(receipts.values)
        return receipts.values.reduce(0) { $0 + $1.minor }
            + unreceipted.filter { !amounts.contains($0) }.reduce(0) { $0 + $1.minor }
    }
}
