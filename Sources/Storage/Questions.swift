import Commerce
import Database
import PaymentKit

extension SQLReading {
    /// What providers were asked about an order's prompts and refunds, the first one first.
    package func questions(of order: ID<Order>, atMost count: Int) throws -> [Question] {
        try query(
            """
            SELECT ticket, asked_at, answered_at, answer FROM questions WHERE ticket IN (
                SELECT ticket FROM attempts WHERE order_id = \(order.text)
                UNION SELECT ticket FROM refunds WHERE order_id = \(order.text))
            ORDER BY asked_at, ticket LIMIT \(count)
            """
        ).compactMap { row in
            // A newer version's words are that version's to show.
            guard let answer = Question.Answer(try row.text(3)) else { return nil }
            return Question(
                ticket: Ticket(try row.text(0)), askedAt: Timestamp(milliseconds: try row.int64(1)),
                answeredAt: Timestamp(milliseconds: try row.int64(2)), answer: answer)
        }
    }
}

extension Transaction {
    /// Keeps what a provider was asked and said.
    package func note(_ question: Question) throws {
        _ = try insertIfNew(
            """
            INSERT INTO questions (ticket, asked_at, answered_at, answer)
            VALUES (\(question.ticket.value), \(question.askedAt.milliseconds), \(question.answeredAt.milliseconds),
                \(question.answer.text))
            """)
    }

    /// Forgets what was asked before a moment.
    package func forgetQuestions(before moment: Timestamp) throws {
        try execute("DELETE FROM questions WHERE asked_at < \(moment.milliseconds)")
    }
}
