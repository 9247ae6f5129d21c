import Commerce
import Database
import PaymentKit

/// A part of a list of orders.
package struct FoundOrders: Sendable {
    /// The newest first.
    package var orders: [ID<Order>] = []
    /// Where to go on; nil when there is nothing more.
    package var next: ID<Order>?
}

/// One list of orders, told as SQL: an index that leads through it from its newest end, and what is looked at of each
/// order on the way.
///
/// Whatever is combined, a look goes through so many orders and no more, so it takes no longer in a big shop. What of a
/// combination is rare is found by going on from there.
struct OrderSearch {
    let filter: OrderFilter
    private let words: [[UInt8]]
    private let phones: [[UInt8]]
    /// Whether few orders at all have a total between the two that are asked for.
    private let isTotalRare: Bool

    /// Totals between two amounts are rare when no more orders have one.
    private static let few = 1_000

    init(_ filter: OrderFilter, _ vault: Vault, in reading: some SQLReading) throws {
        self.filter = filter
        words = (filter.name?.soughtStems ?? []).map(vault.wordKey)
        phones = filter.phone.map(vault.indexes(of:)) ?? []
        guard let between = Self.totals(filter), filter.least != filter.most else {
            isTotalRare = false
            return
        }
        let counted = try reading.first("SELECT COUNT(*) FROM (\(Self.rare(between, limit: Self.few + 1))) AS r")
        isTotalRare = try counted?.int(0) ?? 0 <= Self.few
    }

    /// The index that leads through the list: the one of which the fewest orders are to be expected.
    private enum Lead { case phone, name, person, total, flag, prompt, status, provider, none }

    private var lead: Lead {
        if filter.phone != nil { return .phone }
        if !words.isEmpty { return .name }
        if filter.needsPerson { return .person }
        if isTotalRare || (filter.least != nil && filter.least == filter.most) { return .total }
        if filter.flag != nil { return .flag }
        if let prompt = filter.prompt, prompt != .paid, prompt != .expired { return .prompt }
        if let status = filter.status, status != .paid { return .status }
        if filter.prompt != nil { return .prompt }
        if filter.status != nil { return .status }
        return filter.provider == nil ? .none : .provider
    }

    /// - Parameter looks: How many orders are looked at, at most, when there is something to look at.
    func find(in reading: some SQLReading, after start: ID<Order>?, atMost count: Int, looks: Int) throws -> FoundOrders
    {
        var found = FoundOrders()
        var start = start
        guard let conditions else {
            let rows = try reading.query(candidates(after: start, atMost: count))
            found.orders = try rows.map { ID(stored: try $0.text(0)) }
            found.next = rows.count < count ? nil : found.orders.last
            return found
        }
        var looked = 0
        for step in [count * 4, 1_000, looks] where looked < looks {
            let part = min(step, looks - looked)
            let left = count - found.orders.count
            found.orders += try reading.query(
                """
                SELECT o.id FROM (\(candidates(after: start, atMost: part))) AS c CROSS JOIN orders o ON o.id = c.id
                WHERE \(conditions) ORDER BY o.id DESC LIMIT \(left)
                """
            ).map { ID(stored: try $0.text(0)) }
            if found.orders.count == count {
                found.next = found.orders.last
                return found
            }
            let last = try reading.first(
                "SELECT COUNT(*), MIN(id) FROM (\(candidates(after: start, atMost: part))) AS c")
            guard let last, try last.int(0) == part else { return found }
            start = try last.textOrNil(1).map(ID.init(stored:))
            looked += part
        }
        found.next = start
        return found
    }

    // MARK: The way

