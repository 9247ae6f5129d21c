import Dispatch
import Glibc

@testable import Database

/// Stands between the client and MariaDB, and cuts a connection at the COMMIT, or at the question
/// what became of it, that it was told to lose.
final class MariaDBProxy: @unchecked Sendable {  // The queue guards `losses`.
    enum Loss {
        /// The server never sees the COMMIT.
        case before
        /// The server commits; its answer gets lost.
        case after
        /// The connection is cut while the server may still be at work.
        case during
    }

    let location: DatabaseLocation
    private let path: String
    private let target: String
    private let listener: Int32
    private let queue = DispatchQueue(label: "proxy")
    private var losses: [Loss] = []
    private var lost = 0
    private var isStopped = false

    /// How many were lost.
    var count: Int { queue.sync { lost } }

    init(to address: MariaDBAddress) {
        guard let socket = address.socket else { fatalError("The tests' server has a socket.") }
        target = socket
        path = "\(TestDatabase.temporaryFolder)/proxy-\(UInt64.random(in: .min ... .max)).sock"
        var own = address
        own.socket = path
        location = .mariaDB(own)
        listener = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        _ = Self.withAddress(path) { Glibc.bind(listener, $0, $1) }
        listen(listener, 64)
        Self.thread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                if client < 0 { return }
                serve(client)
            }
        }
    }

    func lose(_ losses: Loss...) { queue.sync { self.losses += losses } }

    func stop() {
        guard
            queue.sync(execute: { () -> Bool in
                defer { isStopped = true }
                return !isStopped
            })
        else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        unlink(path)
    }

    private func serve(_ client: Int32) {
        let server = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        _ = Self.withAddress(target) { Glibc.connect(server, $0, $1) }
        let mute = DispatchSemaphore(value: 1)
        nonisolated(unsafe) var isMute = false
        @Sendable func cut() {
            shutdown(client, Int32(SHUT_RDWR))
            shutdown(server, Int32(SHUT_RDWR))
        }
        Self.thread {
            Self.pump(from: server) { bytes in
                mute.wait()
                defer { mute.signal() }
                if isMute { return false }
                return Self.write(bytes, to: client)
            }
            cut()
        }
        Self.thread { [self] in
            Self.pump(from: client) { bytes in
                guard bytes.contains("INSERT INTO transaction_markers") || bytes.contains("COMMIT"),
                    !bytes.contains("READ COMMITTED")
                else {
                    return Self.write(bytes, to: server)
                }
                let loss: Loss? = queue.sync {
                    if losses.isEmpty { return nil }
                    lost += 1
                    return losses.removeFirst()
                }
                switch loss {
                case nil: return Self.write(bytes, to: server)
                case .before: return false
                case .after:
                    // The other thread sees the answer, drops it and cuts.
                    mute.wait()
                    isMute = true
                    mute.signal()
                    return Self.write(bytes, to: server)
                case .during:
                    _ = Self.write(bytes, to: server)
                    return false
                }
            }
            cut()
        }
    }

    private static func pump(from source: Int32, _ handle: ([UInt8]) -> Bool) {
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(source, &part, part.count)
            guard count > 0, handle(Array(part.prefix(count))) else { return }
        }
    }

    private static func write(_ bytes: [UInt8], to target: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(target, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count <= 0 { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }

    private static func thread(_ body: @escaping @Sendable () -> Void) {
        DispatchQueue(label: "proxy.thread").async(execute: body)
    }
}

extension [UInt8] {
    fileprivate func contains(_ word: String) -> Bool {
        let word = Array(word.utf8)
        return count >= word.count
            && indices.dropLast(word.count - 1).contains { self[$0..<$0 + word.count].elementsEqual(word) }
    }
}
