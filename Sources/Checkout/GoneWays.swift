import Commerce
import Database
import Logging
import PaymentKit
import PluginHost
import Storage

/// Ways to pay that were taken away. What they began is kept, watched and put before a person; nothing of it is lost.
extension Shop {
    /// The kind of the item about a way to pay that is not here any more while its payments need it: one for each.
    static let wayGone = "way_gone"

    /// Whether no way to pay of that name is part of the shop: its program's file was taken away. One whose settings do
    /// not do is not gone.
    package func isGone(_ name: String) -> Bool { !settled.now.ways.contains { $0.provider.name == name } }

    /// What a way to pay says of itself, also one that cannot be used or is gone; nil when nothing is left to tell.
    package func manifest(of name: String) -> Manifest? {
        let settled = settled.now
        return settled.ways.first { $0.provider.name == name }?.provider.manifest ?? settled.gone[name]
    }

    /// A way to pay as staff are told of it, also one that is gone.
    package func wayName(_ name: String) -> String { manifest(of: name)?.name ?? name }

    /// What ways to pay that are gone said of themselves, by name.
    package var goneWays: [(name: String, manifest: Manifest)] {
        settled.now.gone.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Whether this node cannot tell what became of a way to pay, because it never knew it or has missed it for a
    /// moment only: then it decides nothing about its payments, which another node may know better.
    func isStrange(_ name: String) -> Bool {
        let settled = settled.now
        guard !settled.ways.contains(where: { $0.provider.name == name }) else { return false }
        return settled.gone[name] == nil || settled.undecided.contains(name)
    }

    /// Keeps a job whose way to pay cannot be used. Nothing has left by it, nothing was asked, and the run does not
    /// count; a refund or payout may be turned down meanwhile.
    func waitForWay(_ name: String, _ job: Job) async throws {
        let later = try await missed(name)
        try await database.transaction { try $0.waitForWay(job, until: later) }
    }

    /// Puts it before a person that a way to pay is gone, or that its settings do not do, while its payments need it;
    /// the item ends by itself when the way can be used again.
    ///
    /// - Returns: When to look again, should nobody tell earlier that it is back.
    func missed(_ name: String) async throws -> Timestamp {
        let now = now()
        guard !isStrange(name) else {
            log.warning("A payment needs a way to pay that is not known here", metadata: ["provider": "\(name)"])
            return now.adding(seconds: 10)
        }
        let later = now.adding(seconds: 3_600)
        guard try await !database.read({ try $0.isReviewOpen(Self.wayGone, subject: name) }) else { return later }
        log.error("A payment needs a way to pay that cannot be used", metadata: ["provider": "\(name)"])
        let why = isGone(name) ? "is not here any more" : "cannot be used with the settings that it has"
        try await database.transaction { transaction in
            try transaction.openReview(
                Self.wayGone, subject: name, order: nil,
                detail: "\(name) \(why), and payments that it began are not ended", at: now)
        }
        return later
    }

    /// Why a message was put aside whose way to pay is gone.
    static func parkedWithout(_ name: String) -> String { "its way to pay, \(name), is not here any more" }

    /// Ends the items about ways to pay that can be used again, and has all done now that waited for them: questions
    /// are asked, and messages that were put aside are read.
    ///
    /// - Parameter missed: Names that an item is open about.
    func welcome(_ missed: [String]) async throws {
        let back = missed.filter { provider($0) != nil }
        guard !back.isEmpty else { return }
        let reasons = Set(back.map(Self.parkedWithout))
        let now = now()
        try await database.transaction { transaction in
            for item in try transaction.openItems(ofKind: "parked_message") where reasons.contains(item.detail) {
                _ = try transaction.readAgain(message: item.subject, at: now)
                try transaction.closeReview(item.kind, subject: item.subject, at: now)
            }
            for name in back {
                try transaction.endWaiting(for: name, at: now)
                try transaction.closeReview(Self.wayGone, subject: name, at: now)
            }
        }
        wake.now()
    }

    /// The names of ways to pay that are gone while their payments need them.
    package func missedWays() async throws -> [String] {
        try await database.read { try $0.openItems(ofKind: Self.wayGone) }.map(\.subject).filter(isGone).sorted()
    }

    /// Stores what a provider sends about a way to pay that cannot be used: its address was made here, so somebody
    /// meant this shop. Nobody can say whether it came from the provider's own machines, so it is not believed more
    /// than a stranger's, unless it is signed. Where the key to see that is missing while the way is here, the provider
    /// is asked to come again.
    ///
    /// - Returns: Nil when nobody can have sent it there.
    func receive(
        _ body: [UInt8], forUnusable name: String, _ ticket: Ticket, route: String, source: String,
        _ header: (_ name: String) -> String?
    ) async -> CallbackResult? {
        let known = manifest(of: name)?.routes
        let address = known?.first { $0.name == route }
        if known != nil, address == nil || address?.isStanding != (ticket == ProviderInstance.standing) { return nil }
        guard (1...40).contains(route.utf8.count), route.allSatisfy({ $0.isASCII && ($0.isLowercase || $0 == "-") })
        else { return nil }
        var isSigned = false
        if let signature = address?.signature, !isGone(name) {
            guard let isGenuine = isGenuine(body, signature, header(signature.header), of: name) else {
                return .unavailable
            }
            guard isGenuine else { return .unsigned }
            isSigned = true
        }
        let now = now()
        let message = InboxMessage(
            id: ID(at: now), instance: name, ticket: ticket, route: route, body: body, source: source,
            isListed: isSigned, receivedAt: now)
        return await keep(message, counted: ticket != ProviderInstance.standing, reply: address?.reply ?? HTTPReply())
    }
}
