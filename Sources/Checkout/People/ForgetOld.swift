import Commerce
import Database
import Logging
import PaymentKit
import Storage

/// What was old enough to be forgotten.
package struct Forgotten: Sendable, Hashable {
    package var orders = 0
    package var messages = 0
    /// Of money without an order, and of payments to others.
    package var senders = 0

    /// Nothing was.
    package init() {}
}

extension Shop {
    /// Orders that are forgotten in one night, at most; the next night goes on.
    private static let ordersPerNight = 50_000
    /// Messages that are forgotten in one night, at most.
    private static let messagesPerNight = 200_000
    /// The setting that says when it was done last.
    private static let lastDone = "old data forgotten at"

    /// What nobody waits for and what may take long, one thing after the other.
    func keepUp() async {
        do {
            try await noteOlderNames()
            try await forgetWhatWaits()
            try await forgetOldAtNight()
        } catch is CancellationError {
        } catch { log.error("The upkeep was not done", metadata: ["error": "\(Self.summary(of: error))"]) }
    }

    /// Forgets people of orders who asked for it while money was open, and whose money is not open any more.
    package func forgetWhatWaits() async throws {
        for id in try await database.read({ try $0.erasuresWaiting(atMost: 200) }) {
            do { _ = try await forgetOrder(id, "asked for before", isWanted: true) } catch
                where !Self.isInnocent(error)
            {
                log.error(
                    "An order was not cleared of people's data",
                    metadata: ["order": "\(id)", "error": "\(Self.summary(of: error))"])
            }
        }
    }

    /// Once a night, between one and five in East Africa, or as soon as it was missed for a day and a half.
    private func forgetOldAtNight() async throws {
        let now = now()
        let last = try await database.read { try $0.shopSetting(Self.lastDone) }.flatMap { Int64($0) }
        let seconds = last.map { now.seconds(since: Timestamp(milliseconds: $0)) } ?? .max
        let isNight = (1..<5).contains(now.eastAfrica.hour)
        guard seconds > (isNight ? 6 * 3_600 : 36 * 3_600) else { return }
        try await database.transaction { try $0.setShopSetting(Self.lastDone, to: "\(now.milliseconds)") }
        let forgotten = try await forgetOld()
        guard forgotten != Forgotten() else { return }
        log.notice(
            "Old data of people is forgotten",
            metadata: [
                "orders": "\(forgotten.orders)", "messages": "\(forgotten.messages)",
                "senders": "\(forgotten.senders)",
            ])
    }

    /// Forgets the people of orders that ended long ago, and providers' messages that are old (S46). Money is not
    /// touched: each order is changed by itself, the ledger by nothing here.
    package func forgetOld() async throws -> Forgotten {
        var forgotten = Forgotten()
        let now = now()
        let ended = now.adding(seconds: -rules.peopleDays * 86_400)
        var last: ID<Order>?
        while forgotten.orders < Self.ordersPerNight {
            let after = last
            let ids = try await database.read {
                try $0.ordersToForget(placedBefore: ended, after: after, atMost: 100)
            }
            for id in ids {
                let why = "\(rules.peopleDays) days after it ended"
                do {
                    let keeps = try await forgetOrder(id, why, isWanted: false, changedBefore: ended)
                    if keeps.isEmpty { forgotten.orders += 1 }
                } catch  where !Self.isInnocent(error) {
                    // One that does not read must not keep the others.
                    log.error(
                        "An order was not cleared of people's data",
                        metadata: ["order": "\(id)", "error": "\(Self.summary(of: error))"])
                }
            }
            last = ids.last
            try Task.checkCancellation()
            if ids.isEmpty { break }
        }
        let received = now.adding(seconds: -rules.messageDays * 86_400)
        while forgotten.messages < Self.messagesPerNight {
            let count = try await database.transaction { try $0.forgetMessages(before: received, atMost: 200) }
            forgotten.messages += count
            try Task.checkCancellation()
            if count < 200 { break }
        }
        try await database.transaction { try $0.forgetQuestions(before: received) }
        try await forgetOldWebhooks()
        forgotten.senders = try await database.transaction { try $0.forgetSenders(before: ended) }
        if forgotten != Forgotten() { try await database.emptyLog() }
        return forgotten
    }
}
