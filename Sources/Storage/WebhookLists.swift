import Commerce
import Database

extension SQLReading {
    /// A receiver's messages, the newest first.
    ///
    /// - Parameters:
    ///   - state: Only those in that state.
    ///   - id: Only those that were written before this one.
    package func webhookLog(
        of receiver: ID<WebhookReceiver>, _ state: WebhookMessage.State?, before id: String?, atMost count: Int
    ) throws -> [LoggedWebhook] {
        let inState: SQL = state.map { "AND state = \($0.rawValue)" } ?? ""
        let older: SQL = id.map { "AND id < \($0)" } ?? ""
        let messages = try query(
            """
            \(Self.webhookColumns) WHERE receiver_id = \(receiver.text) \(inState) \(older) ORDER BY id DESC
            LIMIT \(count)
            """
        ).map(Self.webhook)
        let tries = Dictionary(grouping: try webhookTries(of: messages.map(\.id))) { $0.message }
        return try messages.map { message in
            let body = try first("SELECT body FROM webhook_messages WHERE id = \(message.id.text)")?.blobOrNil(0)
            return LoggedWebhook(
                message: message, order: try message.order.flatMap { try self.order($0)?.number },
                body: body.map { String(decoding: $0, as: UTF8.self) },
                tries: (tries[message.id] ?? []).map(\.one))
        }
    }

    private func webhookTries(
        of messages: [ID<WebhookMessage>]
    ) throws -> [(message: ID<WebhookMessage>, one: WebhookTry)] {
        guard !messages.isEmpty else { return [] }
        return try query(
            """
            SELECT message_id, number, at, milliseconds, status, problem, code FROM webhook_tries
            WHERE message_id IN (\(list: messages.map(\.text))) ORDER BY message_id, number
            """
        ).map { row in
            let result: WebhookTry.Result
            if let status = try row.intOrNil(4) {
                result = .answered(status)
            } else if let problem = try row.textOrNil(5).flatMap(WebhookTry.Problem.init(rawValue:)) {
                result = .problem(problem, code: try row.int(6))
            } else {
                throw CorruptRow(column: "problem", reason: "is not a known word")
            }
            let one = WebhookTry(
                number: try row.int64(1), at: Timestamp(milliseconds: try row.int64(2)),
                milliseconds: try row.int64(3), result: result)
            return (ID(stored: try row.text(0)), one)
        }
    }

    /// How a receiver does; what was given up counts since a moment.
    package func webhookFigures(of receiver: ID<WebhookReceiver>, since: Timestamp) throws -> WebhookFigures {
        func count(_ which: SQL) throws -> Int {
            try first("SELECT COUNT(*) FROM webhook_messages WHERE receiver_id = \(receiver.text) AND \(which)")?
                .int(0) ?? 0
        }
        let stuck = try first(
            """
            SELECT MIN(happened_at) FROM webhook_messages
            WHERE receiver_id = \(receiver.text) AND state = 'waiting' AND tries > 0
            """)?.int64OrNil(0)
        let last = try first(
            """
            SELECT MAX(ended_at) FROM webhook_messages
            WHERE receiver_id = \(receiver.text) AND state = 'delivered'
            """)?.int64OrNil(0)
        return WebhookFigures(
            waiting: try count("state = 'waiting'"),
            failed: try count("state = 'failed' AND ended_at >= \(since.milliseconds)"),
            stuckSince: stuck.map(Timestamp.init(milliseconds:)),
            deliveredAt: last.map(Timestamp.init(milliseconds:)))
    }
}
