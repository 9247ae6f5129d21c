import Commerce
import Database
import PaymentKit

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
    package func token(_ name: String, instance: String, _ vault: Vault) throws -> StoredToken? {
        try first(
            """
            SELECT sealed, expires_at, generation, refreshing_until FROM provider_tokens
            WHERE instance = \(instance) AND name = \(name)
            """
        ).map { row in
            StoredToken(
                token: try row.blobOrNil(0).map {
                    Secret(try vault.openText($0, "provider_tokens \(instance) \(name)"))
                },
                expiresAt: Timestamp(milliseconds: try row.int64(1)), generation: try row.int64(2),
                refreshingUntil: Timestamp(milliseconds: try row.int64(3)))
        }
    }
}

extension Transaction {
    /// Takes the right to fetch the token that follows `generation`, for `seconds`.
    ///
    /// - Returns: False when another task or node has it, or has fetched meanwhile.
    package func claimRefresh(
        _ name: String, instance: String, after generation: Int64, forSeconds seconds: Int, at now: Timestamp
    ) throws -> Bool {
        let until = now.adding(seconds: seconds).milliseconds
        let changed = try execute(
            """
            UPDATE provider_tokens SET refreshing_until = \(until)
            WHERE instance = \(instance) AND name = \(name) AND generation = \(generation)
                AND refreshing_until <= \(now.milliseconds)
            """)
        if changed == 1 || generation != 0 { return changed == 1 }
        return try insertIfNew(
            """
            INSERT INTO provider_tokens (instance, name, expires_at, generation, refreshing_until)
            VALUES (\(instance), \(name), 0, 0, \(until))
            """)
    }

    /// Stores the fetched token as the next generation; nothing when somebody else has done so.
    package func storeToken(
        _ token: Secret, _ name: String, instance: String, after generation: Int64, expiresAt: Timestamp, _ vault: Vault
    ) throws {
        try execute(
            """
            UPDATE provider_tokens
            SET sealed = \(vault.seal(token.reveal(), "provider_tokens \(instance) \(name)")),
                expires_at = \(expiresAt.milliseconds), generation = generation + 1, refreshing_until = 0,
                failures = 0
            WHERE instance = \(instance) AND name = \(name) AND generation = \(generation)
            """)
    }

    /// Gives the right to fetch back after a failure, and counts it.
    package func releaseRefresh(_ name: String, instance: String, generation: Int64) throws {
        try execute(
            """
            UPDATE provider_tokens SET refreshing_until = 0, failures = failures + 1
            WHERE instance = \(instance) AND name = \(name) AND generation = \(generation)
            """)
    }
}
