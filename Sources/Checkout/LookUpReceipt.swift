import Commerce
import Cryptography
import Database
import FoundationEssentials
import Logging
import PaymentKit
import PluginHost
import Storage

/// What came of a shopper's "I have paid".
package enum ReceiptShown: Sendable, Hashable {
    /// No receipt looks like this.
    case notAReceipt
    /// It is among this order's payments.
    case counted
    /// It paid another order, or was sent back.
    case usedElsewhere
    /// The provider was asked; the page says so by itself.
    case asked
    /// The provider cannot be asked now; its own list will show the payment.
    case waiting
    /// Too many questions from this page.
    case tooMany(until: Timestamp)
    /// No order has this page.
    case unknown
}

extension Shop {
    /// Takes a receipt from a shopper. It is a hint where to look, never a proof: only the provider's word counts.
    package func showReceipt(pageToken: String, receipt typed: String, from caller: Caller) async throws -> ReceiptShown
    {
        guard let pageKey = AddressTokens.pageKey(pageToken),
            let order = try await database.read({ try $0.order(pageKey: pageKey) })
        else { return .unknown }
        let attempts = try await database.read { [vault] in try $0.attempts(of: order.id, vault) }
        guard let instance = providerOfReceipts(after: attempts.last?.instance),
            let receipt = await instance.receipt(typed: typed)
        else { return .notAReceipt }
        let now = now()
        let limits = rules.receiptsShown
        let until = try await database.transaction { transaction in
            try transaction.count("receipts \(order.id.text)", limits, at: now)
                ?? transaction.count("receipts \(caller.network)", limits, at: now)
        }
        if let until { return .tooMany(until: until) }
        return try await lookUp(receipt, instance: instance.name, for: order.id)
    }

    /// Whose receipts an order's page takes: those of the provider that was tried last, else of the first that can be
    /// asked about one.
    package func providerOfReceipts(after name: String?) -> ProviderInstance? {
        let able = providers.filter { $0.abilities.lookups != nil }
        return able.first { $0.name == name } ?? able.first
    }

    /// Asks the provider about a receipt, once at a time.
    ///
    /// - Parameter order: Whose page shows it; nil when the shop itself wants to know.
    func lookUp(_ receipt: String, instance name: String, for order: ID<Order>?) async throws -> ReceiptShown {
        let now = now()
        let lookup = Lookup(
            ticket: Ticket("L\(OrderNumber().text)"), order: order, instance: name, receipt: receipt, state: .asked,
            askedAt: now)
        let known = try await database.transaction { [self] transaction -> ReceiptShown? in
            if let capture = try transaction.capture(receipt: receipt, instance: name), let owner = capture.order {
                return owner == order ? .counted : .usedElsewhere
            }
            let asked = try transaction.openLookups(receipt: receipt, instance: name).first {
                $0.order == order && $0.state == .asked && now < $0.askedAt.adding(seconds: 60)
            }
            if asked != nil { return .asked }
            try transaction.insert(lookup)
            try transaction.readStatementSoon(of: name, at: now)
            try note("receipt_shown", lookup, in: transaction)
            return nil
        }
        if let known { return known }
        guard let instance = provider(name) else { return .waiting }
        do {
            let outcome = try await instance.lookUp(receipt, lookup.ticket)
            try await take(outcome, about: lookup, isListed: true)
            return .asked
        } catch let error as PaymentError {
            log.notice("A receipt could not be asked about", metadata: ["error": "\(error)"])
            try await settle(lookup, as: .waiting)
            return .waiting
        }
    }

    /// Answers those whose receipt is in no list of the provider's, which was read a while after they had asked.
    ///
    /// - Returns: When the list should be read again for somebody who asked a moment ago; nil when nobody did.
    func refuseUnlisted(_ instance: String, readAt: Timestamp) async throws -> Timestamp? {
        let open = try await database.read { try $0.unansweredLookups(of: instance) }
        for lookup in open where readAt >= lookup.askedAt.adding(seconds: Self.listLagSeconds) {
            try await settle(lookup, as: .refused)
        }
        return open.map { $0.askedAt.adding(seconds: Self.listLagSeconds) }.filter { $0 > readAt }.min()
    }

