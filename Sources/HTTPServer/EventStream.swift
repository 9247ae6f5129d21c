import Synchronization

/// Server-sent events to one client. Any thread may send; what the client has not taken yet waits in a bounded queue.
package final class EventStream: Sendable {
    /// Most bytes that wait for a slow client; with more the stream is closed, and the browser connects again.
    package static let queueBytes = 64 * 1024

    fileprivate struct State {
        var queue: [UInt8] = []
        var taken = 0
        var isFinished = false
        var isClosed = false
        var readerWaits = false
        /// Tells the loop that there is something to do for this stream.
        var wake: (@Sendable () -> Void)?
        var closeActions: [@Sendable () -> Void] = []
    }
    private let state = Mutex(State())
    private let producer: (@Sendable (EventStream) async -> Void)?

    /// A stream that others send to.
    package init() {
        producer = nil
    }

    /// A stream fed by `producer`, which the server runs once the answer has begun; when it returns the stream is
    /// finished, when the client leaves it is cancelled.
    package init(producer: @escaping @Sendable (EventStream) async -> Void) {
        self.producer = producer
    }

    /// Sends an event; `data` may have several lines. Nothing happens when the stream is closed.
    package func send(event: String? = nil, data: String) {
        var text = ""
        if let event { text += "event: \(event.prefix { !$0.isNewline })\n" }
        for line in data.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            text += "data: \(line)\n"
        }
        append(text + "\n")
    }

    /// Sends a line that clients ignore; it keeps proxies from closing the connection, and shows us that a client left.
    package func comment(_ text: String = "") {
        append(": \(text.prefix { !$0.isNewline })\n\n")
    }

    /// Ends the stream once the client has taken what waits.
    package func finish() {
        let wake = state.withLock { state in
            state.isFinished = true
            return state.readerToWake()
        }
        wake?()
    }

    /// Whether nothing that is sent now arrives: finished, client gone, too slow, or the server stops.
    package var isClosed: Bool {
        state.withLock { $0.isClosed || $0.isFinished }
    }

    /// Runs `action` once the connection is over, at once if it is already; it must not block.
    package func onClose(_ action: @escaping @Sendable () -> Void) {
        let runNow = state.withLock { state in
            if !state.isClosed { state.closeActions.append(action) }
            return state.isClosed
        }
        if runNow { action() }
    }

    /// What waits in the queue, taken out of it; for tests of routes that use no socket.
    package func takeQueued() -> String {
        state.withLock { state in
            let text = String(decoding: state.queue.dropFirst(state.taken), as: UTF8.self)
            state.queue = []
            state.taken = 0
            return text
        }
    }

    /// Runs the producer the stream was made with; the server does, and tests that use no socket.
    package func produce() async {
        guard let producer else { return }
        await producer(self)
        finish()
    }

    /// Whether ``produce()`` has something to run.
    var hasProducer: Bool { producer != nil }

    private func append(_ text: String) {
        let wake = state.withLock { state -> (@Sendable () -> Void)? in
            guard !state.isClosed && !state.isFinished else { return nil }
            guard state.queue.count - state.taken + text.utf8.count <= Self.queueBytes else {
                state.isClosed = true
                return state.wake
            }
            state.queue.append(contentsOf: text.utf8)
            return state.readerToWake()
        }
        wake?()
    }

    // MARK: - The server's side

    /// Binds the stream to a connection; `wake` is called when there is something to read after nothing was.
    func attach(wake: @escaping @Sendable () -> Void) {
        state.withLock { $0.wake = wake }
    }

    /// Ends the stream from the server's side; the actions of ``onClose(_:)`` run once.
    func close() {
        let actions = state.withLock { state in
            state.isClosed = true
            state.wake = nil
            defer { state.closeActions = [] }
            return state.closeActions
        }
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
        state.withLock { state in
            if state.isClosed { return .cut }
            let count = min(buffer.count, state.queue.count - state.taken)
            guard count > 0 else {
                if state.isFinished { return .end }
                state.readerWaits = true
                return .nothing
            }
            unsafe buffer.copyBytes(from: state.queue[state.taken..<state.taken + count])
            state.taken += count
            if state.taken == state.queue.count {
                state.queue.removeAll(keepingCapacity: true)
                state.taken = 0
            }
            return .bytes(count)
        }
    }
}

extension EventStream.State {
    /// The closure to call, if the reader waits for it.
    fileprivate mutating func readerToWake() -> (@Sendable () -> Void)? {
        guard readerWaits else { return nil }
        readerWaits = false
        return wake
    }
}
