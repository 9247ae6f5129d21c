import Blocking

/// The one thread that writes. Everything that waits shares one commit, and is answered after it.
final class SQLiteWriter: Sendable {
    /// One caller's part of a commit.
    struct Work: Sendable {
        /// Runs the body; what it returns tells the caller once the commit stands.
        let run: @Sendable (Transaction) throws -> @Sendable () -> Void
        let fail: @Sendable (any Error) -> Void
        /// A single statement undoes itself when it fails, and needs no savepoint.
        let isOneStatement: Bool
        /// Runs between two commits instead of in one.
        var between: (@Sendable (SQLiteConnection) throws(DatabaseError) -> Void)?
    }

    private let queue: WorkQueue<Work>
    private let ended = Latch()

    /// Opens the file and starts the thread.
    static func open(
        path: String, configuration: DatabaseConfiguration, health: DatabaseHealth
    ) async throws(DatabaseError) -> SQLiteWriter {
        let writer = SQLiteWriter(configuration: configuration)
        try await withCheckedContinuation { (opened: CheckedContinuation<Result<Void, DatabaseError>, Never>) in
            startThread { [queue = writer.queue, ended = writer.ended] in
                defer { ended.open() }
                do throws(DatabaseError) {
                    try SQLiteFile.create(path)
                    let connection = try SQLiteConnection(path: path, for: .writing, configuration: configuration)
                    opened.resume(returning: .success(()))
                    let commits = GroupCommit(connection: connection, health: health)
                    while let batch = queue.take(atMost: configuration.transactionsPerCommit) {
                        commits.commit(batch.filter { $0.between == nil })
                        for work in batch { commits.runBetween(work) }
                    }
                } catch {
                    opened.resume(returning: .failure(error))
                }
            }
        }.get()
        return writer
    }

    private init(configuration: DatabaseConfiguration) {
        queue = WorkQueue(limit: configuration.queueLimit)
    }

    /// A writer that nobody uses any more ends its thread.
    deinit { queue.close() }

    /// Runs `body` in a transaction and returns after its commit.
    func transaction<Result: Sendable>(
        isOneStatement: Bool = false, _ body: @escaping @Sendable (Transaction) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { caller in
            let work = Work(
                run: { transaction in
                    let result = try body(transaction)
                    return { caller.resume(returning: result) }
                },
                fail: { caller.resume(throwing: $0) }, isOneStatement: isOneStatement)
            switch queue.offer(work) {
            case .accepted: break
            case .full: caller.resume(throwing: DatabaseError.tooMuchWaits)
            case .closed: caller.resume(throwing: DatabaseError.closed)
            }
        }
    }

    /// Moves the log into the file and cuts it to nothing.
    func emptyLog() async throws {
        try await withCheckedThrowingContinuation { (caller: CheckedContinuation<Void, any Error>) in
            var work = Work(
                run: { _ in { caller.resume() } }, fail: { caller.resume(throwing: $0) }, isOneStatement: true)
            work.between = { connection throws(DatabaseError) in
                let answer = try connection.query("PRAGMA wal_checkpoint(TRUNCATE)", atMost: 1)
                guard answer.first?.values.first == .integer(0) else {
                    throw DatabaseError(.busy, "Somebody reads what the log holds.")
                }
            }
            switch queue.offer(work) {
            case .accepted: break
            case .full: caller.resume(throwing: DatabaseError.tooMuchWaits)
            case .closed: caller.resume(throwing: DatabaseError.closed)
            }
        }
    }

    /// Commits what waits, then closes the file.
    func close() async {
        queue.close()
        await ended.wait()
    }
}

/// Runs waiting bodies in one transaction, each in a savepoint of its own.
private struct GroupCommit {
    let connection: SQLiteConnection
    let health: DatabaseHealth

    private enum Outcome {
        case done(@Sendable () -> Void)
        case failed(any Error)
    }

    /// Runs and commits `batch`, and answers every caller in it once, after the commit: until then a body's failure,
    /// too, may rest on a neighbour's change that does not come to stay.
    func commit(_ batch: [SQLiteWriter.Work]) {
        guard !batch.isEmpty else { return }
        do {
            try health.check()
            try connection.control("BEGIN IMMEDIATE")
        } catch {
            return fail(batch, with: error)
        }
        var outcomes: [Outcome] = []
        for (index, work) in batch.enumerated() {
            let outcome = run(work, isAlone: batch.count == 1)
            guard connection.isInTransaction else {
                return afterLoss(of: batch, caused: outcome, at: index)
            }
            outcomes.append(outcome)
        }
        do {
            try finish(outcomes)
        } catch {
            connection.rollBack()
            // A deferred rule of one may have failed the commit of all; then each commits alone.
            guard batch.count > 1, error.kind == .constraint || error.kind == .busy else {
                return fail(batch, with: error)
            }
            for work in batch { commit([work]) }
            return
        }
        for (work, outcome) in zip(batch, outcomes) {
            switch outcome {
            case .done(let tell): tell()
            case .failed(let error): fail([work], with: error)
            }
        }
    }

    /// Runs what belongs into no transaction.
    func runBetween(_ work: SQLiteWriter.Work) {
        guard let between = work.between else { return }
        do {
            try between(connection)
            try work.run(Transaction(connection: connection))()
        } catch {
            connection.forgetSpoiler()
            fail([work], with: error)
        }
    }

    private func run(_ work: SQLiteWriter.Work, isAlone: Bool) -> Outcome {
        let hasSavepoint = !isAlone && !work.isOneStatement
        do {
            if hasSavepoint { try connection.control("SAVEPOINT one") }
            let tell = try work.run(Transaction(connection: connection))
            try connection.checkUnspoilt()
            if hasSavepoint { try connection.control("RELEASE one") }
            return .done(tell)
        } catch {
            connection.forgetSpoiler()
            guard hasSavepoint, connection.isInTransaction else { return .failed(error) }
            do {
                try connection.control("ROLLBACK TO one")
                try connection.control("RELEASE one")
            } catch {
                connection.rollBack()  // Nothing is kept that could not be undone by itself.
            }
            return .failed(error)
        }
    }

    /// Commits, if a body succeeded.
    private func finish(_ outcomes: [Outcome]) throws(DatabaseError) {
        let isAnythingDone = outcomes.contains { if case .done = $0 { true } else { false } }
        guard isAnythingDone else { return connection.rollBack() }
        try connection.control("COMMIT")
    }

    /// SQLite has undone the whole transaction (no room, no memory, a failing disk), so the neighbours run again alone.
    private func afterLoss(of batch: [SQLiteWriter.Work], caused outcome: Outcome, at index: Int) {
        connection.rollBack()
        if case .failed(let error) = outcome { health.note(error) }  // first: then the neighbours may not write
        for (other, work) in batch.enumerated() where other != index { commit([work]) }
        switch outcome {
        case .failed(let error): fail([batch[index]], with: error)
        case .done: fail([batch[index]], with: DatabaseError(.other, "The body ended its own transaction."))
        }
    }

    private func fail(_ works: [SQLiteWriter.Work], with error: any Error) {
        health.note(error)
        for work in works { work.fail(error) }
    }
}
