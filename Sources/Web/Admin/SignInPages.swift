import Checkout
import Commerce
import HTTPServer

/// How staff get in: with a name and a password, with a one-time code after it, or with a link for the first time.
extension Site {
    /// What the pages before the door show.
    private func doorContext(_ request: Request, title key: String, problem: StaffProblem?) -> Context {
        let visit = Visit(request, site: self)
        var context = visit.context(title: visit.words(key), hasErrors: problem != nil)
        context["admin_css_href"] = fileAddress("admin.css")
        context["admin_js_href"] = fileAddress("admin.js")
        context["page_title"] = visit.words(key)
        context["form_token"] = shop.formToken(for: .staffDoor)
        context["shop_href"] = configuration.publicURL + "/"
        if let problem {
            let text = visit.words(problem.key, values: problem.values)
            context["error_summary"] = [
                ["error_href": problem.field.isEmpty ? "#main" : "#\(problem.field)", "error_text": text] as Context
            ]
            if !problem.field.isEmpty { context["error_\(problem.field)"] = text }
        }
        return context
    }

    /// The form's own secret: without it the form comes from elsewhere.
    func doorForm(_ request: Request) throws -> Form? {
        let form = try request.form()
        return shop.isGood(formToken: form["form_token"] ?? "", for: .staffDoor) ? form : nil
    }

    /// Only a page of ours behind the door.
    func nextPath(_ text: String?) -> String {
        guard let text, text.hasPrefix("/admin/"), !text.hasPrefix("/admin/sign-in"), text.utf8.count < 200,
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") })
        else { return "/admin" }
        return text
    }

    func leadIn(_ secret: String, to path: String) -> Response {
        var response = Response.redirect(to: path)
        response.headers += Self.privateHeaders + [staffCookie(secret)]
        return response
    }

    /// A refused form is shown again with the name; what was wrong stands in the address, so nothing is sent twice.
    func refused(_ path: String, _ problem: StaffProblem, name: String = "", next: String = "/admin")
        -> Response
    {
        var query = "?problem=\(problem.key)"
        if let value = problem.values.first { query += "&until=\(value)" }
        if let name = StaffName(name) { query += "&name=\(name.text)" }
        if next != "/admin" { query += "&next=\(next)" }
        var response = Response.redirect(to: path + query)
        response.headers += Self.privateHeaders
        return response
    }

    /// Problems that the pages before the door show, each with its field.
    private static let doorProblems: [String: String] = [
        "staff_wrong": "name", "staff_code_wrong": "code", "staff_too_many": "", "staff_busy": "", "err_form_old": "",
        "staff_name_bad": "name", "staff_pw_tooShort": "new_password", "staff_pw_tooLong": "new_password",
        "staff_pw_common": "new_password", "staff_pw_holdsName": "new_password", "staff_link_old": "",
        "staff_passkey_wrong": "", "staff_passkey_old": "",
    ]

    private func doorProblem(_ request: Request) -> StaffProblem? {
        guard let key = request.query["problem"], let field = Self.doorProblems[key] else { return nil }
        let until = request.query["until"].flatMap { $0.utf8.count == 5 && $0.contains(":") ? $0 : nil }
        return StaffProblem(field, key, until ?? "")
    }

    // MARK: Name and password

    /// `GET /admin/sign-in`; in a new shop, on its own machine, the form that makes the owner.
    func signInForm(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let problem = doorProblem(request)
        let isNew = try await !shop.hasOwner()
        var context = doorContext(request, title: isNew ? "staff_first_title" : "staff_sign_in", problem: problem)
        if isNew {
            context["is_new"] = ["can_begin": mayBegin(request), "shortest": "\(PasswordRule.shortest)"] as Context
        } else {
            context["sign_in"] =
                [
                    "name_typed": request.query["name"] ?? "", "next": nextPath(request.query["next"]),
                ] as Context
            if let passkeys = passkeyContext { context["passkeys"] = passkeys }
        }
        return staffPage(.signIn, context)
    }

    /// `POST /admin/sign-in`
    func signIn(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let path = "/admin/sign-in"
        guard let form = try doorForm(request) else { return refused(path, StaffProblem("", "err_form_old")) }
        let (name, next) = (form["name"] ?? "", nextPath(form["next"]))
        switch try await shop.signIn(name: name, password: form["password"] ?? "", from: staffPlace(request)) {
        case .signedIn(let secret): return leadIn(secret, to: next)
        case .needsCode(let secret):
            return leadIn(secret, to: "/admin/code" + (next == "/admin" ? "" : "?next=\(next)"))
        case .wrong: return refused(path, StaffProblem("name", "staff_wrong"), name: name, next: next)
        case .tooMany(let until):
            let problem = StaffProblem("", "staff_too_many", until.eastAfrica.clock)
            return refused(path, problem, name: name, next: next)
        case .busy: return refused(path, StaffProblem("", "staff_busy"), name: name, next: next)
        }
    }

    // MARK: One-time code

