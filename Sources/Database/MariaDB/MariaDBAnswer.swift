internal import CMariaDB

/// The columns of a statement's answer and the memory into which the library puts one row at a time.
@safe final class MariaDBAnswer {
    /// How the bytes of a column are read.
    private enum Reading {
        case integer, text, blob, decimal, floating
    }

    /// Texts and blobs up to here are fetched at once, longer ones in a second call.
    private static let placeBytes = 256

    private let names: ColumnNames
    private let readings: [Reading]
    private let types: [enum_field_types]
    private let place: UnsafeMutableRawBufferPointer
    private let binds: UnsafeMutablePointer<MYSQL_BIND>
    private let lengths: UnsafeMutablePointer<UInt>
    private let nulls: UnsafeMutablePointer<my_bool>
    private let errors: UnsafeMutablePointer<my_bool>

    /// - Returns: `nil` when the statement answers with no rows.
    init?(of statement: UnsafeMutablePointer<MYSQL_STMT>) {
        guard let description = unsafe mysql_stmt_result_metadata(statement) else { return nil }
        defer { unsafe mysql_free_result(description) }
        let count = Int(unsafe mysql_num_fields(description))
        let fields = unsafe UnsafeBufferPointer(start: mysql_fetch_fields(description), count: count)
        names = ColumnNames(unsafe fields.map { unsafe String(cString: $0.name) })
        readings = unsafe fields.map { unsafe Self.reading($0) }
        types = readings.map { reading in
            switch reading {
            case .integer: MYSQL_TYPE_LONGLONG
            case .blob: MYSQL_TYPE_BLOB
            case .text, .decimal, .floating: MYSQL_TYPE_STRING
            }
        }
        unsafe place = .allocate(byteCount: count * Self.placeBytes, alignment: 8)
        unsafe binds = .allocate(capacity: count)
        unsafe lengths = .allocate(capacity: count)
        unsafe nulls = .allocate(capacity: count)
        unsafe errors = .allocate(capacity: count)
        for index in 0..<count {
            var bind = unsafe MYSQL_BIND()
            unsafe bind.buffer_type = types[index]
            unsafe bind.buffer = place.baseAddress.map { unsafe $0 + index * Self.placeBytes }
            unsafe bind.buffer_length = UInt(Self.placeBytes)
            unsafe bind.length = lengths + index
            unsafe bind.is_null = nulls + index
            unsafe bind.error = errors + index
            unsafe (binds + index).initialize(to: bind)
            unsafe (lengths + index).initialize(to: 0)
            unsafe (nulls + index).initialize(to: 0)
            unsafe (errors + index).initialize(to: 0)
        }
        unsafe mysql_stmt_bind_result(statement, binds)
    }

    deinit {
        unsafe place.deallocate()
        unsafe binds.deallocate()
        unsafe lengths.deallocate()
        unsafe nulls.deallocate()
        unsafe errors.deallocate()
    }

    /// The row that `statement` has just fetched.
    func row(of statement: MariaDBStatement) throws(DatabaseError) -> Row {
        var values: [SQLValue] = []
        values.reserveCapacity(readings.count)
        for column in readings.indices { values.append(try value(column, of: statement)) }
        return Row(names: names, values: values)
    }

    private func value(_ column: Int, of statement: MariaDBStatement) throws(DatabaseError) -> SQLValue {
        if unsafe nulls[column] != 0 { return .null }
        let start = column * Self.placeBytes
        switch readings[column] {
        case .integer:
            guard unsafe errors[column] == 0 else { throw failure(column, "does not fit 64 bits", statement) }
            return .integer(unsafe place.load(fromByteOffset: start, as: Int64.self))
        case .floating:
            throw failure(column, "is a floating point number", statement)
        case .decimal:
            guard let integer = Int64(String(decoding: try bytes(column, of: statement), as: UTF8.self)) else {
                throw failure(column, "is not a whole number of 64 bits", statement)
            }
            return .integer(integer)
        case .text:
            guard let text = String(validating: try bytes(column, of: statement), as: UTF8.self) else {
                throw failure(column, "is not UTF-8", statement)
            }
            return .text(text)
        case .blob:
            return .blob(try bytes(column, of: statement))
        }
    }

    private func bytes(_ column: Int, of statement: MariaDBStatement) throws(DatabaseError) -> [UInt8] {
        let count = Int(unsafe lengths[column])
        if count <= Self.placeBytes {
            let start = column * Self.placeBytes
            return unsafe [UInt8](place[start..<start + count])
        }
        guard let bytes = statement.longValue(column: column, type: types[column], count: count) else {
            throw statement.failure()
        }
        return bytes
    }

    private func failure(_ column: Int, _ reason: String, _ statement: MariaDBStatement) -> DatabaseError {
        statement.failure(column: names.list[column], reason)
    }

    private static func reading(_ field: MYSQL_FIELD) -> Reading {
        switch unsafe field.type {
        case MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_INT24, MYSQL_TYPE_LONG, MYSQL_TYPE_LONGLONG, MYSQL_TYPE_YEAR:
            .integer
        // SUM of integers is a DECIMAL without places.
        case MYSQL_TYPE_DECIMAL, MYSQL_TYPE_NEWDECIMAL: .decimal
        case MYSQL_TYPE_FLOAT, MYSQL_TYPE_DOUBLE: .floating
        case MYSQL_TYPE_TINY_BLOB, MYSQL_TYPE_MEDIUM_BLOB, MYSQL_TYPE_LONG_BLOB, MYSQL_TYPE_BLOB, MYSQL_TYPE_VAR_STRING,
            MYSQL_TYPE_STRING, MYSQL_TYPE_VARCHAR, MYSQL_TYPE_BIT, MYSQL_TYPE_GEOMETRY:
            // Character set 63 is "binary": bytes, not letters.
            unsafe field.charsetnr == 63 ? .blob : .text
        default: .text
        }
    }
}
