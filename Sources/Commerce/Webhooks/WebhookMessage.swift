/// Another program of the shop's that is told of orders. Its address and its secrets stand apart, sealed.
package struct WebhookReceiver: Hashable, Sendable {
    package let id: ID<WebhookReceiver>
    /// The owner's own word for it; no two have the same.
    package let name: String
    /// All of its address that is shown.
    package let host: String
    /// Of the newest secret.
    package var secretMadeAt: Timestamp
    package let addedAt: Timestamp

    package init(
        id: ID<WebhookReceiver>, name: String, host: String, secretMadeAt: Timestamp, addedAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.host = host
        self.secretMadeAt = secretMadeAt
        self.addedAt = addedAt
    }
}

/// One thing that one receiver is told: sent until it is taken, so perhaps more than once, always under its identity.
package struct WebhookMessage: Hashable, Sendable {
    /// How far it is.
    package enum State: String, CaseIterable, Sendable {
        case waiting
        /// A worker has it: committed before the first byte to the receiver.
        case sending
        case delivered
        /// Not taken, however often it was tried. A person may have it sent again.
        case failed
    }

    package let id: ID<WebhookMessage>
    package let receiver: ID<WebhookReceiver>
    package let event: WebhookEvent
    /// Nil for a test.
    package let order: ID<Order>?
    /// The order's version when it had changed; 0 for a test.
    package let orderVersion: Int64
    package let happenedAt: Timestamp
    package var state: State
    /// How often a worker has taken it since it was written, or since a person had it sent again.
    package var tries: Int
    /// Grows with each claim; a worker whose number is old may not write (I29).
    package var generation: Int64
    package var dueAt: Timestamp
    package var claimedAt, endedAt: Timestamp?

    package init(
        id: ID<WebhookMessage>, receiver: ID<WebhookReceiver>, event: WebhookEvent, order: ID<Order>?,
        orderVersion: Int64, happenedAt: Timestamp, state: State = .waiting, tries: Int = 0, generation: Int64 = 0,
        dueAt: Timestamp, claimedAt: Timestamp? = nil, endedAt: Timestamp? = nil
    ) {
        self.id = id
        self.receiver = receiver
        self.event = event
        self.order = order
        self.orderVersion = orderVersion
        self.happenedAt = happenedAt
        self.state = state
        self.tries = tries
        self.generation = generation
        self.dueAt = dueAt
        self.claimedAt = claimedAt
        self.endedAt = endedAt
    }
}

extension WebhookMessage {
    /// Seconds to wait after each try in turn: twelve tries in more than three days.
    package static let pauses = [5, 30, 120, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 108_000]
    /// The longest that a receiver may put us off, in seconds.
    package static let longestWait = 43_200

    /// When to try again after a try that failed; nil after the last.
    ///
    /// - Parameter wanted: Seconds that the receiver asked for (`Retry-After`): heeded within bounds, never to come
    ///   sooner.
    package func nextTry(after now: Timestamp, wanted: Int? = nil) -> Timestamp? {
        guard tries >= 1, tries <= Self.pauses.count else { return nil }
        return now.adding(seconds: max(Self.pauses[tries - 1], min(wanted ?? 0, Self.longestWait)))
    }
}

/// What one try to hand a message over came to.
package struct WebhookTry: Hashable, Sendable {
    /// Why there was no answer.
    package enum Problem: String, CaseIterable, Sendable {
        /// No connection: nobody there, or nobody who can be trusted.
        case unreachable
        /// Time ran out.
        case silent
        /// The connection ended before the answer did.
        case cut
        case tooLong = "too_long"
        /// The name leads to this machine, its network or another place that may not be written to.
        case forbidden
        /// The program was stopped in the middle.
        case stopped
        /// What it was to be made from cannot be read.
        case unreadable
    }
    /// What came back.
    package enum Result: Hashable, Sendable {
        /// The status of the answer.
        case answered(Int)
        /// Why there is none, with libcurl's number for it or 0.
        case problem(Problem, code: Int)
    }

    /// The message's generation, which no other try of it has.
    package let number: Int64
    package let at: Timestamp
    package let milliseconds: Int64
    package let result: Result

    package init(number: Int64, at: Timestamp, milliseconds: Int64, result: Result) {
        self.number = number
        self.at = at
        self.milliseconds = milliseconds
        self.result = result
    }

    /// Whether the receiver has the message.
    package var isTaken: Bool {
        switch result {
        case .answered(let status): (200...299).contains(status)
        case .problem: false
        }
    }
}

/// A message as somebody of the shop looks at it.
package struct LoggedWebhook: Sendable {
    package let message: WebhookMessage
    /// The order that it is about; nil for a test.
    package let order: OrderNumber?
    /// As it was sent last; nil before the first try.
    package let body: String?
    /// The first one first.
    package let tries: [WebhookTry]

    package init(message: WebhookMessage, order: OrderNumber?, body: String?, tries: [WebhookTry]) {
        self.message = message
        self.order = order
        self.body = body
        self.tries = tries
    }
}

/// How a receiver does.
package struct WebhookFigures: Hashable, Sendable {
    /// Not taken yet, and given up in the last day.
    package let waiting, failed: Int
    /// When the oldest one happened that is not taken yet, though it was tried.
    package let stuckSince: Timestamp?
    /// When the receiver took one last; nil before the first.
    package let deliveredAt: Timestamp?

    package init(waiting: Int, failed: Int, stuckSince: Timestamp?, deliveredAt: Timestamp?) {
        self.waiting = waiting
        self.failed = failed
        self.stuckSince = stuckSince
        self.deliveredAt = deliveredAt
    }
}
