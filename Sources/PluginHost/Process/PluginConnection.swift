import Foundation
import PaymentKit
import Processes
import Synchronization

/// The plugin did something that no plugin may do, or is gone. What this means for a payment the journal says.
struct PluginFault: Error, Sendable {
    let why: String
}

/// One life of a plugin's process: calls go in, answers and requests come out, and nothing that it writes can hurt.
final class PluginConnection: Sendable {
    /// What comes to an open call.
    enum Incoming: Sendable {
        /// The plugin asks something of the shop.
        case request(HostMethod, id: Int, WireLine)
        case note(String)
        case answer(WireLine)
        case failure(WireError)
        /// Nothing more comes.
        case ended(PluginFault)
    }
    /// What a plugin may do at most, so that one that floods is stopped while it still costs little.
    private enum Limit {
        static let openCalls = 64
        static let requestsPerCall = 200
        /// Of all requests of a call. What waits to be served is held as it was read, which takes many times as much.
        static let bytesPerCall = 4 << 20
        static let notesPerCall = 50
        /// Lines that belong to no open call: late answers, mostly.
        static let strays = 200
    }
    private struct Open {
        let feed: AsyncStream<Incoming>.Continuation
        var requests = 0
        var bytes = 0
        var notes = 0
    }
    private struct State {
        var open: [Int: Open] = [:]
        var lastID = 0
        var strays = 0
        /// Calls that nobody waits for any more, and that the plugin has not answered.
        var abandoned: Set<Int> = []
        var fault: PluginFault?
        var walls: ChildProcess.Walls?
        var child: ChildProcess?
        /// Calls that were answered, beside the introduction.
        var answered = 0
    }
    private let state = Mutex(State())
    /// Why it has ended; nil while it has not.
    var fault: PluginFault? { state.withLock { $0.fault } }
    private let onEnd: @Sendable (PluginConnection, PluginFault, _ lastWords: String) -> Void

    /// Starts the process. `onEnd` is called once, on the process's own thread.
    init(
        _ launch: ChildProcess.Launch,
        onEnd: @escaping @Sendable (PluginConnection, PluginFault, _ lastWords: String) -> Void
    ) {
        self.onEnd = onEnd
        let child = ChildProcess(
            launch, lineBytes: WireLimits.lineBytes,
            onStart: { walls in self.state.withLock { $0.walls = walls } },
            onLine: { line in self.take(line) },
            onEnd: { end in self.finish(end) })
        state.withLock { $0.child = child }
    }

    var walls: ChildProcess.Walls? { state.withLock { $0.walls } }
    var pid: Int32? { state.withLock { $0.child }?.pid }
    /// Whether it has answered a call of a payment, so that it is known to work.
    var hasWorked: Bool { state.withLock { $0.answered > 0 } }
    /// Whether it owes an answer that nobody waits for any more: it may hang.
    var mayHang: Bool { state.withLock { !$0.abandoned.isEmpty } }

    /// Has it end by itself; what it does not do within seconds its supervisor does.
    func close() { state.withLock { $0.child }?.closeInput() }

    /// Ends it at once.
    func kill(_ why: String) {
        let child = state.withLock { state in
            if state.fault == nil { state.fault = PluginFault(why: why) }
            return state.child
        }
        child?.kill()
    }

    // MARK: Calls

    /// Sends a call and serves what the plugin asks for meanwhile, until it answers.
    ///
    /// - Parameter serve: Answers a request of the plugin; one task each, cancelled when the plugin has answered.
    /// - Returns: The line that answers it.
    /// - Throws: ``PaymentError`` as the plugin throws it; ``PluginFault``; `CancellationError`.
    func call(
        _ method: PluginMethod, _ params: some Encodable & Sendable,
        serve: @escaping @Sendable (HostMethod, _ id: Int, WireLine) async -> Void = { _, _, _ in },
        note: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> (line: WireLine, id: Int) {
        let (inbox, feed) = AsyncStream.makeStream(of: Incoming.self)
        let id = try open(feed)
        var isAnswered = false
        defer { end(id, isAnswered: isAnswered) }
        do { try send(try WireMessage.request(id, method.rawValue, params)) } catch is WireMessage.TooLong {
            isAnswered = true
            throw PluginFault(why: "what it should be told is longer than a line")
        }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            for await incoming in inbox {
                switch incoming {
                case .request(let asked, let number, let line): group.addTask { await serve(asked, number, line) }
                case .note(let text): note(text)
                case .answer(let line):
                    isAnswered = true
                    return (line, id)
                case .failure(let error):
                    isAnswered = true
                    if let error = error.paymentError { throw error }
                    throw PluginFault(why: "it answered \(method.rawValue) with: \(error.message.prefix(300))")
                case .ended(let fault):
                    isAnswered = true
                    throw fault
                }
            }
            throw CancellationError()
        }
    }

