import Commerce
import Database
import PaymentKit
import Storage

/// Why an order was left as it is.
package enum ServeRefusal: Error, Sendable, Hashable {
    case noSuchOrder
    case textMissing
    /// Histories are kept in clear, so they may not hold people's numbers.
    case textHoldsPhone
    case phone(PhoneNumber.Problem)
    case start(StartRefusal)
    /// A prompt may be on the customer's phone: what it comes to is known at that time at the latest; nil while the
    /// provider still has to confirm what was reported.
    case promptIsLive(until: Timestamp?)
    /// Nobody wants the order cancelled any more, or it was decided meanwhile.
    case nothingWanted
    /// Money is here: it goes back by a refund, not by a cancellation.
    case hasMoney
    case hasEnded
    /// Goods are handed over when the order is paid and nothing waits for a person.
    case notPaid
    case handedOverAlready, packedAlready
    /// Somebody else has noted another step since the page was shown.
    case stepMeanwhile
    case takerHoldsPhone
    /// Whoever carries the goods must have a name.
    case riderMissing
    /// No rider has a link that works.
    case noRiderLink
    /// They come back first, or are paid.
    case goodsAreOut
    /// Money of it is on its way back, or about to be.
    case refundIsOpen
    /// Nothing of the order can be asked about.
    case nothingToAsk
    /// Nothing of it can be written off: its goods are not with the customer, or nothing is owed for them.
    case notOwed
    /// A receipt that the customer showed may have paid it.
    case receiptIsLookedFor
    /// What is owed was given up: that is taken back first.
    case isWrittenOff
    case notWrittenOff
}

/// What staff do with an order beside its money.
extension Shop {
    /// Asks the provider now about each prompt and refund of an order whose end is not certain, and reads its list.
    ///
    /// - Returns: How many questions are on their way.
    package func askNow(_ number: OrderNumber, by person: String) async throws -> Int {
        let now = now()
        let count = try await change(number) { order, books in
            let attempts = try books.transaction.attempts(of: order.id, books.vault)
            let asked = attempts.filter { $0.state != .paid && $0.sentAt != nil }
            for attempt in asked {
                try books.schedule(Job(.query, order.id, attempt.ticket, dueAt: now))
                try books.transaction.readStatementSoon(of: attempt.instance, at: now)
            }
            let refunds = try books.refunds(of: order.id).filter { $0.state == .unknown || $0.state == .submitted }
            for refund in refunds { try books.schedule(Job(.refundQuery, order.id, refund.ticket, dueAt: now)) }
            guard !asked.isEmpty || !refunds.isEmpty else { throw ServeRefusal.nothingToAsk }
            try books.save(order, events: [OrderEvent("asked_by", nil, person)])
            return asked.count + refunds.count
        }
        wake.now()
        return count
    }

    /// Sends another prompt for what is left to pay, under the same limits and pauses as the customer's own button.
    ///
    /// - Parameter typed: A number as typed; nothing for the one that was prompted last.
    package func promptAgain(
        _ number: OrderNumber, phone typed: String, by person: String, from caller: Caller
    ) async throws {
        let now = now()
        let known = try await database.read { try $0.order(number: number) }
        if let known { try await askIfUnknown(known) }
        try await database.transaction { [self] transaction in
            guard let id = try transaction.order(number: number), let order = try transaction.order(id) else {
                throw ServeRefusal.noSuchOrder
            }
            try promptAgain(order, phone: typed, by: person, from: caller, in: transaction, at: now)
        }
        wake.now()
    }

