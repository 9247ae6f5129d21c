internal import CMariaDB

/// One prepared statement of a MariaDB connection, closed when the value goes away.
@safe final class MariaDBStatement {
    private let handle: UnsafeMutablePointer<MYSQL_STMT>
    private let connection: MariaDBHandle  // keeps the connection open while the statement lives
    private let text: String
    private let parameters: Int
    private let answer: MariaDBAnswer?

    init(_ text: String, on connection: MariaDBHandle) throws(DatabaseError) {
        guard let handle = unsafe mysql_stmt_init(connection.pointer) else { preconditionFailure("Out of memory.") }
        var utf8 = text
        let code = utf8.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { bytes in
                unsafe mysql_stmt_prepare(handle, bytes.baseAddress, UInt(bytes.count))
            }
        }
        guard code == 0 else {
            let error = unsafe DatabaseError(mariaDBStatement: handle, sql: text)
            unsafe mysql_stmt_close(handle)
            throw error
        }
        unsafe self.handle = unsafe handle
        self.connection = connection
        self.text = text
        parameters = Int(unsafe mysql_stmt_param_count(handle))
        answer = unsafe MariaDBAnswer(of: handle)
    }

    deinit { unsafe mysql_stmt_close(handle) }

    /// Runs the statement with `values`.
    ///
    /// - Returns: The number of rows that matched.
    func execute(_ values: [SQLValue]) throws(DatabaseError) -> Int {
        try send(values)
        if answer != nil {
            guard unsafe mysql_stmt_store_result(handle) == 0 else { throw failure() }
            unsafe mysql_stmt_free_result(handle)
            return 0
        }
        return Int(clamping: unsafe mysql_stmt_affected_rows(handle))
    }

    /// Runs the statement with `values` and reads its rows, all of which the server sends.
    func query(_ values: [SQLValue], atMost limit: Int) throws(DatabaseError) -> [Row] {
        try send(values)
        guard let answer else { return [] }
        guard unsafe mysql_stmt_store_result(handle) == 0 else { throw failure() }
        defer { unsafe mysql_stmt_free_result(handle) }
        var rows: [Row] = []
        while rows.count < limit {
            let code = unsafe mysql_stmt_fetch(handle)
            if code == MYSQL_NO_DATA { break }
            guard code == 0 || code == MYSQL_DATA_TRUNCATED else { throw failure() }
            rows.append(try answer.row(of: self))
        }
        return rows
    }

    /// Runs the statement for many rows in one round trip, as one statement: all of them or none.
    ///
    /// - Parameter rows: At least one; what stands in a column is of one kind, or null.
    func execute(together rows: [[SQLValue]]) throws(DatabaseError) {
        guard rows.allSatisfy({ $0.count == parameters }) else {
            throw DatabaseError(.other, "\(parameters) places for rows of another length.", sql: text)
        }
        let kinds = (0..<parameters).map { column in Set(rows.compactMap { $0[column].libraryType }) }
        guard kinds.allSatisfy({ $0.count <= 1 }) else {
            throw DatabaseError(.other, "A column with values of two kinds.", sql: text)
        }
        let cells = rows.count * parameters
        let bytes = unsafe rows.reduce(MariaDBCells.headBytes(of: cells)) { $1.reduce($0) { $0 + $1.placeBytes } }
        let isSent = unsafe withUnsafeTemporaryAllocation(byteCount: bytes, alignment: 8) { place in
            unsafe withUnsafeTemporaryAllocation(of: MYSQL_BIND.self, capacity: parameters) { binds in
                var cells = unsafe MariaDBCells(place, count: cells)
                for column in 0..<parameters {
                    unsafe (binds.baseAddress! + column).initialize(to: cells.nextColumn())
                    unsafe binds[column].buffer_type = kinds[column].first ?? MYSQL_TYPE_NULL
                    for row in rows { unsafe cells.append(row[column]) }
                }
                var count = UInt32(rows.count)
                guard unsafe mysql_stmt_attr_set(handle, STMT_ATTR_ARRAY_SIZE, &count) == 0,
                    unsafe mysql_stmt_bind_param(handle, binds.baseAddress) == 0
                else { return false }
                return unsafe mysql_stmt_execute(handle) == 0
            }
        }
        // Read before the reset, which forgets it.
        let failure = isSent ? nil : failure()
        var none: UInt32 = 0
        unsafe mysql_stmt_attr_set(handle, STMT_ATTR_ARRAY_SIZE, &none)
        if let failure { throw failure }
    }

    /// Reads the whole of a text or blob that did not fit in its place.
    ///
    /// - Returns: `nil` when the library fails.
    func longValue(column: Int, type: enum_field_types, count: Int) -> [UInt8]? {
        var code: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            var bind = unsafe MYSQL_BIND()
            unsafe bind.buffer_type = type
            unsafe bind.buffer = UnsafeMutableRawPointer(buffer.baseAddress)
            unsafe bind.buffer_length = UInt(count)
            code = unsafe mysql_stmt_fetch_column(handle, &bind, UInt32(column), 0)
            filled = code == 0 ? count : 0
        }
        return code == 0 ? bytes : nil
    }

    /// What just failed.
    func failure() -> DatabaseError {
        unsafe DatabaseError(mariaDBStatement: handle, sql: text)
    }

    /// A failure of ours about a column.
    func failure(column name: String, _ reason: String) -> DatabaseError {
        DatabaseError(.other, "Column \(name) \(reason).", sql: text)
    }

    private func send(_ values: [SQLValue]) throws(DatabaseError) {
        guard values.count == parameters else {
            throw DatabaseError(.other, "\(parameters) places for \(values.count) values.", sql: text)
        }
        var values = values
        // All values lie one after the other in one piece of memory, which lives until the library has sent it.
        let bytes = values.reduce(0) { $0 + $1.placeBytes }
        let isSent = unsafe withUnsafeTemporaryAllocation(byteCount: max(bytes, 8), alignment: 8) { place in
            unsafe withUnsafeTemporaryAllocation(of: MYSQL_BIND.self, capacity: max(parameters, 1)) { binds in
                var offset = 0
                for index in values.indices {
                    unsafe (binds.baseAddress! + index).initialize(
                        to: values[index].copy(to: place, at: offset))
                    offset += values[index].placeBytes
                }
                if parameters > 0, unsafe mysql_stmt_bind_param(handle, binds.baseAddress) != 0 { return false }
                return unsafe mysql_stmt_execute(handle) == 0
            }
        }
        guard isSent else { throw failure() }
    }
}

