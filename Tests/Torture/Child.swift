import Foundation
import Glibc
import Synchronization

/// A program as a process of its own, which ends when it is told to and otherwise says why it ended.
///
/// Not Foundation's `Process`: that one also waits for whatever its child leaves running, such as a server.
final class Child: Sendable {
    private let number: pid_t
    private let status = Mutex<Int32?>(nil)

    /// - Parameters:
    ///   - environment: All of it; nothing is inherited but `PATH`, `HOME` and `TMPDIR`.
    ///   - log: A file that both outputs are appended to.
    init(_ program: String, _ arguments: [String], _ environment: [String: String], in folder: String, log: String)
        throws
    {
        let ours = ProcessInfo.processInfo.environment.filter { ["PATH", "HOME", "TMPDIR"].contains($0.key) }
        let variables = ours.merging(environment) { $1 }.map { "\($0.key)=\($0.value)" }
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&files, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&files, 1, 2)
        // Nothing of ours but the log goes to the child.
        for file in 3..<4_096 as Range<Int32> { _ = fcntl(file, F_SETFD, FD_CLOEXEC) }
        // The shell only changes the folder and becomes the program.
        let words = ["sh", "-c", "cd \"$0\" && exec \"$@\"", folder, program] + arguments
        var number: pid_t = 0
        let code = Self.withCStrings(words) { words in
            Self.withCStrings(variables) { posix_spawn(&number, "/bin/sh", &files, nil, words, $0) }
        }
        guard code == 0 else { throw Trouble("\(program) does not start: \(String(cString: strerror(code))).") }
        self.number = number
        Self.running.withLock { _ = $0.insert(number) }
        _ = Self.endsWithUs
    }

    /// Those that have not ended; they do not outlive this program, whatever ends it but a kill.
    private static let running = Mutex<Set<pid_t>>([])
    private static let endsWithUs: Void = {
        atexit { for number in Child.running.withLock({ $0 }) { Glibc.kill(number, SIGKILL) } }
    }()

    /// How it ended, or nil while it runs.
    var ending: String? { ending(waiting: false) }

    /// Waits for its end; for programs that end by themselves.
    func wait() -> String { ending(waiting: true) ?? "" }

    private func ending(waiting: Bool) -> String? {
        status.withLock { status in
            if status == nil {
                var code: Int32 = 0
                if waitpid(number, &code, waiting ? 0 : WNOHANG) == number {
                    status = code
                    Self.running.withLock { _ = $0.remove(number) }
                }
            }
            return status.map { $0 & 0x7f == 0 ? "exit \(($0 >> 8) & 0xff)" : "signal \($0 & 0x7f)" }
        }
    }

    /// Ends it as a power cut would.
    func kill() {
        guard ending == nil else { return }
        Glibc.kill(number, SIGKILL)
        _ = wait()
    }

    /// Asks it to end.
    ///
    /// - Returns: How it ended; `killed` when it did not within `seconds`.
    func stop(within seconds: Double = 60) async throws -> String {
        if ending == nil { Glibc.kill(number, SIGTERM) }
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            if let ending { return ending }
            try await Task.sleep(for: .milliseconds(20))
        }
        kill()
        return "killed"
    }

    private static func withCStrings<Result>(
        _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}

extension FileHandle {
    /// A file to add to, made when it is not there.
    convenience init(appendingTo path: String) throws {
        let number = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw Trouble("\(path) cannot be written.") }
        self.init(fileDescriptor: number, closeOnDealloc: true)
    }
}

/// A port of this machine that nobody listens on.
func freePort() throws -> UInt16 {
    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
        }
    }
    guard isBound else { throw Trouble("No port is free.") }
    return UInt16(bigEndian: address.sin_port)
}

/// Why a machine cannot go on: its own trouble, not the shop's.
struct Trouble: Error, CustomStringConvertible {
    let description: String
    init(_ sentence: String) { description = sentence }
}
