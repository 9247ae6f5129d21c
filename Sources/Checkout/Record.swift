import Commerce
import Database
import PaymentKit
import Storage

/// One piece of news about an attempt, and how far it can be believed.
struct News: Sendable {
    enum Source: Sendable, Hashable {
        /// The provider's answer to our request for money.
        case startAnswer
        /// A message to the attempt's own address; listed when it came from one of the provider's published addresses.
        case callback(isListed: Bool)
        /// The provider's answer to our own question (L3).
        case query
        /// Nobody works on it any more: the journal says whether a prompt may be out.
        case journal
        /// Our own knowledge: what we sent, what we could not send, what time it is.
        case ourselves(Evidence)
    }
    var source: Source
    var outcome: Outcome
    /// Names the message, so that it is applied once; nil for answers to our own requests.
    var key: EventKey?

    init(_ source: Source, _ outcome: Outcome = Outcome(.pending), key: EventKey? = nil) {
        self.source = source
        self.outcome = outcome
        self.key = key
    }
}

extension Shop {
    /// What recording came to.
    enum Recorded: Sendable, Hashable {
        case changed, oldNews
        /// No such attempt: a lost commit or a restored backup. A review item holds it.
        case unknownAttempt
    }

    /// T4: the only function that changes a payment.
    ///
    /// Joins the news with what is known, books money, and computes the order anew, in one transaction. Its callers
    /// (the answer to a start, callbacks, queries, timers) may race and repeat themselves: the join does not depend on
    /// order, and the write is a compare-and-set.
    @discardableResult
    func record(_ news: News, about ticket: Ticket, instance: String) async throws -> Recorded {
        let now = now()
        return try await database.transaction { [self] transaction in
            // The order first: its version guards all that is read after it. The other way round, news that is
            // committed between two reads (each sees its own moment on MariaDB) would be overwritten by what was read
            // before.
            guard let id = try transaction.order(of: ticket), let order = try transaction.order(id),
                let attempt = try transaction.attempt(ticket, vault), attempt.instance == instance
            else {
                try transaction.openReview(
                    "unknown_attempt", subject: ticket.value, order: nil,
                    detail: "news about an attempt we do not have",
                    at: now)
                return .unknownAttempt
            }
            if let key = news.key,
                try !transaction.markApplied(key, instance: instance, order: order.id, at: now)
            {
                return .oldNews
            }
            var recording = Recording(
                shop: self, transaction: transaction, order: order, stored: attempt, now: now)
            try recording.take(news)
            return try recording.save() ? .changed : .oldNews
        }
    }
}

/// The work of one ``Shop/record(_:about:instance:)``: what changes, until it is saved.
struct Recording {
    let shop: Shop
    let transaction: Transaction
    var order: Order
    var stored: Attempt
    let now: Timestamp
    private var events: [OrderEvent] = []
    private let original: Attempt

    init(shop: Shop, transaction: Transaction, order: Order, stored: Attempt, now: Timestamp) {
        self.shop = shop
        self.transaction = transaction
        self.order = order
        self.stored = stored
        self.now = now
        original = stored
    }

