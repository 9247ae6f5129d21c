import Commerce
import PaymentKit
import Storage

/// What happens to nodes: stopping, starting, clocks, the database away.
extension World {
    func arm(_ fault: Fault) {
        guard !isQuiet else { return }
        switch fault.kind {
        case .clock(let change):
            nodes[fault.node].offset += change
            tally.clockJumps += 1
            say("node \(fault.node)", "its clock jumps by \(change / 1_000) s")
            wake(fault.node, at: time)
        case .away(let length):
            awayUntil = max(awayUntil, time + length)
            say("database", "is away for \(length / 1_000) s")
        case .silence(let length):
            provider.silentUntil = max(provider.silentUntil, time + length)
            say("provider", "answers nothing for \(length / 1_000) s")
        case .crashBefore, .crashAfter, .lostAnswer, .conflict, .pause, .freeze:
            nodes[fault.node].armed.append(fault.kind)
        }
    }

    func stop(_ node: Int, back: Int64, _ when: String) {
        say("node \(node)", "stops \(when), for \(back / 1_000) s")
        tally.crashes += 1
        nodes[node].isUp = false
        nodes[node].epoch += 1
        nodes[node].nextPoll = .max
        agenda.add(.restart(node), at: time + back)
    }

    func restart(_ node: Int) {
        guard !nodes[node].isUp else { return }
        nodes[node].isUp = true
        say("node \(node)", "starts")
        recover(node)
        wake(node, at: time + 5)
    }

    /// A node that is up; the load balancer finds it.
    func someNode(_ number: Int) -> Int? {
        for step in nodes.indices {
            let node = (number + step) % nodes.count
            if nodes[node].isUp { return node }
        }
        return nil
    }

    /// Has a node look for work at a time, unless it does so earlier.
    func wake(_ node: Int, at moment: Int64) {
        guard nodes[node].isUp, moment < nodes[node].nextPoll else { return }
        nodes[node].nextPoll = moment
        agenda.add(.poll(node), at: moment)
    }

    func wakeAll() { for node in nodes.indices { wake(node, at: time + 1 + Int64(node)) } }

    /// Takes what a freeze was armed for: how long the next thing on this node stands still.
    func takeFreeze(_ node: Int, atMost most: Int64 = .max) -> Int64 {
        guard !nodes[node].armed.isEmpty else { return 0 }
        for (place, kind) in nodes[node].armed.enumerated() {
            guard case .freeze(let length) = kind else { continue }
            nodes[node].armed.remove(at: place)
            tally.freezes += 1
            say("node \(node)", "stands still for \(min(length, most) / 1_000) s")
            return min(length, most)
        }
        return 0
    }

    // MARK: Looking for work

    func poll(_ node: Int) throws {
        guard nodes[node].isUp, nodes[node].nextPoll <= time else { return }
        nodes[node].nextPoll = .max
        defer { planNextPoll(node) }
        guard awayUntil <= time else { return wake(node, at: awayUntil + 1 + Int64(node)) }
        if !spool.isEmpty { try takeSpool(node) }
        try claimJobs(node)
        try translate(node)
        try claimStatement(node)
    }

    private func claimJobs(_ node: Int) throws {
        let now = now(node)
        let due = dueJobs(at: now)
        guard !due.isEmpty else { return }
        let claimed = try transact(node) { books in try due.compactMap { try books.claim($0) } }
        for job in claimed { begin(job, on: node) }
    }

    private func dueJobs(at now: Timestamp) -> [Job] {
        var due = store.jobs.rows.filter { $0.job.dueAt <= now && $0.leaseUntil <= now }.map(\.job)
        if due.count > 1 {
            due.sort { ($0.kind.isPatient ? 1 : 0, $0.dueAt) < ($1.kind.isPatient ? 1 : 0, $1.dueAt) }
        }
        return Array(due.prefix(8))
    }

    /// The next time at which anything may be due by this node's clock.
    private func planNextPoll(_ node: Int) {
        guard nodes[node].isUp else { return }
        var next = Int64.max
        for row in store.jobs.rows {
            next = min(next, max(row.job.dueAt, row.leaseUntil).milliseconds)
        }
        for row in store.inbox.rows where row.state == .new { next = min(next, row.nextAt.milliseconds) }
        if !isOver { next = min(next, max(store.statement.nextAt, store.statement.leaseUntil).milliseconds) }
        guard next < .max else { return }
        wake(node, at: max(time + 1, awayUntil + 1, next - Self.begin - nodes[node].offset) + Int64(node) * 3)
    }
}

extension Job.Kind {
    /// Questions can wait.
    fileprivate var isPatient: Bool { self == .query || self == .refundQuery }
}
