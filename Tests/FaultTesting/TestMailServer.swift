import Foundation
import Synchronization

/// A mail server over TCP that does to its letters what the test says: RFC 5321 as far as a client needs it.
///
/// It listens until the tests are over.
package final class TestMailServer: Sendable {
    /// Where in a conversation something happens.
    package enum Stage: Sendable, CaseIterable {
        case greeting, hello, login, from, recipient, data
        /// The letter and its final dot are here, and it is not taken yet.
        case dot
        /// It is taken, and the answer is missing.
        case taken
        case farewell
    }
    /// What happens at one stage; everything else goes well.
    package enum Script: Sendable {
        case accept
        case reply(Stage, String)
        case drop(Stage)
        /// Waits for ``TestMailServer/release()`` there, then goes on.
        case hold(Stage)
    }
    package struct Taken: Sendable {
        package let from, to: String
        /// With CR LF, without what doubled dots.
        package let message: String
    }

    private struct State {
        var scripts: [Script] = []
        var usual = Script.accept
        var taken: [Taken] = []
        var connections = 0
        var commands: [String] = []
        var holding = 0
        var isReleased = false
    }
    private let state = Mutex(State())
    private let listener: Int32
    package let port: UInt16
    /// What is said of its abilities, after the greeting.
    private let abilities: [String]

    package var url: String { "smtp://127.0.0.1:\(port)" }
    /// Letters that it took, whether its answer arrived or not.
    package var taken: [Taken] { state.withLock { $0.taken } }
    /// Those to one address.
    package func taken(for address: String) -> [Taken] { taken.filter { $0.to.contains("<\(address)>") } }
    package var commands: [String] { state.withLock { $0.commands } }
    package var connections: Int { state.withLock { $0.connections } }
    /// Whether somebody waits for ``release()``.
    package var isHolding: Bool { state.withLock { $0.holding > 0 } }

    /// - Parameter everywhere: Listens on all of this machine's addresses.
    package init(everywhere: Bool = false, abilities: [String] = ["8BITMIME", "SIZE 1000000", "AUTH PLAIN"]) {
        self.abilities = abilities
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = everywhere ? 0 : inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, size) == 0 ? getsockname(listener, pointer, &size) : -1
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        guard code == 0, listen(listener, 64) == 0 else { fatalError("The mail server cannot listen.") }
        Thread.detachNewThread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                if client < 0 { return }
                let script = state.withLock { state -> Script in
                    state.connections += 1
                    return state.scripts.isEmpty ? state.usual : state.scripts.removeFirst()
                }
                Thread.detachNewThread { [self] in
                    var conversation = Conversation(client, script, self)
                    conversation.run()
                    shutdown(client, Int32(SHUT_RDWR))
                    close(client)
                }
            }
        }
    }

    /// What happens to the next connections, one script each; afterwards the usual.
    package func play(_ scripts: Script...) { state.withLock { $0.scripts += scripts } }
    /// What happens to all connections without a script of their own.
    package func usually(_ script: Script) { state.withLock { $0.usual = script } }
    /// Lets those go on who are held, now and from now on.
    package func release() { state.withLock { $0.isReleased = true } }

    fileprivate func note(command: String) { state.withLock { $0.commands.append(command) } }
    fileprivate func take(_ letter: Taken) { state.withLock { $0.taken.append(letter) } }
    fileprivate func waitForRelease() {
        state.withLock { $0.holding += 1 }
        while !state.withLock({ $0.isReleased }) { usleep(2_000) }
        state.withLock { $0.holding -= 1 }
    }

    /// An address of this machine that is not loopback, where it has one.
    package static let otherAddress: String? = {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return nil }
        defer { freeifaddrs(list) }
        var next = list
        while let one = next {
            next = one.pointee.ifa_next
            guard let address = one.pointee.ifa_addr, address.pointee.sa_family == sa_family_t(AF_INET) else {
                continue
            }
            let ip = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_addr }
            let text = String(cString: inet_ntoa(ip))
            if !text.hasPrefix("127.") { return text }
        }
        return nil
    }()
}

/// One connection from greeting to farewell.
private struct Conversation {
    let client: Int32
    let script: TestMailServer.Script
    let server: TestMailServer
    private var rest: [UInt8] = []

    init(_ client: Int32, _ script: TestMailServer.Script, _ server: TestMailServer) {
        self.client = client
        self.script = script
        self.server = server
    }

    mutating func run() {
        var from = "", to = ""
        guard answer(.greeting, "220 test.example at your service") else { return }
        while let line = readLine() {
            server.note(command: line)
            let word = line.prefix { $0 != " " && $0 != ":" }.uppercased()
            switch word {
            case "EHLO":
                let lines = ["test.example"] + server.abilitiesSaid
                let text = lines.enumerated().map { "250\($0 == lines.count - 1 ? " " : "-")\($1)" }
                guard answer(.hello, text.joined(separator: "\r\n")) else { return }
            case "AUTH":
                if !line.contains("PLAIN ") {
                    write("334 \r\n")
                    _ = readLine()
                }
                guard answer(.login, "235 welcome") else { return }
            case "MAIL":
                from = line
                guard answer(.from, "250 ok") else { return }
            case "RCPT":
                to = line
                guard answer(.recipient, "250 ok") else { return }
            case "DATA":
                guard answer(.data, "354 go on") else { return }
                guard let message = readMessage() else { return }
                guard finish(TestMailServer.Taken(from: from, to: to, message: message)) else { return }
            case "QUIT":
                _ = answer(.farewell, "221 bye")
                return
            default:
                write("502 what?\r\n")
            }
        }
    }

    /// The dot is here: the letter is taken, refused, or nobody learns.
    private func finish(_ letter: TestMailServer.Taken) -> Bool {
        switch script {
        case .drop(.dot): return false
        case .hold(.dot): server.waitForRelease()
        case .reply(.dot, let reply): return write("\(reply)\r\n")
        case .accept, .reply, .drop, .hold: break
        }
        server.take(letter)
        return answer(.taken, "250 taken")
    }

    private func answer(_ stage: TestMailServer.Stage, _ usual: String) -> Bool {
        switch script {
        case .drop(stage): return false
        case .reply(stage, let reply): return write("\(reply)\r\n")
        case .hold(stage):
            server.waitForRelease()
            return write("\(usual)\r\n")
        case .accept, .reply, .drop, .hold: return write("\(usual)\r\n")
        }
    }

    @discardableResult
    private func write(_ text: String) -> Bool {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            bytes = bytes.dropFirst(count)
        }
        return true
    }

    /// The next line without its end; nil when the other side has closed.
    private mutating func readLine() -> String? {
        while true {
            if let end = rest.firstIndex(of: 0x0A) {
                let line = rest[..<end].filter { $0 != 0x0D }
                rest = Array(rest[(end + 1)...])
                return String(decoding: line, as: UTF8.self)
            }
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = recv(client, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            rest += buffer.prefix(count)
        }
    }

    private mutating func readMessage() -> String? {
        var lines: [String] = []
        while let line = readLine() {
            if line == "." { return lines.map { $0 + "\r\n" }.joined() }
            lines.append(line.hasPrefix(".") ? String(line.dropFirst()) : line)
        }
        return nil
    }
}

extension TestMailServer {
    fileprivate var abilitiesSaid: [String] { abilities }
}
