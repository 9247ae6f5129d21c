/// Why something could not be determined. A decline is not an error: return it as a fact.
///
/// A plugin may throw anything. What is not a `PaymentError` counts as a bug, and the core treats it by one rule: if a
/// request that acts had left during this call, the outcome is unknown; otherwise nothing happened.
public enum PaymentError: Error, Sendable, Hashable {
    /// The customer can fix it: shown beside the field.
    case invalidInput(_ why: String, field: String? = nil)
    /// The merchant must fix it: the customer is told that nothing was taken, the owner what to change.
    case misconfigured(_ why: String, setting: String? = nil)
    /// Nothing left this machine. Safe to try again.
    case notSent(String)
    /// The provider refused before acting. Safe to try again after `retryAfter` seconds.
    case busy(_ why: String, retryAfter: Double? = nil)
    /// A question could not be answered now. Safe to ask again.
    case unavailable(String)
    /// A request that acts may have been carried out. Never repeat it: ask `status`, wait for the callback, reconcile,
    /// and at last show it to a person.
    case outcomeUnknown(String)
    case unsupported(String)
}
