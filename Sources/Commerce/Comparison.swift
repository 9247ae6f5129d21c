import PaymentKit

/// The books compared with what a provider says moved, as somebody at the desk asked for it.
package struct Comparison: Hashable, Sendable {
    /// What the books are compared with.
    package enum Source: Hashable, Sendable {
        /// The provider's own list between two moments.
        case list(from: Timestamp, to: Timestamp)
        /// A statement of the provider's portal, and how many bytes it has.
        case file(name: String, bytes: Int)
    }
    /// How far it is.
    package enum State: String, CaseIterable, Sendable {
        case waiting, reading, done
        /// It ended without a result; ``Comparison/problem`` says why.
        case failed

        package var isOpen: Bool {
            switch self {
            case .waiting, .reading: true
            case .done, .failed: false
            }
        }
    }
    package let id: ID<Comparison>
    package let instance: String
    package let source: Source
    package let askedBy: String
    package let askedAt: Timestamp
    package var state: State
    /// Grows with each claim (I29).
    package var generation: Int64 = 0
    package var tries = 0
    /// Lines that were read or recorded so far, and of how many, once that is known.
    package var linesRead = 0
    package var linesAll: Int?
    package var problem: String?
    /// The rows of its file that do not read, because of which nothing of it was counted.
    package var refused: [RefusedRow] = []
    package var endedAt: Timestamp?
    /// What differed; there as soon as both were compared, before all of it is recorded.
    package var report: ComparisonReport?

    package init(
        id: ID<Comparison>, instance: String, source: Source, askedBy: String, askedAt: Timestamp,
        state: State = .waiting
    ) {
        self.id = id
        self.instance = instance
        self.source = source
        self.askedBy = askedBy
        self.askedAt = askedAt
        self.state = state
    }
}

/// A row of a statement that does not read. Its values are people's, and are not repeated.
package struct RefusedRow: Codable, Hashable, Sendable {
    /// As a spreadsheet counts.
    package let line: Int
    package let reason: String

    package init(line: Int, reason: String) {
        self.line = line
        self.reason = reason
    }

    /// Reads what a plugin says of a file: a sentence for each row, such as `Line 12: Balance is not an amount.`
    package static func all(in sentences: String) -> [RefusedRow] {
        sentences.split(separator: "\n").compactMap { sentence in
            guard sentence.hasPrefix("Line ") else { return nil }
            let rest = sentence.dropFirst("Line ".count)
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let line = Int(digits) else { return nil }
            let reason = rest.dropFirst(digits.count).drop { $0 == ":" || $0 == " " }
            return reason.isEmpty ? nil : RefusedRow(line: line, reason: String(reason.prefix(300)))
        }
    }
}

/// What a comparison found, as it is kept: sums of all, and of each list the first rows.
package struct ComparisonReport: Codable, Hashable, Sendable {
    /// Rows of a list that are kept; the counts are of all of them.
    package static let rowsKept = 200

    /// A movement or a row of the books.
    package struct Line: Codable, Hashable, Sendable {
        /// Nil where the provider owes it.
        package let receipt: String?
        package let amount: Money
        package let at: Timestamp?
        /// The order that it belonged to when both were compared.
        package let order: String?
        /// The same money's other amount, in a contradiction.
        package let otherAmount: Money?

        fileprivate init(_ movement: Reconciliation.Movement, against entry: Reconciliation.Entry? = nil) {
            receipt = movement.receipt
            amount = movement.amount
            at = movement.at
            order = entry?.order?.text
            otherAmount = entry?.amount
        }

        fileprivate init(_ entry: Reconciliation.Entry) {
            receipt = entry.receipt
            amount = entry.amount
            at = entry.at
            order = entry.order?.text
            otherAmount = nil
        }
    }

    /// One of the lists in which the two sides differ.
    package struct List: Codable, Hashable, Sendable {
        package let count: Int
        package let lines: [Line]

        fileprivate init(_ lines: [Line]) {
            count = lines.count
            self.lines = Array(lines.prefix(ComparisonReport.rowsKept))
        }
    }

    /// The sums of one day of East Africa Time.
    package struct Day: Codable, Hashable, Sendable {
        /// `2026-11-21`
        package let date: String
        package let theirsIn, oursIn, theirsOut, oursOut: Money
        package let balance: Money?
        package var agrees: Bool { theirsIn == oursIn && theirsOut == oursOut }
    }

    package let from, to: Timestamp
    /// Movements of the list or the file.
    package let lines: Int
    package let days: [Day]
    package let theirsNotOurs, oursNotTheirs, receiptsOwed, returnsNotOurs, contradictions: List
    /// What went out by other hands, such as withdrawals, and what of it the provider charged.
    package let otherOutgoing: Money
    package let otherOutgoingCount: Int
    package let charged: Money
    package let tooNew: Int
    package let agrees: Bool

    /// - Parameters:
    ///   - lines: How many movements the list or the file had.
    ///   - charged: The sum of what the provider says it charged.
    package init(_ difference: Reconciliation, from: Timestamp, to: Timestamp, lines: Int, charged: Money) {
        self.from = from
        self.to = to
        self.lines = lines
        self.charged = charged
        days = difference.days.map {
            Day(
                date: $0.date, theirsIn: $0.theirsIn, oursIn: $0.oursIn, theirsOut: $0.theirsOut, oursOut: $0.oursOut,
                balance: $0.balance)
        }
        theirsNotOurs = List(difference.theirsNotOurs.map { Line($0) })
        oursNotTheirs = List(difference.oursNotTheirs.map { Line($0) })
        receiptsOwed = List(difference.receiptsOwed.map { Line($0) })
        returnsNotOurs = List(difference.returnsNotOurs.map { Line($0) })
        contradictions = List(difference.contradictions.map { Line($0.theirs, against: $0.ours) })
        otherOutgoing = difference.otherOutgoing.reduce(Money(minor: 0, charged.currency)) { $0 + $1.amount }
        otherOutgoingCount = difference.otherOutgoing.count
        tooNew = difference.tooNew
        agrees = difference.agrees
    }

    /// The sums of all days.
    package var total: Day {
        let zero = Money(minor: 0, charged.currency)
        func sum(_ part: KeyPath<Day, Money>) -> Money { days.reduce(zero) { $0 + $1[keyPath: part] } }
        return Day(
            date: "", theirsIn: sum(\.theirsIn), oursIn: sum(\.oursIn), theirsOut: sum(\.theirsOut),
            oursOut: sum(\.oursOut), balance: days.last?.balance)
    }
}
