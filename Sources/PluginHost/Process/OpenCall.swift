import PaymentKit
import Synchronization

/// A call that a plugin works on. What the plugin writes about it comes in on the thread that reads, and is begun
/// there: each change of threads costs as much as all else.
final class OpenCall: Sendable {
    typealias Answer = Result<WireLine, any Error>
    /// Answers a request of the plugin.
    typealias Serve = @Sendable (HostMethod, _ id: Int, WireLine) async -> Void
    /// What a plugin may do at most, so that one that floods is stopped while it still costs little.
    private enum Limit {
        static let requests = 200
        /// Of all requests. What waits to be served is held as it was read, which takes many times as much.
        static let bytes = 4 << 20
        static let notes = 50
        /// Those that nobody reads any more.
        static let allNotes = 1_000
    }
    /// What becomes of a request of the plugin.
    enum Taken { case begun, over, flood }

    private struct State {
        var requests = 0
        var bytes = 0
        var notes = 0
        var serving: [Task<Void, Never>] = []
        var isOver = false
        var answer: Answer?
        var waiting: CheckedContinuation<WireLine, any Error>?
    }
    private let state = Mutex(State())
    /// Held while a request begins, so that none begins behind ``close()``.
    private let beginning = Mutex(())
    private let executor: (any TaskExecutor)?
    private let serve: Serve
    private let note: @Sendable (String) -> Void

    /// - Parameter executor: Where serving goes on after it has waited for something, so that a plugin that asks for
    ///   much takes no time from the shop.
    init(
        on executor: (any TaskExecutor)?, serve: @escaping Serve, note: @escaping @Sendable (String) -> Void
    ) {
        self.executor = executor
        self.serve = serve
        self.note = note
    }

    // MARK: What the plugin writes

    /// Begins to serve a request, in a task of its own that runs here until it has to wait for something.
    func take(_ method: HostMethod, _ id: Int, _ line: WireLine, bytes: Int) -> Taken {
        beginning.withLock { _ in
            let taken = state.withLock { state -> Taken in
                if state.isOver { return .over }
                state.requests += 1
                state.bytes += bytes
                return state.requests <= Limit.requests && state.bytes <= Limit.bytes ? .begun : .flood
            }
            guard taken == .begun else { return taken }
            let task = Task.immediate(executorPreference: executor) { [serve] in await serve(method, id, line) }
            let isOver = state.withLock { state in
                state.serving.append(task)
                return state.isOver
            }
            if isOver { task.cancel() }
            return taken
        }
    }

    /// - Returns: False for a flood.
    func take(note text: String) -> Bool {
        let notes = state.withLock { state in
            state.notes += 1
            return state.notes
        }
        if notes <= Limit.notes { note(text) }
        return notes <= Limit.allNotes
    }

    /// Says what came of the call; only the first time counts.
    func finish(_ answer: Answer) {
        let waiting = state.withLock { state -> CheckedContinuation<WireLine, any Error>? in
            guard state.answer == nil else { return nil }
            state.answer = answer
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(with: answer)
    }

    // MARK: Who called

    /// Waits until the plugin has answered.
    ///
    /// - Throws: What ``finish(_:)`` was told, or `CancellationError`.
    func answer() async throws -> WireLine {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer = state.withLock { state -> Answer? in
                    if state.answer == nil { state.waiting = continuation }
                    return state.answer
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            // Before anybody hears that the call is given up.
            _ = stop()
            finish(.failure(CancellationError()))
        }
    }

    /// Begins nothing more, and waits for what was begun, which is told to stop.
    func close() async {
        // What is beginning just now is among it then.
        beginning.withLock { _ in state.withLock { $0.isOver = true } }
        for task in stop() { await task.value }
    }

    /// Begins nothing more, and tells what was begun to stop.
    private func stop() -> [Task<Void, Never>] {
        let serving = state.withLock { state in
            state.isOver = true
            return state.serving
        }
        for task in serving { task.cancel() }
        return serving
    }
}
