import Checkout
import Commerce
import Foundation
import HTTPServer
import PaymentKit

/// Orders as a file for spreadsheets.
extension Site {
    /// `GET /admin/orders.csv`: every order that the list's filter fits, sent while it is read.
    func exportOrders(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        var query = orderQuery(visit.request.query, limit: 1)
        guard query.problems.isEmpty else {
            var response = Response.redirect(to: "/admin/orders?\(visit.request.query.text)")
            response.headers += Self.privateHeaders
            return response
        }
        let isFindable = try await look(for: &query, visit)
        // The trail has the filter; whom it looks for is people's data.
        let detail = query.filterText + (query.sought.isEmpty ? "" : " with a search")
        try await shop.note(AuditEntry(visit.visitor.name, "orders_exported", "orders.csv", detail.trimmed))
        let (filter, words) = (query.filter, visit.words)
        let stream = ByteStream { [shop] stream in
            var header = CSVLine.byteOrderMark
            header += CSVLine(OrderRow.columns.map { words("staff_csv_\($0)") }).bytes
            try await stream.write(header)
            guard isFindable else { return }
            try await shop.eachOrder(filter) { orders in
                try await stream.write(orders.flatMap { CSVLine(OrderRow(order: $0, words: words).cells).bytes })
            }
        }
        let name = "orders-\(shop.now().eastAfrica.isoDate).csv"
        return Response(
            headers: [
                ("Content-Type", "text/csv; charset=utf-8"),
                ("Content-Disposition", "attachment; filename=\"\(name)\""),
            ] + Self.privateHeaders, body: .stream(stream))
    }
}

/// An order as a line of the file; times are East Africa's.
private struct OrderRow {
    let order: OrderSummary
    let words: WordBook.Words

    static let columns = [
        "order", "placed", "status", "total", "received", "returned", "left", "currency", "name", "phone", "email",
        "delivery", "place", "provider", "prompt", "prompts", "receipts", "paid", "handed_over", "flags", "waits",
        "written_off",
    ]

    var cells: [String] {
        let (row, contact) = (order.order, order.contact)
        return [
            row.number.text, Self.time(row.placedAt), words("staff_status_\(order.status.rawValue)"),
            row.total.decimalText, row.received.decimalText, row.returned.decimalText,
            row.standing.remainder.decimalText, row.total.currency.rawValue, contact.name, contact.phone?.local ?? "",
            contact.email ?? "", row.deliveryName[words.language], contact.place ?? "", order.instance ?? "",
            order.latest.map { words("staff_attempt_\($0.state.name)") } ?? "", "\(row.attemptsMade)",
            order.receipts.joined(separator: " "), Self.time(row.paidAt), Self.time(row.handedOverAt),
            row.flags.sorted().map { words("staff_flag_\($0.rawValue)") }.joined(separator: "; "),
            Set(order.items).sorted().joined(separator: "; "), row.writtenOff?.amount.decimalText ?? "",
        ]
    }

    /// `2026-11-21 14:35:20`, which spreadsheets read as a time.
    private static func time(_ at: Timestamp?) -> String {
        at.map { "\($0.eastAfrica.isoDate) \($0.eastAfrica.clockWithSeconds)" } ?? ""
    }
}
