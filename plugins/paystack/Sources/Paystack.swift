import FoundationEssentials
import PaymentKit

/// Paystack's own page: the customer pays there by card, by mobile money or by bank, and comes back.
///
/// It translates between the shop and Paystack's interface and keeps no state.
public struct Paystack: PaymentPlugin {
    let key: Secret
    /// Scheme, host and port of the interface.
    let base: URL
    /// Whether the interface is played on this machine.
    private let isSimulated: Bool

    public init(_ setup: Setup) throws {
        key = setup.settings.secret(Self.secretKey.key) ?? Secret("")
        let isLive = setup.environment == .live
        try Self.check(key, isLive: isLive)
        let given = setup.settings[Self.baseURL.key]
        guard !isLive || given == nil else {
            throw PaymentError.misconfigured(
                "The base address (PAYSTACK_BASE_URL) is set; it is for practice and must be empty in live.",
                setting: Self.baseURL.key)
        }
        guard let url = URL(string: given ?? "https://\(Self.apiHost)"), let host = url.host(),
            given == nil || ["127.0.0.1", "localhost"].contains(host)
        else {
            throw PaymentError.misconfigured(
                "The base address (PAYSTACK_BASE_URL) should be one of this machine, such as http://127.0.0.1:8082.",
                setting: Self.baseURL.key)
        }
        base = url
        isSimulated = given != nil
    }

    /// A test key moves no money and a live key moves it, whatever the shop believes; the key's beginning tells which.
    ///
    /// Source: Paystack API reference, "Authentication".
    private static func check(_ key: Secret, isLive: Bool) throws {
        let isTest = key.reveal().hasPrefix("sk_test_")
        guard isTest || key.reveal().hasPrefix("sk_live_") else {
            throw PaymentError.misconfigured(
                "The secret key (PAYSTACK_SECRET_KEY) should begin with sk_live_ or sk_test_.", setting: secretKey.key)
        }
        guard isTest != isLive else {
            throw PaymentError.misconfigured(
                isLive
                    ? "The secret key (PAYSTACK_SECRET_KEY) is a test key; a live shop expects one with sk_live_."
                    : "The secret key (PAYSTACK_SECRET_KEY) is a live key, and practice moves no real money: use one "
                        + "with sk_test_.", setting: secretKey.key)
        }
    }

    public var hosts: [String] { isSimulated ? [place] : Self.manifest.hosts }
    public var pageHosts: [String] { isSimulated ? [place] : Self.manifest.page?.hosts ?? [] }

    private var place: String {
        [base.host(), base.port.map(String.init)].compactMap { $0 }.joined(separator: ":")
    }

    var headers: [String: String] { ["Authorization": "Bearer \(key.reveal())"] }
    func address(_ path: String) -> URL { base.appending(path: path) }
}
