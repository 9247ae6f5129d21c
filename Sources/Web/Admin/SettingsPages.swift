import Checkout
import Commerce
import HTTPServer

/// What the shop is called and how it behaves.
extension Site {
    /// `GET /admin/settings`
    func settingsPage(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let words = visit.words
        var (context, draft) = try await staffContext(visit, title: words("staff_settings_title"))
        try await shop.readSettings()
        let typed = draft.flatMap { $0.form == "settings" ? $0.typed : nil }
        context["form_key"] = "settings"
        context["is_this"] = draft?.form == "settings"
        context["settings_mark"] = shop.settingsMark
        context["groups"] = OwnerSetting.Group.allCases.map { group -> Context in
            // The order of the ways to pay stands on their own page.
            let settings = OwnerSetting.allCases.filter { $0.group == group && $0 != .ways }
            return [
                "group_title": words("staff_settings_\(group.rawValue)"), "group_id": "settings-\(group.rawValue)",
                "settings": settings.map { row($0, typed, draft, words) },
            ]
        }
        context.merge(try await chatForm(visit, draft)) { _, new in new }
        context["payment_ways"] = try await shop.waySettings().map { way -> Context in
            [
                "pw_href": "/admin/ways/\(way.name)", "pw_name": way.manifest.name(in: words.language.rawValue),
                "pw_state": words(Self.stateKey(of: way)), "pw_good": way.problems.isEmpty && !way.isOff,
            ]
        }
        return staffPage(.settings, context)
    }

    /// One setting, as its form shows it.
    func row(
        _ setting: OwnerSetting, _ typed: [String: String]?, _ draft: StaffDraft?, _ words: WordBook.Words
    ) -> Context {
        let key = setting.rawValue
        let (value, isFixed) = shop.setting(setting)
        let shown = typed?[key] ?? value
        var row: Context = [
            "set_key": key, "set_label": words("staff_set_\(key)"), "set_hint": words("staff_set_\(key)_hint"),
            "set_value": shown,
        ]
        switch setting.shape {
        case .words:
            row["set_is_text"] = true
            row["set_type"] = setting == .contact || setting == .ownerPhone ? "tel" : "text"
        case .lines: break
        case .number: row["set_is_number"] = true
        case .choice(let choices):
            row["set_is_choice"] = true
            row["set_options"] = choices.map { choice -> Context in
                let name = choice.replacing(",", with: "_")
                return [
                    "option_value": choice, "option_name": words("staff_set_\(key)_\(name)"),
                    "option_chosen": choice == shown,
                ]
            }
        case .messages: row["set_messages"] = messages(typed, words)
        }
        if isFixed { row["set_fixed"] = words("staff_set_fixed", setting.env ?? "") }
        if let error = draft?.problems.first(where: { $0.field == key }) { row["set_error"] = error.text }
        return row
    }

    /// A line for each message, with a box for each channel.
    private func messages(_ typed: [String: String]?, _ words: WordBook.Words) -> [Context] {
        let untold = shop.rules.voice.untold
        return [false, true].map { isForOwner -> Context in
            let kinds = Notice.Kind.wanted.filter { $0.isForOwner == isForOwner }
            return [
                "told_to": words(isForOwner ? "staff_told_owner" : "staff_told_customers"),
                "told_kinds": kinds.map { kind -> Context in
                    [
                        "told_name": words("notice_kind_\(kind.rawValue)"),
                        "told_boxes": kind.channels.map { channel -> Context in
                            let name = Self.box(kind, channel)
                            return [
                                "box_name": name, "box_label": words("notice_channel_\(channel.rawValue)"),
                                "box_checked": typed.map { $0[name] != nil }
                                    ?? !untold.contains(.init(kind, channel)),
                            ]
                        },
                    ]
                },
            ]
        }
    }

    private static func box(_ kind: Notice.Kind, _ channel: Notice.Channel) -> String {
        "told_\(kind.rawValue)_\(channel.rawValue)"
    }

    static func stateKey(of way: WaySettings) -> String {
        if way.isOff { return "staff_way_off" }
        return way.problems.isEmpty ? "staff_way_on" : "staff_way_missing"
    }

    /// `POST /admin/settings`
    func saveSettings(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        var typed: [OwnerSetting: String] = [:]
        for setting in OwnerSetting.allCases where visit.form?[setting.rawValue] != nil {
            typed[setting] = visit.field(setting.rawValue, atMost: setting.shape == .lines ? 3_000 : 100)
        }
        // Boxes that are not ticked are not sent, so the form says that it has them.
        if visit.form?["told_shown"] != nil {
            let untold = Notice.Kind.wanted.flatMap { kind in
                kind.channels.filter { visit.form?[Self.box(kind, $0)] == nil }.map {
                    ShopVoice.Told(kind, $0).text
                }
            }
            typed[.untold] = untold.joined(separator: " ")
        }
        let mark = visit.field("mark", atMost: 60)
        return try await settingsDeed(visit, "settings_changed", "shop", to: "/admin/settings") { [shop, typed] in
            let changed = try await shop.set(typed, over: mark)
            guard !changed.isEmpty else { return visit.words("staff_settings_same") }
            let names = changed.map { visit.words("staff_set_\($0.rawValue)") }
            return visit.words("staff_settings_saved", names.joined(separator: ", "))
        }
    }

    /// Does it once, writes it down, and leads to where it shows.
    func settingsDeed(
        _ visit: StaffVisit, _ action: String, _ subject: String, to path: String,
        _ body: () async throws -> String
    ) async throws -> Response {
        guard let press = visit.press else { throw PageProblem(400) }
        let words = visit.words
        let refusal: (any Error) -> String? = { error in
            if let refusal = error as? SettingsRefusal {
                return Self.problems(refusal).map { words($0.key, values: $0.values) }.joined(separator: " ")
            }
            return Self.problem(of: error, words).map { words($0.key, values: $0.values) }
        }
        do {
            let entry = AuditEntry(visit.visitor.name, action, subject)
            return try await told(shop.act(entry, press: press, refusal: refusal, body), visit, path)
        } catch let refusal as SettingsRefusal {
            return try await again(visit, backPath(visit), Self.problems(refusal))
        } catch {
            guard let problem = Self.problem(of: error, words) else { throw error }
            return try await again(visit, backPath(visit), [problem])
        }
    }

    static func problems(_ refusal: SettingsRefusal) -> [StaffProblem] {
        switch refusal {
        case .noSuchWay: [StaffProblem("", "staff_way_gone")]
        case .changedMeanwhile: [StaffProblem("", "staff_settings_meanwhile")]
        case .isFixed(let setting): [StaffProblem(setting.rawValue, "staff_set_fixed", setting.env ?? "")]
        case .value(let setting):
            [StaffProblem(setting.rawValue, "staff_set_\(setting.rawValue)_bad")]
        case .fields(let problems):
            problems.map { StaffProblem($0.key, "staff_text", "\($0.message.trimmingFullStop).") }
        }
    }
}

extension String {
    /// Without a full stop at its end, so that a sentence can be given one whether it has one or not.
    fileprivate var trimmingFullStop: String { hasSuffix(".") ? String(dropLast()) : self }
}
