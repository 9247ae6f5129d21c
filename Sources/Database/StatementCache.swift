/// Prepared statements by their text, the least recently used of which makes room for the next.
struct StatementCache<Statement: AnyObject> {
    private struct Entry {
        let statement: Statement
        var lastUse: Int
    }
    private var entries: [String: Entry] = [:]
    private var uses = 0
    private let limit: Int

    /// - Parameter limit: How many are kept.
    init(limit: Int) {
        self.limit = limit
    }

    /// The statement for `text`, which `prepare` makes when it is not there.
    mutating func statement(
        for text: String, prepare: () throws(DatabaseError) -> Statement
    ) throws(DatabaseError) -> Statement {
        uses += 1
        if let index = entries.index(forKey: text) {
            entries.values[index].lastUse = uses
            return entries.values[index].statement
        }
        let statement = try prepare()
        if entries.count >= limit, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            entries[oldest.key] = nil
        }
        entries[text] = Entry(statement: statement, lastUse: uses)
        return statement
    }

    /// Frees all statements.
    mutating func removeAll() {
        entries = [:]
    }
}
