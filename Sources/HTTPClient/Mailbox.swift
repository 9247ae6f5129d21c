import Synchronization

/// What other threads tell the loop's thread; nothing else is shared between them.
final class Mailbox: Sendable {
    enum Letter: Sendable {
        case start(Call)
        case cancel(id: UInt64)
    }

    private struct State {
        var letters: [Letter] = []
        /// Calls that were taken in and are not finished, waiting or under way.
        var unfinishedCount = 0
        var lastID: UInt64 = 0
        /// `nil` before the loop begins, and once it is about to end: then nobody may wake it.
        var multi: Multi?
        var isWoken = false
        var isStopping = false
        var hasEnded = false
        var waitingForEnd: [CheckedContinuation<Void, Never>] = []

        mutating func wakeUp() {
            guard !isWoken, let multi else { return }
            isWoken = true
            multi.wakeUp()
        }
    }

    private let state = Mutex(State())
    private let maxUnfinished: Int

    init(maxUnfinished: Int) {
        self.maxUnfinished = maxUnfinished
    }

    /// - Returns: A number that no other call has.
    func nextID() -> UInt64 {
        state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
    }

    /// Hands a call to the loop, which will finish it; one too many is finished here.
    func start(_ call: Call) {
        let refusal = state.withLock { state -> String? in
            guard !state.isStopping else { return "The client is shut down." }
            guard state.unfinishedCount < maxUnfinished else { return "Too many requests are waiting." }
            state.unfinishedCount += 1
            state.letters.append(.start(call))
            state.wakeUp()
            return nil
        }
        if let refusal { call.finish(.failure(OutboundError(kind: .notSent, message: refusal))) }
    }

    /// Cancels a call, if it is not finished yet.
    func cancel(id: UInt64) {
        state.withLock { state in
            guard !state.isStopping else { return }
            state.letters.append(.cancel(id: id))
            state.wakeUp()
        }
    }

    /// Tells the loop to cut off all calls and to end.
    func stop() {
        state.withLock { state in
            state.isStopping = true
            state.wakeUp()
        }
    }

    /// Returns when the loop has ended.
    func waitForEnd() async {
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.waitingForEnd.append(continuation) }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }

    // MARK: For the loop

    /// From now on `multi` is woken when there is mail. Mail that came before waits for the first `take`.
    func beginWaking(_ multi: Multi) {
        state.withLock { $0.multi = multi }
    }

    /// - Returns: The letters in the order they were written, and whether to end after them.
    func take() -> (letters: [Letter], isStopping: Bool) {
        state.withLock { state in
            let letters = state.letters
            state.letters.removeAll(keepingCapacity: true)
            state.isWoken = false
            if state.isStopping { state.multi = nil }
            return (letters, state.isStopping)
        }
    }

    /// Makes room for another call.
    func noteFinished() {
        state.withLock { $0.unfinishedCount -= 1 }
    }

    /// Lets everybody go who waits for the end.
    func noteEnded() {
        let waiting = state.withLock { state in
            state.hasEnded = true
            let waiting = state.waitingForEnd
            state.waitingForEnd = []
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
