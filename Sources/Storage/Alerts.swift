import Commerce
import Database

extension SQLReading {
    /// What is wrong just now, the oldest first.
    package func openAlerts() throws -> [Alert] {
        try query(
            """
            SELECT kind, subject, detail, opened_at FROM alerts WHERE closed_at IS NULL
            ORDER BY opened_at, kind, subject LIMIT 50
            """
        ).compactMap { row in
            // A newer version's kinds are told by a node that knows them.
            guard let kind = Alert.Kind(rawValue: try row.text(0)) else { return nil }
            let detail = try row.text(2).split(separator: "\n", maxSplits: 1).map(String.init)
            let words = Words(english: detail.first ?? "", swahili: detail.last ?? "")
            return Alert(
                kind, try row.text(1), words, openedAt: Timestamp(milliseconds: try row.int64(3)))
        }
    }

    /// When an alert was closed last; nil when it never was, or is open.
    package func alertClosedAt(_ kind: Alert.Kind, subject: String) throws -> Timestamp? {
        try first("SELECT closed_at FROM alerts WHERE kind = \(kind.rawValue) AND subject = \(subject)")?.int64OrNil(0)
            .map(Timestamp.init(milliseconds:))
    }

    /// The newest payments of prompts since a moment, and how many of them the provider reported by itself.
    package func paymentsReported(
        by instance: String, since: Timestamp, atMost count: Int
    ) throws -> (all: Int, byCallback: Int) {
        let reports = try query(
            """
            SELECT (SELECT COUNT(*) FROM capture_evidence e WHERE e.capture_id = c.id AND e.road = 'callback')
            FROM captures c
            WHERE c.instance = \(instance) AND c.recorded_at >= \(since.milliseconds) AND c.ticket IS NOT NULL
            ORDER BY c.recorded_at DESC LIMIT \(count)
            """
        ).map { try $0.int(0) }
        return (reports.count, reports.count { $0 > 0 })
    }

    /// Prompts of a provider that began within a time and are decided, and how many of them were paid.
    package func promptsDecided(
        by instance: String, from: Timestamp, to: Timestamp
    ) throws -> (all: Int, paid: Int) {
        let rows = try query(
            """
            SELECT state, COUNT(*) FROM attempts
            WHERE state IN ('expired', 'cancelled', 'failed', 'paid') AND instance = \(instance)
                AND started_at >= \(from.milliseconds) AND started_at < \(to.milliseconds)
            GROUP BY state
            """)
        let counts = try rows.map { (try $0.text(0), try $0.int(1)) }
        return (counts.reduce(0) { $0 + $1.1 }, counts.first { $0.0 == "paid" }?.1 ?? 0)
    }

    /// Milliseconds from the provider's time of each of its newest payments of prompts to the time at which we recorded
    /// it: what is found in its list only is late anyway.
    package func recordingDelays(of instance: String, since: Timestamp, atMost count: Int) throws -> [Int64] {
        try query(
            """
            SELECT recorded_at - provider_at FROM captures
            WHERE instance = \(instance) AND recorded_at >= \(since.milliseconds) AND provider_at IS NOT NULL
                AND ticket IS NOT NULL
            ORDER BY recorded_at DESC LIMIT \(count)
            """
        ).map { try $0.int64(0) }
    }
}

extension Transaction {
    /// Both languages, a line each.
    private static func stored(_ detail: Words) -> String {
        "\(detail.english.prefix(240))\n\(detail.swahili.prefix(240))"
    }

    /// Opens an alert, or renews the figures of one that is open.
    ///
    /// - Returns: Whether it was not open.
    package func openAlert(_ alert: Alert) throws -> Bool {
        let kind = alert.kind.rawValue
        let detail = Self.stored(alert.detail)
        let isNew = try insertIfNew(
            """
            INSERT INTO alerts (kind, subject, detail, opened_at)
            VALUES (\(kind), \(alert.subject), \(detail), \(alert.openedAt.milliseconds))
            """)
        if isNew { return true }
        let reopened = try execute(
            """
            UPDATE alerts SET detail = \(detail), opened_at = \(alert.openedAt.milliseconds), closed_at = NULL
            WHERE kind = \(kind) AND subject = \(alert.subject) AND closed_at IS NOT NULL
            """)
        if reopened == 1 { return true }
        try execute(
            "UPDATE alerts SET detail = \(detail) WHERE kind = \(kind) AND subject = \(alert.subject)"
        )
        return false
    }

    /// Closes an alert that is over.
    ///
    /// - Returns: Whether it was open.
    package func closeAlert(_ kind: Alert.Kind, subject: String, at now: Timestamp) throws -> Bool {
        try execute(
            """
            UPDATE alerts SET closed_at = \(now.milliseconds)
            WHERE kind = \(kind.rawValue) AND subject = \(subject) AND closed_at IS NULL
            """) == 1
    }
}
