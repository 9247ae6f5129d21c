import Commerce
import Cryptography
import Database
import Foundation
import Logging
import PaymentKit
import PluginHost
import Storage
import Synchronization

/// Why a comparison was not asked for. Nothing was changed.
package enum ComparisonRefusal: Error, Sendable, Hashable {
    case notPossible, personMissing
    /// The first moment is not before the last, or not in the past.
    case noTime
    /// The provider's list reaches back so many hours only.
    case tooOld(hours: Int)
    case fileEmpty
    case fileTooLarge(megabytes: Int)
    /// Others wait already.
    case tooMany
}

/// Comparisons that the desk asks for: stored first, then made by whichever program runs the shop's work.
extension Shop {
    /// Most bytes of a statement's file.
    package static let statementBytes = 8 * 1_024 * 1_024
    /// Most comparisons that are not ended.
    private static let openComparisons = 5
    /// Seconds for which a comparison is its worker's without a sign of progress: reading a part may take half a
    /// minute.
    private static let comparisonSeconds = 120

    /// Has the books compared with a provider's own list, and what is missing recorded.
    ///
    /// - Parameters:
    ///   - from: Nil for as far back as the list reaches.
    ///   - to: Nil for now; a later moment means now as well.
    package func askComparison(
        of name: String, from: Timestamp?, to: Timestamp?, by person: String
    ) async throws -> ID<Comparison> {
        guard let abilities = provider(name)?.abilities, abilities.reconciling != nil else {
            throw ComparisonRefusal.notPossible
        }
        let now = now()
        let reach = Int(abilities.manifest.reconciling.reachesBack)
        // A list that reaches back 48 hours does not begin at the start of the day before yesterday's day.
        let earliest = now.adding(seconds: -reach)
        let end = min(to ?? now, now)
        let start = max(from ?? earliest, earliest)
        guard end > earliest else { throw ComparisonRefusal.tooOld(hours: reach / 3_600) }
        guard start < end else { throw ComparisonRefusal.noTime }
        return try await ask(
            Comparison(
                id: ID(at: now), instance: name, source: .list(from: start, to: end), askedBy: person, askedAt: now))
    }

    /// Keeps a statement's file, and has it read, compared and recorded. The same file again counts nothing again.
    ///
    /// - Parameter name: What the file is called, as the browser says.
    package func takeStatement(
        _ file: [UInt8], called name: String, of instance: String, by person: String
    ) async throws -> ID<Comparison> {
        guard provider(instance)?.abilities.statementFiles != nil else { throw ComparisonRefusal.notPossible }
        guard !file.isEmpty else { throw ComparisonRefusal.fileEmpty }
        guard file.count <= Self.statementBytes else {
            throw ComparisonRefusal.fileTooLarge(megabytes: Self.statementBytes >> 20)
        }
        // People name files as they like, and this name is kept in clear.
        let shown = String(name.withoutPhones.filter { !$0.isNewline && $0 != "\0" }.prefix(80))
        let now = now()
        return try await ask(
            Comparison(
                id: ID(at: now), instance: instance,
                source: .file(name: shown.isEmpty ? "statement" : shown, bytes: file.count), askedBy: person,
                askedAt: now), file)
    }

    private func ask(_ comparison: Comparison, _ file: [UInt8]? = nil) async throws -> ID<Comparison> {
        guard !comparison.askedBy.isEmpty else { throw ComparisonRefusal.personMissing }
        try await database.transaction { [vault] transaction in
            guard try transaction.openComparisonCount() < Self.openComparisons else { throw ComparisonRefusal.tooMany }
            try transaction.insert(comparison, file: file, vault)
        }
        return comparison.id
    }

    /// A comparison with what it found; nil when there is none of that identity.
    package func comparison(_ id: ID<Comparison>) async throws -> Comparison? {
        try await database.read { try $0.comparison(id) }
    }

    /// The newest comparisons.
    package func comparisons(atMost count: Int = 20) async throws -> [Comparison] {
        try await database.read { try $0.comparisons(atMost: count) }
    }

    /// The order for which a receipt's money counts now; nil inside for money without an order, nil for an unknown one.
    package func orders(of receipts: [String], instance: String) async throws -> [String: OrderNumber?] {
        try await database.read { reading in
            try receipts.reduce(into: [:]) { found, receipt in
                guard let entry = try reading.bookedPayment(receipt: receipt, instance: instance) else { return }
                found[receipt] = .some(entry.order)
            }
        }
    }

