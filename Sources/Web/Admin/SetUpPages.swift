import Checkout
import Commerce
import HTTPServer
import PaymentKit

/// From an empty shop to the first payment, a step at a time.
extension Site {
    /// `GET /admin/setup`
    func setUpPage(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let words = visit.words
        var (context, draft) = try await staffContext(visit, title: words("staff_setup_title"))
        let state = try await shop.setUp(hasCodes: visit.visitor.member.asksForCode)
        let next = state.steps.first { !state.done.contains($0) }
        context["setup_progress"] = words(
            "staff_setup_progress", "\(state.steps.count(where: state.done.contains))", "\(state.steps.count)")
        context["setup_complete"] = state.isComplete
        if try await shop.showsDemo() { context["demo_form"] = Self.form("demo", draft) }
        context["steps"] = state.steps.map { step -> Context in
            let key = "staff_setup_\(step.rawValue)"
            let isDone = state.done.contains(step)
            var row: Context = [
                "step_title": words("\(key)_title"), "step_text": words("\(key)_text"), "step_done": isDone,
                "step_next": step == next, "step_sign": words(isDone ? "staff_setup_done" : "staff_setup_open"),
                "step_id": "step-\(step.rawValue)",
            ]
            if let href = href(of: step, state) {
                row["step_link"] = ["step_href": href, "step_go": words("\(key)_go")] as Context
            }
            if step == .address { row["step_address"] = addressContext(draft, visit) }
            return row
        }
        return staffPage(.setUp, context)
    }

    /// Where a step is done; nil where its own form is on the page.
    private func href(of step: SetUp.Step, _ state: SetUp) -> String? {
        let way = state.way.map { "/admin/ways/\($0.name)" }
        return switch step {
        case .codes: "/admin/me"
        case .name: "/admin/settings"
        case .goods: "/admin/goods/new"
        case .delivery: "/admin/goods#delivery"
        case .way, .accepted: way
        case .prompt: way.map { "\($0)#prompt" }
        case .incoming: way.map { "\($0)#register" }
        case .address: nil
        }
    }

    private func addressContext(_ draft: StaffDraft?, _ visit: StaffVisit) -> Context {
        var context = Self.form("address", draft)
        if let report = shop.radarReport {
            context["finding"] = report.finding.words(for: shop.callbackBase)[visit.words.language]
            context["finding_good"] = report.finding.isGood
            context["finding_at"] = visit.words("staff_setup_found_at", report.at.eastAfrica.clock)
        }
        return context
    }

    /// `POST /admin/setup/address`: sends a message to the shop's own public address.
    func probeAddress(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let report = await shop.probePublicAddress()
        let text = report.finding.words(for: shop.callbackBase)[visit.words.language]
        let path = "/admin/setup"
        if report.finding.isGood { return try await done(visit, path, text) }
        return try await again(visit, path, [StaffProblem("", "staff_text", text)])
    }

    /// `POST /admin/setup/own`: the goods, the delivery and the name that the shop began with are put away.
    func beginWithOwn(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        try await settingsDeed(visit, "demo_put_away", "shop", to: "/admin/setup") { [shop] in
            try await shop.putDemoAway()
            return visit.words("staff_setup_demo_away")
        }
    }

    /// What the desk says of a shop that is not set up yet, to those who can set it up: how far it is, and the next
    /// step. On the pages where steps are done, so that nobody has to find the way back.
    func setUpNews(_ visit: StaffVisit) async throws -> Context? {
        let places = ["/admin/settings", "/admin/goods", "/admin/ways/", "/admin/me", "/admin/orders/"]
        let path = visit.request.path
        guard visit.may(.changeSettings), path == "/admin" || places.contains(where: path.hasPrefix) else { return nil }
        let state = try await shop.setUp(hasCodes: visit.visitor.member.asksForCode)
        guard let next = state.steps.first(where: { !state.done.contains($0) }) else { return nil }
        let words = visit.words
        let done = "\(state.steps.count(where: state.done.contains))"
        return [
            "setup_text": words("staff_setup_news", done, "\(state.steps.count)"),
            "setup_next": words("staff_setup_next", words("staff_setup_\(next.rawValue)_title")),
            "setup_href": "/admin/setup#step-\(next.rawValue)",
        ]
    }
}
