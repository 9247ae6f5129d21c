internal import Glibc

/// How a client behaves towards everybody it talks to.
package struct ClientConfiguration: Sendable {
    /// Where a connection may lead; asked for each socket, after names were resolved.
    package enum Addresses: Sendable, Equatable {
        /// Anywhere, also to this machine and its network.
        case any
        /// Only to public addresses: for addresses that strangers may choose, such as those of webhooks.
        case publicOnly
    }

    /// A PEM file of certificates to trust instead of the system's. Otherwise the file named by the environment's
    /// `SSL_CERT_FILE` when the client is made, or else libcurl's own.
    package var caFile: String?
    /// For simulators: `http://` is allowed to 127.0.0.0/8, ::1 and `localhost`, and nowhere else.
    package var allowPlainHTTPToLoopback: Bool
    /// Where connections may lead.
    package var addresses: Addresses
    /// How many requests are under way at once; the next ones wait in order.
    package var maxInFlight: Int
    /// How many requests may wait; one more is refused at once.
    package var maxWaiting: Int
    /// For resolving the name, connecting and TLS together; the request's own timeout may be shorter.
    package var connectTimeout: Duration
    /// The `User-Agent` of requests that name none.
    package var userAgent: String

    /// - Parameters: See the properties.
    package init(
        caFile: String? = nil, allowPlainHTTPToLoopback: Bool = false, addresses: Addresses = .any,
        maxInFlight: Int = 64, maxWaiting: Int = 1024, connectTimeout: Duration = .seconds(10),
        userAgent: String = "Duka"
    ) {
        precondition(maxInFlight > 0 && maxWaiting >= 0 && connectTimeout > .zero)
        self.caFile = caFile
        self.allowPlainHTTPToLoopback = allowPlainHTTPToLoopback
        self.addresses = addresses
        self.maxInFlight = maxInFlight
        self.maxWaiting = maxWaiting
        self.connectTimeout = connectTimeout
        self.userAgent = userAgent
    }

    /// The file of trusted certificates to name to libcurl, which does not look at `SSL_CERT_FILE` by itself.
    var effectiveCAFile: String? {
        if let caFile { return caFile }
        guard let value = unsafe getenv("SSL_CERT_FILE") else { return nil }
        let path = unsafe String(cString: value)
        return path.isEmpty ? nil : path
    }
}
