import Commerce
import Cryptography
import Database
import PaymentKit

/// A letter or SMS as somebody of the shop looks at it.
package struct LoggedNotice: Sendable {
    package let notice: Notice
    /// The order that it is about; nil for what is about the shop as a whole.
    package let order: OrderNumber?
    /// Nil when it does not open with the keys of this shop.
    package let recipient: NoticeRecipient?
    /// Whether somebody had it sent again.
    package let isSentAgain: Bool
}

extension Notice {
    /// How the occurrence of one begins that staff have sent again.
    package static let againPrefix = "again "
    /// The occurrence of the one that is sent in the place of this one: at most one is.
    package var againOccurrence: String { "\(Self.againPrefix)\(id.text)" }
}

extension SQLReading {
    /// Letters and SMS, the newest first.
    ///
    /// - Parameters:
    ///   - state: Only those in that state.
    ///   - order: Only those about it.
    ///   - id: Only those that were written before this one.
    package func noticeLog(
        _ state: Notice.State?, about order: OrderNumber?, before id: String?, atMost count: Int, _ vault: Vault
    ) throws -> [LoggedNotice] {
        let inState: SQL = state.map { "AND state = \($0.rawValue)" } ?? ""
        let about: SQL =
            order.map { "AND order_id = (SELECT o.id FROM orders o WHERE o.number = \($0.text))" } ?? ""
        let older: SQL = id.map { "AND id < \($0)" } ?? ""
        let notices = try query(
            "\(Self.noticeColumns) WHERE 1 = 1 \(inState) \(about) \(older) ORDER BY id DESC LIMIT \(count)"
        ).map(Self.notice)
        return try notices.map { notice in
            var recipient: NoticeRecipient?
            do { recipient = try self.recipient(of: notice.id, vault) } catch is CryptographyError {}
            return LoggedNotice(
                notice: notice, order: try notice.order.flatMap { try self.order($0)?.number }, recipient: recipient,
                isSentAgain: try isSentAgain(notice))
        }
    }

    /// A letter or SMS, and what it is about; nil when there is none.
    package func notice(_ id: ID<Notice>) throws -> (notice: Notice, subject: String)? {
        guard let notice = try first("\(Self.noticeColumns) WHERE id = \(id.text)").map(Self.notice),
            let row = try first("SELECT subject FROM notices WHERE id = \(id.text)")
        else { return nil }
        return (notice, try row.text(0))
    }

    private func isSentAgain(_ notice: Notice) throws -> Bool {
        guard notice.state == .failed || notice.state == .unclear else { return false }
        return try first(
            """
            SELECT 1 FROM notices n JOIN notices old ON old.subject = n.subject AND old.kind = n.kind
                AND old.channel = n.channel
            WHERE old.id = \(notice.id.text) AND n.occurrence = \(notice.againOccurrence)
            """) != nil
    }

    /// When the newest letter or SMS to the owner was taken by its server; nil when none ever was.
    package func ownerToldAt(_ channel: Notice.Channel) throws -> Timestamp? {
        try first(
            """
            SELECT MAX(ended_at) FROM notices
            WHERE state = 'sent' AND channel = \(channel.rawValue) AND recipient_sealed IS NULL
            """)?.int64OrNil(0).map(Timestamp.init(milliseconds:))
    }
}
