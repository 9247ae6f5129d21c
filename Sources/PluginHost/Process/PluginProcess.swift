import Foundation
import Logging
import PaymentKit
import Processes
import Synchronization

/// How a plugin's process does, for the people who run the shop.
package struct PluginHealth: Sendable, Hashable {
    /// What it is doing now.
    package enum State: Sendable, Hashable {
        /// It starts with the next call.
        case idle
        case starting
        case running(pid: Int32)
        /// It ended too often; it is started again after these seconds at the earliest.
        case resting(seconds: Int)
        /// It is not started any more until the shop is.
        case refused
    }
    package let state: State
    /// Ends that nobody asked for, since the shop started.
    package let restarts: Int
    /// Why it ended, or what it did wrong, last: without secrets and numbers.
    package let lastError: String?
    /// Whether the walls that the system allows here stand; nil before the first start.
    package let isCutOff: Bool?

    /// Of these, in the last hour.
    package let endsLastHour: Int
    /// Seconds for which it has been away; nil while it is not.
    package let awaySeconds: Int?

    /// Whether calls are refused at the moment.
    package var isAway: Bool {
        switch state {
        case .resting, .refused: true
        case .idle, .starting, .running: false
        }
    }
}

/// What a plugin says of itself before it is given anything.
package struct PluginIntroduction: Sendable, Hashable, Codable {
    package let manifest: Manifest
    package let abilities: [Ability]
    package let hosts: [String]
    package let callbackSources: [String]
    /// Nil where no customer is sent anywhere.
    package let pageHosts: [String]?
}

