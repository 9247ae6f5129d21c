import Commerce
import Database
import PaymentKit
import Storage

/// The shell's own tables: jobs, messages, and how far the provider's list was read.
extension MemoryBooks {
    /// Takes a due job for a minute, as one claims a row by its generation.
    func claim(_ due: Job) throws -> Job? {
        try touch()
        guard var row = try claimed(due) else { return nil }
        row.job.generation += 1
        row.job.runs += 1
        row.leaseUntil = now.adding(seconds: 60)
        jobs.set(Store.JobKey(due), row)
        return row.job
    }

    func finish(_ job: Job) throws {
        try touch()
        guard try claimed(job) != nil else { return }
        jobs.set(Store.JobKey(job), nil)
    }

    /// Notes that translating a message begins.
    ///
    /// - Returns: False when somebody else has begun it meanwhile.
    func beginTranslating(_ number: Int, tries: Int) throws -> Bool {
        try touch()
        guard var row = inbox.row(number) ?? store.inbox[number], row.state == .new, row.tries == tries else {
            return false
        }
        row.tries += 1
        row.nextAt = now.adding(seconds: 5 << min(tries, 6))
        inbox.set(number, row)
        return true
    }

    func finish(message number: Int, as state: Store.InboxRow.State) throws {
        try touch()
        guard var row = inbox.row(number) ?? store.inbox[number] else { return }
        row.state = state
        inbox.set(number, row)
    }

    func forgiveTry(of number: Int, tries: Int) throws {
        guard var row = inbox.row(number) ?? store.inbox[number], row.state == .new else { return }
        row.tries = tries
        inbox.set(number, row)
    }

    func readStatementSoon() throws {
        try touch()
        var reading = statement ?? store.statement
        reading.nextAt = min(reading.nextAt, now)
        statement = reading
    }

    /// Makes everything that was written visible, at once.
    func commit() {
        store.orders.apply(orders)
        for (order, event) in newEvents {
            guard let place = store.orders.place(of: order) else { continue }
            while store.history.count <= place { store.history.append([]) }
            store.history[place].append(event)
        }
        store.goods.apply(newGoods)
        for (product, change) in stock { store.stock[product] += change }
        store.attempts.apply(attempts)
        store.acts.apply(acts)
        store.references.apply(references)
        for key in eventKeys { store.eventKeys.insert(key) }
        store.captures.apply(captures)
        for posting in postings {
            store.total.add(posting.amount, to: posting.account)
            guard let order = posting.order else { continue }
            var balance = store.balances[order] ?? Store.Balance()
            balance.add(posting.amount, to: posting.account)
            store.balances.set(order, balance)
        }
        store.refunds.apply(refunds)
        store.reviews.apply(reviews)
        store.jobs.apply(jobs)
        store.inbox.apply(inbox)
        if let statement { store.statement = statement }
    }
}
