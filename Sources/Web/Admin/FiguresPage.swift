import Checkout
import Commerce
import HTTPServer
import PaymentKit

/// How the shop does, drawn on the server: no script, and every plot is a table as well.
extension Site {
    /// `GET /admin/figures`
    func figuresPage(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let words = visit.words
        var (context, _) = try await staffContext(visit, title: words("staff_figures_title"))
        let trends = try await shop.trends()
        context["bars"] = Self.bars(trends.days)
        let received = trends.days.reduce(Money(minor: 0, .kes)) { $0 + $1.received }
        let returned = trends.days.reduce(Money(minor: 0, .kes)) { $0 + $1.returned }
        context["received"] = received.description
        if returned.minor > 0 { context["returned"] = returned.description }
        context["day_rows"] = trends.days.reversed().filter { $0.received.minor + $0.returned.minor > 0 }.map {
            day -> Context in
            var row: Context = ["day_name": day.start.eastAfrica.date, "day_received": day.received.description]
            if day.returned.minor > 0 { row["day_returned"] = day.returned.description }
            return row
        }
        context["steps"] = Self.share([
            (words("staff_funnel_placed"), trends.placed), (words("staff_funnel_prompted"), trends.prompted),
            (words("staff_funnel_paid"), trends.paid),
        ])
        context["prompts_text"] = words("staff_prompts_paid", "\(trends.promptsPaid)", "\(trends.prompts)")
        let reasons = trends.reasons.map { (words("staff_reason_\($0.reason.rawValue)"), $0.count) }
        if !reasons.isEmpty { context["reasons"] = ["reason_rows": Self.share(reasons)] as Context }
        if let seconds = trends.secondsToPaid {
            context["times_text"] = words("staff_times", "\(seconds.half)", "\(seconds.most)")
        }
        return staffPage(.figures, context)
    }

    /// Bars of a plot that is 280 wide and 100 high.
    private static func bars(_ days: [ShopTrends.Day]) -> [Context] {
        let highest = max(days.map(\.received.minor).max() ?? 0, 1)
        let step = 280 / max(days.count, 1)
        return days.enumerated().map { place, day in
            let height = Int(day.received.minor * 100 / highest)
            return [
                "bar_x": "\(place * step + 2)", "bar_y": "\(100 - height)", "bar_height": "\(height)",
                "bar_width": "\(step - 4)", "bar_label_x": "\(place * step + step / 2)",
                "bar_day": "\(day.start.eastAfrica.day)",
            ]
        }
    }

    /// Rows with a bar each, as long as its share of the largest; in hundredths.
    private static func share(_ rows: [(name: String, count: Int)]) -> [Context] {
        let largest = max(rows.map(\.count).max() ?? 0, 1)
        return rows.map { row in
            ["row_name": row.name, "row_count": "\(row.count)", "row_width": "\(row.count * 100 / largest)"]
        }
    }
}
