import Commerce
import Cryptography
import Database
import PaymentKit

/// An address as a notice keeps it.
package enum NoticeRecipient: Sendable {
    /// Whoever the settings name.
    case owner
    /// An e-mail address or a number of twelve digits.
    case customer(String)
}

extension SQLReading {
    /// Notices of a channel whose time has come, the longest due first.
    package func dueNotices(_ channel: Notice.Channel, atMost count: Int, at now: Timestamp) throws -> [Notice] {
        try query(
            """
            \(Self.noticeColumns) WHERE state = 'waiting' AND channel = \(channel.rawValue)
                AND due_at <= \(now.milliseconds)
            ORDER BY due_at LIMIT \(count)
            """
        ).map(Self.notice)
    }

    /// Everything that an order's customer was told or is to be told, the first one first.
    package func notices(of order: ID<Order>) throws -> [Notice] {
        try query("\(Self.noticeColumns) WHERE order_id = \(order.text) ORDER BY written_at, id").map(Self.notice)
    }

    /// To whom a notice goes.
    package func recipient(of notice: ID<Notice>, _ vault: Vault) throws -> NoticeRecipient? {
        try first("SELECT recipient_sealed FROM notices WHERE id = \(notice.text)").map { row in
            try row.blobOrNil(0).map { .customer(try vault.openText($0, "notices.recipient \(notice)")) } ?? .owner
        }
    }

    /// How a channel did since a moment: refused for good, without an answer, and when the oldest one was written that
    /// was refused for now.
    package func noticeFigures(
        _ channel: Notice.Channel, since: Timestamp
    ) throws -> (failed: Int, unclear: Int, stuckSince: Timestamp?) {
        func ended(_ state: Notice.State) throws -> Int {
            try first(
                """
                SELECT COUNT(*) FROM notices WHERE state = \(state.rawValue) AND channel = \(channel.rawValue)
                    AND ended_at >= \(since.milliseconds)
                """)?.int(0) ?? 0
        }
        let stuck = try first(
            """
            SELECT MIN(written_at) FROM notices
            WHERE state = 'waiting' AND channel = \(channel.rawValue) AND tries > 0
                AND reason IS NOT NULL
            """)?.int64OrNil(0)
        return (try ended(.failed), try ended(.unclear), stuck.map(Timestamp.init(milliseconds:)))
    }

    /// Whether the newest notice of a kind about something was not sent, on any channel, because it was over by then.
    package func wasLastOvertaken(_ kind: Notice.Kind, about subject: String) throws -> Bool {
        try first(
            """
            SELECT 1 FROM notices n
            WHERE n.subject = \(subject) AND n.kind = \(kind.rawValue) AND n.state = 'overtaken' AND n.written_at =
                (SELECT MAX(written_at) FROM notices WHERE subject = \(subject) AND kind = \(kind.rawValue))
            """) != nil
    }

    static var noticeColumns: SQL {
        """
        SELECT id, order_id, kind, occurrence, channel, language, detail, state, tries, generation, written_at, due_at,
            ended_at, reason
        FROM notices
        """
    }

    static func notice(_ row: Row) throws -> Notice {
        guard let kind = Notice.Kind(rawValue: try row.text(2)),
            let channel = Notice.Channel(rawValue: try row.text(4)),
            let language = Language(rawValue: try row.text(5)), let state = Notice.State(rawValue: try row.text(7))
        else { throw CorruptRow(column: "kind, channel, language or state", reason: "is not a known word") }
        return Notice(
            id: ID(stored: try row.text(0)), order: try row.textOrNil(1).map(ID.init(stored:)), kind: kind,
            occurrence: try row.text(3), channel: channel, language: language, detail: try row.text(6), state: state,
            tries: try row.int(8), generation: try row.int64(9),
            writtenAt: Timestamp(milliseconds: try row.int64(10)),
            dueAt: Timestamp(milliseconds: try row.int64(11)),
            endedAt: try row.int64OrNil(12).map(Timestamp.init(milliseconds:)), reason: try row.textOrNil(13))
    }

    /// The secret keys of the forms that placed or paid an order.
    package func forms(of order: ID<Order>) throws -> [[UInt8]] {
        try query("SELECT form_key FROM form_uses WHERE order_id = \(order.text) ORDER BY at LIMIT 50").map {
            try $0.blob(0)
        }
    }

