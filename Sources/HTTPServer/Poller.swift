internal import CMicrohttpd
import Glibc

/// The epoll set of one loop: the daemon's own set, a wake-up, and the sockets of clients that wait for long.
///
/// Belongs to the loop's thread, but for ``wake()``.
@safe final class Poller: Sendable {
    private let epoll: Int32
    private let wakeUp: Int32

    init() throws(ServerError) {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeUp = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard epoll >= 0, wakeUp >= 0, add(wakeUp, for: EPOLLIN) else {
            throw ServerError(
                kind: .system, code: errno,
                description: "cannot make an event loop: \(unsafe String(cString: strerror(errno)))")
        }
    }

    deinit {
        if epoll >= 0 { close(epoll) }
        if wakeUp >= 0 { close(wakeUp) }
    }

    /// Ends the wait when `daemon` has something to do.
    func watch(daemon: Int32) -> Bool {
        add(daemon, for: EPOLLIN)
    }

    /// Ends the wait when the client at the other end of `socket` leaves.
    func watchForLeaving(_ socket: Int32) -> Bool {
        add(socket, for: EPOLLRDHUP)
    }

    /// Stops watching; must happen before the socket is closed, as its number may be used again.
    func unwatch(_ socket: Int32) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nil)
    }

    /// Ends the wait that runs or the next one; any thread may call it.
    func wake() {
        var one: UInt64 = 1
        // A full counter would refuse the write, and is itself a wake-up.
        _ = unsafe write(wakeUp, &one, 8)
    }

    /// Waits for at most `milliseconds`.
    ///
    /// - Returns: Watched sockets whose client has left.
    func wait(milliseconds: Int32, daemon: Int32) -> [Int32] {
        var left: [Int32] = []
        unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: 64) { ready in
            let count = unsafe cmhd_epoll_wait(epoll, ready.baseAddress!, 64, milliseconds)
            for index in 0..<max(Int(count), 0) {
                switch unsafe ready[index] {
                case daemon: break
                case wakeUp:
                    var value: UInt64 = 0
                    _ = unsafe read(wakeUp, &value, 8)
                case let socket: left.append(socket)
                }
            }
        }
        return left
    }

    private func add(_ file: Int32, for events: EPOLL_EVENTS) -> Bool {
        cmhd_epoll_add(epoll, file, events.rawValue) == 0
    }
}
