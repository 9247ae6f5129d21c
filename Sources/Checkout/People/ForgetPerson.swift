import Commerce
import Database
import PaymentKit
import Storage

/// What came of somebody's wish to be forgotten.
package struct Erasure: Sendable {
    /// Orders out of which they were taken.
    package var orders: [OrderNumber] = []
    /// Prompts and payments of other people's orders, payouts and messages out of which they were taken.
    package var prompts = 0, payments = 0, payouts = 0, messages = 0
    /// What is still needed, and why: an order's number, or a receipt. Orders of theirs are forgotten by themselves as
    /// soon as that is over.
    package var waiting: [(what: String, reasons: [KeepReason])] = []

    package var isNothing: Bool {
        orders.isEmpty && prompts + payments + payouts + messages == 0 && waiting.isEmpty
    }
}

/// Why nobody was forgotten. Nothing was changed.
package enum ErasureRefusal: Error, Sendable, Hashable {
    case phone(PhoneNumber.Problem)
    case reasonMissing
    /// The trail is kept in clear.
    case reasonHoldsPhone
}

extension Shop {
    /// Forgets somebody: their number, name, e-mail and address go out of every order that is over, and out of what
    /// others told about them. Money, histories and what was bought stay, so the books balance as before.
    ///
    /// What is still needed (money that is open) is named, and orders of theirs are forgotten later by themselves.
    ///
    /// - Parameters:
    ///   - person: Who forgets them; stands in the trail, which does not have the number.
    ///   - isTrial: Whether it is only told what would be done.
    package func forget(
        _ phone: PhoneNumber, by person: String, because reason: String, isTrial: Bool = false
    ) async throws -> Erasure {
        let reason = reason.trimmed
        guard !reason.isEmpty else { throw ErasureRefusal.reasonMissing }
        guard !reason.holdsPhone, !person.holdsPhone else { throw ErasureRefusal.reasonHoldsPhone }
        let known = try await personalData(of: phone)
        // Neither the number nor a part of it; before anything is gone.
        if !isTrial { try await note(AuditEntry(person, "person_forgotten", "a customer", reason)) }
        var erasure = Erasure()
        var needed: Set<ID<Order>> = []
        for purchase in known.purchases {
            let number = purchase.order.number
            let keeps =
                isTrial
                ? purchase.keeps : try await forgetOrder(purchase.order.id, "asked for, by \(person)", isWanted: true)
            if keeps.isEmpty { erasure.orders.append(number) } else { erasure.waiting.append((number.text, keeps)) }
            if !keeps.isEmpty { needed.insert(purchase.order.id) }
        }
        let theirs = Set(known.purchases.map(\.order.id))
        for prompt in known.prompts where !theirs.contains(prompt.attempt.order) {
            let keeps = try await forget(prompt.attempt, phone, isTrial: isTrial)
            if keeps.isEmpty { erasure.prompts += 1 } else { erasure.waiting.append((prompt.order.text, keeps)) }
            if !keeps.isEmpty { needed.insert(prompt.attempt.order) }
        }
        for payment in known.payments where payment.capture.order.map({ !theirs.contains($0) }) ?? true {
            let keeps = try await forgetPayer(of: payment.capture, isTrial: isTrial)
            let name = payment.order?.text ?? payment.capture.receipt ?? payment.capture.id.text
            if keeps.isEmpty { erasure.payments += 1 } else { erasure.waiting.append((name, keeps)) }
        }
        try await forgetRest(of: known, phone, stillNeeded: needed, isTrial: isTrial, &erasure)
        guard !isTrial else { return erasure }
        let counts = "\(reason): \(erasure.orders.count) orders; \(erasure.waiting.count) wait"
        try await note(AuditEntry(person, "person_forgotten_done", "a customer", counts))
        // What was overwritten still lies in the log of SQLite until that is emptied.
        try await database.emptyLog()
        return erasure
    }

