import Commerce
import Database
import PaymentKit
import PluginHost
import Storage

/// Everything that is known of an order, for staff.
package struct OrderFile: Sendable {
    /// Money of the order, with the roads by which it was reported, the first one first.
    package struct Payment: Sendable {
        package let capture: Capture
        package let payer: Payer?
        package let evidence: [(road: EvidenceRoad, level: CaptureEvidence, at: Timestamp)]
    }
    package let order: Order
    package let status: OrderStatus
    package let contact: OrderContact
    package let lines: [PricedLine]
    package let attempts: [Attempt]
    package let payments: [Payment]
    package let refunds: [Refund]
    package let items: [ReviewItem]
    package let history: [StoredEvent]
    /// Who was given it to carry, in turn.
    package let riders: [Rider]
    package let explanation: OrderExplanation
    /// What the provider took for payments and refunds of the order, by their receipts, as far as it has told.
    package let charges: [String: Money]
}

extension Shop {
    /// Everything about an order; nil when there is none of that number.
    package func orderFile(_ number: OrderNumber) async throws -> OrderFile? {
        let now = now()
        let hasIncoming = try await takesPaymentsByHand()
        let atHandOver = Set(waysAtHandOver)
        return try await database.read(snapshot: true) { [vault, rules] reading in
            guard let id = try reading.order(number: number), let order = try reading.order(id),
                let contact = try reading.contact(of: id, vault)
            else { return nil }
            let attempts = try reading.attempts(of: id, vault)
            let refunds = try reading.refunds(of: id)
            let captures = try reading.captures(of: id)
            let moved = captures.map { ($0.receipt, $0.instance) } + refunds.map { ($0.receipt, $0.instance) }
            let charges = try moved.reduce(into: [String: Money]()) { charges, moved in
                guard let receipt = moved.0 else { return }
                charges[receipt] = try reading.charge(for: receipt, instance: moved.1)
            }
            let facts = OrderExplanation.Facts(
                order, attempt: attempts.last, refunds: refunds,
                receiptWaitsForPerson: try reading.lookups(of: id).contains { $0.state == .review },
                retryAt: attempts.last.flatMap { rules.retryTime(after: $0) }, takesPaymentsByHand: hasIncoming,
                isPromised: order.isPromised(by: atHandOver) && order.depositLeft.minor == 0, rules: rules, at: now)
            return OrderFile(
                order: order, status: order.standing.status(at: now), contact: contact,
                lines: try reading.lines(of: id, currency: order.total.currency), attempts: attempts,
                payments: try captures.map { capture in
                    OrderFile.Payment(
                        capture: capture, payer: try reading.sender(of: capture.id, vault).payer.map(Payer.init),
                        evidence: try reading.evidence(of: capture.id))
                }, refunds: refunds, items: try reading.openItems(of: id), history: try reading.events(of: id),
                riders: try reading.riders(of: id, vault),
                explanation: OrderExplanation(facts), charges: charges)
        }
    }

    /// What providers were asked about an order's prompts and refunds, the first one first.
    package func questions(of number: OrderNumber, atMost count: Int) async throws -> [Question] {
        try await database.read { reading in
            guard let id = try reading.order(number: number) else { return [] }
            return try reading.questions(of: id, atMost: count)
        }
    }

    /// Whether an order has this number.
    package func hasOrder(_ number: OrderNumber) async throws -> Bool {
        try await database.read { try $0.order(number: number) } != nil
    }

    private func takesPaymentsByHand() async throws -> Bool {
        for provider in providers where provider.abilities.incoming != nil {
            if try await takesIncoming(provider.name) { return true }
        }
        return false
    }

    /// What waits for a person, the oldest first, with the order's number where it is about one.
    package func openItems(atMost count: Int = 500) async throws -> [(item: ReviewItem, order: OrderNumber?)] {
        try await database.read { reading in
            try reading.openReviews(atMost: count).map { item in
                (item, try item.order.flatMap { try reading.order($0)?.number })
            }
        }
    }

    /// Refunds that are not ended, the oldest first, with their order's number.
    package func openRefunds(atMost count: Int = 500) async throws -> [(refund: Refund, order: OrderNumber?)] {
        try await database.read { reading in
            try reading.openRefunds(atMost: count).map { refund in
                (refund, try refund.order.flatMap { try reading.order($0)?.number })
            }
        }
    }

    /// Until when a provider's list was read; nil when it is not read by itself.
    package func listReadUntil(_ name: String) async throws -> Timestamp? {
        try await database.read { try $0.statementReading(name)?.readUntil }
    }

    // MARK: Who serves the shop

    /// Seconds after which a program that says nothing is taken for stopped.
    package static let aliveSeconds = 20

    /// Notes that this program serves the shop: again at least every ``aliveSeconds``.
    package func noteAlive(_ node: String) async throws {
        let now = now()
        try await database.transaction { try $0.noteAlive(node, at: now) }
    }

    /// Notes that this program serves the shop no more.
    package func noteStopped(_ node: String) async throws {
        try await database.transaction { try $0.noteStopped(node) }
    }

    /// The programs that serve this shop now.
    package func nodesAlive() async throws -> [String] {
        let since = now().adding(seconds: -Self.aliveSeconds)
        return try await database.read { try $0.nodesAlive(since: since) }
    }
}
