import Checkout
import Commerce
import HTTPServer
import PaymentKit

/// The books beside what the provider says: its own list, and statements of its portal.
extension Site {
    /// Seconds between two looks of a page at work that goes on.
    static let lookSeconds = 3

    /// `GET /admin/reconcile`: each provider's newest comparison, those before, and the button for another.
    func reconcilePage(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        var (context, draft) = try await staffContext(visit, title: visit.words("staff_reconcile_title"))
        let comparisons = try await shop.comparisons()
        var newest: [Comparison] = []
        for one in comparisons where !newest.contains(where: { $0.instance == one.instance }) { newest.append(one) }
        try await show(newest, in: &context, visit)
        context["comparisons"] = comparisons.filter { one in !newest.contains { $0.id == one.id } }.map {
            row($0, visit)
        }
        addCompareForm(draft, visit, to: &context)
        return staffPage(.reconcile, context)
    }

    /// `GET /admin/reconcile/<comparison>`: one comparison.
    func comparisonPage(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let id = ID<Comparison>(stored: String(parameters["comparison"].prefix(32)))
        guard let comparison = try await shop.comparison(id) else {
            return try await staffMessage("staff_no_comparison", visit, status: 404)
        }
        var (context, _) = try await staffContext(visit, title: visit.words("staff_reconcile_title"))
        try await show([comparison], in: &context, visit)
        context["is_one"] = true
        if !comparison.refused.isEmpty {
            context["refused"] =
                [
                    "refused_lead": visit.words("staff_refused_lead", "\(comparison.refused.count)"),
                    "refused_href": "/admin/reconcile/\(comparison.id.text)/refused.csv",
                    "refused_rows": comparison.refused.map { row -> Context in
                        ["refused_line": "\(row.line)", "refused_why": row.reason]
                    },
                ] as Context
        }
        return staffPage(.reconcile, context)
    }

    /// `GET /admin/reconcile/<comparison>/refused.csv`: the rows of its file that do not read.
    func refusedRows(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let id = ID<Comparison>(stored: String(parameters["comparison"].prefix(32)))
        guard let comparison = try await shop.comparison(id) else {
            return try await staffMessage("staff_no_comparison", visit, status: 404)
        }
        let lines = [CSVLine(["line", "reason"])] + comparison.refused.map { CSVLine(["\($0.line)", $0.reason]) }
        return Response(
            status: 200,
            headers: Self.privateHeaders + [
                ("Content-Type", "text/csv; charset=utf-8"),
                ("Content-Disposition", "attachment; filename=\"refused-rows.csv\""),
            ], body: .bytes(SharedBytes(CSVLine.byteOrderMark + lines.flatMap(\.bytes))))
    }

    /// `POST /admin/reconcile`: compare with the provider's list now.
    func compareNow(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let name = visit.field("provider", atMost: 60)
        let from = try day("from", visit)
        let to = try day("to", visit)?.adding(seconds: 86_400)
        let deed = Deed(action: "compared", subject: name) { [shop] in
            _ = try await shop.askComparison(of: name, from: from, to: to, by: visit.visitor.name)
            return visit.words("staff_compare_begun")
        }
        return try await perform(deed, at: "/admin/reconcile", visit)
    }

    private func day(_ field: String, _ visit: StaffVisit) throws -> Timestamp? {
        let text = visit.field(field, atMost: 12)
        guard !text.isEmpty else { return nil }
        guard let day = Timestamp(dayInEastAfrica: text) else { throw StaffProblem(field, "staff_day_bad") }
        return day
    }

    /// `GET /admin/statements`
    func statementsPage(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        var (context, draft) = try await staffContext(visit, title: visit.words("staff_statements_title"))
        let files = try await shop.comparisons(atMost: 100).filter { comparison in
            if case .file = comparison.source { true } else { false }
        }
        context["files"] = files.prefix(30).map { row($0, visit) }
        if files.contains(where: \.state.isOpen) { context["refresh_seconds"] = "\(Self.lookSeconds)" }
        let readers = shop.providerNames.filter { shop.provider($0.name)?.abilities.statementFiles != nil }
        if visit.may(.settleMoney), !readers.isEmpty {
            var form = Self.form("statement", draft)
            form["megabytes"] = "\(Shop.statementBytes >> 20)"
            form.merge(Self.choice(of: readers, draft)) { _, new in new }
            context["can_upload"] = form
        }
        return staffPage(.statements, context)
    }

    /// `POST /admin/statements`: a file of the provider's portal, kept now and read by the shop's work.
    func takeStatement(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let name = visit.field("provider", atMost: 60)
        guard let file = visit.form?.files.first(where: { $0.field == "file" }), !file.bytes.isEmpty else {
            throw StaffProblem("file", "staff_file_missing")
        }
        let deed = Deed(action: "statement_read", subject: name, reason: file.name.withoutPhones) { [shop] in
            _ = try await shop.takeStatement(file.bytes, called: file.name, of: name, by: visit.visitor.name)
            return visit.words("staff_statement_kept", file.name.withoutPhones)
        }
        return try await perform(deed, at: "/admin/statements", visit)
    }

