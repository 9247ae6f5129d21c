import Checkout
import Commerce
import HTTPServer

/// Other programs that are told of orders: who they are, and all that they were told.
extension Site {
    private static let webhooksPerPage = 20

    /// `GET /admin/webhooks`
    func webhooksPage(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let words = visit.words
        var (context, draft) = try await staffContext(visit, title: words("staff_hooks_title"))
        let receivers = try await shop.webhooks()
        context["hooks"] = receivers.map { view -> Context in
            var row: Context = [
                "hook_href": Self.path(of: view.receiver.id), "hook_name": view.receiver.name,
                "hook_host": view.receiver.host,
            ]
            row.merge(Self.health(of: view, words, at: shop.now())) { _, new in new }
            return row
        }
        if receivers.count < Shop.mostWebhooks {
            var form = Self.form("hook", draft)
            form["hook_typed"] = draft?.form == "hook" ? draft?.typed["name"] ?? "" : ""
            context["hook_form"] = form
        } else {
            context["hooks_full"] = words("staff_hook_many", "\(Shop.mostWebhooks)")
        }
        context.merge(Self.shownOnce(draft)) { _, new in new }
        return staffPage(.webhooks, context)
    }

    private static func path(of receiver: ID<WebhookReceiver>) -> String { "/admin/webhooks/\(receiver.text)" }

    /// The secret that was just made.
    private static func shownOnce(_ draft: StaffDraft?) -> Context {
        guard let secret = draft?.secrets.first else { return [:] }
        return ["hook_secret": ["secret_text": secret] as Context]
    }

    private static func health(of view: WebhookView, _ words: WordBook.Words, at now: Timestamp) -> Context {
        var row: Context = [
            "hook_last": view.figures.deliveredAt.map { words("staff_hook_last", shortTime($0, at: now)) }
                ?? words("staff_hook_never")
        ]
        if view.figures.waiting > 0 { row["hook_waiting"] = words("staff_hook_waiting", "\(view.figures.waiting)") }
        if view.figures.failed > 0 { row["hook_failed"] = words("staff_hook_failed", "\(view.figures.failed)") }
        if let since = view.figures.stuckSince { row["hook_stuck"] = words("staff_hook_stuck", fullTime(since)) }
        if !view.isReadable { row["hook_unreadable"] = words("staff_hook_unreadable") }
        return row
    }

    /// `POST /admin/webhooks`: one more is told.
    func addWebhook(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let name = visit.field("name", atMost: Shop.webhookNameLength)
        let address = visit.field("\(Self.secretPrefix)address", atMost: 1_001)
        return try await webhookSecret(visit, "/admin/webhooks", visit.words("staff_hook_added", name)) { [shop] in
            try await shop.addWebhook(named: name, at: address, by: visit.visitor.name)
        }
    }

    /// Makes a secret that is shown once; what is refused becomes a problem of the form.
    private func webhookSecret(
        _ visit: StaffVisit, _ path: String, _ notice: String, _ body: () async throws -> String
    ) async throws -> Response {
        do {
            return try await once(visit, path, notice) { [try await body()] }
        } catch let refusal as WebhookRefusal { throw Self.problem(refusal) }
    }

    // MARK: One receiver

    /// `GET /admin/webhooks/<receiver>`: what it was told, each try, and what became of it.
    func webhookPage(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let id = ID<WebhookReceiver>(stored: String(parameters["receiver"].prefix(32)))
        guard let view = try await shop.webhook(id) else {
            return try await staffMessage("staff_hook_none", visit, status: 404)
        }
        let words = visit.words
        var (context, draft) = try await staffContext(visit, title: view.receiver.name)
        context["hook_host"] = view.receiver.host
        context["hook_action"] = Self.path(of: id)
        context["hook_added"] = view.receiver.addedAt.eastAfrica.date
        context["hook_secret_made"] = view.receiver.secretMadeAt.eastAfrica.date
        if let end = view.olderUntil { context["hook_older"] = words("staff_hook_older", Self.fullTime(end)) }
        context.merge(Self.health(of: view, words, at: shop.now())) { _, new in new }
        context.merge(Self.shownOnce(draft)) { _, new in new }
        context["hook_try"] = Self.form("hook-try", draft)
        context["hook_renew"] = Self.form("hook-renew", draft)
        context["hook_remove"] = Self.form("hook-remove", draft)

        let query = visit.request.query
        let state = query["state"].flatMap(WebhookMessage.State.init(rawValue:))
        let before = query["before"].map { String($0.prefix(32).filter { $0.isASCII && ($0.isLetter || $0.isNumber) }) }
        let found = try await shop.webhookLog(of: id, state, before: before, atMost: Self.webhooksPerPage + 1)
        let page = found.prefix(Self.webhooksPerPage)
        context["told"] = page.map { row($0, draft, visit) }
        var filters: [Context] = [
            ["filter_href": Self.path(of: id), "filter_name": words("staff_any"), "filter_here": state == nil]
        ]
        filters += WebhookMessage.State.allCases.map { one -> Context in
            [
                "filter_href": "\(Self.path(of: id))?state=\(one.rawValue)",
                "filter_name": words("hook_state_\(one.rawValue)"), "filter_here": one == state,
            ]
        }
        context["states"] = filters
        if found.count > page.count, let last = page.last {
            let kept = state.map { "state=\($0.rawValue)&" } ?? ""
            context["older_href"] = "\(Self.path(of: id))?\(kept)before=\(last.message.id.text)"
        }
        return staffPage(.webhook, context)
    }

