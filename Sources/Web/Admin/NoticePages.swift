import Checkout
import Commerce
import HTTPServer

/// What the shop sent by letter and SMS, and what of it did not get away.
extension Site {
    private static let noticesPerPage = 50

    /// `GET /admin/notices`: to whom, what, how far it is, and why it did not get away.
    func noticesPage(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let words = visit.words
        var (context, draft) = try await staffContext(visit, title: words("staff_notices_title"))
        let query = visit.request.query
        let state = query["state"].flatMap(Notice.State.init(rawValue:))
        let before = query["before"].map { String($0.prefix(32).filter { $0.isASCII && ($0.isLetter || $0.isNumber) }) }
        let order = query["order"].flatMap { OrderNumber($0) }
        let notices = try await shop.noticeLog(state, about: order, before: before, atMost: Self.noticesPerPage + 1)
        let page = notices.prefix(Self.noticesPerPage)
        context["sent"] = page.map { row($0, draft, visit) }
        let about = order.map { "order=\($0.text)" }
        func href(_ parts: String?...) -> String {
            let query = parts.compactMap(\.self).joined(separator: "&")
            return "/admin/notices" + (query.isEmpty ? "" : "?\(query)")
        }
        var filters: [Context] = [
            ["filter_href": href(about), "filter_name": words("staff_any"), "filter_here": state == nil]
        ]
        filters += Notice.State.allCases.map { one -> Context in
            [
                "filter_href": href("state=\(one.rawValue)", about),
                "filter_name": words("notice_state_\(one.rawValue)"), "filter_here": one == state,
            ]
        }
        context["states"] = filters
        if notices.count > page.count, let last = page.last {
            context["older_href"] = href(state.map { "state=\($0.rawValue)" }, about, "before=\(last.notice.id.text)")
        }
        if let order { context["about_order"] = order.text }
        return staffPage(.notices, context)
    }

    private func row(_ view: NoticeView, _ draft: StaffDraft?, _ visit: StaffVisit) -> Context {
        let words = visit.words
        let notice = view.notice
        let key = "notice-\(notice.id.text)"
        let isThis = draft?.form == key
        var row = Self.form(key, draft)
        row["sent_at"] = Self.fullTime(notice.endedAt ?? notice.writtenAt)
        row["sent_kind"] = words("notice_kind_\(notice.kind.rawValue)")
        row["sent_by"] = words("notice_channel_\(notice.channel.rawValue)")
        row["sent_to"] = view.recipient ?? words("staff_notice_owner")
        row["sent_state"] = words("notice_state_\(notice.state.rawValue)")
        row["sent_code"] = Self.code(of: notice.state)
        row["sent_tries"] = words("staff_notice_tries", "\(notice.tries)")
        if notice.state == .waiting, notice.tries > 0 {
            row["sent_next"] = words("staff_notice_next", Self.shortTime(notice.dueAt, at: shop.now()))
        }
        if let reason = notice.reason { row["sent_why"] = reason }
        if let order = view.order { row["sent_order"] = order.text }
        if view.isSentAgain { row["sent_again"] = words("staff_notice_is_again") }
        if view.maySendAgain, visit.may(.serve) {
            row["send_again"] =
                [
                    "again_action": "/admin/notices/\(notice.id.text)",
                    "again_text": words(notice.state == .unclear ? "staff_notice_perhaps" : "staff_notice_again_text"),
                    "again_reason": isThis ? draft?.typed["reason"] ?? "" : "",
                ] as Context
        }
        return row
    }

    private static func code(of state: Notice.State) -> String {
        switch state {
        case .waiting, .sending: "prompt_sent"
        case .sent: "paid"
        case .failed, .unclear: "manual_review"
        case .overtaken: ""
        }
    }

    /// `POST /admin/notices/<id>`: one that did not get away is sent again, with a reason.
    func sendNoticeAgain(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let id = String(parameters["id"].prefix(32))
        let reason = visit.field("reason")
        let deed = Deed(action: "notice_sent_again", subject: id, reason: reason) { [shop] in
            let (kind, channel) = try await shop.sendAgain(
                ID(stored: id), by: visit.visitor.name, because: reason)
            return visit.words(
                "staff_notice_again_done", visit.words("notice_kind_\(kind.rawValue)"),
                visit.words("notice_channel_\(channel.rawValue)"))
        }
        return try await perform(deed, at: backPath(visit), visit)
    }
}
