import Commerce
import Cryptography
import Database

extension StoredAuditEntry {
    /// The link of the chain that this entry is, after the one whose hash is `last` (S13).
    fileprivate func hash(after last: [UInt8]) -> [UInt8] {
        let text = ["\(number)", "\(at.milliseconds)", entry.staff, entry.action, entry.subject, entry.detail]
        return SHA256.hash(last + Array(text.joined(separator: "\u{1F}").utf8))
    }

    fileprivate init(_ row: Row) throws {
        self.init(
            number: try row.int64(0), at: Timestamp(milliseconds: try row.int64(1)),
            AuditEntry(stored: try row.text(2), try row.text(3), try row.text(4), try row.text(5)))
    }
}

extension SQLReading {
    /// The setting that holds the number of the newest entry.
    fileprivate static var auditCount: String { "audit trail ends at" }
    private static var auditColumns: SQL { "SELECT number, at, staff, action, subject, detail FROM audit_trail" }

    /// The newest entries, or those older than one.
    package func auditTrail(before number: Int64? = nil, atMost count: Int) throws -> [StoredAuditEntry] {
        let older: SQL = number.map { "WHERE number < \($0)" } ?? ""
        return try query("\(Self.auditColumns) \(older) ORDER BY number DESC LIMIT \(count)").map(StoredAuditEntry.init)
    }

    /// What was done to something, the newest first.
    package func auditTrail(about subject: String, atMost count: Int) throws -> [StoredAuditEntry] {
        try query("\(Self.auditColumns) WHERE subject = \(subject) ORDER BY number DESC LIMIT \(count)").map(
            StoredAuditEntry.init)
    }

    /// The numbers of the entries at which the trail does not fit what stands before it (S13).
    package func brokenAuditEntries() throws -> [Int64] {
        var (last, expected): ([UInt8], Int64) = ([], 1)
        var broken: [Int64] = []
        while true {
            let rows = try query(
                """
                SELECT number, at, staff, action, subject, detail, hash FROM audit_trail
                WHERE number >= \(expected) ORDER BY number LIMIT 1000
                """)
            guard !rows.isEmpty else {
                let count = try shopSetting(Self.auditCount).flatMap { Int64($0) } ?? 0
                return count == expected - 1 ? broken : broken + [expected]
            }
            for row in rows {
                let stored = try StoredAuditEntry(row)
                let hash = try row.blob(6)
                if stored.number != expected || hash != stored.hash(after: last) { broken.append(stored.number) }
                (last, expected) = (hash, stored.number + 1)
            }
        }
    }
}

extension Transaction {
    /// Appends to the trail.
    package func append(_ entry: AuditEntry, at now: Timestamp) throws {
        let newest = try first("SELECT number, hash FROM audit_trail ORDER BY number DESC LIMIT 1")
        let stored = StoredAuditEntry(number: (try newest?.int64(0) ?? 0) + 1, at: now, entry)
        let isNew = try insertIfNew(
            """
            INSERT INTO audit_trail (number, at, staff, action, subject, detail, hash)
            VALUES (\(stored.number), \(now.milliseconds), \(entry.staff), \(entry.action), \(entry.subject),
                \(entry.detail), \(stored.hash(after: try newest?.blob(1) ?? [])))
            """)
        // Somebody appended at the same moment.
        guard isNew else { throw StaleWrite() }
        // So that entries that are cut off at the end are missed.
        try setShopSetting(Self.auditCount, to: "\(stored.number)")
    }

    /// Notes that a button was pressed.
    ///
    /// - Returns: False when it was pressed before: nothing may be done.
    package func press(_ key: [UInt8], at now: Timestamp) throws -> Bool {
        try insertIfNew("INSERT INTO staff_presses (press_key, at) VALUES (\(key), \(now.milliseconds))")
    }

    /// Forgets a press that changed nothing.
    package func forgetPress(_ key: [UInt8]) throws {
        try execute("DELETE FROM staff_presses WHERE press_key = \(key)")
    }

    /// Keeps what a press came to.
    package func answerPress(_ key: [UInt8], _ answer: String) throws {
        try execute("UPDATE staff_presses SET answer = \(String(answer.prefix(800))) WHERE press_key = \(key)")
    }

    /// Forgets buttons that nobody can press any more.
    package func forgetPresses(before then: Timestamp) throws {
        try execute("DELETE FROM staff_presses WHERE at < \(then.milliseconds)")
    }
}

extension SQLReading {
    /// What a press came to; nil while it is being done, or when there was none.
    package func pressAnswer(_ key: [UInt8]) throws -> String? {
        try first("SELECT answer FROM staff_presses WHERE press_key = \(key)")?.textOrNil(0)
    }
}
