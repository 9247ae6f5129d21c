/// What a person must look at.
package struct ReviewItem: Hashable, Sendable {
    package let subject, kind: String
    package let order: ID<Order>?
    package let detail: String
    package let openedAt: Timestamp

    package init(subject: String, kind: String, order: ID<Order>?, detail: String, openedAt: Timestamp) {
        self.subject = subject
        self.kind = kind
        self.order = order
        self.detail = detail
        self.openedAt = openedAt
    }
}
