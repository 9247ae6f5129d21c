import Commerce
import Database
import PaymentKit
import Storage

extension Shop {
    /// Records money that went back to a payer, as the provider reports it by itself: our own refund, or one that
    /// somebody made at the provider.
    ///
    /// - Parameters:
    ///   - receipt: The movement back.
    ///   - original: The payment's receipt; nil when the report does not name it.
    func takeReturn(
        _ amount: Money, receipt: Receipt?, of original: String?, instance: String, road: EvidenceRoad
    ) async throws {
        let now = now()
        try await database.transaction { [vault, rules] transaction in
            let books = SQLBooks(transaction: transaction, vault: vault, now: now)
            let back = ReportedReturn(amount: amount, receipt: receipt, original: original, instance: instance)
            try back.record(books, rules)
        }
        wake.now()
    }
}

/// The work of one ``Shop/takeReturn(_:receipt:of:instance:road:)``.
package struct ReportedReturn: Sendable {
    var amount: Money
    var receipt: Receipt?
    var original: String?
    var instance: String

    package init(amount: Money, receipt: Receipt?, original: String?, instance: String) {
        self.amount = amount
        self.receipt = receipt
        self.original = original
        self.instance = instance
    }

    /// Records it in the books' transaction.
    package func record(_ books: some Books, _ rules: ShopRules) throws {
        if let receipt, let known = try books.refund(receipt: receipt.id, instance: instance), known.state == .succeeded
        {
            return
        }
        guard let original, let seen = try books.capture(receipt: original, instance: instance) else {
            return try books.openReview(
                "unknown_return", subject: receipt?.id ?? original ?? "?", order: nil,
                detail: "\(amount.decimalText) went back for a payment that is not known")
        }
        guard let id = seen.order, let order = try books.order(id) else { return try returnUnmatched(seen, books) }
        let refunds = try books.refunds(of: id).filter { $0.capture == seen.id }
        // Counted when the provider answered, without naming the receipt.
        let unnamed = refunds.first {
            $0.state == .succeeded && $0.way == .reversal && $0.receipt == nil && $0.amount == amount
        }
        if let receipt, var unnamed {
            unnamed.receipt = receipt.id
            try books.save(unnamed)
            return try books.save(order, events: [OrderEvent("refund_receipt_known", unnamed.ticket, receipt.id)])
        }
        // Our own refund, whose answer this is.
        let open = refunds.filter(\.state.isOpen)
        for refund in open {
            let wasSent = try refund.state.rank >= 2 || books.mayHaveActed(refund.ticket)
            if wasSent, refund.amount == amount, refund.way == .reversal {
                let returned = Outcome(.returned(amount, receipt: receipt, .reversal))
                _ = try RefundRecording.record(
                    News(.query, returned), about: refund.ticket, instance: instance, books, rules)
                return
            }
            // Somebody was quicker at the provider. What was only planned is over; what was sent is over too when there
            // is not so much left: the provider cannot carry it out any more.
            let left = seen.amount.minor - seen.returned.minor - amount.minor
            guard !wasSent || refund.amount.minor > left else { continue }
            let decline = Decline(.other, retry: .never, code: "returned_elsewhere")
            _ = try RefundRecording.record(
                News(.query, Outcome(.declined(decline))), about: refund.ticket, instance: instance, books, rules)
        }
        guard let current = try books.order(id) else { throw StaleWrite() }
        try returnElsewhere(OrderWork(current, books, rules), placedAs: order.number)
    }

    /// Somebody undid the payment at the provider.
    private func returnElsewhere<B: Books>(_ started: OrderWork<B>, placedAs number: OrderNumber) throws {
        var work = started
        let books = work.books
        guard let original, var capture = try books.capture(receipt: original, instance: instance) else { return }
        guard try isCovered(by: capture, books) else { return }
        try books.insert(external(of: capture, books), payee: nil)
        capture.returning = capture.returning + amount
        capture.returned = capture.returned + amount
        try books.save(capture, payer: nil)
        work.note("returned_elsewhere", nil, amount.decimalText)
        work.debitReturn(amount, because: capture.id.text)
        try work.settle(because: capture.id.text)
        try work.review("returned_elsewhere", subject: number.text, "\(amount.decimalText) went back, not by this shop")
        _ = try work.save()
    }

    private func returnUnmatched(_ seen: Capture, _ books: some Books) throws {
        var capture = seen
        guard try isCovered(by: capture, books) else { return }
        // Its receipt is unique among refunds: of two reports at once one is run again and finds it.
        try books.insert(external(of: capture, books), payee: nil)
        capture.returning = capture.returning + amount
        capture.returned = capture.returned + amount
        try books.save(capture, payer: nil)
        try books.post(
            [(.suspense, amount.minor), (.providerClearing, -amount.minor)], amount.currency, order: nil,
            cause: capture.id.text)
        if capture.returned == capture.amount { try books.closeReview("unmatched_money", subject: capture.id.text) }
    }

    /// Whether so much is left of a payment; if not, a person is told.
    private func isCovered(by capture: Capture, _ books: some Books) throws -> Bool {
        if capture.returning.minor + amount.minor <= capture.amount.minor { return true }
        try books.openReview(
            "contradiction", subject: receipt?.id ?? capture.receipt ?? capture.id.text, order: capture.order,
            detail: "more went back than was paid")
        return false
    }

    private func external(of capture: Capture, _ books: some Books) -> Refund {
        var refund = Refund(
            ticket: books.makeRefundTicket(), order: capture.order, capture: capture.id, instance: instance,
            amount: amount, way: .external, reason: "returned at the provider", requestedBy: "provider",
            requestedAt: books.now, state: .succeeded)
        refund.receipt = receipt?.id
        refund.closedAt = books.now
        return refund
    }
}
