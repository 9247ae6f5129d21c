import Commerce
import Database
import PaymentKit
import PluginHost
import Storage

/// Why something was not done again. Nothing was changed.
package enum WorkRefusal: Error, Sendable, Hashable {
    /// There is none, it is at work already, or trying it would act.
    case notNow
}

/// What waits in the shop's machinery, for staff.
package struct ShopWork: Sendable {
    /// One thing that is to be done.
    package struct Item: Sendable {
        package let id, kind: String
        package let order: OrderNumber?
        package let ticket: String?
        package let dueAt: Timestamp
        package let runs: Int
        package let problem: String?
        package let isRunning: Bool
        /// Whether it should have been done by now.
        package let isLate: Bool
        /// Whether a person may have it done now: it asks, and acts on nothing.
        package let mayTryNow: Bool
    }
    /// A provider's list that is read by itself.
    package struct List: Sendable {
        package let provider: String
        package let readUntil, nextAt: Timestamp
        package let failures: Int
    }
    /// The longest due first; at most so many as a page shows.
    package let items: [Item]
    package let count: Int
    package let lists: [List]
    /// Work that was given up, with when and why.
    package let parked: [ReviewItem]
    package let waitingMessages: Int
}

/// A provider's message, for staff.
package struct MessageView: Sendable {
    package let id, provider, route: String
    package let receivedAt: Timestamp
    package let verdict: MessageVerdict
    /// Milliseconds from its arrival until it was first done with.
    package let lagMilliseconds: Int64?
    package let tries: Int
    /// Whether it came from one of the provider's published addresses.
    package let isListed: Bool
    package let order: OrderNumber?
    /// Nil when it does not open with the keys of this shop.
    package let body: MaskedMessage?
}

extension Shop {
    /// Seconds after which a job that was not done is late.
    private static let lateSeconds = 60

    /// What is to be done, what is late, and what was given up.
    package func work(atMost count: Int = 100) async throws -> ShopWork {
        let now = now()
        return try await database.read(snapshot: true) { reading in
            ShopWork(
                items: try reading.jobs(atMost: count).map { waiting in
                    let isRunning = waiting.leaseUntil > now
                    return ShopWork.Item(
                        id: waiting.id, kind: waiting.job.kind.rawValue, order: waiting.order,
                        ticket: waiting.job.ticket?.value, dueAt: waiting.job.dueAt, runs: waiting.job.runs,
                        problem: waiting.problem, isRunning: isRunning,
                        isLate: !isRunning && waiting.job.dueAt.adding(seconds: Self.lateSeconds) < now,
                        mayTryNow: waiting.job.kind.asks && !isRunning && waiting.job.dueAt > now)
                }, count: try reading.jobCount(),
                lists: try reading.statementReadings().map {
                    ShopWork.List(
                        provider: $0.instance, readUntil: $0.readUntil, nextAt: $0.nextAt, failures: $0.failures)
                }, parked: try reading.openItems(ofKind: "parked_job"),
                waitingMessages: try reading.inboxCount(state: MessageVerdict.new.rawValue))
        }
    }

    /// Has a question to a provider asked now instead of later.
    package func tryNow(_ id: String) async throws {
        let now = now()
        guard try await database.transaction({ try $0.askNow(job: id, at: now) }) else { throw WorkRefusal.notNow }
        wake.now()
    }

    /// Has a provider's list read now instead of later.
    package func readListNow(of name: String) async throws {
        let now = now()
        try await database.transaction { transaction in
            guard try transaction.statementReading(name) != nil else { throw WorkRefusal.notNow }
            try transaction.readStatementSoon(of: name, at: now)
        }
        wake.now()
    }

    /// What providers sent, the newest first, masked.
    ///
    /// - Parameters:
    ///   - order: Only what is about its prompts and refunds.
    ///   - id: Only what is older than this message.
    package func messages(
        _ verdict: MessageVerdict? = nil, about order: OrderNumber? = nil, before id: String? = nil,
        atMost count: Int
    ) async throws -> [MessageView] {
        try await database.read { [vault] reading in
            try reading.messages(verdict, about: order, before: id, atMost: count, vault).map { logged in
                let message = logged.message
                return MessageView(
                    id: message.id.text, provider: message.instance, route: message.route,
                    receivedAt: message.receivedAt, verdict: logged.verdict,
                    lagMilliseconds: logged.endedAt.map {
                        max(0, $0.milliseconds - message.receivedAt.milliseconds)
                    }, tries: message.tries, isListed: message.isListed, order: logged.order,
                    body: message.isReadable ? MaskedMessage(message.body) : nil)
            }
        }
    }

    /// Has a stored message translated once more. What it says is news or it is not, so hearing it again is harmless.
    package func readAgain(_ id: String, by person: String) async throws {
        let now = now()
        try await database.transaction { transaction in
            guard try transaction.readAgain(message: id, at: now) else { throw WorkRefusal.notNow }
            // Should it come to nothing again, the item is opened again.
            _ = try transaction.closeReview(
                "parked_message", subject: id, by: person, because: "it is read again", at: now)
        }
        wake.now()
    }
}
