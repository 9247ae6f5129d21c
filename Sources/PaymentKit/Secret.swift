/// A value that does not print: a key, a password, an access token.
///
/// Every way of turning it into text gives `****` and at most its last four characters; only ``reveal()`` gives the
/// value. Shorter than twelve characters it shows nothing of itself.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String
    public init(_ value: String) { self.value = value }

    /// The value itself, for the one place that sends it to its owner.
    public func reveal() -> String { value }

    public var isEmpty: Bool { value.isEmpty }
    public var description: String { value.count < 12 ? "****" : "****" + value.suffix(4) }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
