import Checkout
import Commerce
import Cryptography
import HTTPServer

/// Browsers and a chat in which the owner is told what is wrong. The browser's part is `public/alerts.js`, and the
/// worker beside it that shows a message while no page is open.
extension Site {
    /// What "my account" shows of browsers that are told; nothing for who does not see what goes on.
    func alertBrowsers(_ visit: StaffVisit) async throws -> Context {
        guard visit.may(.seeAudit) else { return [:] }
        let rows = try await shop.pushSubscriptions(of: visit.visitor).map { subscription -> Context in
            [
                "push_id": subscription.id.text, "push_browser": subscription.browser,
                "push_since": subscription.madeAt.eastAfrica.date, "form_key": "push-\(subscription.id.text)",
            ]
        }
        let shown: Context = [
            "push_rows": rows, "push_key": Base64URL.encode(try await shop.pushKey().point), "form_key": "push",
        ]
        return ["alert_browsers": shown, "alerts_href": fileAddress("alerts.js")]
    }

    /// `POST /admin/me/alerts`: this browser is told from now on.
    func beginAlerts(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        guard let point = Base64URL.decode(visit.field("push_point", atMost: 100)),
            let secret = Base64URL.decode(visit.field("push_secret", atMost: 100))
        else { throw StaffProblem("", "staff_push_bad") }
        let browser = [Self.browserName(visit.visitor.session.browser), "?"].first { !$0.isEmpty } ?? "?"
        try await channel {
            try await shop.tell(
                visit.visitor, in: browser, endpoint: visit.field("push_endpoint", atMost: 2_000), point: point,
                secret: secret)
        }
        return try await done(visit, "/admin/me", visit.words("staff_push_begun"))
    }

    /// `POST /admin/me/alerts/<id>`: a trial, or the end.
    func changeAlerts(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        switch visit.field("do") {
        case "try":
            guard let press = visit.press else { throw PageProblem(400) }
            let deed = try await channel {
                try await shop.once(press, refusal: refusal(visit.words)) {
                    try await shop.tryPush(parameters["id"], of: visit.visitor)
                    return visit.words("staff_push_tried")
                }
            }
            return try await told(deed, visit, "/admin/me")
        case "stop":
            let isNew = try await shop.stopTelling(parameters["id"], of: visit.visitor)
            return try await done(visit, "/admin/me", visit.words(isNew ? "staff_push_stopped" : "staff_push_gone"))
        default: throw PageProblem(400)
        }
    }

    /// The form for the chat, and what became of the last message there.
    func chatForm(_ visit: StaffVisit, _ draft: StaffDraft?) async throws -> Context {
        var form = Self.form("chat", draft)
        if let host = try await shop.chatHost() {
            form["chat_host"] = host
            if let last = try await shop.newestChatNotice() {
                form["chat_at"] = Self.shortTime(last.endedAt ?? last.writtenAt, at: shop.now())
                form["chat_last"] = visit.words("notice_state_\(last.state.rawValue)")
                form["chat_bad"] = last.state == .failed || last.state == .unclear
                if let why = last.reason { form["chat_why"] = why }
            }
        }
        return ["chat": form]
    }

    /// `POST /admin/settings/chat`
    func saveChat(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let typed = visit.field("\(Self.secretPrefix)chat_address", atMost: 1_001)
        let words = visit.words
        switch visit.field("do") {
        case "save":
            guard !typed.isEmpty else { throw StaffProblem("chat_address", "staff_chat_bad") }
            return try await settingsDeed(visit, "chat_set", "chat", to: "/admin/settings") { [shop] in
                try await shop.setChat(typed)
                return words("staff_chat_saved")
            }
        case "try":
            return try await settingsDeed(visit, "chat_tried", "chat", to: "/admin/settings") { [shop] in
                try await shop.tryChat()
                return words("staff_chat_tried")
            }
        case "remove":
            return try await settingsDeed(visit, "chat_removed", "chat", to: "/admin/settings") { [shop] in
                try await shop.setChat("")
                return words("staff_chat_removed")
            }
        default: throw PageProblem(400)
        }
    }

    /// Runs `body`; what it refuses becomes a problem of the form.
    private func channel<Result>(_ body: () async throws -> Result) async throws -> Result {
        do { return try await body() } catch let refusal as OwnerChannelRefusal {
            throw Self.problem(refusal)
        }
    }

    /// A refused browser or chat, in words.
    static func problem(_ refusal: OwnerChannelRefusal) -> StaffProblem {
        switch refusal {
        case .badAddress: StaffProblem("chat_address", "staff_chat_bad")
        case .badBrowser: StaffProblem("", "staff_push_bad")
        case .tooMany: StaffProblem("", "staff_push_many", "\(Shop.mostPushSubscriptions)")
        case .noSuchBrowser: StaffProblem("", "staff_push_gone")
        case .noChat: StaffProblem("", "staff_chat_removed")
        }
    }
}
