import Commerce
import Database
import PaymentKit
import Storage

/// One piece of news about an attempt, and how far it can be believed.
package struct News: Sendable {
    /// Where news comes from, which is how far it can be believed.
    package enum Source: Sendable, Hashable {
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
    package var source: Source
    package var outcome: Outcome
    /// Names the message, so that it is applied once; nil for answers to our own requests.
    package var key: EventKey?
    /// Of ``Source/startAnswer``: where the customer pays.
    package var page: PageToPay?

    package init(_ source: Source, _ outcome: Outcome = Outcome(.pending), key: EventKey? = nil) {
        self.source = source
        self.outcome = outcome
        // Kept apart, or a stranger who says a message first would have the provider's own taken for a copy of it.
        let isStrangers = source == .callback(isListed: false)
        self.key = isStrangers ? key.map { EventKey("unlisted \($0.value)") } : key
    }
}

extension Shop {
    /// What recording came to.
    package enum Recorded: Sendable, Hashable {
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
        return try await database.transaction { [vault, rules, graces] transaction in
            let books = SQLBooks(transaction: transaction, vault: vault, now: now)
            return try Recording.record(news, about: ticket, instance: instance, books, rules, graces)
        }
    }

    /// For each provider, how long "not found" may still turn into a payment.
    var graces: [String: Int] {
        Dictionary(
            providers.map { ($0.name, Int($0.abilities.manifest.notFoundGrace)) },
            uniquingKeysWith: { first, _ in first })
    }
}

/// The work of one ``Shop/record(_:about:instance:)``: news about an attempt is joined with what is known of it.
package struct Recording<B: Books> {
    let books: B
    var work: OrderWork<B>
    var stored: Attempt
    private let original: Attempt
    /// Seconds for which "not found" may still turn into a payment.
    private let grace: Int

    /// Applies news in the books' transaction.
    package static func record(
        _ news: News, about ticket: Ticket, instance: String, _ books: B, _ rules: ShopRules, _ graces: [String: Int]
    ) throws -> Shop.Recorded {
        // The order first: its version guards all that is read after it. The other way round, news that is committed
        // between two reads (each sees its own moment on MariaDB) would be overwritten by what was read before.
        if try books.refund(ticket) != nil {
            return try RefundRecording.record(news, about: ticket, instance: instance, books, rules)
        }
        guard let id = try books.order(of: ticket), let order = try books.order(id),
            let attempt = try books.attempt(ticket), attempt.instance == instance
        else {
            try books.openReview(
                "unknown_attempt", subject: ticket.value, order: nil, detail: "news about an attempt we do not have")
            return .unknownAttempt
        }
        if let key = news.key, try !books.markApplied(key, instance: instance, order: order.id) { return .oldNews }
        var recording = Recording(books, OrderWork(order, books, rules), attempt, grace: graces[instance] ?? 180)
        try recording.take(news)
        return try recording.save() ? .changed : .oldNews
    }

    private init(_ books: B, _ work: OrderWork<B>, _ stored: Attempt, grace: Int) {
        self.books = books
        self.work = work
        self.stored = stored
        self.grace = grace
        original = stored
    }

    var now: Timestamp { books.now }
    private var rules: ShopRules { work.rules }

    private mutating func take(_ news: News) throws {
        let idsFit = try keep(news)
        switch (news.source, news.outcome.fact) {
        case (.ourselves(.claimUnconfirmed), _):
            guard stored.state != .paid, stored.claimReceipt != nil else { return }
            learn(.claimUnconfirmed)
            work.order.flags.insert(.manualReview)
            try review("unconfirmed", "a success was reported and nobody confirms it")
        case (.ourselves(.refused(let decline)), _):
            // Another worker's request may be out, whatever this one's came to.
            learn(try books.mayHaveActed(stored.ticket) ? .mayHaveBeenSent : .refused(decline))
        case (.ourselves(let evidence), _): learn(evidence)
        case (.journal, _):
            guard case .pending = stored.state else { return }
            // Read under the order's version, so an act that begins meanwhile makes this run again.
            learn(try books.mayHaveActed(stored.ticket) ? .mayHaveBeenSent : .refused(Shop.notSent))
        case (let source, .pending):
            try takePending(
                source, hasIDs: !news.outcome.references.isEmpty, idsFit: idsFit, page: news.page)
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
    /// A message from anywhere, or over another amount, names nothing: its names are compared and not kept, or a
    /// stranger's would stand where the provider's belong.
    ///
    /// - Returns: Whether the names fit what is known: the same name with another value, or a value that belongs to
    ///   another attempt, means that the message is about something else.
    private mutating func keep(_ news: News) throws -> Bool {
        try books.keep(
            news.outcome.references, of: stored.ticket, instance: stored.instance, isBelieved: isBelieved(news))
    }

    private func isBelieved(_ news: News) -> Bool {
        guard case .callback(let isListed) = news.source else { return true }
        if case .paid(let amount, _) = news.outcome.fact, amount != stored.amount { return false }
        return isListed
    }

    // MARK: Facts

    private mutating func takePending(
        _ source: News.Source, hasIDs: Bool, idsFit: Bool, page: PageToPay?
    ) throws {
        switch source {
        // Accepted without an id is not known to be accepted.
        case .startAnswer:
            learn(hasIDs ? .promptSent : .mayHaveBeenSent)
            try open(page)
            if !idsFit { try contradict(.idMismatch, "our request was answered under another id than its callback") }
        case .query: learn(.promptSent)
        case .callback where stored.state == .paid: try askAboutReturns()
        case .callback, .ourselves, .journal: break
        }
    }

    /// The provider has something undecided to say of money that it has paid: perhaps that a refund of it moved.
    private func askAboutReturns() throws {
        let captures = Set(try books.captures(of: work.order.id).filter { $0.ticket == stored.ticket }.map(\.id))
        for refund in try books.refunds(of: work.order.id)
        where captures.contains(refund.capture) && [.unknown, .submitted].contains(refund.state) {
            try books.schedule(Job(.refundQuery, work.order.id, refund.ticket, dueAt: now))
        }
    }

    private mutating func takePaid(_ amount: Money, _ receipt: Receipt?, from source: News.Source, idsFit: Bool) throws
    {
        switch source {
        case .ourselves, .journal: break
        case .startAnswer, .query:
            guard idsFit else { return try contradict(.idMismatch, "paid, under another id") }
            guard amount == stored.amount else {
                // Money may have come, and not what was asked for: nobody pays again before a person has looked.
                if case .startAnswer = source { learn(.mayHaveBeenSent) }
                work.order.flags.insert(.manualReview)
                return try contradict(
                    .contradiction,
                    "the provider confirms \(amount.decimalText), asked for \(stored.amount.decimalText)")
            }
            try capture(
                receipt ?? stored.claimReceipt.map { Receipt($0) }, .confirmed,
                source == .query ? .query : .answer)
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
            if let receipt, let other = try books.capture(receipt: receipt.id, instance: stored.instance),
                !belongsHere(other)
            {
                try contradict(.contradiction, "a receipt that paid something else")
                return try askSoon()
            }
            let known = try known()
            if isListed, known != nil || amount.minor < rules.confirmFrom.minor {
                try capture(receipt, .matched, .callback)
            } else if known == nil {
                // A stranger may know everything but the receipt; the provider's own word will name it.
                if !isListed { stored.heardReceipt = stored.heardReceipt ?? receipt?.id }
                try claim(isListed ? receipt : nil)
            } else if let receipt, receipt.id != known?.receipt {
                try contradict(.contradiction, "another receipt, from a foreign address")
            }
        }
    }

    private mutating func takeDecline(_ decline: Decline, from source: News.Source, idsFit: Bool) throws {
        if decline.reason == .misconfigured { try review("misconfigured", "the provider says \(decline.code)") }
        if stored.state == .paid {
            // Nothing changes a paid attempt (I20), and the same no before the money would have changed nothing either:
            // so no flag, but somebody should know.
            return try review("contradiction", "a no (\(decline.code)) after it was paid")
        }
        // While a page takes money another card may be tried on it: how that ends is not known before its end.
        if let page = stored.page, stored.state.isLive, now < rules.end(of: page) {
            if stored.doubtCode != decline.code { work.note("negative_answer", stored.ticket, decline.code) }
            (stored.doubtCode, stored.doubtAt) = (decline.code, now)
            return
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
            now >= since.adding(seconds: rules.agreeingSeconds)
        {
            learn(evidence)
        } else if stored.doubtCode != decline.code {
            stored.doubtCode = decline.code
            stored.doubtAt = now
            work.note("negative_answer", stored.ticket, decline.code)
            try books.schedule(
                Job(.query, work.order.id, stored.ticket, dueAt: now.adding(seconds: rules.agreeingSeconds)))
        }
    }

    private mutating func takeUnclear(_ code: String, _ detail: String, from source: News.Source) throws {
        try books.openReview(
            "new_code", subject: "\(stored.instance) \(code)", order: work.order.id, detail: detail)
        switch source {
        case .callback:
            work.note("unclear_answer", stored.ticket, code)
            try askSoon()
        case .startAnswer: learn(.mayHaveBeenSent)
        case .query, .ourselves, .journal: break
        }
    }

    private mutating func takeNotFound() throws {
        // A worker may have stood still between its start and its request: the provider's time begins with the latter.
        let since = stored.sentAt ?? stored.startedAt
        guard stored.state != .paid, now >= since.adding(seconds: grace) else { return }
        let decline = Decline(.other, retry: .sameMethod, code: "not_found")
        guard stored.claimReceipt == nil else {
            return try contradict(.contradiction, "a success was reported, and the provider knows nothing of it")
        }
        try takeNegativeAnswer(decline, as: .refused(decline))
    }

    mutating func learn(_ evidence: Evidence) {
        guard let next = stored.state.applying(evidence) else { return }
        stored.state = next
        stored.queuedUntil = nil
        if case .promptSent = next, stored.sentAt == nil { stored.sentAt = now }
        if !next.isLive { stored.closedAt = now }
        work.note(next.name, stored.ticket, next.decline?.code ?? "")
    }

    /// Keeps a success that waits for the provider's own word.
    private mutating func claim(_ receipt: Receipt?) throws {
        if stored.claimReceipt == nil {
            stored.claimReceipt = receipt?.id ?? "-"
            work.order.flags.insert(.unconfirmed)
            work.note("success_reported", stored.ticket)
        } else if stored.claimReceipt == "-", let receipt {
            stored.claimReceipt = receipt.id
            work.note("receipt_reported", stored.ticket, receipt.id)
        }
        try askSoon()
    }

    /// Keeps where the customer pays, for as long as nothing has ended the attempt; until it closes the attempt stays
    /// open.
    private mutating func open(_ page: PageToPay?) throws {
        guard let page, stored.page == nil, stored.state.isLive else { return }
        stored.page = page
        work.note("page_opened", stored.ticket)
        try books.schedule(Job(.deadline, work.order.id, stored.ticket, dueAt: rules.end(of: page)))
    }

    // MARK: What follows

    mutating func contradict(_ flag: OrderFlag, _ why: String) throws {
        work.order.flags.insert(flag)
        try review(flag.rawValue, why)
    }

    private mutating func review(_ kind: String, _ why: String) throws {
        try work.review(kind, subject: stored.ticket.value, why, stored.ticket)
    }

    /// Asks the provider at once what became of the attempt.
    private func askSoon() throws { try books.schedule(Job(.query, work.order.id, stored.ticket, dueAt: now)) }

    /// Writes everything, or nothing when there was no news.
    ///
    /// - Returns: Whether anything changed.
    private func save() throws -> Bool {
        var work = work
        guard !work.events.isEmpty else { return false }
        if work.order.liveTicket == stored.ticket, !stored.state.isLive { work.order.liveTicket = nil }
        try books.save(stored)
        _ = try work.save()
        guard stored.state != original.state else { return true }
        switch stored.state {
        case .pending: break
        case .unknown, .promptSent:
            if case .pending = original.state { try scheduleFirstQuery() }
            if case .unknown = original.state { try scheduleFirstQuery() }
        case .refused, .cancelled, .failed:
            // A success that was reported is asked about to the end (I9).
            if stored.claimReceipt == nil { try books.cancel(.query, of: stored.ticket) }
            try books.cancel(.deadline, of: stored.ticket)
        case .paid:
            try books.cancel(.deadline, of: stored.ticket)
        case .expired(let decline):
            // Our own deadline proves nothing, so the questions go on; the provider's word ends them.
            guard decline.code != "deadline" else { break }
            if stored.claimReceipt == nil { try books.cancel(.query, of: stored.ticket) }
            try books.cancel(.deadline, of: stored.ticket)
        }
        return true
    }

    private func scheduleFirstQuery() throws {
        guard let due = rules.nextQuery(of: stored, after: now) else { return }
        try books.schedule(Job(.query, work.order.id, stored.ticket, dueAt: due))
    }
}
