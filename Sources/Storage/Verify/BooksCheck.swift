import Commerce
import Database

/// One thing that must hold in a shop's database: which invariant it shows, in words, and how to find what breaks it.
///
/// `reference/invariants.md` has the numbers. A check shows as much of its invariant as rows can show.
package struct BooksCheck: Sendable {
    /// When a check must hold.
    package enum Moment: String, Sendable {
        /// At every instant, also right after a crash.
        case always
        /// Once nothing has gone wrong for a while: the rows it looks at are older than ``VerifyMoment/graceSeconds``.
        case atRest
    }

    /// The invariant, such as `I3`.
    package let number: String
    /// What must be so, as a sentence.
    package let meaning: String
    package let moment: Moment
    let method: Method

    enum Method: Sendable {
        /// A statement that gives the rows that break it: first what they are called, then what was seen (or NULL).
        case rows(@Sendable (VerifyMoment) -> SQL)
        /// Shown by reading each order with its history; see ``OrderAudit``.
        case orders
        /// Shown by reading every text that is stored in clear.
        case texts
        /// Shown by following the staff's trail from its first entry.
        case trail
    }

    init(_ number: String, _ meaning: String, method: Method, _ moment: Moment = .always) {
        self.number = number
        self.meaning = meaning
        self.moment = moment
        self.method = method
    }

    init(_ number: String, _ meaning: String, _ sql: SQL) {
        self.init(number, meaning, method: .rows { _ in sql })
    }

    /// A check of what should have ended by now.
    init(_ number: String, _ meaning: String, atRest sql: @escaping @Sendable (VerifyMoment) -> SQL) {
        self.init(number, meaning, method: .rows(sql), .atRest)
    }
}

/// The time of a verification, and how long something that should have ended may still go on.
package struct VerifyMoment: Sendable {
    package let now: Timestamp
    /// Seconds; the invariants give ten minutes.
    package let graceSeconds: Int

    package init(now: Timestamp, graceSeconds: Int = 600) {
        self.now = now
        self.graceSeconds = graceSeconds
    }

    /// What is older than this should have ended.
    var past: Int64 { now.adding(seconds: -graceSeconds).milliseconds }
}

/// A row that breaks an invariant.
package struct Violation: Sendable, Hashable {
    /// Which row: a ticket, an order's number or identity, a receipt.
    package let row: String
    /// What was seen there; never people's data.
    package let seen: String

    package init(row: String, seen: String) {
        self.row = row
        self.seen = seen
    }
}

/// What a check came to.
package struct CheckResult: Sendable {
    package let check: BooksCheck
    /// The first hundred at most.
    package internal(set) var violations: [Violation] = []
    /// Whether there are more.
    package internal(set) var hasMore = false

    package var holds: Bool { violations.isEmpty }

    /// How many violations of one check are kept.
    static let limit = 100

    mutating func add(_ violation: Violation) {
        guard violations.count < Self.limit else {
            hasMore = true
            return
        }
        violations.append(violation)
    }
}