    // MARK: Making them

    /// Another worker has it: its own progress is what counts.
    private struct ComparisonLost: Error {}

    /// Makes the comparisons that wait, one after the other.
    func makeComparisons() async throws {
        for due in try await database.read({ [now] in try $0.dueComparisons(at: now()) }) {
            let now = now()
            let claimed = try await database.transaction {
                try $0.claim(due, forSeconds: Self.comparisonSeconds, at: now)
            }
            guard let claimed else { continue }
            do { try await make(claimed) } catch is ComparisonLost {}
        }
    }

    private func make(_ claimed: Comparison) async throws {
        let course = Course(claimed)
        guard claimed.tries <= 3 else {
            return try await end(course, problem: "it was begun three times and never ended")
        }
        do {
            let step: @Sendable (ReconcileStep) async throws -> Void = { [self] step in
                course.take(step)
                try await keep(course.comparison, leaseSeconds: Self.comparisonSeconds)
            }
            switch claimed.source {
            case .list(let from, let to):
                _ = try await reconcile(claimed.instance, from: from, to: to, progress: step)
            case .file:
                _ = try await reconcile(claimed.instance, file: try await lines(of: claimed), from: nil, progress: step)
            }
            try await end(course, problem: nil)
        } catch let error as PaymentError {
            let sentences = error.sentence
            let rows = RefusedRow.all(in: sentences)
            // One is told in the list of comparisons; all of them stand on its page.
            let first = sentences.split(separator: "\n").first.map(String.init) ?? sentences
            try await end(course, problem: first, refused: rows)
        } catch let error as CryptographyError {
            log.error("A statement's file does not open", metadata: ["error": "\(error)"])
            try await end(course, problem: "its file does not open with the keys of this shop")
        } catch  where Self.isInnocent(error) {
            // The database was away: it goes on when that is over, and what was recorded is known then.
            var comparison = course.comparison
            comparison.tries -= 1
            try await keep(comparison, leaseSeconds: 10)
        }
    }

    private func lines(of comparison: Comparison) async throws -> [StatementLine] {
        guard let instance = provider(comparison.instance),
            let file = try await database.read({ [vault] in try $0.file(of: comparison.id, vault) })
        else { throw PaymentError.unsupported("Its provider or its file is gone.") }
        return try await instance.movements(inFile: Data(file))
    }

    private func end(_ course: Course, problem: String?, refused: [RefusedRow] = []) async throws {
        var comparison = course.comparison
        comparison.state = problem == nil ? .done : .failed
        comparison.problem = problem
        comparison.refused = refused
        comparison.endedAt = now()
        if problem == nil { comparison.linesRead = comparison.linesAll ?? comparison.linesRead }
        try await keep(comparison, leaseSeconds: 0)
        log.notice(
            "The books were compared with a provider's list",
            metadata: [
                "provider": "\(comparison.instance)", "lines": "\(comparison.linesRead)",
                "agrees": "\(comparison.report.map { "\($0.agrees)" } ?? "-")", "problem": "\(problem == nil ? 0 : 1)",
            ])
    }

    private func keep(_ comparison: Comparison, leaseSeconds: Int) async throws {
        let until = now().adding(seconds: leaseSeconds)
        guard try await database.transaction({ try $0.save(comparison, until: until) }) else { throw ComparisonLost() }
    }
}

extension PaymentError {
    /// The provider's or its plugin's own words, for staff, without telephone numbers.
    package var sentence: String {
        switch self {
        case .invalidInput(let why, _), .misconfigured(let why, _), .notSent(let why), .busy(let why, _),
            .unavailable(let why), .outcomeUnknown(let why), .unsupported(let why):
            why.withoutPhones
        }
    }
}

/// How far one comparison is, as its steps tell.
private final class Course: Sendable {
    private let state: Mutex<Comparison>

    init(_ comparison: Comparison) { state = Mutex(comparison) }

    var comparison: Comparison { state.withLock { $0 } }

    func take(_ step: ReconcileStep) {
        state.withLock { comparison in
            switch step {
            case .read(let count): comparison.linesRead = count
            case .compared(let report):
                comparison.report = report
                comparison.linesRead = 0
                comparison.linesAll = report.lines
            case .recorded(let count, let all):
                comparison.linesRead = count
                comparison.linesAll = all
            }
        }
    }
}