    // MARK: Forms

    private func addCompareForm(_ draft: StaffDraft?, _ visit: StaffVisit, to context: inout Context) {
        let able = shop.providerNames.filter { shop.provider($0.name)?.abilities.reconciling != nil }
        guard visit.may(.settleMoney), let first = able.first else { return }
        var form = Self.form("compare", draft)
        let isThis = draft?.form == "compare"
        form["from_typed"] = isThis ? draft?.typed["from"] ?? "" : ""
        form["to_typed"] = isThis ? draft?.typed["to"] ?? "" : ""
        form["compare_hint"] = visit.words(
            "staff_compare_hint", "\(Int(first.manifest.reconciling.reachesBack) / 3_600)")
        form.merge(Self.choice(of: able, draft)) { _, new in new }
        context["can_compare"] = form
    }

    /// Which provider: a field to choose from, or a hidden one where there is nothing to choose.
    private static func choice(of providers: [(name: String, manifest: Manifest)], _ draft: StaffDraft?) -> Context {
        guard providers.count > 1 else { return ["only_provider": providers.first?.name ?? ""] }
        return [
            "providers": providers.map { provider -> Context in
                [
                    "provider_value": provider.name, "provider_name": provider.manifest.name,
                    "provider_chosen": draft?.typed["provider"] == provider.name,
                ]
            }
        ]
    }

    // MARK: What came of it

    /// A comparison as a line of a list.
    private func row(_ comparison: Comparison, _ visit: StaffVisit) -> Context {
        var row: Context = [
            "cmp_href": "/admin/reconcile/\(comparison.id.text)",
            "cmp_name": title(of: comparison, visit.words), "cmp_by": comparison.askedBy,
            "cmp_at": Self.shortTime(comparison.askedAt, at: shop.now()),
            "cmp_state": state(of: comparison, visit.words), "cmp_code": code(of: comparison),
        ]
        if let problem = comparison.problem { row["cmp_problem"] = problem }
        if comparison.refused.count > 1 {
            row["cmp_refused"] = visit.words("staff_refused_count", "\(comparison.refused.count)")
        }
        if comparison.state.isOpen { row["cmp_progress"] = progress(of: comparison, visit.words) }
        if comparison.state == .done, let report = comparison.report {
            row["cmp_counts"] = counts(of: report, visit.words)
        }
        return row
    }

    private func code(of comparison: Comparison) -> String {
        switch comparison.state {
        case .waiting, .reading: "prompt_sent"
        case .failed: "manual_review"
        case .done: comparison.report?.agrees == true ? "paid" : "manual_review"
        }
    }

    private func state(of comparison: Comparison, _ words: WordBook.Words) -> String {
        switch comparison.state {
        case .waiting, .reading: words("staff_compare_\(comparison.state.rawValue)")
        case .failed: words("staff_compare_failed")
        case .done: words(comparison.report?.agrees == true ? "staff_compare_agrees" : "staff_compare_differs")
        }
    }

    private func counts(of report: ComparisonReport, _ words: WordBook.Words) -> String {
        words(
            "staff_compare_counts", "\(report.lines)", "\(report.theirsNotOurs.count)",
            "\(report.contradictions.count)")
    }

    private func title(of comparison: Comparison, _ words: WordBook.Words) -> String {
        let provider = shop.wayName(comparison.instance)
        switch comparison.source {
        case .list(let from, let to):
            return words("staff_compare_list", provider, Self.fullTime(from), Self.fullTime(to))
        case .file(let name, let bytes):
            return words("staff_compare_file", provider, name, "\(max(1, bytes / 1_024))")
        }
    }

    private func progress(of comparison: Comparison, _ words: WordBook.Words) -> String {
        guard comparison.state == .reading else { return words("staff_compare_soon") }
        guard let all = comparison.linesAll else {
            return words("staff_compare_lines_read", "\(comparison.linesRead)")
        }
        return words("staff_compare_lines_of", "\(comparison.linesRead)", "\(all)")
    }

    /// `21/11/2026 14:35`
    static func fullTime(_ at: Timestamp) -> String {
        let at = at.eastAfrica
        return "\(at.date) \(at.clock)"
    }

    private func show(_ comparisons: [Comparison], in context: inout Context, _ visit: StaffVisit) async throws {
        if comparisons.contains(where: \.state.isOpen) { context["refresh_seconds"] = "\(Self.lookSeconds)" }
        var shown: [Context] = []
        for comparison in comparisons { shown.append(try await whole(comparison, visit)) }
        context["shown"] = shown
        context["has_shown"] = !shown.isEmpty
    }

