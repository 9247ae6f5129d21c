/// An answer to a request.
package struct Response: Sendable {
    /// The status code, 200 to 599.
    package var status: Int
    /// Headers in the order they are sent. The server adds `Date`, `Content-Length`, `Connection` and, for what it
    /// compresses, `Content-Encoding` and `Vary`; a header it cannot send (a line break in it) makes the answer a 500.
    package var headers: [(name: String, value: String)]
    /// What follows the head; not sent to HEAD requests.
    package var body: Body

    /// What an answer holds.
    package enum Body: Sendable {
        /// Nothing.
        case empty
        /// Bytes in memory, sent without copying them.
        case bytes(SharedBytes)
        /// The first `length` bytes of a file, sent by the kernel.
        case file(path: String, length: Int)
        /// Server-sent events, for as long as both sides like.
        case events(EventStream)
        /// Bytes that are made while they are sent, at the client's pace.
        case stream(ByteStream)
        /// No answer at all: the connection is closed. For a simulated provider whose answer is lost.
        case cut
    }

    /// An answer of these parts.
    package init(status: Int = 200, headers: [(name: String, value: String)] = [], body: Body = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Plain text.
    package static func text(_ text: String, status: Int = 200) -> Response {
        Response(
            status: status, headers: [("Content-Type", "text/plain; charset=utf-8")],
            body: .bytes(SharedBytes([UInt8](text.utf8))))
    }

    /// A page that is kept and sent many times.
    package static func html(_ page: SharedBytes, status: Int = 200) -> Response {
        Response(status: status, headers: [("Content-Type", "text/html; charset=utf-8")], body: .bytes(page))
    }

    /// A page made for this request.
    package static func html(_ page: [UInt8], status: Int = 200) -> Response {
        .html(SharedBytes(page), status: status)
    }

    /// A JSON text.
    package static func json(_ text: [UInt8], status: Int = 200) -> Response {
        Response(
            status: status, headers: [("Content-Type", "application/json")], body: .bytes(SharedBytes(text)))
    }

    /// Sends the client elsewhere; 303 turns a POST into a GET (RFC 9110, section 15.4.4).
    package static func redirect(to location: String, status: Int = 303) -> Response {
        Response(status: status, headers: [("Location", location)])
    }

    /// Tells the client to use what it has.
    package static func notModified(_ etag: String) -> Response {
        Response(status: 304, headers: [("ETag", etag)])
    }

    /// Server-sent events; never cached, never compressed.
    package static func events(_ stream: EventStream) -> Response {
        Response(
            headers: [
                ("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"), ("X-Accel-Buffering", "no"),
            ], body: .events(stream))
    }

    /// The first value of the header called `name`, whatever its case.
    package func header(_ name: String) -> String? {
        for header in headers where header.name.utf8.count == name.utf8.count {
            if header.name.utf8.elementsEqual(name.utf8, by: { $0.asciiLowercased == $1.asciiLowercased }) {
                return header.value
            }
        }
        return nil
    }
}
