import Checkout
import Commerce
import HTTPServer

/// What each member of staff sees and changes of themselves.
extension Site {
    /// `GET /admin/me`
    func myPage(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let words = visit.words
        var (context, draft) = try await staffContext(visit, title: words("staff_me_title"))
        let member = visit.visitor.member
        context["role_text"] = words("staff_role_\(member.role.rawValue)")
        context["shortest"] = "\(PasswordRule.shortest)"
        if member.asksForCode {
            context["codes_on"] = Self.form("off", draft)
        } else if try await shop.maySetWaysIn(visit.visitor), let key = shop.waitingCodeKey(visit.visitor) {
            let label = "\(shop.name):\(visit.visitor.name)".addingPercentEncoding(
                withAllowedCharacters: .alphanumerics)
            let issuer = shop.name.addingPercentEncoding(withAllowedCharacters: .alphanumerics)
            let shown: Context = [
                "key_text": Self.inGroups(key),
                "key_href": "otpauth://totp/\(label ?? "duka")?secret=\(key)&issuer=\(issuer ?? "duka")",
            ]
            context["codes_key"] = shown.merging(Self.form("codes", draft)) { _, new in new }
        } else {
            context["codes_off"] = Self.form("begin", draft)
        }
        context["change"] = Self.form("change", draft)
        context.merge(try await passkeyRows(visit, draft)) { _, new in new }
        context.merge(try await alertBrowsers(visit)) { _, new in new }
        if let passkeys = passkeyContext { context["passkeys"] = passkeys }
        if let secrets = draft?.secrets, !secrets.isEmpty {
            context["recovery"] = ["recovery_codes": secrets.map { ["recovery_code": $0] as Context }] as Context
        }
        context["sessions"] = try await shop.staffSessions(of: visit.visitor).map { session -> Context in
            [
                "session_id": session.id.text, "session_network": session.network,
                "session_browser": Self.browserName(session.browser),
                "session_since": "\(session.beganAt.eastAfrica.date) \(session.beganAt.eastAfrica.clock)",
                "session_here": session.id == visit.visitor.session.id, "form_key": "session-\(session.id.text)",
            ]
        }
        return staffPage(.me, context)
    }

    private static func inGroups(_ key: String) -> String {
        stride(from: 0, to: key.count, by: 4).map { String(key.dropFirst($0).prefix(4)) }.joined(separator: " ")
    }

    /// `Chrome on Android`, as far as a browser tells.
    static func browserName(_ agent: String) -> String {
        let browsers = [
            ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
        ]
        let systems = [
            ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"),
            ("Linux", "Linux"),
        ]
        let browser = browsers.first { agent.contains($0.0) }?.1
        let system = systems.first { agent.contains($0.0) }?.1
        return [browser, system].compactMap { $0 }.joined(separator: ", ")
    }

    /// `POST /admin/me/password`
    func changePassword(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        try await confirmNow(visit)
        try await refusing {
            try await shop.changePassword(visit.visitor, to: String((visit.form?["new_password"] ?? "").prefix(1_000)))
        }
        return try await done(visit, "/admin/me", visit.words("staff_password_changed"))
    }

    /// `POST /admin/me/codes`: makes a key for an authenticator app.
    func beginCodes(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        try await confirmNow(visit)
        _ = try await refusing { try await shop.beginCodes(visit.visitor) }
        return try await done(visit, "/admin/me", visit.words("staff_codes_begun"))
    }

    /// `POST /admin/me/codes/on`: the first code of the app.
    func confirmCodes(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        try await confirmNow(visit)
        return try await once(visit, "/admin/me", visit.words("staff_codes_done")) { [shop] in
            try await shop.confirmCodes(visit.visitor, code: visit.field("first_code", atMost: 20))
        }
    }

    /// Makes secrets that are shown once; a second press of the same button shows those of the first.
    func once(
        _ visit: StaffVisit, _ path: String, _ notice: String, _ body: () async throws -> [String]
    ) async throws -> Response {
        guard let press = visit.press, let token = visit.form?["form_token"] else { throw PageProblem(400) }
        var secrets: [String] = []
        let deed = try await refusing {
            try await shop.once(press, refusal: refusal(visit.words)) {
                secrets = try await body()
                return notice
            }
        }
        switch deed {
        case .done: return try await done(visit, path, notice, secrets: secrets)
        case .repeated: return shown(by: token, visit, path)
        }
    }

    /// `POST /admin/me/codes/off`
    func stopCodes(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        try await confirmNow(visit)
        try await refusing { try await shop.stopCodes(visit.visitor) }
        return try await done(visit, "/admin/me", visit.words("staff_codes_stopped"))
    }

    /// `POST /admin/me/sessions/<id>`
    func endSession(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        try await shop.endSession(parameters["id"], of: visit.visitor)
        return try await done(visit, "/admin/me", visit.words("staff_session_ended"))
    }

    /// For what every member may do and nobody else in their name: the password fresh, whatever the right says; and for
    /// whoever relies on passkeys, a passkey.
    func confirmNow(_ visit: StaffVisit) async throws {
        guard try await shop.maySetWaysIn(visit.visitor) else { throw Self.problem(PasskeyRefusal.needed) }
        guard !shop.isConfirmed(visit.visitor) else { return }
        if let problem = try await problemConfirming(visit) { throw problem }
    }

    /// Runs `body`; what it refuses becomes a problem of the form.
    func refusing<Result>(_ body: () async throws -> Result) async throws -> Result {
        do { return try await body() } catch let refusal as StaffRefusal { throw Self.problem(refusal) }
    }
}
