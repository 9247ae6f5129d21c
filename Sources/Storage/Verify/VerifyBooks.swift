import Commerce
import Database

extension SQLDatabase {
    /// Looks for rows that break an invariant, on either engine, beside a running shop if need be.
    ///
    /// Every check sees one moment of the database. Orders are read a few hundred at a time and each check keeps a
    /// hundred violations, so memory does not grow with the shop.
    ///
    /// - Parameter told: Called as each check is done.
    /// - Returns: One result for each of ``BooksCheck/all``, in that order.
    @discardableResult
    package nonisolated(nonsending) func verifyBooks(
        at moment: VerifyMoment, _ told: (CheckResult) -> Void = { _ in }
    ) async throws -> [CheckResult] {
        var results = BooksCheck.all.map { CheckResult(check: $0) }
        let audits = results.indices.filter { place in
            if case .orders = results[place].check.method { true } else { false }
        }
        try await auditOrders { rule, violation in
            // Two rules may share a number, so a rule is found by its place among its kind.
            let sentence = rule.check.meaning
            for place in audits where results[place].check.meaning == sentence { results[place].add(violation) }
        }
        for place in results.indices {
            switch results[place].check.method {
            case .orders: break
            case .texts: try await findPhones { results[place].add($0) }
            case .trail:
                for number in try await read({ try $0.brokenAuditEntries() }) {
                    results[place].add(Violation(row: "\(number)", seen: "does not fit the entry before it"))
                }
            case .rows(let sql):
                let statement = sql(moment) + " LIMIT \(CheckResult.limit + 1)"
                for row in try await read({ try $0.query(statement) }) { results[place].add(try Violation(row)) }
            }
            told(results[place])
        }
        return results
    }

    private nonisolated(nonsending) func auditOrders(_ found: (OrderAudit.Rule, Violation) -> Void) async throws {
        var last = ""
        while true {
            let after = last
            let (ids, violations) = try await read(snapshot: true) { transaction in
                let ids = try transaction.orderIDs(after: after, atMost: OrderAudit.ordersAtATime)
                return (ids, ids.flatMap { OrderAudit(of: $0, in: transaction).violations })
            }
            for (rule, violation) in violations { found(rule, violation) }
            guard let end = ids.last else { return }
            last = end.text
        }
    }

    /// Reads every text that explains an event or a review, and looks for something that is dialled.
    private nonisolated(nonsending) func findPhones(_ found: (Violation) -> Void) async throws {
        var (order, seq): (String, Int64) = ("", 0)
        while true {
            let (after, number) = (order, seq)
            let rows = try await read {
                try $0.query(
                    """
                    SELECT order_id, seq, detail FROM events
                    WHERE order_id > \(after) OR (order_id = \(after) AND seq > \(number))
                    ORDER BY order_id, seq LIMIT 1000
                    """)
            }
            for row in rows {
                (order, seq) = (try row.text(0), try row.int64(1))
                if try row.text(2).holdsPhoneInOneRun { found(Violation(row: order, seen: "event \(seq)")) }
            }
            if rows.isEmpty { break }
        }
        var (subject, kind) = ("", "")
        while true {
            let (after, word) = (subject, kind)
            let rows = try await read {
                try $0.query(
                    """
                    SELECT subject, kind, detail FROM reviews
                    WHERE subject > \(after) OR (subject = \(after) AND kind > \(word))
                    ORDER BY subject, kind LIMIT 1000
                    """)
            }
            for row in rows {
                (subject, kind) = (try row.text(0), try row.text(1))
                // An identity has digits by chance.
                if try row.text(2).holdsPhoneInOneRun || (!subject.isIdentity && subject.holdsPhoneInOneRun) {
                    found(Violation(row: kind, seen: "a review"))
                }
            }
            if rows.isEmpty { break }
        }
        var entry: Int64 = 0
        while true {
            let after = entry
            let rows = try await read {
                try $0.query(
                    """
                    SELECT number, subject, detail FROM audit_trail WHERE number > \(after) ORDER BY number LIMIT 1000
                    """)
            }
            for row in rows {
                entry = try row.int64(0)
                let texts = [try row.text(1), try row.text(2)]
                if texts.contains(where: { !$0.isIdentity && $0.holdsPhoneInOneRun }) {
                    found(Violation(row: "\(entry)", seen: "the staff's trail"))
                }
            }
            if rows.isEmpty { break }
        }
    }
}

extension Violation {
    fileprivate init(_ row: Row) throws {
        let seen: String =
            switch try row.value(1) {
            case .null: ""
            case .integer(let number): "\(number)"
            case .text(let text): text
            case .blob: "bytes"
            }
        let name =
            switch try row.value(0) {
            case .text(let text): text
            case .integer(let number): "\(number)"
            case .null, .blob: "?"
            }
        self.init(row: name, seen: seen)
    }
}

extension String {
    /// Whether it is written as an ``ID`` is.
    fileprivate var isIdentity: Bool {
        utf8.count == 32 && utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
