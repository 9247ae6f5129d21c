import Commerce
import Cryptography
import Database
import FoundationEssentials
import PaymentKit
import PluginHost
import Storage

/// What staff ask for: money of one payment back to the customer.
package struct RefundRequest: Sendable {
    package var order: OrderNumber
    /// The receipt of the payment; nil for the newest that has something left to give back.
    package var receipt: String?
    /// The payment itself, where it is known; it goes before the receipt, which may still be owed.
    package var capture: ID<Capture>?
    /// Nil for all that is left of that payment.
    package var amount: Money?
    package var way: Refund.Way
    package var reason: String
    /// Who asks, as the shop knows them.
    package var by: String
    /// For a payout: the provider's payout form, as typed.
    package var payee: [String: String] = [:]
    /// For money paid back by hand: what proves it, such as the receipt of the transfer.
    package var proof: String?

    package init(order: OrderNumber, way: Refund.Way, reason: String, by: String) {
        self.order = order
        self.way = way
        self.reason = reason
        self.by = by
    }
}

/// Why a refund was not asked for, approved or turned down. Nothing was changed.
package enum RefundRefusal: Error, Sendable, Hashable {
    case noSuchOrder, noSuchPayment, noSuchRefund
    case reasonMissing, personMissing, proofMissing
    /// Reasons and proofs are kept in clear, so they may not hold people's numbers.
    case reasonHoldsPhone
    /// What is left of the payment to give back.
    case tooMuch(left: Money)
    /// Another refund of the same payment is not ended.
    case alreadyOpen(Ticket)
    /// The provider sends back whole payments only; a payout can do parts.
    case wholeOnly(Money)
    /// The provider has not told the receipt yet, and a reversal needs it.
    case receiptOwed
    case notPossible(Refund.Way)
    case payee([FieldValues.Problem])
    /// It has been decided already.
    case notWaiting(state: String)
    /// The amount asks for a second person.
    case samePerson
}

extension Shop {
    /// Asks for a refund. Nothing leaves before it is approved (I40).
    ///
    /// Two people who ask at once make one: a payment has one open refund at a time.
    package func requestRefund(_ request: RefundRequest) async throws -> Refund {
        let now = now()
        let refund = try await database.transaction { [self] transaction in
            let books = SQLBooks(transaction: transaction, vault: vault, now: now)
            guard let id = try books.order(number: request.order), let order = try books.order(id) else {
                throw RefundRefusal.noSuchOrder
            }
            let refund = try RefundDesk(order: order, books: books, rules: rules).request(request) { instance in
                provider(instance)?.abilities
            }
            return refund
        }
        wake.now()
        return refund
    }

    /// Approves a refund: it is sent once, when the seconds to stop it are over.
    package func approveRefund(_ ticket: Ticket, by person: String) async throws -> Refund {
        try await decide(ticket) { try $0.approve(ticket, by: person) }
    }

    /// Turns a refund down that was not sent yet.
    package func rejectRefund(_ ticket: Ticket, by person: String, reason: String) async throws -> Refund {
        try await decide(ticket) { try $0.reject(ticket, by: person, reason: reason) }
    }

    /// Says what became of a refund that the provider leaves open: a person has seen it on the provider's portal.
    package func resolveRefund(
        _ ticket: Ticket, hasGoneBack: Bool, by person: String, reason: String
    ) async throws -> Refund {
        try await decide(ticket) { try $0.resolve(ticket, hasGoneBack: hasGoneBack, by: person, reason: reason) }
    }

    private func decide(
        _ ticket: Ticket, _ body: @escaping @Sendable (RefundDesk<SQLBooks>) throws -> Refund
    ) async throws -> Refund {
        let now = now()
        let refund = try await database.transaction { [vault, rules] transaction in
            let books = SQLBooks(transaction: transaction, vault: vault, now: now)
            guard let id = try books.order(of: ticket), let order = try books.order(id) else {
                throw RefundRefusal.noSuchRefund
            }
            return try body(RefundDesk(order: order, books: books, rules: rules))
        }
        wake.now()
        return refund
    }
}