    private func row(_ logged: LoggedWebhook, _ draft: StaffDraft?, _ visit: StaffVisit) -> Context {
        let words = visit.words
        let message = logged.message
        var row = Self.form("hook-\(message.id.text)", draft)
        row["told_event"] = message.event.rawValue
        row["told_at"] = Self.fullTime(message.happenedAt)
        row["told_id"] = message.id.text
        row["told_state"] = words("hook_state_\(message.state.rawValue)")
        row["told_code"] = Self.code(of: message.state)
        if let order = logged.order { row["told_order"] = order.text }
        if message.state == .waiting, message.tries > 0 {
            row["told_next"] = words("staff_notice_next", Self.shortTime(message.dueAt, at: shop.now()))
        }
        if !logged.tries.isEmpty {
            row["told_tries"] =
                [
                    "tries_count": words("staff_hook_tries", "\(logged.tries.count)"),
                    "tries": logged.tries.map { one -> Context in
                        [
                            "try_at": Self.fullTime(one.at),
                            "try_took": words("staff_hook_took", "\(one.milliseconds)"),
                            "try_result": Self.text(of: one.result, words), "try_bad": !one.isTaken,
                        ]
                    },
                ] as Context
        }
        if let body = logged.body, !body.isEmpty { row["told_body"] = body }
        if message.state != .sending {
            row["told_again"] = "/admin/webhooks/\(message.receiver.text)/\(message.id.text)"
        }
        return row
    }

    private static func code(of state: WebhookMessage.State) -> String {
        switch state {
        case .waiting, .sending: "prompt_sent"
        case .delivered: "paid"
        case .failed: "manual_review"
        }
    }

    /// What a try came to, in words.
    private static func text(of result: WebhookTry.Result, _ words: WordBook.Words) -> String {
        switch result {
        case .answered(let status) where (300...399).contains(status): words("staff_hook_redirect", "\(status)")
        case .answered(let status): words("staff_hook_answered", "\(status)")
        case .problem(let problem, let code):
            words("hook_problem_\(problem.rawValue)") + (code == 0 ? "" : " (libcurl \(code))")
        }
    }

    /// `POST /admin/webhooks/<receiver>`: a test, a new secret, or the end.
    func changeWebhook(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let id = ID<WebhookReceiver>(stored: String(parameters["receiver"].prefix(32)))
        let person = visit.visitor.name
        let words = visit.words
        switch visit.field("do") {
        case "try":
            return try await webhookDeed(visit, Self.path(of: id)) { [shop] in
                try await shop.tryWebhook(id, by: person)
                return words("staff_hook_tried")
            }
        case "renew":
            return try await webhookSecret(visit, Self.path(of: id), words("staff_hook_renewed")) { [shop] in
                try await shop.renewWebhookSecret(of: id, by: person)
            }
        case "remove":
            guard visit.form?["sure"] != nil else { throw StaffProblem("sure", "staff_hook_sure_missing") }
            let name = try await shop.removeWebhook(id, by: person)
            // Removed a moment ago by another press.
            let notice = name.map { words("staff_hook_removed", $0) } ?? words("staff_hook_gone")
            return try await done(visit, "/admin/webhooks", notice)
        default: throw PageProblem(400)
        }
    }

    /// `POST /admin/webhooks/<receiver>/<message>`: a message is sent again.
    func sendWebhookAgain(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let id = ID<WebhookReceiver>(stored: String(parameters["receiver"].prefix(32)))
        let message = ID<WebhookMessage>(stored: String(parameters["message"].prefix(32)))
        return try await webhookDeed(visit, backPath(visit)) { [shop] in
            try await shop.sendWebhookAgain(message, to: id, by: visit.visitor.name)
            return visit.words("staff_hook_again_done")
        }
    }

    /// Does it once, however often its button is pressed.
    private func webhookDeed(
        _ visit: StaffVisit, _ path: String, _ body: () async throws -> String
    ) async throws -> Response {
        guard let press = visit.press else { throw PageProblem(400) }
        do {
            return try await told(shop.once(press, refusal: refusal(visit.words), body), visit, path)
        } catch let refusal as WebhookRefusal { throw Self.problem(refusal) }
    }

    /// What was refused, in words.
    static func problem(_ refusal: WebhookRefusal) -> StaffProblem {
        switch refusal {
        case .badAddress: StaffProblem("address", "staff_hook_address_bad")
        case .nameMissing: StaffProblem("name", "staff_hook_name_missing")
        case .nameHoldsPhone: StaffProblem("name", "staff_reason_phone")
        case .nameTaken: StaffProblem("name", "staff_hook_name_taken")
        case .tooMany: StaffProblem("", "staff_hook_many", "\(Shop.mostWebhooks)")
        case .noSuchReceiver: StaffProblem("", "staff_hook_gone")
        case .noSuchMessage: StaffProblem("", "staff_hook_message_gone")
        case .onItsWay: StaffProblem("", "staff_hook_on_its_way")
        }
    }
}
