import Commerce
import Database
import PaymentKit

/// An order as lists show it.
package struct ListedOrder: Sendable {
    package let order: Order
    package let contact: OrderContact
    /// The newest prompt, if there was one.
    package let latest: Attempt?
    /// The kinds of its open items.
    package let items: [String]
    /// Of its money, the earliest first.
    package let receipts: [String]
    /// Through whom it was prompted last, or paid.
    package let instance: String?
}

extension SQLReading {
    /// Orders that fit a filter, the newest first.
    ///
    /// - Parameters:
    ///   - start: The order before, older ones than which are wanted.
    ///   - looks: How many orders are looked at, at most; when that is the end, ``FoundOrders/next`` says where.
    package func find(
        _ filter: OrderFilter, after start: ID<Order>?, atMost count: Int, looks: Int, _ vault: Vault
    ) throws -> FoundOrders {
        if let number = filter.number { return FoundOrders(orders: try order(number: number).map { [$0] } ?? []) }
        return try OrderSearch(filter, vault, in: self).find(in: self, after: start, atMost: count, looks: looks)
    }

    /// What lists show of orders, in the same order; a handful of questions, however many they are.
    package func listed(_ orders: [ID<Order>], _ vault: Vault) throws -> [ListedOrder] {
        guard let last = orders.last else { return [] }
        // As many each time, so that the statements are prepared once.
        let size = orders.count <= 64 ? 64 : (orders.count + 499) / 500 * 500
        let ids = orders.map(\.text) + Array(repeating: last.text, count: size - orders.count)
        func byOrder<Value>(_ values: [(String, Value)]) -> [String: [Value]] {
            Dictionary(grouping: values, by: \.0).mapValues { $0.map(\.1) }
        }
        let found = byOrder(
            try query("\(Self.orderColumns) WHERE id IN (\(list: ids))").map { (try $0.text(0), try Self.order($0)) })
        let contacts = byOrder(
            try query("\(Self.contactColumns) WHERE id IN (\(list: ids))").map {
                (try $0.text(0), try Self.contact($0, vault))
            })
        let attempts = byOrder(
            try query("\(Self.attemptColumns) WHERE order_id IN (\(list: ids)) ORDER BY number").map {
                (try $0.text(1), try Self.attempt($0, vault))
            })
        let items = byOrder(
            try query(
                """
                SELECT order_id, kind FROM reviews WHERE order_id IN (\(list: ids)) AND closed_at IS NULL ORDER BY kind
                """
            ).map { (try $0.text(0), try $0.text(1)) })
        let money = byOrder(
            try query(
                """
                SELECT order_id, instance, receipt FROM captures
                WHERE order_id IN (\(list: ids)) AND merged_into IS NULL ORDER BY recorded_at, id
                """
            ).map { (try $0.text(0), (instance: try $0.text(1), receipt: try $0.textOrNil(2))) })
        return orders.compactMap { id in
            guard let order = found[id.text]?.first, let contact = contacts[id.text]?.first else { return nil }
            let (latest, captures) = (attempts[id.text]?.last, money[id.text] ?? [])
            return ListedOrder(
                order: order, contact: contact, latest: latest, items: items[id.text] ?? [],
                receipts: captures.compactMap(\.receipt), instance: latest?.instance ?? captures.first?.instance)
        }
    }
}
