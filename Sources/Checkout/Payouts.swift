import Commerce
import Cryptography
import Database
import FoundationEssentials
import PaymentKit
import PluginHost
import Storage

/// What staff ask for: money of the shop's to somebody.
package struct PayoutRequest: Sendable {
    package var instance: String
    package var amount: Money
    /// The provider's payout form, as typed.
    package var payee: [String: String]
    package var reason: String
    /// Who asks, as the shop knows them.
    package var by: String

    package init(instance: String, amount: Money, payee: [String: String], reason: String, by: String) {
        self.instance = instance
        self.amount = amount
        self.payee = payee
        self.reason = reason
        self.by = by
    }
}

/// Why a payout was not asked for, approved or turned down. Nothing was changed.
package enum PayoutRefusal: Error, Sendable, Hashable {
    case notPossible, noSuchPayout
    case reasonMissing, personMissing, amountMissing
    /// Reasons are kept in clear, so they may not hold people's numbers.
    case reasonHoldsPhone
    case payee([FieldValues.Problem])
    /// It has been decided already.
    case notWaiting(state: String)
    /// The amount asks for a second person.
    case samePerson
}

extension Shop {
    /// Asks for a payout. Nothing leaves before it is approved.
    package func requestPayout(_ request: PayoutRequest) async throws -> Payout {
        guard let abilities = provider(request.instance)?.abilities, abilities.payouts != nil else {
            throw PayoutRefusal.notPossible
        }
        guard !request.reason.isEmpty else { throw PayoutRefusal.reasonMissing }
        guard !request.reason.holdsPhone else { throw PayoutRefusal.reasonHoldsPhone }
        guard !request.by.isEmpty else { throw PayoutRefusal.personMissing }
        guard request.amount.minor > 0 else { throw PayoutRefusal.amountMissing }
        let form: FieldValues
        do throws(FieldValues.Problems) {
            form = try FieldValues(request.payee, checkedAgainst: abilities.manifest.payoutForm)
        } catch { throw PayoutRefusal.payee(error.list) }
        // A number that stands where a text is expected, such as an account, is hidden as well.
        let shown = abilities.manifest.payoutForm.compactMap { spec in
            form.masked[spec.key].map { value in
                switch spec.kind {
                case .choice, .phone: value
                case .text, .multiline, .secret, .integer, .url, .email:
                    "\(spec.key) \(value.holdsPhone ? "•••" : value)"
                }
            }
        }
        let payout = Payout(
            ticket: Ticket("P\(OrderNumber().text)"), instance: request.instance, amount: request.amount,
            payeeShown: String(shown.joined(separator: " ").prefix(200)), reason: String(request.reason.prefix(400)),
            requestedBy: String(request.by.prefix(100)), requestedAt: now())
        let payee = String(decoding: try JSONEncoder().encode(request.payee), as: UTF8.self)
        try await database.transaction { [vault] transaction in
            try transaction.insert(payout, payee: payee, vault)
            try transaction.openReview(
                "payout_to_approve", subject: payout.ticket.value, order: nil, detail: payout.amount.decimalText,
                at: payout.requestedAt)
        }
        return payout
    }

    /// Approves a payout: it is sent once, when the seconds to stop it are over.
    package func approvePayout(_ ticket: Ticket, by person: String) async throws -> Payout {
        let now = now()
        let payout = try await database.transaction { [rules] transaction in
            var payout = try Self.waiting(ticket, by: person, transaction)
            if payout.amount.minor >= rules.secondPersonFrom.minor, person == payout.requestedBy {
                throw PayoutRefusal.samePerson
            }
            payout.state = .approved
            payout.approvedBy = String(person.prefix(100))
            payout.approvedAt = now
            try transaction.save(payout)
            try transaction.closeReview("payout_to_approve", subject: ticket.value, at: now)
            try transaction.schedule(Job(.payout, payout: ticket, dueAt: now.adding(seconds: rules.undoSeconds)))
            return payout
        }
        wake.now()
        return payout
    }

