internal import CCurl
internal import Glibc

/// The thread that drives libcurl: it owns every transfer and finishes every call exactly once.
struct TransferLoop {
    private let mailbox: Mailbox
    private let multi: Multi
    private let configuration: ClientConfiguration
    private let caFile: String?

    /// Calls without a place, in the order they came.
    private var waiting: [Call] = []
    /// At most `maxInFlight`, by the call's number.
    private var active: [UInt64: Transfer] = [:]
    /// Handles to use again; as many as were ever under way at once.
    private var idle: [Transfer] = []

    static let cancelledBeforeSending = OutboundError(kind: .notSent, message: "The call was cancelled.")

    /// Runs until the mailbox says to stop. When this returns, every connection is closed: the loop and with it
    /// libcurl's handles are made and freed on the thread that calls, and nowhere else.
    static func runUntilStopped(mailbox: Mailbox, configuration: ClientConfiguration) {
        blockBrokenPipeSignal()
        var loop = TransferLoop(mailbox: mailbox, configuration: configuration)
        loop.run()
    }

    private init(mailbox: Mailbox, configuration: ClientConfiguration) {
        self.mailbox = mailbox
        multi = Multi()
        mailbox.beginWaking(multi)
        self.configuration = configuration
        caFile = configuration.effectiveCAFile
    }

    private mutating func run() {
        while true {
            let (letters, isStopping) = mailbox.take()
            for letter in letters { read(letter) }
            guard !isStopping else { return finishAll() }
            finishLateWaiting()
            startWaiting()
            multi.perform()
            // A transfer may be done before anything was waited for, and a place that gets free is filled first.
            guard !finishDone() else { continue }
            multi.poll(milliseconds: millisecondsToNextDeadline())
        }
    }

    private mutating func read(_ letter: Mailbox.Letter) {
        switch letter {
        case .start(let call):
            waiting.append(call)
        case .cancel(let id):
            if let transfer = active[id] {
                end(transfer, id, .failure(transfer.interrupted("The call was cancelled.")))
            } else if let place = waiting.firstIndex(where: { $0.id == id }) {
                finish(waiting.remove(at: place), .failure(TransferLoop.cancelledBeforeSending))
            }
        }
    }

    private mutating func finishLateWaiting() {
        guard !waiting.isEmpty else { return }
        let now = ContinuousClock.now
        let late = waiting.filter { $0.deadline <= now }
        guard !late.isEmpty else { return }
        waiting.removeAll { $0.deadline <= now }
        let error = OutboundError(
            kind: .notSent, timedOut: true, message: "Time ran out while waiting for other requests to end.")
        for call in late { finish(call, .failure(error)) }
    }

    private mutating func startWaiting() {
        let places = configuration.maxInFlight - active.count
        for call in waiting.prefix(places) {
            let transfer = idle.popLast() ?? Transfer()
            let rest = call.deadline - ContinuousClock.now
            transfer.prepare(
                call, timeoutMilliseconds: max(1, rest.wholeMilliseconds), caFile: caFile, configuration)
            active[call.id] = transfer
            multi.add(transfer)
        }
        waiting.removeFirst(min(places, waiting.count))
    }

    /// - Returns: Whether any call was finished.
    private mutating func finishDone() -> Bool {
        var hasFinished = false
        while let (transfer, code) = multi.nextFinished() {
            hasFinished = true
            guard let id = transfer.call?.id else { preconditionFailure("A transfer without a call is done.") }
            end(transfer, id, transfer.result(code))
        }
        return hasFinished
    }

    private mutating func end(_ transfer: Transfer, _ id: UInt64, _ result: Result<OutboundResponse, OutboundError>) {
        guard let call = transfer.call, call.id == id else { preconditionFailure("A transfer has another call.") }
        multi.remove(transfer)
        active[id] = nil
        transfer.clear()
        idle.append(transfer)
        finish(call, result)
    }

    private func finish(_ call: Call, _ result: Result<OutboundResponse, OutboundError>) {
        mailbox.noteFinished()
        call.finish(result)
    }

    private mutating func finishAll() {
        let reason = "The client is shut down."
        for (id, transfer) in active { end(transfer, id, .failure(transfer.interrupted(reason))) }
        for call in waiting { finish(call, .failure(OutboundError(kind: .notSent, message: reason))) }
        waiting = []
        // Before the multi handle, which goes with the loop.
        idle = []
    }

    /// libcurl keeps the deadlines of transfers under way itself.
    private func millisecondsToNextDeadline() -> Int {
        guard let next = waiting.lazy.map(\.deadline).min() else { return 60_000 }
        return min(60_000, (next - ContinuousClock.now).wholeMilliseconds)
    }

    /// OpenSSL writes to sockets that may be closed; the signal would end the process. libcurl leaves it to us.
    private static func blockBrokenPipeSignal() {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGPIPE)
        precondition(unsafe pthread_sigmask(SIG_BLOCK, &signals, nil) == 0)
    }
}
