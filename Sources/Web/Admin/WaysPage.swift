import Checkout
import Commerce
import HTTPServer

/// All ways to pay and how they do: what the owner looks at when a customer says that paying does not work.
extension Site {
    /// `GET /admin/ways`
    func waysPage(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let words = visit.words
        try await shop.readSettings()
        var (context, draft) = try await staffContext(visit, title: words("staff_ways_title"))
        context["ways"] = shop.wayHealth.map { way(in: $0, draft, words) }
        let missed = try await shop.missedWays()
        context["gone"] = Set(shop.goneWays.map(\.name) + missed).sorted().map { name -> Context in
            [
                "gone_name": shop.wayName(name),
                "gone_text": words(missed.contains(name) ? "staff_ways_gone_open" : "staff_ways_gone"),
            ]
        }
        let isThis = draft?.form == "ways-order"
        var order = row(.ways, isThis ? draft?.typed : nil, isThis ? draft : nil, words)
        order.merge(Self.form("ways-order", draft)) { _, new in new }
        order["settings_mark"] = shop.settingsMark
        context["order_form"] = order
        return staffPage(.ways, context)
    }

    private func way(in health: WayHealth, _ draft: StaffDraft?, _ words: WordBook.Words) -> Context {
        var row = Self.form("way-\(health.name)", draft)
        let name = health.manifest.name(in: words.language.rawValue)
        row["one_name"] = name
        row["one_href"] = "/admin/ways/\(health.name)"
        row["one_what"] = words(health.isApart ? "staff_ways_program" : "staff_ways_built_in", health.manifest.version)
        row["one_good"] = health.offer == .offered && !health.isAway
        switch health.offer {
        case .offered: row["one_offer"] = words("staff_way_on")
        case .off: row["one_offer"] = words("staff_way_off")
        case .notSetUp: row["one_offer"] = words("staff_way_missing")
        case .disabled:
            row["one_offer"] = words("staff_way_off")
            row["one_why"] = words("staff_ways_disabled", health.name)
        case .withheld(let why):
            row["one_offer"] = words("staff_way_off")
            row["one_why"] = words("staff_ways_withheld")
            row["one_error"] = why
        }
        row["one_facts"] = facts(of: health, words).map { ["one_fact": $0] as Context }
        if row["one_error"] == nil, let error = health.trouble ?? health.process?.lastError { row["one_error"] = error }
        let button: Context = [
            "offer_do": health.isOff ? "offer" : "stop",
            "offer_text": words(health.isOff ? "staff_ways_offer" : "staff_ways_stop", name),
        ]
        switch health.offer {
        case .offered, .off, .notSetUp: row["one_button"] = button
        // What the operator or the laws keep from customers the desk does not give to them.
        case .disabled, .withheld: break
        }
        return row
    }

    /// One sentence each, the most urgent first.
    private func facts(of health: WayHealth, _ words: WordBook.Words) -> [String] {
        var facts: [String] = []
        if let process = health.process {
            if process.isAway, let seconds = process.awaySeconds {
                let since = shop.now().adding(seconds: -seconds)
                facts.append(words("staff_ways_away", Masked.age(since, at: shop.now(), in: words.language)))
            }
            let state =
                switch process.state {
                case .idle: words("staff_ways_idle")
                case .starting: words("staff_ways_starting")
                case .running: words("staff_ways_running")
                case .resting(let seconds): words("staff_ways_resting", "\(seconds)")
                case .refused: words("staff_ways_refused")
                }
            facts.append(state)
            if process.endsLastHour > 0 { facts.append(words("staff_ways_ends", "\(process.endsLastHour)")) }
            switch process.isCutOff {
            case true?: facts.append(words("staff_ways_cut_off"))
            case false?: facts.append(words("staff_ways_not_cut_off"))
            case nil: break
            }
        }
        if let seconds = health.restSeconds { facts.append(words("staff_ways_breaker", "\(seconds)")) }
        if health.isApart { facts.append(words(health.verdict == nil ? "staff_ways_kept" : "staff_ways_not_live")) }
        return facts
    }

    /// What is wrong with ways to pay that customers may choose, for the banner of every page.
    func awayRows(_ words: WordBook.Words) -> [Context] {
        shop.wayHealth.filter(\.isAway).map { way in
            let since = shop.now().adding(seconds: -(way.process?.awaySeconds ?? 0))
            return [
                "alert_text": words("staff_ways_alert", way.manifest.name),
                "alert_detail": way.process?.lastError ?? "", "alert_since": Self.shortTime(since, at: shop.now()),
            ]
        }
    }

    /// `POST /admin/ways/<name>/offer`: offered to customers, or not for now.
    func offerWay(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        guard let way = try await shop.waySettings().first(where: { $0.name == parameters["way"] }) else {
            throw PageProblem(404)
        }
        let isOffered = visit.field("do") == "offer"
        let words = visit.words
        return try await settingsDeed(
            visit, isOffered ? "way_offered" : "way_stopped", way.name, to: "/admin/ways"
        ) { [shop] in
            try await shop.offer(way.name, isOffered)
            return words(isOffered ? "staff_ways_offered" : "staff_way_saved_off", way.manifest.name)
        }
    }
}