    /// The same within a transaction.
    ///
    /// - Parameter rings: Whether it must ring the phone: at the door nobody opens a page.
    func promptAgain(
        _ order: Order, phone typed: String, rings: Bool = false, by person: String, from caller: Caller,
        in transaction: Transaction, at now: Timestamp
    ) throws {
        // The customer shows a receipt that is being looked for: nobody should pay meanwhile.
        guard try !transaction.lookups(of: order.id).contains(where: { $0.isChecked(at: now) }) else {
            throw ServeRefusal.start(.stillOpen)
        }
        let last = try transaction.attempts(of: order.id, vault).last
        let phone: PhoneNumber
        do {
            let known = try last?.phone ?? transaction.contact(of: order.id, vault)?.phone
            phone = try typed.trimmed.isEmpty ? known ?? PhoneNumber("") : PhoneNumber(typed)
        } catch let problem as PhoneNumber.Problem { throw ServeRefusal.phone(problem) }
        do {
            try startAgain(
                on: order, after: last, phone: phone, rings: rings, from: caller,
                events: [OrderEvent("prompted_by", nil, person)],
                in: transaction, at: now)
        } catch let refusal as StartRefusal { throw ServeRefusal.start(refusal) }
    }

    /// Ends an order that nobody has paid for; its goods go back on the shelf. Money that comes nevertheless is late
    /// money, and no loss.
    ///
    /// - Parameter mayWait: While a prompt may be on the phone the wish is kept, and the order is cancelled as soon as
    ///   the prompt has ended without money; otherwise that is refused.
    /// - Returns: When the prompt has ended at the latest; nil when the order is cancelled now.
    @discardableResult
    package func cancelOrder(
        _ number: OrderNumber, by person: String, because reason: String, mayWait: Bool = false
    ) async throws -> Timestamp? {
        let reason = try Self.clear(reason)
        return try await change(number) { [rules] order, books in
            guard order.cancelledAt == nil, order.stockHeld else { throw ServeRefusal.hasEnded }
            guard order.received.minor == 0 else { throw ServeRefusal.hasMoney }
            guard !order.hasLeftShop else { throw ServeRefusal.goodsAreOut }
            var work = OrderWork(order, books, rules)
            work.order.cancelWanted = "\(person): \(reason)"
            if order.liveTicket == nil, !order.flags.contains(.unconfirmed) {
                try work.cancel()
                _ = try work.save()
                return nil
            }
            let until = try Self.promptEnd(of: order, books, rules)
            guard mayWait else { throw ServeRefusal.promptIsLive(until: until) }
            work.note("cancel_wanted", nil, "\(person): \(reason)")
            _ = try work.save()
            return until ?? order.expiresAt
        }
    }

    /// Keeps an order that was to be cancelled as soon as its prompt has ended.
    package func keepOrder(_ number: OrderNumber, by person: String) async throws {
        try await change(number) { order, books in
            guard order.cancelWanted != nil else { throw ServeRefusal.nothingWanted }
            var order = order
            order.cancelWanted = nil
            try books.save(order, events: [OrderEvent("cancel_withdrawn", nil, person)])
        }
    }

    /// When an order's live prompt has ended at the latest, whatever the provider says; nil when none is live.
    private static func promptEnd(of order: Order, _ books: SQLBooks, _ rules: ShopRules) throws -> Timestamp? {
        guard let attempt = try order.liveTicket.flatMap({ try books.attempt($0) }) else { return nil }
        return attempt.page.map(rules.end(of:)) ?? attempt.startedAt.adding(seconds: rules.attemptSeconds)
    }

    /// Adds to an order's history what somebody should know.
    package func addNote(_ number: OrderNumber, _ text: String, by person: String) async throws {
        let text = try Self.clear(text)
        try await change(number) { order, books in
            try books.save(order, events: [OrderEvent("staff_note", nil, "\(person): \(text)")])
        }
    }

    /// - Throws: ``ServeRefusal`` unless something is said, without anybody's number.
    static func clear(_ text: String) throws -> String {
        let text = text.trimmed
        guard !text.isEmpty else { throw ServeRefusal.textMissing }
        guard !text.holdsPhone else { throw ServeRefusal.textHoldsPhone }
        return String(text.prefix(400))
    }

    func change<Result: Sendable>(
        _ number: OrderNumber, _ body: @escaping @Sendable (Order, SQLBooks) throws -> Result
    ) async throws -> Result {
        let now = now()
        return try await database.transaction { [vault] transaction in
            guard let id = try transaction.order(number: number), let order = try transaction.order(id) else {
                throw ServeRefusal.noSuchOrder
            }
            return try body(order, SQLBooks(transaction: transaction, vault: vault, now: now))
        }
    }
}
