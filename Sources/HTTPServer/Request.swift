/// One request, complete with its body: a value that stays good after the connection is gone.
package struct Request: Sendable {
    /// The method; a HEAD request arrives as ``Method/get``, the server leaves the body out.
    package let method: Method
    /// Whether the client wants the head of the answer only.
    package let isHead: Bool
    /// The path: percent-decoded, UTF-8, no control characters; begins with `/` (or is `*` alone, for OPTIONS).
    package let path: String
    /// What follows the question mark.
    package let query: Query
    /// The body; empty when there is none, never longer than ``ServerConfiguration/bodyLimit``.
    package let body: [UInt8]
    /// Who asks: the other end of the socket, or who stood before our trusted proxies.
    package let client: ClientAddress
    /// Whether the client spoke TLS to a trusted proxy (`X-Forwarded-Proto`).
    package let isSecure: Bool
    private let headers: HeaderBlock

    /// A request that came over no socket, for tests of routes; `query` is encoded as in an address.
    package init(
        method: Method = .get, path: String, query: Query = "", headers: [(name: String, value: String)] = [],
        body: [UInt8] = [], client: ClientAddress = .loopback, isSecure: Bool = false
    ) {
        self.init(
            method: method, path: path, query: query, headers: HeaderBlock(headers), body: body, client: client,
            isSecure: isSecure)
    }

    init(
        method: Method, path: String, query: Query, headers: HeaderBlock, body: [UInt8], client: ClientAddress,
        isSecure: Bool
    ) {
        isHead = method == .head
        self.method = isHead ? .get : method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.client = client
        self.isSecure = isSecure
    }

    /// The first value of the header called `name`, whatever its case.
    package func header(_ name: String) -> String? {
        headers.first(name)
    }

    /// The value of the first cookie called `name`; names of cookies have a case.
    package func cookie(_ name: String) -> String? {
        for line in headers.all("cookie") {
            for pair in line.split(separator: ";") {
                let pair = pair.trimmed
                guard let equals = pair.firstIndex(of: "="), pair[..<equals].trimmed == name else { continue }
                let value = pair[pair.index(after: equals)...].trimmed
                let isQuoted = value.utf8.count >= 2 && value.first == "\"" && value.last == "\""
                return String(isQuoted ? value.dropFirst().dropLast() : value)
            }
        }
        return nil
    }

    /// The body as a form; no body and no content type is a form without fields.
    ///
    /// - Throws: ``FormError`` when it is of another type or breaks a limit.
    package func form() throws(FormError) -> Form {
        guard let type = header("content-type") else {
            guard body.isEmpty else { throw .notAForm }
            return try Form([])
        }
        let essence = type.prefix { $0 != ";" }.trimmed
        guard essence.lowercased() == "application/x-www-form-urlencoded" else { throw .notAForm }
        return try Form(body)
    }

    /// The body as a form that may bring files.
    ///
    /// - Throws: ``FormError`` when it is of another type or breaks a limit.
    package func formWithFiles() throws(FormError) -> Form {
        guard let type = header("content-type"), let boundary = Form.boundary(in: type) else { return try form() }
        return try Form(multipart: body, boundary: boundary)
    }

    /// Whether the client holds what `etag` names (`If-None-Match`; compared weakly, RFC 9110, section 13.1.2).
    package func alreadyHas(etag: String) -> Bool {
        let wanted = Self.opaque(etag[...])
        return headers.all("if-none-match").contains { line in
            line.split(separator: ",").contains { $0.trimmed == "*" || Self.opaque($0.trimmed) == wanted }
        }
    }

    /// Whether the client takes gzip (`Accept-Encoding`).
    var acceptsGzip: Bool {
        guard let value = headers.first("accept-encoding") else { return false }
        // What every browser sends.
        if value.hasPrefix("gzip,") || value == "gzip" { return true }
        for coding in value.split(separator: ",") {
            let parts = coding.split(separator: ";").map(\.trimmed)
            guard let name = parts.first?.lowercased(), name == "gzip" || name == "x-gzip" || name == "*" else {
                continue
            }
            return !parts.dropFirst().contains { Self.isRefusal($0) }
        }
        return false
    }

    /// Whether `parameter` is a weight of nothing: `q=0`, `q=0.000`.
    private static func isRefusal(_ parameter: Substring) -> Bool {
        let weight = parameter.lowercased()
        return weight.hasPrefix("q=0") && !weight.dropFirst(2).contains { $0 >= "1" && $0 <= "9" }
    }

    private static func opaque(_ etag: Substring) -> Substring {
        etag.hasPrefix("W/") ? etag.dropFirst(2) : etag
    }
}
