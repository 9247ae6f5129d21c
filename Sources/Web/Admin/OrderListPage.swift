import Checkout
import Commerce
import HTTPServer
import PaymentKit

extension Site {
    private static let ordersPerPage = 50

    /// `GET /admin/orders`: the newest orders, or those that are looked for.
    func orderList(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let words = visit.words
        let query = visit.request.query
        var (context, _) = try await staffContext(visit, title: words("staff_orders_title"))
        var filter = OrderFilter(limit: Self.ordersPerPage + 1)
        filter.status = query["status"].flatMap(OrderStatus.init(rawValue:))
        filter.needsPerson = query["needs"] == "me"
        filter.from = Self.day(query["from"])
        filter.to = Self.day(query["to"])?.adding(seconds: 86_400)
        filter.olderThan = query["older"].flatMap { OrderNumber($0) }
        let sought = String((query["q"] ?? "").prefix(60)).trimmed
        let isFindable = try await look(for: sought, &filter, visit)
        let orders = isFindable ? try await shop.listOrders(filter) : []
        // A search that finds one order is a way to it.
        if !sought.isEmpty, orders.count == 1, let number = orders.first?.order.number.text {
            var response = Response.redirect(to: "/admin/orders/\(number)")
            response.headers += Self.privateHeaders
            return response
        }
        context["orders"] = orders.prefix(Self.ordersPerPage).map { row($0, visit) }
        if orders.isEmpty { context["no_orders"] = words(sought.isEmpty ? "staff_no_orders" : "staff_nothing_found") }
        context["sought"] = sought
        context["from_typed"] = query["from"] ?? ""
        context["to_typed"] = query["to"] ?? ""
        context["needs_me"] = filter.needsPerson
        context["statuses"] = OrderStatus.allCases.map { status -> Context in
            [
                "status_value": status.rawValue, "status_name": words("staff_status_\(status.rawValue)"),
                "status_chosen": status == filter.status,
            ]
        }
        if orders.count > Self.ordersPerPage, let last = orders.prefix(Self.ordersPerPage).last {
            context["older_href"] = Self.address("/admin/orders", query, ["older": last.order.number.text])
        }
        return staffPage(.orderList, context)
    }

    /// Takes what somebody types to find an order: its number, a phone number or a receipt.
    ///
    /// - Returns: False when nothing can be found by it.
    private func look(for text: String, _ filter: inout OrderFilter, _ visit: StaffVisit) async throws -> Bool {
        guard !text.isEmpty else { return true }
        if let number = OrderNumber(text) {
            filter.number = number
            return true
        }
        do {
            let phone = try PhoneNumber(text)
            // Whoever sees numbers shortened must not find the rest by trying.
            guard visit.may(.seePeople) else { return false }
            filter.phone = phone
            return true
        } catch {
            filter.number = try await shop.orderNumber(paidBy: text.uppercased())
            return filter.number != nil
        }
    }

    /// The start of a day in Nairobi, from a field of type `date`.
    static func day(_ text: String?) -> Timestamp? {
        guard let parts = text?.split(separator: "-"), parts.count == 3, let year = Int(parts[0]),
            let month = Int(parts[1]), let day = Int(parts[2]), (2_000...2_200).contains(year),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        return Timestamp(eastAfricaYear: year, month: month, day: day)
    }

    /// The same page with other values in its address.
    static func address(_ path: String, _ query: Query, _ changed: [String: String]) -> String {
        var pairs = ["status", "needs", "from", "to"].compactMap { name in
            query[name].map {
                "\(name)=\($0.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })"
            }
        }
        pairs += changed.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return pairs.isEmpty ? path : "\(path)?\(pairs.joined(separator: "&"))"
    }

    func row(_ one: OrderSummary, _ visit: StaffVisit) -> Context {
        let inFull = visit.may(.seePeople)
        var row: Context = [
            "order_href": "/admin/orders/\(one.order.number.text)", "order_number": one.order.number.text,
            "order_status": visit.words("staff_status_\(one.status.rawValue)"),
            "order_status_code": one.status.rawValue,
            "order_total": one.order.total.description, "order_name": Masked.name(one.contact.name, inFull: inFull),
            "order_phone": Masked.phone(one.contact.phone, inFull: inFull),
            "order_placed": Self.shortTime(one.order.placedAt, at: shop.now()),
        ]
        if let item = one.items.first {
            row["order_needs"] = OpenItemAdvice.meaning(of: item, in: visit.words.language)
        }
        if one.order.handedOverAt != nil { row["order_handed_over"] = true }
        return row
    }

    /// `14:35` today, else `21/11/2026 14:35`; East Africa Time.
    static func shortTime(_ at: Timestamp, at now: Timestamp) -> String {
        let (shown, today) = (at.eastAfrica, now.eastAfrica)
        return shown.date == today.date ? shown.clock : "\(shown.date) \(shown.clock)"
    }
}