    mutating func take(_ news: News) throws {
        let idsFit = try keep(news.outcome.references)
        switch (news.source, news.outcome.fact) {
        case (.ourselves(.claimUnconfirmed), _):
            guard stored.state != .paid, stored.claimReceipt != nil else { return }
            learn(.claimUnconfirmed)
            order.flags.insert(.manualReview)
            try review("unconfirmed", "a success was reported and nobody confirms it")
        case (.ourselves(let evidence), _): learn(evidence)
        case (.journal, _):
            guard case .pending = stored.state else { return }
            // Read under the order's version, so an act that begins meanwhile makes this run again.
            learn(try transaction.mayHaveActed(stored.ticket) ? .mayHaveBeenSent : .refused(Shop.notSent))
        case (let source, .pending):
            try takePending(source, hasIDs: !news.outcome.references.isEmpty, idsFit: idsFit)
        case (let source, .paid(let amount, let receipt)):
            try takePaid(amount, receipt, from: source, idsFit: idsFit)
        case (let source, .declined(let decline)): try takeDecline(decline, from: source, idsFit: idsFit)
        case (let source, .unclear(let code, let detail)): try takeUnclear(code, detail, from: source)
        case (.query, .notFound): try takeNotFound()
        // A request left, and its answer says nothing that can be relied on.
        case (.startAnswer, .notFound): learn(.mayHaveBeenSent)
        case (_, .notFound): break
        case (let source, .needsReview(let why)):
            if case .startAnswer = source { learn(.mayHaveBeenSent) }
            try review("provider_unsure", why)
            if case .callback = source { try askSoon() }
        case (_, .authorized), (_, .returned), (_, .sent), (_, .balance):
            try review("unexpected_fact", "a promise or a return nobody asked for")
        }
    }

    /// Keeps what the provider calls this attempt.
    ///
    /// - Returns: Whether the names fit what is known: the same name with another value, or a value that belongs to
    ///   another attempt, means that the message is about something else.
    private mutating func keep(_ references: [Reference]) throws -> Bool {
        let known = try transaction.references(of: stored.ticket, instance: stored.instance, shop.vault)
        for reference in references {
            if let old = known.first(where: { $0.name == reference.name }) {
                if old.value != reference.value { return false }
            } else if try !transaction.add(reference, to: stored.ticket, instance: stored.instance, shop.vault) {
                return false
            }
        }
        return true
    }

    // MARK: Facts

    private mutating func takePending(_ source: News.Source, hasIDs: Bool, idsFit: Bool) throws {
        switch source {
        // Accepted without an id is not known to be accepted.
        case .startAnswer:
            learn(hasIDs ? .promptSent : .mayHaveBeenSent)
            if !idsFit { try contradict(.idMismatch, "our request was answered under another id than its callback") }
        case .query: learn(.promptSent)
        case .callback, .ourselves, .journal: break
        }
    }

    private mutating func takePaid(_ amount: Money, _ receipt: Receipt?, from source: News.Source, idsFit: Bool) throws
    {
        switch source {
        case .ourselves, .journal: break
        case .startAnswer, .query:
            guard idsFit else { return try contradict(.idMismatch, "paid, under another id") }
            try capture(receipt ?? stored.claimReceipt.map { Receipt($0) }, .confirmed)
        case .callback(let isListed):
            guard idsFit else {
                try contradict(.idMismatch, "a success under another id")
                return try askSoon()
            }
            guard amount == stored.amount else {
                try contradict(
                    .contradiction, "a success over \(amount.decimalText), expected \(stored.amount.decimalText)")
                return try askSoon()
            }
            if let receipt, let other = try transaction.capture(receipt: receipt.id, instance: stored.instance),
                other.ticket != stored.ticket
            {
                try contradict(.contradiction, "a receipt that paid something else")
                return try askSoon()
            }
            let isEnough = isListed && amount.minor < shop.rules.confirmFrom.minor
            if try isEnough || transaction.capture(of: stored.ticket) != nil {
                try capture(receipt, .matched)
            } else {
                try claim(receipt)
            }
        }
    }

    private mutating func takeDecline(_ decline: Decline, from source: News.Source, idsFit: Bool) throws {
        if decline.reason == .misconfigured { try review("misconfigured", "the provider says \(decline.code)") }
        if stored.state == .paid {
            // Nothing changes a paid attempt (I20); that somebody says otherwise is for a person.
            return try contradict(.contradiction, "a no (\(decline.code)) after it was paid")
        }
        switch source {
        case .ourselves, .journal: break
        case .startAnswer: learn(.refused(decline))
        case .callback(let isListed):
            guard idsFit else {
                try contradict(.idMismatch, "a no under another id")
                return try askSoon()
            }
            if isListed { learn(.declined(decline)) } else { try askSoon() }
        case .query:
            if stored.claimReceipt != nil {
                return try contradict(.contradiction, "a success was reported, and the provider says \(decline.code)")
            }
            try takeNegativeAnswer(decline, as: .declined(decline))
        }
    }

