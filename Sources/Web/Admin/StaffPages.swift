import Checkout
import Commerce
import HTTPServer

/// Who may do what, and what everybody did.
extension Site {
    /// `GET /admin/staff`
    func staffList(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let words = visit.words
        var (context, draft) = try await staffContext(visit, title: words("staff_list_title"))
        context["members"] = try await shop.staff().map { member -> Context in
            let state =
                member.disabledAt != nil
                ? "staff_is_disabled" : member.password == nil ? "staff_is_invited" : "staff_is_active"
            var row: Context = [
                "member_name": member.name.text, "member_role": words("staff_role_\(member.role.rawValue)"),
                "member_state": words(state), "member_codes": member.asksForCode,
                "member_action": "/admin/staff/\(member.name.text)",
                "roles": Self.roleChoices(member.role, words), "is_oneself": member.id == visit.visitor.member.id,
            ]
            row.merge(Self.form(member.name.text, draft)) { _, new in new }
            if member.disabledAt == nil { row["can_disable"] = true }
            return row
        }
        let typed = draft?.typed ?? [:]
        context["invite"] = Self.form("invite", draft)
        context["name_typed"] = typed["name"] ?? ""
        context["new_roles"] = Self.roleChoices(typed["role"].flatMap(StaffRole.init(rawValue:)) ?? .manager, words)
        if let link = draft?.secrets.first {
            context["new_link"] = ["link_text": "\(configuration.deskURL)/admin/welcome/\(link)"] as Context
        }
        return staffPage(.staff, context)
    }

    private static func roleChoices(_ chosen: StaffRole, _ words: WordBook.Words) -> [Context] {
        StaffRole.allCases.map { role in
            [
                "role_value": role.rawValue, "role_name": words("staff_role_\(role.rawValue)"),
                "role_about": words("staff_role_\(role.rawValue)_about"), "role_chosen": role == chosen,
            ]
        }
    }

    /// `POST /admin/staff`: invites somebody.
    func inviteMember(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        guard let role = StaffRole(rawValue: visit.field("role")) else {
            throw StaffProblem("role", "staff_role_missing")
        }
        let name = StaffName(visit.field("name"))
        // Typed by mistake it would change what somebody may do.
        guard try await !shop.staff().contains(where: { $0.name == name }) else {
            throw StaffProblem("name", "staff_name_taken")
        }
        return try await invite(visit.field("name"), as: role, visit)
    }

    private func invite(_ name: String, as role: StaffRole?, _ visit: StaffVisit) async throws -> Response {
        try await once(visit, "/admin/staff", visit.words("staff_invited", name)) { [shop] in
            [try await shop.invite(name, as: role, by: visit.visitor.name)]
        }
    }

    /// `POST /admin/staff/<name>`: another role, a new link, or the end.
    func changeMember(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let name = parameters["name"]
        switch visit.field("do") {
        case "role":
            guard let role = StaffRole(rawValue: visit.field("role")) else {
                throw StaffProblem("role", "staff_role_missing")
            }
            try await refusing { try await shop.setRole(role, of: name, by: visit.visitor) }
            return try await done(visit, "/admin/staff", visit.words("staff_role_changed", name))
        case "invite": return try await invite(name, as: nil, visit)
        case "disable":
            try await refusing { try await shop.disable(name, by: visit.visitor) }
            return try await done(visit, "/admin/staff", visit.words("staff_disabled", name))
        default: throw PageProblem(400)
        }
    }

    /// `GET /admin/trail`
    func trail(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        var (context, _) = try await staffContext(visit, title: visit.words("staff_trail_title"))
        let before = visit.request.query["before"].flatMap { Int64($0) }
        let entries = try await shop.auditTrail(before: before, atMost: 101)
        context["entries"] = entries.prefix(100).map { Self.row($0, visit.words.language) }
        if entries.count > 100, let last = entries.prefix(100).last {
            context["older_href"] = "/admin/trail?before=\(last.number)"
        }
        return staffPage(.trail, context)
    }

    /// An entry of the trail as a line of a page.
    static func row(_ stored: StoredAuditEntry, _ language: Language) -> Context {
        let at = stored.at.eastAfrica
        var row: Context = [
            "entry_number": "\(stored.number)", "entry_at": "\(at.date) \(at.clockWithSeconds)",
            "entry_staff": stored.entry.staff,
            "entry_action": stored.entry.actionWords(in: language),
            "entry_subject": stored.entry.subject,
        ]
        if !stored.entry.detail.isEmpty { row["entry_detail"] = stored.entry.detail }
        return row
    }
}
