import PaymentKit
import Synchronization

/// Runs code that may never come back, a plugin's or one that waits for a lost server, and stops waiting for it after
/// `seconds`.
///
/// Unstructured on purpose: what neither returns nor notices its cancellation must not hold its caller. A plugin runs
/// on threads of its own, so that only those stay lost until it does return.
///
/// - Throws: ``DeadlinePassed``, or what `body` throws.
package func withDeadline<Result: Sendable>(
    seconds: Double, on executor: (any TaskExecutor)? = nil, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    let race = Race<Result>()
    let work = Task(executorPreference: executor) {
        do { race.finish(.success(try await body())) } catch { race.finish(.failure(error)) }
    }
    let timer = Task {
        do { try await Task.sleep(for: .seconds(seconds)) } catch { return }
        // Cancelled first: whoever hears that time is up may rely on it that nothing begins any more.
        work.cancel()
        race.finish(.failure(DeadlinePassed()))
    }
    defer { timer.cancel() }
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { race.wait($0) }
    } onCancel: {
        work.cancel()
        race.finish(.failure(CancellationError()))
    }
}

/// What was waited for did not come in time.
package struct DeadlinePassed: Error {}

/// The first of several results, for one waiting caller.
private final class Race<Result: Sendable>: Sendable {
    private enum State {
        case open
        case waiting(CheckedContinuation<Result, any Error>)
        case decided(Swift.Result<Result, any Error>)
        case over
    }
    private let state = Mutex(State.open)

    func finish(_ result: Swift.Result<Result, any Error>) {
        let waiting = state.withLock { state -> CheckedContinuation<Result, any Error>? in
            switch state {
            case .open:
                state = .decided(result)
                return nil
            case .waiting(let continuation):
                state = .over
                return continuation
            case .decided, .over: return nil
            }
        }
        waiting?.resume(with: result)
    }

    func wait(_ continuation: CheckedContinuation<Result, any Error>) {
        let result = state.withLock { state -> Swift.Result<Result, any Error>? in
            guard case .decided(let result) = state else {
                state = .waiting(continuation)
                return nil
            }
            state = .over
            return result
        }
        if let result { continuation.resume(with: result) }
    }
}