    /// A query's no counts when a second one, some seconds later, agrees.
    private mutating func takeNegativeAnswer(_ decline: Decline, as evidence: Evidence) throws {
        guard stored.state.isLive || stored.state.rank < 4 else { return }
        if stored.doubtCode == decline.code, let since = stored.doubtAt,
            now >= since.adding(seconds: shop.rules.agreeingSeconds)
        {
            learn(evidence)
        } else if stored.doubtCode != decline.code {
            stored.doubtCode = decline.code
            stored.doubtAt = now
            events.append(OrderEvent("negative_answer", stored.ticket, decline.code))
            try transaction.schedule(
                Job(.query, order.id, stored.ticket, dueAt: now.adding(seconds: shop.rules.agreeingSeconds)))
        }
    }

    private mutating func takeUnclear(_ code: String, _ detail: String, from source: News.Source) throws {
        try transaction.openReview(
            "new_code", subject: "\(stored.instance) \(code)", order: order.id, detail: detail, at: now)
        switch source {
        case .callback:
            events.append(OrderEvent("unclear_answer", stored.ticket, code))
            try askSoon()
        case .startAnswer: learn(.mayHaveBeenSent)
        case .query, .ourselves, .journal: break
        }
    }

    private mutating func takeNotFound() throws {
        let grace = shop.provider(stored.instance)?.abilities.manifest.notFoundGrace ?? 180
        guard stored.state != .paid, now >= stored.startedAt.adding(seconds: Int(grace)) else { return }
        let decline = Decline(.other, retry: .sameMethod, code: "not_found")
        guard stored.claimReceipt == nil else {
            return try contradict(.contradiction, "a success was reported, and the provider knows nothing of it")
        }
        try takeNegativeAnswer(decline, as: .refused(decline))
    }

    // MARK: What follows

    private mutating func learn(_ evidence: Evidence) {
        guard let next = stored.state.applying(evidence) else { return }
        stored.state = next
        stored.queuedUntil = nil
        if case .promptSent = next, stored.sentAt == nil { stored.sentAt = now }
        if !next.isLive { stored.closedAt = now }
        events.append(OrderEvent(next.name, stored.ticket, next.decline?.code ?? ""))
    }

    /// Keeps a success that waits for the provider's own word.
    private mutating func claim(_ receipt: Receipt?) throws {
        if stored.claimReceipt == nil {
            stored.claimReceipt = receipt?.id ?? "-"
            order.flags.insert(.unconfirmed)
            events.append(OrderEvent("success_reported", stored.ticket))
        }
        try askSoon()
    }

