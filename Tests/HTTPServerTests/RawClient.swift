import Foundation

/// A client that sends what it is told, byte for byte. Blocks: use it inside `onThread`.
final class RawClient: @unchecked Sendable {
    struct Closed: Error {}

    /// An answer as it came.
    struct Answer: Sendable {
        var status = 0
        var headers: [String: String] = [:]
        var body: [UInt8] = []

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private let socket: Int32
    private var received: [UInt8] = []

    init(port: UInt16, isIPv6: Bool = false) throws {
        socket = Glibc.socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var v4 = sockaddr_in()
        v4.sin_family = sa_family_t(AF_INET)
        v4.sin_port = port.bigEndian
        v4.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var v6 = sockaddr_in6()
        v6.sin6_family = sa_family_t(AF_INET6)
        v6.sin6_port = port.bigEndian
        v6.sin6_addr = in6addr_loopback
        let code =
            isIPv6
            ? withUnsafeBytes(of: &v6) { connect(socket, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, 28) }
            : withUnsafeBytes(of: &v4) { connect(socket, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, 16) }
        guard code == 0 else { throw Closed() }
    }

    deinit { close(socket) }

    func send(_ text: String) {
        send([UInt8](text.utf8))
    }

    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Sends nothing more, but listens on.
    func finishSending() {
        shutdown(socket, Int32(SHUT_WR))
    }

    /// Reads until `text` has come; what follows it stays.
    func read(until text: String) throws -> String {
        let end = Data(text.utf8)
        while true {
            if let range = Data(received).range(of: end) {
                defer { received.removeFirst(range.upperBound) }
                return String(decoding: received.prefix(range.upperBound), as: UTF8.self)
            }
            try fill()
        }
    }

    /// Reads one answer; `isHead` when no body follows whatever the head says.
    func readAnswer(isHead: Bool = false) throws -> Answer {
        var answer = Answer()
        let lines = try read(until: "\r\n\r\n").components(separatedBy: "\r\n")
        answer.status = Int(lines[0].split(separator: " ")[1]) ?? 0
        for line in lines.dropFirst() where !line.isEmpty {
            let parts = line.split(separator: ":", maxSplits: 1)
            answer.headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        if isHead || answer.status == 304 { return answer }
        if answer.headers["transfer-encoding"] == "chunked" {
            while case let chunk = try readChunk(), !chunk.isEmpty { answer.body += chunk }
            return answer
        }
        answer.body = try take(Int(answer.headers["content-length"] ?? "0") ?? 0)
        return answer
    }

    /// Reads one chunk; the last one is empty.
    func readChunk() throws -> [UInt8] {
        let size = Int(try read(until: "\r\n").dropLast(1), radix: 16) ?? 0
        let chunk = try take(size)
        _ = try read(until: "\r\n")
        return chunk
    }

    /// Whether the server has closed the connection, without another byte.
    func isClosed() -> Bool {
        guard received.isEmpty else { return false }
        do {
            try fill()
            return false
        } catch {
            return errno != EAGAIN
        }
    }

    /// Whether the server closes the connection; what it says until then does not matter.
    func isClosedInTheEnd() -> Bool {
        while true {
            received = []
            do { try fill() } catch { return errno != EAGAIN }
        }
    }

    private func take(_ count: Int) throws -> [UInt8] {
        while received.count < count { try fill() }
        defer { received.removeFirst(count) }
        return Array(received.prefix(count))
    }

    private func fill() throws {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        errno = 0
        let count = recv(socket, &buffer, buffer.count, 0)
        guard count > 0 else { throw Closed() }
        received += buffer.prefix(count)
    }
}
