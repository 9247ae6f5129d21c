import Commerce
import Database
import FoundationEssentials
import PaymentKit

/// A question about the shop's accounts at a provider, which is answered later at an address of its own.
package struct BalanceQuestion: Hashable, Sendable {
    /// What came of the question.
    package enum Answer: Hashable, Sendable {
        case waiting
        case balances([AccountBalance])
        /// The provider will not say, and why.
        case refused(String)
    }
    package let ticket: Ticket
    package let instance: String
    package let askedBy: String
    package let askedAt: Timestamp
    package var answer: Answer
    package var answeredAt: Timestamp?

    package init(ticket: Ticket, instance: String, askedBy: String, askedAt: Timestamp, answer: Answer = .waiting) {
        self.ticket = ticket
        self.instance = instance
        self.askedBy = askedBy
        self.askedAt = askedAt
        self.answer = answer
    }
}

extension SQLReading {
    /// The question that was asked under a ticket, or nil.
    package func balanceQuestion(_ ticket: Ticket) throws -> BalanceQuestion? {
        try first("\(Self.questionColumns) WHERE ticket = \(ticket.value)").map(Self.question)
    }

    /// The newest question to a provider, and the newest that it answered.
    package func lastBalances(of instance: String) throws -> (asked: BalanceQuestion?, told: BalanceQuestion?) {
        let newest: SQL = "ORDER BY asked_at DESC, ticket LIMIT 1"
        return (
            try first("\(Self.questionColumns) WHERE instance = \(instance) \(newest)").map(Self.question),
            try first(
                "\(Self.questionColumns) WHERE instance = \(instance) AND state = 'answered' \(newest)"
            ).map(Self.question)
        )
    }

    private static var questionColumns: SQL {
        "SELECT ticket, instance, asked_by, asked_at, state, answer, answered_at FROM balance_questions"
    }

    private static func question(_ row: Row) throws -> BalanceQuestion {
        let answer: BalanceQuestion.Answer
        switch (try row.text(4), try row.textOrNil(5)) {
        case ("waiting", _): answer = .waiting
        case ("answered", let text?):
            let rows = try JSONDecoder().decode([StoredBalance].self, from: Data(text.utf8))
            answer = .balances(rows.map(\.balance))
        case ("refused", let why?): answer = .refused(why)
        default: throw CorruptRow(column: "state", reason: "is not a known word")
        }
        var question = BalanceQuestion(
            ticket: Ticket(try row.text(0)), instance: try row.text(1), askedBy: try row.text(2),
            askedAt: Timestamp(milliseconds: try row.int64(3)), answer: answer)
        question.answeredAt = try row.int64OrNil(6).map(Timestamp.init(milliseconds:))
        return question
    }
}

extension Transaction {
    /// Stores a question that is about to be asked.
    package func insert(_ question: BalanceQuestion) throws {
        try execute(
            """
            INSERT INTO balance_questions (ticket, instance, asked_by, asked_at, state)
            VALUES (\(question.ticket.value), \(question.instance), \(question.askedBy),
                \(question.askedAt.milliseconds), 'waiting')
            """)
    }

    /// Notes the answer to a question; balances that were told stay.
    package func settle(_ ticket: Ticket, _ answer: BalanceQuestion.Answer, at now: Timestamp) throws {
        let (state, text): (String, String)
        switch answer {
        case .waiting: return
        case .refused(let why): (state, text) = ("refused", String(why.prefix(400)))
        case .balances(let rows):
            let json = try JSONEncoder().encode(rows.prefix(50).map(StoredBalance.init))
            (state, text) = ("answered", String(decoding: json, as: UTF8.self))
        }
        try execute(
            """
            UPDATE balance_questions SET state = \(state), answer = \(text), answered_at = \(now.milliseconds)
            WHERE ticket = \(ticket.value) AND state <> 'answered'
            """)
    }
}

private struct StoredBalance: Codable {
    let name, currency: String
    let current, available: Int64

    init(_ balance: AccountBalance) {
        name = String(balance.name.prefix(60))
        currency = balance.current.currency.rawValue
        current = balance.current.minor
        available = balance.available.minor
    }

    var balance: AccountBalance {
        let currency = Currency(rawValue: currency)
        return AccountBalance(
            name, current: Money(minor: current, currency), available: Money(minor: available, currency))
    }
}