extension SQLValue {
    /// What the library calls its kind; nil for null, which fits every column.
    fileprivate var libraryType: enum_field_types? {
        switch self {
        case .null: nil
        case .integer: MYSQL_TYPE_LONGLONG
        case .text: MYSQL_TYPE_STRING
        case .blob: MYSQL_TYPE_BLOB
        }
    }

    /// The bytes it takes in the memory that is sent, a multiple of 8.
    fileprivate var placeBytes: Int {
        switch self {
        case .null: 0
        case .integer: 8
        case .text(let text): (text.utf8.count + 7) & ~7
        case .blob(let bytes): (bytes.count + 7) & ~7
        }
    }

    /// Copies the value to `place` and describes it for the library.
    fileprivate mutating func copy(to place: UnsafeMutableRawBufferPointer, at offset: Int) -> MYSQL_BIND {
        var bind = unsafe MYSQL_BIND()
        let target = unsafe UnsafeMutableRawBufferPointer(rebasing: place[offset...])
        unsafe bind.buffer = target.baseAddress
        switch self {
        case .null: unsafe bind.buffer_type = MYSQL_TYPE_NULL
        case .integer(let integer):
            unsafe target.storeBytes(of: integer, as: Int64.self)
            unsafe bind.buffer_type = MYSQL_TYPE_LONGLONG
        case .text(let text):
            unsafe target.copyBytes(from: text.utf8)
            unsafe bind.buffer_type = MYSQL_TYPE_STRING
            unsafe bind.buffer_length = UInt(text.utf8.count)
        case .blob(let bytes):
            unsafe target.copyBytes(from: bytes)
            unsafe bind.buffer_type = MYSQL_TYPE_BLOB
            unsafe bind.buffer_length = UInt(bytes.count)
        }
        return unsafe bind
    }
}
