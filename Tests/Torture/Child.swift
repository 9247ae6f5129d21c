import Foundation
import Glibc

/// A program as a process of its own, which ends when it is told to and otherwise says why it ended.
final class Child: @unchecked Sendable {  // `Process` is used by one task at a time.
    private let process = Process()

    /// - Parameters:
    ///   - environment: All of it; nothing is inherited but `PATH`, `HOME` and `TMPDIR`.
    ///   - log: A file that both outputs are appended to.
    init(_ program: String, _ arguments: [String], _ environment: [String: String], in folder: String, log: String)
        throws
    {
        let output = try FileHandle(appendingTo: log)
        let ours = ProcessInfo.processInfo.environment.filter { ["PATH", "HOME", "TMPDIR"].contains($0.key) }
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ours.merging(environment) { $1 }
        process.currentDirectoryURL = URL(filePath: folder)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try output.close()
    }

    /// How it ended by itself, or nil while it runs.
    var ending: String? {
        guard !process.isRunning else { return nil }
        return process.terminationReason == .exit
            ? "exit \(process.terminationStatus)" : "signal \(process.terminationStatus)"
    }

    /// Ends it as a power cut would.
    func kill() {
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Asks it to end.
    ///
    /// - Returns: How it ended; `killed` when it did not within `seconds`.
    func stop(within seconds: Double = 60) async throws -> String {
        process.terminate()
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            if let ending { return ending }
            try await Task.sleep(for: .milliseconds(20))
        }
        kill()
        return "killed"
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