    /// Answers a request of the plugin.
    func answer(_ line: Data) {
        // A plugin that does not read is found out by its deadline.
        do { try send(line) } catch {}
    }

    private func send(_ line: Data) throws {
        guard state.withLock({ $0.child })?.send(line) == true else {
            kill("it does not read what it is told")
            throw PluginFault(why: "it does not read what it is told")
        }
    }

    private func open(_ feed: AsyncStream<Incoming>.Continuation) throws -> Int {
        try state.withLock { state in
            if let fault = state.fault { throw fault }
            guard state.open.count < Limit.openCalls else {
                throw PaymentError.busy("too many calls at once", retryAfter: 1)
            }
            state.lastID += 1
            state.open[state.lastID] = Open(feed: feed)
            return state.lastID
        }
    }

    private func end(_ id: Int, isAnswered: Bool) {
        let isOpen = state.withLock { state in
            state.open[id]?.feed.finish()
            state.open[id] = nil
            guard !isAnswered, state.fault == nil else { return false }
            state.abandoned.insert(id)
            return true
        }
        guard isOpen else { return }
        do { answer(try WireMessage.request(id, PluginMethod.cancelled.rawValue, Wire.Nothing())) } catch {}
    }

    // MARK: What the plugin writes

    private func take(_ bytes: Data) {
        guard !state.withLock({ $0.fault != nil }) else { return }
        guard WireLimits.isShallow(bytes) else { return kill("it wrote brackets too deep") }
        let line: WireLine
        do { line = try WireLine(bytes) } catch {
            return kill("it wrote something else than JSON-RPC on its standard output (print to standard error)")
        }
        guard let name = line.method else { return takeAnswer(line) }
        guard let method = HostMethod(rawValue: name) else {
            return refuse(line.id, WireError(code: WireError.noMethod, "the shop has no \(name.prefix(40))"))
        }
        let call: Int
        do {
            let params: Wire.OfCall = try line.params()
            call = params.call
        } catch { return refuse(line.id, WireError("params.call is missing: the number of the shop's call")) }
        let isFlood = state.withLock { state -> Bool in
            guard state.open[call] != nil else { return false }
            if method == .log {
                state.open[call]?.notes += 1
            } else {
                state.open[call]?.requests += 1
                state.open[call]?.bytes += bytes.count
            }
            return (state.open[call]?.requests ?? 0) > Limit.requestsPerCall
                || (state.open[call]?.bytes ?? 0) > Limit.bytesPerCall
                || (state.open[call]?.notes ?? 0) > Limit.notesPerCall * 20
        }
        if isFlood { return kill("it floods the shop with requests") }
        let open = state.withLock { $0.open[call] }
        guard let open else { return refuse(line.id, WireError(.unsupported("that call is over"))) }
        switch (method, line.id) {
        case (.log, _):
            guard open.notes <= Limit.notesPerCall else { return }
            do {
                let note: Wire.Note = try line.params()
                open.feed.yield(.note(note.note))
            } catch { stray() }
        case (_, let id?): open.feed.yield(.request(method, id: id, line))
        case (_, nil): stray()
        }
    }

    private func takeAnswer(_ line: WireLine) {
        guard let id = line.id else { return stray() }
        let (feed, isLate) = state.withLock { state -> (AsyncStream<Incoming>.Continuation?, Bool) in
            let feed = state.open[id]?.feed
            // Taken once: a second answer to one call finds nobody.
            state.open[id] = nil
            return (feed, state.abandoned.remove(id) != nil)
        }
        guard let feed else { return isLate ? () : stray() }
        state.withLock { $0.answered += id > 2 ? 1 : 0 }
        feed.yield(line.error.map { .failure($0) } ?? .answer(line))
        feed.finish()
    }

    private func refuse(_ id: Int?, _ error: WireError) {
        stray()
        guard let id else { return }
        do { answer(try WireMessage.failure(id, error)) } catch {}
    }

    /// Counts a line that belongs nowhere.
    private func stray() {
        let isFlood = state.withLock { state in
            state.strays += 1
            return state.strays > Limit.strays
        }
        if isFlood { kill("it floods the shop with lines that answer nothing") }
    }

    private func finish(_ end: ChildProcess.End) {
        let why: String
        switch end.reason {
        case .notStarted(let words): why = "it could not be started: \(words)"
        case .exited(let code): why = "it ended by itself with code \(code)"
        case .signalled(let signal): why = "it was ended by signal \(signal)"
        case .lineTooLong: why = "it wrote a line of more than \(WireLimits.lineBytes) bytes"
        }
        let (open, fault) = state.withLock { state in
            let fault = state.fault ?? PluginFault(why: why)
            state.fault = fault
            defer { state.open = [:] }
            return (state.open.values.map(\.feed), fault)
        }
        // First, so that whoever is told by its call can read the last words.
        onEnd(self, fault, end.lastWords)
        for feed in open {
            feed.yield(.ended(fault))
            feed.finish()
        }
    }
}
