import Commerce
import Cryptography
import Database
import Logging
import PaymentKit
import PluginHost
import Storage

/// What became of a provider's message, and so what the provider is answered.
package enum CallbackResult: Sendable {
    /// The message is stored durably: tell the provider so.
    case stored(HTTPReply)
    /// The address was not made here; nothing is stored and nothing is told.
    case unknown
    /// The provider signs what it sends, and this is not signed by it; nothing is stored.
    case unsigned
    /// The provider asked before taking money; this is the answer. Nothing is stored, for nothing has moved.
    case answered(HTTPReply)
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
    ///   - header: The value of one of the request's headers.
    ///   - isListed: Whether the source is among these addresses, which the provider has published.
    package func receiveCallback(
        token: String, route: String, body: [UInt8], source: String, header: (_ name: String) -> String? = { _ in nil },
        isListed: (_ published: [String]) -> Bool
    ) async -> CallbackResult {
        guard let (instance, ticket) = tokens.verify(callbackToken: token) else { return .unknown }
        if instance == Radar.instance, route == Radar.route {
            return .answered(HTTPReply(json: canaryAnswer(to: ticket)))
        }
        guard let provider = provider(instance) else {
            return await receive(body, forUnusable: instance, ticket, route: route, source: source, header) ?? .unknown
        }
        guard let known = provider.abilities.manifest.routes.first(where: { $0.name == route }),
            known.isStanding == (ticket == ProviderInstance.standing)
        else { return .unknown }
        let isSigned = known.signature.map { isGenuine(body, $0, header($0.header), of: instance) ?? false }
        if isSigned == false { return .unsigned }
        if known.isStanding, let reply = await answer(provider, route: route, body: body, source: source) {
            return .answered(reply)
        }
        let now = now()
        let message = InboxMessage(
            id: ID(at: now), instance: instance, ticket: ticket, route: route, body: body, source: source,
            isListed: isSigned ?? isListed(provider.abilities.callbackSources), receivedAt: now)
        // A standing address takes the messages of all payers; the others those of one attempt.
        return await keep(message, counted: !known.isStanding, reply: known.reply)
    }

    /// Keeps a message durably, in the database or in a file beside it.
    ///
    /// - Parameter counted: Whether its ticket may have only so many different ones.
    func keep(_ message: InboxMessage, counted: Bool, reply: HTTPReply) async -> CallbackResult {
        do {
            if counted {
                guard try await mayStoreMore(of: message.ticket, route: message.route, message.body) else {
                    return .tooMany
                }
            }
            try await database.store(message, vault)
            inboxCounts.countArrival()
            wake.now()
            return .stored(reply)
        } catch {
            // Away, or silent for longer than a provider waits. Should it have stored the message after all, the
            // spool's copy is the same row.
            log.error("The database did not take a provider's message", metadata: ["error": "\(type(of: error))"])
        }
        do {
            try spool.append(message)
            return .stored(reply)
        } catch {
            log.critical("The spool did not take a provider's message", metadata: ["error": "\(type(of: error))"])
            return .unavailable
        }
    }

    /// Whether a body carries the code that only the provider and this shop can make.
    ///
    /// - Returns: Nil when the key is not set.
    func isGenuine(
        _ body: [UInt8], _ signature: WebhookSignature, _ code: String?, of instance: String
    ) -> Bool? {
        let values = settled.now.ways.first { $0.provider.name == instance }?.values
        guard let key = values?[signature.setting], !key.isEmpty else { return nil }
        guard let code, code.utf8.count <= 200,
            let given = Hex.decode(code)
        else { return false }
        let mac = HMACKey(Array(key.utf8))
        switch signature.method {
        case .hmacSHA256: return constantTimeEqual(mac.sha256(body), given)
        case .hmacSHA512: return constantTimeEqual(mac.sha512(body), given)
        }
    }

    /// Whether an attempt has had fewer different messages than it may have (I37), or has had this very one.
    ///
    /// The database is asked about an attempt's first message here and again when this node has counted too many; in
    /// between the count is kept here. So with several nodes an attempt may have its share on each of them.
    private func mayStoreMore(of ticket: Ticket, route: String, _ body: [UInt8]) async throws -> Bool {
        if inboxCounts.countsOneMore(of: ticket, atMost: rules.inboxPerAttempt) { return true }
        let read: @Sendable () async throws -> (count: Int, isKnown: Bool) = { [database] in
            try await database.read { try $0.inboxState(of: ticket, route: route, body: body) }
        }
        // A server that is silent must not keep the provider waiting; a file is never silent.
        let inbox = try await database.engine == .sqlite ? read() : withDeadline(seconds: 4, read)
        guard inbox.isKnown || inbox.count < rules.inboxPerAttempt else { return false }
        inboxCounts.learn(inbox.count + 1, of: ticket)
        return true
    }

    /// Spooled messages that come in at a time, so that other work is not kept waiting.
    private static let spooledAtATime = 200

    /// Brings spooled messages into the database, the oldest first.
    ///
    /// - Returns: How many came in.
    func ingestSpool() async throws -> Int {
        var count = 0
        for file in spool.waiting().prefix(Self.spooledAtATime) {
            let message: InboxMessage
            do { message = try spool.read(file) } catch {
                log.error(
                    "A spooled message does not read; it is put aside", metadata: ["file": "\(file.lastPathComponent)"])
                try spool.setAside(file)
                continue
            }
            do { try await database.store(message, vault) } catch {
                guard !Self.isInnocent(error), !database.isBroken else { throw error }
                log.error(
                    "A spooled message cannot be stored; it is put aside",
                    metadata: ["error": "\(Self.summary(of: error))"])
                try spool.setAside(file)
                continue
            }
            try spool.remove(file)
            count += 1
        }
        if count > 0 { wake.now() }
        return count
    }
}
