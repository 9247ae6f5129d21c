internal import CMicrohttpd
import Glibc

/// One client's connection; belongs to its loop's thread.
@safe final class Connection {
    /// Good from the daemon's first word about the connection to its last.
    let handle: OpaquePointer
    let loop: EventLoop
    let socket: Int32
    let peer: ClientAddress
    let peerIsTrusted: Bool
    /// Where the connection stands in the loop's table.
    var index = 0
    /// The request that is being read or answered.
    private(set) var exchange: Exchange?
    /// Whether the loop watches the socket for the client leaving.
    var isWatched = false

    /// Since when there has been no request, in the loop's milliseconds.
    private var waitingSince: Int64
    /// When bytes of the next head were first noticed; at once for a new connection.
    private var headSince: Int64?

    init(handle: OpaquePointer, loop: EventLoop) {
        unsafe self.handle = handle
        self.loop = loop
        socket = unsafe cmhd_socket(handle)
        peer = unsafe cmhd_peer(handle).map { unsafe ClientAddress(socketAddress: $0) } ?? .loopback
        peerIsTrusted = loop.proxies.contains(peer)
        waitingSince = loop.now
        headSince = loop.now
    }

    /// A request line has been read.
    func begin(target: UnsafePointer<CChar>) {
        exchange = unsafe Exchange(connection: self, target: target)
    }

    /// The answer is sent, or the connection lost.
    func complete() {
        exchange?.end()
        exchange = nil
        waitingSince = loop.now
        headSince = nil
    }

    /// Makes the daemon notice that the connection is over.
    func cut() {
        shutdown(socket, Int32(SHUT_RDWR))
    }

    /// Cuts a connection whose client has been sending a head for too long.
    ///
    /// The daemon does not say when a head begins, so the kernel is asked when the client last sent something.
    func checkHead() {
        let now = loop.now
        if headSince == nil, now - waitingSince >= EventLoop.sweepMilliseconds {
            let age = cmhd_since_data(socket)
            if age >= 0 && now - age > waitingSince + Self.clockMilliseconds { headSince = now }
        }
        if let headSince, now - headSince >= loop.headMilliseconds { cut() }
    }

    /// How far the coarse clock and the kernel's may be apart.
    private static let clockMilliseconds: Int64 = 50
}
