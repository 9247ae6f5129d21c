import FoundationEssentials
import PaymentKit
import Synchronization

/// A plugin, its scenario, and what the laws do with both.
final class LawBench: Sendable {
    let scenario: Scenario
    let manifest: Manifest
    let plugin: Abilities
    private let subject: Subject
    private let setup: Setup

    /// What came of one call.
    struct Begun: Sendable {
        enum Came: Sendable {
            case started(Started)
            case failed(PaymentError)
            /// Not a ``PaymentError``: a bug.
            case bug(String)
        }
        let came: Came
        let http: LawHTTP
        let notes: [String]

        /// Where the customer is sent; nil when nowhere.
        var address: URL? {
            guard case .started(let started) = came, case .redirect(let url) = started.step else { return nil }
            return url
        }
        var fact: Fact? { if case .started(let started) = came { started.outcome.fact } else { nil } }
        var references: [Reference] { if case .started(let started) = came { started.outcome.references } else { [] } }
        /// Everything that it said, to look for what must not be there.
        var words: String {
            switch came {
            case .started(let started): "\(started) " + notes.joined(separator: " ")
            case .failed(let error): "\(error) " + notes.joined(separator: " ")
            case .bug(let text): text + " " + notes.joined(separator: " ")
            }
        }
    }

    static let ticket = "K7M29QXD-1"
    static let order = "K7M29QXD"
    static let returnAddress = URL(string: "https://shop.example/orders/r3turn-h3re/back")
    static let now = Date(timeIntervalSince1970: 1_767_612_615)

    init(_ subject: Subject, _ scenario: Scenario) async throws {
        self.subject = subject
        self.scenario = scenario
        manifest = subject.manifest
        setup = Setup(
            environment: .practice,
            settings: try FieldValues(scenario.settings, checkedAgainst: subject.manifest.settings), shopName: "Duka")
        plugin = try await subject.make(setup)
    }

    /// A second copy with the same settings: a plugin keeps no state, so it must do the same.
    func another() async throws -> Abilities { try await subject.make(setup) }

    var currency: Currency { manifest.currencies.first ?? .kes }
    var amount: Money { Money(decimal: scenario.amount, currency) ?? Money(whole: 150, currency) }

    /// The values of the plugin's secret settings.
    var secrets: [String] {
        manifest.settings.filter { $0.kind == .secret }.compactMap { scenario.settings[$0.key] }.filter {
            $0.count >= 6
        }
    }

    func verdict(of law: Law) async -> Verdict {
        func verdict(_ result: Verdict.Result, _ detail: String = "") -> Verdict {
            Verdict(
                number: law.number, rule: law.rule, result: result, detail: detail,
                advice: result == .broken ? law.advice : "")
        }
        do {
            let seen = try await withinSeconds(30) { try await law.check(self) }
            return seen.map { verdict(.broken, $0) } ?? verdict(.kept)
        } catch let error as NotAsked { return verdict(.notAsked, error.why) } catch let error as PaymentError {
            return verdict(.broken, "it threw \(error)")
        } catch { return verdict(.broken, "it threw \(type(of: error))") }
    }

    /// What did not come back in time.
    struct Hung: Error {}

    func withinSeconds<Value: Sendable>(
        _ seconds: Double, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                throw Hung()
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw Hung() }
            return value
        }
    }

    // MARK: Calls

    func call(_ http: LawHTTP, _ log: RememberingLog, ticket: String = LawBench.ticket, now: Date = LawBench.now)
        -> Call
    {
        .scripted(http, ticket: ticket, tokens: MemoryTokens(), log: log, now: now)
    }

    /// - Parameter first: Answers that come before the scenario's.
    func http(_ first: [Scenario.Answer] = [], _ trouble: (Trouble, at: Int)? = nil, hangs: Bool = false) -> LawHTTP {
        LawHTTP(first + scenario.answers, hosts: plugin.hosts, trouble: trouble, hangs: hangs)
    }

    /// Begins a payment.
    func begin(
        _ first: [Scenario.Answer] = [], trouble: (Trouble, at: Int)? = nil, amount: Money? = nil,
        ticket: String = LawBench.ticket, now: Date = LawBench.now, with other: Abilities? = nil,
        hasReturn: Bool = true
    ) async throws -> Begun {
        guard plugin.offline == nil else { throw NotAsked("it begins nothing") }
        let http = http(first, trouble)
        let log = RememberingLog()
        let form = try FieldValues(scenario.form, checkedAgainst: manifest.form)
        let request = StartRequest(
            amount: amount ?? self.amount, form: form, orderNumber: Self.order,
            returnAddress: hasReturn ? Self.returnAddress : nil)
        let came: Begun.Came
        do {
            came = .started(
                try await (other ?? plugin).provider.start(request, call(http, log, ticket: ticket, now: now)))
        } catch let error as PaymentError { came = .failed(error) } catch { came = .bug("\(type(of: error))") }
        return Begun(came: came, http: http, notes: log.notes)
    }

    /// The payment as the core remembers it after a good start.
    func past(unknown: Bool = false) async throws -> Past {
        let begun = unknown ? [] : try await begin().references
        return Past(
            ticket: Ticket(Self.ticket), amount: amount, references: begun, startedAt: Self.now,
            outcomeUnknown: unknown)
    }

    /// What came of a question, with what it sent.
    func ask(
        _ first: [Scenario.Answer], trouble: (Trouble, at: Int)? = nil, past: Past? = nil
    ) async throws -> (outcome: Result<Outcome, PaymentError>, http: LawHTTP, words: String) {
        guard let status = plugin.status else { throw NotAsked("it cannot be asked") }
        let http = http(first, trouble)
        let log = RememberingLog()
        var known = past
        if known == nil { known = try await self.past() }
        guard let known else { throw NotAsked("there is no payment") }
        do {
            let outcome = try await status.status(of: known, call(http, log))
            return (.success(outcome), http, "\(outcome) \(log.notes)")
        } catch let error as PaymentError { return (.failure(error), http, "\(error) \(log.notes)") }
    }

    /// The events of a message to the payment's own address.
    func events(_ route: String, _ body: Data, with other: Abilities? = nil, isKnown: Bool = true) async throws
        -> [PaymentEvent]
    {
        guard let webhooks = (other ?? plugin).webhooks else { throw NotAsked("it reads no messages") }
        let isStanding = manifest.routes.first { $0.name == route }?.isStanding ?? false
        let about =
            isStanding || !isKnown
            ? nil : Past(ticket: Ticket(Self.ticket), amount: amount, references: [], startedAt: Self.now)
        return try await webhooks.events(in: InboundRequest(route: route, about: about, body: body))
    }
}

extension Fact {
    /// Whether it says that money moved or was promised.
    var isMoney: Bool {
        switch self {
        case .paid, .authorized, .returned, .sent: true
        case .pending, .balance, .declined, .unclear, .notFound, .needsReview: false
        }
    }

    /// Whether it decides: money, or a no.
    var isClaim: Bool {
        switch self {
        case .declined, .notFound: true
        case .paid, .authorized, .returned, .sent: true
        case .pending, .balance, .unclear, .needsReview: false
        }
    }

    var paidAmount: Money? { if case .paid(let amount, _) = self { amount } else { nil } }
    var receiptID: String? { if case .paid(_, let receipt) = self { receipt?.id } else { nil } }
}
