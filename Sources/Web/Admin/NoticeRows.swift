import Checkout
import Commerce
import HTTPServer

/// What a customer was told, on the desk's page of the order, and telling it again; and what is wrong with the shop.
extension Site {
    /// `POST /admin/orders/<number>/tell`: the customer is told again how the order stands.
    func tellAgain(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        try await orderDeed(visit, parameters, "told_again") { [shop] number, person in
            let (kind, count) = try await shop.resendNotice(number, nil, by: person)
            return visit.words("staff_told_again", visit.words("notice_kind_\(kind.rawValue)"), "\(count)")
        }
    }

    /// The banner of every page and the list on the first one; nil while nothing is wrong.
    func banner(_ words: WordBook.Words) async throws -> Context? {
        let alerts = try await alertRows(words) + awayRows(words)
        guard let first = alerts.first else { return nil }
        let more = alerts.count > 1 ? words("alerts_more", "\(alerts.count - 1)") : ""
        return [
            "banner": ["banner_text": first["alert_text"] ?? "", "banner_more": more] as Context, "alerts": alerts,
        ]
    }

    /// What is wrong, one sentence each.
    func alertRows(_ words: WordBook.Words) async throws -> [Context] {
        try await shop.openAlerts().map { alert in
            [
                "alert_text": alertText(alert, words), "alert_detail": alert.detail[words.language],
                "alert_since": Self.shortTime(alert.openedAt, at: shop.now()),
            ]
        }
    }
}
