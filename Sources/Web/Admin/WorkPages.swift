import Checkout
import Commerce
import HTTPServer

/// What providers sent and what the shop still has to do: for whoever wants to know why something is not there yet.
extension Site {
    private static let messagesPerPage = 50

    /// `GET /admin/messages`: what arrived, what came of it and how soon; nobody's number stands there.
    func messagesPage(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let words = visit.words
        var (context, draft) = try await staffContext(visit, title: words("staff_messages_title"))
        let query = visit.request.query
        let verdict = query["verdict"].flatMap(MessageVerdict.init(rawValue:))
        let before = query["before"].map { String($0.prefix(32).filter { $0.isASCII && ($0.isLetter || $0.isNumber) }) }
        let order = query["order"].flatMap { OrderNumber($0) }
        let messages = try await shop.messages(
            verdict, about: order, before: before, atMost: Self.messagesPerPage + 1)
        context["messages"] = messages.prefix(Self.messagesPerPage).map { row($0, draft, visit) }
        context["verdicts"] =
            [(value: "", name: words("staff_any"), isHere: verdict == nil)].map(Self.filter)
            + MessageVerdict.allCases.map {
                Self.filter(("?verdict=\($0.rawValue)", words("staff_verdict_\($0.rawValue)"), $0 == verdict))
            }
        if messages.count > Self.messagesPerPage, let last = messages.prefix(Self.messagesPerPage).last {
            let kind = verdict.map { "verdict=\($0.rawValue)&" } ?? ""
            let about = order.map { "order=\($0.text)&" } ?? ""
            context["older_href"] = "/admin/messages?\(kind)\(about)before=\(last.id)"
        }
        if let order { context["about_order"] = order.text }
        return staffPage(.messages, context)
    }

    private static func filter(_ one: (value: String, name: String, isHere: Bool)) -> Context {
        ["filter_href": "/admin/messages\(one.value)", "filter_name": one.name, "filter_here": one.isHere]
    }

    private func row(_ message: MessageView, _ draft: StaffDraft?, _ visit: StaffVisit) -> Context {
        let words = visit.words
        let at = message.receivedAt.eastAfrica
        var row = Self.form("message-\(message.id)", draft)
        row["message_at"] = "\(at.date) \(at.clockWithSeconds)"
        row["message_route"] = "\(shop.wayName(message.provider)) · \(message.route)"
        row["message_verdict"] = words("staff_verdict_\(message.verdict.rawValue)")
        row["message_code"] = Self.code(of: message.verdict)
        row["message_lag"] = message.lagMilliseconds.map { words("staff_message_lag", Self.seconds($0)) } ?? ""
        row["message_source"] = words(message.isListed ? "staff_source_listed" : "staff_source_other")
        if let order = message.order { row["message_order"] = order.text }
        if let body = message.body {
            row["message_body"] = body.text + (body.isCut ? " …" : "")
        } else {
            row["message_closed"] = words("staff_message_closed")
        }
        if visit.may(.settleMoney), message.verdict != .new, message.body != nil {
            row["message_again"] = ["again_action": "/admin/messages/\(message.id)"] as Context
        }
        return row
    }

    private static func code(of verdict: MessageVerdict) -> String {
        switch verdict {
        case .new: "prompt_sent"
        case .done: "paid"
        case .kept, .parked: "manual_review"
        }
    }

    /// `0.004`, `12.5`, `340`: seconds with as many decimals as matter.
    static func seconds(_ milliseconds: Int64) -> String {
        let decimals =
            switch milliseconds {
            case ..<1_000: 3
            case ..<10_000: 2
            case ..<100_000: 1
            default: 0
            }
        guard decimals > 0 else { return "\(milliseconds / 1_000)" }
        let rest = "\(milliseconds % 1_000 + 1_000)".dropFirst().prefix(decimals)
        return "\(milliseconds / 1_000).\(rest)"
    }

    /// `POST /admin/messages/<id>`: has a message translated once more.
    func readAgain(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let id = String(parameters["id"].prefix(32))
        let deed = Deed(action: "message_read_again", subject: id) { [shop] in
            try await shop.readAgain(id, by: visit.visitor.name)
            return visit.words("staff_message_again_done")
        }
        return try await perform(deed, at: backPath(visit), visit)
    }

    // MARK: Jobs

    /// `GET /admin/jobs`: what waits, what is late, what was given up and why.
    func jobsPage(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let words = visit.words
        var (context, draft) = try await staffContext(visit, title: words("staff_jobs_title"))
        let work = try await shop.work()
        let late = work.items.filter(\.isLate).count
        context["jobs_lead"] = words(
            "staff_jobs_lead", "\(work.count)", "\(late)", "\(work.parked.count)", "\(work.waitingMessages)")
        context["jobs"] = work.items.enumerated().map { place, item in row(item, at: place, draft, visit) }
        if work.count > work.items.count {
            context["jobs_more"] = words("staff_list_more", "\(work.count - work.items.count)")
        }
        context["lists"] = work.lists.map { list -> Context in
            var row = Self.form("list-\(list.provider)", draft)
            row["list_provider"] = list.provider
            row["list_name"] = shop.wayName(list.provider)
            row["list_read"] = words(
                "staff_list_read", Self.fullTime(list.readUntil), Self.shortTime(list.nextAt, at: shop.now()))
            if list.failures > 0 { row["list_failures"] = words("staff_list_failures", "\(list.failures)") }
            row["list_may_try"] = visit.may(.settleMoney)
            return row
        }
        context["parked"] = work.parked.map { item -> Context in
            [
                "parked_what": item.subject, "parked_why": item.detail,
                "parked_age": Masked.age(item.openedAt, at: shop.now(), in: words.language),
            ]
        }
        return staffPage(.jobs, context)
    }

    private func row(_ item: ShopWork.Item, at place: Int, _ draft: StaffDraft?, _ visit: StaffVisit) -> Context {
        let words = visit.words
        var row = Self.form("job-\(place)", draft)
        row["job_what"] = words("staff_job_\(item.kind)")
        row["job_due"] = Self.shortTime(item.dueAt, at: shop.now())
        row["job_id"] = item.id
        if let order = item.order { row["job_order"] = order.text }
        if let ticket = item.ticket { row["job_ticket"] = ticket }
        if item.isRunning {
            row["job_state"] = words("staff_job_running")
        } else if item.isLate {
            row["job_late"] = words("staff_job_late", Masked.age(item.dueAt, at: shop.now(), in: words.language))
        }
        if item.runs > 0 { row["job_runs"] = words("staff_job_runs", "\(item.runs)") }
        if let problem = item.problem { row["job_problem"] = problem }
        row["job_may_try"] = item.mayTryNow && visit.may(.settleMoney)
        return row
    }

    /// `POST /admin/jobs`: asks a question, or reads a list, now instead of later.
    func tryNow(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let subject = visit.field("subject", atMost: 80)
        let isList = visit.field("do") == "list"
        let deed = Deed(action: isList ? "list_read_now" : "job_tried_now", subject: subject) { [shop] in
            if isList { try await shop.readListNow(of: subject) } else { try await shop.tryNow(subject) }
            return visit.words("staff_job_tried")
        }
        return try await perform(deed, at: "/admin/jobs", visit)
    }
}