    /// Payouts, messages, and what was counted. Messages about an order that is still needed go with it; so do those
    /// about somebody else's, which are named.
    private func forgetRest(
        of known: PersonalData, _ phone: PhoneNumber, stillNeeded orders: Set<ID<Order>>, isTrial: Bool,
        _ erasure: inout Erasure
    ) async throws {
        let theirs = Set(known.purchases.map(\.order.id)).union(known.prompts.map(\.attempt.order))
        let now = now()
        let messages = try await database.read { reading in
            try known.messages.compactMap { message -> (PersonalData.Message, keeps: [KeepReason])? in
                let about = Set(try message.about.compactMap(reading.order))
                guard about.isDisjoint(with: orders) else { return nil }
                var keeps: [KeepReason] = message.isOpen ? [.itemIsOpen] : []
                for other in try about.subtracting(theirs).compactMap(reading.order) {
                    keeps += try Self.keeps(other, reading, at: now).filter { !keeps.contains($0) }
                }
                return (message, keeps)
            }
        }
        for payout in known.payouts {
            if payout.isOpen {
                erasure.waiting.append((payout.ticket.value, [.refundIsOpen]))
            } else {
                erasure.payouts += 1
            }
        }
        for (message, keeps) in messages {
            if keeps.isEmpty { erasure.messages += 1 } else { erasure.waiting.append((message.id, keeps)) }
        }
        guard !isTrial else { return }
        try await database.transaction { [vault] transaction in
            for payout in known.payouts where !payout.isOpen { try transaction.forgetPayee(ofPayout: payout.ticket) }
            try transaction.forgetMessages(messages.filter(\.keeps.isEmpty).map(\.0.id))
            try transaction.forgetLimits(of: phone, vault)
        }
    }

    /// Forgets an order's people, unless they are still needed.
    ///
    /// - Parameters:
    ///   - isWanted: Whether somebody asked for it: then it is done later when it cannot be done now. Without, the
    ///     order has lain long enough, and goods that nobody handed over do not matter any more.
    ///   - changedBefore: An order to which something happened since is left alone.
    /// - Returns: Why they are still needed; empty when they are forgotten.
    func forgetOrder(
        _ id: ID<Order>, _ why: String, isWanted: Bool, changedBefore: Timestamp? = nil
    ) async throws -> [KeepReason] {
        let now = now()
        return try await database.transaction { [vault] transaction in
            guard let order = try transaction.order(id) else { return [] }
            if let changedBefore, order.changedAt >= changedBefore { return [.notEnded] }
            let keeps =
                isWanted
                ? try Self.keeps(order, transaction, at: now)
                : try transaction.keepReasons(of: order, goodsDueSince: nil, at: now)
            if keeps.isEmpty {
                try transaction.forgetPeople(of: order, because: why, vault, at: now)
            } else if isWanted {
                try transaction.forgetLater(id, at: now)
            }
            return keeps
        }
    }

    private func forget(_ attempt: Attempt, _ phone: PhoneNumber, isTrial: Bool) async throws -> [KeepReason] {
        let now = now()
        return try await database.transaction { [vault] transaction in
            guard let order = try transaction.order(attempt.order) else { return [] }
            let keeps = try Self.keeps(order, transaction, at: now)
            if keeps.isEmpty, !isTrial {
                try transaction.save(
                    order, events: [OrderEvent("people_forgotten", attempt.ticket, "a number that was prompted")],
                    at: now)
                try transaction.forgetPhone(ofPrompt: attempt.ticket, of: order.id, phone, vault)
            }
            return keeps
        }
    }

    private func forgetPayer(of capture: Capture, isTrial: Bool) async throws -> [KeepReason] {
        let now = now()
        return try await database.transaction { transaction in
            var keeps: [KeepReason] = []
            if let order = try capture.order.flatMap({ try transaction.order($0) }) {
                keeps = try Self.keeps(order, transaction, at: now)
            } else if capture.mergedInto == nil, capture.returned.minor < capture.amount.minor {
                keeps = [.moneyIsUnmatched]
            }
            if keeps.isEmpty, !isTrial { try transaction.forgetPayer(of: capture.id) }
            return keeps
        }
    }
}