    /// The identities on the way, the newest first.
    private func candidates(after start: ID<Order>?, atMost count: Int) -> SQL {
        let end = filter.to.map { ID<Order>(earliestAt: $0).text }
        let below = [start?.text, filter.olderThan?.text, end].compactMap { $0 }.min() ?? "g"
        let from = filter.from.map { ID<Order>(earliestAt: $0).text } ?? ""
        func orders(_ table: SQL, _ condition: SQL) -> SQL {
            "SELECT id FROM \(table) WHERE \(condition)id < \(below) AND id >= \(from) ORDER BY id DESC LIMIT \(count)"
        }
        // Two of an order count once.
        func others(_ table: SQL, _ condition: SQL) -> SQL {
            """
            SELECT order_id AS id FROM \(table) WHERE \(condition) AND order_id < \(below) AND order_id >= \(from)
            GROUP BY order_id ORDER BY order_id DESC LIMIT \(count)
            """
        }
        func either(_ one: SQL, _ two: SQL) -> SQL {
            "SELECT id FROM (\(one)) AS a UNION SELECT id FROM (\(two)) AS b ORDER BY id DESC LIMIT \(count)"
        }
        switch lead {
        case .phone:
            return either(
                orders(
                    "(SELECT id FROM orders WHERE phone_index IN (\(list: phones)) LIMIT \(Self.few)) AS p", ""),
                others(
                    "(SELECT order_id FROM attempts WHERE phone_index IN (\(list: phones)) LIMIT \(Self.few)) AS q",
                    "1 = 1"))
        case .name: return others("order_words", "word_key = \(words[0])")
        case .person: return others("reviews /*! FORCE INDEX (reviews_by_closing) */", "closed_at IS NULL")
        case .total:
            guard let between = Self.totals(filter) else { preconditionFailure("A total leads.") }
            return isTotalRare
                ? orders("(\(Self.rare(between, limit: Self.few))) AS r", "")
                : orders("orders /*! FORCE INDEX (orders_by_total) */", "total_minor = \(between.lowerBound) AND ")
        case .flag:
            // With the flags, which the index has, so that only orders that have the right one are read.
            return """
                SELECT id, flags FROM orders /*! FORCE INDEX (orders_by_flag) */
                WHERE flagged = 1 AND id < \(below) AND id >= \(from) ORDER BY id DESC LIMIT \(count)
                """
        case .prompt:
            let states = filter.prompt?.columns ?? []
            let table: SQL = "attempts /*! FORCE INDEX (attempts_by_state_and_order) */"
            guard states.count == 2 else { return others(table, "state = \(states.first ?? "")") }
            return either(others(table, "state = \(states[0])"), others(table, "state = \(states[1])"))
        case .status:
            return orders(
                "orders /*! FORCE INDEX (orders_by_status_and_id) */", "status = \(filter.status?.rawValue) AND ")
        case .provider:
            return either(
                others("attempts /*! FORCE INDEX (attempts_by_instance) */", "instance = \(filter.provider)"),
                others("captures /*! FORCE INDEX (captures_by_instance) */", "instance = \(filter.provider)"))
        case .none: return orders("orders /*! FORCE INDEX (PRIMARY) */", "")
        }
    }

    private static func totals(_ filter: OrderFilter) -> ClosedRange<Int64>? {
        guard filter.least != nil || filter.most != nil else { return nil }
        let least = filter.least?.minor ?? 0
        return least...max(least, filter.most?.minor ?? .max)
    }

    private static func rare(_ between: ClosedRange<Int64>, limit: Int) -> SQL {
        """
        SELECT id FROM orders /*! FORCE INDEX (orders_by_total) */
        WHERE total_minor >= \(between.lowerBound) AND total_minor <= \(between.upperBound) LIMIT \(limit)
        """
    }

    // MARK: What is looked at

    /// Nil when the way itself has what is asked for and nothing else.
    private var conditions: SQL? {
        var all: [SQL] = []
        if let status = filter.status, lead != .status { all.append("o.status = \(status.rawValue)") }
        // What leads to a prompt leads to older ones of the order too.
        if let prompt = filter.prompt {
            all.append(
                """
                EXISTS (SELECT 1 FROM attempts x WHERE x.order_id = o.id AND x.number = o.attempts_made
                    AND x.state IN (\(list: prompt.columns)))
                """)
        }
        if let provider = filter.provider, lead != .provider {
            all.append(
                """
                (EXISTS (SELECT 1 FROM attempts x WHERE x.order_id = o.id AND x.instance = \(provider))
                    OR EXISTS (SELECT 1 FROM captures x WHERE x.order_id = o.id AND x.instance = \(provider)))
                """)
        }
        if let flag = filter.flag {
            all.append("' ' || \(lead == .flag ? "c" : "o" as SQL).flags || ' ' LIKE \("% \(flag.rawValue) %")")
        }
        if let between = Self.totals(filter), lead != .total {
            all.append("o.total_minor >= \(between.lowerBound) AND o.total_minor <= \(between.upperBound)")
        }
        if filter.needsPerson, lead != .person {
            all.append("EXISTS (SELECT 1 FROM reviews x WHERE x.order_id = o.id AND x.closed_at IS NULL)")
        }
        for key in lead == .name ? Array(words.dropFirst()) : words {
            all.append("EXISTS (SELECT 1 FROM order_words x WHERE x.word_key = \(key) AND x.order_id = o.id)")
        }
        guard var joined = all.first else { return nil }
        for one in all.dropFirst() { joined += " AND \(one)" }
        return joined
    }
}

extension PromptState {
    /// The words in the column: a failure before the prompt has one of its own.
    fileprivate var columns: [String] {
        switch self {
        case .failed: ["failed", "refused"]
        case .pending, .unknown, .promptSent, .expired, .cancelled, .paid: [rawValue]
        }
    }
}
