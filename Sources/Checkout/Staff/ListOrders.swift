import Commerce
import Database
import PaymentKit
import Storage

/// A line of the staff's list of orders.
package struct OrderSummary: Sendable {
    package let order: Order
    package let status: OrderStatus
    package let contact: OrderContact
    /// The newest prompt, if there was one.
    package let latest: Attempt?
    /// The kinds of its open items.
    package let items: [String]
    /// Of its money, the earliest first.
    package let receipts: [String]
    /// Through whom it was prompted last, or paid.
    package let instance: String?

    init(_ listed: ListedOrder, at now: Timestamp) {
        order = listed.order
        status = listed.order.standing.status(at: now)
        contact = listed.contact
        latest = listed.latest
        items = listed.items
        receipts = listed.receipts
        instance = listed.instance
    }
}

/// A page of the list of orders.
package struct OrderPage: Sendable {
    /// The newest first.
    package var orders: [OrderSummary] = []
    /// Behind which order it goes on; nil when there is nothing more.
    package var next: ID<Order>?
    /// Whether it ends early: there were too many orders to look at for one page, and older ones may fit.
    package var isCut = false

    /// An empty page.
    package init() {}
}

extension Shop {
    /// Orders that a page of the list looks at, at most: so that it takes no longer in a shop with millions of them.
    private static let looksPerPage = 5_000
    /// The same when names are opened to be compared.
    private static let namesPerPage = 1_000

    /// Orders that fit a filter, the newest first.
    package func listOrders(_ filter: OrderFilter) async throws -> OrderPage {
        let now = now()
        guard filter.name?.list.isEmpty != true else { return OrderPage() }
        return try await database.read { [vault] reading in
            var page = OrderPage()
            var start: ID<Order>?
            // By its stems a name is found that differs in later letters; then there are more to open.
            var opened = 0
            while page.orders.count < filter.limit {
                let wanted = max(filter.limit - page.orders.count, filter.name == nil ? 1 : 50)
                let found = try reading.find(
                    filter, after: start, atMost: wanted, looks: Self.looksPerPage, vault)
                opened += found.orders.count
                for listed in try reading.listed(found.orders, vault) where page.orders.count < filter.limit {
                    start = listed.order.id
                    guard filter.name?.areFound(in: NameWords(listed.contact.name)) != false else { continue }
                    page.orders.append(OrderSummary(listed, at: now))
                }
                if page.orders.count == filter.limit { break }
                start = found.next
                guard start != nil else { return page }
                page.isCut = opened >= Self.namesPerPage || found.orders.count < wanted
                if page.isCut { break }
            }
            page.next = start
            return page
        }
    }

    /// Gives every order that fits a filter to `take`, the newest first, some hundred at a time; `take` may wait.
    ///
    /// Orders that are placed meanwhile are not among them.
    package func eachOrder(_ filter: OrderFilter, _ take: ([OrderSummary]) async throws -> Void) async throws {
        guard filter.name?.list.isEmpty != true else { return }
        var start: ID<Order>?
        repeat {
            let (now, after) = (now(), start)
            let (found, listed) = try await database.read { [vault] reading in
                let found = try reading.find(filter, after: after, atMost: 200, looks: Self.looksPerPage, vault)
                return (found, try reading.listed(found.orders, vault))
            }
            let fitting = listed.filter { filter.name?.areFound(in: NameWords($0.contact.name)) != false }
            if !fitting.isEmpty { try await take(fitting.map { OrderSummary($0, at: now) }) }
            try Task.checkCancellation()
            start = found.next
        } while start != nil
    }

    /// The order that a receipt paid for, or for which the money of a receipt went back; nil when there is none.
    package func orderNumber(paidBy receipt: String) async throws -> OrderNumber? {
        var typed: [(receipt: String, instance: String)] = []
        for provider in providers { typed.append((await provider.receipt(typed: receipt) ?? receipt, provider.name)) }
        for way in goneWays { typed.append((receipt, way.name)) }
        return try await database.read { [typed] reading in
            for (receipt, instance) in typed {
                let order =
                    try reading.capture(receipt: receipt, instance: instance)?.order
                    ?? reading.refund(receipt: receipt, instance: instance)?.order
                guard let order else { continue }
                return try reading.order(order)?.number
            }
            return nil
        }
    }

    // MARK: Finding by name

    /// Before which moment orders are not found by their customers' names yet; nil when all are.
    package func namesMissing() async throws -> Timestamp? {
        let now = now()
        return try await database.read { [vault] in try $0.namesMissing(before: now, vault) }
    }

    /// Notes the names of orders from before names were noted; does nothing once that is done. Many at a time, for a
    /// shop that is upgraded has many.
    package func noteOlderNames() async throws {
        var done = 0
        while !Task.isCancelled {
            let now = now()
            let count = try await database.transaction { [vault] in
                try $0.noteOlderNames(atMost: 250, vault, at: now)
            }
            guard count > 0 else { break }
            done += count
            if done % 50_000 == 0 { log.notice("Names are being noted", metadata: ["orders": "\(done)"]) }
        }
        if done > 0 { log.notice("All names are noted", metadata: ["orders": "\(done)"]) }
    }
}
