internal import CMicrohttpd
import Glibc

/// One libmicrohttpd daemon without threads of its own: it works when its loop calls ``run()``.
///
/// Belongs to the loop's thread once that runs.
@safe final class Daemon {
    private let handle: OpaquePointer
    /// The epoll set that is ready when ``run()`` has something to do.
    let epoll: Int32
    private var isStopped = false
    /// Bytes of memory for each connection; the head of a request has to fit.
    private static let connectionBytes = 16 * 1024

    /// Whether this library hides NULs and lone LFs in headers; from 1.0 on it refuses them itself.
    static let endsLinesWithNULs = unsafe strncmp(MHD_get_version(), "0.", 2) == 0

    /// Starts a daemon that accepts from `listener`, which becomes the daemon's.
    ///
    /// `loop` has to outlive the daemon.
    init(takingOwnershipOf listener: Int32, loop: EventLoop, configuration: ServerConfiguration) throws(ServerError) {
        let connections = max(1, (configuration.maxConnections + configuration.loops - 1) / configuration.loops)
        let handle = unsafe cmhd_start(
            listener, UInt32(connections), UInt32(configuration.idleSeconds), Self.connectionBytes,
            Unmanaged.passUnretained(loop).toOpaque(), Self.access, Self.target, Self.completed, Self.connection)
        guard let handle = unsafe handle else {
            close(listener)
            throw ServerError(kind: .system, code: errno, description: "libmicrohttpd does not start")
        }
        unsafe self.handle = handle
        epoll = unsafe cmhd_epoll(handle)
    }

    deinit { stop() }

    /// Closes every connection, of which none may be suspended; nothing else may be called afterwards.
    func stop() {
        guard !isStopped else { return }
        isStopped = true
        unsafe MHD_stop_daemon(handle)
    }

    /// Milliseconds after which ``run()`` has something to do anyway, `nil` when there is no such moment.
    var timeoutMilliseconds: UInt64? {
        var timeout: UInt64 = 0
        return unsafe MHD_get_timeout(handle, &timeout) == .YES ? timeout : nil
    }

    /// Serves what is ready; never waits.
    func run() {
        // The answer is NO only for a daemon of another mode.
        _ = unsafe MHD_run(handle)
    }

    /// Stops accepting; connections that stand are served on.
    func stopAccepting() {
        let listener = unsafe MHD_quiesce_daemon(handle)
        if listener >= 0 { close(listener) }
    }

    // MARK: - What the daemon calls, always inside `run()` or `stop()`, so always on the loop's thread

    private static let connection: MHD_NotifyConnectionCallback = { loop, handle, context, event in
        guard let loop = unsafe loop, let handle = unsafe handle, let context = unsafe context else { return }
        switch event {
        case .CONNECTION_NOTIFY_STARTED:
            let loop = unsafe Unmanaged<EventLoop>.fromOpaque(loop).takeUnretainedValue()
            let connection = unsafe Connection(handle: handle, loop: loop)
            loop.add(connection)
            // The loop's table keeps the connection until the event below.
            unsafe context.pointee = Unmanaged.passUnretained(connection).toOpaque()
        default:
            guard let pointer = unsafe context.pointee else { return }
            let connection = unsafe Unmanaged<Connection>.fromOpaque(pointer).takeUnretainedValue()
            connection.loop.remove(connection)
        }
    }

    /// Called with the raw target as soon as the request line stands; what it returns identifies the request below.
    private static let target: cmhd_target_callback = { _, target, handle in
        guard let target = unsafe target, let handle = unsafe handle, let context = unsafe cmhd_context(handle) else {
            return nil
        }
        unsafe Unmanaged<Connection>.fromOpaque(context)._withUnsafeGuaranteedRef { connection in
            unsafe connection.begin(target: target)
        }
        return unsafe context
    }

    private static let access: MHD_AccessHandlerCallback = { _, _, _, method, version, data, size, request in
        guard let method = unsafe method, let version = unsafe version, let size = unsafe size,
            let context = unsafe request?.pointee
        else { return .NO }
        return unsafe Unmanaged<Connection>.fromOpaque(context)._withUnsafeGuaranteedRef { connection in
            guard let exchange = connection.exchange else { return .NO }
            guard exchange.phase != .head else {
                return unsafe exchange.receiveHead(method: method, version: version)
            }
            guard let data = unsafe data, unsafe size.pointee > 0 else { return exchange.receiveEnd() }
            let result = unsafe exchange.receiveBody(UnsafeRawBufferPointer(start: data, count: size.pointee))
            unsafe size.pointee = 0
            return result
        }
    }

    private static let completed: MHD_RequestCompletedCallback = { _, _, request, _ in
        guard let context = unsafe request?.pointee else { return }
        unsafe request?.pointee = nil
        unsafe Unmanaged<Connection>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.complete() }
    }
}