/// A plugin's program: started when it is needed, stopped when it misbehaves, started again after a pause that grows.
package final class PluginProcess: Sendable {
    /// What is run, and what it is told.
    package struct Configuration: Sendable {
        /// Of the configured copy.
        package var name: String
        package var launch: ChildProcess.Launch
        package var environment: Setup.Environment
        package var shopName: String
        /// As the owner gave them; checked against the plugin's own schema.
        package var settings: [String: String]
        /// Money in any other currency is a fault of the plugin.
        package var currency: Currency

        package init(
            name: String, command: [String], folder: String, memoryBytes: UInt64 = 1 << 30, isCutOff: Bool = true,
            environment: Setup.Environment, shopName: String, settings: [String: String], currency: Currency = .kes
        ) {
            self.name = name
            launch = ChildProcess.Launch(
                command: command, folder: folder, memoryBytes: memoryBytes, isCutOff: isCutOff)
            self.environment = environment
            self.shopName = shopName
            self.settings = settings
            self.currency = currency
        }
    }

    /// Settings that were changed make another process; the one before ends with its last call.
    deinit {
        if case .running(let connection) = state.withLock({ $0.stage }) { connection.kill("the shop has stopped it") }
    }

    private enum Stage {
        case idle
        case starting([CheckedContinuation<PluginConnection, any Error>])
        case running(PluginConnection)
        case refused(PaymentError)
    }
    private struct State {
        var stage = Stage.idle
        /// Ends in a row without a call that was answered.
        var failures = 0
        var restarts = 0
        var restingUntil: ContinuousClock.Instant?
        var lastError: String?
        var isCutOff: Bool?
        /// The newest ends, and since when no start has worked.
        var ends: [ContinuousClock.Instant] = []
        var awaySince: ContinuousClock.Instant?
        var introduction: PluginIntroduction?
    }
    private let configuration: Configuration
    private let lane: ProviderLane?
    private let log: Logger
    private let state = Mutex(State())
    let masking: Masking

    /// - Parameters:
    ///   - pinned: What it said of itself when the owner enabled it: it must not say anything else.
    ///   - lane: Where serving goes on after it has waited for something; on the shop's own threads when nil.
    ///   - log: The copy's name is added to each line.
    package init(
        _ configuration: Configuration, pinned: PluginIntroduction? = nil, lane: ProviderLane? = nil, log: Logger
    ) {
        self.configuration = configuration
        self.lane = lane
        var log = log
        log[metadataKey: "provider"] = "\(configuration.name)"
        self.log = log
        masking = Masking(secrets: Array(configuration.settings.values))
        if let pinned { state.withLock { $0.introduction = pinned } }
    }

    var currency: Currency { configuration.currency }

    package var health: PluginHealth {
        state.withLock { state in
            let now: PluginHealth.State =
                switch state.stage {
                case .idle:
                    if let until = state.restingUntil, until > ContinuousClock.now {
                        .resting(seconds: max(1, Int((until - ContinuousClock.now) / .seconds(1))))
                    } else {
                        .idle
                    }
                case .starting: .starting
                case .running(let connection): .running(pid: connection.pid ?? 0)
                case .refused: .refused
                }
            let moment = ContinuousClock.now
            return PluginHealth(
                state: now, restarts: state.restarts, lastError: state.lastError, isCutOff: state.isCutOff,
                endsLastHour: state.ends.count { moment - $0 < .seconds(3_600) },
                awaySeconds: state.awaySince.map { Int((moment - $0) / .seconds(1)) })
        }
    }

    /// Starts the plugin if need be, and tells what it says of itself.
    ///
    /// - Throws: ``PaymentError``, most often `.misconfigured` with the setting that is wrong.
    package func introduction() async throws -> PluginIntroduction {
        _ = try await connection()
        guard let introduction = state.withLock({ $0.introduction }) else {
            throw PaymentError.unavailable("the plugin has ended")
        }
        return introduction
    }

    /// Has the plugin end.
    package func stop() {
        let connection = state.withLock { state -> PluginConnection? in
            guard case .running(let connection) = state.stage else { return nil }
            state.stage = .idle
            return connection
        }
        connection?.kill("the shop has stopped it")
    }

    /// The running plugin, which is started first where need be: by one caller, while others wait.
    func connection() async throws -> PluginConnection {
        enum Way { case wait, start, use(PluginConnection), refuse(PaymentError) }
        let now = ContinuousClock.now
        let way = state.withLock { state -> Way in
            switch state.stage {
            case .running(let connection): return .use(connection)
            case .refused(let error): return .refuse(error)
            case .starting: return .wait
            case .idle:
                if let until = state.restingUntil, until > now {
                    return .refuse(.busy("the plugin rests after it ended", retryAfter: (until - now) / .seconds(1)))
                }
                state.stage = .starting([])
                return .start
            }
        }
        switch way {
        case .refuse(let error): throw error
        case .use(let connection):
            guard connection.mayHang else { return connection }
            return try await proved(connection)
        case .start:
            // A task of its own: a caller that gives up must not take the start away from those who wait.
            Task { await self.start() }
            fallthrough
        case .wait: return try await withCheckedThrowingContinuation { wait($0) }
        }
    }

    private func wait(_ continuation: CheckedContinuation<PluginConnection, any Error>) {
        let result = state.withLock { state -> Result<PluginConnection, any Error>? in
            switch state.stage {
            case .starting(let waiting):
                state.stage = .starting(waiting + [continuation])
                return nil
            case .running(let connection): return .success(connection)
            case .refused(let error): return .failure(error)
            case .idle: return .failure(PaymentError.busy("the plugin has ended", retryAfter: 1))
            }
        }
        if let result { continuation.resume(with: result) }
    }

    /// A plugin that owes an answer shows that it still answers, or is ended.
    private func proved(_ connection: PluginConnection) async throws -> PluginConnection {
        do {
            _ = try await withDeadline(seconds: 1) { try await connection.call(.ping, Wire.Nothing()) }
            return connection
        } catch {
            connection.kill("it does not answer any more")
            throw PaymentError.busy("the plugin does not answer", retryAfter: 1)
        }
    }

    // MARK: Starting

    private func start() async {
        let result: Result<PluginConnection, any Error>
        let connection = PluginConnection(configuration.launch, on: lane?.executor) {
            [weak self] connection, fault, lastWords in
            self?.ended(connection, fault, lastWords)
        }
        do {
            let introduction = try await withDeadline(seconds: 5) { try await self.introduce(connection) }
            if let known = state.withLock({ $0.introduction }), known != introduction {
                throw PaymentError.misconfigured(
                    "the plugin says something else of itself than before; check and enable it anew")
            }
            state.withLock { state in
                state.introduction = introduction
                state.isCutOff = connection.walls?.isCutOff
            }
            if connection.walls?.isCutOff == false, configuration.launch.isCutOff {
                log.warning("This system does not let a plugin be cut off from the network")
            }
            if connection.walls?.isLimited == false { log.warning("This system does not let a plugin be limited") }
            result = .success(connection)
        } catch {
            connection.kill("it was not ready in time")
            result = .failure(error)
        }
        settle(result)
    }

    /// Says what came of a start to everybody who waits for it.
    private func settle(_ result: Result<PluginConnection, any Error>) {
        var result = result.mapError { error in (error as? PaymentError).map { masking.masked($0) } ?? error }
        // It may have ended between its last answer and this moment.
        if case .success(let connection) = result, let fault = connection.fault { result = .failure(fault) }
        let waiting = state.withLock { [result] state -> [CheckedContinuation<PluginConnection, any Error>] in
            guard case .starting(let waiting) = state.stage else { return [] }
            switch result {
            case .success(let connection):
                state.stage = .running(connection)
                state.awaySince = nil
            case .failure(let error as PaymentError):
                // A person must change something first.
                state.stage = .refused(error)
                state.awaySince = state.awaySince ?? ContinuousClock.now
                state.lastError = "\(error)"
            case .failure(let error):
                state.stage = .idle
                if state.lastError == nil {
                    state.lastError = masking.masked((error as? PluginFault)?.why ?? "no answer")
                }
                countEnd(&state)
            }
            return waiting
        }
        switch result {
        case .success: for waiting in waiting { waiting.resume(with: result) }
        case .failure(let error):
            let why = (error as? PluginFault)?.why ?? "\(type(of: error))"
            log.error("A plugin did not start", metadata: ["why": "\(masking.masked(why))"])
            let told = error as? PaymentError ?? .busy("the plugin did not start", retryAfter: 1)
            for waiting in waiting { waiting.resume(throwing: told) }
        }
    }

    private func introduce(_ connection: PluginConnection) async throws -> PluginIntroduction {
        let hello = try await connection.call(.hello, Wire.Hello())
        let said: Wire.Introduction = try Self.read(hello.line, "hello")
        guard Wire.interfaces.contains(said.interface), said.manifest.interface == said.interface else {
            throw PaymentError.misconfigured("the plugin speaks another interface than \(Wire.interfaces)")
        }
        guard said.abilities.contains(Ability.offline.rawValue) == (said.manifest.offline != nil) else {
            throw PaymentError.misconfigured("the plugin says offline in its abilities or its manifest, not in both")
        }
        guard said.manifest.currencies.contains(configuration.currency) else {
            throw PaymentError.misconfigured("the plugin does not take \(configuration.currency.rawValue)")
        }
        let isLive = configuration.environment == .live
        let values: FieldValues
        do {
            values = try FieldValues(configuration.settings, checkedAgainst: said.manifest.settings, live: isLive)
        } catch {
            let problem = error.list.first
            throw PaymentError.misconfigured(problem?.message ?? "a setting is wrong", setting: problem?.key)
        }
        let setup = Wire.Settings(
            environment: configuration.environment, shop: configuration.shopName, settings: values.revealed)
        let made = try await connection.call(.setup, setup)
        let addresses: Wire.Addresses = try Self.read(made.line, "setup")
        try Self.check(addresses.hosts, named: said.manifest.hosts, "talk to", isLive: isLive)
        try Self.check(
            addresses.pageHosts ?? [], named: said.manifest.page?.hosts ?? [], "send customers to", isLive: isLive)
        return PluginIntroduction(
            manifest: said.manifest, abilities: said.abilities.compactMap(Ability.init),
            hosts: addresses.hosts, callbackSources: addresses.callbackSources,
            pageHosts: addresses.pageHosts)
    }

    /// A setting may lead to this machine in practice; otherwise the manifest's hosts are all there are.
    private static func check(_ hosts: [String], named: [String], _ what: String, isLive: Bool) throws {
        for host in hosts where !named.contains(host) {
            guard HostedPage.isHost(host), HostedPage.isThisMachine(host), !isLive else {
                throw PaymentError.misconfigured("the plugin wants to \(what) a host that its manifest does not name")
            }
        }
    }

    static func read<Value: Decodable & Sendable>(_ line: WireLine, _ method: String) throws -> Value {
        do { return try line.result() } catch let error as DecodingError {
            throw PluginFault(why: "its answer to \(method) does not read: \(error.place)")
        }
    }

    // MARK: Ending

    private func ended(_ connection: PluginConnection, _ fault: PluginFault, _ lastWords: String) {
        let why = masking.masked(fault.why)
        let words = masking.masked(lastWords, atMost: 1_000)
        let isNews = state.withLock { state in
            switch state.stage {
            case .refused: return false
            case .running(let current) where current === connection:
                state.stage = .idle
                if connection.hasWorked { state.failures = 0 }
                countEnd(&state)
            // Whoever starts it counts what did not come to be; one that was stopped on purpose counts for nothing.
            case .starting, .idle, .running: break
            }
            state.lastError = words.isEmpty ? why : "\(why); its last words: \(words.suffix(300))"
            return true
        }
        if isNews { log.error("A plugin ended", metadata: ["why": "\(why)", "last_words": "\(words)"]) }
    }

    private static let endsKept = 1_000

    /// The first end costs nothing; each further one in a row twice as long a pause, a minute at most.
    private func countEnd(_ state: inout State) {
        state.failures += 1
        state.restarts += 1
        state.ends = state.ends.suffix(Self.endsKept - 1) + [ContinuousClock.now]
        state.awaySince = state.awaySince ?? ContinuousClock.now
        let seconds = state.failures < 2 ? 0 : min(60, 1 << min(state.failures - 2, 6))
        state.restingUntil = ContinuousClock.now + .seconds(seconds)
    }

    /// Notes what the plugin did wrong without ending.
    func note(_ fault: PluginFault) {
        let why = masking.masked(fault.why)
        // When it ended of it, more is known already.
        state.withLock { if $0.lastError?.hasPrefix(why) != true { $0.lastError = why } }
        log.error("A plugin broke a rule", metadata: ["why": "\(why)"])
    }
}
