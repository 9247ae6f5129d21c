/// The server's settings on which a durable commit rests.
enum MariaDBDurability {
    /// Sentences for the operator, one per unsafe setting.
    @Sendable
    static func problems(_ transaction: ReadTransaction) throws -> [String] {
        let row = try transaction.first(
            """
            SELECT @@innodb_flush_log_at_trx_commit AS flush, @@log_bin AS binlog, @@sync_binlog AS sync,
                @@innodb_doublewrite AS doublewrite
            """)
        guard let row else { return ["MariaDB does not tell its settings."] }
        return try problems(
            flush: row.int("flush"), hasBinaryLog: row.bool("binlog"), syncBinaryLog: row.int("sync"),
            doublewrite: row.bool("doublewrite"))
    }

    /// What the settings mean.
    static func problems(flush: Int, hasBinaryLog: Bool, syncBinaryLog: Int, doublewrite: Bool) -> [String] {
        var problems: [String] = []
        if flush != 1 {
            problems.append(
                "MariaDB's innodb_flush_log_at_trx_commit is \(flush): a power cut loses payments. Set it to 1.")
        }
        if hasBinaryLog, syncBinaryLog != 1 {
            problems.append(
                "MariaDB's sync_binlog is \(syncBinaryLog): after a power cut log and tables differ. Set it to 1.")
        }
        if !doublewrite {
            problems.append("MariaDB's innodb_doublewrite is off: a power cut damages pages. Set it to ON.")
        }
        return problems
    }
}
