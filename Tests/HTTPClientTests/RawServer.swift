import Foundation
import Synchronization

/// A server that does to its connections what the test says, byte by byte: what no well-behaved server would do.
///
/// It listens until the tests are over: a test's last word about it is often its address.
final class RawServer: Sendable {
    /// What happened so far.
    struct Log: Sendable {
        var connectionCount = 0
        var requests: [String] = []
        /// Connections that the other side has closed.
        var closedCount = 0
    }

    private struct State {
        var log = Log()
        var waiting: [(condition: @Sendable (Log) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }

    let port: UInt16
    private let listener: Int32
    private let state = Mutex(State())

    var url: String { "http://127.0.0.1:\(port)" }
    var log: Log { state.withLock { $0.log } }

    /// - Parameter serve: Called for each connection, on a thread of its own; the connection closes when it returns.
    init(_ serve: @escaping @Sendable (RawConnection) -> Void) {
        _ = RawServer.proxyInEnvironment
        (listener, port) = RawServer.listen()
        Thread.detachNewThread {
            while true {
                let descriptor = accept(self.listener, nil, nil)
                precondition(descriptor >= 0, "The test's server cannot accept.")
                self.update { $0.connectionCount += 1 }
                let connection = RawConnection(descriptor) { change in self.update(change) }
                Thread.detachNewThread {
                    serve(connection)
                    connection.end()
                }
            }
        }
    }

    /// Waits until `condition` holds for what happened.
    func wait(until condition: @escaping @Sendable (Log) -> Bool) async {
        await withCheckedContinuation { continuation in
            let holds = state.withLock { state in
                if !condition(state.log) { state.waiting.append((condition, continuation)) }
                return condition(state.log)
            }
            if holds { continuation.resume() }
        }
    }

    private func update(_ change: (inout Log) -> Void) {
        let ready = state.withLock { state in
            change(&state.log)
            let log = state.log
            let ready = state.waiting.filter { $0.condition(log) }.map(\.continuation)
            state.waiting.removeAll { $0.condition(log) }
            return ready
        }
        for continuation in ready { continuation.resume() }
    }

    /// A port of this machine where nobody listens.
    static func refusingPort() -> UInt16 {
        let (listener, port) = listen()
        close(listener)
        return port
    }

    private static func listen() -> (Int32, UInt16) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                let bound = bind(listener, pointer, size)
                return bound == 0 && Glibc.listen(listener, 512) == 0 ? getsockname(listener, pointer, &size) : -1
            }
        }
        precondition(code == 0, "No port.")
        return (listener, UInt16(bigEndian: address.sin_port))
    }

    /// All tests run with proxies in the environment that lead nowhere: who used one would see every test fail.
    private static let proxyInEnvironment: Void = {
        for name in ["http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
            setenv(name, "http://127.0.0.1:\(refusingPort())", 1)
        }
        unsetenv("no_proxy")
        unsetenv("NO_PROXY")
    }()
}

/// One connection of a `RawServer`.
final class RawConnection: Sendable {
    private let descriptor: Int32
    private let report: @Sendable ((inout RawServer.Log) -> Void) -> Void
    private let rest = Mutex<[UInt8]>([])

    init(_ descriptor: Int32, _ report: @escaping @Sendable ((inout RawServer.Log) -> Void) -> Void) {
        self.descriptor = descriptor
        self.report = report
    }

    /// - Returns: The next whole request as it was sent, or `nil` when the other side has closed.
    func readRequest() -> String? {
        var bytes = rest.withLock { $0 }
        while true {
            if let length = RawConnection.lengthOfRequest(bytes), bytes.count >= length {
                rest.withLock { $0 = Array(bytes[length...]) }
                let text = String(decoding: bytes[..<length], as: UTF8.self)
                report { $0.requests.append(text) }
                return text
            }
            guard let more = read() else { return nil }
            bytes += more
        }
    }

    /// Waits for the other side to close and notes it.
    func waitForClose() {
        while read() != nil {}
    }

    /// - Returns: `false` when the other side has closed.
    @discardableResult
    func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    /// - Returns: `false` when the other side has closed.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var bytes = bytes[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            bytes = bytes.dropFirst(count)
        }
        return true
    }

    /// Writes a whole answer.
    @discardableResult
    func answer(_ body: String = "", status: String = "200 OK", headers: [String] = []) -> Bool {
        let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers
        return write(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    /// - Returns: Whether the other side closed or wrote within the time.
    func isReadable(withinMilliseconds milliseconds: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, milliseconds) > 0
    }

    fileprivate func end() { close(descriptor) }

    private func read() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else {
            report { $0.closedCount += 1 }
            return nil
        }
        return Array(buffer.prefix(count))
    }

    private static func lengthOfRequest(_ bytes: [UInt8]) -> Int? {
        let text = Data(bytes)
        guard let end = text.range(of: Data("\r\n\r\n".utf8))?.upperBound else { return nil }
        let head = String(decoding: bytes[..<end], as: UTF8.self).lowercased()
        let length = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
        return end + (length.flatMap { Int($0.dropFirst(15).filter(\.isNumber)) } ?? 0)
    }
}
