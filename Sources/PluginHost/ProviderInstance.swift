import Blocking
import Foundation
import HTTPClient
import Logging
import PaymentKit
import Synchronization

/// One configured copy of a plugin, run so that it cannot hurt the shop: on its own threads, with deadlines, behind a
/// breaker, and judged by the journal instead of by its own word.
package final class ProviderInstance: Sendable {
    /// Unique and short; part of what a callback address proves.
    package let name: String
    package let abilities: Abilities
    private let services: HostServices
    private let client: OutboundClient
    private let executor: ThreadPoolExecutor
    private let pace: Pace
    private let tokens: SharedTokens
    private let log: Logger
    private let breaker = Breaker()
    private let startSeconds: Double

    /// - Parameters:
    ///   - requestsPerSecond: Nil for the manifest's rate.
    ///   - startSeconds: How long a plugin may take to begin an attempt.
    package init(
        name: String, _ abilities: Abilities, services: HostServices, client: OutboundClient, log: Logger,
        requestsPerSecond: Double? = nil, startSeconds: Double = 45
    ) {
        self.name = name
        self.abilities = abilities
        self.services = services
        self.client = client
        self.log = log
        self.startSeconds = startSeconds
        executor = ThreadPoolExecutor(threads: 4)
        pace = Pace(perSecond: requestsPerSecond ?? abilities.manifest.requestsPerSecond)
        tokens = SharedTokens(services.tokens, now: services.now)
    }

    /// What came of asking for money.
    package enum StartResult: Sendable {
        case started(Started)
        /// Nothing left. The same call may be made again.
        case notSent(String)
        /// Refused before acting. The same call may be made again after these seconds.
        case busy(String, retryAfter: Double)
        /// The owner must change a setting.
        case misconfigured(String, setting: String?)
        case invalidInput(String)
        /// A prompt may have been sent; never call again.
        case unknown(String)
    }

    /// Begins an attempt: at most one request that acts, journalled before it leaves.
    ///
    /// The plugin's word is overruled by the journal: while an act has no complete answer, the result is `unknown`.
    package func start(_ request: StartRequest, _ ticket: Ticket) async -> StartResult {
        if let wait = breaker.secondsClosed { return .busy("the provider does not answer", retryAfter: wait) }
        let http = journal(ticket)
        let call = call(ticket, http)
        let result: StartResult
        do {
            let provider = abilities.provider
            let started = try await withDeadline(seconds: startSeconds, on: executor) {
                try await provider.start(request, call)
            }
            result = http.acts.isUnknown ? .unknown("the plugin decided without an answer") : .started(started)
        } catch let error as PaymentError {
            result = http.acts.isUnknown ? .unknown("\(error)") : Self.result(of: error)
        } catch {
            result = http.acts.begun > 0 ? .unknown("\(type(of: error))") : .notSent("\(type(of: error))")
        }
        switch result {
        case .notSent, .unknown: breaker.failed()
        case .started, .busy, .misconfigured, .invalidInput: breaker.succeeded()
        }
        return result
    }

    private static func result(of error: PaymentError) -> StartResult {
        switch error {
        case .invalidInput(let why, _): .invalidInput(why)
        case .misconfigured(let why, let setting): .misconfigured(why, setting: setting)
        case .notSent(let why), .unavailable(let why): .notSent(why)
        case .busy(let why, let seconds): .busy(why, retryAfter: min(max(seconds ?? 5, 1), 300))
        case .outcomeUnknown(let why): .unknown(why)
        case .unsupported(let why): .misconfigured(why, setting: nil)
        }
    }

    /// Asks what became of an attempt. An error says nothing about the payment.
    ///
    /// - Throws: ``PaymentError``.
    package func status(of past: Past) async throws(PaymentError) -> Outcome {
        guard let status = abilities.status else { throw .unsupported("\(name) cannot be asked") }
        let call = call(past.ticket, journal(past.ticket))
        do {
            return try await withDeadline(seconds: 30, on: executor) { try await status.status(of: past, call) }
        } catch let error as PaymentError { throw error } catch { throw .unavailable("\(type(of: error))") }
    }

    /// Translates a stored message; pure, so it may be done again at any time.
    ///
    /// - Throws: When the plugin does not come back in time.
    package func events(in inbound: InboundRequest) async throws -> [PaymentEvent] {
        guard let webhooks = abilities.webhooks else { return [] }
        return try await withDeadline(seconds: 10, on: executor) { webhooks.events(in: inbound) }
    }

    /// What the owner's "test connection" and `duka doctor` show.
    package func testConnection() async throws(PaymentError) -> [String] {
        guard let connection = abilities.connection else { return [] }
        let ticket = Ticket("TEST")
        let call = call(ticket, journal(ticket))
        do {
            return try await withDeadline(seconds: 30, on: executor) { try await connection.testConnection(call) }
        } catch let error as PaymentError { throw error } catch { throw .unavailable("\(type(of: error))") }
    }

    private func journal(_ ticket: Ticket) -> JournalledHTTP {
        JournalledHTTP(client: client, pace: pace, hosts: abilities.hosts, ticket: ticket, services: services)
    }

    private func call(_ ticket: Ticket, _ http: JournalledHTTP) -> Call {
        let callback = services.callback
        return Call(
            ticket: ticket, http: http, tokens: tokens, crypto: HostCrypto(),
            log: InstanceLog(log: log, instance: name), now: services.now()
        ) { callback(ticket, $0) }
    }
}

/// Passes a plugin's notes on to the shop's log.
private struct InstanceLog: PluginLogging {
    let log: Logger
    let instance: String
    func note(_ message: String) {
        log.info("A provider's note", metadata: ["provider": "\(instance)", "note": "\(message.prefix(500))"])
    }
}

/// Keeps a provider that does not answer from being called for a while: after five failures in a row, ten seconds.
private final class Breaker: Sendable {
    private struct State {
        var failures = 0
        var closedUntil: ContinuousClock.Instant?
    }
    private let state = Mutex(State())

    /// Seconds for which nothing is sent, or nil when calls may go.
    var secondsClosed: Double? {
        state.withLock { state in
            guard let until = state.closedUntil, until > .now else { return nil }
            return max(1, (until - .now) / .seconds(1))
        }
    }

    func failed() {
        state.withLock { state in
            state.failures += 1
            if state.failures >= 5 { state.closedUntil = .now + .seconds(10) }
        }
    }

    func succeeded() { state.withLock { $0 = State() } }
}
