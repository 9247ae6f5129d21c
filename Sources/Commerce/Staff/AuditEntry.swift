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
        func clean(_ text: String, _ count: Int) -> String {
            // The chain joins the fields by a control character; and the trail is kept in clear and for ever.
            let plain = text.map { $0.unicodeScalars.contains { $0.value < 0x20 } ? " " : $0 }
            return String(String(plain).withoutPhones.prefix(count))
        }
        self.staff = clean(staff, 60)
        self.action = clean(action, 40)
        self.subject = clean(subject, 120)
        self.detail = clean(detail, 800)
    }
}

extension AuditEntry {
    /// One that was written before, by the rules of its time: what was sealed stays as it is.
    package init(stored staff: String, _ action: String, _ subject: String, _ detail: String) {
        (self.staff, self.action, self.subject, self.detail) = (staff, action, subject, detail)
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
