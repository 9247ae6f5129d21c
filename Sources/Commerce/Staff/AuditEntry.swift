/// One thing that a member of staff did.
package struct AuditEntry: Sendable, Hashable {
    package let staff: String
    /// What was done, in a word or two such as `refund_approved`.
    package let action: String
    /// To what: an order's number, a refund's ticket, a member's name.
    package let subject: String
    /// For people: what came of it, and the reason that was given. Never a number of a person or a secret.
    package let detail: String

    package init(_ staff: String, _ action: String, _ subject: String, _ detail: String = "") {
        self.staff = String(staff.prefix(60))
        self.action = String(action.prefix(40))
        self.subject = String(subject.prefix(120))
        self.detail = String(detail.prefix(800))
    }
}

/// An entry with its place in the trail.
package struct StoredAuditEntry: Sendable, Hashable {
    package let number: Int64
    package let at: Timestamp
    package let entry: AuditEntry

    package init(number: Int64, at: Timestamp, _ entry: AuditEntry) {
        self.number = number
        self.at = at
        self.entry = entry
    }
}
