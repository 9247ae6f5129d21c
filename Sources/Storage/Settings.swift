import Commerce
import Cryptography
import Database
import Foundation
import PaymentKit

/// A way to pay as the owner set it at the desk.
package struct StoredProviderSettings: Sendable {
    package let instance: String
    /// As typed, by the key of the field; secrets among them.
    package var values: [String: String]
    /// Whether the owner took it off the checkout.
    package var isOff: Bool
    package let changedAt: Timestamp
    /// For the compare-and-set.
    package let version: Int64

    package init(instance: String, values: [String: String], isOff: Bool, changedAt: Timestamp, version: Int64) {
        self.instance = instance
        self.values = values
        self.isOff = isOff
        self.changedAt = changedAt
        self.version = version
    }
}

extension SQLReading {
    /// A setting of the shop that lives in the database, or nil when it was never set.
    package func shopSetting(_ name: String) throws -> String? {
        try first("SELECT value FROM shop_settings WHERE name = \(name)")?.text(0)
    }

    /// All settings of the shop that were ever set.
    package func shopSettings() throws -> [String: String] {
        Dictionary(
            try query("SELECT name, value FROM shop_settings").map { (try $0.text(0), try $0.text(1)) },
            uniquingKeysWith: { first, _ in first })
    }

    /// What a sealed setting says; nil when it does not open with the keys of this shop.
    package func openSetting(_ name: String, _ stored: String, _ vault: Vault) -> String? {
        guard let sealed = Base64.decode(stored) else { return nil }
        do { return try vault.openText(sealed, Self.sealedPlace(name)) } catch { return nil }
    }

    fileprivate static func sealedPlace(_ name: String) -> String { "shop_settings \(name)" }

    /// What tells one state of all settings from another.
    package func settingsMark() throws -> String { try shopSetting(Self.changed) ?? "" }

    /// The ways to pay that the owner has set.
    package func providerSettings(_ vault: Vault) throws -> [StoredProviderSettings] {
        try query(
            "SELECT instance, values_sealed, off_at, changed_at, version FROM provider_settings ORDER BY instance"
        ).map { row in
            let instance = try row.text(0)
            let place = Self.place(instance)
            let json = Data(try vault.open(try row.blob(1), place))
            let values = try JSONDecoder().decode([String: String].self, from: json)
            return StoredProviderSettings(
                instance: instance, values: values, isOff: try row.int64OrNil(2) != nil,
                changedAt: Timestamp(milliseconds: try row.int64(3)), version: try row.int64(4))
        }
    }

    fileprivate static func place(_ instance: String) -> String { "provider_settings \(instance)" }
    fileprivate static var changed: String { "changed" }
}

extension Transaction {
    /// Sets a setting of the shop that lives in the database.
    package func setShopSetting(_ name: String, to value: String) throws {
        if try execute("UPDATE shop_settings SET value = \(value) WHERE name = \(name)") == 0 {
            // Another program may set it at the same moment: the last one that changes it counts.
            _ = try insertIfNew("INSERT INTO shop_settings (name, value) VALUES (\(name), \(value))")
        }
    }

    /// Sets a setting that says where a person is reached in private.
    package func setSealedSetting(_ name: String, to value: String, _ vault: Vault) throws {
        try setShopSetting(name, to: Base64.encode(vault.seal(value, Self.sealedPlace(name))))
    }

    /// Takes a setting of the shop away, so that it is as if it had never been set.
    package func forgetShopSetting(_ name: String) throws {
        try execute("DELETE FROM shop_settings WHERE name = \(name)")
    }

    /// Lets running programs notice that settings were changed.
    package func markSettingsChanged(at now: Timestamp) throws {
        try setShopSetting(Self.changed, to: ID<Order>(at: now).text)
    }

    /// Keeps how the owner set a way to pay.
    ///
    /// - Parameter settings: Their version is the one that was read; 0 when there was none.
    /// - Returns: False when somebody else has set it meanwhile.
    package func save(_ settings: StoredProviderSettings, _ vault: Vault, at now: Timestamp) throws -> Bool {
        let json = Array(try JSONEncoder().encode(settings.values))
        let sealed = vault.seal(json, Self.place(settings.instance))
        let off = settings.isOff ? now.milliseconds : nil
        guard settings.version > 0 else {
            return try insertIfNew(
                """
                INSERT INTO provider_settings (instance, values_sealed, off_at, changed_at, version)
                VALUES (\(settings.instance), \(sealed), \(off), \(now.milliseconds), 1)
                """)
        }
        return try execute(
            """
            UPDATE provider_settings SET values_sealed = \(sealed), off_at = \(off),
                changed_at = \(now.milliseconds), version = version + 1
            WHERE instance = \(settings.instance) AND version = \(settings.version)
            """) == 1
    }
}

extension SQLReading {
    /// When the newest prompt was begun that somebody paid; nil before the first.
    package func lastPromptPaid(instance: String) throws -> Timestamp? {
        try first(
            """
            SELECT started_at FROM attempts WHERE state = 'paid' AND instance = \(instance)
            ORDER BY started_at DESC LIMIT 1
            """
        ).map { Timestamp(milliseconds: try $0.int64(0)) }
    }
}
