internal import CMariaDB

/// Many rows in one piece of memory, as the library takes them: column after column, and of each column first what
/// every cell is (a number, or where its bytes lie), then how long it is, then whether it is null.
@unsafe struct MariaDBCells {
    private let place: UnsafeMutableRawBufferPointer
    private let count: Int
    /// The next cell, and where its bytes go.
    private var cell = 0
    private var end: Int

    init(_ place: UnsafeMutableRawBufferPointer, count: Int) {
        unsafe self.place = unsafe place
        unsafe self.count = count
        unsafe end = Self.headBytes(of: count)
    }

    /// The bytes in front of the cells' own, a multiple of 8.
    static func headBytes(of count: Int) -> Int { (17 * count + 7) & ~7 }

    /// Describes the column whose cells are appended next.
    func nextColumn() -> MYSQL_BIND {
        var bind = unsafe MYSQL_BIND()
        let base = unsafe place.baseAddress!
        unsafe bind.buffer = base + 8 * cell
        unsafe bind.length = (base + 8 * (count + cell)).assumingMemoryBound(to: UInt.self)
        unsafe bind.u.indicator = (base + 16 * count + cell).assumingMemoryBound(to: CChar.self)
        return unsafe bind
    }

    mutating func append(_ value: SQLValue) {
        var length = 0
        switch value {
        case .null: break
        case .integer(let integer): unsafe place.storeBytes(of: integer, toByteOffset: 8 * cell, as: Int64.self)
        case .text(var text): length = text.withUTF8 { unsafe copy(UnsafeRawBufferPointer($0)) }
        case .blob(let bytes): length = unsafe bytes.withUnsafeBytes { unsafe copy($0) }
        }
        let indicator = value == .null ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE
        unsafe place.storeBytes(of: UInt(length), toByteOffset: 8 * (count + cell), as: UInt.self)
        unsafe place.storeBytes(of: CChar(indicator.rawValue), toByteOffset: 16 * count + cell, as: CChar.self)
        unsafe cell += 1
    }

    /// - Returns: How many bytes were copied.
    private mutating func copy(_ bytes: UnsafeRawBufferPointer) -> Int {
        let target = unsafe UnsafeMutableRawBufferPointer(rebasing: place[end...])
        unsafe target.copyBytes(from: bytes)
        unsafe place.storeBytes(of: UInt(bitPattern: target.baseAddress), toByteOffset: 8 * cell, as: UInt.self)
        unsafe end += (bytes.count + 7) & ~7
        return bytes.count
    }
}
