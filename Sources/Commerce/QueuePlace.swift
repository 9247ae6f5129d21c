/// Where a prompt stands that waits for its provider's rate.
package struct QueuePlace: Hashable, Sendable {
    /// 1 for the one that is sent next.
    package let number: Int
    /// Until it is its turn, rounded up.
    package let seconds: Int
    /// Whether that is later than a prompt may be sent (I15): it will not be, and the customer may try again then.
    package let isTooLate: Bool
    /// The latest moment at which it may be sent.
    package let until: Timestamp

    /// - Parameters:
    ///   - before: How many wait for the same provider and were there earlier.
    ///   - perSecond: The provider's rate; nil when it has none, and then nobody waits for it.
    ///   - until: The latest moment at which the prompt may be sent.
    /// - Returns: Nil when it is sent at once.
    package init?(
        before: Int, perSecond: Double?, queuedUntil: Timestamp?, until: Timestamp, at now: Timestamp
    ) {
        let byRate = perSecond.map { Int((Double(before) / $0).rounded(.up)) } ?? 0
        let byProvider = queuedUntil.map { max(0, $0.seconds(since: now)) } ?? 0
        let seconds = max(byRate, byProvider)
        // A second or two is no line that anybody should read about.
        guard queuedUntil != nil || seconds > 2 else { return nil }
        number = before + 1
        self.seconds = max(seconds, 1)
        isTooLate = now.adding(seconds: seconds) > until
        self.until = until
    }
}
