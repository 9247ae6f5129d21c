import Commerce
import PaymentKit
import Storage

/// What is committed: the shop's tables, as far as the money rules use them.
final class Store {
    struct Event {
        var seq: Int64
        var event: OrderEvent
        var at: Timestamp
    }
    /// What an order holds of the shelf.
    struct Goods {
        var product: Int
        var quantity: Int
    }
    struct ReviewKey: Equatable {
        var kind: String
        var subject: String
    }
    struct Review {
        var order: ID<Order>?
        var isOpen: Bool
    }
    struct JobKey: Equatable {
        var kind: Job.Kind
        var ticket: Ticket?
        var order: ID<Order>
        init(_ job: Job) { self.init(job.kind, job.ticket, job.order) }
        init(_ kind: Job.Kind, _ ticket: Ticket?, _ order: ID<Order>) {
            self.kind = kind
            self.ticket = ticket
            self.order = order
        }
        static func == (left: JobKey, right: JobKey) -> Bool {
            guard left.kind == right.kind, left.ticket == right.ticket else { return false }
            return left.ticket != nil || left.order == right.order
        }
    }
    struct JobRow {
        var job: Job
        var leaseUntil: Timestamp
    }
    struct ReferenceKey: Equatable {
        var instance: String
        var name: String
        var value: String
    }
    struct AppliedKey: Hashable {
        var instance: String
        var key: EventKey
    }
    struct InboxRow {
        enum State { case new, done, kept, parked }
        var message: Message
        var state = State.new
        var tries = 0
        var nextAt: Timestamp
    }
    /// Debits less credits by account, in the smallest unit.
    struct Balance {
        var clearing: Int64 = 0
        var payments: Int64 = 0
        var credit: Int64 = 0
        var suspense: Int64 = 0
        mutating func add(_ amount: Int64, to account: Account) {
            switch account {
            case .providerClearing: clearing += amount
            case .orderPayments: payments += amount
            case .customerCredit: credit += amount
            case .suspense: suspense += amount
            case .payouts: break
            }
        }
    }
    struct Reading {
        var readWholeAt = Timestamp(milliseconds: 0)
        var readUntil: Timestamp
        var nextAt: Timestamp
        var leaseUntil = Timestamp(milliseconds: 0)
        var generation: Int64 = 0
        var failures = 0
    }

    var orders = Table<ID<Order>, Order>()
    var history: [[Event]] = []
    var goods = Table<ID<Order>, Goods>()
    var stock: [Int]
    var attempts = Table<Ticket, Attempt>()
    var acts = Table<Ticket, [Bool]>()
    var references = Table<ReferenceKey, Ticket>()
    var eventKeys: Set<AppliedKey> = []
    var captures = Table<ID<Capture>, Capture>()
    var refunds = Table<Ticket, Refund>()
    var reviews = Table<ReviewKey, Review>()
    var jobs = Table<JobKey, JobRow>()
    var inbox = Table<Int, InboxRow>()
    var statement: Reading
    var total = Balance()
    var balances = Table<ID<Order>, Balance>()

    /// Transactions that stand still while others run: what they have written is locked.
    var suspended: [MemoryBooks] = []

    init(stock: [Int], at now: Timestamp) {
        self.stock = stock
        statement = Reading(readUntil: now, nextAt: now)
    }

    func hasOpenReview(_ kind: String, _ order: Order) -> Bool {
        reviews.keys.indices.contains {
            reviews.keys[$0].kind == kind && reviews.rows[$0].isOpen && reviews.rows[$0].order == order.id
        }
    }

    func hasOpenReview(_ kind: String, _ subject: String) -> Bool {
        reviews[ReviewKey(kind: kind, subject: subject)]?.isOpen == true
    }
}
