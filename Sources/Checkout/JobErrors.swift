import Database
import Storage

/// What is said of errors of the shop's work, and which of them may simply be tried again.
extension Shop {
    /// What of an error may be logged: the database's own words hold no values; of others only the kind is told.
    package static func summary(of error: any Error) -> String {
        if let error = error as? DatabaseError { return "\(error.kind): \(error)" }
        if let error = error as? CorruptRow { return "\(error)" }
        return "\(type(of: error))"
    }

    /// Whether the same request may work a little later: the database is busy or away.
    package static func isPassing(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return error is StaleWrite }
        return error.kind == .busy || error.kind == .unavailable
    }

    /// Whether what failed had no part in it, so that it may simply be done again: the database was away, or it is not
    /// known whether it had stored everything. Only for work that does no harm twice.
    static func isInnocent(_ error: any Error) -> Bool {
        isPassing(error) || (error as? DatabaseError)?.kind == .lostAnswer
    }
}
