import Commerce
import Cryptography
import Database
import FoundationEssentials
import PaymentKit

extension SQLReading {
    /// A comparison with its report, or nil.
    package func comparison(_ id: ID<Comparison>) throws -> Comparison? {
        try first("\(Self.comparisonColumns) WHERE id = \(id.text)").map(Self.comparison)
    }

    /// The newest comparisons.
    package func comparisons(atMost count: Int) throws -> [Comparison] {
        try query("\(Self.comparisonColumns) ORDER BY asked_at DESC, id DESC LIMIT \(count)").map(Self.comparison)
    }

    /// Comparisons that nobody works on, the first asked first.
    package func dueComparisons(at now: Timestamp) throws -> [Comparison] {
        try query(
            """
            \(Self.comparisonColumns) WHERE state IN ('waiting', 'reading') AND lease_until <= \(now.milliseconds)
            ORDER BY asked_at LIMIT 5
            """
        ).map(Self.comparison)
    }

    /// How many comparisons are not ended.
    package func openComparisonCount() throws -> Int {
        try first("SELECT COUNT(*) FROM comparisons WHERE state IN ('waiting', 'reading')")?.int(0) ?? 0
    }

    /// The file that a comparison reads; nil when it has none any more.
    package func file(of comparison: ID<Comparison>, _ vault: Vault) throws -> [UInt8]? {
        let parts = try query(
            "SELECT place, sealed FROM comparison_files WHERE comparison_id = \(comparison.text) ORDER BY place"
        ).map { row in try vault.open(try row.blob(1), "comparison_files \(comparison) \(try row.int64(0))") }
        return parts.isEmpty ? nil : parts.flatMap { $0 }
    }

    private static var comparisonColumns: SQL {
        """
        SELECT id, instance, from_at, to_at, file_name, file_bytes, asked_by, asked_at, state, generation, tries,
            lines_read, lines_all, report, problem, ended_at, refused
        FROM comparisons
        """
    }

    private static func comparison(_ row: Row) throws -> Comparison {
        func time(_ column: Int) throws -> Timestamp? {
            try row.int64OrNil(.at(column)).map(Timestamp.init(milliseconds:))
        }
        let source: Comparison.Source
        if let name = try row.textOrNil(4) {
            source = .file(name: name, bytes: try row.int(5))
        } else {
            guard let from = try time(2), let to = try time(3) else {
                throw CorruptRow(column: "from_at", reason: "is NULL without a file")
            }
            source = .list(from: from, to: to)
        }
        guard let state = Comparison.State(rawValue: try row.text(8)) else {
            throw CorruptRow(column: "state", reason: "is not a known word")
        }
        var comparison = Comparison(
            id: ID(stored: try row.text(0)), instance: try row.text(1), source: source, askedBy: try row.text(6),
            askedAt: Timestamp(milliseconds: try row.int64(7)), state: state)
        comparison.generation = try row.int64(9)
        comparison.tries = try row.int(10)
        comparison.linesRead = try row.int(11)
        comparison.linesAll = try row.intOrNil(12)
        comparison.report = try row.blobOrNil(13).map {
            try JSONDecoder().decode(ComparisonReport.self, from: Data($0))
        }
        comparison.problem = try row.textOrNil(14)
        comparison.endedAt = try time(15)
        comparison.refused =
            try row.blobOrNil(16).map {
                try JSONDecoder().decode([RefusedRow].self, from: Data($0))
            } ?? []
        return comparison
    }
}

extension Transaction {
    /// Bytes of a piece of a file: below what a server takes at once, also one that was set up long ago.
    private static var pieceBytes: Int { 512 * 1_024 }

    /// Stores a comparison that is to be made, with the file that it reads.
    package func insert(_ comparison: Comparison, file: [UInt8]? = nil, _ vault: Vault) throws {
        var span: (from: Timestamp, to: Timestamp)?
        var name: String?
        switch comparison.source {
        case .list(let from, let to): span = (from, to)
        case .file(let given, _): name = given
        }
        try execute(
            """
            INSERT INTO comparisons (id, instance, from_at, to_at, file_name, file_bytes, file_key, asked_by, asked_at,
                state, generation, lease_until, tries, lines_read)
            VALUES (\(comparison.id.text), \(comparison.instance), \(span?.from.milliseconds),
                \(span?.to.milliseconds), \(name), \(file.map { Int64($0.count) }), \(file.map { SHA256.hash($0) }),
                \(comparison.askedBy), \(comparison.askedAt.milliseconds), \(comparison.state.rawValue), 0, 0, 0, 0)
            """)
        for (place, start) in stride(from: 0, to: file?.count ?? 0, by: Self.pieceBytes).enumerated() {
            let piece = Array((file ?? [])[start...].prefix(Self.pieceBytes))
            try execute(
                """
                INSERT INTO comparison_files (comparison_id, place, sealed)
                VALUES (\(comparison.id.text), \(place),
                    \(vault.seal(piece, "comparison_files \(comparison.id) \(place)")))
                """)
        }
    }

    /// Takes a comparison for `seconds`; nil when somebody else has it.
    package func claim(_ comparison: Comparison, forSeconds seconds: Int, at now: Timestamp) throws -> Comparison? {
        let changed = try execute(
            """
            UPDATE comparisons SET state = 'reading', generation = generation + 1, tries = tries + 1,
                lease_until = \(now.adding(seconds: seconds).milliseconds)
            WHERE id = \(comparison.id.text) AND generation = \(comparison.generation)
                AND state IN ('waiting', 'reading')
            """)
        guard changed == 1 else { return nil }
        var claimed = comparison
        claimed.state = .reading
        claimed.generation += 1
        claimed.tries += 1
        return claimed
    }

    /// Keeps how far a claimed comparison is; ended, it lets go of it and of its file.
    ///
    /// - Parameter until: Until when nobody else may take it.
    /// - Returns: False when the claim was lost: somebody else makes it now.
    package func save(_ comparison: Comparison, until lease: Timestamp) throws -> Bool {
        var report: [UInt8]?
        if let found = comparison.report { report = Array(try JSONEncoder().encode(found)) }
        var refused: [UInt8]?
        if !comparison.refused.isEmpty { refused = Array(try JSONEncoder().encode(comparison.refused)) }
        let changed = try execute(
            """
            UPDATE comparisons SET state = \(comparison.state.rawValue), refused = \(refused),
                tries = \(comparison.tries), lines_read = \(comparison.linesRead), lines_all = \(comparison.linesAll),
                report = COALESCE(report, \(report)), problem = \(comparison.problem.map { String($0.prefix(480)) }),
                ended_at = \(comparison.endedAt?.milliseconds), lease_until = \(lease.milliseconds)
            WHERE id = \(comparison.id.text) AND generation = \(comparison.generation) AND ended_at IS NULL
            """)
        guard changed == 1 else { return false }
        if !comparison.state.isOpen {
            try execute("DELETE FROM comparison_files WHERE comparison_id = \(comparison.id.text)")
        }
        return true
    }
}