    private func whole(_ comparison: Comparison, _ visit: StaffVisit) async throws -> Context {
        var shown = row(comparison, visit)
        shown["cmp_id"] = comparison.id.text
        if comparison.state.isOpen {
            if let all = comparison.linesAll, all > 0 {
                shown["cmp_bar"] = ["bar_done": "\(comparison.linesRead)", "bar_all": "\(all)"] as Context
            }
        }
        if let report = comparison.report {
            shown["report"] = try await self.report(report, of: comparison, visit)
        } else if comparison.state == .failed {
            shown["cmp_nothing"] = visit.words("staff_compare_nothing")
        }
        return shown
    }

    private func report(
        _ report: ComparisonReport, of comparison: Comparison, _ visit: StaffVisit
    ) async throws -> Context {
        let words = visit.words
        let receipts = report.theirsNotOurs.lines.compactMap(\.receipt)
        let now = try await shop.orders(of: receipts, instance: comparison.instance)
        func row(_ line: ComparisonReport.Line, _ kind: ReconcileList) -> Context {
            self.row(line, kind, now, visit)
        }
        func list(_ list: ComparisonReport.List, _ kind: ReconcileList) -> Context {
            var shown: Context = [
                "list_title": words("staff_list_\(kind.rawValue)"),
                "list_about": words("staff_list_\(kind.rawValue)_about"),
                "list_count": "\(list.count)", "list_rows": list.lines.map { row($0, kind) },
            ]
            if list.count > list.lines.count {
                shown["list_more"] = words("staff_list_more", "\(list.count - list.lines.count)")
            }
            return shown
        }
        // The two that everybody looks for stand there also when they are empty.
        var lists = [list(report.theirsNotOurs, .theirs), list(report.oursNotTheirs, .ours)]
        for (found, kind) in [
            (report.contradictions, ReconcileList.contradictions), (report.returnsNotOurs, .returns),
            (report.receiptsOwed, .owed),
        ] where found.count > 0 { lists.append(list(found, kind)) }
        var shown: Context = ["lists": lists, "days": report.days.map { Self.day($0, words) }]
        if report.days.count > 1 { shown["total"] = Self.day(report.total, words) }
        shown["has_days"] = !report.days.isEmpty
        var notes: [String] = []
        if report.otherOutgoingCount > 0 {
            notes.append(
                words("staff_compare_others", "\(report.otherOutgoingCount)", report.otherOutgoing.description))
        }
        if report.charged.minor > 0 { notes.append(words("staff_compare_charged", report.charged.description)) }
        if report.tooNew > 0 { notes.append(words("staff_compare_new", "\(report.tooNew)")) }
        shown["notes"] = notes.map { ["note": $0] as Context }
        return shown
    }

    /// One of the lists in which the two sides differ.
    private enum ReconcileList: String { case theirs, ours, contradictions, returns, owed }

    /// A row with the one thing to do next.
    private func row(
        _ line: ComparisonReport.Line, _ kind: ReconcileList, _ orders: [String: OrderNumber?], _ visit: StaffVisit
    ) -> Context {
        let words = visit.words
        var row: Context = [
            "line_receipt": line.receipt ?? words("staff_receipt_owed"), "line_amount": line.amount.description,
            "line_at": line.at.map(Self.fullTime) ?? "",
        ]
        if let other = line.otherAmount { row["line_other"] = words("staff_list_in_books", other.description) }
        func leads(to address: String, _ key: String) {
            row["line_go"] = ["go_href": address, "go_text": words(key)] as Context
        }
        func asks() {
            if visit.may(.serve), let receipt = line.receipt { row["line_ask"] = ["ask_receipt": receipt] as Context }
        }
        switch kind {
        case .theirs:
            switch line.receipt.flatMap({ orders[$0] }) {
            case .some(.some(let number)): leads(to: "/admin/orders/\(number.text)", "staff_go_order")
            case .some(.none): leads(to: "/admin/money", "staff_go_assign")
            case .none: asks()
            }
        case .ours: asks()
        case .contradictions, .owed:
            if let order = line.order { leads(to: "/admin/orders/\(order)", "staff_go_order") }
        case .returns: leads(to: "/admin", "staff_go_items")
        }
        if kind == .ours, let order = line.order {
            row["line_order"] = ["go_href": "/admin/orders/\(order)", "go_text": order] as Context
        }
        return row
    }

    private static func day(_ day: ComparisonReport.Day, _ words: WordBook.Words) -> Context {
        // `2026-11-21` as Kenyans write it.
        let date = day.date.split(separator: "-").reversed().joined(separator: "/")
        var row: Context = [
            "day_name": date.isEmpty ? words("staff_compare_total") : date, "in_theirs": day.theirsIn.description,
            "in_ours": day.oursIn.description, "out_theirs": day.theirsOut.description,
            "out_ours": day.oursOut.description, "day_differs": !day.agrees,
        ]
        if let balance = day.balance { row["day_balance"] = balance.description }
        return row
    }
}
