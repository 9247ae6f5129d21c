/// What became of a provider's message. The raw value is how the inbox stores it.
package enum MessageVerdict: String, CaseIterable, Sendable {
    /// It waits to be translated.
    case new
    /// What it says is recorded.
    case done
    /// Nothing could be made of it; the provider was asked instead.
    case kept
    /// It waits for a person.
    case parked
}
