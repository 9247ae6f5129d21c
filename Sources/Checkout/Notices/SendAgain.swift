import Commerce
import Database
import PaymentKit
import Storage

/// A letter or SMS, for staff.
package struct NoticeView: Sendable {
    package let notice: Notice
    package let order: OrderNumber?
    /// To whom, shortened: `•••@example.com`, `0712 ••• 678`; nil for the owner.
    package let recipient: String?
    package let isSentAgain: Bool
    /// Whether a person may have it sent again: it did not get away, and nobody has done so yet.
    package var maySendAgain: Bool { (notice.state == .failed || notice.state == .unclear) && !isSentAgain }
}

extension Shop {
    /// Letters and SMS, the newest first. Nobody's address stands there in full.
    package func noticeLog(
        _ state: Notice.State? = nil, about order: OrderNumber? = nil, before id: String? = nil, atMost count: Int
    ) async throws -> [NoticeView] {
        try await database.read { [vault] reading in
            try reading.noticeLog(state, about: order, before: id, atMost: count, vault).map { logged in
                let recipient: String? =
                    switch logged.recipient {
                    case .owner: nil
                    case .customer(let address): Self.masked(address, logged.notice.channel)
                    case nil: Masked.forgotten
                    }
                return NoticeView(
                    notice: logged.notice, order: logged.order, recipient: recipient,
                    isSentAgain: logged.isSentAgain)
            }
        }
    }

    /// How a channel did in the last day.
    package struct NoticeHealth: Sendable {
        package let failed, unclear: Int
        /// The age of the oldest message that was refused for now.
        package let stuckSeconds: Int
        /// When the newest message to the owner was taken by its server; nil when none ever was.
        package let ownerToldAt: Timestamp?
    }

    /// How a channel did in the last day.
    package func noticeHealth(_ channel: Notice.Channel) async throws -> NoticeHealth {
        let now = now()
        return try await database.read { reading in
            let figures = try reading.noticeFigures(channel, since: now.adding(seconds: -86_400))
            return NoticeHealth(
                failed: figures.failed, unclear: figures.unclear,
                stuckSeconds: figures.stuckSince.map { max(0, now.seconds(since: $0)) } ?? 0,
                ownerToldAt: try reading.ownerToldAt(channel))
        }
    }

    private static func masked(_ address: String, _ channel: Notice.Channel) -> String {
        switch channel {
        case .letter: return MailAddress(address)?.description ?? "•••"
        case .sms:
            do { return Masked.phone(try PhoneNumber(address), inFull: false) } catch { return "•••" }
        }
    }

    /// Has one sent again that did not get away, or of which nobody knows: by the same channel, in a new message that
    /// is as true now. At most once for each.
    ///
    /// - Returns: What is told, and by which channel.
    package func sendAgain(
        _ id: ID<Notice>, by person: String, because reason: String
    ) async throws -> (kind: Notice.Kind, channel: Notice.Channel) {
        _ = try Self.clear(reason)
        let now = now()
        let voice = rules.voice
        return try await database.transaction { [vault] transaction in
            guard let (old, subject) = try transaction.notice(id) else { throw ResendRefusal.noSuchMessage }
            guard old.state == .failed || old.state == .unclear else { throw ResendRefusal.notLost }
            let books = SQLBooks(transaction: transaction, vault: vault, now: now)
            let isNew: Bool
            if let order = try old.order.flatMap({ try books.order($0) }) {
                guard old.kind.fits(order, at: now) else { throw ResendRefusal.notTrueNow(old.kind) }
                // The order first: two people who press at the same moment write one after the other.
                try books.save(order, events: [OrderEvent("told_again_by", nil, "\(person): \(old.kind.rawValue)")])
                let telling = Telling(old.kind, old.againOccurrence, old.detail)
                isNew = try books.write(telling, of: order, [old.channel]) > 0
            } else {
                let notice = Notice(
                    id: ID(at: now), order: nil, kind: old.kind, occurrence: old.againOccurrence, channel: old.channel,
                    language: voice.ownerLanguage, detail: old.detail, writtenAt: now, dueAt: now)
                isNew = try transaction.write(notice, about: subject, to: .owner, vault)
            }
            guard isNew else { throw ResendRefusal.noWay }
            return (old.kind, old.channel)
        }
    }
}
