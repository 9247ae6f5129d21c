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

    /// Many rows for MariaDB, in one statement, which is one round trip and one commit.
    ///
    /// Values stand in it as digits and hexadecimal digits only, so none can end its literal.
    func text(_ rows: [[SQLValue]]) -> [UInt8] {
        var bytes = Array("\(name) VALUES ".utf8)
        bytes.reserveCapacity(bytes.count + 64 + rows.reduce(0) { $0 + Self.textBytes($1) })
        for (index, row) in rows.enumerated() {
            precondition(row.count == columns.count, "\(columns.count) columns for \(row.count) values.")
            bytes.append(contentsOf: (index == 0 ? "(" : ",(").utf8)
            for (column, value) in row.enumerated() {
                if column > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.append(value, to: &bytes)
            }
            bytes.append(UInt8(ascii: ")"))
        }
        // Changes nothing, and so drops the duplicate; INSERT IGNORE would drop other errors too.
        bytes.append(contentsOf: " ON DUPLICATE KEY UPDATE \(columns[0]) = \(table).\(columns[0])".utf8)
        return bytes
    }

    /// About how long a row is in ``text(_:)``.
    static func textBytes(_ row: [SQLValue]) -> Int {
        row.reduce(2) { sum, value in
            switch value {
            case .null, .integer: sum + 24
            case .text(let text): sum + 2 * text.utf8.count + 16
            case .blob(let bytes): sum + 2 * bytes.count + 8
            }
        }
    }

    private static func append(_ value: SQLValue, to bytes: inout [UInt8]) {
        switch value {
        case .null: bytes.append(contentsOf: "NULL".utf8)
        case .integer(let integer): bytes.append(contentsOf: String(integer).utf8)
        case .text(let text):
            bytes.append(contentsOf: "_utf8mb4 ".utf8)
            appendHexadecimal(text.utf8, to: &bytes)
        case .blob(let blob): appendHexadecimal(blob, to: &bytes)
        }
    }

    private static func appendHexadecimal(_ values: some Collection<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "x'".utf8)
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "'"), count: 2 * values.count + 1))
        // All but the last of the places just made; a callback has thousands of digits.
        unsafe bytes.withUnsafeMutableBufferPointer { bytes in
            var place = start
            for value in values {
                unsafe bytes[place] = digit(value >> 4)
                unsafe bytes[place + 1] = digit(value & 15)
                place += 2
            }
        }
    }

    @inline(__always)
    private static func digit(_ value: UInt8) -> UInt8 {
        value &+ (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
    }
}
