/// A way to pay without any request of the shop's: through a bank, or in cash when the goods change hands. Such a
/// plugin also gives ``Manifest/offline``, and the core never begins a payment with it.
public protocol OfflinePaying: PaymentProvider {
    /// How to pay `amount`; `account` is the order's number, which the payer gives as the reference. Pure.
    func instructions(for amount: Money, account: String) async throws -> Instructions
}

extension OfflinePaying {
    /// - Throws: ``PaymentError/unsupported(_:)`` always: the core never calls it.
    public func start(_ request: StartRequest, _ call: Call) async throws -> Started {
        throw PaymentError.unsupported("Nothing is begun here: the customer pays without a request of the shop's.")
    }
}

/// What the shop has to know about a way to pay without requests.
public struct OfflineTerms: Sendable, Hashable {
    /// The way's name on the shop's pages, by language code; the manifest's where a language is missing.
    public var names: [String: String]
    /// Seconds for which goods are kept for money that has not come.
    public var holdFor: Double
    /// Whether staff take the money when they hand the goods over; else it is found in the owner's statements.
    public var isAtHandOver: Bool
    public init(names: [String: String] = [:], holdFor: Double, isAtHandOver: Bool) {
        self.names = names
        self.holdFor = holdFor
        self.isAtHandOver = isAtHandOver
    }
}

extension Manifest {
    /// What the way to pay is called on a page in a language, by its two-letter code.
    public func name(in language: String) -> String { offline?.names[language] ?? name }
}
