internal import CMicrohttpd

/// libmicrohttpd's own form of an answer: made once, queued for any number of requests of one loop.
@safe final class PreparedAnswer {
    private let handle: OpaquePointer

    /// Takes `handle` over.
    init(takingOwnershipOf handle: OpaquePointer) {
        unsafe self.handle = handle
    }

    /// Connections that still send the answer keep what they need of it.
    deinit { unsafe MHD_destroy_response(handle) }

    /// Has `connection` send the answer.
    func queue(on connection: Connection, status: Int) -> MHD_Result {
        unsafe MHD_queue_response(connection.handle, UInt32(status), handle)
    }
}

/// The answers one loop has prepared lately: a page kept for many requests costs each of them next to nothing.
///
/// Each loop has its own, because cores that share a counter wait for each other.
struct PreparedAnswers {
    /// Answers that are kept; a new one takes the place of an old one.
    private static let slots = 64
    /// Longest body that is kept, so that pages nobody else holds any more cost little.
    private static let bodyBytes = 64 * 1024

    private struct Entry {
        /// Held, so that no other page gets its address.
        let bytes: SharedBytes
        let status: Int
        let headers: [(name: String, value: String)]
        let acceptsGzip: Bool
        let answer: PreparedAnswer
    }
    private var entries = [Entry?](repeating: nil, count: slots)

    /// What was kept for a `response` of `bytes`.
    func find(_ response: Response, _ bytes: SharedBytes, acceptsGzip: Bool) -> PreparedAnswer? {
        guard let entry = entries[Self.slot(bytes, acceptsGzip)], entry.bytes === bytes,
            entry.status == response.status, entry.acceptsGzip == acceptsGzip,
            Self.areEqual(entry.headers, response.headers)
        else { return nil }
        return entry.answer
    }

    /// Most answers bring the very array that was kept.
    private static func areEqual(
        _ left: [(name: String, value: String)], _ right: [(name: String, value: String)]
    ) -> Bool {
        let isSame = unsafe left.withUnsafeBufferPointer { left in
            unsafe right.withUnsafeBufferPointer { unsafe left.baseAddress == $0.baseAddress && left.count == $0.count }
        }
        return isSame || left.elementsEqual(right, by: ==)
    }

    /// Keeps `answer` for a `response` of `bytes`.
    mutating func keep(_ answer: PreparedAnswer, for response: Response, _ bytes: SharedBytes, acceptsGzip: Bool) {
        guard bytes.bytes.count <= Self.bodyBytes else { return }
        entries[Self.slot(bytes, acceptsGzip)] = Entry(
            bytes: bytes, status: response.status, headers: response.headers, acceptsGzip: acceptsGzip, answer: answer)
    }

    private static func slot(_ bytes: SharedBytes, _ acceptsGzip: Bool) -> Int {
        // Objects lie 16 bytes apart at least.
        let address = UInt(bitPattern: ObjectIdentifier(bytes)) >> 4
        return Int((address ^ address >> 6 ^ (acceptsGzip ? 1 : 0)) % UInt(slots))
    }
}
