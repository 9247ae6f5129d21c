internal import CMicrohttpd
import Glibc

/// One request and its answer; belongs to its loop's thread.
///
/// Unchecked: the handler's task carries it along, but touches it only in ``finish(with:)``, which runs on the loop.
@safe final class Exchange: @unchecked Sendable {
    /// How far the exchange has come.
    enum Phase {
        case head, body, handler, answer
    }

    let connection: Connection
    private(set) var phase = Phase.head
    /// When the phase began, in the loop's milliseconds.
    private(set) var since: Int64
    private(set) var request: Request?
    /// Whether the daemon leaves the connection alone until it is resumed.
    private(set) var isSuspended = false
    /// What of the answer is made while it is sent.
    private(set) var stream: ByteStream?
    /// The same where it is events, which need a heartbeat.
    private(set) var events: EventStream?
    var lastHeartbeat: Int64 = 0

    private let target: RequestTarget?
    /// Where the target lies, to see in ``receiveHead(method:version:)`` whether it held a NUL.
    private let targetStart: UnsafePointer<CChar>
    private let targetLength: Int
    private var method = Method.get
    private var headers = HeaderBlock()
    private var framing = FramingGuard()
    private var body: [UInt8] = []
    private var bodyLimit = 0
    private var bodyBytes = 0
    private var holdsLargeBody = false
    private var response: Response?
    private var task: Task<Void, Never>?
    private var isAbandoned = false

    /// A body over the limit is read this far before the connection is simply closed.
    private static let drainBytes = 1024 * 1024

    init(connection: Connection, target: UnsafePointer<CChar>) {
        self.connection = connection
        since = connection.loop.now
        unsafe targetStart = target
        targetLength = unsafe strlen(target)
        // The daemon changes the bytes later, so they are copied now.
        self.target = unsafe RequestTarget(
            UnsafeRawBufferPointer(start: target, count: targetLength))
    }

    var loop: EventLoop { connection.loop }

    // MARK: - Reading

    /// The first call: checks the head; an answer given here closes the connection afterwards.
    func receiveHead(method name: UnsafePointer<CChar>, version: UnsafePointer<CChar>) -> MHD_Result {
        enter(.body)
        method = unsafe Self.method(name)
        guard let length = unsafe readHeaders(version: version), let target else {
            return queue(.text("Bad request\n", status: 400))
        }
        bodyLimit = loop.configuration.bodyLimit(method, target.path)
        if length > bodyLimit { return queue(.text("Body too large\n", status: 413)) }
        // A body in chunks may become as long as the limit allows.
        if (framing.contentLength ?? bodyLimit) > loop.configuration.largeBodyBytes {
            guard loop.largeBodies < loop.configuration.largeBodies else {
                return queue(.text("The server is busy. Please try again in a minute.\n", status: 503))
            }
            loop.largeBodies += 1
            holdsLargeBody = true
        }
        body.reserveCapacity(length)
        return .YES
    }

    /// How long the client may take to send the body, in all.
    var bodyMilliseconds: Int64 {
        Int64(loop.configuration.bodySeconds + bodyLimit / 65_536) * 1000
    }

    /// Copies a part of the body; what is over the limit is read, as the client would not hear us before, and dropped.
    func receiveBody(_ bytes: UnsafeRawBufferPointer) -> MHD_Result {
        bodyBytes += bytes.count
        if bodyBytes <= bodyLimit {
            unsafe body.append(contentsOf: bytes)
        } else {
            body = []
        }
        return bodyBytes <= bodyLimit + Self.drainBytes ? .YES : .NO
    }

    /// The request is complete, or the connection was resumed.
    func receiveEnd() -> MHD_Result {
        if isAbandoned || loop.isEnding { return .NO }
        if let response = response.take() { return queue(response) }
        if bodyBytes > bodyLimit { return queue(.text("Body too large\n", status: 413)) }
        return startHandler()
    }

    /// Checks and copies the headers.
    ///
    /// - Returns: The announced length of the body, 0 without one; `nil` for a request that is refused.
    private func readHeaders(version: UnsafePointer<CChar>) -> Int? {
        headers.reserve(512)
        unsafe MHD_get_connection_values_n(
            connection.handle, .HEADER_KIND,
            { context, _, name, nameCount, value, valueCount in
                unsafe Unmanaged<Exchange>.fromOpaque(context!)._withUnsafeGuaranteedRef {
                    unsafe $0.take(
                        UnsafeRawBufferPointer(start: name, count: nameCount),
                        UnsafeRawBufferPointer(start: value, count: valueCount))
                }
            }, Unmanaged.passUnretained(self).toOpaque())
        framing.check(isHTTP10: unsafe strcmp(version, "HTTP/1.0") == 0)
        guard framing.isSound, unsafe !targetHoldsNUL(version: version) else { return nil }
        return framing.contentLength ?? 0
    }

