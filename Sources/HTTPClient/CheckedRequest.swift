internal import CCurl

/// A request that may be sent: its parts are well-formed and its address is one we talk to.
struct CheckedRequest: Sendable {
    let request: OutboundRequest
    /// The only scheme libcurl may use for it: `"https"`, or `"http"` for a simulator.
    let scheme: String
    /// The lines that libcurl gets, including those that switch off what it would add by itself.
    let headerLines: [String]

    /// Plain HTTP never leaves this machine, whatever a name resolves to.
    var mustStayOnThisMachine: Bool { scheme == "http" }

    /// - Throws: `forbidden`, in words that do not repeat the values.
    init(_ request: OutboundRequest, _ configuration: ClientConfiguration) throws(OutboundError) {
        self.request = request
        guard CheckedRequest.isMethod(request.method) else { throw .forbidden("The method is not allowed.") }
        guard request.body.isEmpty || !["GET", "HEAD"].contains(request.method) else {
            throw .forbidden("A \(request.method) request has no body.")
        }
        guard request.body.count <= 8 << 20 else { throw .forbidden("The body is longer than 8 MiB.") }
        guard request.maxResponseBytes >= 0 else { throw .forbidden("The answer cannot have less than 0 bytes.") }
        scheme = try CheckedRequest.scheme(of: request.url, configuration)
        headerLines = try CheckedRequest.lines(request)
    }

    private static func isMethod(_ method: String) -> Bool {
        (1...16).contains(method.utf8.count) && method.utf8.allSatisfy { (0x41...0x5A).contains($0) }
            && method != "CONNECT" && method != "TRACE"
    }

    private static func scheme(
        of url: String, _ configuration: ClientConfiguration
    ) throws(OutboundError) -> String {
        guard url.utf8.count <= 8192, url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .forbidden("The address is longer than 8 KiB or holds bytes that addresses do not have.")
        }
        guard let parsed = ParsedURL(url), let host = parsed.part(CURLUPART_HOST)?.lowercased() else {
            throw .forbidden("The address is not well-formed.")
        }
        guard parsed.part(CURLUPART_USER) == nil, parsed.part(CURLUPART_PASSWORD) == nil else {
            throw .forbidden("The address holds a user name or a password.")
        }
        switch parsed.part(CURLUPART_SCHEME) {
        case "https":
            return "https"
        case "http" where configuration.allowPlainHTTPToLoopback && isThisMachine(host):
            return "http"
        case "http":
            throw .forbidden("Plain http:// is not allowed to this host.")
        default:
            throw .forbidden("The address is not https://.")
        }
    }

    /// libcurl has already turned other spellings of numbers (`0x7f.1`) into four decimal parts.
    static func isThisMachine(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return host == "localhost" || host == "[::1]" || (parts.count == 4 && !parts.contains(nil) && parts[0] == 127)
    }

    /// These say where the message goes, where it ends or who may send it again; only libcurl and we set them.
    private static let ours: Set<String> = [
        "connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization", "proxy-connection",
        "te", "trailer", "transfer-encoding", "upgrade",
    ]

    private static func lines(_ request: OutboundRequest) throws(OutboundError) -> [String] {
        guard request.headers.count <= 64 else { throw .forbidden("There are more than 64 header fields.") }
        // "Name:" stops libcurl from adding the field. A 417 to an `Expect` would make it send the body again.
        var lines = ["Expect:"]
        var byteCount = 0
        for (name, value) in request.headers {
            guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte) else {
                throw .forbidden("The name of a header field is not well-formed.")
            }
            guard !ours.contains(name.lowercased()) else {
                throw .forbidden("The header field \(name.lowercased()) is not the caller's to set.")
            }
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw .forbidden("The value of the header field \(name.lowercased()) holds control characters.")
            }
            byteCount += name.utf8.count + value.utf8.count + 4
            // libcurl reads "Name:" as a removal, and sends "Name;" as a field without a value.
            let isBlank = value.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 }
            lines.append(isBlank ? "\(name);" : "\(name): \(value)")
        }
        guard byteCount <= 16_384 else { throw .forbidden("The header fields are longer than 16 KiB.") }
        if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            lines.append("Content-Type:")
        }
        return lines
    }

    /// RFC 9110, section 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

extension OutboundError {
    fileprivate static func forbidden(_ message: String) -> OutboundError {
        OutboundError(kind: .forbidden, message: message)
    }
}

/// An address as libcurl reads it, so that what was checked is what is used.
@safe struct ParsedURL: ~Copyable {
    private let handle: OpaquePointer

    init?(_ text: String) {
        guard let handle = unsafe curl_url() else { return nil }
        guard unsafe curl_url_set(handle, CURLUPART_URL, text, 0) == CURLUE_OK else {
            unsafe curl_url_cleanup(handle)
            return nil
        }
        unsafe self.handle = unsafe handle
    }

    deinit { unsafe curl_url_cleanup(handle) }

    func part(_ part: CURLUPart) -> String? {
        var value: UnsafeMutablePointer<CChar>?
        guard unsafe curl_url_get(handle, part, &value, 0) == CURLUE_OK, let value = unsafe value else { return nil }
        defer { unsafe curl_free(value) }
        return unsafe String(cString: value)
    }
}
