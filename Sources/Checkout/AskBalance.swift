import Commerce
import Database
import PaymentKit
import PluginHost
import Storage

extension Shop {
    /// Asks a provider what stands in the shop's accounts. Most answer later, at an address of the running shop; then
    /// the answer is ``balanceQuestion(_:)``'s.
    ///
    /// - Throws: ``PaymentError`` when the provider cannot be asked.
    package func askBalance(of name: String, by person: String) async throws -> Ticket {
        guard let instance = provider(name), instance.abilities.balances != nil else {
            throw PaymentError.unsupported("\(name) tells no balances.")
        }
        let question = BalanceQuestion(
            ticket: Ticket("B\(OrderNumber().text)"), instance: name, askedBy: String(person.prefix(100)),
            askedAt: now())
        try await database.transaction { try $0.insert(question) }
        do {
            try await takeBalance(try await instance.balance(question.ticket), about: question.ticket)
        } catch {
            let now = now()
            let why = (error as? PaymentError).map { "\($0)" } ?? "\(type(of: error))"
            try await database.transaction { try $0.settle(question.ticket, .refused(why), at: now) }
            throw error
        }
        return question.ticket
    }

    /// What came of a question about balances.
    package func balanceQuestion(_ ticket: Ticket) async throws -> BalanceQuestion? {
        try await database.read { try $0.balanceQuestion(ticket) }
    }

    /// Takes the provider's answer.
    func takeBalance(_ outcome: Outcome, about ticket: Ticket) async throws {
        let answer: BalanceQuestion.Answer
        switch outcome.fact {
        case .balance(let rows): answer = .balances(rows)
        case .declined(let decline): answer = .refused("\(decline.code) \(decline.detail)")
        case .needsReview(let why): answer = .refused(why)
        case .unclear(let code, let detail): answer = .refused("\(code) \(detail)")
        case .pending, .notFound, .paid, .authorized, .returned, .sent: return
        }
        let now = now()
        try await database.transaction { try $0.settle(ticket, answer, at: now) }
    }
}

/// What is known of the shop's accounts at a provider.
package struct BalanceStanding: Sendable {
    package let provider: String
    /// What it told last, and when; empty when it never did.
    package let accounts: [AccountBalance]
    package let toldAt: Timestamp?
    /// When it was asked last, and by whom.
    package let askedAt: Timestamp?
    package let askedBy: String?
    /// Whether the answer to that may still come.
    package let isWaiting: Bool
    /// Why it did not tell when it was asked last.
    package let refusal: String?
}

extension Shop {
    /// Seconds after which no answer about balances is waited for.
    private static let balanceSeconds = 120

    /// The accounts of every provider that tells of them.
    package func balances() async throws -> [BalanceStanding] {
        let now = now()
        let able = providers.filter { $0.abilities.balances != nil }.map(\.name)
        return try await database.read { reading in
            try able.map { name in
                let (asked, told) = try reading.lastBalances(of: name)
                var accounts: [AccountBalance] = []
                if case .balances(let rows) = told?.answer { accounts = rows }
                var refusal: String?
                if case .refused(let why) = asked?.answer { refusal = why }
                let waits = asked?.answer == .waiting
                return BalanceStanding(
                    provider: name, accounts: accounts, toldAt: told?.answeredAt, askedAt: asked?.askedAt,
                    askedBy: asked?.askedBy,
                    isWaiting: waits && asked.map { $0.askedAt.adding(seconds: Self.balanceSeconds) > now } ?? false,
                    refusal: refusal)
            }
        }
    }

    /// What providers took, by day and provider, the newest day first.
    ///
    /// - Parameter days: How many days to look back.
    package func chargesByDay(days: Int) async throws -> [ChargesOfDay] {
        let since = now().startOfDay.adding(seconds: -(days - 1) * 86_400)
        return try await database.read { reading in
            try reading.chargesByDay(since: since).map {
                ChargesOfDay(day: $0.day, provider: $0.instance, count: $0.count, sum: Money(minor: $0.sum, .kes))
            }
        }
    }
}

extension Shop {
    /// What providers took for payouts, by ticket, as far as they have told.
    package func charges(of payouts: [Payout]) async throws -> [Ticket: Money] {
        try await database.read { reading in
            try payouts.reduce(into: [:]) { charges, payout in
                guard let receipt = payout.receipt else { return }
                charges[payout.ticket] = try reading.charge(for: receipt, instance: payout.instance)
            }
        }
    }
}

/// What a provider took for the movements of one day in East Africa.
package struct ChargesOfDay: Hashable, Sendable {
    /// Midnight at its start.
    package let day: Timestamp
    package let provider: String
    package let count: Int
    package let sum: Money
}
