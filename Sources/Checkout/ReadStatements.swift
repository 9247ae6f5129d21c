import Commerce
import Database
import Foundation
import Logging
import PaymentKit
import PluginHost
import Storage

/// What reading a part of a provider's list came to.
package struct StatementCount: Sendable, Hashable {
    package var lines = 0
    /// Payments that we had not heard of by any other road.
    package var found = 0
    package var unmatched = 0
    package var contradictions = 0
    /// What arrived by the list, in the smallest unit.
    package var total: Int64 = 0
}

extension Shop {
    /// Tells providers our standing addresses and begins to read their lists: what a person does once for a live shop,
    /// and practice does by itself.
    ///
    /// - Returns: A line for each thing that was done.
    package func register(_ name: String) async throws -> [String] {
        guard let instance = provider(name) else { throw PaymentError.unsupported("There is no provider \(name).") }
        let lines = try await instance.register()
        let now = now()
        try await database.transaction { transaction in
            try transaction.setShopSetting("incoming \(name)", to: "\(now.milliseconds)")
            if instance.abilities.reconciling != nil { try transaction.watchStatement(of: name, at: now) }
        }
        return lines
    }

    /// Whether money without a prompt is reported to us by this provider.
    package func takesIncoming(_ name: String) async throws -> Bool {
        try await database.read { try $0.shopSetting("incoming \(name)") } != nil
    }

    /// Reads the lists whose time has come, and makes the comparisons that somebody asked for.
    func readStatementsIfDue() async {
        do {
            try await makeComparisons()
            try await readDueStatements()
        } catch {
            log.error("The lists could not be read", metadata: ["error": "\(Self.summary(of: error))"])
        }
    }

    /// Reads the lists whose time has come.
    func readDueStatements() async throws {
        let now = now()
        for due in try await database.read({ try $0.dueStatements(at: now) }) {
            guard let instance = provider(due.instance),
                var reading = try await database.transaction({ try $0.claim(due, forSeconds: 600, at: now) })
            else { continue }
            let terms = instance.abilities.manifest.reconciling
            // After a gap of five minutes, and once a day, as far back as the list reaches; else the last two hours.
            let isWhole =
                now >= reading.readWholeAt.adding(seconds: 86_400)
                || now >= reading.readUntil.adding(seconds: Int(terms.every) + 300)
            let reach = isWhole ? Int(terms.reachesBack) : min(7_200, Int(terms.reachesBack))
            let from = now.adding(seconds: -reach)
            // Once a day it is not only read but compared, and the owner hears of what differs.
            let isDaily =
                reading.readWholeAt.milliseconds > 0 && now >= reading.readWholeAt.adding(seconds: 86_400)
            do {
                let count =
                    isDaily
                    ? try await reconcile(due.instance, from: from).recorded
                    : try await readStatement(of: instance, from: from, to: now)
                reading.readUntil = now
                if isWhole { reading.readWholeAt = now }
                reading.failures = 0
                reading.nextAt = now.adding(seconds: Int(terms.every))
                if let soon = try await refuseUnlisted(instance.name, readAt: now) {
                    reading.nextAt = min(reading.nextAt, soon)
                }
                if count.found > 0 {
                    log.notice(
                        "The provider's list knew more than we did",
                        metadata: ["provider": "\(due.instance)", "payments": "\(count.found)"])
                }
            } catch {
                log.warning(
                    "A provider's list was not read",
                    metadata: ["provider": "\(due.instance)", "error": "\(Self.summary(of: error))"])
                reading.failures += 1
                reading.nextAt = now.adding(seconds: min(Int(terms.every), 60 << min(reading.failures - 1, 4)))
            }
            let read = reading
            try await database.transaction { try $0.finish(read) }
        }
    }

    /// Reads a provider's list between two moments and records all of it; what is known changes nothing.
    ///
    /// - Parameter progress: Called after each part with the lines so far.
    package func readStatement(
        of instance: ProviderInstance, from: Timestamp, to: Timestamp,
        progress: @Sendable (StatementCount) -> Void = { _ in }
    ) async throws -> StatementCount {
        var count = StatementCount()
        var page: String?
        // A list that never ends must not keep us for ever.
        for _ in 0..<1_000 {
            let part = try await instance.statement(from: from.date, to: to.date, page: page)
            for line in part.lines { try await take(line, instance: instance.name, road: .statement, &count) }
            progress(count)
            page = part.next
            if page == nil { return count }
        }
        throw PaymentError.unavailable("The list does not end.")
    }

    /// Records the movements of a statement that the owner took from the provider's portal.
    package func readStatement(
        _ lines: [StatementLine], of instance: String, progress: @Sendable (StatementCount) -> Void = { _ in }
    ) async throws -> StatementCount {
        var count = StatementCount()
        for line in lines {
            try await take(line, instance: instance, road: .file, &count)
            if count.lines % 100 == 0 { progress(count) }
        }
        progress(count)
        return count
    }

    /// Records one line; what is known changes nothing.
    func take(
        _ line: StatementLine, instance: String, road: EvidenceRoad, _ count: inout StatementCount
    ) async throws {
        count.lines += 1
        switch line.direction {
        case .incoming:
            count.total += line.amount.minor
            let report = MoneyReport(
                instance: instance, receipt: line.receipt, amount: line.amount, account: line.account, road: road,
                level: .confirmed)
            switch try await receive(report) {
            case .booked: count.found += 1
            case .unmatched:
                count.found += 1
                count.unmatched += 1
            case .contradicted: count.contradictions += 1
            case .known: break
            }
            try await settleLookups(report)
        case .returned(let original):
            try await takeReturn(line.amount, receipt: line.receipt, of: original, instance: instance, road: road)
        case .outgoing:
            guard let receipt = line.chargeFor else { return }
            let now = now()
            let charge = ProviderCharge(
                instance: instance, receipt: receipt, amount: line.amount,
                at: line.receipt.at.map(Timestamp.init) ?? now)
            try await database.transaction { transaction in
                guard try !transaction.note(charge, at: now),
                    let known = try transaction.charge(for: receipt, instance: instance), known != charge.amount
                else { return }
                // Sums of days and payments would not agree with the statement any more: a person must know.
                try transaction.openReview(
                    "contradiction", subject: "\(receipt)/charge", order: nil,
                    detail: "charged \(charge.amount.decimalText), known \(known.decimalText)", at: now)
            }
        }
    }

    /// Answers those who asked about a receipt that the list has shown.
    private func settleLookups(_ report: MoneyReport) async throws {
        let waiting = try await database.read {
            try $0.openLookups(receipt: report.receipt.id, instance: report.instance)
        }
        for lookup in waiting {
            try await take(Outcome(.paid(report.amount, receipt: report.receipt)), about: lookup, isListed: true)
        }
    }
}
