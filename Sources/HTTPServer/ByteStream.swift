import Synchronization

/// An answer that is made while it is sent, such as a long list: bytes to one client.
///
/// Whoever makes it waits in ``write(_:)`` while the client has not taken what was written before, so that no more than
/// ``queueBytes`` and one piece are in memory, however long the answer and however slow the client.
package final class ByteStream: Sendable {
    /// Bytes that may wait for the client before whoever writes must wait.
    package static let queueBytes = 64 * 1024

    /// The client has left, or the server stops: nothing that is written now arrives.
    package struct Closed: Error {}

    fileprivate struct State {
        var queue: [UInt8] = []
        var taken = 0
        var isFinished = false
        var isClosed = false
        var readerWaits = false
        /// Tells the loop that there is something to do for this stream.
        var wake: (@Sendable () -> Void)?
        var closeActions: [@Sendable () -> Void] = []
        var writer: CheckedContinuation<Void, Never>?

        var waiting: Int { queue.count - taken }
    }
    private let state = Mutex(State())
    private let producer: (@Sendable (ByteStream) async throws -> Void)?

    /// A stream that others write to.
    package init() { producer = nil }

    /// A stream fed by `producer`, which the server runs once the answer has begun. When it returns the answer is
    /// complete, when it throws the connection is cut, so that nobody takes a part for the whole; when the client
    /// leaves it is cancelled. One at a time may write.
    package init(producer: @escaping @Sendable (ByteStream) async throws -> Void) { self.producer = producer }

    /// Writes, and returns once little enough waits for the client that more may be made.
    ///
    /// - Throws: ``Closed`` when nobody takes it any more.
    package func write(_ bytes: [UInt8]) async throws {
        guard append(bytes, atMost: .max) else { throw Closed() }
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                if state.isClosed || state.waiting <= Self.queueBytes { return true }
                precondition(state.writer == nil, "One at a time writes to a stream.")
                state.writer = continuation
                return false
            }
            if goesOn { continuation.resume() }
        }
        if state.withLock({ $0.isClosed }) { throw Closed() }
    }

    /// Adds bytes without waiting. With more than `limit` the client is too slow: the stream is closed.
    ///
    /// - Returns: False when the stream was over before.
    @discardableResult
    func append(_ bytes: some Collection<UInt8>, atMost limit: Int) -> Bool {
        let (isOpen, wake) = state.withLock { state -> (Bool, (@Sendable () -> Void)?) in
            guard !state.isClosed && !state.isFinished else { return (false, nil) }
            guard limit == .max || state.waiting + bytes.count <= limit else {
                state.isClosed = true
                return (true, state.wake)
            }
            state.queue.append(contentsOf: bytes)
            return (true, state.readerToWake())
        }
        wake?()
        return isOpen
    }

    /// Ends the stream once the client has taken what waits.
    package func finish() {
        let (writer, wake) = state.withLock { state in
            state.isFinished = true
            return (state.writer.take(), state.readerToWake())
        }
        writer?.resume()
        wake?()
    }

    /// Whether nothing that is written now arrives: finished, client gone, too slow, or the server stops.
    package var isClosed: Bool { state.withLock { $0.isClosed || $0.isFinished } }

    /// Runs `action` once the connection is over, at once if it is already; it must not block.
    package func onClose(_ action: @escaping @Sendable () -> Void) {
        let runNow = state.withLock { state in
            if !state.isClosed { state.closeActions.append(action) }
            return state.isClosed
        }
        if runNow { action() }
    }

    /// What waits in the queue, taken out of it; for tests of routes that use no socket.
    package func takeQueued() -> [UInt8] {
        let (bytes, writer) = state.withLock { state in
            let bytes = Array(state.queue.dropFirst(state.taken))
            state.queue = []
            state.taken = 0
            return (bytes, state.writer.take())
        }
        writer?.resume()
        return bytes
    }

    // MARK: - The server's side

    /// Runs the producer the stream was made with.
    func produce() async {
        guard let producer else { return }
        do {
            try await producer(self)
            finish()
        } catch { cut() }
    }

    /// Whether ``produce()`` has something to run.
    var hasProducer: Bool { producer != nil }

    /// Binds the stream to a connection; `wake` is called when there is something to read after nothing was.
    func attach(wake: @escaping @Sendable () -> Void) { state.withLock { $0.wake = wake } }

    /// Ends the stream from the maker's side, unfinished.
    private func cut() {
        let wake = state.withLock { state in
            state.isClosed = true
            return state.wake
        }
        wake?()
    }

    /// Ends the stream from the server's side; the actions of ``onClose(_:)`` run once.
    func close() {
        let (actions, writer) = state.withLock { state in
            state.isClosed = true
            state.wake = nil
            state.queue = []
            state.taken = 0
            defer { state.closeActions = [] }
            return (state.closeActions, state.writer.take())
        }
        writer?.resume()
        for action in actions { action() }
    }

    /// Whether the stream was cut and must not end like one that is complete.
    var isCut: Bool { state.withLock { $0.isClosed } }

    /// What a reader gets.
    enum Reading {
        case bytes(Int)
        /// Nothing yet: ``attach(wake:)``'s closure will be called.
        case nothing
        case end
        case cut
    }

    /// Copies what waits into `buffer`, as far as it fits.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Reading {
        let (reading, writer) = state.withLock { state -> (Reading, CheckedContinuation<Void, Never>?) in
            if state.isClosed { return (.cut, nil) }
            let count = min(buffer.count, state.waiting)
            guard count > 0 else {
                if state.isFinished { return (.end, nil) }
                state.readerWaits = true
                return (.nothing, nil)
            }
            unsafe buffer.copyBytes(from: state.queue[state.taken..<state.taken + count])
            state.taken += count
            if state.taken == state.queue.count {
                state.queue.removeAll(keepingCapacity: true)
                state.taken = 0
            }
            // Only when half is gone, so that neither side is woken for every piece.
            return (.bytes(count), state.waiting <= Self.queueBytes / 2 ? state.writer.take() : nil)
        }
        writer?.resume()
        return reading
    }
}

extension ByteStream.State {
    /// The closure to call, if the reader waits for it.
    fileprivate mutating func readerToWake() -> (@Sendable () -> Void)? {
        guard readerWaits else { return nil }
        readerWaits = false
        return wake
    }
}
