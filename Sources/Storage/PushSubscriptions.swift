import Commerce
import Cryptography
import Database
import Foundation

/// A browser that somebody of the staff wants to be told in.
package struct PushSubscription: Sendable {
    /// Where its push service takes messages for it, and what they are encrypted for (RFC 8291).
    package struct Address: Codable, Sendable {
        package let endpoint: String
        package let point, secret: [UInt8]

        package init(endpoint: String, point: [UInt8], secret: [UInt8]) {
            self.endpoint = endpoint
            self.point = point
            self.secret = secret
        }
    }
    package let id: ID<PushSubscription>
    package let member: ID<StaffMember>
    /// As its owner sees it: `Chrome, Android`.
    package let browser: String
    package let madeAt: Timestamp

    package init(member: ID<StaffMember>, browser: String, at now: Timestamp) {
        id = ID(at: now)
        self.member = member
        self.browser = browser
        madeAt = now
    }

    fileprivate init(_ row: Row) throws {
        id = ID(stored: try row.text(0))
        member = ID(stored: try row.text(1))
        browser = try row.text(2)
        madeAt = Timestamp(milliseconds: try row.int64(3))
    }
}

extension SQLReading {
    /// A member's browsers, the oldest first.
    package func pushSubscriptions(of member: ID<StaffMember>) throws -> [PushSubscription] {
        try query(
            """
            SELECT id, staff_id, browser, made_at FROM push_subscriptions
            WHERE staff_id = \(member.text) ORDER BY made_at, id
            """
        ).map(PushSubscription.init)
    }

    /// The browsers of those who may work here, with the role of each.
    package func pushSubscriptions() throws -> [(id: ID<PushSubscription>, role: StaffRole?)] {
        try query(
            """
            SELECT p.id, s.role FROM push_subscriptions p JOIN staff s ON s.id = p.staff_id
            WHERE s.disabled_at IS NULL ORDER BY p.id
            """
        ).map { (ID(stored: try $0.text(0)), StaffRole(rawValue: try $0.text(1))) }
    }

    /// Where a browser is written to; nil when it does not want it any more, or its owner may not.
    package func pushAddress(_ id: ID<PushSubscription>, _ vault: Vault) throws -> (
        PushSubscription.Address, StaffRole?
    )? {
        try first(
            """
            SELECT p.address_sealed, s.role FROM push_subscriptions p JOIN staff s ON s.id = p.staff_id
            WHERE p.id = \(id.text) AND s.disabled_at IS NULL
            """
        ).map { row in
            let json = Data(try vault.open(try row.blob(0), Self.place(id)))
            let address = try JSONDecoder().decode(PushSubscription.Address.self, from: json)
            return (address, StaffRole(rawValue: try row.text(1)))
        }
    }

    fileprivate static func place(_ id: ID<PushSubscription>) -> String { "push_subscriptions \(id.text)" }

    /// A setting that nobody may read; nil when it was never set, or taken away.
    package func sealedSetting(_ name: String, _ vault: Vault) throws -> [UInt8]? {
        try first("SELECT value_sealed FROM sealed_settings WHERE name = \(name)").map {
            try vault.open(try $0.blob(0), "sealed_settings \(name)")
        }
    }

    /// Whether a sealed setting is set.
    package func hasSealedSetting(_ name: String) throws -> Bool {
        try first("SELECT 1 FROM sealed_settings WHERE name = \(name)") != nil
    }
}

extension Transaction {
    /// Keeps a browser in the place of whatever was kept under its address: a browser is whose it was last.
    package func insert(_ subscription: PushSubscription, at address: PushSubscription.Address, _ vault: Vault) throws {
        let key = SHA256.hash(Array(address.endpoint.utf8))
        let json = Array(try JSONEncoder().encode(address))
        try execute("DELETE FROM push_subscriptions WHERE address_key = \(key)")
        try execute(
            """
            INSERT INTO push_subscriptions (id, staff_id, browser, address_key, address_sealed, made_at)
            VALUES (\(subscription.id.text), \(subscription.member.text), \(subscription.browser), \(key),
                \(vault.seal(json, Self.place(subscription.id))), \(subscription.madeAt.milliseconds))
            """)
    }

    /// - Parameter member: Whose it must be; nil for whoever's it is.
    /// - Returns: Whether it was there.
    package func removePushSubscription(_ id: ID<PushSubscription>, of member: ID<StaffMember>? = nil) throws -> Bool {
        let owner: SQL = member.map { "AND staff_id = \($0.text)" } ?? ""
        return try execute("DELETE FROM push_subscriptions WHERE id = \(id.text) \(owner)") == 1
    }

    /// Tells none of a member's browsers any more.
    package func removePushSubscriptions(of member: ID<StaffMember>) throws {
        try execute("DELETE FROM push_subscriptions WHERE staff_id = \(member.text)")
    }

    /// Keeps a setting that nobody may read; nil takes it away.
    package func setSealedSetting(_ name: String, to value: [UInt8]?, _ vault: Vault, at now: Timestamp) throws {
        try execute("DELETE FROM sealed_settings WHERE name = \(name)")
        guard let value else { return }
        try execute(
            """
            INSERT INTO sealed_settings (name, value_sealed, changed_at)
            VALUES (\(name), \(vault.seal(value, "sealed_settings \(name)")), \(now.milliseconds))
            """)
    }

    /// Keeps a setting that is made once.
    ///
    /// - Returns: False when another program made it at the same moment.
    package func makeSealedSetting(_ name: String, _ value: [UInt8], _ vault: Vault, at now: Timestamp) throws -> Bool {
        try insertIfNew(
            """
            INSERT INTO sealed_settings (name, value_sealed, changed_at)
            VALUES (\(name), \(vault.seal(value, "sealed_settings \(name)")), \(now.milliseconds))
            """)
    }
}
