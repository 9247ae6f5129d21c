import Commerce
import HTTPServer

extension Site {
    /// `/health/live`: the process answers.
    func live(_: Request, _: Route.Parameters) async throws -> Response { Self.alive }
    static let alive = Response.text("ok\n")

    /// `/health/ready`: the database answers and may be written. A node that says 503 gets no shoppers, and still takes
    /// callbacks into its spool.
    func ready(_: Request, _: Route.Parameters) async throws -> Response {
        guard !shop.database.isBroken else { return .text("the database is damaged; see the log\n", status: 503) }
        do { _ = try await shop.jobDelaySeconds() } catch {
            return .text("the database does not answer\n", status: 503)
        }
        return .text("ready\n")
    }

    /// `/metrics`: Prometheus text, version 0.0.4.
    func metricsText(_: Request, _: Route.Parameters) async throws -> Response {
        let figures = try await shop.figures()
        var text = ""
        func add(_ name: String, _ kind: String, _ help: String, _ values: [(labels: String, value: Int64)]) {
            text += "# HELP duka_\(name) \(help)\n# TYPE duka_\(name) \(kind)\n"
            for (labels, value) in values { text += "duka_\(name)\(labels) \(value)\n" }
        }
        add("requests_total", "counter", "Requests answered by this node.", [("", metrics.requests)])
        add(
            "orders_placed_total", "counter", "Checkout forms that led to an order on this node.",
            [("", metrics.orders)])
        add("callbacks_stored_total", "counter", "Provider messages stored by this node.", [("", metrics.callbacks)])
        add(
            "callbacks_refused_total", "counter", "Messages to addresses that were not made here.",
            [("", metrics.wrongCallbacks)])
        add("orders", "gauge", "Orders by status.", figures.orders.map { ("{status=\"\($0.name)\"}", $0.count) })
        add(
            "attempts", "gauge", "Payment attempts by state.",
            figures.attempts.map { ("{state=\"\($0.name)\"}", $0.count) })
        func addWeather(_ name: String, _ help: String, _ value: (ProviderWeather) -> Int?) {
            add(
                "provider_\(name)", "gauge", help,
                figures.weather.compactMap { provider, weather in
                    value(weather).map { ("{provider=\"\(provider)\"}", Int64($0)) }
                })
        }
        addWeather("prompts_recent", "Prompts of the last 15 minutes whose fate is known.") { $0.prompts }
        addWeather("prompts_recent_paid", "Of these, paid.") { $0.paid }
        addWeather("prompts_recent_unanswered", "Of these, without an answer of the payer's.") { $0.unanswered }
        addWeather("prompts_recent_silent", "Of these, without any news from the provider.") { $0.silent }
        addWeather("answer_seconds", "Median time from a prompt to its answer, last 15 minutes.") { $0.medianSeconds }
        addWeather("is_bad", "1 while shoppers are warned.") { $0.isBad ? 1 : 0 }
        let health = shop.pluginHealth
        if !health.isEmpty {
            add(
                "plugin_ends_total", "counter", "Ends of a plugin's process that nobody asked for.",
                health.map { ("{provider=\"\($0.name)\"}", Int64($0.health.restarts)) })
            add(
                "plugin_is_away", "gauge", "1 while a plugin's process rests or is not used.",
                health.map { ("{provider=\"\($0.name)\"}", $0.health.isAway ? 1 : 0) })
        }
        add("reviews_open", "gauge", "Items that wait for a person.", [("", figures.openReviews)])
        add("inbox_waiting", "gauge", "Stored messages that are not translated yet.", [("", figures.waitingMessages)])
        add("job_delay_seconds", "gauge", "Age of the longest overdue job.", [("", figures.jobDelaySeconds)])
        add("alerts_open", "gauge", "Things that are wrong just now.", [("", figures.openAlerts)])
        add("spool_files", "gauge", "Messages on disk that wait for the database.", [("", figures.spooled)])
        return Response(
            headers: [("Content-Type", "text/plain; version=0.0.4; charset=utf-8"), ("Cache-Control", "no-store")],
            body: .bytes(SharedBytes(Array(text.utf8))))
    }
}
