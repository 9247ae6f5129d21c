import Glibc
import Synchronization

/// One thread that serves: its daemon's connections, and the tasks of their handlers as their executor.
///
/// Unchecked: everything but ``inbox`` and ``poller`` belongs to the loop's thread, from its start to its end.
@safe final class EventLoop: TaskExecutor, @unchecked Sendable {
    /// How often deadlines are looked at.
    static let sweepMilliseconds: Int64 = 500

    let configuration: ServerConfiguration
    let handler: @Sendable (Request) async -> Response
    let proxies: TrustedProxies
    let headMilliseconds: Int64
    /// The coarse clock, read once per round.
    private(set) var now = EventLoop.clock()
    /// Whether the loop serves only what it has begun.
    private(set) var isStopping = false
    /// Whether no handler may start any more.
    private(set) var isEnding = false
    /// Handlers that have been suspended and are not done.
    var runningTasks = 0
    /// Large bodies that are being taken or answered.
    var largeBodies = 0

    /// Answers that have been sent before.
    var prepared = PreparedAnswers()

    private(set) var connections: [Connection] = []
    private var watched: [Int32: Connection] = [:]
    private let poller: Poller
    private var daemon: Daemon?
    private var jobs: [UnownedJob] = []
    private var resumes: [Exchange] = []
    /// Whether the daemon has work that its epoll set does not show: it says nothing about resumed connections.
    private var mustRun = false
    private var nextSweep: Int64 = 0

    /// What other threads leave for the loop.
    private struct Inbox {
        var jobs: [UnownedJob] = []
        var resumes: [Exchange] = []
        var isAsleep = false
        var mustStop = false
        var hasEnded = false
        var waitingForEnd: [CheckedContinuation<Void, Never>] = []
    }
    private let inbox = Mutex(Inbox())

    /// Starts a thread that serves `listener`, which becomes the loop's.
    static func start(
        takingOwnershipOf listener: Int32, configuration: ServerConfiguration,
        handler: @escaping @Sendable (Request) async -> Response
    ) throws(ServerError) -> EventLoop {
        let poller: Poller
        do {
            poller = try Poller()
        } catch {
            close(listener)
            throw error
        }
        let loop = EventLoop(poller: poller, configuration: configuration, handler: handler)
        let daemon = try Daemon(takingOwnershipOf: listener, loop: loop, configuration: configuration)
        loop.daemon = daemon
        guard poller.watch(daemon: daemon.epoll) else {
            throw ServerError(kind: .system, code: errno, description: "cannot watch the daemon")
        }
        var thread = pthread_t()
        // The thread keeps the loop until it ends.
        let context = unsafe Unmanaged.passRetained(loop)
        let code = unsafe pthread_create(
            &thread, nil,
            { context in
                unsafe Unmanaged<EventLoop>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        guard code == 0 else {
            unsafe context.release()
            throw ServerError(kind: .system, code: code, description: "cannot start a thread")
        }
        pthread_detach(thread)
        return loop
    }

    private init(
        poller: Poller, configuration: ServerConfiguration, handler: @escaping @Sendable (Request) async -> Response
    ) {
        self.poller = poller
        self.configuration = configuration
        self.handler = handler
        proxies = TrustedProxies(ranges: configuration.trustedProxies)
        headMilliseconds = Int64(configuration.headSeconds) * 1000
    }

    /// Whether the caller runs on the loop's thread.
    var isCurrent: Bool {
        unsafe pthread_getspecific(Self.currentKey) == Unmanaged.passUnretained(self).toOpaque()
    }

    /// Where a thread keeps the loop it runs; a thread's number would not do, as it is used again.
    private static let currentKey: pthread_key_t = {
        var key = pthread_key_t()
        let code = unsafe pthread_key_create(&key, nil)
        precondition(code == 0, "the process has too many thread keys")
        return key
    }()

    // MARK: - From any thread

    /// Takes a piece of a task; a task that outlives the loop goes on elsewhere.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            jobs.append(job)
            return
        }
        enum Outcome { case queued, mustWake, ended }
        let outcome = inbox.withLock { inbox -> Outcome in
            if inbox.hasEnded { return .ended }
            inbox.jobs.append(job)
            defer { inbox.isAsleep = false }
            return inbox.isAsleep ? .mustWake : .queued
        }
        switch outcome {
        case .queued: break
        case .mustWake: poller.wake()
        case .ended: globalConcurrentExecutor.enqueue(job)
        }
    }

    /// Has the daemon look at a suspended exchange again.
    func resume(_ exchange: Exchange) {
        if isCurrent {
            resumes.append(exchange)
            return
        }
        let mustWake = inbox.withLock { inbox in
            inbox.resumes.append(exchange)
            defer { inbox.isAsleep = false }
            return inbox.isAsleep
        }
        if mustWake { poller.wake() }
    }

    /// Asks for the same as ``stop()`` without waiting for it.
    func beginStop() {
        inbox.withLock { $0.mustStop = true }
        poller.wake()
    }

