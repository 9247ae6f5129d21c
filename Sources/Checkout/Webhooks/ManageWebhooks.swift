import Commerce
import Cryptography
import Database
import Foundation
import PaymentKit
import Storage

/// Why a receiver of webhooks, or a message to it, was left as it is. Nothing was changed.
package enum WebhookRefusal: Error, Sendable, Hashable {
    /// It is no address that may be written to.
    case badAddress
    case nameMissing, nameHoldsPhone
    /// Another receiver is called so.
    case nameTaken
    /// The shop has as many as it may have.
    case tooMany
    case noSuchReceiver, noSuchMessage
    /// It is being sent at this moment.
    case onItsWay
}

/// A receiver, and how it does.
package struct WebhookView: Sendable {
    package let receiver: WebhookReceiver
    package let figures: WebhookFigures
    /// When the older secrets end; nil when there is one secret only.
    package let olderUntil: Timestamp?
    /// Whether its address can be read with the keys of this shop.
    package let isReadable: Bool
}

/// Other programs of the shop's that are told of orders: who they are, and what they were told.
extension Shop {
    /// Receivers that a shop has at most.
    package static let mostWebhooks = 5
    /// Characters of a receiver's name.
    package static let webhookNameLength = 40
    /// Seconds for which an older secret signs beside a new one.
    package static let webhookOverlapSeconds = 86_400
    private static let keepDeliveredSeconds = 30 * 86_400
    private static let keepFailedSeconds = 180 * 86_400

    /// All receivers, in the order in which they were added.
    package func webhooks() async throws -> [WebhookView] {
        let now = now()
        return try await database.read { [vault] reading in
            try reading.webhookReceivers().map { try Self.view($0, reading, vault, at: now) }
        }
    }

    /// A receiver; nil when there is none.
    package func webhook(_ id: ID<WebhookReceiver>) async throws -> WebhookView? {
        let now = now()
        return try await database.read { [vault] reading in
            try reading.webhookReceiver(id).map { try Self.view($0, reading, vault, at: now) }
        }
    }

    private static func view(
        _ receiver: WebhookReceiver, _ reading: some SQLReading, _ vault: Vault, at now: Timestamp
    ) throws -> WebhookView {
        var door: WebhookDoor?
        do { door = try reading.webhookDoor(receiver.id, vault) } catch is CryptographyError {}
        return WebhookView(
            receiver: receiver,
            figures: try reading.webhookFigures(of: receiver.id, since: now.adding(seconds: -86_400)),
            olderUntil: door?.good(at: now).compactMap(\.until).max(), isReadable: door != nil)
    }

    /// A receiver's messages, the newest first.
    package func webhookLog(
        of receiver: ID<WebhookReceiver>, _ state: WebhookMessage.State? = nil, before id: String? = nil,
        atMost count: Int
    ) async throws -> [LoggedWebhook] {
        try await database.read { try $0.webhookLog(of: receiver, state, before: id, atMost: count) }
    }

    /// Tells one more program of orders, from the next change on.
    ///
    /// - Returns: Its secret as the receiver is given it, which is shown this once.
    package func addWebhook(named typed: String, at address: String, by person: String) async throws -> String {
        let name = String(typed.filter { !$0.isNewline && $0 != "\0" }.prefix(Self.webhookNameLength))
        guard !name.isEmpty else { throw WebhookRefusal.nameMissing }
        guard !name.holdsPhone else { throw WebhookRefusal.nameHoldsPhone }
        guard mayBeWrittenTo(address), let host = URLComponents(string: address)?.host else {
            throw WebhookRefusal.badAddress
        }
        let now = now()
        let key = WebhookSigning.newKey()
        let receiver = WebhookReceiver(
            id: ID(at: now), name: name, host: String(host.prefix(255)), secretMadeAt: now, addedAt: now)
        try await database.transaction { [vault] transaction in
            let known = try transaction.webhookReceivers()
            guard known.count < Self.mostWebhooks else { throw WebhookRefusal.tooMany }
            guard !known.contains(where: { $0.name.lowercased() == name.lowercased() }) else {
                throw WebhookRefusal.nameTaken
            }
            try transaction.insert(
                receiver, at: WebhookDoor(address: address, key: key), ofAtMost: Self.mostWebhooks, vault)
            try transaction.append(AuditEntry(person, "webhook_added", name, receiver.host), at: now)
        }
        return WebhookSigning.text(of: key)
    }

