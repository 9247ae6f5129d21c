import Commerce
import Cryptography
import Database

extension SQLReading {
    /// What was kept under `key`, or nil when that is nothing, its time is up, or it does not open any more.
    package func draft(_ key: [UInt8], at now: Timestamp, _ vault: Vault) throws -> [UInt8]? {
        let sealed = try first(
            "SELECT sealed FROM drafts WHERE draft_key = \(key) AND expires_at > \(now.milliseconds)"
        ).map { try $0.blob(0) }
        guard let sealed else { return nil }
        do { return try vault.open(sealed, Self.place(of: key)) } catch {
            // Its key is gone: the form is empty then, and no page is lost.
            return nil
        }
    }

    fileprivate static func place(of key: [UInt8]) -> String { "drafts \(Hex.encode(key))" }
}

extension Transaction {
    /// Keeps `content` under `key` until `end`, instead of what was kept there before.
    ///
    /// - Parameter limit: How many drafts there may be; one that is there already is changed nevertheless.
    /// - Returns: False when there are too many.
    package func keepDraft(
        _ content: [UInt8], _ key: [UInt8], until end: Timestamp, atMost limit: Int, _ vault: Vault
    ) throws -> Bool {
        let sealed = vault.seal(content, Self.place(of: key))
        let changed = try execute(
            "UPDATE drafts SET sealed = \(sealed), expires_at = \(end.milliseconds) WHERE draft_key = \(key)")
        if changed == 1 { return true }
        guard try first("SELECT COUNT(*) FROM drafts")?.int(0) ?? 0 < limit else { return false }
        let isNew = try insertIfNew(
            "INSERT INTO drafts (draft_key, sealed, expires_at) VALUES (\(key), \(sealed), \(end.milliseconds))")
        guard isNew else { throw StaleWrite() }
        return true
    }

    /// Forgets drafts whose time is up.
    package func forgetDrafts(at now: Timestamp) throws {
        try execute("DELETE FROM drafts WHERE expires_at <= \(now.milliseconds)")
    }
}
