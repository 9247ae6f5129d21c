import Commerce
import Database
import Logging
import PaymentKit
import Storage

/// What became of a provider's message, and so what the provider is answered.
package enum CallbackResult: Sendable {
    /// The message is stored durably: tell the provider so.
    case stored(HTTPReply)
    /// The address was not made here; nothing is stored and nothing is told.
    case unknown
    /// The attempt has had its share of different messages.
    case tooMany
    /// Neither the database nor the spool could take it: the provider should try again.
    case unavailable
}

extension Shop {
    /// T3: stores what a provider sends, raw, before anything is made of it. Translating it comes later.
    ///
    /// - Parameters:
    ///   - source: The caller's address.
    ///   - isListed: Whether the source is among these addresses, which the provider has published.
    package func receiveCallback(
        token: String, route: String, body: [UInt8], source: String, isListed: (_ published: [String]) -> Bool
    ) async -> CallbackResult {
        guard let (instance, ticket) = tokens.verify(callbackToken: token), let provider = provider(instance),
            let known = provider.abilities.manifest.routes.first(where: { $0.name == route })
        else { return .unknown }
        let now = now()
        let message = InboxMessage(
            id: ID(at: now), instance: instance, ticket: ticket, route: route, body: body, source: source,
            isListed: isListed(provider.abilities.callbackSources), receivedAt: now)
        do {
            let inbox = try await database.read { try $0.inboxState(of: ticket, route: route, body: body) }
            if inbox.isKnown { return .stored(known.reply) }
            guard inbox.count < rules.inboxPerAttempt else { return .tooMany }
            try await database.store(message, vault)
            wake.now()
            return .stored(known.reply)
        } catch {
            log.error("The database did not take a provider's message", metadata: ["error": "\(type(of: error))"])
        }
        do {
            try spool.append(message)
            return .stored(known.reply)
        } catch {
            log.critical("The spool did not take a provider's message", metadata: ["error": "\(type(of: error))"])
            return .unavailable
        }
    }

    /// Brings spooled messages into the database.
    ///
    /// - Returns: How many came in.
    func ingestSpool() async throws -> Int {
        var count = 0
        for file in spool.waiting() {
            let message: InboxMessage
            do { message = try spool.read(file) } catch {
                log.error(
                    "A spooled message does not read; it is put aside", metadata: ["file": "\(file.lastPathComponent)"])
                try spool.setAside(file)
                continue
            }
            try await database.store(message, vault)
            try spool.remove(file)
            count += 1
        }
        if count > 0 { wake.now() }
        return count
    }
}