    /// Turns a payout down that waits, or stops one that was approved and has not begun to leave.
    package func rejectPayout(_ ticket: Ticket, by person: String, reason: String) async throws -> Payout {
        guard !reason.isEmpty else { throw PayoutRefusal.reasonMissing }
        guard !reason.holdsPhone else { throw PayoutRefusal.reasonHoldsPhone }
        let now = now()
        return try await database.transaction { transaction in
            let known = try transaction.payout(ticket)
            let isStopped = try known?.state == .approved && !transaction.mayHaveActed(ticket)
            guard !person.isEmpty else { throw PayoutRefusal.personMissing }
            guard var payout = try isStopped ? known : Self.waiting(ticket, by: person, transaction) else {
                throw PayoutRefusal.noSuchPayout
            }
            payout.state = .failed(
                Decline(.notPermitted, retry: .never, code: "rejected", detail: "\(person): \(reason)"))
            payout.closedAt = now
            try transaction.save(payout)
            try transaction.closeReview("payout_to_approve", subject: ticket.value, at: now)
            return payout
        }
    }

    /// Says what became of a payout that the provider leaves open: a person has seen it on the provider's portal.
    package func resolvePayout(
        _ ticket: Ticket, hasMoved: Bool, by person: String, reason: String
    ) async throws -> Payout {
        guard !person.isEmpty else { throw PayoutRefusal.personMissing }
        guard !reason.isEmpty else { throw PayoutRefusal.reasonMissing }
        guard !reason.holdsPhone else { throw PayoutRefusal.reasonHoldsPhone }
        let now = now()
        return try await database.transaction { [vault] transaction in
            guard let payout = try transaction.payout(ticket) else { throw PayoutRefusal.noSuchPayout }
            guard [.unknown, .submitted].contains(payout.state) else {
                throw PayoutRefusal.notWaiting(state: payout.state.name)
            }
            let books = SQLBooks(transaction: transaction, vault: vault, now: now)
            let decline = Decline(.other, retry: .never, code: "staff", detail: "\(person): \(reason)")
            // What a person has seen there is the provider's word.
            let fact = hasMoved ? Fact.sent(payout.amount, receipt: nil) : .declined(decline)
            let news = News(.query, Outcome(fact))
            _ = try PayoutDesk.record(news, about: ticket, instance: payout.instance, books)
            for kind in ["payout_unknown", "payout_unclear", "payout_failed", "provider_unsure"] {
                _ = try transaction.closeReview(kind, subject: ticket.value, by: person, because: reason, at: now)
            }
            return try transaction.payout(ticket) ?? payout
        }
    }

    /// Payouts, those that are not ended first, then the newest.
    package func payouts(atMost count: Int = 100) async throws -> [Payout] {
        try await database.read { try $0.payouts(atMost: count) }
    }

    private static func waiting(_ ticket: Ticket, by person: String, _ reading: some SQLReading) throws -> Payout {
        guard !person.isEmpty else { throw PayoutRefusal.personMissing }
        guard let payout = try reading.payout(ticket) else { throw PayoutRefusal.noSuchPayout }
        guard payout.state == .requested else { throw PayoutRefusal.notWaiting(state: payout.state.name) }
        return payout
    }
}

/// News about a payout: joined with what is known of it, and counted only when the provider says that money moved.
struct PayoutDesk {
    private let books: SQLBooks
    private var payout: Payout
    private let original: Payout
    /// Whether the provider says that a person must look.
    private var isForPerson = false
    private var hasChanged = false

    /// Journals that the request is about to leave, and ends the wait of whoever else works on it.
    ///
    /// - Throws: ``Prompts/ActIsOver``.
    static func beginAct(_ payout: Payout, _ books: SQLBooks) throws -> Int {
        guard payout.state == .approved, try !books.mayHaveActed(payout.ticket) else { throw Prompts.ActIsOver() }
        try books.transaction.save(payout)
        return try books.beginAct(payout.ticket)
    }

    /// Applies news in the books' transaction; hearing it twice is harmless.
    ///
    /// - Returns: Whether anything changed.
    static func record(_ news: News, about ticket: Ticket, instance: String, _ books: SQLBooks) throws -> Bool {
        guard let payout = try books.transaction.payout(ticket), payout.instance == instance else { return false }
        var desk = PayoutDesk(books: books, payout: payout, original: payout)
        try desk.take(news)
        return try desk.save()
    }

    private init(books: SQLBooks, payout: Payout, original: Payout) {
        self.books = books
        self.payout = payout
        self.original = original
    }

