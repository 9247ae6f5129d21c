internal import CMariaDB

extension DatabaseError {
    /// Takes the words of what just failed on `connection`.
    init(mariaDB connection: UnsafeMutablePointer<MYSQL>, sql: String? = nil) {
        let code = Int(unsafe mysql_errno(connection))
        self.init(mariaDBCode: code, words: unsafe String(cString: mysql_error(connection)), sql: sql)
    }

    /// Takes the words of what just failed in `statement`.
    init(mariaDBStatement statement: UnsafeMutablePointer<MYSQL_STMT>, sql: String?) {
        let code = Int(unsafe mysql_stmt_errno(statement))
        self.init(mariaDBCode: code, words: unsafe String(cString: mysql_stmt_error(statement)), sql: sql)
    }

    /// - Parameter words: The library's, from which values are removed: some of MariaDB's messages quote them.
    init(mariaDBCode code: Int, words: String, sql: String?) {
        let kind = Self.kind(ofMariaDB: code)
        self.init(
            kind, code: code, Self.withoutValues(words, code: code), sql: sql,
            repeatable: kind == .busy || Self.lostConnection.contains(code))
    }

    /// Whether the connection it came from is of no use any more.
    var meansLostConnection: Bool { Self.lostConnection.contains(code) }

    /// What an error number means; https://mariadb.com/kb/en/mariadb-error-codes/.
    static func kind(ofMariaDB code: Int) -> Kind {
        switch code {
        case 1022, 1062, 1169, 1586: .duplicate
        case 1048, 1216, 1217, 1264, 1292, 1364, 1366, 1406, 1451, 1452, 1690, 4025: .constraint
        // Deadlock, lock wait, record changed (Galera), node not ready, killed statement, changed table.
        case 1213, 1205, 1020, 1047, 1317, 1412: .busy
        // 2000 to 2062 are the client's: it cannot connect or lost the connection. 1021, 1114: no room.
        case 1021, 1040, 1044, 1045, 1049, 1114, 1129, 1130, 1203, 1226, 1290, 1698, 1836, 2000...2062: .unavailable
        case _ where lostConnection.contains(code): .unavailable
        // Tables and indexes that are damaged.
        case 126, 127, 1034, 1035, 1194, 1195, 1712, 1877: .corrupt
        default: .other
        }
    }

    /// Server gone, lost while asking, its extended form, killed, shutdown, idle too long (1159 to 1161: network).
    private static let lostConnection = [2006, 2013, 2055, 1927, 1053, 4031, 1158, 1159, 1160, 1161]

    /// Removes what a message quotes, other than the name of a key or column, if messages of this number quote values.
    private static func withoutValues(_ words: String, code: Int) -> String {
        guard [1062, 1064, 1105, 1292, 1366, 1411, 1525, 1586, 1690].contains(code),
            let quote = words.firstIndex(of: "'")
        else { return words }
        // The last, because a value may hold the same words.
        for place in [" for key '", " for column "] {
            guard let range = words.lastRange(of: place) else { continue }
            return words[..<quote] + "…" + words[range.lowerBound...]
        }
        return words[..<quote] + "…"
    }
}

extension String {
    fileprivate func lastRange(of part: String) -> Range<String.Index>? {
        var end = endIndex
        while end > startIndex {
            if self[..<end].hasSuffix(part) { return index(end, offsetBy: -part.count)..<end }
            formIndex(before: &end)
        }
        return nil
    }
}
