import Commerce
import Database
import Foundation
import PaymentKit
import PluginHost
import Storage

/// What comparing a provider's list with the books came to.
package struct ReconcileReport: Sendable {
    package let instance: String
    package let from, to: Timestamp
    package let isFromFile: Bool
    /// As both stood before anything was recorded.
    package let difference: Reconciliation
    /// What was recorded of what was missing.
    package let recorded: StatementCount
}

/// How far a comparison is.
package enum ReconcileStep: Sendable {
    /// So many lines of the list were read.
    case read(Int)
    /// Both sides are compared, and nothing is recorded yet.
    case compared(ComparisonReport)
    case recorded(Int, of: Int)
}

extension Shop {
    /// Reads a provider's own list since `from`, records what was missing, and tells what differed.
    ///
    /// - Parameters:
    ///   - to: Nil for now.
    ///   - progress: Called after each part; what it throws ends the comparison where it is, and it may be begun anew.
    package func reconcile(
        _ name: String, from: Timestamp, to end: Timestamp? = nil,
        progress: @Sendable (ReconcileStep) async throws -> Void = { _ in }
    ) async throws -> ReconcileReport {
        guard let instance = provider(name) else { throw PaymentError.unsupported("There is no provider \(name).") }
        let to = end ?? now()
        var lines: [StatementLine] = []
        var page: String?
        // A list that never ends must not keep us for ever.
        for _ in 0..<10_000 {
            let part = try await instance.statement(from: from.date, to: to.date, page: page)
            lines += part.lines
            try await progress(.read(lines.count))
            page = part.next
            if page == nil { break }
        }
        guard page == nil else { throw PaymentError.unavailable("The list does not end.") }
        return try await reconcile(lines, of: name, from: from, to: to, .statement, progress)
    }

    /// The same with a statement that the owner took from the provider's portal: it covers the time from its first
    /// movement to its last.
    ///
    /// - Parameter from: Nil for all of it.
    package func reconcile(
        _ name: String, file lines: [StatementLine], from: Timestamp?,
        progress: @Sendable (ReconcileStep) async throws -> Void = { _ in }
    ) async throws -> ReconcileReport {
        let times = lines.compactMap { $0.receipt.at.map(Timestamp.init) }
        guard let first = times.min(), let last = times.max() else {
            throw PaymentError.invalidInput("The statement has no completed movements.")
        }
        let start = from.map { max($0, first) } ?? first
        let within = lines.filter { line in line.receipt.at.map { Timestamp($0) >= start } ?? true }
        return try await reconcile(within, of: name, from: start, to: last, .file, progress)
    }

    private func reconcile(
        _ lines: [StatementLine], of name: String, from: Timestamp, to: Timestamp, _ road: EvidenceRoad,
        _ progress: @Sendable (ReconcileStep) async throws -> Void
    ) async throws -> ReconcileReport {
        // Rows are stored when the news comes, so an hour covers clocks that differ.
        let since = from.adding(seconds: -3_600)
        var (ours, noted) = try await database.read { reading in
            (
                try reading.bookedMoney(of: name, since: since),
                try reading.receipts(by: road, of: name, since: since)
            )
        }
        var known = Set(ours.filter { $0.kind == .payment }.compactMap(\.receipt))
        for line in lines where line.direction == .incoming && !known.contains(line.receipt.id) {
            let receipt = line.receipt.id
            known.insert(receipt)
            if let old = try await database.read({ try $0.bookedPayment(receipt: receipt, instance: name) }) {
                ours.append(old)
            }
        }
        var scope = Reconciliation.Scope(
            from: from, to: to, listsOutgoing: road == .file, currency: lines.first?.amount.currency ?? .kes)
        // A file ends with its last movement; what came later is not in it and not judged.
        if road == .file { scope.settlingSeconds = 0 }
        let difference = Reconciliation(theirs: lines.map(Reconciliation.Movement.init), ours: ours, scope)
        let charged = lines.filter { $0.chargeFor != nil }.reduce(Money(minor: 0, scope.currency)) { $0 + $1.amount }
        try await progress(
            .compared(ComparisonReport(difference, from: from, to: to, lines: lines.count, charged: charged)))
        var count = StatementCount()
        let contradicted = Set(difference.contradictions.map(\.theirs.receipt))
        // Payments first: a list may show the newest first, and a return means nothing before its payment is known.
        let ordered = lines.filter { $0.direction == .incoming } + lines.filter { $0.direction != .incoming }
        for (place, line) in ordered.enumerated() {
            // Known by this very road already: nothing to learn.
            let isOld = noted.contains(line.receipt.id) && !contradicted.contains(line.receipt.id)
            if line.direction != .incoming || !isOld {
                try await take(line, instance: name, road: road, &count)
                noted.insert(line.receipt.id)
            }
            if place % 100 == 99 { try await progress(.recorded(place + 1, of: ordered.count)) }
        }
        count.lines = lines.count
        try await settleItems(difference, of: name)
        return ReconcileReport(
            instance: name, from: from, to: to, isFromFile: road == .file, difference: difference, recorded: count)
    }

    /// Opens an item for each payment that differs, once, and closes those that agree now.
    private func settleItems(_ difference: Reconciliation, of name: String) async throws {
        let now = now()
        try await database.transaction { [vault, rules] transaction in
            try SQLBooks(transaction: transaction, vault: vault, now: now).tellMismatch(
                difference, of: name, in: rules.voice)
            for item in try transaction.openItems(ofKind: "not_in_list") where difference.shown.contains(item.subject) {
                try transaction.closeReview("not_in_list", subject: item.subject, at: now)
            }
            for item in try transaction.openItems(ofKind: "unknown_return") {
                guard try transaction.refund(receipt: item.subject, instance: name) != nil else { continue }
                try transaction.closeReview("unknown_return", subject: item.subject, at: now)
            }
            for entry in difference.oursNotTheirs where entry.kind == .payment {
                // What this very reading has cleared up is no difference any more.
                guard let capture = try transaction.capture(ID(stored: entry.id)), capture.mergedInto == nil else {
                    continue
                }
                try transaction.openReview(
                    "not_in_list", subject: entry.id, order: capture.order,
                    detail: "\(entry.amount.decimalText) \(entry.receipt ?? "")", at: now)
            }
        }
    }
}

extension Reconciliation.Movement {
    fileprivate init(_ line: StatementLine) {
        let direction: Direction =
            switch line.direction {
            case .incoming: .incoming
            case .outgoing: .outgoing
            case .returned(let original): .returned(original: original)
            }
        self.init(
            direction, line.receipt.id, line.amount, at: line.receipt.at.map(Timestamp.init), balance: line.balance)
    }
}
