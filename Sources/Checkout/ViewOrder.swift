import Commerce
import Database
import PaymentKit
import Storage

/// Everything an order's page shows.
package struct OrderView: Sendable {
    package let order: Order
    package let lines: [PricedLine]
    package let contact: OrderContact
    /// The first one first.
    package let attempts: [Attempt]
    package let captures: [Capture]
    /// The first one first.
    package let refunds: [Refund]
    /// What was asked about receipts from this page, the newest first.
    package let lookups: [Lookup]
    /// When another prompt may be sent, if not now.
    package let retryAt: Timestamp?
    /// Whether another prompt is possible at all.
    package let canRetry: Bool
    /// The place in line of a prompt that is not sent yet.
    package let queue: QueuePlace?
    /// The provider through which the order can be paid without a prompt; nil when money that comes so is not
    /// reported here.
    package let payableByHand: String?
    /// When the provider's own list is read next.
    package let listReadAt: Timestamp?
    package let explanation: OrderExplanation
    package let readAt: Timestamp

    package var latest: Attempt? { attempts.last }
    /// Whether money is missing, may still come, and nobody is being asked for it.
    package var isOpen: Bool { (status == .pending || status == .partiallyPaid) && order.liveTicket == nil }
    package var status: OrderStatus { order.standing.status(at: readAt) }
    /// The provider's receipt of the money that paid the order, when it is known; else what was heard of it.
    package var receipt: String? {
        captures.first { $0.receipt != nil }?.receipt ?? attempts.first { $0.state == .paid }?.heardReceipt
    }
    /// Whether money that comes without a prompt would pay it now, and nothing else may be paying it meanwhile.
    package var isPayableByHand: Bool {
        let isAlivePerhaps = retryAt != nil && latest?.hasUnknownEnd == true
        return isOpen && payableByHand != nil && order.stockHeld && !order.flags.contains(.unconfirmed)
            && !isAlivePerhaps && !isCheckingReceipt
    }
    /// Whether a receipt that was shown is being looked for or looked at: nobody should pay meanwhile.
    package var isCheckingReceipt: Bool { lookups.contains { $0.isChecked(at: readAt) } }
    /// Whether an answer about a receipt is on its way.
    package var awaitsLookup: Bool { lookups.contains { $0.state == .asked || $0.state == .waiting } }
}

extension Lookup {
    /// Whether its money may yet turn out to be the order's.
    package func isChecked(at now: Timestamp) -> Bool {
        switch state {
        case .asked, .waiting: now < askedAt.adding(seconds: Shop.checkedSeconds)
        case .review: true
        case .found, .refused: false
        }
    }
}

extension Shop {
    /// Seconds for which a question about a receipt that has no answer keeps its page from asking for money: the
    /// provider's list is read within them.
    package static let checkedSeconds = 1_200

    /// What a cached page needs to know whether it is still right; nil when no order has this page.
    package func orderVersion(pageToken: String) async throws -> (id: ID<Order>, version: Int64)? {
        guard let pageKey = AddressTokens.pageKey(pageToken) else { return nil }
        return try await database.read { try $0.orderVersion(pageKey: pageKey) }
    }

    /// The order whose page has this secret; nil when there is none.
    package func viewOrder(pageToken: String) async throws -> OrderView? {
        guard let pageKey = AddressTokens.pageKey(pageToken) else { return nil }
        return try await database.read(snapshot: true) { [self] transaction in
            try transaction.order(pageKey: pageKey).flatMap { try view(of: $0, transaction) }
        }
    }

    /// Why an order is or is not paid, and what comes next; nil when there is no such order.
    package func explain(_ number: OrderNumber) async throws -> OrderExplanation? {
        try await database.read(snapshot: true) { [self] transaction in
            guard let id = try transaction.order(number: number), let order = try transaction.order(id) else {
                return nil
            }
            return try view(of: order, transaction)?.explanation
        }
    }

    /// What there is to see of an order, by one look into the database.
    func view(of order: Order, _ transaction: some SQLReading) throws -> OrderView? {
        let now = now()
        guard let contact = try transaction.contact(of: order.id, vault) else { return nil }
        let attempts = try transaction.attempts(of: order.id, vault)
        let lookups = try transaction.lookups(of: order.id)
        let refunds = try transaction.refunds(of: order.id)
        let retryAt = attempts.last.flatMap { rules.retryTime(after: $0) }.flatMap { $0 > now ? $0 : nil }
        let status = order.standing.status(at: now)
        let canRetry =
            (beginsPayments || !attempts.isEmpty) && (status == .pending || status == .partiallyPaid)
            && order.liveTicket == nil
            && !order.flags.contains(.unconfirmed) && order.attemptsMade < rules.attemptsPerOrder
        let byHand = try providerByHand(of: order, after: attempts.last, transaction)
        let queue = try attempts.last.flatMap { try queuePlace(of: $0, transaction, at: now) }
        var facts = OrderExplanation.Facts(
            order, attempt: attempts.last, refunds: refunds,
            receiptWaitsForPerson: lookups.contains { $0.state == .review }, retryAt: retryAt,
            takesPaymentsByHand: byHand != nil, isPromised: isPaidAtHandOver(order) && order.depositLeft.minor == 0,
            receiptIsChecked: lookups.contains { $0.isChecked(at: now) },
            leadsToPage: attempts.last.map { leadsToPage($0.instance) } ?? false, rules: rules, at: now)
        if queue != nil { facts.prompt = .queued }
        let open = lookups.first { $0.state == .asked || $0.state == .waiting }
        return OrderView(
            order: order, lines: try transaction.lines(of: order.id, currency: order.total.currency),
            contact: contact, attempts: attempts, captures: try transaction.captures(of: order.id), refunds: refunds,
            lookups: lookups, retryAt: retryAt, canRetry: canRetry,
            queue: queue, payableByHand: byHand,
            listReadAt: try open.flatMap { try transaction.statementReading($0.instance)?.nextAt },
            explanation: OrderExplanation(facts), readAt: now)
    }

    /// What the customer chose at the checkout; else the provider of the last prompt when it takes payments without
    /// one, else the first that does.
    private func providerByHand(
        of order: Order, after attempt: Attempt?, _ transaction: some SQLReading
    ) throws -> String? {
        if let way = order.offlineWay, provider(way)?.abilities.offline != nil { return way }
        let names = (attempt.map { [$0.instance] } ?? []) + providers.map(\.name)
        return try names.first { name in
            try provider(name)?.abilities.incoming != nil && transaction.shopSetting("incoming \(name)") != nil
        }
    }
}
