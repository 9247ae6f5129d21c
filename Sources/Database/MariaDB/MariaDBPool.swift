import Blocking

/// A fixed number of sessions, lent in the order in which they were asked for.
final class MariaDBPool: Sendable {
    /// What a session is borrowed for. Going from one to the other costs a round trip, so a session is kept to one.
    enum Use: Sendable {
        case transaction, reading
    }

    private struct State {
        var free: [(session: MariaDBSession, lastUse: Use)] = []
        var waiting: [CheckedContinuation<MariaDBSession, any Error>] = []
        var isClosed = false
    }
    private let state: Locked<State>
    private let sessions: [MariaDBSession]
    private let queueLimit: Int

    init(address: MariaDBAddress, configuration: DatabaseConfiguration, health: DatabaseHealth) {
        sessions = (1...configuration.connections).map {
            MariaDBSession(number: $0, address: address, configuration: configuration, health: health)
        }
        // The last one is taken first, so that a quiet shop needs few connections.
        state = Locked(State(free: sessions.reversed().map { ($0, .transaction) }))
        queueLimit = configuration.queueLimit
    }

    /// Lends a session to `body`; waits in line when all are in use.
    func withSession<Result: Sendable>(
        for use: Use, _ body: (MariaDBSession) async throws -> Result
    ) async throws -> Result {
        let session = try await borrow(for: use)
        defer { giveBack(session, after: use) }
        return try await body(session)
    }

    /// Refuses further use and closes the connections, those in use when they come back.
    func close() async {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for caller in waiting { caller.resume(throwing: DatabaseError.closed) }
        for session in sessions { await session.close() }
    }

    private func borrow(for use: Use) async throws -> MariaDBSession {
        let free: MariaDBSession? = try state.withLock { state throws(DatabaseError) in
            if state.isClosed { throw .closed }
            let index = state.free.lastIndex { $0.lastUse == use } ?? state.free.indices.last
            return index.map { state.free.remove(at: $0).session }
        }
        if let free { return free }
        return try await withCheckedThrowingContinuation { caller in
            // Once more: a session may have come back since.
            let answer: Result<MariaDBSession, DatabaseError>? = state.withLock { state in
                if state.isClosed { return .failure(.closed) }
                if let free = state.free.popLast() { return .success(free.session) }
                if state.waiting.count >= queueLimit { return .failure(.tooMuchWaits) }
                state.waiting.append(caller)
                return nil
            }
            if let answer { caller.resume(with: answer.mapError { $0 }) }
        }
    }

    private func giveBack(_ session: MariaDBSession, after use: Use) {
        let next: CheckedContinuation<MariaDBSession, any Error>? = state.withLock { state in
            if !state.waiting.isEmpty { return state.waiting.removeFirst() }
            state.free.append((session, use))
            return nil
        }
        next?.resume(returning: session)
    }
}
