import Commerce
import Cryptography
import Database

/// A key on somebody's own phone or computer, with which they get in.
package struct StaffPasskey: Sendable {
    /// What a page calls it; it opens nothing.
    package let id: ID<StaffPasskey>
    package let member: ID<StaffMember>
    /// What its owner calls it.
    package let name: String
    /// What the authenticator calls it.
    package let credential: [UInt8]
    /// A SubjectPublicKeyInfo in DER.
    package let publicKey: [UInt8]
    /// How often it has signed, where keys count.
    package let counter: UInt32
    package let madeAt: Timestamp
    package let usedAt: Timestamp?

    package init(
        member: ID<StaffMember>, name: String, credential: [UInt8], publicKey: [UInt8], counter: UInt32,
        at now: Timestamp
    ) {
        id = ID(at: now)
        self.member = member
        self.name = name
        self.credential = credential
        self.publicKey = publicKey
        self.counter = counter
        (madeAt, usedAt) = (now, nil)
    }

    fileprivate init(_ row: Row) throws {
        id = ID(stored: try row.text(0))
        member = ID(stored: try row.text(1))
        name = try row.text(2)
        credential = try row.blob(3)
        publicKey = try row.blob(4)
        guard let count = UInt32(exactly: try row.int64(5)) else {
            throw CorruptRowValue(place: "staff_passkeys \(id.text)", reason: "has a counter that no key has")
        }
        counter = count
        madeAt = Timestamp(milliseconds: try row.int64(6))
        usedAt = try row.int64OrNil(7).map(Timestamp.init(milliseconds:))
    }
}

extension SQLReading {
    private static var passkeyColumns: SQL {
        """
        SELECT id, staff_id, name, credential_id, public_key, counter, made_at, used_at FROM staff_passkeys
        """
    }

    /// - Parameter credential: What the authenticator calls it.
    /// - Returns: Nil when nobody has this key, or not any more.
    package func passkey(_ credential: [UInt8]) throws -> StaffPasskey? {
        try first("\(Self.passkeyColumns) WHERE credential_key = \(SHA256.hash(credential))").map(StaffPasskey.init)
    }

    /// A member's keys, the oldest first.
    package func passkeys(of member: ID<StaffMember>) throws -> [StaffPasskey] {
        try query("\(Self.passkeyColumns) WHERE staff_id = \(member.text) ORDER BY made_at, id").map(StaffPasskey.init)
    }
}

extension Transaction {
    /// - Returns: False when the key is somebody's already.
    package func insert(_ passkey: StaffPasskey) throws -> Bool {
        try insertIfNew(
            """
            INSERT INTO staff_passkeys (credential_key, id, staff_id, name, credential_id, public_key, counter, made_at)
            VALUES (\(SHA256.hash(passkey.credential)), \(passkey.id.text), \(passkey.member.text), \(passkey.name),
                \(passkey.credential), \(passkey.publicKey), \(Int64(passkey.counter)), \(passkey.madeAt.milliseconds))
            """)
    }

    /// Notes that a key was used now, and how often it says it was; it must be the one that was read, or the
    /// transaction is run again.
    package func noteUsed(_ passkey: StaffPasskey, counter: UInt32, at now: Timestamp) throws {
        let changed = try execute(
            """
            UPDATE staff_passkeys SET counter = \(Int64(counter)), used_at = \(now.milliseconds)
            WHERE id = \(passkey.id.text) AND counter = \(Int64(passkey.counter))
            """)
        guard changed == 1 else { throw StaleWrite() }
    }

    /// - Returns: The name of the key; nil when the member has no such key.
    package func removePasskey(_ id: ID<StaffPasskey>, of member: ID<StaffMember>) throws -> String? {
        let name = try first(
            "SELECT name FROM staff_passkeys WHERE id = \(id.text) AND staff_id = \(member.text)")?.text(0)
        guard let name else { return nil }
        try execute("DELETE FROM staff_passkeys WHERE id = \(id.text) AND staff_id = \(member.text)")
        return name
    }

    /// Makes all of a member's keys useless.
    package func removePasskeys(of member: ID<StaffMember>) throws {
        try execute("DELETE FROM staff_passkeys WHERE staff_id = \(member.text)")
    }

    /// Keeps a question until it is answered, or too old.
    package func keepChallenge(_ challenge: [UInt8], for purpose: String, until end: Timestamp) throws {
        try execute(
            """
            INSERT INTO passkey_challenges (challenge_key, purpose, expires_at)
            VALUES (\(SHA256.hash(challenge)), \(purpose), \(end.milliseconds))
            """)
    }

    /// Uses a question up.
    ///
    /// - Returns: False when it was not asked for this, was answered before, or is too old.
    package func useChallenge(_ challenge: [UInt8], for purpose: String, at now: Timestamp) throws -> Bool {
        try execute(
            """
            DELETE FROM passkey_challenges
            WHERE challenge_key = \(SHA256.hash(challenge)) AND purpose = \(purpose)
                AND expires_at > \(now.milliseconds)
            """) == 1
    }

    /// Forgets questions that nobody may answer any more.
    package func forgetChallenges(expiredBefore then: Timestamp) throws {
        try execute("DELETE FROM passkey_challenges WHERE expires_at <= \(then.milliseconds)")
    }
}
