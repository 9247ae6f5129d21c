import Blocking

/// Whether the database may still be written to: after a failed sync or a damaged page nothing may (R8).
final class DatabaseHealth: Sendable {
    private let firstFailure = Locked<DatabaseError?>(nil)
    private let onBroken: @Sendable (DatabaseError) -> Void

    init(onBroken: @escaping @Sendable (DatabaseError) -> Void) {
        self.onBroken = onBroken
    }

    var isBroken: Bool { firstFailure.withLock { $0 != nil } }

    /// Remembers `error` if it means that the database is broken.
    func note(_ error: any Error) {
        guard let error = error as? DatabaseError, error.kind == .corrupt else { return }
        let isNew = firstFailure.withLock { failure in
            defer { failure = failure ?? error }
            return failure == nil
        }
        if isNew { onBroken(error) }
    }

    /// - Throws: A ``DatabaseError/Kind/corrupt`` error once the database is broken.
    func check() throws(DatabaseError) {
        guard let failure = firstFailure.withLock({ $0 }) else { return }
        throw DatabaseError(.corrupt, code: failure.code, "The database is broken: \(failure.message)")
    }
}
