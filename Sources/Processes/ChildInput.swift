internal import Blocking
import Foundation
import Glibc

/// A child's standard input: what it takes at once is written by whoever sends it, for each change of threads costs
/// as much as all else; what it does not take is kept, and written by a thread that may wait for it.
@safe final class ChildInput: Sendable {
    private struct State {
        /// Nil before the child runs, and once nothing more is written.
        var descriptor: Int32?
        /// Lines, and the rest of one, that the thread has to write or is writing.
        var waiting: [[UInt8]] = []
        var isClosed = false
    }
    private let state = Locked(State())
    /// How many lines may wait.
    private static let limit = 256

    /// Takes the child's end of a socket over, writes what was sent before it ran, and closes it at the end.
    func open(_ descriptor: Int32) {
        state.withLock { $0.descriptor = descriptor }
        startThread { [self] in
            while let lines = waiting() {
                Self.write(lines.flatMap { $0 }, to: descriptor)
                state.withLock { $0.waiting.removeFirst(lines.count) }
            }
            state.withLock { $0.descriptor = nil }
            Glibc.close(descriptor)
        }
    }

    /// Sends a line, its end included; lines arrive whole and in order.
    ///
    /// - Returns: False when the child does not read, or is gone.
    func send(_ line: Data) -> Bool {
        state.withLock { state in
            guard !state.isClosed, state.waiting.count < Self.limit else { return false }
            var sent = 0
            // Not past those that wait.
            if state.waiting.isEmpty, let descriptor = state.descriptor {
                sent = Self.send(line, to: descriptor, Int32(MSG_DONTWAIT))
            }
            if sent < line.count { state.waiting.append(Array(line.dropFirst(sent))) }
            return true
        }
    }

    /// Ends it after what was sent. Closing twice is harmless.
    func close() { state.withLock { $0.isClosed = true } }

    /// Waits for lines to write; nil at the end.
    private func waiting() -> [[UInt8]]? {
        state.withLock(when: { !$0.waiting.isEmpty || $0.isClosed }) { $0.waiting.isEmpty ? nil : $0.waiting }
    }

    /// Writes all of it, unless the child is gone: its end is told elsewhere.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = send(rest, to: descriptor, 0)
            if sent == 0 { return }
            rest = rest.dropFirst(sent)
        }
    }

    /// - Returns: How many bytes it took; none when it takes nothing now, or is gone.
    private static func send(_ bytes: some ContiguousBytes, to descriptor: Int32, _ flags: Int32) -> Int {
        unsafe bytes.withUnsafeBytes { bytes in
            while true {
                let count = unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, flags | Int32(MSG_NOSIGNAL))
                if count >= 0 { return count }
                if errno != EINTR { return 0 }
            }
        }
    }
}
