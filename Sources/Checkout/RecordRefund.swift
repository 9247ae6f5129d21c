import Commerce
import Database
import PaymentKit
import Storage

/// News about a refund: joined with what is known of it, and counted only when the provider says that money moved.
struct RefundRecording<B: Books> {
    private let books: B
    private var work: OrderWork<B>
    private var refund: Refund
    private let original: Refund
    /// Whether the provider says that a person must look.
    private var isForPerson = false

    /// Applies news about a refund in the books' transaction.
    static func record(
        _ news: News, about ticket: Ticket, instance: String, _ books: B, _ rules: ShopRules
    ) throws -> Shop.Recorded {
        guard let id = try books.order(of: ticket), let order = try books.order(id),
            let refund = try books.refund(ticket), refund.instance == instance
        else { return .unknownAttempt }
        if let key = news.key, try !books.markApplied(key, instance: instance, order: order.id) { return .oldNews }
        var recording = RefundRecording(
            books: books, work: OrderWork(order, books, rules), refund: refund, original: refund)
        try recording.take(news)
        return try recording.save() ? .changed : .oldNews
    }

    private mutating func take(_ news: News) throws {
        let idsFit = try books.keep(
            news.outcome.references, of: refund.ticket, instance: refund.instance,
            isBelieved: news.source != .callback(isListed: false))
        switch (news.source, news.outcome.fact) {
        case (.journal, _):
            // A worker stopped: the journal says whether the request may be out. If not, it is sent by the next one.
            guard case .approved = refund.state, try books.mayHaveActed(refund.ticket) else { return }
            try learn(.unknown)
        case (.ourselves(.mayHaveBeenSent), _): try learn(.unknown)
        case (.ourselves(.refused(let decline)), _):
            // Another worker's request may be out, whatever this one's came to.
            try learn(books.mayHaveActed(refund.ticket) ? .unknown : .failed(decline))
        case (.ourselves, _): break
        case (.startAnswer, .pending): try learn(.submitted)
        case (_, .returned(let amount, let receipt, _)), (_, .sent(let amount, let receipt)):
            try takeReturned(amount, receipt, from: news.source, idsFit: idsFit)
        case (let source, .declined(let decline)): try takeDecline(decline, from: source, idsFit: idsFit)
        case (_, .unclear(let code, let detail)):
            try review("refund_unclear", "\(code) \(detail)")
            try askSoon()
        case (_, .needsReview(let why)):
            try review("provider_unsure", why)
            // Asking on would not help, and may lock the shop out of the provider: a person decides.
            isForPerson = true
            try books.cancel(.refundQuery, of: refund.ticket)
        case (_, .pending), (_, .notFound), (_, .balance): break
        case (_, .paid), (_, .authorized): try review("unexpected_fact", "a payment where a refund was asked for")
        }
        // There was an answer, so the request may be out, whatever else the answer says.
        if news.source == .startAnswer, refund.state == .approved { try learn(.unknown) }
    }

    private mutating func takeReturned(
        _ amount: Money, _ receipt: Receipt?, from source: News.Source, idsFit: Bool
    ) throws {
        if case .callback(let isListed) = source {
            guard isListed, idsFit else {
                if !idsFit { try review("id_mismatch", "a refund's result under another id") }
                return try askSoon()
            }
        }
        guard amount == refund.amount else {
            return try review(
                "contradiction", "returned \(amount.decimalText), asked for \(refund.amount.decimalText)")
        }
        if refund.receipt == nil { refund.receipt = receipt?.id }
        try learn(.succeeded)
    }

    private mutating func takeDecline(_ decline: Decline, from source: News.Source, idsFit: Bool) throws {
        switch source {
        case .callback(let isListed) where !isListed || !idsFit: try askSoon()
        case .callback, .startAnswer, .query:
            guard refund.state != .succeeded else {
                return try review("contradiction", "a no (\(decline.code)) after the money went back")
            }
            try learn(.failed(decline))
            if case .failed = refund.state { try review("refund_failed", "\(decline.code) \(decline.detail)") }
        case .ourselves, .journal: break
        }
    }

    private mutating func learn(_ evidence: Refund.State) throws {
        let next = refund.state.joined(with: evidence)
        guard next != refund.state else { return }
        refund.state = next
        if refund.sentAt == nil, try books.mayHaveActed(refund.ticket) { refund.sentAt = books.now }
        if !next.isOpen { refund.closedAt = books.now }
        work.note("refund_\(next.name)", refund.ticket, next.decline?.code ?? refund.amount.decimalText)
    }

    private mutating func review(_ kind: String, _ why: String) throws {
        try work.review(kind, subject: refund.ticket.value, why, refund.ticket)
    }

    private func askSoon() throws {
        try books.schedule(Job(.refundQuery, work.order.id, refund.ticket, dueAt: books.now))
    }

    private mutating func save() throws -> Bool {
        guard !work.events.isEmpty else { return false }
        try books.save(refund)
        if refund.state != original.state { try settle() }
        return try work.save()
    }

    /// Moves the money in the books when it has gone back, and frees it when it has not.
    private mutating func settle() throws {
        switch refund.state {
        case .requested, .approved: break
        case .unknown, .submitted:
            guard !isForPerson else { return }
            try books.schedule(Job(.refundQuery, work.order.id, refund.ticket, dueAt: books.now.adding(seconds: 30)))
        case .failed:
            for kind in ["refund_to_approve", "refund_unknown"] {
                try books.closeReview(kind, subject: refund.ticket.value)
            }
            try books.cancel(.refund, of: refund.ticket)
            try books.cancel(.refundQuery, of: refund.ticket)
            try change { $0.returning = $0.returning - $1 }
        case .succeeded:
            for kind in ["refund_to_approve", "refund_unknown", "refund_unclear"] {
                try books.closeReview(kind, subject: refund.ticket.value)
            }
            try books.cancel(.refund, of: refund.ticket)
            try books.cancel(.refundQuery, of: refund.ticket)
            let wasFreed = !original.state.isOpen
            try change {
                if wasFreed { $0.returning = $0.returning + $1 }
                $0.returned = $0.returned + $1
            }
            work.debitReturn(refund.amount, because: refund.ticket.value)
            try work.settle(because: refund.ticket.value)
        }
    }

    private func change(_ body: (inout Capture, Money) -> Void) throws {
        guard var capture = try books.captures(of: work.order.id).first(where: { $0.id == refund.capture }) else {
            throw StaleWrite()
        }
        body(&capture, refund.amount)
        // Somebody has counted it between two reads: the order has moved on, and the transaction is run again.
        guard 0 <= capture.returned.minor, capture.returned.minor <= capture.returning.minor,
            capture.returning.minor <= capture.amount.minor
        else { throw StaleWrite() }
        try books.save(capture, payer: nil)
    }
}
