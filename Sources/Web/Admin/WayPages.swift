import Checkout
import Commerce
import Foundation
import HTTPServer
import PaymentKit

/// A way to pay: its settings as its plugin describes them, tried while they are typed.
extension Site {
    /// `GET /admin/ways/<name>`
    func wayPage(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        guard let way = try await shop.waySettings().first(where: { $0.name == parameters["way"] }) else {
            return try await staffMessage("staff_way_none", visit, status: 404)
        }
        let words = visit.words
        var (context, draft) = try await staffContext(visit, title: way.manifest.name(in: words.language.rawValue))
        context["way_action"] = "/admin/ways/\(way.name)"
        context["way_state"] = words(Self.stateKey(of: way))
        context["way_bad"] = !way.problems.isEmpty || way.isOff
        context["way_problems"] = way.problems.map { ["way_problem": $0.message] as Context }
        if shop.isPractice, way.problems.isEmpty { context["way_practice"] = words("staff_way_practice") }
        context["can_test"] = way.manifest.settings.isEmpty ? nil : true
        let isThis = draft?.form == "way"
        let typed = isThis ? draft?.typed : nil
        var form: Context = [
            "way_version": "\(way.version)", "way_is_off": typed.map { $0["off"] != nil } ?? way.isOff,
            "fields": way.manifest.settings.map { field($0, of: way, draft: isThis ? draft : nil, visit) },
        ]
        form.merge(Self.form("way", draft)) { _, new in new }
        context["way_form"] = form
        if !way.addresses.isEmpty {
            context["way_addresses"] = ["all": way.addresses.map { ["way_address": $0] as Context }] as Context
        }
        if way.canPrompt { context["prompt_form"] = promptForm(way, draft) }
        if way.canRegister {
            var register = Self.form("register", draft)
            register["is_registered"] = try await shop.takesIncoming(way.name)
            context["register_form"] = register
        }
        return staffPage(.way, context)
    }

    private func promptForm(_ way: WaySettings, _ draft: StaffDraft?) -> Context {
        let minimum = way.manifest.minimum ?? Money(whole: 1, .kes)
        return Self.form("prompt", draft).merging([
            "prompt_phone": draft.flatMap { $0.form == "prompt" ? $0.typed["phone"] : nil } ?? "",
            "prompt_amount": minimum.description,
        ]) { _, new in new }
    }

    private func field(_ spec: FieldSpec, of way: WaySettings, draft: StaffDraft?, _ visit: StaffVisit) -> Context {
        let words = spec.words(in: visit.words.language.rawValue)
        let isSecret = spec.kind == .secret
        let name = isSecret ? Self.secretPrefix + spec.key : spec.key
        let shown = way.shown[spec.key]
        var row: Context = [
            "field_name": name, "field_id": "way-\(spec.key)", "field_key": spec.key, "field_label": words.label,
            "field_hint": words.help,
            "field_needed": spec.need == .always || spec.need == .inLive && !shop.isPractice,
        ]
        let value = draft?.typed[name] ?? shown ?? spec.default ?? ""
        switch spec.kind {
        case .secret:
            row["is_secret"] = true
            if let shown { row["field_set"] = visit.words("staff_secret_set", shown) }
            if shown != nil, spec.need == .never { row["may_forget"] = true }
        case .choice(let values):
            row["is_choice"] = true
            row["options"] = values.map { option -> Context in
                ["option_value": option, "option_chosen": option == value]
            }
        case .multiline:
            row["is_multiline"] = true
            row["field_value"] = value
        case .text, .integer, .url, .phone, .email:
            row["is_text"] = true
            row["field_value"] = value
            row["is_digits"] = spec.kind == .integer || spec.kind == .phone
        }
        if way.fixed.contains(spec.key) {
            row["field_fixed"] = visit.words("staff_set_fixed", spec.env ?? "")
            row["field_shown"] = shown
        }
        if let error = draft?.problems.first(where: { $0.field == spec.key }) { row["field_error"] = error.text }
        return row
    }

    /// What was typed, by the plugin's keys.
    private func typed(_ visit: StaffVisit, _ way: WaySettings) -> (values: [String: String], forget: Set<String>) {
        var values: [String: String] = [:]
        var forget: Set<String> = []
        for spec in way.manifest.settings {
            let name = spec.kind == .secret ? Self.secretPrefix + spec.key : spec.key
            if visit.form?[name] != nil {
                values[spec.key] = visit.field(name, atMost: spec.length?.upperBound ?? 4_096)
            }
            if visit.form?["forget_\(spec.key)"] != nil { forget.insert(spec.key) }
        }
        return (values, forget)
    }

