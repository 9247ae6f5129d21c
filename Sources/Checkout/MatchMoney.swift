import Commerce
import Cryptography
import Database
import PaymentKit
import Storage

/// Money that names no order, with the orders that it may be for.
package struct UnmatchedMoney: Sendable {
    package let capture: Capture
    package let payer: Payer?
    /// What the payer typed; may hold people's data.
    package let account: String
    /// The likeliest first; for a person to decide.
    package let suggestions: [(order: Order, suggestion: Suggestion)]
}

/// Why money was not assigned. Nothing was changed.
package enum AssignRefusal: Error, Sendable, Hashable { case noSuchMoney, noSuchOrder, personMissing, alreadyAssigned }

extension Shop {
    /// What waits to be matched by a person, the newest first.
    package func unmatchedMoney(atMost count: Int = 50) async throws -> [UnmatchedMoney] {
        try await database.read { [vault] reading in
            try reading.unmatchedMoney(atMost: count).map { capture in
                let sender = try reading.sender(of: capture.id, vault)
                let money = IncomingMoney(
                    amount: capture.amount, account: AccountText(sender.account ?? ""),
                    payer: sender.payer.map(Payer.init), at: capture.providerAt ?? capture.recordedAt)
                let candidates = try reading.candidates(for: money, vault)
                var suggestions: [(Order, Suggestion)] = []
                if case .suggestions(let found) = MoneyMatch(
                    of: money, among: candidates, sha256: { SHA256.hash($0) })
                {
                    suggestions = try found.compactMap { one in try reading.order(one.order).map { ($0, one) } }
                }
                return UnmatchedMoney(
                    capture: capture, payer: money.payer, account: sender.account ?? "", suggestions: suggestions)
            }
        }
    }

    /// Gives money that waits to an order, by a person's word.
    package func assign(receipt: String, to number: OrderNumber, by person: String) async throws {
        guard !person.isEmpty else { throw AssignRefusal.personMissing }
        let now = now()
        try await database.transaction { [vault, rules, providers] transaction in
            let books = SQLBooks(transaction: transaction, vault: vault, now: now)
            guard let id = try books.order(number: number), let order = try books.order(id) else {
                throw AssignRefusal.noSuchOrder
            }
            let held = try providers.compactMap { try books.capture(receipt: receipt, instance: $0.name) }.first
            guard let held else { throw AssignRefusal.noSuchMoney }
            guard held.order == nil else { throw AssignRefusal.alreadyAssigned }
            let report = MoneyReport(
                instance: held.instance, receipt: Receipt(receipt), amount: held.amount, account: "", road: .staff,
                level: held.level)
            var work = OrderWork(order, books, rules)
            work.note("assigned_by", nil, String(person.prefix(100)))
            try ReceivedMoney.assign(held, report, to: &work)
            try books.note(.staff, held.level, of: held.id)
            _ = try work.save()
        }
        wake.now()
    }
}