    /// `GET /admin/code`
    func codeForm(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        guard let secret = staffSecret(request), try await shop.awaitsCode(secret) else {
            return refused("/admin/sign-in", StaffProblem("", "err_form_old"))
        }
        var context = doorContext(request, title: "staff_code_title", problem: doorProblem(request))
        context["code_form"] = ["next": nextPath(request.query["next"])] as Context
        return staffPage(.signIn, context)
    }

    /// `POST /admin/code`
    func enterCode(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        guard let form = try doorForm(request), let secret = staffSecret(request) else {
            return refused("/admin/sign-in", StaffProblem("", "err_form_old"))
        }
        let next = nextPath(form["next"])
        let code = String((form["code"] ?? "").prefix(60))
        switch try await shop.enterCode(code, secret: secret, from: staffPlace(request)) {
        case .signedIn(let secret), .needsCode(let secret): return leadIn(secret, to: next)
        case .wrong: return refused("/admin/code", StaffProblem("code", "staff_code_wrong"), next: next)
        case .tooMany(let until):
            return refused("/admin/code", StaffProblem("", "staff_too_many", until.eastAfrica.clock), next: next)
        case .busy: return refused("/admin/code", StaffProblem("", "staff_busy"), next: next)
        }
    }

    // MARK: The first time

    /// A new shop is begun by whoever sits at its machine; elsewhere a link is needed, which the machine gives.
    private func mayBegin(_ request: Request) -> Bool {
        shop.isPractice && Self.thisMachine.contains { $0.contains(request.client) }
    }

    /// `POST /admin/first`: makes the owner of a shop that has none.
    func makeFirstOwner(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let path = "/admin/sign-in"
        guard let form = try doorForm(request) else { return refused(path, StaffProblem("", "err_form_old")) }
        guard mayBegin(request), try await !shop.hasOwner() else { throw PageProblem(403) }
        let name = form["name"] ?? ""
        do {
            guard let valid = StaffName(name) else { throw StaffRefusal.badName }
            let password = String((form["new_password"] ?? "").prefix(1_000))
            if let problem = PasswordRule.problem(with: password, names: [valid.text, shop.name]) {
                throw StaffRefusal.password(problem)
            }
            let link = try await shop.invite(name, as: .owner, by: "this machine")
            let secret = try await shop.accept(link, password: password, from: staffPlace(request))
            return leadIn(secret, to: "/admin")
        } catch let refusal as StaffRefusal {
            return refused(path, Self.problem(refusal), name: name)
        }
    }

    /// `GET /admin/welcome/<link>`: whoever was invited chooses a password.
    func welcomeForm(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let link = parameters["link"]
        let member = try await shop.invited(link)
        let problem = member == nil ? StaffProblem("", "staff_link_old") : doorProblem(request)
        var context = doorContext(request, title: "staff_welcome_title", problem: problem)
        if let member {
            context["welcome"] =
                [
                    "welcome_name": member.name.text, "welcome_action": "/admin/welcome/\(link)",
                    "shortest": "\(PasswordRule.shortest)",
                ] as Context
        }
        return staffPage(.signIn, context, status: member == nil ? 404 : 200)
    }

    /// `POST /admin/welcome/<link>`
    func welcome(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let link = parameters["link"]
        let path = "/admin/welcome/\(link)"
        guard try await shop.invited(link) != nil else {
            return refused("/admin/sign-in", StaffProblem("", "staff_link_old"))
        }
        guard let form = try doorForm(request) else { return refused(path, StaffProblem("", "err_form_old")) }
        do {
            let password = String((form["new_password"] ?? "").prefix(1_000))
            return leadIn(try await shop.accept(link, password: password, from: staffPlace(request)), to: "/admin")
        } catch let refusal as StaffRefusal {
            return refused(path, Self.problem(refusal))
        }
    }

    /// `POST /admin/sign-out`
    func signOut(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        try await shop.signOut(visit.visitor)
        var response = Response.redirect(to: "/admin/sign-in")
        response.headers += Self.privateHeaders + [staffCookie(nil)]
        return response
    }

    /// What was refused, in words, with the field that it is about.
    static func problem(_ refusal: StaffRefusal) -> StaffProblem {
        switch refusal {
        case .badName: StaffProblem("name", "staff_name_bad")
        case .noSuchMember: StaffProblem("name", "staff_no_member")
        case .lastOwner: StaffProblem("", "staff_last_owner")
        case .oneself: StaffProblem("", "staff_oneself")
        case .linkIsOld: StaffProblem("", "staff_link_old")
        case .password(.tooShort): StaffProblem("new_password", "staff_pw_tooShort")
        case .password(.tooLong): StaffProblem("new_password", "staff_pw_tooLong")
        case .password(.common): StaffProblem("new_password", "staff_pw_common")
        case .password(.holdsName): StaffProblem("new_password", "staff_pw_holdsName")
        case .wrongCode: StaffProblem("first_code", "staff_code_wrong")
        case .codesAreOn: StaffProblem("", "staff_codes_are_on")
        case .passkey(let refusal): problem(refusal)
        case .busy: StaffProblem("", "staff_busy")
        }
    }
}
