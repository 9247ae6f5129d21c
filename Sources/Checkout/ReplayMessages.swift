import Commerce
import Database
import Foundation
import PaymentKit
import PluginHost
import Storage

/// Why a message was not handed to its plugin. Nothing was changed.
package enum ReplayRefusal: Error, Sendable, Hashable {
    /// There is none of that identity, or it was forgotten with age.
    case noSuchMessage
    /// It does not open with the keys of this shop.
    case closed
    /// No way to pay of that name can be used.
    case noSuchWay(String)
}

/// A stored message of a provider, without what it says.
package struct StoredMessage: Sendable, Hashable {
    package let id, instance, route: String
    package let receivedAt: Timestamp
    package let verdict: MessageVerdict
}

extension Shop {
    /// A stored message.
    ///
    /// - Throws: ``ReplayRefusal``.
    package func storedMessage(_ id: String) async throws -> StoredMessage {
        guard let (message, verdict) = try await database.read({ [vault] in try $0.inboxMessage(id, vault) }) else {
            throw ReplayRefusal.noSuchMessage
        }
        return StoredMessage(message, verdict)
    }

    /// Messages of a provider that are not done with, the oldest first.
    package func unreadMessages(
        of instance: String, since: Timestamp, atMost count: Int
    ) async throws -> [StoredMessage] {
        try await database.read { [vault] reading in
            try reading.unreadMessages(of: instance, since: since, atMost: count, vault).map(StoredMessage.init)
        }
    }

    /// Those of these messages that are there, in their order.
    package func storedMessages(_ ids: [String]) async throws -> [StoredMessage] {
        try await database.read { [vault] reading in
            try ids.compactMap { try reading.inboxMessage($0, vault).map(StoredMessage.init) }
        }
    }

    /// Has a stored message translated once more by an operator's command, and writes it into the trail. One that waits
    /// to be translated anyhow is left as it is.
    package func replay(_ id: String, by person: String) async throws {
        try await note(AuditEntry(person, "message_read_again", id, ""))
        do { try await readAgain(id, by: person) } catch WorkRefusal.notNow {}
    }

    /// What a message's plugin makes of it now. Nothing is recorded, and nobody is asked.
    ///
    /// - Throws: ``ReplayRefusal``; what the plugin throws.
    package func events(inStored id: String) async throws -> [PaymentEvent] {
        guard let (message, _) = try await database.read({ [vault] in try $0.inboxMessage(id, vault) }) else {
            throw ReplayRefusal.noSuchMessage
        }
        guard message.isReadable else { throw ReplayRefusal.closed }
        guard let instance = provider(message.instance) else { throw ReplayRefusal.noSuchWay(message.instance) }
        return try await instance.events(in: try await inbound(message))
    }

    /// A message as its plugin is given it.
    func inbound(_ message: InboxMessage) async throws -> InboundRequest {
        InboundRequest(
            route: message.route, about: try await past(message), body: Data(message.body), source: message.source)
    }
}

extension StoredMessage {
    fileprivate init(_ message: InboxMessage, _ verdict: MessageVerdict) {
        self.init(
            id: message.id.text, instance: message.instance, route: message.route, receivedAt: message.receivedAt,
            verdict: verdict)
    }
}
