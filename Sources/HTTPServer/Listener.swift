import Glibc

/// Listening sockets that share one port, one for each loop: the kernel spreads new connections over them.
struct Listener {
    /// The sockets; who takes the listener closes them.
    private(set) var sockets: [Int32] = []
    /// The port they listen on.
    private(set) var port: UInt16

    /// Connections that may wait to be accepted, for each socket.
    private static let backlog: Int32 = 1024

    /// Opens `count` sockets on `host` and `port`.
    init(host: String, port: UInt16, count: Int) throws(ServerError) {
        self.port = port
        do {
            for _ in 0..<count { try open(host) }
        } catch {
            for socket in sockets { close(socket) }
            throw error
        }
    }

    private mutating func open(_ host: String) throws(ServerError) {
        let isIPv6 = host.contains(":")
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let fd = socket(isIPv6 ? AF_INET6 : AF_INET, kind, 0)
        guard fd >= 0 else { throw failure(host) }
        // The first socket binds alone, so that a port in use is noticed; only then may our others join it.
        let isFirst = sockets.isEmpty
        sockets.append(fd)
        try set(SO_REUSEADDR, on: fd, host)
        if !isFirst { try set(SO_REUSEPORT, on: fd, host) }
        let bound = isIPv6 ? bind6(fd, host) : bind4(fd, host)
        guard let bound else {
            throw ServerError(kind: .badAddress, code: 0, description: "\(host) is not an IP address")
        }
        guard bound == 0 else { throw failure(host) }
        if isFirst { try set(SO_REUSEPORT, on: fd, host) }
        guard listen(fd, Self.backlog) == 0 else { throw failure(host) }
        if isFirst { port = Self.port(of: fd) }
    }

    private func set(_ option: Int32, on fd: Int32, _ host: String) throws(ServerError) {
        var on: Int32 = 1
        guard unsafe setsockopt(fd, SOL_SOCKET, option, &on, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw failure(host)
        }
    }

    private func bind4(_ fd: Int32, _ host: String) -> Int32? {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard unsafe inet_pton(AF_INET, host, &address.sin_addr) == 1 else { return nil }
        return unsafe withUnsafePointer(to: address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private func bind6(_ fd: Int32, _ host: String) -> Int32? {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        guard unsafe inet_pton(AF_INET6, host, &address.sin6_addr) == 1 else { return nil }
        return unsafe withUnsafePointer(to: address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(fd, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }

    /// The port is at the same place in both kinds of address.
    private static func port(of fd: Int32) -> UInt16 {
        var address = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = unsafe getsockname(fd, $0, &size) }
        }
        return UInt16(bigEndian: address.sin6_port)
    }

    private func failure(_ host: String) -> ServerError {
        let code = errno
        let kind: ServerError.Kind =
            switch code {
            case EADDRINUSE: .portInUse
            case EADDRNOTAVAIL: .badAddress
            default: .system
            }
        return ServerError(
            kind: kind, code: code,
            description: "cannot listen on \(host) port \(port): \(unsafe String(cString: strerror(code)))")
    }
}