    /// Books the money of this attempt, once; later news of the same money fills in the receipt.
    private mutating func capture(_ receipt: Receipt?, _ evidence: CaptureEvidence) throws {
        var receipt = receipt?.id == "-" ? nil : receipt
        if let known = try transaction.capture(of: stored.ticket) {
            guard let receipt, known.receipt != receipt.id else { return }
            guard known.receipt == nil else { return try contradict(.contradiction, "a second receipt for one prompt") }
            try transaction.setReceipt(
                receipt.id, of: known.id, payer: receipt.payer, at: receipt.at.map(Timestamp.init), shop.vault)
            events.append(OrderEvent("receipt_known", stored.ticket, receipt.id))
            return
        }
        if let id = receipt?.id, try transaction.capture(receipt: id, instance: stored.instance) != nil {
            // The money is here by the provider's own word, and its receipt stands elsewhere: keep the one, question
            // the other.
            try contradict(.contradiction, "confirmed under a receipt that paid something else")
            receipt = nil
        }
        let isLate = order.cancelledAt != nil || !order.stockHeld
        let canBeFulfilled = try holdGoodsAgain()
        let allocation = Allocation(
            of: stored.amount, to: order.standing, canBeFulfilled: canBeFulfilled, isLate: isLate)
        let booked = Capture(
            id: ID(at: now), instance: stored.instance, ticket: stored.ticket, order: order.id, amount: stored.amount,
            receipt: receipt?.id, recordedAt: now, providerAt: receipt?.at.map(Timestamp.init))
        try transaction.book(booked, allocation, evidence, payer: receipt?.payer, shop.vault)
        order.applied = order.applied + allocation.applied
        order.flags.formUnion(allocation.flags)
        order.flags.remove(.unconfirmed)
        stored.claimReceipt = nil
        events.append(OrderEvent("captured", stored.ticket, "\(stored.amount.decimalText) \(evidence.rawValue)"))
        if order.standing.remainder.minor <= 0, order.paidAt == nil {
            order.paidAt = now
            order.cancelledAt = nil
        }
        for flag in allocation.flags.sorted() where flag != .late { try review(flag.rawValue, "money to decide about") }
        learn(.paid)
    }

    /// For late money: takes the goods off the shelf again if all are there at the old price and it is not too late.
    ///
    /// - Returns: Whether the goods are held for this order now.
    private mutating func holdGoodsAgain() throws -> Bool {
        if order.stockHeld { return true }
        guard order.standing.remainder.minor > 0, now < order.expiresAt.adding(seconds: shop.rules.reviveSeconds) else {
            return false
        }
        let lines = try transaction.lines(of: order.id, currency: order.total.currency)
        for line in lines {
            guard let product = try transaction.product(slug: line.slug), product.price == line.unit,
                product.stock >= line.quantity
            else { return false }
        }
        for line in lines where try !transaction.reserve(line.quantity, of: line.product) { throw StaleWrite() }
        order.stockHeld = true
        events.append(OrderEvent("stock_held_again"))
        return true
    }

    private mutating func contradict(_ flag: OrderFlag, _ why: String) throws {
        order.flags.insert(flag)
        try review(flag.rawValue, why)
    }

    private mutating func review(_ kind: String, _ why: String) throws {
        try transaction.openReview(kind, subject: stored.ticket.value, order: order.id, detail: why, at: now)
        events.append(OrderEvent("review_opened", stored.ticket, "\(kind): \(why)"))
    }

    /// Asks the provider at once what became of the attempt.
    private func askSoon() throws { try transaction.schedule(Job(.query, order.id, stored.ticket, dueAt: now)) }

    /// Writes everything, or nothing when there was no news.
    ///
    /// - Returns: Whether anything changed.
    func save() throws -> Bool {
        guard !events.isEmpty else { return false }
        var order = order
        if order.liveTicket == stored.ticket, !stored.state.isLive { order.liveTicket = nil }
        try transaction.save(stored)
        try transaction.save(order, events: events, at: now)
        guard stored.state != original.state else { return true }
        switch stored.state {
        case .pending: break
        case .unknown, .promptSent:
            if case .pending = original.state { try scheduleFirstQuery() }
            if case .unknown = original.state { try scheduleFirstQuery() }
        case .refused, .cancelled, .failed:
            try transaction.cancel(.query, of: stored.ticket)
            try transaction.cancel(.deadline, of: stored.ticket)
        case .paid:
            try transaction.cancel(.deadline, of: stored.ticket)
        case .expired(let decline):
            // Our own deadline proves nothing, so the questions go on; the provider's word ends them.
            guard decline.code != "deadline" else { break }
            try transaction.cancel(.query, of: stored.ticket)
            try transaction.cancel(.deadline, of: stored.ticket)
        }
        return true
    }

    private func scheduleFirstQuery() throws {
        guard let due = shop.nextQuery(of: stored, after: now) else { return }
        try transaction.schedule(Job(.query, order.id, stored.ticket, dueAt: due))
    }
}
