import Checkout
import Commerce
import HTTPServer
import PaymentKit

/// A request of somebody who is signed in and may make it.
struct StaffVisit: Sendable {
    let site: Site
    let request: Request
    let visitor: SignedIn
    let words: WordBook.Words
    /// The fields of the form that was sent; nil for a page that is looked at.
    let form: Form?
    /// Which press of which button this is; nil for a page that is looked at.
    let press: [UInt8]?

    func may(_ right: StaffRight) -> Bool { visitor.may(right) }

    /// A token for one form of the page.
    func formToken() -> String { site.shop.formToken(for: visitor.formPurpose) }

    /// A typed field without spaces around it, cut where nobody types so much.
    func field(_ name: String, atMost count: Int = 400) -> String {
        String((form?[name] ?? "").prefix(count)).trimmed
    }

    /// An amount in shillings with or without commas; nil when the field is empty.
    func amount(_ name: String) throws -> Money? {
        let text = field(name, atMost: 20).filter { $0 != "," && $0 != " " }
        guard !text.isEmpty else { return nil }
        guard let money = Money(decimal: text, .kes), money.minor > 0 else {
            throw StaffProblem(name, "staff_amount_bad")
        }
        return money
    }
}

/// Why a form of staff was not done, for the page that shows it again.
struct StaffProblem: Error {
    /// The field's name; empty for the form as a whole.
    let field: String
    /// A key of the language files, and its values.
    let key: String
    let values: [String]

    init(_ field: String = "", _ key: String, _ values: String...) {
        self.field = field
        self.key = key
        self.values = values
    }
}

/// What a page is shown once, after a form: what was typed and is wrong, or what was done.
struct StaffDraft: Codable, Sendable {
    struct Problem: Codable, Sendable {
        var field, text: String
    }
    /// Which form of the page it belongs to.
    var form = ""
    var typed: [String: String] = [:]
    var problems: [Problem] = []
    var notice: String?
    /// Secrets that are shown once.
    var secrets: [String] = []
    /// What became of the lines of a file.
    var report: [String] = []
}

extension Site {
    private static let cookie = "duka_staff"

    /// Only for this host and over TLS where there is TLS; browsers enforce what the prefix says.
    private var staffCookie: (name: String, attributes: String) {
        configuration.deskURL.hasPrefix("https://")
            ? ("__Host-\(Self.cookie)", "; Path=/; HttpOnly; SameSite=Strict; Secure")
            : (Self.cookie, "; Path=/; HttpOnly; SameSite=Strict")
    }

    /// The secret that a browser of staff sends.
    func staffSecret(_ request: Request) -> String? { request.cookie(staffCookie.name) }

    /// Sets the cookie of staff, or takes it away.
    func staffCookie(_ secret: String?) -> (name: String, value: String) {
        let (name, attributes) = staffCookie
        return (
            "Set-Cookie",
            "\(name)=\(secret ?? "")\(attributes); Max-Age=\(secret == nil ? 0 : Shop.staffSessionSeconds)"
        )
    }

    func staffPlace(_ request: Request) -> StaffPlace {
        StaffPlace(network: Caller(request.client).network, browser: request.header("User-Agent") ?? "")
    }

    /// A line of the table for staff: nobody passes without being signed in, having the right, and, for a form, having
    /// its token; what moves money or rights wants the password fresh as well (S12).
    func staff(
        _ method: HTTPServer.Method, _ pattern: String, _ right: StaffRight,
        _ handler: @escaping @Sendable (StaffVisit, Route.Parameters) async throws -> Response
    ) -> Route {
        Route(method, pattern, .staff(right)) { [self] request, parameters in
            guard let secret = staffSecret(request), let visitor = try await shop.signedIn(secret) else {
                return signInFirst(request)
            }
            let visit = try await staffVisit(request, visitor)
            guard visitor.may(right) else { return try await staffMessage("staff_no_right", visit, status: 403) }
            guard request.method != .get else { return try await handler(visit, parameters) }
            let back = backPath(visit)
            guard visit.press != nil else {
                return try await again(visit, back, [StaffProblem("", "err_form_old")])
            }
            if right.needsConfirmation {
                if !shop.isPractice, !shop.hasTwoFactors(visitor) {
                    return try await again(visit, back, [StaffProblem("", "staff_needs_codes")])
                }
                if let problem = try await problemConfirming(visit) { return try await again(visit, back, [problem]) }
            }
            do { return try await handler(visit, parameters) } catch let problem as StaffProblem {
                return try await again(visit, back, [problem])
            }
        }
    }

    private func staffVisit(_ request: Request, _ visitor: SignedIn) async throws -> StaffVisit {
        let form = request.method == .get ? nil : try request.formWithFiles()
        return StaffVisit(
            site: self, request: request, visitor: visitor, words: Visit(request, site: self).words, form: form,
            press: form.flatMap { form in
                // A page has many buttons and one token.
                let button = "\(request.path) \(form["do"] ?? "") \(form["subject"] ?? form["receipt"] ?? "")"
                return shop.press(formToken: form["form_token"] ?? "", of: visitor, button: button)
            })
    }