    /// Checks one header and keeps it; there is no second after one that is refused.
    private func take(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> MHD_Result {
        unsafe framing.check(name: name, value: value)
        if unsafe Daemon.endsLinesWithNULs && !isWholeLine(value) { framing.refuse() }
        guard framing.isSound else { return .NO }
        unsafe headers.append(name: name, value: value)
        return .YES
    }

    /// Whether a value reaches to the end of its line, where the daemon has put a NUL for each of CR and LF.
    ///
    /// A NUL within the line ends the value early, and a line that a lone LF ends has only one.
    private func isWholeLine(_ value: UnsafeRawBufferPointer) -> Bool {
        guard let start = value.baseAddress else { return true }
        return unsafe start.load(fromByteOffset: value.count + 1, as: UInt8.self) == 0
    }

    /// The version follows the target in the daemon's buffer; if one byte does not part them, a NUL cut the target.
    private func targetHoldsNUL(version: UnsafePointer<CChar>) -> Bool {
        let distance = unsafe version - targetStart
        return distance > 0 && distance < 65_536 && distance != targetLength + 1
    }

    private static func method(_ name: UnsafePointer<CChar>) -> Method {
        if unsafe strcmp(name, "GET") == 0 { return .get }
        return unsafe Method(String(cString: name))
    }

    // MARK: - Handling

    /// Runs the handler; only if it really waits is the connection suspended.
    private func startHandler() -> MHD_Result {
        enter(.handler)
        let request = makeRequest()
        self.request = request
        if let answer = loop.configuration.quickAnswer(request) { return queue(answer) }
        let task = Task.immediate(executorPreference: loop) {
            let response = await self.loop.handler(request)
            self.finish(with: response)
        }
        if let response = response.take() { return queue(response) }
        self.task = task
        loop.runningTasks += 1
        suspend()
        return .YES
    }

    private func makeRequest() -> Request {
        var client = connection.peer
        var isSecure = false
        if connection.peerIsTrusted {
            client = loop.proxies.client(of: client, forwardedFor: headers.all("x-forwarded-for"))
            let scheme = headers.all("x-forwarded-proto").last?.split(separator: ",").last
            isSecure = scheme?.trimmed.lowercased() == "https"
        }
        return Request(
            method: method, path: target?.path ?? "/", query: Query(target?.query ?? ""), headers: headers, body: body,
            client: client, isSecure: isSecure)
    }

    /// The handler is done; its answer counts unless it comes too late.
    private func finish(with response: Response) {
        let isInTime = loop.isCurrent && self.response == nil && !isAbandoned && phase == .handler
        if loop.isCurrent && task != nil { loop.runningTasks -= 1 }
        guard isInTime else {
            response.stream?.close()
            return
        }
        self.response = response
        resume()
    }

    /// Answers in the handler's place, which took too long.
    func expire() {
        guard response == nil else { return }
        task?.cancel()
        response = .text("The server is busy. Please try again in a minute.\n", status: 503)
        resume()
    }

    /// Gives up on a client that has left.
    func abandon() {
        task?.cancel()
        isAbandoned = true
        if let stream {
            stream.close()
            connection.cut()
        }
        resume()
    }

    /// The daemon has forgotten the request.
    func end() {
        if holdsLargeBody { loop.largeBodies -= 1 }
        loop.unwatch(connection)
        isAbandoned = true
        task?.cancel()
        stream?.close()
    }

    // MARK: - Waiting

    private func enter(_ next: Phase) {
        phase = next
        since = loop.now
    }

    private func suspend() {
        isSuspended = true
        unsafe MHD_suspend_connection(connection.handle)
    }

    private func resume() {
        if isSuspended { loop.resume(self) }
    }

    /// Lets the daemon go on; the loop calls this outside of the daemon.
    func resumeNow() -> Bool {
        guard isSuspended else { return false }
        isSuspended = false
        if phase == .handler { loop.unwatch(connection) }
        unsafe MHD_resume_connection(connection.handle)
        return true
    }

    // MARK: - Answering

    private func queue(_ response: Response) -> MHD_Result {
        enter(.answer)
        // The daemon's word for "close this connection now".
        if case .cut = response.body { return .NO }
        if let stream = response.stream {
            if case .events(let events) = response.body { self.events = events }
            // Events have no end of their own; anything else is finished, or cut.
            if request?.isHead == true || (events != nil && loop.isStopping) { stream.finish() }
            open(stream)
        }
        return Answer.queue(response, on: self)
    }

    /// Binds `stream` to this connection and watches for the client leaving.
    private func open(_ stream: ByteStream) {
        self.stream = stream
        lastHeartbeat = loop.now
        let loop = loop
        stream.attach { loop.resume(self) }
        loop.watch(connection)
        guard !stream.isClosed else { return }
        let task: Task<Void, Never>
        if let events {
            guard events.hasProducer else { return }
            task = Task(executorPreference: loop) { await events.produce() }
        } else {
            guard stream.hasProducer else { return }
            // Not on the loop: making a long answer is work, and others are served meanwhile.
            task = Task { await stream.produce() }
        }
        stream.onClose { task.cancel() }
    }

    /// Gives the daemon what the stream has; suspends the connection when that is nothing.
    func readStream(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let stream else { return MHDReader.cut }
        switch unsafe stream.read(into: buffer) {
        case .bytes(let count): return count
        case .end: return MHDReader.end
        case .cut: return MHDReader.cut
        case .nothing:
            suspend()
            return 0
        }
    }
}

extension Response {
    /// What of it is made while it is sent.
    fileprivate var stream: ByteStream? {
        switch body {
        case .events(let events): events.bytes
        case .stream(let bytes): bytes
        case .empty, .bytes, .file, .cut: nil
        }
    }
}

/// What a content reader answers instead of a number of bytes; macros with a cast in C.
private enum MHDReader {
    static let end = -1
    static let cut = -2
}
