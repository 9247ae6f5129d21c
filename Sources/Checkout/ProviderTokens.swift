import Commerce
import Database
import PluginHost
import Storage

extension TokenStore {
    /// Keeps an account's access tokens in the shop's database, for all nodes that have the same settings.
    static func over(
        _ database: SQLDatabase, _ vault: Vault, _ account: ProviderAccount, now: @escaping @Sendable () -> Timestamp
    ) -> TokenStore {
        TokenStore(
            load: { name in
                try await database.read { try $0.token(name, of: account, vault) }.map {
                    Entry(token: $0.token, expiresAt: $0.expiresAt.date, generation: $0.generation)
                }
            },
            claim: { name, generation in
                try await database.transaction {
                    try $0.claimRefresh(name, of: account, after: generation, forSeconds: 20, at: now())
                }
            },
            save: { name, token, generation, expiresAt in
                try await database.transaction {
                    try $0.storeToken(
                        token, name, of: account, after: generation, expiresAt: Timestamp(expiresAt), vault)
                }
            },
            release: { name, generation in
                try await database.transaction {
                    try $0.releaseRefresh(name, of: account, generation: generation)
                }
            })
    }

    /// Keeps nothing: each call fetches its own.
    static var forgetful: TokenStore {
        TokenStore(load: { _ in nil }, claim: { _, _ in true }, save: { _, _, _, _ in }, release: { _, _ in })
    }
}