/// What staff decide about an order's refunds, within one transaction.
package struct RefundDesk<B: Books> {
    let order: Order
    let books: B
    let rules: ShopRules

    package init(order: Order, books: B, rules: ShopRules) {
        self.order = order
        self.books = books
        self.rules = rules
    }

    /// Asks for a refund.
    ///
    /// - Throws: ``RefundRefusal``.
    package func request(_ request: RefundRequest, abilities: (String) -> Abilities?) throws -> Refund {
        guard !request.reason.isEmpty else { throw RefundRefusal.reasonMissing }
        guard ![request.reason, request.by, request.proof ?? ""].contains(where: \.holdsPhone) else {
            throw RefundRefusal.reasonHoldsPhone
        }
        guard !request.by.isEmpty else { throw RefundRefusal.personMissing }
        let captures = try books.captures(of: order.id)
        guard
            var capture = captures.last(where: { capture in
                if let wanted = request.capture { return capture.id == wanted }
                return request.receipt == nil
                    ? capture.returning.minor < capture.amount.minor : capture.receipt == request.receipt
            })
        else { throw RefundRefusal.noSuchPayment }
        let open = try books.refunds(of: order.id).first { $0.capture == capture.id && $0.state.isOpen }
        if let open { throw RefundRefusal.alreadyOpen(open.ticket) }
        let left = capture.amount - capture.returning
        let amount = request.amount ?? left
        guard amount.minor > 0, amount.minor <= left.minor else { throw RefundRefusal.tooMuch(left: left) }
        let payee = try check(request, amount, of: capture, abilities(capture.instance))
        var refund = Refund(
            ticket: books.makeRefundTicket(), order: order.id, capture: capture.id, instance: capture.instance,
            amount: amount, way: request.way, reason: String(request.reason.prefix(400)),
            requestedBy: String(request.by.prefix(100)), requestedAt: books.now)
        capture.returning = capture.returning + amount
        try books.save(capture, payer: nil)
        if request.way == .byHand { refund.proof = request.proof.map { String($0.prefix(200)) } }
        try books.insert(refund, payee: payee)
        var work = OrderWork(order, books, rules)
        work.note("refund_requested", refund.ticket, "\(amount.decimalText) \(request.way.rawValue)")
        try work.review(
            "refund_to_approve", subject: refund.ticket.value, "\(amount.decimalText) \(request.way.rawValue)",
            refund.ticket)
        _ = try work.save()
        return refund
    }

    /// - Returns: The payout form's values as JSON; nil when the way needs none.
    private func check(
        _ request: RefundRequest, _ amount: Money, of capture: Capture, _ abilities: Abilities?
    ) throws -> String? {
        switch request.way {
        case .external: throw RefundRefusal.notPossible(.external)
        case .byHand:
            guard let proof = request.proof, !proof.isEmpty else { throw RefundRefusal.proofMissing }
            return nil
        case .reversal:
            guard let abilities, abilities.refunds != nil else { throw RefundRefusal.notPossible(.reversal) }
            guard capture.receipt != nil else { throw RefundRefusal.receiptOwed }
            guard abilities.manifest.refunds.partial || amount == capture.amount else {
                throw RefundRefusal.wholeOnly(capture.amount)
            }
            return nil
        case .payout:
            guard let abilities, abilities.payouts != nil else { throw RefundRefusal.notPossible(.payout) }
            do throws(FieldValues.Problems) {
                _ = try FieldValues(request.payee, checkedAgainst: abilities.manifest.payoutForm)
            } catch { throw RefundRefusal.payee(error.list) }
            return String(decoding: try JSONEncoder().encode(request.payee), as: UTF8.self)
        }
    }

    /// Approves a refund that waits.
    ///
    /// - Throws: ``RefundRefusal``.
    package func approve(_ ticket: Ticket, by person: String) throws -> Refund {
        var refund = try waiting(ticket, by: person)
        if refund.amount.minor >= rules.secondPersonFrom.minor, person == refund.requestedBy {
            throw RefundRefusal.samePerson
        }
        refund.state = .approved
        refund.approvedBy = String(person.prefix(100))
        refund.approvedAt = books.now
        try books.save(refund)
        try books.closeReview("refund_to_approve", subject: ticket.value)
        var work = OrderWork(order, books, rules)
        work.note("refund_approved", ticket, refund.amount.decimalText)
        if refund.way == .byHand {
            // A person has moved the money already; approving is the second person's word for it.
            _ = try work.save()
            let returned = Outcome(.returned(refund.amount, receipt: nil, .refund))
            _ = try RefundRecording.record(
                News(.query, returned), about: ticket, instance: refund.instance, books, rules)
        } else {
            try books.schedule(Job(.refund, order.id, ticket, dueAt: books.now.adding(seconds: rules.undoSeconds)))
            _ = try work.save()
        }
        return try books.refund(ticket) ?? refund
    }

    /// Turns a refund down that waits, or stops one that was approved and has not begun to leave.
    ///
    /// - Throws: ``RefundRefusal``.
    package func reject(_ ticket: Ticket, by person: String, reason: String) throws -> Refund {
        guard !reason.isEmpty else { throw RefundRefusal.reasonMissing }
        guard !reason.holdsPhone else { throw RefundRefusal.reasonHoldsPhone }
        try requireUnsent(ticket, by: person)
        let decline = Decline(.notPermitted, retry: .never, code: "rejected", detail: "\(person): \(reason)")
        guard let instance = try books.refund(ticket)?.instance else { throw RefundRefusal.noSuchRefund }
        _ = try RefundRecording.record(
            News(.ourselves(.refused(decline))), about: ticket, instance: instance, books, rules)
        guard let refund = try books.refund(ticket) else { throw RefundRefusal.noSuchRefund }
        return refund
    }

    func resolve(_ ticket: Ticket, hasGoneBack: Bool, by person: String, reason: String) throws -> Refund {
        guard !person.isEmpty else { throw RefundRefusal.personMissing }
        guard !reason.isEmpty else { throw RefundRefusal.reasonMissing }
        guard !reason.holdsPhone else { throw RefundRefusal.reasonHoldsPhone }
        guard let refund = try books.refund(ticket) else { throw RefundRefusal.noSuchRefund }
        guard [.unknown, .submitted].contains(refund.state) else {
            throw RefundRefusal.notWaiting(state: refund.state.name)
        }
        // What a person has seen there is the provider's word.
        let decline = Decline(.other, retry: .never, code: "staff", detail: "\(person): \(reason)")
        let fact = hasGoneBack ? Fact.returned(refund.amount, receipt: nil, .refund) : .declined(decline)
        let news = News(.query, Outcome(fact))
        _ = try RefundRecording.record(news, about: ticket, instance: refund.instance, books, rules)
        for kind in ["refund_unknown", "provider_unsure", "refund_unclear", "refund_failed"] {
            try books.closeReview(kind, subject: ticket.value)
        }
        guard let resolved = try books.refund(ticket), let current = try books.order(order.id) else {
            throw RefundRefusal.noSuchRefund
        }
        try books.save(
            current, events: [OrderEvent("refund_resolved", ticket, String("\(person): \(reason)".prefix(300)))])
        return resolved
    }

    private func requireUnsent(_ ticket: Ticket, by person: String) throws {
        let isApproved = try books.refund(ticket)?.state == .approved
        if isApproved, !person.isEmpty, try !books.mayHaveActed(ticket) { return }
        _ = try waiting(ticket, by: person)
    }

    private func waiting(_ ticket: Ticket, by person: String) throws -> Refund {
        guard !person.isEmpty else { throw RefundRefusal.personMissing }
        guard let refund = try books.refund(ticket) else { throw RefundRefusal.noSuchRefund }
        guard refund.state == .requested else { throw RefundRefusal.notWaiting(state: refund.state.name) }
        return refund
    }
}
