import Commerce
import Database
import PaymentKit

/// One order read whole, with its attempts and its history, and told against the rules of states and time.
struct OrderAudit {
    /// What it shows; `violations` names them by their place.
    enum Rule: Int, CaseIterable {
        case money, status, unknownAttempt, transitions, join, version, time, chain

        var check: BooksCheck {
            switch self {
            case .money:
                BooksCheck(
                    "I5", "an order counts what arrived for it up to its total, and so does the ledger", method: .orders
                )
            case .status: BooksCheck("I6", "the stored status is the computed one", method: .orders)
            case .unknownAttempt:
                BooksCheck("I14", "an attempt starts only when the one before has ended", method: .orders)
            case .transitions: BooksCheck("I18", "states follow the transitions, up only", method: .orders)
            case .join: BooksCheck("I19", "a stored state is the last one of its history", method: .orders)
            case .version:
                BooksCheck("I21", "an order's version is the number of its events, from 1 on", method: .orders)
            case .time: BooksCheck("I22", "the times of a history never go back", method: .orders)
            case .chain: BooksCheck("I23", "the hash chain of a history verifies", method: .orders)
            }
        }
    }

    static let checks = Rule.allCases.map(\.check)

    /// Orders that are read at a time, so that a big database does not fill memory.
    static let ordersAtATime = 200

    private(set) var violations: [(Rule, Violation)] = []
    private let id: ID<Order>

    /// Reads and judges one order.
    init(of id: ID<Order>, in reading: some SQLReading) {
        self.id = id
        do {
            guard let order = try reading.order(id) else { return }
            let links = try reading.links(of: id)
            judgeChain(order, links)
            try judgeAttempts(order, links.map(\.stored), try reading.attemptWords(of: id))
            judgeStatus(order)
            try judgeMoney(order, in: reading)
        } catch {
            // A row that does not read is no state that events can have led to.
            report(.transitions, "does not read: \(error)")
        }
    }

    private mutating func report(_ rule: Rule, _ seen: String, of row: String? = nil) {
        violations.append((rule, Violation(row: row ?? id.text, seen: seen)))
    }

    private mutating func judgeStatus(_ order: Order) {
        let computed = order.standing.status(at: order.changedAt)
        // Between open and expired stands only the clock, which may have been behind when the order was saved.
        let isOpen: (OrderStatus) -> Bool = { $0 == .pending || $0 == .expired }
        guard computed != order.status, !(isOpen(computed) && isOpen(order.status)) else { return }
        report(.status, "stored \(order.status.rawValue), computed \(computed.rawValue)", of: order.number.text)
    }

    private mutating func judgeMoney(_ order: Order, in reading: some SQLReading) throws {
        let money = OrderMoney(
            try reading.captures(of: id), total: order.total, canBeFulfilled: order.stockHeld || order.applied.minor > 0
        )
        func compare(_ what: String, _ stored: Int64, _ computed: Int64) {
            guard stored != computed else { return }
            report(.money, "\(what) \(stored), by its money \(computed)", of: order.number.text)
        }
        compare("received", order.received.minor, money.received.minor)
        compare("returned", order.returned.minor, money.returned.minor)
        compare("applied", order.applied.minor, money.applied.minor)
        compare("the ledger's payments", try reading.ledgerBalance(of: .orderPayments, order: id), money.kept.minor)
        compare("the ledger's credit", try reading.ledgerBalance(of: .customerCredit, order: id), money.credit.minor)
    }

    private mutating func judgeChain(_ order: Order, _ links: [EventLink]) {
        var last: [UInt8] = []
        var time = Timestamp(milliseconds: .min)
        for (place, link) in links.enumerated() {
            if link.stored.seq != Int64(place + 1) {
                report(.version, "event \(link.stored.seq) at place \(place + 1)")
            }
            if link.hash != link.stored.hash(of: id, after: last) { report(.chain, "event \(link.stored.seq)") }
            if link.stored.at < time { report(.time, "event \(link.stored.seq)") }
            last = link.hash
            time = link.stored.at
        }
        if order.version != Int64(links.count) {
            report(.version, "version \(order.version), \(links.count) events", of: order.number.text)
        }
        if order.lastHash != last {
            report(.chain, "the order's own hash is not the last one's", of: order.number.text)
        }
        if order.changedAt < time { report(.time, "changed before its last event", of: order.number.text) }
    }

