import Blocking
import Foundation
import HTTPClient
import Logging
import PaymentKit
import Synchronization

/// What a way to pay keeps whatever it is set to meanwhile, as long as the process lives: its threads, and its turns at
/// the provider's rate, so that a copy that takes another's place does not send beside it.
package final class ProviderLane: Sendable {
    let executor = ThreadPoolExecutor(threads: 4)
    private let pace = Mutex(Pace(perSecond: nil))

    package init() {}

    /// Another rate begins anew.
    func pace(perSecond rate: Double?) -> Pace {
        pace.withLock { pace in
            if pace.perSecond != rate { pace = Pace(perSecond: rate) }
            return pace
        }
    }
}

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
    /// What the provider lets us send in the long run; nil for no limit.
    package let requestsPerSecond: Double?
    /// Seconds for which nothing is sent, because the provider does not answer; nil when calls may go.
    package var restSeconds: Double? { breaker.secondsClosed }

    /// - Parameters:
    ///   - requestsPerSecond: Nil for the manifest's rate.
    ///   - startSeconds: How long a plugin may take to begin an attempt.
    package init(
        name: String, _ abilities: Abilities, services: HostServices, client: OutboundClient, log: Logger,
        requestsPerSecond: Double? = nil, startSeconds: Double = 45, lane: ProviderLane = ProviderLane()
    ) {
        self.name = name
        self.abilities = abilities
        self.services = services
        self.client = client
        self.log = log
        self.startSeconds = startSeconds
        executor = lane.executor
        self.requestsPerSecond = requestsPerSecond ?? abilities.manifest.requestsPerSecond
        pace = lane.pace(perSecond: self.requestsPerSecond)
        tokens = SharedTokens(services.tokens, now: services.now)
    }

    /// What came of a request that acts.
    package enum Acted<Answer: Sendable>: Sendable {
        case answered(Answer)
        /// Nothing left. The same call may be made again.
        case notSent(String)
        /// Refused before acting. The same call may be made again after these seconds.
        case busy(String, retryAfter: Double)
        /// The owner must change a setting.
        case misconfigured(String, setting: String?)
        case invalidInput(String)
        /// It may have been carried out; never call again.
        case unknown(String)
    }

    /// Begins an attempt: at most one request that acts, journalled before it leaves.
    ///
    /// - Parameter within: How long it may wait for its turn at the provider's rate, in seconds; when the line is
    ///   longer, the answer is `busy` at once.
    package func start(_ request: StartRequest, _ ticket: Ticket, within seconds: Int? = nil) async -> Acted<Started> {
        let acted = await act(ticket, latestTurn: seconds.map { .now + .seconds($0) }) {
            [provider = abilities.provider] in try await provider.start(request, $0)
        }
        guard case .answered(let started) = acted, case .redirect(let url) = started.step else { return acted }
        guard let why = HostedPage.problem(with: url, hosts: abilities.pageHosts) else { return acted }
        // Nobody is sent there, and whoever made the page has acted: its end is asked about like any other.
        log.error("A plugin leads customers to a wrong address", metadata: ["provider": "\(name)", "why": "\(why)"])
        return .unknown("its page cannot be used: \(why)")
    }

    /// Begins a refund of a payment, in the same way.
    ///
    /// - Parameter past: The attempt that brought the money, if one did.
    package func refund(
        _ amount: Money, of receipt: Receipt, _ past: Past?, reason: String, _ ticket: Ticket
    ) async -> Acted<Outcome> {
        guard let refunds = abilities.refunds else { return .misconfigured("\(name) cannot refund", setting: nil) }
        return await act(ticket) { try await refunds.refund(amount, of: receipt, past, reason: reason, $0) }
    }

    /// Begins a payout, in the same way.
    package func payOut(
        _ amount: Money, to form: FieldValues, reason: String, _ ticket: Ticket
    ) async -> Acted<Outcome> {
        guard let payouts = abilities.payouts else { return .misconfigured("\(name) cannot pay out", setting: nil) }
        return await act(ticket) { try await payouts.send(amount, to: form, reason: reason, $0) }
    }

    /// The plugin's word is overruled by the journal: while an act has no complete answer, the result is `unknown`.
    private func act<Answer: Sendable>(
        _ ticket: Ticket, latestTurn: ContinuousClock.Instant? = nil,
        _ body: @escaping @Sendable (Call) async throws -> Answer
    ) async -> Acted<Answer> {
        if let wait = breaker.secondsClosed { return .busy("the provider does not answer", retryAfter: wait) }
        let http = journal(ticket, latestTurn: latestTurn)
        let call = call(ticket, http)
        let ended: Result<Answer, any Error>
        do {
            ended = .success(try await withDeadline(seconds: startSeconds, on: executor) { try await body(call) })
        } catch { ended = .failure(error) }
        let acts = http.end()
        let result: Acted<Answer> =
            switch ended {
            case .success(let answer):
                acts.isUnknown ? .unknown("the plugin decided without an answer") : .answered(answer)
            case .failure(let error as PaymentError):
                acts.isUnknown ? .unknown("\(error)") : Self.result(of: error)
            case .failure(let error):
                acts.begun > 0 ? .unknown("\(type(of: error))") : .notSent("\(type(of: error))")
            }
        switch result {
        case .busy, .notSent, .misconfigured, .invalidInput:
            // Unmarked, it only looks as if it may have been carried out.
            do { try await http.refuseAnswered() } catch {}
        case .answered, .unknown: break
        }
        switch result {
        case .notSent, .unknown: breaker.failed()
        case .answered, .busy, .misconfigured, .invalidInput: breaker.succeeded()
        }
        return result
    }

    private static func result<Answer>(of error: PaymentError) -> Acted<Answer> {
        switch error {
        case .invalidInput(let why, _): .invalidInput(why)
        case .misconfigured(let why, let setting): .misconfigured(why, setting: setting)
        case .notSent(let why), .unavailable(let why): .notSent(why)
        case .busy(let why, let seconds): .busy(why, retryAfter: min(max(seconds ?? 5, 1), 300))
        case .outcomeUnknown(let why): .unknown(why)
        case .unsupported(let why): .misconfigured(why, setting: nil)
        }
    }

    /// Asks what became of an attempt or a refund. An error says nothing about the payment.
    ///
    /// - Throws: ``PaymentError``, as all questions do.
    package func status(of past: Past) async throws(PaymentError) -> Outcome {
        guard let status = abilities.status else { throw .unsupported("\(name) cannot be asked") }
        return try await ask(past.ticket) { try await status.status(of: past, $0) }
    }

    /// Asks about a receipt; the answer may come later, to the ticket's address.
    package func lookUp(_ receipt: String, _ ticket: Ticket) async throws(PaymentError) -> Outcome {
        guard let lookups = abilities.lookups else { throw .unsupported("\(name) cannot look receipts up") }
        return try await ask(ticket) { try await lookups.lookUp(receipt, $0) }
    }

    /// One part of the provider's own list of what moved.
    package func statement(from: Date, to: Date, page: String?) async throws(PaymentError) -> StatementPage {
        guard let reconciling = abilities.reconciling else { throw .unsupported("\(name) has no list") }
        return try await ask(Self.standing) { try await reconciling.statement(from: from, to: to, page: page, $0) }
    }

    /// Asks what stands in the merchant's accounts; the answer may come later, to the ticket's address.
    package func balance(_ ticket: Ticket) async throws(PaymentError) -> Outcome {
        guard let balances = abilities.balances else { throw .unsupported("\(name) tells no balance") }
        return try await ask(ticket) { try await balances.balance($0) }
    }

    /// Tells the provider our standing addresses, and has it keep its list: what can be done of both. A person asks for
    /// this, once. Returns one line for each thing that was done.
    package func register() async throws(PaymentError) -> [String] {
        var lines: [String] = []
        if let incoming = abilities.incoming {
            lines += try await ask(Self.standing) { try await incoming.registerIncoming($0) }
        }
        if let reconciling = abilities.reconciling {
            lines += try await ask(Self.standing) { try await reconciling.registerStatement($0) }
        }
        return lines
    }

    /// A picture by which a payer's phone reads what to pay: a PNG.
    package func code(for amount: Money, account: String) async throws(PaymentError) -> Data {
        guard let codes = abilities.codes else { throw .unsupported("\(name) draws no codes") }
        return try await ask(Self.standing) { try await codes.code(for: amount, account: account, $0) }
    }

    /// What the owner's "test connection" and `duka doctor` show.
    package func testConnection() async throws(PaymentError) -> [String] {
        guard let connection = abilities.connection else { return [] }
        return try await ask(Self.standing) { try await connection.testConnection($0) }
    }

    /// The ticket of what belongs to no attempt: a provider's standing addresses are made for it.
    package static let standing = Ticket("STANDING")

    private func ask<Answer: Sendable>(
        _ ticket: Ticket, _ body: @escaping @Sendable (Call) async throws -> Answer
    ) async throws(PaymentError) -> Answer {
        let http = journal(ticket)
        defer { _ = http.end() }
        let call = call(ticket, http)
        do { return try await withDeadline(seconds: 30, on: executor) { try await body(call) } } catch let error
            as PaymentError
        { throw error } catch { throw .unavailable("\(type(of: error))") }
    }

    /// Translates a stored message; pure, so it may be done again at any time.
    ///
    /// - Throws: When the plugin does not come back in time.
    package func events(in inbound: InboundRequest) async throws -> [PaymentEvent] {
        guard let webhooks = abilities.webhooks else { return [] }
        return try await withDeadline(seconds: 10, on: executor) { try await webhooks.events(in: inbound) }
    }

    /// All movements in a statement's file; pure.
    ///
    /// - Throws: ``PaymentError``; a plugin that does not come back in a minute is unavailable.
    package func movements(inFile file: Data) async throws(PaymentError) -> [StatementLine] {
        guard let reader = abilities.statementFiles else { throw .unsupported("\(name) reads no statements") }
        let lines: [StatementLine]
        do {
            lines = try await withDeadline(seconds: 60, on: executor) { try reader.movements(inFile: file) }
        } catch let error as PaymentError { throw error } catch {
            throw .unavailable("The statement could not be read: \(type(of: error)).")
        }
        let areCountable = lines.allSatisfy { line in
            WireLimits.isCountable(line.amount) && line.balance.map(WireLimits.isCountable) ?? true
        }
        guard areCountable else { throw .invalidInput("A line of the statement has an amount that cannot be right.") }
        return lines
    }

    /// The provider's question in a message, when it is one.
    ///
    /// - Throws: When the plugin does not come back in two seconds.
    package func question(in inbound: InboundRequest) async throws -> IncomingQuestion? {
        guard let incoming = abilities.incoming else { return nil }
        return try await withDeadline(seconds: 2, on: executor) { try await incoming.question(in: inbound) }
    }

    /// The provider's form of our answer to its question; nil when the plugin does not come back in two seconds.
    package func reply(_ answer: IncomingAnswer) async -> HTTPReply? {
        guard let incoming = abilities.incoming else { return nil }
        do {
            return try await withDeadline(seconds: 2, on: executor) { try await incoming.reply(answer) }
        } catch { return nil }
    }

    /// How to pay without a prompt; nil when the provider takes no such payments, or the plugin does not come back in
    /// two seconds.
    package func instructions(for amount: Money, account: String) async -> Instructions? {
        do {
            return try await withDeadline(seconds: 2, on: executor) { [abilities] in
                if let offline = abilities.offline {
                    return try await offline.instructions(for: amount, account: account)
                }
                return try await abilities.incoming?.instructions(for: amount, account: account)
            }
        } catch { return nil }
    }

    /// A typed text as a receipt of this provider; nil when it is none, or the plugin does not come back in two
    /// seconds.
    package func receipt(typed text: String) async -> String? {
        guard let lookups = abilities.lookups else { return nil }
        do {
            return try await withDeadline(seconds: 2, on: executor) { try await lookups.receipt(typed: text) }
        } catch { return nil }
    }

    private func journal(_ ticket: Ticket, latestTurn: ContinuousClock.Instant? = nil) -> JournalledHTTP {
        JournalledHTTP(
            client: client, pace: pace, hosts: abilities.hosts, ticket: ticket, services: services,
            latestTurn: latestTurn)
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
