import Commerce
import Database
import Foundation
import HTTPClient
import Logging
import PaymentKit
import Storage
import Synchronization

/// Tells other programs what became of orders: each message until its receiver has taken it.
///
/// A message is claimed in a commit of its own before the first byte leaves, and settled after the answer. Whoever
/// stops between the two leaves it claimed; later it is somebody's again and is sent once more, under the same
/// identity. So nothing is lost, and a receiver may hear a thing twice.
package struct WebhookSender: Sendable {
    private let shop: Shop
    private let client: OutboundClient
    /// For one whole answer, connection included.
    private let timeout: Duration
    private let busy = Busy()

    /// - Parameter client: One that connects to public addresses only, where money is real: people type theirs.
    package init(shop: Shop, client: OutboundClient, timeout: Duration = .seconds(15)) {
        self.shop = shop
        self.client = client
        self.timeout = timeout
    }

    /// Seconds after which a claimed message is anybody's: more than any receiver is waited for.
    package static let claimSeconds = 120
    /// Bytes of an answer; nobody reads them.
    private static let answerBytes = 65_536

    /// Receivers that somebody works for.
    private final class Busy: Sendable {
        private let receivers = Mutex<Set<ID<WebhookReceiver>>>([])
        func begin(_ id: ID<WebhookReceiver>) -> Bool { receivers.withLock { $0.insert(id).inserted } }
        func end(_ id: ID<WebhookReceiver>) { receivers.withLock { _ = $0.remove(id) } }
    }

    /// Works until the task is cancelled. Any number of nodes may run this at once.
    package func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                do {
                    for receiver in try await shop.database.read({ try $0.webhookReceivers() })
                    where busy.begin(receiver.id) {
                        // Each for itself: one that is slow must not keep others waiting.
                        group.addTask {
                            await deliverAll(to: receiver.id)
                            busy.end(receiver.id)
                        }
                    }
                } catch { note(error) }
                do { try await Task.sleep(for: .seconds(1)) } catch { return }
            }
        }
    }

    private func deliverAll(to receiver: ID<WebhookReceiver>) async {
        do {
            while !Task.isCancelled, try await deliverDue(to: receiver) > 0 {}
        } catch { note(error) }
    }

    private func note(_ error: any Error) {
        guard !(error is CancellationError) else { return }
        shop.log.error("Webhooks could not be sent", metadata: ["error": "\(Shop.summary(of: error))"])
    }

    /// Sends what is due now, one after the other for each receiver.
    ///
    /// - Returns: How many were tried.
    @discardableResult
    package func deliverDue() async throws -> Int {
        let receivers = try await shop.database.read { try $0.webhookReceivers() }
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for receiver in receivers { group.addTask { try await deliverDue(to: receiver.id) } }
            return try await group.reduce(0, +)
        }
    }

    private func deliverDue(to receiver: ID<WebhookReceiver>) async throws -> Int {
        let now = shop.now()
        let due = try await shop.database.read {
            try $0.dueWebhooks(
                of: receiver, abandoned: now.adding(seconds: -Self.claimSeconds), atMost: 20, at: now)
        }
        var count = 0
        for message in due {
            try Task.checkCancellation()
            guard let parcel = try await claim(message) else { continue }
            try await settle(parcel.message, try await carry(parcel))
            count += 1
        }
        return count
    }

    // MARK: The steps

    /// A message that is ready to leave; nothing leaves when it has no door.
    struct Parcel: Sendable {
        let message: WebhookMessage
        let body: [UInt8]
        /// Nil when what it is made from cannot be read.
        let door: WebhookDoor?
    }

    /// Makes the message from the order as it is now, and commits that it may be on its way; nil when somebody else has
    /// it, or its receiver is gone.
    func claim(_ message: WebhookMessage) async throws -> Parcel? {
        let now = shop.now()
        return try await shop.database.transaction { [shop] transaction in
            var door: WebhookDoor?
            var body: [UInt8] = []
            do {
                guard let known = try transaction.webhookDoor(message.receiver, shop.vault) else { return nil }
                let order = try message.order.flatMap { id in
                    try transaction.order(id).map { ($0, try transaction.lines(of: id, currency: $0.total.currency)) }
                }
                body = try WebhookBody(message, order, isPractice: shop.isPractice, at: now).encoded()
                door = known
            } catch  where !Shop.isInnocent(error) {
                // One that does not read must not keep the others waiting.
                shop.log.error("A webhook does not read", metadata: ["error": "\(Shop.summary(of: error))"])
            }
            return try transaction.claim(message, sending: body, at: now).map {
                Parcel(message: $0, body: body, door: door)
            }
        }
    }

    /// What a try came to, and for how long the receiver wants to be left alone.
    struct Outcome: Sendable, Hashable {
        let result: WebhookTry
        var wanted: Int?
    }

    /// Hands a message over, once.
    func carry(_ parcel: Parcel) async throws -> Outcome {
        let began = shop.now()
        func outcome(_ result: WebhookTry.Result, wanted: Int? = nil) -> Outcome {
            let milliseconds = max(0, shop.now().milliseconds - began.milliseconds)
            return Outcome(
                result: WebhookTry(
                    number: parcel.message.generation, at: began, milliseconds: milliseconds, result: result),
                wanted: wanted)
        }
        guard let door = parcel.door else { return outcome(.problem(.unreadable, code: 0)) }
        let request = OutboundRequest(
            method: "POST", url: door.address,
            headers: WebhookSigning.headers(
                id: parcel.message.id, body: parcel.body, keys: door.good(at: began), at: began),
            body: parcel.body, timeout: timeout, effect: .acts, maxResponseBytes: Self.answerBytes)
        do {
            let response = try await client.send(request)
            let wanted = response.header("retry-after").flatMap { Self.seconds(retryAfter: $0, at: shop.now()) }
            return outcome(.answered(response.status), wanted: wanted)
        } catch {
            // A stop of our own says nothing about the receiver: another worker finds the claim.
            if error.kind == .cancelled { throw CancellationError() }
            return outcome(.problem(WebhookTry.Problem(error), code: error.code))
        }
    }

    /// Writes down what became of it.
    func settle(_ message: WebhookMessage, _ outcome: Outcome) async throws {
        let now = shop.now()
        let next = outcome.result.isTaken ? nil : message.nextTry(after: now, wanted: outcome.wanted)
        try await shop.database.transaction { try $0.settle(message, after: outcome.result, next: next, at: now) }
        guard next == nil, !outcome.result.isTaken else { return }
        shop.log.warning(
            "A webhook was given up; a person can have it sent again",
            metadata: [
                "message": "\(message.id)", "event": "\(message.event.rawValue)", "receiver": "\(message.receiver)",
            ])
    }

    /// Seconds that a `Retry-After` asks for: a number of them, or a date (RFC 9110, section 10.2.3). Nil for what is
    /// neither.
    static func seconds(retryAfter text: String, at now: Timestamp) -> Int? {
        if !text.isEmpty, text.count <= 9, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return Int(text) }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return format.date(from: text).map { max(0, Timestamp($0).seconds(since: now)) }
    }
}

extension WebhookTry.Problem {
    /// What an error means to whoever reads the log.
    fileprivate init(_ error: OutboundError) {
        switch error.kind {
        case .forbidden: self = .forbidden
        case .tooLarge: self = .tooLong
        case .notSent: self = error.timedOut ? .silent : .unreachable
        case .maySent, .cancelled: self = error.timedOut ? .silent : .cut
        }
    }
}