    /// The hash of the secret in the address of an order's page, and the look-up value of its customer's number; nil
    /// when there is no order of that number.
    package func pageKeyAndPhone(
        of number: OrderNumber
    ) throws -> (order: ID<Order>, pageKey: [UInt8], phone: [UInt8])? {
        try first("SELECT id, page_key, phone_index FROM orders WHERE number = \(number.text)").map { row in
            (ID(stored: try row.text(0)), try row.blob(1), try row.blob(2))
        }
    }

    /// The hash of the secret in the address of an order's page.
    package func pageKey(of order: ID<Order>) throws -> [UInt8]? {
        try first("SELECT page_key FROM orders WHERE id = \(order.text)").map { try $0.blob(0) }
    }
}

extension Transaction {
    /// Writes a notice, with what it tells.
    ///
    /// - Parameter subject: What it is about, which with its kind, occurrence and channel makes it the only one.
    /// - Returns: False when it was written before; nothing is changed then.
    package func write(
        _ notice: Notice, about subject: String, to recipient: NoticeRecipient, _ vault: Vault
    ) throws -> Bool {
        let sealed: [UInt8]? =
            switch recipient {
            case .owner: nil
            case .customer(let address): vault.seal(address, "notices.recipient \(notice.id)")
            }
        return try insertIfNew(
            """
            INSERT INTO notices (id, order_id, subject, kind, occurrence, channel, recipient_sealed, language, detail,
                state, tries, generation, written_at, due_at)
            VALUES (\(notice.id.text), \(notice.order?.text), \(subject), \(notice.kind.rawValue), \(notice.occurrence),
                \(notice.channel.rawValue), \(sealed), \(notice.language.rawValue), \(notice.detail),
                \(notice.state.rawValue), 0, 0, \(notice.writtenAt.milliseconds), \(notice.dueAt.milliseconds))
            """)
    }

    /// Takes a waiting notice: from the commit of this on it may be on its way.
    ///
    /// - Returns: It with its new generation, or nil when somebody else has it.
    package func claim(_ notice: Notice, at now: Timestamp) throws -> Notice? {
        let changed = try execute(
            """
            UPDATE notices SET state = 'sending', tries = tries + 1, generation = generation + 1,
                claimed_at = \(now.milliseconds)
            WHERE id = \(notice.id.text) AND state = 'waiting' AND generation = \(notice.generation)
            """)
        guard changed == 1 else { return nil }
        var claimed = notice
        claimed.state = .sending
        claimed.tries += 1
        claimed.generation += 1
        return claimed
    }

    /// Ends a notice, or puts it back in line when `state` is waiting.
    ///
    /// What is known better in the end counts too: one that was given up as unclear and turns out to be sent.
    ///
    /// - Returns: False when another worker has taken it since.
    @discardableResult
    package func settle(
        _ notice: Notice, as state: Notice.State, due: Timestamp? = nil, reason: String? = nil,
        carrierID: String? = nil, at now: Timestamp
    ) throws -> Bool {
        let ended = state == .waiting ? nil : now.milliseconds
        return try execute(
            """
            UPDATE notices SET state = \(state.rawValue), due_at = \((due ?? notice.dueAt).milliseconds),
                ended_at = \(ended), reason = \(reason.map { String($0.prefix(190)) }),
                carrier_id = \(carrierID.map { String($0.prefix(90)) })
            WHERE id = \(notice.id.text) AND generation = \(notice.generation)
                AND state IN ('waiting', 'sending', 'unclear')
            """) == 1
    }

    /// Gives up what a worker took and never came back to: it may have been sent, so it is not sent again.
    ///
    /// - Returns: How many there were.
    package func giveUpNotices(claimedBefore: Timestamp, at now: Timestamp) throws -> Int {
        try execute(
            """
            UPDATE notices SET state = 'unclear', ended_at = \(now.milliseconds),
                reason = 'the program stopped while it was being sent'
            WHERE state = 'sending' AND claimed_at < \(claimedBefore.milliseconds)
            """)
    }

    /// Forgets notices that ended long ago.
    package func forgetNotices(endedBefore: Timestamp) throws {
        try execute("DELETE FROM notices WHERE ended_at < \(endedBefore.milliseconds)")
    }

    /// Writes down by which channels the running program reaches whom, for whoever writes notices.
    package func setNoticeChannels(_ channels: Set<String>) throws {
        try setShopSetting("notice channels", to: channels.sorted().joined(separator: " "))
    }
}

extension SQLReading {
    /// By which channels the running program reaches whom; nothing when none ever ran.
    package func noticeChannels() throws -> Set<String> {
        Set(try shopSetting("notice channels")?.split(separator: " ").map(String.init) ?? [])
    }
}