    private mutating func take(_ news: News) throws {
        let idsFit = try books.keep(
            news.outcome.references, of: payout.ticket, instance: payout.instance,
            isBelieved: news.source != .callback(isListed: false))
        switch (news.source, news.outcome.fact) {
        case (.journal, _):
            guard payout.state == .approved, try books.mayHaveActed(payout.ticket) else { return }
            try learn(.unknown)
        case (.ourselves(.mayHaveBeenSent), _): try learn(.unknown)
        case (.ourselves(.refused(let decline)), _):
            // Another worker's request may be out, whatever this one's came to.
            if try books.mayHaveActed(payout.ticket) { try learn(.unknown) } else { try fail(decline) }
        case (.ourselves, _): break
        case (.startAnswer, .pending): try learn(.submitted)
        case (let source, .sent(let amount, let receipt)):
            guard source.isProof, idsFit else { return try doubt(source, idsFit) }
            guard amount == payout.amount else {
                return try review("contradiction", "sent \(amount.decimalText), asked for \(payout.amount.decimalText)")
            }
            if payout.receipt == nil, let receipt {
                payout.receipt = receipt.id
                hasChanged = true
            }
            try learn(.succeeded)
        case (let source, .declined(let decline)):
            guard source.isProof, idsFit else { return try doubt(source, idsFit) }
            guard payout.state != .succeeded else {
                return try review("contradiction", "a no (\(decline.code)) after the money was sent")
            }
            try fail(decline)
        case (_, .unclear(let code, let detail)):
            try review("payout_unclear", "\(code) \(detail)")
            try askSoon()
        case (_, .needsReview(let why)):
            try review("provider_unsure", why)
            // Asking on would not help, and may lock the shop out of the provider: a person decides.
            isForPerson = true
            try books.cancel(.payoutQuery, of: payout.ticket)
        case (_, .pending), (_, .notFound), (_, .balance): break
        case (_, .paid), (_, .authorized), (_, .returned):
            try review("unexpected_fact", "another fact than that of a payment to somebody")
        }
        // There was an answer, so the request may be out, whatever else the answer says.
        if news.source == .startAnswer, payout.state == .approved { try learn(.unknown) }
    }

    private mutating func fail(_ decline: Decline) throws {
        try learn(.failed(decline))
        if case .failed = payout.state { try review("payout_failed", "\(decline.code) \(decline.detail)") }
    }

    /// Nobody signs these: what comes from a foreign address or under foreign ids is asked about.
    private func doubt(_ source: News.Source, _ idsFit: Bool) throws {
        if !idsFit { try review("id_mismatch", "a payout's result under another id") }
        try askSoon()
    }

    private mutating func learn(_ evidence: Refund.State) throws {
        let next = payout.state.joined(with: evidence)
        guard next != payout.state else { return }
        payout.state = next
        if payout.sentAt == nil, try books.mayHaveActed(payout.ticket) { payout.sentAt = books.now }
        if !next.isOpen { payout.closedAt = books.now }
        hasChanged = true
    }

    private func review(_ kind: String, _ why: String) throws {
        try books.openReview(kind, subject: payout.ticket.value, order: nil, detail: why)
    }

    private func askSoon() throws {
        guard payout.state.isOpen else { return }
        try books.schedule(Job(.payoutQuery, payout: payout.ticket, dueAt: books.now))
    }

    private func save() throws -> Bool {
        guard hasChanged else { return false }
        try books.transaction.save(payout)
        guard payout.state != original.state else { return true }
        switch payout.state {
        case .requested, .approved: break
        case .unknown, .submitted:
            guard !isForPerson else { break }
            try books.schedule(Job(.payoutQuery, payout: payout.ticket, dueAt: books.now.adding(seconds: 30)))
        case .failed, .succeeded:
            try books.cancel(.payout, of: payout.ticket)
            try books.cancel(.payoutQuery, of: payout.ticket)
        }
        if payout.state == .succeeded {
            for kind in ["payout_failed", "payout_unknown", "payout_unclear"] {
                try books.closeReview(kind, subject: payout.ticket.value)
            }
            let amount = payout.amount
            try books.post(
                [(.payouts, amount.minor), (.providerClearing, -amount.minor)], amount.currency, order: nil,
                cause: payout.ticket.value)
        }
        return true
    }
}

extension News.Source {
    /// Whether a final word from here counts: our own question's answer, or a message from a listed address.
    fileprivate var isProof: Bool {
        switch self {
        case .callback(let isListed): isListed
        case .startAnswer, .query: true
        case .journal, .ourselves: false
        }
    }
}
