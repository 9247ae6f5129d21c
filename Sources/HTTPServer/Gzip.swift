internal import CZlib

/// Compression for bodies of answers.
enum Gzip {
    /// Below this an answer fits one packet anyway.
    static let smallestBody = 600
    private static let level: Int32 = 6

    /// `bytes` in gzip's format (RFC 1952), or `nil` when that is not shorter.
    static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count > 18, bytes.count <= Int(UInt32.max) else { return nil }
        var stream = unsafe z_stream()
        guard unsafe czlib_gzip_start(&stream, level) == Z_OK else { return nil }
        defer { unsafe deflateEnd(&stream) }
        var isComplete = false
        let packed = unsafe [UInt8](unsafeUninitializedCapacity: bytes.count) { output, count in
            // zlib only reads what next_in points at; its C type is older than const.
            unsafe bytes.withUnsafeBufferPointer { input in
                unsafe stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                unsafe stream.avail_in = UInt32(input.count)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = UInt32(output.count)
                isComplete = unsafe deflate(&stream, Z_FINISH) == Z_STREAM_END
            }
            count = unsafe output.count - Int(stream.avail_out)
        }
        return isComplete && packed.count < bytes.count ? packed : nil
    }

    /// Whether bodies of this `Content-Type` get shorter; never streams of events, which must not wait.
    static func helps(_ contentType: String) -> Bool {
        let type = contentType.prefix { $0 != ";" }.trimmed.lowercased()
        if type.hasPrefix("text/") { return type != "text/event-stream" }
        return ["application/json", "application/javascript", "application/xml", "image/svg+xml"].contains(type)
            || type.hasSuffix("+json")
    }
}
