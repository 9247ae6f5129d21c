import Glibc

/// How the server listens, and every limit it keeps.
package struct ServerConfiguration: Sendable {
    /// The address to listen on: IPv4, or IPv6 (has a colon); not a name.
    package var host = "127.0.0.1"
    /// The port to listen on; 0 takes any that is free.
    package var port: UInt16 = 8080
    /// Threads that serve, each with its own connections; half the cores, at most 4, as the kernel, the database and
    /// whoever stands in front need cores too.
    package var loops = max(1, min(4, sysconf(Int32(_SC_NPROCESSORS_ONLN)) / 2))
    /// Most connections over all loops; more wait in the kernel's queue.
    package var maxConnections = 4096
    /// Longest body in bytes, asked once per request with its decoded path.
    package var bodyLimit: @Sendable (_ method: Method, _ path: String) -> Int = { _, _ in 16 * 1024 }
    /// Bytes from which a body is large: of such a loop takes ``largeBodies`` at a time, and more are told to try
    /// later.
    package var largeBodyBytes = 256 * 1024
    /// Most large bodies that a loop takes at a time.
    package var largeBodies = 4
    /// Seconds a client has to send the head of a request, in total.
    package var headSeconds = 10
    /// Seconds a client has to send the body after the head, in total; one more for each 64 KiB that the address
    /// takes.
    package var bodySeconds = 20
    /// Seconds a handler has; then it is cancelled and the client told to try later. Streams of events have no limit.
    package var handlerSeconds = 30
    /// Seconds without a byte after which a connection is closed.
    package var idleSeconds = 30
    /// Seconds between comments on a stream of events.
    package var heartbeatSeconds = 15
    /// Seconds that running answers have when the server stops.
    package var stopSeconds = 10
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    package var trustedProxies: [AddressRange] = []

    /// The defaults.
    /// Asked before the handler, on the loop, for answers that are kept in memory; `nil` when there is none. It must
    /// not wait for anything, and saves such a request the cost of a task.
    package var quickAnswer: @Sendable (Request) -> Response? = { _ in nil }

    package init() {}
}