    /// `POST /admin/ways/<name>`: kept, then tried.
    func saveWay(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let way = try await way(parameters)
        let (values, forget) = typed(visit, way)
        let isOff = visit.form?["off"] != nil
        let version = Int64(visit.field("version", atMost: 20)) ?? 0
        let words = visit.words
        return try await settingsDeed(visit, "way_changed", way.name, to: "/admin/ways/\(way.name)") { [shop] in
            try await shop.setWay(way.name, typed: values, forget: forget, isOff: isOff, version: version)
            if isOff { return words("staff_way_saved_off", way.manifest.name) }
            let (isAccepted, lines) = await tried(way.name, [:], [])
            try await shop.noteTried(way.name, isAccepted: isAccepted)
            return words(isAccepted ? "staff_way_saved" : "staff_way_saved_refused", lines.joined(separator: " "))
        }
    }

    /// `POST /admin/ways/<name>/test`: asks the provider whether it accepts what is typed; keeps nothing. For the
    /// page's script, which asks while somebody types; without it, what is saved is tried.
    func tryWay(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let way = try await way(parameters)
        let (values, forget) = typed(visit, way)
        let (isAccepted, lines) = await tried(way.name, values, forget)
        let answer = WayAnswer(accepted: isAccepted, lines: lines)
        var response = Response.json(Array(try JSONEncoder().encode(answer)))
        response.headers += Self.privateHeaders
        return response
    }

    /// What a trial says to the page's script.
    private struct WayAnswer: Encodable {
        var accepted: Bool
        var lines: [String]
    }

    /// Whether the provider accepts settings, and what was said.
    private func tried(_ name: String, _ values: [String: String], _ forget: Set<String>) async -> (Bool, [String]) {
        do { return (true, try await shop.testWay(name, typed: values, forget: forget)) } catch {
            switch error {
            case SettingsRefusal.fields(let problems): return (false, problems.map(\.message))
            case let error as PaymentError: return (false, [error.sentence])
            default: return (false, ["\(type(of: error))"])
            }
        }
    }

    /// `POST /admin/ways/<name>/prompt`: a payment of the smallest amount from the owner's own phone.
    func testPrompt(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let way = try await way(parameters)
        guard let press = visit.press else { throw PageProblem(400) }
        let caller = Caller(visit.request.client)
        let language = visit.words.language
        var path = "/admin/ways/\(way.name)"
        let answer: (any Error) -> String? = { [words = visit.words] error in
            Self.promptProblem(error, words).map { words($0.key, values: $0.values) }
        }
        do {
            let entry = AuditEntry(visit.visitor.name, "payment_tested", way.name)
            let deed = try await shop.act(entry, press: press, refusal: answer) { [shop] in
                let number = try await shop.placeTestPayment(
                    way.name, phone: visit.field("phone", atMost: 30), language: language, from: caller, press: press)
                path = "/admin/orders/\(number.text)"
                return visit.words("staff_way_prompted", number.text)
            }
            return try await told(deed, visit, path)
        } catch {
            guard let problem = Self.promptProblem(error, visit.words) else { throw error }
            return try await again(visit, path, [problem])
        }
    }

    private static func promptProblem(_ error: any Error, _ words: WordBook.Words) -> StaffProblem? {
        switch error {
        case let problem as PhoneNumber.Problem: Self.problem(of: ServeRefusal.phone(problem), words)
        case let refusal as StartRefusal: Self.problem(of: ServeRefusal.start(refusal), words)
        case let refusal as SettingsRefusal: problems(refusal).first
        default: nil
        }
    }

    /// `POST /admin/ways/<name>/register`: the provider is told where to report payments that come without a prompt.
    func registerWay(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let way = try await way(parameters)
        return try await settingsDeed(visit, "addresses_registered", way.name, to: "/admin/ways/\(way.name)") {
            [shop] in
            do { return try await shop.register(way.name).joined(separator: " ") } catch let error as PaymentError {
                throw SettingsRefusal.fields([FieldValues.Problem(key: "", message: error.sentence)])
            }
        }
    }

    private func way(_ parameters: Route.Parameters) async throws -> WaySettings {
        guard let way = try await shop.waySettings().first(where: { $0.name == parameters["way"] }) else {
            throw PageProblem(404)
        }
        return way
    }
}
