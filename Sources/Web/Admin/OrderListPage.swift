import Checkout
import Commerce
import HTTPServer
import PaymentKit

extension Site {
    private static let ordersPerPage = 50

    /// `GET /admin/orders`: the newest orders, or those that are looked for.
    func orderList(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let words = visit.words
        var (context, draft) = try await staffContext(visit, title: words("staff_orders_title"))
        var query = orderQuery(visit.request.query, limit: Self.ordersPerPage + 1)
        let isFindable = try await look(for: &query, visit)
        let page = isFindable && query.problems.isEmpty ? try await shop.listOrders(query.filter) : OrderPage()
        // A search that finds one order is a way to it.
        if !query.sought.isEmpty, query.filter.olderThan == nil, page.orders.count == 1, page.next == nil,
            let number = page.orders.first?.order.number.text
        {
            var response = Response.redirect(to: "/admin/orders/\(number)")
            response.headers += Self.privateHeaders
            return response
        }
        context["orders"] = page.orders.prefix(Self.ordersPerPage).map { row($0, visit) }
        if page.orders.isEmpty, !page.isCut, query.problems.isEmpty {
            let isAsked = !query.sought.isEmpty || !query.filterText.isEmpty
            context["no_orders"] = words(isAsked ? "staff_nothing_found" : "staff_no_orders")
        }
        if page.orders.count > Self.ordersPerPage, let last = page.orders.prefix(Self.ordersPerPage).last {
            context["older_href"] = query.address("/admin/orders", before: last.order.id)
        } else if page.isCut, let next = page.next {
            context["further_href"] = query.address("/admin/orders", before: next)
        }
        if query.filter.name != nil, let missing = try await shop.namesMissing() {
            let text = words("staff_names_missing", missing.eastAfrica.date)
            context["notices"] = [["notice_text": text, "notice_warn": false] as Context]
        }
        if !query.problems.isEmpty { tell(query.problems, words, in: &context) }
        if visit.may(.exportOrders), !page.orders.isEmpty { context["csv_href"] = query.address("/admin/orders.csv") }
        addFilters(query, words, to: &context)
        try await addViews(query, draft, visit, to: &context)
        return staffPage(.orderList, context)
    }

    func orderQuery(_ query: Query, limit: Int) -> OrderQuery {
        OrderQuery(query, limit: limit, providers: (shop.providerNames + shop.goneWays).map(\.name))
    }

    private func tell(_ problems: [(field: String, key: String)], _ words: WordBook.Words, in context: inout Context) {
        context["has_errors"] = true
        context["title"] = words("title_error", words("staff_orders_title"), shop.name)
        context["error_summary"] = problems.map { problem -> Context in
            ["error_href": "#\(problem.field)", "error_text": words(problem.key)]
        }
        for problem in problems { context["error_\(problem.field)"] = words(problem.key) }
    }

    private func addFilters(_ query: OrderQuery, _ words: WordBook.Words, to context: inout Context) {
        context["sought"] = query.sought
        for field in ["from", "to", "least", "most"] { context["\(field)_typed"] = query.typed[field] ?? "" }
        let filter = query.filter
        context["needs_me"] = filter.needsPerson
        func choices(_ all: [(value: String, name: String)], _ chosen: String?) -> [Context] {
            all.map { one in
                ["choice_value": one.value, "choice_name": one.name, "choice_chosen": one.value == chosen]
            }
        }
        context["statuses"] = choices(
            OrderStatus.allCases.map { ($0.rawValue, words("staff_status_\($0.rawValue)")) }, filter.status?.rawValue)
        context["prompts"] = choices(
            PromptState.allCases.map { ($0.rawValue, words("staff_attempt_\($0.rawValue)")) }, filter.prompt?.rawValue)
        context["flags"] = choices(
            OrderFlag.allCases.map { ($0.rawValue, words("staff_flag_\($0.rawValue)")) }, filter.flag?.rawValue)
        context["providers"] = choices(
            (shop.providerNames + shop.goneWays).map { ($0.name, $0.manifest.name) }, filter.provider)
        // The orders come first: what narrows them is open when it is used.
        let isMore =
            filter.status != nil || filter.prompt != nil || filter.provider != nil || filter.flag != nil
            || ["from", "to", "least", "most"].contains { query.typed[$0] != nil }
        context["more_open"] = isMore
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
        switch one.order.fulfilment {
        case .unfulfilled: break
        case .packed: row["order_packed"] = true
        case .sentOut: row["order_sent_out"] = true
        case .handedOver: row["order_handed_over"] = true
        }
        if one.order.writtenOff != nil { row["order_written_off"] = true }
        return row
    }

    /// `14:35` today, else `21/11/2026 14:35`; East Africa Time.
    static func shortTime(_ at: Timestamp, at now: Timestamp) -> String {
        let (shown, today) = (at.eastAfrica, now.eastAfrica)
        return shown.date == today.date ? shown.clock : "\(shown.date) \(shown.clock)"
    }

    // MARK: Saved views

    private func addViews(
        _ query: OrderQuery, _ draft: StaffDraft?, _ visit: StaffVisit, to context: inout Context
    ) async throws {
        let present = query.filterText
        let views = try await shop.views(of: visit.visitor)
        if !views.isEmpty {
            let rows = views.map { view -> Context in
                [
                    "view_name": view.name, "view_href": "/admin/orders?\(view.query)", "view_id": view.id.text,
                    "view_here": view.query == present && query.sought.isEmpty, "form_key": "view-\(view.id.text)",
                ]
            }
            context["views"] = ["view_rows": rows] as Context
        }
        let isThis = draft?.form == "view"
        guard !present.isEmpty, isThis || !views.contains(where: { $0.query == present }) else { return }
        var form = Self.form("view", draft)
        form["view_typed"] = isThis ? draft?.typed["view"] ?? "" : ""
        form["view_query"] = present
        context["new_view"] = form
    }

    /// `POST /admin/orders/views`: the filter is kept under a name, or a view is taken away.
    func saveView(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let query = orderQuery(Query(visit.field("query")), limit: 1)
        let path = query.filterText.isEmpty ? "/admin/orders" : "/admin/orders?\(query.filterText)"
        switch visit.field("do") {
        case "remove":
            guard let name = try await shop.removeView(visit.field("view_id", atMost: 40), of: visit.visitor) else {
                throw StaffProblem("", "staff_view_gone")
            }
            return try await done(visit, path, visit.words("staff_view_removed", name))
        case "save":
            let name = visit.field("view", atMost: 100)
            guard !query.filterText.isEmpty else { throw StaffProblem("", "staff_view_empty") }
            do { try await shop.keepView(name, query: query.filterText, of: visit.visitor) } catch let refusal
                as ViewRefusal
            { return try await again(visit, path, [Self.problem(refusal)]) }
            return try await done(visit, path, visit.words("staff_view_kept", name))
        default: throw PageProblem(400)
        }
    }

    private static func problem(_ refusal: ViewRefusal) -> StaffProblem {
        switch refusal {
        case .nameMissing: StaffProblem("view", "staff_view_name_missing")
        case .nameTooLong: StaffProblem("view", "staff_view_name_long")
        case .nameHoldsPhone: StaffProblem("view", "staff_reason_phone")
        case .tooMany: StaffProblem("view", "staff_view_too_many", "\(Shop.mostViews)")
        }
    }
}
