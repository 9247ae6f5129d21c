internal import CSQLite

/// One prepared statement, finalised when the value goes away. It is a class because the statement cache holds it.
@safe final class SQLiteStatement {
    private let handle: OpaquePointer
    private let database: SQLiteHandle  // keeps the database open while the statement lives
    private let text: String
    private let parameters: Int
    private lazy var names = columnNames()

    /// - Parameter isKept: Whether the statement will be used often.
    /// - Throws: `other` as well when `text` holds more than one statement: SQLite would drop the second silently.
    init(_ text: String, on database: SQLiteHandle, isKept: Bool) throws(DatabaseError) {
        var handle: OpaquePointer?
        var isComplete = true
        var utf8 = text
        let code = utf8.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { bytes in
                var tail: UnsafePointer<CChar>?
                let flags = isKept ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
                let code = unsafe sqlite3_prepare_v3(
                    database.pointer, bytes.baseAddress, Int32(bytes.count), flags, &handle, &tail)
                if let start = bytes.baseAddress, let tail = unsafe tail {
                    let rest = unsafe bytes[(tail - start)...]
                    isComplete = unsafe rest.allSatisfy { [0x20, 0x0a, 0x0d, 0x09, 0x3b].contains($0) }
                }
                return code
            }
        }
        guard code == SQLITE_OK else { throw unsafe DatabaseError(sqlite: database.pointer, code: code, sql: text) }
        guard let handle = unsafe handle else { throw DatabaseError(.other, "The statement is empty.", sql: text) }
        guard isComplete else {
            unsafe sqlite3_finalize(handle)
            throw DatabaseError(.other, "More than one statement.", sql: text)
        }
        unsafe self.handle = unsafe handle
        self.database = database
        self.text = text
        parameters = Int(unsafe sqlite3_bind_parameter_count(handle))
    }

    deinit { unsafe sqlite3_finalize(handle) }

    /// Runs the statement to its end with `values`.
    ///
    /// - Returns: The number of rows that matched.
    func execute(_ values: [SQLValue]) throws(DatabaseError) -> Int {
        defer { reset() }
        try bind(values)
        // `sqlite3_changes64` keeps the number of the statement before when this one is not about rows.
        let before = unsafe sqlite3_total_changes64(database.pointer)
        while try step() {}
        let isUnchanged = unsafe sqlite3_total_changes64(database.pointer) == before
        return isUnchanged ? 0 : Int(unsafe sqlite3_changes64(database.pointer))
    }

    /// Runs the statement with `values` until it has given as many rows as asked for, or all.
    func query(_ values: [SQLValue], atMost limit: Int) throws(DatabaseError) -> [Row] {
        defer { reset() }
        try bind(values)
        var rows: [Row] = []
        while try step() {
            let count = unsafe sqlite3_column_count(handle)
            if names.list.count != Int(count) { names = columnNames() }  // prepared anew after a change of the schema
            var values: [SQLValue] = []
            values.reserveCapacity(Int(count))
            for column in 0..<count { values.append(try value(column)) }
            rows.append(Row(names: names, values: values))
            if rows.count == limit { break }
        }
        return rows
    }

    private func step() throws(DatabaseError) -> Bool {
        let code = unsafe sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw unsafe DatabaseError(sqlite: database.pointer, code: code, sql: text)
        }
    }

    /// Ends the statement's hold on the database and forgets its values. Errors were reported by ``step()``.
    private func reset() {
        unsafe sqlite3_reset(handle)
        if parameters > 0 { unsafe sqlite3_clear_bindings(handle) }
    }

    private func bind(_ values: [SQLValue]) throws(DatabaseError) {
        guard values.count == parameters else {
            throw DatabaseError(.other, "\(parameters) places for \(values.count) values.", sql: text)
        }
        var index: Int32 = 0
        for value in values {
            index += 1
            let code =
                switch value {
                case .null: unsafe sqlite3_bind_null(handle, index)
                case .integer(let integer): unsafe sqlite3_bind_int64(handle, index, integer)
                case .text(let text): bind(text, at: index)
                // A null pointer would bind NULL.
                case .blob(let bytes) where bytes.isEmpty: unsafe sqlite3_bind_zeroblob(handle, index, 0)
                case .blob(let bytes): bind(bytes, at: index)
                }
            guard code == SQLITE_OK else { throw unsafe DatabaseError(sqlite: database.pointer, code: code, sql: text) }
        }
    }

    private func bind(_ text: String, at index: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { bytes in
                guard let start = bytes.baseAddress else {
                    return unsafe duka_sqlite3_bind_text(handle, index, "", 0)
                }
                return unsafe duka_sqlite3_bind_text(handle, index, start, UInt64(bytes.count))
            }
        }
    }

    private func bind(_ bytes: [UInt8], at index: Int32) -> Int32 {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe duka_sqlite3_bind_blob(handle, index, bytes.baseAddress, UInt64(bytes.count))
        }
    }

    private func value(_ column: Int32) throws(DatabaseError) -> SQLValue {
        switch unsafe sqlite3_column_type(handle, column) {
        case SQLITE_NULL: return .null
        case SQLITE_INTEGER: return .integer(unsafe sqlite3_column_int64(handle, column))
        case SQLITE_TEXT:
            // First the pointer, then the count: https://www.sqlite.org/c3ref/column_blob.html.
            let start = unsafe sqlite3_column_text(handle, column)
            let count = Int(unsafe sqlite3_column_bytes(handle, column))
            let bytes = unsafe UnsafeBufferPointer(start: start, count: count)
            guard let text = unsafe String(validating: bytes, as: UTF8.self) else {
                throw DatabaseError(.other, "Column \(column) is not UTF-8.", sql: self.text)
            }
            return .text(text)
        case SQLITE_BLOB:
            let start = unsafe sqlite3_column_blob(handle, column)
            let count = Int(unsafe sqlite3_column_bytes(handle, column))
            return unsafe .blob([UInt8](UnsafeRawBufferPointer(start: start, count: count)))
        default:
            throw DatabaseError(.other, "Column \(column) is a floating point number.", sql: text)
        }
    }

    private func columnNames() -> ColumnNames {
        let count = unsafe sqlite3_column_count(handle)
        return ColumnNames(
            (0..<count).map { column in
                unsafe sqlite3_column_name(handle, column).map { unsafe String(cString: $0) } ?? ""
            })
    }
}
