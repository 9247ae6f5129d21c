import Database
import Dispatch
import Glibc

/// Stands between a client and MariaDB, and cuts connections: at the COMMIT, or at the question what became of it, that
/// it was told to lose, or by chance.
package final class MariaDBProxy: @unchecked Sendable {  // The queue guards `state`.
    package enum Loss: CaseIterable, Sendable {
        /// The server never sees the COMMIT.
        case before
        /// The server commits; its answer gets lost.
        case after
        /// The connection is cut while the server may still be at work; an answer gets lost.
        case during
    }

    /// How often a connection is cut by chance, from 0 to 1.
    package struct Chances: Sendable {
        /// For each COMMIT, and each question what became of one.
        package var commit = 0.0
        /// For each other request.
        package var request = 0.0

        package init(commit: Double = 0, request: Double = 0) {
            self.commit = commit
            self.request = request
        }
    }

    private struct State {
        var losses: [Loss] = []
        var chances = Chances()
        var words: (text: String, loss: Loss)?
        var lost = 0
        var commitsLost = 0
        var links: [Int: Link] = [:]
        var next = 0
        var isStopped = false
    }

    package let location: DatabaseLocation
    /// Its own socket.
    package let path: String
    private let target: String
    private let listener: Int32
    private let queue = DispatchQueue(label: "proxy")
    private var state = State()

    /// How many requests were lost, and how many of them were COMMITs.
    package var count: Int { queue.sync { state.lost } }
    package var commitCount: Int { queue.sync { state.commitsLost } }

    /// - Parameter folder: Where the proxy's own socket lies.
    package init(to address: MariaDBAddress, folder: String) {
        guard let socket = address.socket else { fatalError("The tests' server has a socket.") }
        target = socket
        path = "\(folder)/proxy-\(UInt32.random(in: .min ... .max)).sock"
        var own = address
        own.socket = path
        location = .mariaDB(own)
        listener = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard withAddress(path, { Glibc.bind(listener, $0, $1) }) == 0, listen(listener, 64) == 0 else {
            fatalError("The proxy cannot listen at \(path).")
        }
        thread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                if client < 0 { return }
                serve(client)
            }
        }
    }

    package func lose(_ losses: Loss...) { queue.sync { state.losses += losses } }

    /// Cuts by chance from now on.
    package func lose(by chances: Chances) { queue.sync { state.chances = chances } }

    /// Loses every request that holds `words` from now on; none any more without them.
    package func lose(_ loss: Loss, requestsWith words: String?) {
        queue.sync { state.words = words.map { ($0, loss) } }
    }

    /// Cuts every connection that is open now.
    ///
    /// - Returns: How many there were.
    @discardableResult
    package func cutAll() -> Int {
        let links = queue.sync { () -> [Link] in
            state.lost += state.links.count
            return Array(state.links.values)
        }
        for link in links { link.cut() }
        return links.count
    }

    package func stop() {
        let isFirst = queue.sync { () -> Bool in
            defer { state.isStopped = true }
            return !state.isStopped
        }
        guard isFirst else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        unlink(path)
    }

    private func serve(_ client: Int32) {
        let server = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard withAddress(target, { Glibc.connect(server, $0, $1) }) == 0 else {
            close(server)
            close(client)
            return
        }
        let link = Link(client: client, server: server)
        let number = queue.sync { () -> Int in
            state.next += 1
            state.links[state.next] = link
            return state.next
        }
        thread { [self] in
            pump(from: server) { link.answer($0) }
            end(link, number)
        }
        thread { [self] in
            pump(from: client) { bytes in
                switch loss(of: bytes) {
                case nil: return write(bytes, to: server)
                case .before: return false
                case .after:
                    // The other thread sees the answer, drops it and cuts.
                    link.mute()
                    return write(bytes, to: server)
                case .during:
                    // Else a quick server's answer comes through before the cut, and nothing was lost.
                    link.mute()
                    _ = write(bytes, to: server)
                    return false
                }
            }
            end(link, number)
        }
    }

    private func end(_ link: Link, _ number: Int) {
        link.end()
        queue.sync { state.links[number] = nil }
    }

    /// What is to become of a request.
    private func loss(of bytes: [UInt8]) -> Loss? {
        let isCommit =
            (bytes.contains("INSERT INTO transaction_markers") || bytes.contains("COMMIT"))
            && !bytes.contains("READ COMMITTED")
        return queue.sync {
            if let words = state.words, bytes.contains(words.text) {
                state.lost += 1
                return words.loss
            }
            if isCommit, !state.losses.isEmpty {
                state.lost += 1
                state.commitsLost += 1
                return state.losses.removeFirst()
            }
            let chance = isCommit ? state.chances.commit : state.chances.request
            guard chance > 0, Double.random(in: 0..<1) < chance else { return nil }
            state.lost += 1
            if isCommit { state.commitsLost += 1 }
            return Loss.allCases.randomElement()
        }
    }
}

/// One connection through the proxy; its two threads end it together.
private final class Link: @unchecked Sendable {  // The semaphore guards what changes.
    private let client: Int32
    private let server: Int32
    private let guarding = DispatchSemaphore(value: 1)
    private var isMute = false
    private var ends = 0

    init(client: Int32, server: Int32) {
        self.client = client
        self.server = server
    }

    func mute() { locked { isMute = true } }

    func answer(_ bytes: [UInt8]) -> Bool { locked { isMute ? false : write(bytes, to: client) } }

    func cut() {
        locked {
            guard ends < 2 else { return }
            shutdown(client, Int32(SHUT_RDWR))
            shutdown(server, Int32(SHUT_RDWR))
        }
    }

    /// Called by each thread at its end; the second one closes.
    func end() {
        cut()
        locked {
            ends += 1
            guard ends == 2 else { return }
            close(client)
            close(server)
        }
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        guarding.wait()
        defer { guarding.signal() }
        return body()
    }
}

private func pump(from source: Int32, _ handle: ([UInt8]) -> Bool) {
    var part = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = read(source, &part, part.count)
        guard count > 0, handle(Array(part.prefix(count))) else { return }
    }
}

private func write(_ bytes: [UInt8], to target: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { send(target, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if count <= 0 { return false }
        rest = rest.dropFirst(count)
    }
    return true
}

private func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
}

private func thread(_ body: @escaping @Sendable () -> Void) {
    DispatchQueue(label: "proxy.thread").async(execute: body)
}

extension [UInt8] {
    fileprivate func contains(_ word: String) -> Bool {
        let word = Array(word.utf8)
        return count >= word.count
            && indices.dropLast(word.count - 1).contains { self[$0..<$0 + word.count].elementsEqual(word) }
    }
}
