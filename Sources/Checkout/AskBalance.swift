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
