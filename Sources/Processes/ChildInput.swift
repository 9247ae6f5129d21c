internal import Blocking
import Foundation
import Glibc

/// A child's standard input: what it takes at once is written by whoever sends it, for each change of threads costs
/// as much as all else; what it does not take is kept, and written by a thread that may wait for it.
@safe final class ChildInput: Sendable {
    private struct State {
        /// Nil before the child runs, and once nothing more is written.
        var descriptor: Int32?
        /// Lines, and the rest of one, that the thread has to write; it is writing the first.
        var waiting: [Data] = []
        var waitingBytes = 0
        var isClosed = false
        /// What comes after an error would be read as part of what came before.
        var isBroken = false
    }
    private let state = Locked(State())
    /// Counts the lines that wait, and the end.
    private let work = Locked(0)
    private enum Limit {
        static let lines = 256
        static let bytes = 16 << 20
    }

    /// Takes the child's end of a socket over, writes what was sent before it ran, and closes it at the end.
    func open(_ descriptor: Int32) {
        state.withLock { $0.descriptor = descriptor }
        startThread { [self] in
            while true {
                work.withLock(when: { $0 > 0 }) { $0 -= 1 }
                guard let line = state.withLock({ $0.waiting.first }) else { break }
                write(line, to: descriptor)
            }
            state.withLock { $0.descriptor = nil }
            Glibc.close(descriptor)
        }
    }

    /// Sends a line, its end included; lines arrive whole and in order.
    ///
    /// - Returns: False when the child does not read, or nothing more is to be sent. What is sent to one that is gone
    ///   is lost: its end is told elsewhere.
    func send(_ line: Data) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            guard !state.isBroken else { return true }
            var sent = 0
            // Not past those that wait.
            if state.waiting.isEmpty, let descriptor = state.descriptor {
                switch Self.send(line, to: descriptor, Int32(MSG_DONTWAIT)) {
                case .sent(let count): sent = count
                case .full: break
                case .broken: state.isBroken = true
                }
            }
            guard sent < line.count, !state.isBroken else { return true }
            // One may always wait, however long it is.
            let hasRoom =
                state.waiting.isEmpty
                || state.waiting.count < Limit.lines && state.waitingBytes + line.count <= Limit.bytes
            guard hasRoom else {
                return false
            }
            state.waiting.append(line.dropFirst(sent))
            state.waitingBytes += line.count - sent
            work.withLock { $0 += 1 }
            return true
        }
    }

    /// Ends it after what was sent. Closing twice is harmless.
    func close() {
        state.withLock { $0.isClosed = true }
        work.withLock { $0 += 1 }
    }

    /// Ends it at once, also when something else than the child holds its end and does not read.
    func cut() {
        state.withLock { state in
            state.isClosed = true
            if let descriptor = state.descriptor { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
        work.withLock { $0 += 1 }
    }

    /// Writes the first of those that wait, whole.
    private func write(_ line: Data, to descriptor: Int32) {
        var rest = line
        while !rest.isEmpty {
            switch Self.send(rest, to: descriptor, 0) {
            case .sent(let count): rest = rest.dropFirst(count)
            case .full: continue
            case .broken: return state.withLock { ($0.isBroken, $0.waiting, $0.waitingBytes) = (true, [], 0) }
            }
        }
        state.withLock { state in
            state.waiting.removeFirst()
            state.waitingBytes -= line.count
        }
    }

    private enum Sent {
        case sent(Int)
        /// It takes nothing now.
        case full
        case broken
    }

    private static func send(_ bytes: Data, to descriptor: Int32, _ flags: Int32) -> Sent {
        unsafe bytes.withUnsafeBytes { bytes in
            while true {
                let count = unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, flags | Int32(MSG_NOSIGNAL))
                if count >= 0 { return .sent(count) }
                if errno == EAGAIN { return .full }
                if errno != EINTR { return .broken }
            }
        }
    }
}