    private func signInFirst(_ request: Request) -> Response {
        let asksForPage = request.method == .get && request.path.utf8.allSatisfy { $0 != UInt8(ascii: "%") }
        var response = Response.redirect(
            to: "/admin/sign-in" + (asksForPage && request.path != "/admin" ? "?next=\(request.path)" : ""))
        response.headers += Self.privateHeaders
        return response
    }

    /// The password that was typed into the form itself, unless one was typed a moment ago.
    func problemConfirming(_ visit: StaffVisit) async throws -> StaffProblem? {
        if shop.isConfirmed(visit.visitor) { return nil }
        guard let password = visit.form?["password"], !password.isEmpty else {
            return StaffProblem("password", "staff_password_again")
        }
        let result = try await shop.confirm(
            visit.visitor, password: password, code: visit.field("code"), from: staffPlace(visit.request))
        switch result {
        case .signedIn, .needsCode: return nil
        case .wrong: return StaffProblem("password", "staff_password_wrong")
        case .tooMany(let until): return StaffProblem("", "staff_too_many", until.eastAfrica.clock)
        case .busy: return StaffProblem("", "staff_busy")
        }
    }

    /// Where a form's page is: a path of ours, or the start of the desk.
    func backPath(_ visit: StaffVisit) -> String {
        let path = visit.form?["back"] ?? ""
        let isOurs =
            path.hasPrefix("/admin") && path.utf8.count < 200
            && path.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }
        return isOurs ? path : "/admin"
    }

    // MARK: After a form

    /// Leads back to the form with what was typed and what is wrong with it.
    func again(_ visit: StaffVisit, _ path: String, _ problems: [StaffProblem]) async throws -> Response {
        var draft = StaffDraft()
        for (name, value) in visit.form?.fields ?? []
        where !Self.neverKept.contains(name) && !name.hasPrefix(Self.secretPrefix) {
            draft.typed[name] = String(value.prefix(8_192))
        }
        draft.form = draft.typed["form"] ?? ""
        draft.problems = problems.map { problem in
            StaffDraft.Problem(field: problem.field, text: visit.words(problem.key, values: problem.values))
        }
        return try await redirect(visit, to: path, showing: draft)
    }

    /// Leads to a page that says what was done.
    func done(
        _ visit: StaffVisit, _ path: String, _ notice: String, secrets: [String] = [], report: [String] = []
    ) async throws -> Response {
        try await redirect(visit, to: path, showing: StaffDraft(notice: notice, secrets: secrets, report: report))
    }

    /// What a press of a button came to, as the page tells it.
    func told(_ deed: Shop.Deed, _ visit: StaffVisit, _ path: String) async throws -> Response {
        switch deed {
        case .done(let answer): try await done(visit, path, answer)
        case .repeated(let answer?): try await done(visit, path, visit.words("staff_done_before", answer))
        case .repeated(nil): try await done(visit, path, visit.words("staff_being_done"))
        }
    }

    /// What an error means to staff, when nothing was changed; nil for a fault.
    func refusal(_ words: WordBook.Words) -> (any Error) -> String? {
        { error in Self.problem(of: error, words).map { words($0.key, values: $0.values) } }
    }

    /// How the names of fields for secrets begin.
    static let secretPrefix = "secret_"
    private static let neverKept: Set<String> = ["password", "new_password", "code", "form_token", "back"]

    private func redirect(_ visit: StaffVisit, to path: String, showing draft: StaffDraft) async throws -> Response {
        let purpose = visit.visitor.formPurpose
        // The form's own token, so that a second press can be led to what the first one is shown.
        let own = visit.press == nil ? nil : visit.form?["form_token"]
        let token = own ?? shop.formToken(for: purpose)
        let secret = await shop.keepDraft(
            draft, of: purpose, token: token, browser: visit.visitor.session.id.text)
        // What was done is done, also when the page cannot say so; what was typed must not be lost in silence.
        guard secret != nil || (draft.problems.isEmpty && draft.secrets.isEmpty) else { throw PageProblem(503) }
        let query = secret.map { (path.contains("?") ? "&" : "?") + "draft=\($0)" } ?? ""
        var response = Response.redirect(to: path + query)
        response.headers += Self.privateHeaders
        return response
    }

    /// Leads to what the first press of a form was shown.
    func shown(by token: String, _ visit: StaffVisit, _ path: String) -> Response {
        let secret = shop.draftSecret(formToken: token, for: visit.visitor.formPurpose)
        var response = Response.redirect(to: path + (secret.map { "?draft=\($0)" } ?? ""))
        response.headers += Self.privateHeaders
        return response
    }

    // MARK: Pages

    /// What tells a form of a page from the others: its name, and whether it is the one that was just refused.
    static func form(_ key: String, _ draft: StaffDraft?) -> Context {
        ["form_key": key, "is_this": draft?.form == key]
    }

    /// What every page of staff needs, and what the last form left for it.
    func staffContext(_ visit: StaffVisit, title: String) async throws -> (context: Context, draft: StaffDraft?) {
        let draft: StaffDraft? =
            if let secret = visit.request.query["draft"] {
                try await shop.draft(secret, of: visit.visitor.formPurpose, browser: visit.visitor.session.id.text)
            } else { nil }
        let problems = draft?.problems ?? []
        var context = Visit(visit.request, site: self).context(title: title, hasErrors: !problems.isEmpty)
        context["admin_css_href"] = fileAddress("admin.css")
        context["admin_js_href"] = fileAddress("admin.js")
        context["page_title"] = title
        context["staff_name"] = visit.visitor.name
        context["shop_href"] = configuration.publicURL + "/"
        context["sign_out_token"] = visit.formToken()
        context["form_token"] = visit.formToken()
        context["back"] = visit.request.path
        context["seen"] = "\(try await shop.auditEnd())"
        context["nav"] = navigation(visit)
        context["sub"] = Self.section(visit)
        if let news = try await setUpNews(visit) { context["setup_news"] = news }
        if let alerts = try await banner(visit.words) { context.merge(alerts) { _, new in new } }
        context.merge(try await confirms(visit)) { _, new in new }
        if !problems.isEmpty {
            context["error_summary"] = problems.map { problem -> Context in
                let form = draft.flatMap { $0.form.isEmpty ? nil : "\($0.form)-" } ?? ""
                return [
                    "error_href": problem.field.isEmpty ? "#main" : "#\(form)\(problem.field)",
                    "error_text": problem.text,
                ]
            }
            for problem in problems where !problem.field.isEmpty { context["error_\(problem.field)"] = problem.text }
        }
        if let report = draft?.report, !report.isEmpty {
            context["report"] = ["report_lines": report.map { ["report_line": $0] as Context }] as Context
        }
        if let notice = draft?.notice {
            context["notices"] = [["notice_text": notice, "notice_warn": false] as Context]
        }
        return (context, draft)
    }

    /// What is asked for again, and the passkey that may stand in for it or, where a password is not enough, must.
    private func confirms(_ visit: StaffVisit) async throws -> Context {
        let isConfirmed = shop.isConfirmed(visit.visitor)
        let mayNeedPasskey = !shop.isPractice || visit.request.path == "/admin/me"
        guard !isConfirmed || (mayNeedPasskey && !shop.hasTwoFactors(visit.visitor)) else { return [:] }
        var confirms: Context = ["by_password": !isConfirmed, "asks_code": visit.visitor.member.asksForCode]
        guard let passkeys = passkeyContext, try await !shop.passkeys(of: visit.visitor).isEmpty else {
            return isConfirmed ? [:] : ["confirms": confirms]
        }
        confirms["by_passkey"] = true
        return ["confirms": confirms, "passkeys": passkeys]
    }

    private func navigation(_ visit: StaffVisit) -> [Context] {
        let pages: [(path: String, key: String, right: StaffRight)] = [
            ("/admin", "staff_nav_start", .look), ("/admin/orders", "staff_nav_orders", .look),
            ("/admin/money", "staff_nav_money", .look), ("/admin/goods", "staff_nav_goods", .look),
            ("/admin/figures", "staff_nav_figures", .look),
            ("/admin/settings", "staff_nav_settings", .changeSettings),
            ("/admin/staff", "staff_nav_staff", .manageStaff), ("/admin/messages", "staff_nav_work", .seeAudit),
            ("/admin/trail", "staff_nav_trail", .seeAudit),
            ("/admin/privacy", "staff_nav_privacy", .handlePeople), ("/admin/me", "staff_nav_me", .look),
        ]
        let path = Self.tab(of: visit.request.path)
        return pages.filter { visit.may($0.right) }.map { page in
            let isHere = path == page.path || (page.path != "/admin" && path.hasPrefix(page.path + "/"))
            return ["nav_href": page.path, "nav_text": visit.words(page.key), "nav_here": isHere]
        }
    }

    func staffPage(_ template: Template, _ context: Context, status: Int = 200) -> Response {
        render(template, context, status: status, headers: Self.privateHeaders)
    }

    /// A page of the desk that says why there is nothing else to see.
    func staffMessage(_ key: String, _ visit: StaffVisit, status: Int) async throws -> Response {
        var (context, _) = try await staffContext(visit, title: visit.words("\(key)_headline"))
        context["explanation"] = visit.words("\(key)_text")
        return staffPage(.staffMessage, context, status: status)
    }
}

extension String {
    /// Without spaces around it.
    var trimmed: String {
        let start = drop { $0.isWhitespace }
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...end])
    }
}
