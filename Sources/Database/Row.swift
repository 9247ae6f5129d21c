/// One row of an answer. Reading it is strict: a wrong type, a NULL or a missing column is a ``CorruptRow``.
package struct Row: Sendable {
    /// The values in the order of the statement's columns.
    package let values: [SQLValue]
    private let names: ColumnNames

    init(names: ColumnNames, values: [SQLValue]) {
        self.names = names
        self.values = values
    }

    /// Which column: `row.int64("total")` by the name in the statement (or its `AS`), `row.int64(0)` by place.
    package enum Column: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
        case named(String)
        case at(Int)

        package init(stringLiteral name: String) { self = .named(name) }
        package init(integerLiteral index: Int) { self = .at(index) }
    }

    /// An integer; NULL is a ``CorruptRow``.
    package func int64(_ column: Column) throws(CorruptRow) -> Int64 {
        try required(int64OrNil(column), column)
    }

    /// An integer; NULL is a ``CorruptRow``.
    package func int(_ column: Column) throws(CorruptRow) -> Int {
        try Int(int64(column))
    }

    /// A flag stored as 0 or 1; another number is a ``CorruptRow``.
    package func bool(_ column: Column) throws(CorruptRow) -> Bool {
        switch try int64(column) {
        case 0: return false
        case 1: return true
        default: throw corrupt(column, "is neither 0 nor 1")
        }
    }

    /// Text, which may be empty; NULL is a ``CorruptRow``.
    package func text(_ column: Column) throws(CorruptRow) -> String {
        try required(textOrNil(column), column)
    }

    /// Bytes, which may be none; NULL is a ``CorruptRow``.
    package func blob(_ column: Column) throws(CorruptRow) -> [UInt8] {
        try required(blobOrNil(column), column)
    }

    /// - Returns: `nil` for NULL.
    package func int64OrNil(_ column: Column) throws(CorruptRow) -> Int64? {
        switch try value(column) {
        case .null: return nil
        case .integer(let integer): return integer
        case .text, .blob: throw corrupt(column, "is not an integer")
        }
    }

    /// - Returns: `nil` for NULL.
    package func intOrNil(_ column: Column) throws(CorruptRow) -> Int? {
        try int64OrNil(column).map { Int($0) }
    }

    /// - Returns: `nil` for NULL.
    package func textOrNil(_ column: Column) throws(CorruptRow) -> String? {
        switch try value(column) {
        case .null: return nil
        case .text(let text): return text
        case .integer, .blob: throw corrupt(column, "is not text")
        }
    }

    /// - Returns: `nil` for NULL.
    package func blobOrNil(_ column: Column) throws(CorruptRow) -> [UInt8]? {
        switch try value(column) {
        case .null: return nil
        case .blob(let bytes): return bytes
        case .integer, .text: throw corrupt(column, "is not a blob")
        }
    }

    /// The value whatever its type.
    package func value(_ column: Column) throws(CorruptRow) -> SQLValue {
        switch column {
        case .at(let index) where values.indices.contains(index): return values[index]
        case .named(let name):
            guard let index = names.list.firstIndex(of: name) else { break }
            return values[index]
        case .at: break
        }
        throw corrupt(column, "is not in the answer")
    }

    private func required<Value>(_ value: Value?, _ column: Column) throws(CorruptRow) -> Value {
        guard let value else { throw corrupt(column, "is NULL") }
        return value
    }

    private func corrupt(_ column: Column, _ reason: String) -> CorruptRow {
        switch column {
        case .named(let name): CorruptRow(column: name, reason: reason)
        case .at(let index):
            CorruptRow(column: names.list.indices.contains(index) ? names.list[index] : "\(index)", reason: reason)
        }
    }
}

/// The names of an answer's columns, shared by its rows.
final class ColumnNames: Sendable {
    let list: [String]

    init(_ list: [String]) {
        self.list = list
    }
}

/// A row that this program cannot have written: the database was changed by other hands, or is damaged.
package struct CorruptRow: Error, Equatable, CustomStringConvertible {
    /// The column's name, or its place when it has none.
    package let column: String
    /// What is wrong with it, without the value, for example `"is NULL"`.
    package let reason: String

    package init(column: String, reason: String) {
        self.column = column
        self.reason = reason
    }

    package var description: String { "Column \(column) \(reason)." }
}
