/// A connection inside a transaction, as the wrappers of both engines offer it.
protocol SQLConnection: AnyObject {
    func execute(_ sql: SQL) throws(DatabaseError) -> Int
    func query(_ sql: SQL, atMost rows: Int) throws(DatabaseError) -> [Row]
    /// Runs one statement without values outside the statement cache.
    func run(_ text: String) throws(DatabaseError)
}

/// Something rows can be read from: both kinds of transaction.
package protocol SQLReading {
    /// All rows of the answer.
    func query(_ sql: SQL) throws(DatabaseError) -> [Row]
    /// The first row of the answer.
    func first(_ sql: SQL) throws(DatabaseError) -> Row?
}

/// What a transaction's body works with, and only while the body runs.
///
/// A statement that fails as `duplicate` or `constraint` undoes only itself, so the body may go on. After any other
/// failure nothing of the transaction is kept, even if the body drops the error.
package struct Transaction: SQLReading {
    let connection: any SQLConnection

    /// Runs a statement that changes rows.
    ///
    /// - Returns: How many rows matched, changed or not, the same on both engines; so a compare-and-set gives 1 or 0.
    @discardableResult
    package func execute(_ sql: SQL) throws(DatabaseError) -> Int {
        try connection.execute(sql)
    }

    /// All rows of the answer, all of them in memory: limit what may grow.
    package func query(_ sql: SQL) throws(DatabaseError) -> [Row] {
        try connection.query(sql, atMost: .max)
    }

    /// The first row of the answer, which the statement should order or limit.
    package func first(_ sql: SQL) throws(DatabaseError) -> Row? {
        try connection.query(sql, atMost: 1).first
    }
}

/// What the body of a ``SQLDatabase/read(snapshot:_:)`` works with, and only while the body runs.
package struct ReadTransaction: SQLReading {
    let connection: any SQLConnection

    /// All rows of the answer, all of them in memory: limit what may grow.
    package func query(_ sql: SQL) throws(DatabaseError) -> [Row] {
        try connection.query(sql, atMost: .max)
    }

    /// The first row of the answer, which the statement should order or limit.
    package func first(_ sql: SQL) throws(DatabaseError) -> Row? {
        try connection.query(sql, atMost: 1).first
    }
}
