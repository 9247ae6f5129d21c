import Commerce
import Cryptography
import Database
import Foundation
import PaymentKit
import Storage

/// Why a browser or a chat is not told. Nothing was changed.
package enum OwnerChannelRefusal: Error, Sendable, Hashable {
    /// It is no address that may be written to.
    case badAddress
    /// What came is not what browsers give.
    case badBrowser
    /// One has as many as one may have.
    case tooMany
    /// There is none to try.
    case noSuchBrowser, noChat
}

/// Browsers and a chat as ways to tell the owner what is wrong, beside letters and SMS.
extension Shop {
    /// Browsers that one person may be told in.
    package static let mostPushSubscriptions = 10
    static let chatSetting = "chat address"
    private static let pushKeySetting = "push key"

    /// The shop's own key for push services, made the first time it is asked for (RFC 8292).
    package func pushKey() async throws -> P256Key {
        func known() async throws -> P256Key? {
            try await database.read { [vault] in try $0.sealedSetting(Self.pushKeySetting, vault) }
                .map { try P256Key(secret: Array($0.prefix(32)), point: Array($0.dropFirst(32))) }
        }
        if let key = try await known() { return key }
        let made = P256Key()
        let now = now()
        let isNew = try await database.transaction { [vault] in
            try $0.makeSealedSetting(Self.pushKeySetting, made.secret + made.point, vault, at: now)
        }
        guard !isNew, let key = try await known() else { return made }
        return key
    }

    /// The visitor's browsers that are told, the oldest first.
    package func pushSubscriptions(of visitor: SignedIn) async throws -> [PushSubscription] {
        try await database.read { try $0.pushSubscriptions(of: visitor.member.id) }
    }

    /// Tells the visitor in this browser from now on, and something for a trial at once.
    package func tell(
        _ visitor: SignedIn, in browser: String, endpoint: String, point: [UInt8], secret: [UInt8]
    ) async throws {
        guard mayBeWrittenTo(endpoint), secret.count == 16, Self.isPoint(point) else {
            throw OwnerChannelRefusal.badBrowser
        }
        let address = PushSubscription.Address(endpoint: endpoint, point: point, secret: secret)
        let now = now()
        let language = rules.voice.ownerLanguage
        let subscription = PushSubscription(
            member: visitor.member.id, browser: String(browser.prefix(60)), at: now)
        try await database.transaction { [vault] transaction in
            guard try transaction.pushSubscriptions(of: visitor.member.id).count < Self.mostPushSubscriptions else {
                throw OwnerChannelRefusal.tooMany
            }
            try transaction.insert(subscription, at: address, vault)
            try SQLBooks(transaction: transaction, vault: vault, now: now).tryPush(subscription.id, in: language)
            try transaction.append(
                AuditEntry(visitor.name, "push_begun", visitor.name, subscription.browser), at: now)
        }
    }

    /// Tells one of the visitor's browsers nothing any more.
    ///
    /// - Returns: False when it was not told anyhow.
    package func stopTelling(_ id: String, of visitor: SignedIn) async throws -> Bool {
        let now = now()
        return try await database.transaction { transaction in
            guard try transaction.removePushSubscription(ID(stored: id), of: visitor.member.id) else { return false }
            try transaction.append(AuditEntry(visitor.name, "push_ended", visitor.name), at: now)
            return true
        }
    }

    /// Writes something for a trial to one of the visitor's browsers.
    package func tryPush(_ id: String, of visitor: SignedIn) async throws {
        let now = now()
        let language = rules.voice.ownerLanguage
        try await database.transaction { [vault] transaction in
            let id = ID<PushSubscription>(stored: id)
            guard try transaction.pushSubscriptions(of: visitor.member.id).contains(where: { $0.id == id }) else {
                throw OwnerChannelRefusal.noSuchBrowser
            }
            try SQLBooks(transaction: transaction, vault: vault, now: now).tryPush(id, in: language)
        }
    }

    /// A message for a browser; nil when it does not want it any more, or its owner may not see it.
    func parcel(for browser: ID<PushSubscription>, saying text: NoticeText) async throws -> PushParcel? {
        let known = try await database.read { [vault] in try $0.pushAddress(browser, vault) }
        guard let (address, role) = known, role?.rights.contains(.seeAudit) == true else { return nil }
        let payload = Array(try JSONEncoder().encode(["title": name, "body": text.says]))
        return PushParcel(subscription: browser, address: address, key: try await pushKey(), payload: payload)
    }

    /// The address to which the chat is written; nil without one. It is as good as a password.
    func chatAddress() async throws -> Secret? {
        try await database.read { [vault] in try $0.sealedSetting(Self.chatSetting, vault) }
            .map { Secret(String(decoding: $0, as: UTF8.self)) }
    }

    /// The host of the chat's address, which is all of it that is shown; nil without one.
    package func chatHost() async throws -> String? {
        try await chatAddress().map { URLComponents(string: $0.reveal())?.host ?? "?" }
    }

    /// What became of the newest message to the chat; nil before the first.
    package func newestChatNotice() async throws -> Notice? {
        try await database.read { try $0.newestNotice(.chat) }
    }

    /// Sets the address to which the chat is written, and writes something for a trial to it.
    ///
    /// - Parameter typed: Nothing takes it away.
    package func setChat(_ typed: String) async throws {
        guard typed.isEmpty || mayBeWrittenTo(typed) else { throw OwnerChannelRefusal.badAddress }
        let now = now()
        let language = rules.voice.ownerLanguage
        try await database.transaction { [vault] transaction in
            let value = typed.isEmpty ? nil : Array(typed.utf8)
            try transaction.setSealedSetting(Self.chatSetting, to: value, vault, at: now)
            guard value != nil else { return }
            try SQLBooks(transaction: transaction, vault: vault, now: now).tryChat(in: language)
        }
    }

    /// Writes something for a trial to the chat.
    package func tryChat() async throws {
        let now = now()
        let language = rules.voice.ownerLanguage
        try await database.transaction { [vault] transaction in
            guard try transaction.hasSealedSetting(Self.chatSetting) else { throw OwnerChannelRefusal.noChat }
            try SQLBooks(transaction: transaction, vault: vault, now: now).tryChat(in: language)
        }
    }

    /// Addresses begin with https; in practice this machine's own may do without. Whether one leads to the Internet
    /// shows when a connection is made: a name may lead anywhere.
    func mayBeWrittenTo(_ address: String) -> Bool {
        guard (10...1_000).contains(address.utf8.count), address.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            !address.contains("\""), !address.contains("\\"), let parts = URLComponents(string: address),
            let host = parts.host, !host.isEmpty, parts.user == nil, parts.password == nil
        else { return false }
        return parts.scheme == "https" || (isPractice && parts.scheme == "http" && host == "127.0.0.1")
    }

    private static func isPoint(_ bytes: [UInt8]) -> Bool {
        do {
            _ = try SignatureKey(point: bytes)
            return true
        } catch { return false }
    }
}

extension SQLBooks {
    /// The browsers of those who see what goes on behind the shop.
    func toldBrowsers() throws -> [ID<PushSubscription>] {
        try transaction.pushSubscriptions().filter { $0.role?.rights.contains(.seeAudit) == true }.map(\.id)
    }

    fileprivate func tryPush(_ id: ID<PushSubscription>, in language: Language) throws {
        try write(.trial, about: "trial", "\(now.milliseconds)", "", .push, to: .browser(id), in: language)
    }

    fileprivate func tryChat(in language: Language) throws {
        try write(.trial, about: "trial", "\(now.milliseconds)", "", .chat, to: .owner, in: language)
    }
}
