import Commerce
import Cryptography
import Database

/// By what customers' names are found: keyed hashes of the beginnings of their words, a row each.
extension Transaction {
    /// Notes by what an order's name is found.
    func noteName(_ name: String, of order: ID<Order>, _ vault: Vault) throws {
        guard let rows = Self.wordRows(name, of: order, vault) else { return }
        try execute(rows)
    }

    /// The same for an order that may be noted already: its rows come and go together.
    private func noteNameIfNew(_ name: String, of order: ID<Order>, _ vault: Vault) throws {
        guard let rows = Self.wordRows(name, of: order, vault) else { return }
        _ = try insertIfNew(rows)
    }

    private static func wordRows(_ name: String, of order: ID<Order>, _ vault: Vault) -> SQL? {
        // In one order, so that two that write at once meet at the first row.
        let keys = Set(NameWords(name).stems.map(vault.wordKey)).sorted { $0.lexicographicallyPrecedes($1) }
        guard !keys.isEmpty else { return nil }
        var rows: SQL = "INSERT INTO order_words (word_key, order_id) VALUES "
        for (place, key) in keys.enumerated() {
            rows += place == 0 ? "(\(key), \(order.text))" : ", (\(key), \(order.text))"
        }
        return rows
    }

    /// Drops what an order is found by its name by, under whichever key it was noted.
    func forgetName(_ name: String, of order: ID<Order>, _ vault: Vault) throws {
        for key in NameWords(name).stems.flatMap(vault.wordKeys) {
            try execute("DELETE FROM order_words WHERE word_key = \(key) AND order_id = \(order.text)")
        }
    }

    /// Notes the names of orders that were placed before names were noted, or under another key: the next ones, from
    /// the newest to the oldest.
    ///
    /// - Returns: How many orders were looked at; 0 when all are noted.
    package func noteOlderNames(atMost count: Int, _ vault: Vault, at now: Timestamp) throws -> Int {
        let stored = try shopSetting(Self.namesNoted)
        let known = stored.map { $0.split(separator: " ", omittingEmptySubsequences: false).map(String.init) }
        // What is placed from the first time on is noted when it is placed.
        let isThisKey = known?.first == "\(vault.currentKeyID)"
        let before = isThisKey ? known?.last ?? "" : ID<Order>(earliestAt: now.adding(seconds: 60)).text
        guard !before.isEmpty else { return 0 }
        let rows = try query(
            """
            SELECT id, name_sealed FROM orders WHERE id < \(before) ORDER BY id DESC LIMIT \(count)
            """)
        var end = ""
        for row in rows {
            end = try row.text(0)
            // One that does not open, because its key is gone, must not keep the others waiting.
            let name: String
            do { name = try vault.openTextIfKept(try row.blob(1), "orders.name \(end)") } catch is CryptographyError {
                continue
            }
            try noteNameIfNew(name, of: ID(stored: end), vault)
        }
        let reached = "\(vault.currentKeyID) \(rows.count < count ? "" : end)"
        try move(Self.namesNoted, from: stored, to: reached)
        return rows.count < count ? 0 : rows.count
    }

    /// Changes a setting that several nodes change.
    private func move(_ name: String, from stored: String?, to value: String) throws {
        let isMoved =
            if let stored {
                try execute("UPDATE shop_settings SET value = \(value) WHERE name = \(name) AND value = \(stored)") == 1
            } else { try insertIfNew("INSERT INTO shop_settings (name, value) VALUES (\(name), \(value))") }
        guard isMoved else { throw StaleWrite() }
    }
}

extension SQLReading {
    /// The setting that says under which key names are noted, and down to which order; nothing after the blank once
    /// all are.
    fileprivate static var namesNoted: String { "names noted" }

    /// Before which moment orders are not yet found by name; nil when all are.
    package func namesMissing(before now: Timestamp, _ vault: Vault) throws -> Timestamp? {
        guard let parts = try shopSetting(Self.namesNoted)?.split(separator: " ", omittingEmptySubsequences: false),
            parts.first == "\(vault.currentKeyID)", let end = parts.last
        else { return now }
        return Int64(end.prefix(12), radix: 16).map(Timestamp.init(milliseconds:))
    }
}
