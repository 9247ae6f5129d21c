import Foundation
import PaymentKit
import Synchronization

/// One access token for all calls of all nodes: fetched by one of them at a time, because a new token may cancel the
/// old.
final class SharedTokens: TokenCaching {
    private struct Known {
        var token: Secret
        var expiresAt: Date
    }
    private struct State {
        var known: [String: Known] = [:]
        /// The newest one that the provider has refused.
        var refused: [String: Secret] = [:]
    }
    private let store: TokenStore
    private let now: @Sendable () -> Date
    private let state = Mutex(State())

    init(_ store: TokenStore, now: @escaping @Sendable () -> Date) {
        self.store = store
        self.now = now
    }

    func token(
        _ name: String, fetch: @Sendable () async throws -> (Secret, seconds: Double)
    ) async throws -> Secret {
        if let known = state.withLock({ $0.known[name] }), known.expiresAt > now() { return known.token }
        for _ in 0..<200 {
            let stored = try await store.load(name)
            let refused = state.withLock { $0.refused[name] }
            if let stored, let token = stored.token, stored.expiresAt > now(), token != refused {
                remember(Known(token: token, expiresAt: stored.expiresAt), name)
                return token
            }
            let generation = stored?.generation ?? 0
            if try await store.claim(name, generation) {
                return try await refresh(name, after: generation, fetch)
            }
            // Another task or node is fetching it: its answer is in the database within moments.
            try await Task.sleep(for: .milliseconds(100))
        }
        throw PaymentError.unavailable("no access token in time")
    }

    private func refresh(
        _ name: String, after generation: Int64, _ fetch: @Sendable () async throws -> (Secret, seconds: Double)
    ) async throws -> Secret {
        do {
            let (token, seconds) = try await fetch()
            let expiresAt = now().addingTimeInterval(seconds)
            try await store.save(name, token, generation, expiresAt)
            remember(Known(token: token, expiresAt: expiresAt), name)
            return token
        } catch {
            try await store.release(name, generation)
            throw error
        }
    }

    private func remember(_ known: Known, _ name: String) {
        state.withLock { $0.known[name] = known }
    }

    func invalidate(_ name: String, _ token: Secret) async throws {
        state.withLock { state in
            guard let known = state.known[name], known.token == token else { return }
            state.known[name] = nil
            state.refused[name] = token
        }
    }
}
