internal import CMicrohttpd
import Glibc

/// Turns a ``Response`` into libmicrohttpd's.
enum Answer {
    /// Hands `response` to the daemon; 500 takes its place when it cannot be sent as it is.
    static func queue(_ response: Response, on exchange: Exchange) -> MHD_Result {
        guard case .bytes(let bytes) = response.body, !exchange.loop.isStopping else {
            return make(response, acceptsGzip: false, on: exchange)
        }
        let acceptsGzip = bytes.bytes.count > Gzip.smallestBody && exchange.request?.acceptsGzip == true
        guard bytes.wasSent.load(ordering: .relaxed) else {
            bytes.wasSent.store(true, ordering: .relaxed)
            return make(response, acceptsGzip: acceptsGzip, on: exchange)
        }
        let loop = exchange.loop
        if let answer = loop.prepared.find(response, bytes, acceptsGzip: acceptsGzip) {
            return answer.queue(on: exchange.connection, status: response.status)
        }
        return make(response, acceptsGzip: acceptsGzip, on: exchange) { answer in
            loop.prepared.keep(answer, for: response, bytes, acceptsGzip: acceptsGzip)
        }
    }

    private static func make(
        _ response: Response, acceptsGzip: Bool, on exchange: Exchange, whenGood: (PreparedAnswer) -> Void = { _ in }
    ) -> MHD_Result {
        let coded = compressed(response, acceptsGzip: acceptsGzip)
        if (200...599).contains(coded.status), let answer = assemble(coded, on: exchange) {
            whenGood(answer)
            return answer.queue(on: exchange.connection, status: coded.status)
        }
        let apology = Response.text("The server made an answer that cannot be sent.\n", status: 500)
        return assemble(apology, on: exchange)?.queue(on: exchange.connection, status: 500) ?? .NO
    }

    /// `response` in gzip's coding where that helps and the client takes it.
    ///
    /// A strong entity tag becomes weak: the bytes are no longer those it names (RFC 9110, section 8.8.1).
    static func compressed(_ response: Response, acceptsGzip: Bool) -> Response {
        guard case .bytes(let bytes) = response.body, bytes.bytes.count > Gzip.smallestBody,
            let type = response.header("Content-Type"), Gzip.helps(type),
            response.header("Content-Encoding") == nil,
            response.header("Cache-Control")?.contains("no-transform") != true
        else { return response }
        var response = response
        response.headers.append(("Vary", "Accept-Encoding"))
        guard acceptsGzip, let shorter = bytes.gzipped else { return response }
        response.body = .bytes(shorter)
        response.headers.append(("Content-Encoding", "gzip"))
        for index in response.headers.indices where response.headers[index].name == "ETag" {
            let etag = response.headers[index].value
            if !etag.hasPrefix("W/") { response.headers[index].value = "W/" + etag }
        }
        return response
    }

    /// The daemon's form of `response`, or `nil` when something in it cannot be sent.
    private static func assemble(_ response: Response, on exchange: Exchange) -> PreparedAnswer? {
        guard let handle = unsafe makeBody(response.body, on: exchange) else { return nil }
        let answer = unsafe PreparedAnswer(takingOwnershipOf: handle)
        for header in response.headers {
            guard unsafe MHD_add_response_header(handle, header.name, header.value) == .YES else { return nil }
        }
        if exchange.loop.isStopping { unsafe MHD_add_response_header(handle, "Connection", "close") }
        return answer
    }

    private static func makeBody(_ body: Response.Body, on exchange: Exchange) -> OpaquePointer? {
        switch body {
        case .empty, .cut:
            return unsafe MHD_create_response_from_buffer(0, nil, .RESPMEM_PERSISTENT)
        case .bytes(let shared):
            return unsafe lend(shared.bytes)
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
        case .events, .stream:
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
    /// the daemon keeps it until it frees the response.
    private static func lend(_ bytes: [UInt8]) -> OpaquePointer? {
        unsafe bytes.withUnsafeBytes { buffer in
            let keeper = unsafe Unmanaged.passRetained(Keeper(bytes: bytes))
            let handle = unsafe MHD_create_response_from_buffer_with_free_callback_cls(
                buffer.count, UnsafeMutableRawPointer(mutating: buffer.baseAddress),
                { unsafe Unmanaged<Keeper>.fromOpaque($0!).release() }, keeper.toOpaque())
            if unsafe handle == nil { unsafe keeper.release() }
            return unsafe handle
        }
    }

    /// What C holds of an array: not the ``SharedBytes``, which may hold the response.
    private final class Keeper {
        let bytes: [UInt8]

        init(bytes: [UInt8]) {
            self.bytes = bytes
        }
    }
}
