import Blocking

/// A few connections for reading, opened when they are first needed.
///
/// A read runs on the calling thread: it takes 5 to 10 microseconds, and going to another thread would cost more.
final class SQLiteReaders: Sendable {
    private struct State {
        var free: [SQLiteConnection] = []
        var lent = 0
        var isClosed = false
    }
    private let state = Locked(State())
    private let path: String
    private let configuration: DatabaseConfiguration

    init(path: String, configuration: DatabaseConfiguration) {
        self.path = path
        self.configuration = configuration
    }

    /// Runs `body` in a transaction that sees one moment of the database.
    ///
    /// When all connections are in use the thread waits the microseconds until one is free. That cannot be for ever: a
    /// body is synchronous, so the one who has a connection is running, and does not ask for a second.
    func read<Result>(_ body: (SQLiteConnection) throws -> Result) throws -> Result {
        let connection = try borrow()
        defer { giveBack(connection) }
        try connection.control("BEGIN")
        defer { connection.rollBack() }
        return try body(connection)
    }

    /// Refuses further reads and closes the connections, those in use when they come back.
    func close() {
        let connections = state.withLock { state in
            state.isClosed = true
            defer { state.free = [] }
            return state.free
        }
        withExtendedLifetime(connections) {}
    }

    private func borrow() throws(DatabaseError) -> SQLiteConnection {
        enum Turn: Sendable { case closed, connection(SQLiteConnection), open }
        let limit = configuration.connections
        let turn: Turn = state.withLock(when: { $0.isClosed || !$0.free.isEmpty || $0.lent < limit }) { state in
            if state.isClosed { return .closed }
            state.lent += 1
            return state.free.popLast().map { .connection($0) } ?? .open
        }
        switch turn {
        case .closed: throw .closed
        case .connection(let connection): return connection
        case .open:
            do {
                return try SQLiteConnection(path: path, for: .reading, configuration: configuration)
            } catch {
                state.withLock { $0.lent -= 1 }
                throw error
            }
        }
    }

    private func giveBack(_ connection: SQLiteConnection) {
        state.withLock { state in
            state.lent -= 1
            if !state.isClosed { state.free.append(connection) }
        }
    }
}