    /// Seconds after which a payment is in its provider's list.
    private static let listLagSeconds = 60

    private func settle(_ lookup: Lookup, as state: Lookup.State) async throws {
        try await database.transaction { [self] in try settle(lookup, as: state, in: $0) }
    }

    private func settle(_ lookup: Lookup, as state: Lookup.State, in transaction: Transaction) throws {
        let now = now()
        guard let known = try transaction.lookup(lookup.ticket), known.state != state, known.state != .found else {
            return
        }
        try transaction.settle(lookup.ticket, as: state, at: now)
        try note("receipt_\(state.rawValue)", lookup, in: transaction)
    }

    /// Writes what became of a receipt into the history of the order whose page showed it, so that the page changes.
    private func note(_ kind: String, _ lookup: Lookup, in transaction: Transaction) throws {
        guard let id = lookup.order, let order = try transaction.order(id) else { return }
        let books = SQLBooks(transaction: transaction, vault: vault, now: now())
        var work = OrderWork(order, books, rules)
        work.note(kind, nil, lookup.receipt)
        _ = try work.save()
    }

    /// Takes the provider's answer about a receipt.
    func take(_ outcome: Outcome, about lookup: Lookup, isListed: Bool) async throws {
        switch outcome.fact {
        case .paid(let amount, let receipt?) where receipt.id == lookup.receipt && isListed:
            let report = MoneyReport(
                instance: lookup.instance, receipt: receipt, amount: amount, account: "", road: .lookup,
                level: .confirmed)
            try await receive(report)
            try await claim(report, for: lookup)
        case .declined, .notFound:
            guard isListed else { return }
            try await settle(lookup, as: .refused)
        case .pending, .unclear, .paid: break
        case .authorized, .returned, .sent, .balance, .needsReview:
            try await settle(lookup, as: .review)
        }
    }

    /// Gives money whose receipt a shopper shows to their order, when nothing speaks against it; else a person looks.
    ///
    /// Knowing the receipt is knowing what only the payer's message says. The amount must be what is left to pay, and
    /// the payer must not be provably somebody whom the order does not know.
    private func claim(_ report: MoneyReport, for lookup: Lookup) async throws {
        let now = now()
        try await database.transaction { [self] transaction in
            let books = SQLBooks(transaction: transaction, vault: vault, now: now)
            guard let id = lookup.order, let order = try books.order(id),
                let capture = try books.capture(receipt: lookup.receipt, instance: lookup.instance)
            else { return try settle(lookup, as: .found, in: transaction) }
            guard capture.order == nil else {
                let state: Lookup.State = capture.order == id ? .found : .review
                return try settle(lookup, as: state, in: transaction)
            }
            var phones = try transaction.attempts(of: id, vault).compactMap(\.phone)
            if let phone = try transaction.contact(of: id, vault)?.phone { phones.append(phone) }
            let payer = report.receipt.payer.map(Payer.init)
            let isStranger =
                payer.map { payer in
                    phones.allSatisfy { payer.likeness(to: $0, sha256: { SHA256.hash($0) }) == .different }
                } ?? false
            guard capture.amount == order.standing.remainder, !isStranger else {
                try books.openReview(
                    "claimed_receipt", subject: lookup.receipt, order: id,
                    detail: "a shopper shows a receipt over \(capture.amount.decimalText) that does not fit by itself")
                return try settle(lookup, as: .review, in: transaction)
            }
            var work = OrderWork(order, books, rules)
            try ReceivedMoney.assign(capture, report, to: &work)
            _ = try work.save()
            try settle(lookup, as: .found, in: transaction)
        }
        wake.now()
    }
}
