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
    /// What a plugin may do at most, so that one that floods is stopped while it still costs little.
    private enum Limit {
        static let openCalls = 64
        /// Lines that belong to no open call: late answers, mostly.
        static let strays = 200
    }
    private struct State {
        var open: [Int: OpenCall] = [:]
        var lastID = 0
        var strays = 0
        /// Calls that nobody waits for any more, and that the plugin has not answered.
        var abandoned: Set<Int> = []
        var fault: PluginFault?
        var walls: ChildProcess.Walls?
        var child: ChildProcess?
        /// Calls that were answered, beside the introductions.
        var answered = 0
    }
    private let state = Mutex(State())
    /// The first calls: hello and setup.
    private static let introductions = 2
    /// Why it has ended; nil while it has not.
    var fault: PluginFault? { state.withLock { $0.fault } }
    private let executor: (any TaskExecutor)?
    private let onEnd: @Sendable (PluginConnection, PluginFault, _ lastWords: String) -> Void

    /// Starts the process. `onEnd` is called once, on the process's own thread.
    init(
        _ launch: ChildProcess.Launch, on executor: (any TaskExecutor)? = nil,
        onEnd: @escaping @Sendable (PluginConnection, PluginFault, _ lastWords: String) -> Void
    ) {
        self.executor = executor
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
    /// - Parameters:
    ///   - serve: Answers a request of the plugin; a task each, cancelled and waited for when the plugin has answered.
    ///   - note: Takes what the plugin notes, on the thread that reads.
    /// - Returns: The line that answers it.
    /// - Throws: ``PaymentError`` as the plugin throws it; ``PluginFault``; `CancellationError`.
    func call(
        _ method: PluginMethod, _ params: some Encodable & Sendable,
        serve: @escaping OpenCall.Serve = { _, _, _ in }, note: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> (line: WireLine, id: Int) {
        let call = OpenCall(on: executor, serve: serve, note: note)
        let id = try open(call)
        let answer: OpenCall.Answer
        do {
            try tell(id, method, params)
            answer = .success(try await call.answer())
        } catch { answer = .failure(error) }
        end(id)
        await call.close()
        do { return (try answer.get(), id) } catch let error as WireError {
            if let error = error.paymentError { throw error }
            throw PluginFault(why: "it answered \(method.rawValue) with: \(error.message.prefix(300))")
        }
    }

    private func tell(_ id: Int, _ method: PluginMethod, _ params: some Encodable) throws {
        let line: Data
        do { line = try WireMessage.request(id, method.rawValue, params) } catch {
            // It never hears of the call.
            state.withLock { $0.open[id] = nil }
            let isLong = error is WireMessage.TooLong
            throw PluginFault(why: isLong ? "what it should be told is longer than a line" : "\(type(of: error))")
        }
        try send(line)
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

    private func open(_ call: OpenCall) throws -> Int {
        try state.withLock { state in
            if let fault = state.fault { throw fault }
            guard state.open.count < Limit.openCalls else {
                throw PaymentError.busy("too many calls at once", retryAfter: 1)
            }
            state.lastID += 1
            state.open[state.lastID] = call
            return state.lastID
        }
    }

    /// Ends a call; a plugin that has been told of it and has not answered yet is told that nobody waits any more.
    private func end(_ id: Int) {
        let isAbandoned = state.withLock { state in
            guard state.open.removeValue(forKey: id) != nil, state.fault == nil else { return false }
            state.abandoned.insert(id)
            return true
        }
        guard isAbandoned else { return }
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
        guard let open = state.withLock({ $0.open[call] }) else { return refuse(line.id, Self.isOver) }
        switch (method, line.id) {
        case (.log, _):
            do {
                let note: Wire.Note = try line.params()
                if !open.take(note: note.note) { kill("it floods the shop with notes") }
            } catch { stray() }
        case (_, let id?):
            switch open.take(method, id, line, bytes: bytes.count) {
            case .begun: break
            case .over: refuse(id, Self.isOver)
            case .flood: kill("it floods the shop with requests")
            }
        case (_, nil): stray()
        }
    }

    private static let isOver = WireError(.unsupported("that call is over"))

    private func takeAnswer(_ line: WireLine) {
        guard let id = line.id else { return stray() }
        let (call, isLate) = state.withLock { state -> (OpenCall?, Bool) in
            // Taken once: a second answer to one call finds nobody.
            let call = state.open.removeValue(forKey: id)
            if call != nil, id > Self.introductions { state.answered += 1 }
            return (call, state.abandoned.remove(id) != nil)
        }
        guard let call else { return isLate ? () : stray() }
        call.finish(line.error.map { .failure($0) } ?? .success(line))
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
            return (state.open.values, fault)
        }
        // First, so that whoever is told by its call can read the last words.
        onEnd(self, fault, end.lastWords)
        for call in open { call.finish(.failure(fault)) }
    }
}
