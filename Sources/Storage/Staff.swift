import Commerce
import Cryptography
import Database

/// Somebody who may sign in.
package struct StaffMember: Sendable {
    package let id: ID<StaffMember>
    package let name: StaffName
    package internal(set) var role: StaffRole
    /// Nil before the invitation is used.
    package var password: StoredPassword?
    /// The key of one-time codes, from the moment it is shown.
    package var codeKey: [UInt8]?
    /// When the first code of that key was right; before that none is asked for.
    package var codeConfirmedAt: Timestamp?
    /// The newest step whose code was used.
    package var codeStep: Int64 = 0
    package let createdAt: Timestamp
    package internal(set) var disabledAt: Timestamp?
    var version: Int64

    package var asksForCode: Bool { codeKey != nil && codeConfirmedAt != nil }

    package init(name: StaffName, role: StaffRole, at now: Timestamp) {
        self.init(id: ID(at: now), name: name, role: role, createdAt: now, version: 0)
    }

    init(id: ID<StaffMember>, name: StaffName, role: StaffRole, createdAt: Timestamp, version: Int64) {
        self.id = id
        self.name = name
        self.role = role
        self.createdAt = createdAt
        self.version = version
    }
}

extension SQLReading {
    /// Everybody who ever could sign in, by name.
    package func staff(_ vault: Vault) throws -> [StaffMember] {
        try query("\(Self.staffColumns) ORDER BY name").map { try Self.member($0, vault) }
    }

    /// - Returns: Nil when nobody has this identity.
    package func staffMember(_ id: ID<StaffMember>, _ vault: Vault) throws -> StaffMember? {
        try first("\(Self.staffColumns) WHERE id = \(id.text)").map { try Self.member($0, vault) }
    }

    /// - Returns: Nil when nobody has this name.
    package func staffMember(named name: StaffName, _ vault: Vault) throws -> StaffMember? {
        try first("\(Self.staffColumns) WHERE name = \(name.text)").map { try Self.member($0, vault) }
    }

    /// Owners who can sign in.
    package func ownerCount() throws -> Int {
        try first(
            """
            SELECT COUNT(*) FROM staff
            WHERE role = \(StaffRole.owner.rawValue) AND disabled_at IS NULL AND password IS NOT NULL
            """)?.int(0) ?? 0
    }

    /// Whose password a link lets choose; nil when it was used, is too old, or was never made.
    package func invited(_ linkKey: [UInt8], at now: Timestamp) throws -> ID<StaffMember>? {
        try first(
            "SELECT staff_id FROM staff_invitations WHERE link_key = \(linkKey) AND expires_at > \(now.milliseconds)"
        ).map { ID(stored: try $0.text(0)) }
    }

    private static var staffColumns: SQL {
        """
        SELECT id, name, role, password, code_key_sealed, code_confirmed_at, code_step, created_at, disabled_at, version
        FROM staff
        """
    }

    private static func member(_ row: Row, _ vault: Vault) throws -> StaffMember {
        let id = ID<StaffMember>(stored: try row.text(0))
        guard let role = StaffRole(rawValue: try row.text(2)) else {
            throw CorruptRowValue(place: "staff \(id.text)", reason: "has a role that this program does not know")
        }
        func time(_ column: Int) throws -> Timestamp? {
            try row.int64OrNil(.init(integerLiteral: column)).map(Timestamp.init(milliseconds:))
        }
        var member = StaffMember(
            id: id, name: StaffName(stored: try row.text(1)), role: role,
            createdAt: Timestamp(milliseconds: try row.int64(7)), version: try row.int64(9))
        member.password = try row.textOrNil(3).flatMap(StoredPassword.init)
        member.codeKey = try row.blobOrNil(4).map { try vault.open($0, "staff code \(id.text)") }
        member.codeConfirmedAt = try time(5)
        member.codeStep = try row.int64(6)
        member.disabledAt = try time(8)
        return member
    }
}

extension Transaction {
    /// - Returns: False when somebody has the name.
    package func insert(_ member: StaffMember) throws -> Bool {
        try insertIfNew(
            """
            INSERT INTO staff (id, name, role, code_step, created_at, version)
            VALUES (\(member.id.text), \(member.name.text), \(member.role.rawValue), 0,
                \(member.createdAt.milliseconds), 0)
            """)
    }

    /// Writes what changed of a member, who is the one that was read, or the transaction is run again.
    package func save(_ member: StaffMember, _ vault: Vault) throws {
        let sealed = member.codeKey.map { vault.seal($0, "staff code \(member.id.text)") }
        let changed = try execute(
            """
            UPDATE staff SET role = \(member.role.rawValue), password = \(member.password?.text),
                code_key_sealed = \(sealed), code_confirmed_at = \(member.codeConfirmedAt?.milliseconds),
                code_step = \(member.codeStep), disabled_at = \(member.disabledAt?.milliseconds),
                version = \(member.version + 1)
            WHERE id = \(member.id.text) AND version = \(member.version)
            """)
        guard changed == 1 else { throw StaleWrite() }
    }

    /// Makes a link good instead of the member's older ones.
    package func invite(_ member: ID<StaffMember>, _ linkKey: [UInt8], until end: Timestamp) throws {
        try forgetInvitations(of: member)
        try execute(
            """
            INSERT INTO staff_invitations (link_key, staff_id, expires_at)
            VALUES (\(linkKey), \(member.text), \(end.milliseconds))
            """)
    }

    /// Makes a member's links useless.
    package func forgetInvitations(of member: ID<StaffMember>) throws {
        try execute("DELETE FROM staff_invitations WHERE staff_id = \(member.text)")
    }

    /// Puts new recovery codes in the place of the old ones.
    package func replaceRecoveryCodes(of member: ID<StaffMember>, with keys: [[UInt8]]) throws {
        try execute("DELETE FROM staff_recovery_codes WHERE staff_id = \(member.text)")
        for key in keys {
            try execute("INSERT INTO staff_recovery_codes (staff_id, code_key) VALUES (\(member.text), \(key))")
        }
    }

    /// - Returns: Whether the code was there; it is not any more.
    package func useRecoveryCode(of member: ID<StaffMember>, _ key: [UInt8]) throws -> Bool {
        try execute("DELETE FROM staff_recovery_codes WHERE staff_id = \(member.text) AND code_key = \(key)") == 1
    }
}

extension StaffMember {
    /// The same person in another role.
    package func with(role: StaffRole) -> StaffMember {
        var next = self
        next.role = role
        return next
    }

    /// Who is disabled has no password any more: coming back needs an invitation.
    package func disabled(at now: Timestamp?) -> StaffMember {
        var next = self
        next.disabledAt = now
        if now != nil { (next.password, next.codeKey, next.codeConfirmedAt) = (nil, nil, nil) }
        return next
    }
}
