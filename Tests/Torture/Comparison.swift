import Commerce
import Cryptography
import Database
import Foundation
import Storage

/// The two ledgers side by side: what the provider did, and what the shop wrote down of it.
struct Comparison: Sendable {
    private(set) var violations: [String] = []
    /// Payments of which no word ever reached the shop. Only a statement of the provider can tell; until then the
    /// attempt must not say that nothing was paid, unless the provider itself had said so before.
    private(set) var unheard = 0
    /// Payments whose message was being read when the process died, three times: it waits for a person (R9, I9).
    private(set) var parked = 0
    private(set) var payments = 0
    private(set) var receiptsOwed = 0
    private(set) var pushes = 0
    private let ledger: Ledger
    private let books: Books
    private var explained: Set<String> = []

    /// The shop's rows, read at one moment.
    struct Books: Sendable {
        struct Money: Sendable {
            let id, order: String
            let ticket, receipt: String?
            let minor: Int64
        }
        struct Attempt: Sendable { let state, order: String }
        struct Order: Sendable {
            let number, status: String
            let totalMinor: Int64
        }
        var captures: [Money] = []
        var attempts: [String: Attempt] = [:]
        var orders: [String: Order] = [:]
        var acted: Set<String> = []
        var named: Set<String> = []
        /// Tickets with a message that waits for a person, who has been told.
        var parked: Set<String> = []
        /// `ticket route hash` of each message.
        var inbox: Set<String> = []
    }

    init(_ ledger: Ledger, _ books: Books) {
        self.ledger = ledger
        self.books = books
        comparePushes()
        compareMoney()
        compareMessages()
        compareOrders()
    }

    private mutating func comparePushes() {
        for (address, pushes) in Dictionary(grouping: ledger.pushes.filter(\.isAccepted), by: \.callbackURL) {
            self.pushes += pushes.count
            let ticket = pushes[0].ticket ?? address
            if pushes.count > 1 { violations.append("I12: \(ticket) was prompted \(pushes.count) times") }
            if books.attempts[ticket] == nil { violations.append("I11: \(ticket) was prompted and is not stored") }
            if !books.acted.contains(ticket) { violations.append("I11: \(ticket) was prompted without the journal") }
        }
    }

    private mutating func compareMoney() {
        let byReceipt = Dictionary(grouping: books.captures.filter { $0.receipt != nil }) { $0.receipt ?? "" }
        let byTicket = Dictionary(grouping: books.captures.filter { $0.ticket != nil }) { $0.ticket ?? "" }
        for push in ledger.pushes {
            for result in push.results {
                guard let receipt = result.receipt, result.debited > 0 else { continue }
                payments += 1
                let ticket = push.ticket ?? "?"
                let found = (byReceipt[receipt] ?? []) + (byTicket[ticket] ?? []).filter { $0.receipt == nil }
                guard let money = found.first else {
                    judgeMissing(push, ticket, receipt)
                    continue
                }
                explained.insert(money.id)
                if money.receipt == nil { receiptsOwed += 1 }
                if found.count > 1 { violations.append("I1: \(receipt) was recorded \(found.count) times") }
                if money.minor != Int64(result.debited) * 100 {
                    violations.append("I1: \(receipt) moved \(result.debited), recorded \(money.minor) cents")
                }
                if money.ticket != ticket { violations.append("I1: \(receipt) stands at \(money.ticket ?? "nobody")") }
            }
        }
        for money in books.captures where !explained.contains(money.id) {
            violations.append("I1: money that never moved is recorded for \(money.ticket ?? money.id)")
        }
    }

    /// Money that moved and is not in the books: excused only when the shop cannot know, and claims nothing.
    private mutating func judgeMissing(_ push: Ledger.Push, _ ticket: String, _ receipt: String) {
        let wasTold = push.callbacks.contains {
            $0.kind == "genuine" && $0.status == 200 && $0.body.contains(receipt)
        }
        if wasTold, books.parked.contains(ticket) {
            parked += 1
            return
        }
        let saidNo = push.results.first.map { $0.code != "0" } ?? false
        guard !wasTold, saidNo || !books.named.contains(ticket) else {
            violations.append("I1: \(receipt) of \(ticket) is not recorded (\(push.story))")
            return
        }
        unheard += 1
        let state = books.attempts[ticket]?.state ?? "missing"
        if !(saidNo ? ["cancelled", "failed", "expired"] : ["pending", "unknown", "expired"]).contains(state) {
            violations.append("R3: \(ticket) is paid at the provider, unheard of, and says \(state)")
        }
    }

    private mutating func compareMessages() {
        for push in ledger.pushes {
            guard let ticket = push.ticket else { continue }
            for callback in push.callbacks where callback.status == 200 {
                let key = "\(ticket) \(push.route) \(Hex.encode(SHA256.hash(Array(callback.body.utf8))))"
                if !books.inbox.contains(key) {
                    violations.append("I24: a message of \(ticket) was answered and is gone")
                }
            }
        }
    }

    private mutating func compareOrders() {
        let moved = Dictionary(grouping: ledger.pushes, by: \.ticket).mapValues { $0.reduce(0) { $0 + $1.debited } }
        var received: [String: Int64] = [:]
        for (ticket, attempt) in books.attempts {
            received[attempt.order, default: 0] += Int64(moved[ticket] ?? 0) * 100
        }
        for (id, order) in books.orders where order.status == "paid" && received[id] ?? 0 < order.totalMinor {
            violations.append("I6: order \(order.number) is paid and its money never moved")
        }
    }
}

extension Comparison.Books {
    init(of database: SQLDatabase) async throws {
        self = try await database.read(snapshot: true) { transaction in
            var books = Comparison.Books()
            books.captures = try transaction.query(
                "SELECT id, order_id, ticket, receipt, amount_minor FROM captures"
            ).map { row in
                Money(
                    id: try row.text(0), order: try row.textOrNil(1) ?? "", ticket: try row.textOrNil(2),
                    receipt: try row.textOrNil(3), minor: try row.int64(4))
            }
            for row in try transaction.query("SELECT ticket, state, order_id FROM attempts") {
                books.attempts[try row.text(0)] = Attempt(state: try row.text(1), order: try row.text(2))
            }
            for row in try transaction.query("SELECT id, number, status, total_minor FROM orders") {
                books.orders[try row.text(0)] = Order(
                    number: try row.text(1), status: try row.text(2), totalMinor: try row.int64(3))
            }
            books.acted = Set(try transaction.query("SELECT DISTINCT ticket FROM acts").map { try $0.text(0) })
            books.named = Set(
                try transaction.query("SELECT DISTINCT ticket FROM attempt_references").map { try $0.text(0) })
            books.parked = Set(
                try transaction.query(
                    """
                    SELECT i.ticket FROM inbox i JOIN reviews r ON r.subject = i.id AND r.kind = 'parked_message'
                    WHERE i.state = 'parked' AND r.closed_at IS NULL
                    """
                ).map { try $0.text(0) })
            for row in try transaction.query("SELECT ticket, route, body_key FROM inbox") {
                books.inbox.insert("\(try row.text(0)) \(try row.text(1)) \(Hex.encode(try row.blob(2)))")
            }
            return books
        }
    }
}