    /// Finishes what is running, for at most ``ServerConfiguration/stopSeconds``, and ends the thread.
    func stop() async {
        await withCheckedContinuation { continuation in
            let hasEnded = inbox.withLock { inbox in
                inbox.mustStop = true
                if !inbox.hasEnded { inbox.waitingForEnd.append(continuation) }
                return inbox.hasEnded
            }
            if hasEnded { continuation.resume() } else { poller.wake() }
        }
    }

    // MARK: - The thread

    private func run() {
        unsafe pthread_setspecific(Self.currentKey, Unmanaged.passUnretained(self).toOpaque())
        // A client that leaves while the kernel sends it a file would end the process.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGPIPE)
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        guard let daemon else { return }
        var stopAt: Int64?
        while true {
            turn(daemon)
            if let stopAt {
                if now >= stopAt || runningTasks == 0 && !connections.contains(where: { $0.exchange != nil }) { break }
            } else if inbox.withLock({ $0.mustStop }) {
                beginStopping(daemon)
                stopAt = now + Int64(configuration.stopSeconds) * 1000
            }
        }
        end(daemon)
    }

    /// One round: tasks, connections that may go on, a wait if there is nothing to do, the daemon, deadlines.
    private func turn(_ daemon: Daemon) {
        runJobs()
        if !mustRun {
            let timeout = Int32(min(daemon.timeoutMilliseconds ?? 1000, UInt64(Self.sweepMilliseconds)))
            if timeout > 0 { sleep(milliseconds: timeout, daemon) }
        }
        mustRun = false
        now = Self.clock()
        daemon.run()
        if now >= nextSweep {
            nextSweep = now + Self.sweepMilliseconds
            sweep()
        }
    }

    private func runJobs() {
        let (newJobs, newResumes) = inbox.withLock { inbox in
            defer {
                if !inbox.jobs.isEmpty { inbox.jobs = [] }
                if !inbox.resumes.isEmpty { inbox.resumes = [] }
            }
            return (inbox.jobs, inbox.resumes)
        }
        jobs.append(contentsOf: newJobs)
        resumes.append(contentsOf: newResumes)
        while !jobs.isEmpty {
            let batch = jobs
            jobs = []
            for job in batch { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
        guard !resumes.isEmpty else { return }
        let batch = resumes
        resumes = []
        for exchange in batch {
            if let stream = exchange.stream, stream.isCut { exchange.connection.cut() }
            if exchange.resumeNow() { mustRun = true }
        }
    }

    private func sleep(milliseconds: Int32, _ daemon: Daemon) {
        let maySleep = inbox.withLock { inbox in
            inbox.isAsleep = inbox.jobs.isEmpty && inbox.resumes.isEmpty
            return inbox.isAsleep
        }
        guard maySleep else { return }
        let left = poller.wait(milliseconds: milliseconds, daemon: daemon.epoll)
        inbox.withLock { $0.isAsleep = false }
        for socket in left {
            guard let connection = watched[socket] else { continue }
            unwatch(connection)
            connection.exchange?.abandon()
        }
    }

    // MARK: - Stopping

    private func beginStopping(_ daemon: Daemon) {
        // Connections in the kernel's queue are taken first: their clients believe that we heard them.
        daemon.run()
        daemon.stopAccepting()
        isStopping = true
        for connection in connections { connection.exchange?.events?.finish() }
        mustRun = true
    }

    /// Ends what is still running; no connection may be suspended when the daemon goes.
    private func end(_ last: Daemon) {
        isEnding = true
        for connection in connections { connection.exchange?.abandon() }
        for _ in 0..<2 {
            runJobs()
            last.run()
        }
        last.stop()
        daemon = nil
        let waiting = inbox.withLock { inbox in
            inbox.hasEnded = true
            jobs.append(contentsOf: inbox.jobs)
            inbox.jobs = []
            inbox.resumes = []
            return inbox.waitingForEnd
        }
        pthread_setspecific(Self.currentKey, nil)
        for job in jobs { globalConcurrentExecutor.enqueue(job) }
        jobs = []
        resumes = []
        for continuation in waiting { continuation.resume() }
    }

    // MARK: - Connections

    /// Notes a new connection.
    func add(_ connection: Connection) {
        connection.index = connections.count
        connections.append(connection)
    }

    /// Forgets a connection that is over.
    func remove(_ connection: Connection) {
        unwatch(connection)
        let last = connections.removeLast()
        guard last !== connection else { return }
        connections[connection.index] = last
        last.index = connection.index
    }

    /// Has the exchange on `connection` abandoned when the client leaves.
    func watch(_ connection: Connection) {
        guard !connection.isWatched, poller.watchForLeaving(connection.socket) else { return }
        connection.isWatched = true
        watched[connection.socket] = connection
    }

    /// Takes ``watch(_:)`` back.
    func unwatch(_ connection: Connection) {
        guard connection.isWatched else { return }
        connection.isWatched = false
        watched[connection.socket] = nil
        poller.unwatch(connection.socket)
    }

    /// Milliseconds that only ever grow; a few behind, but cheap.
    private static func clock() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
