import Commerce
import Database

/// Somebody's browser that is signed in.
package struct StaffSession: Sendable {
    /// What a page calls it; it opens nothing.
    package let id: ID<StaffSession>
    package let member: ID<StaffMember>
    /// The password was right, the one-time code is still missing: this session may do nothing else.
    package let awaitsCode: Bool
    package let beganAt: Timestamp
    package let seenAt: Timestamp
    /// When the password was typed last, or a passkey used.
    package let confirmedAt: Timestamp
    /// Whether that was a passkey, which is two factors in one.
    package let byPasskey: Bool
    package let network, browser: String

    package init(
        member: ID<StaffMember>, awaitsCode: Bool, byPasskey: Bool = false, at now: Timestamp, network: String,
        browser: String
    ) {
        id = ID(at: now)
        self.member = member
        self.awaitsCode = awaitsCode
        self.byPasskey = byPasskey
        (beganAt, seenAt, confirmedAt) = (now, now, now)
        self.network = String(network.prefix(60))
        self.browser = String(browser.prefix(200))
    }

    fileprivate init(_ row: Row) throws {
        id = ID(stored: try row.text(0))
        member = ID(stored: try row.text(1))
        awaitsCode = try row.bool(2)
        beganAt = Timestamp(milliseconds: try row.int64(3))
        seenAt = Timestamp(milliseconds: try row.int64(4))
        confirmedAt = Timestamp(milliseconds: try row.int64(5))
        network = try row.text(6)
        browser = try row.text(7)
        byPasskey = try row.bool(8)
    }
}

extension SQLReading {
    private static var sessionColumns: SQL {
        """
        SELECT id, staff_id, awaits_code, began_at, seen_at, confirmed_at, network, browser, by_passkey
        FROM staff_sessions
        """
    }

    /// - Returns: Nil when no browser has this secret, or not any more.
    package func staffSession(_ key: [UInt8]) throws -> StaffSession? {
        try first("\(Self.sessionColumns) WHERE session_key = \(key)").map(StaffSession.init)
    }

    /// A member's sessions, the newest first.
    package func staffSessions(of member: ID<StaffMember>) throws -> [StaffSession] {
        try query(
            "\(Self.sessionColumns) WHERE staff_id = \(member.text) AND awaits_code = 0 ORDER BY began_at DESC, id"
        )
        .map(StaffSession.init)
    }
}

extension Transaction {
    /// Signs a browser in; the key is the hash of its secret.
    package func insert(_ session: StaffSession, _ key: [UInt8]) throws {
        try execute(
            """
            INSERT INTO staff_sessions (session_key, id, staff_id, awaits_code, began_at, seen_at, confirmed_at,
                network, browser, by_passkey)
            VALUES (\(key), \(session.id.text), \(session.member.text), \(session.awaitsCode ? 1 : 0),
                \(session.beganAt.milliseconds), \(session.seenAt.milliseconds), \(session.confirmedAt.milliseconds),
                \(session.network), \(session.browser), \(session.byPasskey ? 1 : 0))
            """)
    }

    /// Notes that a session was used now.
    package func noteSeen(_ key: [UInt8], at now: Timestamp) throws {
        try execute("UPDATE staff_sessions SET seen_at = \(now.milliseconds) WHERE session_key = \(key)")
    }

    /// Notes that the password was typed now, or a passkey used.
    package func noteConfirmed(_ key: [UInt8], byPasskey: Bool, at now: Timestamp) throws {
        try execute(
            """
            UPDATE staff_sessions SET seen_at = \(now.milliseconds), confirmed_at = \(now.milliseconds),
                by_passkey = \(byPasskey ? 1 : 0)
            WHERE session_key = \(key)
            """)
    }

    /// - Returns: Whether it was there.
    package func endStaffSession(_ key: [UInt8]) throws -> Bool {
        try execute("DELETE FROM staff_sessions WHERE session_key = \(key)") == 1
    }

    /// - Returns: Whether it was there, and this member's.
    package func endStaffSession(_ id: ID<StaffSession>, of member: ID<StaffMember>) throws -> Bool {
        try execute("DELETE FROM staff_sessions WHERE id = \(id.text) AND staff_id = \(member.text)") == 1
    }

    /// - Parameter key: One that goes on.
    package func endStaffSessions(of member: ID<StaffMember>, except key: [UInt8] = []) throws {
        try execute("DELETE FROM staff_sessions WHERE staff_id = \(member.text) AND session_key <> \(key)")
    }

    /// Forgets sessions that are over.
    package func forgetStaffSessions(seenBefore: Timestamp, begunBefore: Timestamp) throws {
        try execute(
            """
            DELETE FROM staff_sessions
            WHERE seen_at < \(seenBefore.milliseconds) OR began_at < \(begunBefore.milliseconds)
            """)
    }
}
