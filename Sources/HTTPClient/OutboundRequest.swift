/// A request to another party's server, checked when it is sent.
package struct OutboundRequest: Sendable {
    /// What carrying it out twice would mean; decides how it travels.
    package enum Effect: Sendable, Equatable {
        /// Repeating is harmless: connections are reused, and a request that never left is tried once more.
        case asks
        /// Money or messages may move: sent at most once, on a connection made for it alone.
        case acts
    }

    /// Capital letters, for example `"POST"`. Not `CONNECT` or `TRACE`.
    package var method: String
    /// An absolute `https://` address in ASCII, at most 8 KiB, without a user name or a password.
    package var url: String
    /// At most 64 fields and 16 KiB. Those that frame the message (`Host`, `Content-Length`, …) are refused.
    package var headers: [(name: String, value: String)]
    /// At most 8 MiB; sent with its length, never in chunks.
    package var body: [UInt8]
    /// From the call of `send` to the last byte of the answer, waiting for a free place included.
    package var timeout: Duration
    /// Whether the request asks or acts.
    package var effect: Effect
    /// A longer answer is an error (`tooLarge`).
    package var maxResponseBytes: Int

    /// - Parameters: See the properties.
    package init(
        method: String, url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        timeout: Duration, effect: Effect, maxResponseBytes: Int = 262_144
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.effect = effect
        self.maxResponseBytes = maxResponseBytes
    }
}

/// A complete answer, whatever its status: "404" and "500" are answers too.
package struct OutboundResponse: Sendable {
    /// 200 to 599.
    package var status: Int
    /// In the order received, names in lower case.
    package var headers: [(name: String, value: String)]
    /// As received: no encoding is asked for and none is undone.
    package var body: [UInt8]

    /// - Parameters: See the properties.
    package init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// - Returns: The value of the first field called `name`, in any case.
    package func header(_ name: String) -> String? {
        let name = name.lowercased()
        return headers.first { $0.name == name }?.value
    }
}
