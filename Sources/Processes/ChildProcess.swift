internal import Blocking
internal import CChildProcess
import Foundation
import Glibc

/// A program that runs beside this one, in a process group of its own, and is spoken to line by line.
///
/// It sees its three standard streams and no other descriptor, an environment of its own, no privilege that it did not
/// start with, and it may write no file. It ends when this process does, whatever ends that.
@safe package final class ChildProcess: Sendable {
    /// What is to run, and behind which walls.
    package struct Launch: Sendable {
        /// The program, looked for in ``path`` when it has no slash, and its arguments.
        package var command: [String]
        /// The child's working folder.
        package var folder: String
        /// Address space.
        package var memoryBytes: UInt64
        /// Whether it is cut off from every network, where the system allows that.
        package var isCutOff: Bool

        package init(command: [String], folder: String, memoryBytes: UInt64 = 1 << 30, isCutOff: Bool = true) {
            self.command = command
            self.folder = folder
            self.memoryBytes = memoryBytes
            self.isCutOff = isCutOff
        }

        /// Where programs are looked for.
        package static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    }

    /// The walls that stand: not every system allows all of them.
    package struct Walls: Sendable, Hashable {
        package let isCutOff, isLimited: Bool
    }

    /// How a child ended.
    package struct End: Sendable {
        /// What ended it.
        package enum Reason: Sendable, Hashable {
            /// With the system's own words.
            case notStarted(String)
            case exited(Int32)
            case signalled(Int32)
            /// It was stopped because a line was longer than allowed.
            case lineTooLong
        }
        package let reason: Reason
        /// The last 4 KiB of what it wrote to its standard error.
        package let lastWords: String
    }

    private struct State {
        var pid: pid_t?
        var isStopped = false
    }
    private let state = Locked(State())
    private let input = ChildInput()

    /// Starts a child. `onStart` comes first unless it cannot be started, then lines, and `onEnd` last, all on one
    /// thread of the child's own.
    ///
    /// - Parameters:
    ///   - lineBytes: The longest line, its end included; a longer one ends the child.
    ///   - onLine: A line without its end. The child is not read from while it works.
    package init(
        _ launch: Launch, lineBytes: Int, onStart: @escaping @Sendable (Walls) -> Void,
        onLine: @escaping @Sendable (Data) -> Void, onEnd: @escaping @Sendable (End) -> Void
    ) {
        startThread { [self] in
            var child = duka_child()
            let code = Self.spawn(launch, &child)
            guard code == 0 else {
                input.close()
                return onEnd(End(reason: .notStarted(unsafe String(cString: strerror(code))), lastWords: ""))
            }
            let (pid, descriptor) = (child.pid, child.input)
            let isStopped = state.withLock { state in
                state.pid = pid
                return state.isStopped
            }
            // Stopped before it began.
            if isStopped { _ = Glibc.kill(-pid, SIGKILL) }
            input.open(descriptor)
            onStart(Walls(isCutOff: child.without_network != 0, isLimited: child.with_limits != 0))
            onEnd(read(child, lineBytes: lineBytes, onLine))
        }
    }

    /// Sends a line, its end included.
    ///
    /// - Returns: False when the child does not read, or is gone.
    package func send(_ line: Data) -> Bool { input.send(line) }

    /// Closes the child's standard input after what was sent: it should end by itself.
    package func closeInput() { input.close() }

    /// Ends the child and everything that it started in its group, at once.
    package func kill() {
        state.withLock { state in
            state.isStopped = true
            // Under the lock, so that the number cannot have become another process's.
            if let pid = state.pid { _ = Glibc.kill(-pid, SIGKILL) }
        }
        input.close()
    }

    /// The child's number; nil before it runs and after its end.
    package var pid: Int32? { state.withLock { $0.pid } }

    private static func spawn(_ launch: Launch, _ child: inout duka_child) -> Int32 {
        guard let name = launch.command.first, let program = Self.program(name) else { return ENOENT }
        let environment = ["PATH=\(Launch.path)", "LANG=C.UTF-8"]
        var arguments = unsafe launch.command.map { unsafe strdup($0) }
        var settings = unsafe environment.map { unsafe strdup($0) }
        unsafe arguments.append(nil)
        unsafe settings.append(nil)
        defer {
            unsafe (arguments + settings).forEach { unsafe free($0) }
        }
        // The pointers live until `duka_spawn` returns: by then the child has its own copies.
        return unsafe arguments.withUnsafeBufferPointer { arguments in
            unsafe settings.withUnsafeBufferPointer { settings in
                unsafe launch.folder.withCString { folder in
                    unsafe program.withCString { program in
                        var given = unsafe duka_launch()
                        unsafe given.program = program
                        unsafe given.arguments = arguments.baseAddress
                        unsafe given.environment = settings.baseAddress
                        unsafe given.folder = folder
                        unsafe given.memory_bytes = launch.memoryBytes
                        unsafe given.cut_network = launch.isCutOff ? 1 : 0
                        return unsafe duka_spawn(&given, &child)
                    }
                }
            }
        }
    }

    /// Where a program is: a name with a slash is below the child's folder or absolute.
    private static func program(_ name: String) -> String? {
        if name.contains("/") { return name }
        let places = Launch.path.split(separator: ":").map { "\($0)/\(name)" }
        return places.first { unsafe access($0, X_OK) == 0 }
    }

    /// Reads until the child is gone.
    private func read(_ child: duka_child, lineBytes: Int, _ onLine: (Data) -> Void) -> End {
        let (pid, pidfd, output, errors) = (child.pid, child.pidfd, child.output, child.errors)
        defer { for descriptor in [pidfd, output, errors] { close(descriptor) } }
        var lines = LineBuffer(limit: lineBytes)
        var lastWords: [UInt8] = []
        var watched = [output, errors, pidfd].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var isTooLong = false
        // Reads after its end: something that it started may write for ever.
        var readsLeft = 64
        while true {
            let count = unsafe poll(&watched, nfds_t(watched.count), -1)
            if count < 0, errno == EINTR { continue }
            if watched[2].revents != 0 {
                readsLeft -= 1
                if readsLeft == 0 { break }
            }
            if watched[0].revents != 0 {
                let bytes = Self.bytes(of: output)
                if bytes.isEmpty { watched[0].fd = -1 }
                if !lines.append(bytes, onLine), !isTooLong {
                    isTooLong = true
                    kill()
                }
                // What it said before it ended counts.
                continue
            }
            if watched[1].revents != 0 {
                let bytes = Self.bytes(of: errors)
                if bytes.isEmpty { watched[1].fd = -1 }
                lastWords = (lastWords + bytes).suffix(4_096)
                continue
            }
            if watched[2].revents != 0 { break }
        }
        var status: Int32 = 0
        state.withLock { state in
            // Not reaped yet, so its number is still its own; then whatever it left in its group goes too.
            _ = Glibc.kill(-pid, SIGKILL)
            while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
            state.pid = nil
        }
        input.cut()
        let reason: End.Reason
        if isTooLong {
            reason = .lineTooLong
        } else {
            reason = status & 0x7F == 0 ? .exited((status >> 8) & 0xFF) : .signalled(status & 0x7F)
        }
        return End(reason: reason, lastWords: String(decoding: lastWords, as: UTF8.self))
    }

    /// What can be read at once; nothing at the end.
    private static func bytes(of descriptor: Int32) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            count = max(0, unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count))
        }
    }
}

/// Cuts bytes into lines.
struct LineBuffer {
    private var bytes: [UInt8] = []
    /// Bytes of the longest line, its end included.
    private let limit: Int
    private var isOver = false

    init(limit: Int) { self.limit = limit }

    /// - Returns: False when a line is longer than allowed; nothing is read any more then.
    mutating func append(_ more: [UInt8], _ onLine: (Data) -> Void) -> Bool {
        guard !isOver else { return false }
        var rest = more[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            guard bytes.count + (end - rest.startIndex) < limit else {
                isOver = true
                return false
            }
            onLine(Data(bytes + rest[..<end]))
            bytes.removeAll(keepingCapacity: true)
            rest = rest[(end + 1)...]
        }
        bytes += rest
        isOver = bytes.count >= limit
        return !isOver
    }
}
