internal import CMariaDB

/// The C handle of one connection, closed when nobody uses it any more.
@safe final class MariaDBHandle {
    let pointer: UnsafeMutablePointer<MYSQL>

    init() {
        precondition(Self.libraryIsReady, "libmariadb cannot start.")
        guard let pointer = unsafe mysql_init(nil) else { preconditionFailure("Out of memory.") }
        unsafe self.pointer = unsafe pointer
    }

    /// Says goodbye to the server, and forgets the statements that are still alive.
    deinit { unsafe mysql_close(pointer) }

    /// Once per process, before threads use the library.
    private static let libraryIsReady = mysql_server_init(0, nil, nil) == 0
}

/// One blocking connection to MariaDB, with its prepared statements. Only one thread may use it at a time.
final class MariaDBConnection: SQLConnection {
    private let handle = MariaDBHandle()
    private var statements: StatementCache<MariaDBStatement>
    /// The failure after which nothing of the running transaction may be kept.
    private var spoiler: DatabaseError?
    /// Whether the server or the network has ended the connection.
    private(set) var isLost = false
    /// Whether something may have been changed since the transaction began.
    private(set) var hasWritten = false
    /// Whether each statement commits by itself. Transactions have it off.
    private(set) var commitsEachStatement = true

    init(_ address: MariaDBAddress, configuration: DatabaseConfiguration) throws(DatabaseError) {
        statements = StatementCache(limit: configuration.statements)
        set(MYSQL_OPT_CONNECT_TIMEOUT, UInt32(configuration.connectTimeoutSeconds))
        set(MYSQL_OPT_READ_TIMEOUT, UInt32(configuration.silenceTimeoutSeconds))
        set(MYSQL_OPT_WRITE_TIMEOUT, UInt32(configuration.silenceTimeoutSeconds))
        set(MYSQL_OPT_LOCAL_INFILE, UInt32(0))  // the server may not ask us for files
        unsafe mysql_options(handle.pointer, MYSQL_SET_CHARSET_NAME, "utf8mb4")
        // FOUND_ROWS: an UPDATE counts matched rows, as on SQLite. MULTI_STATEMENTS: marker and COMMIT travel together;
        // prepared statements stay single whatever is set.
        let flags = UInt(CLIENT_FOUND_ROWS) | UInt(CLIENT_MULTI_STATEMENTS)
        let connected = unsafe mysql_real_connect(
            handle.pointer, address.socket == nil ? address.host : "localhost", address.user, address.password.text,
            address.database, UInt32(address.port), address.socket, flags)
        guard unsafe connected != nil else { throw unsafe DatabaseError(mariaDB: handle.pointer) }
        // One dialect for both engines: || joins texts, "x" is a name, \ is a letter, texts compare by their bytes.
        try run(
            """
            SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT,ANSI_QUOTES,\
            NO_BACKSLASH_ESCAPES', time_zone = '+00:00', innodb_lock_wait_timeout = \(configuration.lockTimeoutSeconds),
            collation_connection = 'utf8mb4_nopad_bin', autocommit = 1;
            SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED
            """)
        hasWritten = false
    }

    func execute(_ sql: SQL) throws(DatabaseError) -> Int {
        hasWritten = true
        do {
            return try statement(sql.text).execute(sql.values)
        } catch {
            throw spoiling(error)
        }
    }

    func query(_ sql: SQL, atMost rows: Int) throws(DatabaseError) -> [Row] {
        do {
            return try statement(sql.text).query(sql.values, atMost: rows)
        } catch {
            throw spoiling(error)
        }
    }

    /// Runs one statement for many rows, all of them or none.
    func execute(_ text: String, together rows: [[SQLValue]]) throws(DatabaseError) {
        hasWritten = true
        do {
            try statement(text).execute(together: rows)
        } catch {
            throw spoiling(error)
        }
    }

    /// Sends `text` as it is, one statement or several, and drops the answers.
    func run(_ text: String) throws(DatabaseError) {
        hasWritten = true
        let isSent = unsafe mysql_real_query(handle.pointer, text, UInt(text.utf8.count)) == 0
        guard isSent, readAnswers() else { throw unsafe spoiling(DatabaseError(mariaDB: handle.pointer, sql: text)) }
    }

    /// Reads and drops the answers to all statements that were sent together.
    ///
    /// - Returns: Whether all of them succeeded.
    private func readAnswers() -> Bool {
        while true {
            if let answer = unsafe mysql_store_result(handle.pointer) { unsafe mysql_free_result(answer) }
            guard unsafe mysql_errno(handle.pointer) == 0 else { return false }
            // 0: there is another; -1: that was the last; the rest: the next one failed.
            let code = unsafe mysql_next_result(handle.pointer)
            if code != 0 { return code == -1 }
        }
    }

    /// Makes ready for a transaction (`false`) or for reads and single statements (`true`).
    func commitEachStatement(_ wanted: Bool) throws(DatabaseError) {
        if commitsEachStatement != wanted {
            guard unsafe mysql_autocommit(handle.pointer, wanted ? 1 : 0) == 0 else {
                throw unsafe spoiling(DatabaseError(mariaDB: handle.pointer, sql: "SET autocommit"))
            }
            commitsEachStatement = wanted
        }
        spoiler = nil
        hasWritten = false
    }

    /// Undoes the open transaction. A connection that cannot do that is lost, and the server undoes it.
    func rollBack() {
        spoiler = nil
        guard !isLost else { return }
        if unsafe mysql_rollback(handle.pointer) != 0 { isLost = true }
    }

    /// Throws the failure that a body dropped although it undid more than its statement.
    func checkUnspoilt() throws(DatabaseError) {
        guard let error = spoiler else { return }
        throw error
    }

    private func spoiling(_ error: DatabaseError) -> DatabaseError {
        if error.meansLostConnection { isLost = true }
        switch error.kind {
        case .duplicate, .constraint, .other: break
        case .busy, .lostAnswer, .unavailable, .corrupt: spoiler = spoiler ?? error
        }
        return error
    }

    private func statement(_ text: String) throws(DatabaseError) -> MariaDBStatement {
        try statements.statement(for: text) { () throws(DatabaseError) in
            try MariaDBStatement(text, on: handle)
        }
    }

    private func set(_ option: mysql_option, _ value: UInt32) {
        unsafe withUnsafePointer(to: value) { value in
            _ = unsafe mysql_options(handle.pointer, option, value)
        }
    }
}
