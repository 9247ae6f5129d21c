import Checkout
import Commerce
import Database
import PaymentKit
import Storage

/// The node that worked on it has stopped.
struct NodeDown: Error {}
/// The database does not answer, or nobody knows whether it committed.
struct NoAnswer: Error {}

/// What was wrong, in the words of the invariant.
package struct Violation: Sendable, Hashable {
    package let invariant: String
    package let what: String
}

/// One simulated shop with everything around it: nodes, books, a provider, shoppers, staff and strangers, in virtual
/// time. The rules that it runs are the shop's own.
package final class World {
    struct Node {
        var offset: Int64 = 0
        var isUp = true
        /// Grows with each stop: what worked before is gone.
        var epoch: UInt32 = 0
        var nextPoll = Int64.max
        var armed: [Fault.Kind] = []
    }

    /// Monday, 1 June 2026, 08:00 UTC.
    static let begin: Int64 = 1_780_300_800_000
    static let instance = "pay"

    let plan: Plan
    let rules: ShopRules
    let graces = [World.instance: 180, World.hostile: 180]
    let store: Store
    var provider = Provider()
    var agenda = Agenda()
    var nodes: [Node]
    var workers: [Worker] = []
    var idleWorkers: [Int] = []
    var messages: [Message] = []
    /// Messages that were stored while the database was away.
    var spool: [Int] = []
    var time: Int64 = 0
    var awayUntil: Int64 = 0
    /// Set once faults are over.
    var isQuiet = false
    /// Set when nobody reads the list by himself any more.
    var isOver = false
    var random: Random
    private var names: UInt64 = 0
    private var depth = 0
    package internal(set) var steps = 0
    package private(set) var violation: Violation?
    /// The story of what happens, line by line; nil when nobody reads it.
    package var story: [String]?
    var checks = Checks()
    var tally = Tally()
    /// Whether all evidence is kept, to be replayed in other orders at the end.
    let replays: Bool
    var heard: [Heard] = []

    package init(_ plan: Plan) {
        self.plan = plan
        var rules = ShopRules()
        rules.orderExpirySeconds = plan.expirySeconds
        self.rules = rules
        store = Store(stock: plan.stock, at: Timestamp(milliseconds: Self.begin))
        nodes = Array(repeating: Node(), count: plan.nodes)
        random = Random(plan.seed, -1)
        // Ids that belong to something else go to whoever is heard first.
        replays =
            plan.seed.isMultiple(of: 4) && !plan.orders.contains { $0.habits.contains(.wrongIDs) }
            && plan.hostilities.isEmpty
        for order in plan.orders { agenda.add(.place(order.id), at: order.at) }
        for (number, fault) in plan.faults.enumerated() { agenda.add(.fault(number), at: fault.at) }
        for (number, extra) in plan.extras.enumerated() { agenda.add(.extra(number), at: extra.at) }
        for (number, hostility) in plan.hostilities.enumerated() { agenda.add(.hostility(number), at: hostility.at) }
        agenda.add(.phase(0), at: Plan.end)
        for node in nodes.indices { wake(node, at: Int64(node) * 7) }
    }

    /// Runs until nothing is left to do or something is wrong.
    package func run(atMost limit: Int = 100_000) {
        while violation == nil, let (next, event) = agenda.pop() {
            time = max(time, next)
            apply(event)
            guard steps < limit else { return fail("liveness", "it does not come to rest") }
        }
        if violation == nil { checkAtRest() }
    }

    func apply(_ event: Agenda.Event) {
        steps += 1
        do { try perform(event) } catch is Blocked {
            tally.blocked += 1
            agenda.add(event, at: time + 3)
        } catch {
            // Whoever did it has nobody to tell: a stopped node, a person whose page shows an error.
        }
    }

    private func perform(_ event: Agenda.Event) throws {
        switch event {
        case .poll(let node): try poll(node)
        case .work(let place, let generation): try work(place, generation)
        case .deliver(let number): try deliver(number)
        case .decide(let number): decide(number)
        case .payAfterNo(let number): payAfterNo(number)
        case .decideRefund(let number): decideRefund(number)
        case .place(let order): try place(order)
        case .look(let order, let left): try look(order, left)
        case .extra(let number): try act(plan.extras[number], number)
        case .hostility(let number): try act(plan.hostilities[number], number)
        case .follow(let number, let ticket): try follow(plan.extras[number], ticket)
        case .fault(let number): arm(plan.faults[number])
        case .restart(let node): restart(node)
        case .phase(let number): try begin(phase: number)
        }
    }

    // MARK: Words

    func fail(_ invariant: String, _ what: String) {
        guard violation == nil else { return }
        violation = Violation(invariant: invariant, what: what)
        say("checker", "\(invariant): \(what)")
    }

    @inline(__always)
    func require(_ holds: Bool, _ invariant: String, _ what: @autoclosure () -> String) {
        if !holds { fail(invariant, what()) }
    }

    @inline(__always)
    func say(_ actor: @autoclosure () -> String, _ what: @autoclosure () -> String) {
        guard story != nil else { return }
        story?.append("\(Self.clock(time))  \(actor()): \(what())")
    }

    static func clock(_ time: Int64) -> String {
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let milliseconds = time % 1_000
        let digits = String(repeating: "0", count: 3 - "\(milliseconds)".count) + "\(milliseconds)"
        return "\(two(time / 3_600_000)):\(two(time / 60_000 % 60)):\(two(time / 1_000 % 60)).\(digits)"
    }

    /// A name that nobody has yet, in no order.
    func makeName(_ prefix: String) -> String {
        names += 1
        var mixed = Random(names &* 0x5851_F42D_4C95_7F2D)
        return prefix + String(mixed.next() % 1_000_000_007, radix: 36)
    }

    // MARK: Transactions

    func now(_ node: Int) -> Timestamp { Timestamp(milliseconds: Self.begin + time + nodes[node].offset) }

    /// Runs a transaction on a node as the shop's database does: again from the start when a row has moved on.
    func transact<Result>(_ node: Int, _ body: (MemoryBooks) throws -> Result) throws -> Result {
        guard awayUntil <= time else { throw NoAnswer() }
        let epoch = nodes[node].epoch
        let started = now(node)
        for attempt in 1... {
            let books = MemoryBooks(self, now: started, node: node)
            books.pauseAt = takePause(node)
            do {
                let result = try body(books)
                guard nodes[node].epoch == epoch else { throw NodeDown() }
                if try losesConflict(node), attempt < 8 { continue }
                books.commit()
                checks.afterCommit(books, self)
                try interruptAfterCommit(node)
                return result
            } catch is StaleWrite {
                tally.stale += 1
                say("node \(node)", "somebody was faster; once more")
                if attempt == 8 { throw StaleWrite() }
            }
        }
        throw StaleWrite()
    }

    /// Runs a look at what is committed.
    func read<Result>(_ node: Int, _ body: (MemoryBooks) throws -> Result) throws -> Result {
        guard awayUntil <= time else { throw NoAnswer() }
        return try body(MemoryBooks(self, now: now(node), node: node))
    }

    private func takePause(_ node: Int) -> Int {
        guard !plan.isSerial, depth < 3, !nodes[node].armed.isEmpty else { return 0 }
        for kind in nodes[node].armed {
            if case .pause(let call, _) = kind { return call }
        }
        return 0
    }

    /// How many others run while this one stands still: the first pause that is armed, which is over then.
    private func beginPause(_ node: Int) -> Int {
        for (place, kind) in nodes[node].armed.enumerated() {
            guard case .pause(_, let events) = kind else { continue }
            nodes[node].armed.remove(at: place)
            return events
        }
        return 0
    }

    /// Others do whatever comes next, while a transaction stands still between two of its statements.
    func letOthersRun(during books: MemoryBooks) throws {
        let epoch = nodes[books.node].epoch
        let others = beginPause(books.node)
        say("node \(books.node)", "stands still within a transaction …")
        tally.pauses += 1
        depth += 1
        store.suspended.append(books)
        let latest = time + 20_000
        for _ in 0..<others {
            guard violation == nil else { break }
            if random.chance(40), let event = agenda.pull(before: time + 3_600_000, &random) {
                apply(event)
                continue
            }
            guard let due = agenda.nextTime, due <= latest else { break }
            if case .phase = agenda.next { break }
            guard let (next, event) = agenda.pop() else { break }
            time = max(time, next)
            apply(event)
        }
        store.suspended.removeLast()
        depth -= 1
        say("node \(books.node)", "… and goes on")
        guard nodes[books.node].epoch == epoch else { throw NodeDown() }
    }

    /// - Returns: Whether the transaction lost and is to be run again.
    private func losesConflict(_ node: Int) throws -> Bool {
        guard !nodes[node].armed.isEmpty else { return false }
        for (place, kind) in nodes[node].armed.enumerated() {
            switch kind {
            case .crashBefore(let back):
                nodes[node].armed.remove(at: place)
                stop(node, back: back, "before it commits")
                throw NodeDown()
            case .conflict:
                nodes[node].armed.remove(at: place)
                tally.conflicts += 1
                say("node \(node)", "loses a conflict; once more")
                return true
            case _: continue
            }
        }
        return false
    }

    private func interruptAfterCommit(_ node: Int) throws {
        guard !nodes[node].armed.isEmpty else { return }
        for (place, kind) in nodes[node].armed.enumerated() {
            switch kind {
            case .crashAfter(let back):
                nodes[node].armed.remove(at: place)
                stop(node, back: back, "right after it committed")
                throw NodeDown()
            case .lostAnswer:
                nodes[node].armed.remove(at: place)
                tally.lostAnswers += 1
                say("node \(node)", "commits, and hears nothing of it")
                throw NoAnswer()
            case _: continue
            }
        }
    }
}
