/// A bounded queue from many tasks to one thread, which takes everything that waits in one go.
package final class WorkQueue<Work: Sendable>: Sendable {
    /// What became of work that was offered.
    package enum Offer: Sendable {
        /// It waits, and will be taken, even when the queue is closed meanwhile.
        case accepted
        /// As much as is allowed waits already.
        case full
        /// ``close()`` was called.
        case closed
    }

    private struct State {
        var work: [Work] = []
        var isClosed = false
    }
    private let state = Locked(State())
    private let limit: Int

    /// - Parameter limit: How much may wait.
    package init(limit: Int) {
        self.limit = limit
    }

    /// Adds `work` at the end, unless the queue is full or closed.
    package func offer(_ work: Work) -> Offer {
        state.withLock { state in
            if state.isClosed { return .closed }
            if state.work.count >= limit { return .full }
            state.work.append(work)
            return .accepted
        }
    }

    /// Waits until there is work, and takes the oldest.
    ///
    /// - Returns: From 1 to `most` pieces; `nil` when the queue is closed and empty, which is the end of the thread.
    package func take(atMost most: Int) -> [Work]? {
        state.withLock(when: { !$0.work.isEmpty || $0.isClosed }) { state in
            if state.work.isEmpty { return nil }
            if state.work.count <= most {
                defer { state.work = [] }
                return state.work
            }
            defer { state.work.removeFirst(most) }
            return Array(state.work.prefix(most))
        }
    }

    /// Refuses all further work; what waits is still taken. Closing twice is harmless.
    package func close() {
        state.withLock { $0.isClosed = true }
    }
}