    /// Makes a new secret; the one before it goes on signing beside it for a day.
    ///
    /// - Returns: The secret, which is shown this once.
    package func renewWebhookSecret(of id: ID<WebhookReceiver>, by person: String) async throws -> String {
        let now = now()
        let key = WebhookSigning.newKey()
        try await database.transaction { [vault] transaction in
            guard let receiver = try transaction.webhookReceiver(id),
                var door = try transaction.webhookDoor(id, vault)
            else { throw WebhookRefusal.noSuchReceiver }
            door.renew(key, olderUntil: now.adding(seconds: Self.webhookOverlapSeconds), at: now)
            try transaction.save(door, of: id, vault, at: now)
            try transaction.append(AuditEntry(person, "webhook_secret_made", receiver.name), at: now)
        }
        return WebhookSigning.text(of: key)
    }

    /// Tells a receiver nothing any more.
    ///
    /// - Returns: Its name; nil when it was gone already.
    package func removeWebhook(_ id: ID<WebhookReceiver>, by person: String) async throws -> String? {
        let now = now()
        return try await database.transaction { transaction in
            guard let receiver = try transaction.webhookReceiver(id), try transaction.removeWebhookReceiver(id) else {
                return nil
            }
            try transaction.append(AuditEntry(person, "webhook_removed", receiver.name, receiver.host), at: now)
            return receiver.name
        }
    }

    /// Writes a test message to a receiver.
    package func tryWebhook(_ id: ID<WebhookReceiver>, by person: String) async throws {
        let now = now()
        try await database.transaction { transaction in
            guard let receiver = try transaction.webhookReceiver(id) else { throw WebhookRefusal.noSuchReceiver }
            try transaction.insert(
                WebhookMessage(
                    id: ID(at: now), receiver: id, event: .ping, order: nil, orderVersion: 0, happenedAt: now,
                    dueAt: now))
            try transaction.append(AuditEntry(person, "webhook_tried", receiver.name), at: now)
        }
    }

    /// Has a message sent again, whatever became of it, under its old identity and with the order as it is now.
    package func sendWebhookAgain(
        _ id: ID<WebhookMessage>, to receiver: ID<WebhookReceiver>, by person: String
    ) async throws {
        let now = now()
        try await database.transaction { transaction in
            guard let known = try transaction.webhookReceiver(receiver) else { throw WebhookRefusal.noSuchReceiver }
            guard let message = try transaction.webhook(id), message.receiver == receiver else {
                throw WebhookRefusal.noSuchMessage
            }
            guard try transaction.sendAgain(message, at: now) else { throw WebhookRefusal.onItsWay }
            try transaction.append(AuditEntry(person, "webhook_sent_again", known.name, id.text), at: now)
        }
    }

    /// Forgets messages that were delivered a month ago, or given up half a year ago.
    func forgetOldWebhooks() async throws {
        let now = now()
        while true {
            let count = try await database.transaction {
                try $0.forgetWebhooks(
                    deliveredBefore: now.adding(seconds: -Self.keepDeliveredSeconds),
                    failedBefore: now.adding(seconds: -Self.keepFailedSeconds), atMost: 500)
            }
            try Task.checkCancellation()
            if count == 0 { return }
        }
    }
}

extension SQLBooks {
    /// Writes what other programs are told of a change, in the transaction of the change: told, or never changed.
    func announce(_ order: Order, was status: OrderStatus, _ events: [OrderEvent]) throws {
        let found = WebhookEvent.about(from: status, to: order.status, events)
        guard !found.isEmpty else { return }
        for receiver in try transaction.webhookReceivers() {
            for event in found {
                try transaction.insert(
                    WebhookMessage(
                        id: ID(at: now), receiver: receiver.id, event: event, order: order.id,
                        orderVersion: order.version, happenedAt: order.changedAt, dueAt: now))
            }
        }
    }
}
