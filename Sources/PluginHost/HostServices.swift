import Foundation
import PaymentKit

/// What a running provider needs of the core: the journal, the shared tokens, its callback addresses, the time.
///
/// Closures, because the host knows no database: the core binds them to its own.
package struct HostServices: Sendable {
    /// Commits "a request that acts is about to leave" and returns its number. No byte leaves before (I11).
    package var beginAct: @Sendable (Ticket) async throws -> Int
    /// Notes that an act was answered completely.
    package var endAct: @Sendable (Ticket, _ number: Int, _ status: Int) async throws -> Void
    /// Takes the journal line back: the request provably never left.
    package var cancelAct: @Sendable (Ticket, _ number: Int) async throws -> Void
    /// Notes that the provider refused an act before doing anything: another may follow.
    package var refuseAct: @Sendable (Ticket, _ number: Int) async throws -> Void
    package var tokens: TokenStore
    package var callback: @Sendable (Ticket, _ route: String) -> URL
    package var now: @Sendable () -> Date

    package init(
        beginAct: @escaping @Sendable (Ticket) async throws -> Int,
        endAct: @escaping @Sendable (Ticket, Int, Int) async throws -> Void,
        cancelAct: @escaping @Sendable (Ticket, Int) async throws -> Void,
        refuseAct: @escaping @Sendable (Ticket, Int) async throws -> Void, tokens: TokenStore,
        callback: @escaping @Sendable (Ticket, String) -> URL, now: @escaping @Sendable () -> Date
    ) {
        self.beginAct = beginAct
        self.endAct = endAct
        self.cancelAct = cancelAct
        self.refuseAct = refuseAct
        self.tokens = tokens
        self.callback = callback
        self.now = now
    }
}

/// Where all nodes keep one provider account's access tokens.
package struct TokenStore: Sendable {
    /// The newest token as stored; `token` is nil while the first is being fetched.
    package struct Entry: Sendable {
        package let token: Secret?
        package let expiresAt: Date
        /// Grows with each new token.
        package let generation: Int64
        package init(token: Secret?, expiresAt: Date, generation: Int64) {
            self.token = token
            self.expiresAt = expiresAt
            self.generation = generation
        }
    }
    package var load: @Sendable (_ name: String) async throws -> Entry?
    /// Takes the right to fetch the token after a generation; false when another task or node has it.
    package var claim: @Sendable (_ name: String, _ generation: Int64) async throws -> Bool
    package var save: @Sendable (_ name: String, Secret, _ generation: Int64, _ expiresAt: Date) async throws -> Void
    package var release: @Sendable (_ name: String, _ generation: Int64) async throws -> Void

    package init(
        load: @escaping @Sendable (String) async throws -> Entry?,
        claim: @escaping @Sendable (String, Int64) async throws -> Bool,
        save: @escaping @Sendable (String, Secret, Int64, Date) async throws -> Void,
        release: @escaping @Sendable (String, Int64) async throws -> Void
    ) {
        self.load = load
        self.claim = claim
        self.save = save
        self.release = release
    }
}
