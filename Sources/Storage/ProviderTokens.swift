import Commerce
import Cryptography
import Database
import PaymentKit

/// A way to pay with certain settings: an access token is fetched with these, and must be used with no others.
package struct ProviderAccount: Sendable, Hashable {
    package let instance: String
    /// A keyed digest: tells settings apart, and nothing about them.
    let settings: String

    /// - Parameters:
    ///   - settings: All of them as text.
    ///   - hosts: Where they are used.
    package init(_ instance: String, settings: [String: String], hosts: [String], _ vault: Vault) {
        self.instance = instance
        let parts = settings.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] } + hosts.sorted()
        // With their number and each with its length, so that no two accounts read alike.
        self.settings = vault.accountKey("\(settings.count) " + parts.map { "\($0.utf8.count) \($0)" }.joined())
    }
}

/// A provider's access token as all nodes share it.
package struct StoredToken: Sendable {
    package let token: Secret?
    package let expiresAt: Timestamp
    /// Grows with each new token: a refresh is asked of the generation that was refused.
    package let generation: Int64
    package let refreshingUntil: Timestamp
}

extension SQLReading {
    /// An account's access token as all nodes see it, or nil when none was ever asked for.
    package func token(_ name: String, of account: ProviderAccount, _ vault: Vault) throws -> StoredToken? {
        try first(
            """
            SELECT sealed, expires_at, generation, refreshing_until FROM access_tokens
            WHERE instance = \(account.instance) AND settings = \(account.settings) AND name = \(name)
            """
        ).map { row in
            StoredToken(
                token: try row.blobOrNil(0).flatMap { vault.openToken($0, account.place(of: name)) },
                expiresAt: Timestamp(milliseconds: try row.int64(1)), generation: try row.int64(2),
                refreshingUntil: Timestamp(milliseconds: try row.int64(3)))
        }
    }

    /// Fetches of an account's access tokens that failed, one after the other.
    package func tokenFailures(of account: ProviderAccount) throws -> Int {
        try first(
            """
            SELECT MAX(failures) FROM access_tokens
            WHERE instance = \(account.instance) AND settings = \(account.settings)
            """
        )?.int64OrNil(0).map { Int($0) } ?? 0
    }
}

extension Vault {
    /// Nil for what does not open: it is fetched anew.
    fileprivate func openToken(_ sealed: [UInt8], _ place: String) -> Secret? {
        do { return Secret(try openText(sealed, place)) } catch { return nil }
    }
}

extension ProviderAccount {
    fileprivate func place(of name: String) -> String { "access_tokens \(instance) \(settings) \(name)" }
}

extension Transaction {
    /// Takes the right to fetch the token that follows `generation`, for `seconds`.
    ///
    /// - Returns: False when another task or node has it, or has fetched meanwhile.
    package func claimRefresh(
        _ name: String, of account: ProviderAccount, after generation: Int64, forSeconds seconds: Int, at now: Timestamp
    ) throws -> Bool {
        let until = now.adding(seconds: seconds).milliseconds
        let changed = try execute(
            """
            UPDATE access_tokens SET refreshing_until = \(until), touched_at = \(now.milliseconds)
            WHERE instance = \(account.instance) AND settings = \(account.settings) AND name = \(name)
                AND generation = \(generation) AND refreshing_until <= \(now.milliseconds)
            """)
        if changed == 1 || generation != 0 { return changed == 1 }
        return try insertIfNew(
            """
            INSERT INTO access_tokens (instance, settings, name, expires_at, generation, refreshing_until, touched_at)
            VALUES (\(account.instance), \(account.settings), \(name), 0, 0, \(until), \(now.milliseconds))
            """)
    }

    /// Stores the fetched token as the next generation; nothing when somebody else has done so.
    package func storeToken(
        _ token: Secret, _ name: String, of account: ProviderAccount, after generation: Int64, expiresAt: Timestamp,
        _ vault: Vault
    ) throws {
        try execute(
            """
            UPDATE access_tokens
            SET sealed = \(vault.seal(token.reveal(), account.place(of: name))),
                expires_at = \(expiresAt.milliseconds), generation = generation + 1, refreshing_until = 0,
                failures = 0
            WHERE instance = \(account.instance) AND settings = \(account.settings) AND name = \(name)
                AND generation = \(generation)
            """)
    }

    /// Gives the right to fetch back after a failure, and counts it.
    package func releaseRefresh(_ name: String, of account: ProviderAccount, generation: Int64) throws {
        try execute(
            """
            UPDATE access_tokens SET refreshing_until = 0, failures = failures + 1
            WHERE instance = \(account.instance) AND settings = \(account.settings) AND name = \(name)
                AND generation = \(generation)
            """)
    }

    /// Forgets what is over and nobody has fetched anew for long: mostly tokens of settings that were changed since.
    package func forgetTokens(untouchedSince time: Timestamp, at now: Timestamp) throws {
        try execute(
            """
            DELETE FROM access_tokens WHERE touched_at < \(time.milliseconds) AND expires_at < \(now.milliseconds)
            """)
    }
}
