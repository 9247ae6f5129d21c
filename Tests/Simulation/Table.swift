/// Rows by their key. A simulated shop is small, so a look along the keys is the fastest way to find one.
struct Table<Key: Equatable, Row> {
    private(set) var keys: [Key] = []
    var rows: [Row] = []

    func place(of key: Key) -> Int? { keys.firstIndex(of: key) }

    subscript(key: Key) -> Row? { place(of: key).map { rows[$0] } }

    mutating func set(_ key: Key, _ row: Row?) {
        if let place = place(of: key) {
            if let row {
                rows[place] = row
            } else {
                keys.swapAt(place, keys.count - 1)
                rows.swapAt(place, rows.count - 1)
                keys.removeLast()
                rows.removeLast()
            }
        } else if let row {
            keys.append(key)
            rows.append(row)
        }
    }

    mutating func apply(_ changes: Changes<Key, Row>) {
        for (key, row) in changes.list { set(key, row) }
    }
}

/// What a transaction has written and not yet committed; nil for a row that it deleted.
struct Changes<Key: Equatable, Row> {
    var list: [(key: Key, row: Row?)] = []

    /// Nil when the transaction has not touched the row.
    func row(_ key: Key) -> Row?? {
        for change in list where change.key == key { return .some(change.row) }
        return nil
    }

    mutating func set(_ key: Key, _ row: Row?) {
        for place in list.indices where list[place].key == key {
            list[place].row = row
            return
        }
        list.append((key, row))
    }

    func holds(_ key: Key) -> Bool { list.contains { $0.key == key } }
}
