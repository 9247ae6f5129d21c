internal import CMicrohttpd
import Glibc

/// Turns a ``Response`` into libmicrohttpd's.
enum Answer {
    /// Hands `response` to the daemon; 500 takes its place when it cannot be sent as it is.
    static func queue(_ response: Response, on exchange: Exchange) -> MHD_Result {
        let response = compressed(response, for: exchange.request)
        var status = response.status
        var handle = unsafe make(response, on: exchange)
        if unsafe handle == nil {
            status = 500
            unsafe handle = make(.text("The server made an answer that cannot be sent.\n"), on: exchange)
        }
        guard let handle = unsafe handle else { return .NO }
        defer { unsafe MHD_destroy_response(handle) }
        return unsafe MHD_queue_response(exchange.connection.handle, UInt32(status), handle)
    }

    /// `response` in gzip's coding where that helps and the client takes it.
    ///
    /// A strong entity tag becomes weak: the bytes are no longer those it names (RFC 9110, section 8.8.1).
    static func compressed(_ response: Response, for request: Request?) -> Response {
        guard case .bytes(let bytes) = response.body, bytes.bytes.count > Gzip.smallestBody, let request,
            let type = response.header("Content-Type"), Gzip.helps(type),
            response.header("Content-Encoding") == nil,
            response.header("Cache-Control")?.contains("no-transform") != true
        else { return response }
        var response = response
        response.headers.append(("Vary", "Accept-Encoding"))
        guard request.acceptsGzip, let shorter = bytes.gzipped else { return response }
        response.body = .bytes(shorter)
        response.headers.append(("Content-Encoding", "gzip"))
        for index in response.headers.indices where response.headers[index].name == "ETag" {
            let etag = response.headers[index].value
            if !etag.hasPrefix("W/") { response.headers[index].value = "W/" + etag }
        }
        return response
    }

    /// The daemon's response with its headers, or `nil` when something in it cannot be sent.
    private static func make(_ response: Response, on exchange: Exchange) -> OpaquePointer? {
        guard (200...599).contains(response.status), let handle = unsafe makeBody(response.body, on: exchange) else {
            return nil
        }
        for header in response.headers {
            guard unsafe MHD_add_response_header(handle, header.name, header.value) == .YES else {
                unsafe MHD_destroy_response(handle)
                return nil
            }
        }
        return unsafe handle
    }

    private static func makeBody(_ body: Response.Body, on exchange: Exchange) -> OpaquePointer? {
        switch body {
        case .empty:
            return unsafe MHD_create_response_from_buffer(0, nil, .RESPMEM_PERSISTENT)
        case .bytes(let shared):
            return unsafe lend(shared)
        case .file(let path, let length):
            let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { return nil }
            // The file became the daemon's unless there is no response.
            guard lseek(file, 0, SEEK_END) >= length,
                let handle = unsafe MHD_create_response_from_fd64(UInt64(length), file)
            else {
                close(file)
                return nil
            }
            return unsafe handle
        case .events:
            return unsafe MHD_create_response_from_callback(
                UInt64.max, 4096,
                { context, _, buffer, most in
                    unsafe Unmanaged<Exchange>.fromOpaque(context!)._withUnsafeGuaranteedRef {
                        unsafe $0.readStream(into: UnsafeMutableRawBufferPointer(start: buffer, count: most))
                    }
                }, Unmanaged.passRetained(exchange).toOpaque(),
                { unsafe Unmanaged<Exchange>.fromOpaque($0!).release() })
        }
    }

    /// Lets the daemon send the bytes as they lie: an array that nobody changes and somebody keeps does not move, and
    /// the daemon keeps `shared` until it frees the response.
    private static func lend(_ shared: SharedBytes) -> OpaquePointer? {
        unsafe shared.bytes.withUnsafeBytes { bytes in
            let keeper = unsafe Unmanaged.passRetained(shared)
            let handle = unsafe MHD_create_response_from_buffer_with_free_callback_cls(
                bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress),
                { unsafe Unmanaged<SharedBytes>.fromOpaque($0!).release() }, keeper.toOpaque())
            if unsafe handle == nil { unsafe keeper.release() }
            return unsafe handle
        }
    }
}
