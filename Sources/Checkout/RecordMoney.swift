import Commerce
import Database
import PaymentKit
import Storage

/// How the money of an attempt becomes one row, by whatever roads it is reported.
extension Recording {
    /// The capture of this attempt, or nil.
    func known() throws -> Capture? {
        try books.captures(of: work.order.id).first { $0.ticket == stored.ticket }
    }

    /// Whether money with a receipt may be this attempt's: it is, or the order's or nobody's and not proved another's.
    func belongsHere(_ capture: Capture) -> Bool {
        if capture.ticket == stored.ticket { return true }
        return capture.amount == stored.amount && capture.link < .own
            && (capture.order == nil || capture.order == work.order.id)
    }

    /// Books the money of this attempt, once. The same money may be known already: under this attempt without its
    /// receipt, or by its receipt without this attempt; both become one row.
    mutating func capture(
        _ reported: Receipt?, _ level: CaptureEvidence, _ road: EvidenceRoad
    ) throws {
        var receipt = reported?.id == "-" ? nil : reported
        var known = try known()
        if let receipt, let mine = known, let other = mine.receipt, other != receipt.id {
            guard mine.link < .own else {
                return try contradict(.contradiction, "a second receipt for one prompt")
            }
            try free(mine, other)
            known = nil
        }
        if let id = receipt?.id, let other = try books.capture(receipt: id, instance: stored.instance),
            other.ticket != stored.ticket
        {
            if belongsHere(other) { return try join(other, with: known, receipt, level, road) }
            // The money is here by the provider's own word, and its receipt stands elsewhere: keep the one, question
            // the other.
            try contradict(.contradiction, "confirmed under a receipt that paid something else")
            receipt = nil
        }
        if var known {
            try books.note(road, level, of: known.id)
            guard let receipt else { return try raise(&known, to: level) }
            guard known.receipt != receipt.id || known.link < .own || level > known.level else { return }
            work.note(known.receipt == nil ? "receipt_known" : "confirmed", stored.ticket, receipt.id)
            try books.closeReview("receipt_owed", subject: known.id.text)
            known.receipt = receipt.id
            known.link = .own
            known.level = max(known.level, level)
            known.providerAt = known.providerAt ?? receipt.at.map(Timestamp.init)
            return try books.save(known, payer: receipt.payer)
        }
        if receipt == nil, var likely = try unclaimed() {
            likely.ticket = stored.ticket
            likely.link = .likely
            likely.level = max(likely.level, level)
            try books.save(likely, payer: nil)
            try books.note(road, level, of: likely.id)
            return try paid(likely, level)
        }
        let booked = Capture(
            id: books.makeIdentity(), instance: stored.instance, ticket: stored.ticket, link: .own,
            order: work.order.id,
            amount: stored.amount, receipt: receipt?.id, level: level, recordedAt: now,
            providerAt: receipt?.at.map(Timestamp.init))
        try books.insert(booked, payer: receipt?.payer, account: nil)
        try books.note(road, level, of: booked.id)
        work.credit(booked)
        try paid(booked, level)
    }

    /// What was taken for this attempt's money is other money of the same order.
    private mutating func free(_ mine: Capture, _ receipt: String) throws {
        var freed = mine
        freed.ticket = nil
        freed.link = .none
        try books.save(freed, payer: nil)
        work.note("receipt_is_other_money", stored.ticket, receipt)
        // Whose? Most likely another attempt's, whose receipt was never named.
        if let owed = try work.owed(freed.amount, instance: freed.instance),
            var merged = try work.merge(owed, into: freed)
        {
            merged.link = .likely
            try books.save(merged, payer: nil)
        }
    }

    /// Money of the order in this attempt's amount that is no attempt's: a success without a receipt is most likely it.
    /// Should it not be, the receipt that comes later says so.
    private func unclaimed() throws -> Capture? {
        try books.captures(of: work.order.id).first {
            $0.ticket == nil && $0.instance == stored.instance && $0.amount == stored.amount && $0.receipt != nil
        }
    }

    /// Notes that a further road proves what is known.
    mutating func raise(_ known: inout Capture, to level: CaptureEvidence) throws {
        guard level > known.level else { return }
        work.note("confirmed", stored.ticket)
        known.level = level
        try books.save(known, payer: nil)
    }

    /// The money came by another road first, under its receipt: it is this attempt's.
    mutating func join(
        _ other: Capture, with mine: Capture?, _ receipt: Receipt?, _ level: CaptureEvidence, _ road: EvidenceRoad
    ) throws {
        var joined = other
        var mine = mine
        if other.ticket == nil, let owed = mine {
            // Counted twice until now: once under the attempt, once under the receipt.
            guard let merged = try work.merge(owed, into: other) else { return }
            joined = merged
        } else if mine != nil {
            // It goes to the attempt that loses this receipt; one row for each of the two payments stays.
            mine?.ticket = nil
            if let mine { try books.save(mine, payer: nil) }
        }
        let cameFromNobody = other.order == nil
        joined.ticket = stored.ticket
        joined.link = .own
        joined.order = work.order.id
        joined.level = max(other.level, level)
        try books.save(joined, payer: receipt?.payer)
        try books.note(road, level, of: joined.id)
        if cameFromNobody {
            work.creditHeld(other)
            try books.closeReview("unmatched_money", subject: joined.id.text)
        }
        if let loser = other.ticket { try compensate(loser, level, with: mine) }
        try paid(joined, level)
    }

    /// Gives another attempt, which was paid too, a row again: the receipt that was taken for its own is this one's.
    private mutating func compensate(_ loser: Ticket, _ level: CaptureEvidence, with mine: Capture?) throws {
        if var given = try mine ?? unclaimed() {
            given.ticket = loser
            given.link = given.receipt == nil ? .own : .likely
            try books.save(given, payer: nil)
        } else {
            let owed = Capture(
                id: books.makeIdentity(), instance: stored.instance, ticket: loser, link: .own, order: work.order.id,
                amount: stored.amount, receipt: nil, level: level, recordedAt: now, providerAt: nil)
            try books.insert(owed, payer: nil, account: nil)
            work.credit(owed)
        }
        work.note("receipt_is_another_attempts", loser)
    }

    mutating func paid(_ capture: Capture, _ level: CaptureEvidence) throws {
        work.note("captured", stored.ticket, "\(capture.amount.decimalText) \(level.rawValue)")
        work.order.flags.remove(.unconfirmed)
        stored.claimReceipt = nil
        try books.closeReview("outcome_unknown", subject: stored.ticket.value)
        try work.settle(because: capture.id.text)
        learn(.paid)
    }
}
