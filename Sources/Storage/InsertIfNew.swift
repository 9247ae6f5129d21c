import Database

extension Transaction {
    /// Runs an `INSERT`.
    ///
    /// - Returns: False when a row with one of its keys is there already; nothing is changed then.
    func insertIfNew(_ insert: SQL) throws(DatabaseError) -> Bool {
        do {
            try execute(insert)
            return true
        } catch  where error.kind == .duplicate {
            return false
        }
    }
}
