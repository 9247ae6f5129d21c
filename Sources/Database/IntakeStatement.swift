/// A table and the columns that rows bring, for ``SQLDatabase/insertIgnoringDuplicates(into:columns:values:)``.
struct IntakeStatement: Sendable, Hashable {
    private let table: String
    private let columns: [String]

    init(table: StaticString, columns: [StaticString]) {
        precondition(!columns.isEmpty, "A row needs a column.")
        self.table = table.description
        self.columns = columns.map(\.description)
    }

    /// What errors say: the statement without values.
    var name: String { "INSERT INTO \(table) (\(columns.joined(separator: ", ")))" }

    /// One row for SQLite.
    func sqlite(_ values: [SQLValue]) -> SQL {
        let places = "?" + String(repeating: ", ?", count: columns.count - 1)
        return SQL(trusted: "\(name) VALUES (\(places)) ON CONFLICT DO NOTHING", values: values)
    }

    /// What MariaDB runs for each row.
    var mariaDB: String {
        let places = "?" + String(repeating: ", ?", count: columns.count - 1)
        // Changes nothing, and so drops the duplicate; INSERT IGNORE would drop other errors too.
        return "\(name) VALUES (\(places)) ON DUPLICATE KEY UPDATE \(columns[0]) = \(table).\(columns[0])"
    }

    /// About how many bytes a row is on its way to MariaDB.
    static func bytes(of row: [SQLValue]) -> Int {
        row.reduce(0) { sum, value in
            switch value {
            case .null, .integer: sum + 9
            case .text(let text): sum + text.utf8.count + 10
            case .blob(let bytes): sum + bytes.count + 10
            }
        }
    }
}