    /// Follows each attempt through the history.
    private mutating func judgeAttempts(_ order: Order, _ events: [StoredEvent], _ stored: [String: String]) throws {
        var reached: [String: String] = [:]
        for event in events {
            guard let ticket = event.event.ticket?.value else { continue }
            if event.event.kind == "attempt_started" {
                let live = reached.filter { Self.isLive($0.value) }.keys.sorted()
                if let live = live.first { report(.unknownAttempt, "started while \(live) was live", of: ticket) }
                if reached[ticket] != nil { report(.transitions, "started twice", of: ticket) }
                reached[ticket] = "pending"
                continue
            }
            guard let rank = Self.ranks[event.event.kind] else { continue }
            guard let before = reached[ticket].flatMap({ Self.ranks[$0] }) else {
                report(.transitions, "\(event.event.kind) before it was started", of: ticket)
                continue
            }
            if rank.upperBound < before.lowerBound || before.lowerBound == Self.paid {
                report(.transitions, "\(event.event.kind) after \(reached[ticket] ?? "")", of: ticket)
            }
            reached[ticket] = event.event.kind
        }
        for (ticket, word) in stored where reached[ticket] != word {
            report(.join, "stored \(word), history \(reached[ticket] ?? "without it")", of: ticket)
        }
        for ticket in reached.keys where stored[ticket] == nil { report(.join, "history without a row", of: ticket) }
        if order.attemptsMade != stored.count {
            report(.join, "\(order.attemptsMade) attempts counted, \(stored.count) stored", of: order.number.text)
        }
    }

    private static let paid = 5
    /// Where each word stands in the order of states; a failure may be one before the prompt or after it.
    private static let ranks: [String: ClosedRange<Int>] = [
        "pending": 0...0, "unknown": 1...1, "prompt_sent": 2...2, "expired": 3...3, "failed": 3...4,
        "cancelled": 4...4, "paid": paid...paid,
    ]

    private static func isLive(_ word: String) -> Bool { ["pending", "unknown", "prompt_sent"].contains(word) }
}

/// An event with its stored hash.
struct EventLink: Sendable {
    let stored: StoredEvent
    let hash: [UInt8]
}

extension SQLReading {
    fileprivate func links(of order: ID<Order>) throws -> [EventLink] {
        let hashes = try query("SELECT hash FROM events WHERE order_id = \(order.text) ORDER BY seq")
        return try zip(try events(of: order), hashes).map { EventLink(stored: $0, hash: try $1.blob(0)) }
    }

    /// The public word of each attempt's stored state.
    fileprivate func attemptWords(of order: ID<Order>) throws -> [String: String] {
        let rows = try query("SELECT ticket, state FROM attempts WHERE order_id = \(order.text)")
        return Dictionary(
            try rows.map { row in
                let state = try row.text(1)
                return (try row.text(0), state == "refused" ? "failed" : state)
            }, uniquingKeysWith: { first, _ in first })
    }

    /// What an account of the books holds for an order: credits less debits.
    fileprivate func ledgerBalance(of account: Account, order: ID<Order>) throws -> Int64 {
        try first(
            """
            SELECT CAST(COALESCE(SUM(CASE WHEN side = 'credit' THEN amount_minor ELSE -amount_minor END), 0) AS SIGNED)
            FROM ledger WHERE order_id = \(order.text) AND account = \(account.rawValue)
            """)?.int64(0) ?? 0
    }

    /// The identities that follow `last`, in order.
    func orderIDs(after last: String, atMost count: Int) throws -> [ID<Order>] {
        try query("SELECT id FROM orders WHERE id > \(last) ORDER BY id LIMIT \(count)").map {
            ID(stored: try $0.text(0))
        }
    }
}
