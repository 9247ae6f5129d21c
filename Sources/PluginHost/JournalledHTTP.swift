import Foundation
import HTTPClient
import PaymentKit
import Synchronization

/// The client that a plugin is given for one call: only its own hosts, its rate kept, and every act journalled before
/// it leaves.
final class JournalledHTTP: HTTPSending {
    /// What the call's acts have come to.
    struct Acts: Sendable {
        /// One may have arrived, and no complete answer came.
        var isUnknown = false
        var begun = 0
        /// The last one that was answered completely, by its number in the journal.
        var answered: Int?
        /// The status of the last complete answer.
        var lastStatus: Int?
    }
    private let client: OutboundClient
    private let pace: Pace
    private let hosts: [String]
    private let ticket: Ticket
    private let services: HostServices
    /// The latest moment for a request to get its turn; nil when it may wait.
    private let latestTurn: ContinuousClock.Instant?
    private let state = Mutex((acts: Acts(), isOver: false))

    init(
        client: OutboundClient, pace: Pace, hosts: [String], ticket: Ticket, services: HostServices,
        latestTurn: ContinuousClock.Instant? = nil
    ) {
        self.latestTurn = latestTurn
        self.client = client
        self.pace = pace
        self.hosts = hosts
        self.ticket = ticket
        self.services = services
    }

    private var acts: Acts { state.withLock { $0.acts } }

    /// Ends the call: nothing more leaves by it, whoever may still hold it.
    ///
    /// - Returns: What its acts came to, or will be known as: an act that is under way is unknown.
    func end() -> Acts {
        state.withLock { state in
            state.isOver = true
            return state.acts
        }
    }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let host = [request.url.host(), request.url.port.map(String.init)].compactMap { $0 }.joined(separator: ":")
        guard hosts.contains(host) else { throw PaymentError.unsupported("the plugin may not talk to \(host)") }
        try await pace.wait(latest: latestTurn)
        guard !state.withLock({ $0.isOver }) else { throw Self.isOver }
        switch request.effect {
        case .asks: return try await ask(request)
        case .acts: return try await act(request)
        }
    }

    private func ask(_ request: HTTPRequest) async throws -> HTTPResponse {
        do { return Self.response(try await client.send(Self.outbound(request))) } catch {
            throw error.kind == .notSent ? PaymentError.notSent(error.message) : PaymentError.unavailable(error.message)
        }
    }

    private func act(_ request: HTTPRequest) async throws -> HTTPResponse {
        // A second act in one call is allowed only when the first was refused with a complete answer.
        let earlier = acts
        guard earlier.begun == 0 || (!earlier.isUnknown && (earlier.lastStatus ?? 0) >= 400) else {
            throw PaymentError.outcomeUnknown("one call may act once")
        }
        let number: Int
        do {
            try await refuseAnswered()
            number = try await services.beginAct(ticket)
        } catch {
            // Our own doing, which says nothing about the provider.
            throw PaymentError.busy("the journal could not be written", retryAfter: 1)
        }
        let isOver = state.withLock { state in
            guard !state.isOver else { return true }
            state.acts.begun += 1
            state.acts.isUnknown = true
            return false
        }
        guard !isOver else {
            do { try await services.cancelAct(ticket, number) } catch {}
            throw Self.isOver
        }
        let answer: OutboundResponse
        do { answer = try await client.send(Self.outbound(request)) } catch {
            guard !error.mayHaveArrived else { throw PaymentError.outcomeUnknown(error.message) }
            state.withLock {
                $0.acts.begun -= 1
                $0.acts.isUnknown = false
            }
            do { try await services.cancelAct(ticket, number) } catch {}
            throw PaymentError.notSent(error.message)
        }
        state.withLock {
            $0.acts.isUnknown = false
            $0.acts.lastStatus = answer.status
            $0.acts.answered = number
        }
        // The answer itself is what counts; a journal line without an end only makes a crash look less certain.
        do { try await services.endAct(ticket, number, answer.status) } catch {}
        return Self.response(answer)
    }

    /// Journals that the act that was answered last did nothing, by the plugin's word.
    func refuseAnswered() async throws {
        guard let number = acts.answered else { return }
        try await services.refuseAct(ticket, number)
        state.withLock { $0.acts.answered = nil }
    }

    private static let isOver = PaymentError.notSent("the call is over")

    private static func outbound(_ request: HTTPRequest) -> OutboundRequest {
        OutboundRequest(
            method: request.method, url: request.url.absoluteString,
            headers: request.headers.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) },
            body: Array(request.body), timeout: .seconds(request.timeout),
            effect: request.effect == .acts ? .acts : .asks)
    }

    private static func response(_ answer: OutboundResponse) -> HTTPResponse {
        HTTPResponse(
            status: answer.status,
            headers: Dictionary(answer.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }),
            body: Data(answer.body))
    }
}

/// Keeps calls to a provider's rate: after a short burst, one every `1 / rate` seconds.
final class Pace: Sendable {
    let perSecond: Double?
    private let interval: Duration?
    private let burst: Int
    private static let longest = Duration.seconds(60)
    private let next = Mutex<ContinuousClock.Instant?>(nil)

    /// - Parameter perSecond: Nil for no limit.
    init(perSecond: Double?, burst: Int = 5) {
        self.perSecond = perSecond
        interval = perSecond.map { .seconds(1 / $0) }
        self.burst = burst
    }

    /// Returns when it is this call's turn; callers get turns in the order in which they ask.
    ///
    /// - Parameter latest: A turn that would come later is left to somebody else; in a minute at most.
    /// - Throws: ``PaymentError/busy(_:retryAfter:)`` at once when the turn would come too late.
    func wait(latest: ContinuousClock.Instant? = nil) async throws {
        guard let interval else { return }
        let now = ContinuousClock.now
        // No call lives longer, and turns that nobody can use would be kept from those who come later.
        let latest = min(latest ?? now + Self.longest, now + Self.longest)
        let (turn, isMine) = next.withLock { next -> (ContinuousClock.Instant, Bool) in
            let turn = max(next ?? now, now - interval * (burst - 1))
            if turn > latest { return (turn, false) }
            next = turn + interval
            return (turn, true)
        }
        guard isMine else {
            throw PaymentError.busy("the line for the provider is too long", retryAfter: (turn - now) / .seconds(1))
        }
        if turn > .now { try await Task.sleep(until: turn, clock: .continuous) }
    }
}
