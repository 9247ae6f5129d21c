import ArgumentParser
import Checkout
import Commerce
import PaymentKit

struct PluginReplay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Have a plugin read stored messages of its provider once more.",
        discussion: """
            duka plugin replay 0197…                      one message, as the desk's page of messages names it
            duka plugin replay --instance till            all that came to nothing or wait for a person
            duka plugin replay --instance till --since 2d --dry-run
            What a message says is news or it is not: money that was counted is not counted again. The running shop \
            reads them; with --dry-run this command does, tells what the plugin reads there, and records nothing.
            """)

    @Argument(help: "Messages, by their identities.")
    var messages: [String] = []
    @Option(help: "All messages of this way to pay that are not done with.")
    var instance: String?
    @Option(help: "With --instance: from when on, such as 48h, 7d, or a day such as 2026-11-20.")
    var since: String?
    @Flag(help: "Tell what the plugin reads in them, and record nothing.")
    var dryRun = false
    @Option(help: "Seconds to wait until the running shop has read them, 0 to 600.")
    var wait = 30
    @Flag(name: .customLong("json"), help: "One JSON object on each line.")
    var isJSON = false
    @OptionGroup var person: Person

    /// Messages that one command takes.
    private static let most = 1_000

    private struct Line: Encodable {
        let message, provider, route, receivedAt, verdict: String
        var reads: [ReadEvent]?
        var problem: String?
    }

    func run() async throws {
        guard messages.isEmpty != (instance == nil) else { throw Stop("Say which: messages, or --instance NAME.") }
        guard since == nil || instance != nil else { throw Stop("--since goes with --instance NAME.") }
        guard (0...600).contains(wait) else { throw Stop("--wait is \(wait); expected 0 to 600 seconds.") }
        let start = try since.map { try Reconcile.moment($0, now: Wiring.now()) } ?? Timestamp(milliseconds: 0)
        let by = try person.name
        try await OperatorShop.open { open in
            let found = try await self.found(open.shop, since: start)
            guard !found.isEmpty else {
                if !isJSON { print("There is nothing to read again.") }
                return
            }
            if dryRun {
                for message in found { try await tell(message, open.shop) }
            } else {
                try await replay(found, by: by, open)
            }
        }
    }

    private func found(_ shop: Shop, since start: Timestamp) async throws -> [StoredMessage] {
        guard let instance else {
            var found: [StoredMessage] = []
            for id in messages { found.append(try await shop.storedMessage(id)) }
            return found
        }
        guard shop.provider(instance) != nil else { throw ReplayRefusal.noSuchWay(instance) }
        let found = try await shop.unreadMessages(of: instance, since: start, atMost: Self.most)
        if found.count == Self.most { Shown.remark("The oldest \(Self.most); run it again for the rest.") }
        return found
    }

    // MARK: Reading only

    private func tell(_ message: StoredMessage, _ shop: Shop) async throws {
        var line = Self.line(message)
        do { line.reads = try await shop.events(inStored: message.id).map(ReadEvent.init) } catch {
            switch error {
            case let refusal as ReplayRefusal: line.problem = Refusals.sentence(refusal)
            case let error as PaymentError: line.problem = Refusals.sentence(error)
            default: line.problem = "The plugin does not come back from it (\(type(of: error)))."
            }
        }
        guard !isJSON else { return try Shown.printJSON(line) }
        print("\(message.id)  \(message.instance) \(message.route)  \(Shown.time(message.receivedAt))")
        if let problem = line.problem { print("    \(problem)") }
        if line.reads?.isEmpty == true { print("    The plugin reads nothing in it.") }
        for event in line.reads ?? [] { print("    \(event.sentence)") }
    }

    // MARK: Reading again

    private func replay(_ found: [StoredMessage], by person: String, _ open: OperatorShop) async throws {
        for message in found where message.verdict != .new {
            try await open.shop.replay(message.id, by: person)
        }
        var ended = try await open.shop.storedMessages(found.map(\.id))
        let isRunning = try await !open.shop.nodesAlive().isEmpty
        if isRunning, wait > 0 {
            let done = try await open.wait(wait) { () -> [StoredMessage]? in
                let now = try await open.shop.storedMessages(found.map(\.id))
                return now.contains { $0.verdict == .new } ? nil : now
            }
            ended = try await done.orElse { try await open.shop.storedMessages(found.map(\.id)) }
        }
        for message in ended {
            guard !isJSON else {
                try Shown.printJSON(Self.line(message))
                continue
            }
            print("\(message.id)  \(message.instance) \(message.route)  \(Self.sentence(message.verdict))")
        }
        if !isRunning, !isJSON {
            print("No shop is running on this database: they are read when one starts (duka serve).")
        }
    }

    private static func line(_ message: StoredMessage) -> Line {
        Line(
            message: message.id, provider: message.instance, route: message.route,
            receivedAt: Shown.json(message.receivedAt), verdict: message.verdict.rawValue)
    }

    private static func sentence(_ verdict: MessageVerdict) -> String {
        switch verdict {
        case .new: "It waits to be read."
        case .done: "What it says is recorded."
        case .kept: "The plugin reads nothing in it; the provider was asked instead."
        case .parked: "It waits for a person: duka orders items"
        }
    }
}

extension Optional {
    fileprivate func orElse(_ other: () async throws -> Wrapped) async rethrows -> Wrapped {
        if let self { return self }
        return try await other()
    }
}

/// What a plugin reads in a message, without people and with receipts in part.
struct ReadEvent: Encodable {
    /// The ticket of what it is about, or in words what it names.
    let about, fact: String
    let amount, receipt, code: String?

    init(_ event: PaymentEvent) {
        about =
            switch event.subject {
            case .about(let ticket): Self.plain(ticket.value)
            case .matching(let reference): "the payment with this \(Self.plain(reference.name))"
            case .incoming(let account): "the account \"\(Masked.typed(account, inFull: false))\""
            }
        var (amount, receipt, code): (Money?, Receipt?, String?) = (nil, nil, nil)
        switch event.outcome.fact {
        case .pending: fact = "pending"
        case .authorized(let money, _): (fact, amount) = ("authorized", money)
        case .paid(let money, let told): (fact, amount, receipt) = ("paid", money, told)
        case .returned(let money, let told, let kind):
            (fact, amount, receipt) = ("returned_\(kind.rawValue)", money, told)
        case .sent(let money, let told): (fact, amount, receipt) = ("sent", money, told)
        case .balance: fact = "balance"
        case .declined(let decline): (fact, code) = ("declined", "\(decline.code) (\(decline.reason.rawValue))")
        case .unclear(let told, _): (fact, code) = ("unclear", told)
        case .notFound: fact = "not_found"
        case .needsReview: fact = "needs_review"
        }
        self.amount = amount?.decimalText
        self.receipt = receipt.map { "•••\($0.id.suffix(3))" }
        self.code = code.map(Self.plain)
    }

    /// A plugin's word as a terminal may show it.
    private static func plain(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }).prefix(60))
    }

    var sentence: String {
        let parts = [amount, receipt.map { "receipt \($0)" }, code].compactMap(\.self)
        return "\(about): \(fact)\(parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))")"
    }
}
