/// Server-sent events to one client. Any thread may send; what the client has not taken yet waits in a bounded queue.
package final class EventStream: Sendable {
    /// Most bytes that wait for a slow client; with more the stream is closed, and the browser connects again.
    package static let queueBytes = ByteStream.queueBytes

    /// What the events are written to.
    let bytes = ByteStream()
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
        bytes.append((text + "\n").utf8, atMost: Self.queueBytes)
    }

    /// Sends a line that clients ignore; it keeps proxies from closing the connection, and shows us that a client left.
    package func comment(_ text: String = "") {
        bytes.append(": \(text.prefix { !$0.isNewline })\n\n".utf8, atMost: Self.queueBytes)
    }

    /// Ends the stream once the client has taken what waits.
    package func finish() { bytes.finish() }

    /// Whether nothing that is sent now arrives: finished, client gone, too slow, or the server stops.
    package var isClosed: Bool { bytes.isClosed }

    /// Runs `action` once the connection is over, at once if it is already; it must not block.
    package func onClose(_ action: @escaping @Sendable () -> Void) { bytes.onClose(action) }

    /// What waits in the queue, taken out of it; for tests of routes that use no socket.
    package func takeQueued() -> String { String(decoding: bytes.takeQueued(), as: UTF8.self) }

    /// Runs the producer the stream was made with; the server does, and tests that use no socket.
    package func produce() async {
        guard let producer else { return }
        await producer(self)
        finish()
    }

    /// Whether ``produce()`` has something to run.
    var hasProducer: Bool { producer != nil }
}
