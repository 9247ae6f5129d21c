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
        let writtenOff = trends.days.reduce(Money(minor: 0, .kes)) { $0 + $1.writtenOff }
        if writtenOff.minor > 0 { context["written_off"] = writtenOff.description }
        context["day_rows"] = trends.days.reversed().filter {
            $0.received.minor + $0.returned.minor + $0.writtenOff.minor > 0
        }.map { day -> Context in
            var row: Context = ["day_name": day.start.eastAfrica.date, "day_received": day.received.description]
            if day.returned.minor > 0 { row["day_returned"] = day.returned.description }
            if day.charged.minor > 0 { row["day_charged"] = day.charged.description }
            if day.writtenOff.minor > 0 { row["day_written_off"] = day.writtenOff.description }
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
        context["lag"] = Self.lag(trends, words)
        return staffPage(.figures, context)
    }

    /// `GET /admin/figures.csv`: the table of days for a spreadsheet; amounts in shillings, days of East Africa.
    func figuresFile(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let rows = try await shop.trends().days.map { day in
            [
                day.start.eastAfrica.isoDate, day.received.decimalText, day.returned.decimalText,
                day.charged.decimalText, day.writtenOff.decimalText,
            ].joined(separator: ",")
        }
        let text = (["day,received,returned,charged,written_off"] + rows).map { $0 + "\r\n" }.joined()
        let headers = [
            ("Content-Type", "text/csv; charset=utf-8"), ("Content-Disposition", "attachment; filename=\"days.csv\""),
        ]
        return Response(headers: headers + Self.privateHeaders, body: .bytes(SharedBytes(Array(text.utf8))))
    }

    private static func bars(_ days: [ShopTrends.Day]) -> [Context] {
        bars(days.map { (day: $0.start, height: $0.received.minor) })
    }

    /// Bars of a plot that is 280 wide and 100 high.
    private static func bars(_ days: [(day: Timestamp, height: Int64)]) -> [Context] {
        let highest = max(days.map(\.height).max() ?? 0, 1)
        let step = 280 / max(days.count, 1)
        return days.enumerated().map { place, bar in
            let height = Int(bar.height * 100 / highest)
            return [
                "bar_x": "\(place * step + 2)", "bar_y": "\(100 - height)", "bar_height": "\(height)",
                "bar_width": "\(step - 4)", "bar_label_x": "\(place * step + step / 2)",
                "bar_day": "\(bar.day.eastAfrica.day)",
            ]
        }
    }

    /// From the arrival of a message to its record; nil while none came.
    private static func lag(_ trends: ShopTrends, _ words: WordBook.Words) -> Context? {
        guard let all = trends.lag else { return nil }
        let byDay = Dictionary(trends.lags.map { ($0.start, $0) }, uniquingKeysWith: { first, _ in first })
        return [
            "lag_text": words(
                "staff_lag_text", "\(all.count)", seconds(all.half), seconds(all.most), seconds(all.longest)),
            "lag_bars": bars(trends.days.map { (day: $0.start, height: byDay[$0.start]?.most ?? 0) }),
            "lag_rows": trends.lags.reversed().map { lag -> Context in
                [
                    "lag_day": lag.start.eastAfrica.date, "lag_count": "\(lag.count)", "lag_half": seconds(lag.half),
                    "lag_most": seconds(lag.most), "lag_longest": seconds(lag.longest),
                ]
            },
        ]
    }

    /// Rows with a bar each, as long as its share of the largest; in hundredths.
    private static func share(_ rows: [(name: String, count: Int)]) -> [Context] {
        let largest = max(rows.map(\.count).max() ?? 0, 1)
        return rows.map { row in
            ["row_name": row.name, "row_count": "\(row.count)", "row_width": "\(row.count * 100 / largest)"]
        }
    }
}
