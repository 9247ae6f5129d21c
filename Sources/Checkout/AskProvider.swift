import Commerce
import Database
import Logging
import PaymentKit
import PluginHost
import Storage

extension Shop {
    /// Asks a provider what became of something, and keeps that it was asked and what it said in a word.
    ///
    /// - Throws: What the provider's plugin throws; then no answer is kept.
    func ask(_ instance: ProviderInstance, about past: Past) async throws(PaymentError) -> Outcome {
        let askedAt = now()
        do {
            let outcome = try await instance.status(of: past)
            await note(past.ticket, askedAt, Question.Answer(outcome.fact))
            return outcome
        } catch {
            await note(past.ticket, askedAt, .none)
            throw error
        }
    }

    /// What was said counts also when it cannot be kept that it was asked.
    private func note(_ ticket: Ticket, _ askedAt: Timestamp, _ answer: Question.Answer) async {
        let question = Question(ticket: ticket, askedAt: askedAt, answeredAt: now(), answer: answer)
        do { try await database.transaction { try $0.note(question) } } catch {
            log.info("A question was not kept", metadata: ["error": "\(Self.summary(of: error))"])
        }
    }
}
