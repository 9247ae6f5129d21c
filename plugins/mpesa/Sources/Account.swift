import FoundationEssentials
import PaymentKit

/// The merchant's settings, read and checked once.
struct Account: Sendable {
    enum Environment: String, CaseIterable, Sendable { case simulator, sandbox, production }

    let environment: Environment
    /// Scheme, host and port of Daraja.
    let base: URL
    /// `name` or `name:port` of ``base``.
    let host: String
    let consumerKey, consumerSecret: Secret
    /// The paybill, or a till's store or head-office number. It signs the request.
    let shortcode: String
    /// The Buy Goods till that gets the money; nil for a paybill.
    let till: String?
    let passkey: Secret
    let callbackSources: [String]
    /// Who asks for refunds, payouts, look-ups and balances; nil where the merchant has set up none.
    let apiOperator: APIOperator?
    /// The Safaricom number of the shortcode's papers; the pull interface wants it once.
    let nominatedNumber: PhoneNumber?
    let registration: Registration

    init(_ setup: Setup) throws(PaymentError) {
        let settings = setup.settings
        environment = settings[MPesa.environment.key].flatMap(Environment.init) ?? .simulator
        if setup.environment == .live, environment == .simulator {
            throw .misconfigured(
                "The environment (MPESA_ENVIRONMENT) is simulator; a live shop expects production.",
                setting: MPesa.environment.key)
        }
        (base, host) = try Self.address(
            environment, override: settings[MPesa.baseURL.key], live: setup.environment == .live)

        let practice = environment == .simulator ? Practice() : nil
        consumerKey = try Self.secret(settings, MPesa.consumerKey, practice?.consumerKey)
        consumerSecret = try Self.secret(settings, MPesa.consumerSecret, practice?.consumerSecret)
        passkey = try Self.secret(settings, MPesa.passkey, practice?.passkey)
        guard let shortcode = settings[MPesa.shortcode.key] ?? practice?.shortcode else {
            throw Self.missing(MPesa.shortcode)
        }
        self.shortcode = try Self.digits(shortcode, MPesa.shortcode)
        if let till = settings[MPesa.till.key] { self.till = try Self.digits(till, MPesa.till) } else { till = nil }
        callbackSources = try Self.sources(settings[MPesa.allowedAddresses.key], environment)
        apiOperator = APIOperator(settings, practice: environment == .simulator)
        nominatedNumber = settings.phone(MPesa.nominatedNumber.key) ?? practice?.nominatedNumber
        registration = settings[MPesa.c2bVersion.key].flatMap(Registration.init) ?? .v2
    }

    /// Which form of the registration for incoming payments is used. It decides how payers' numbers are hidden
    /// afterwards: hashed (`v1`) or masked (`v2`).
    enum Registration: String, CaseIterable, Sendable { case v1, v2 }

    /// Whether money credited to `number` is this merchant's: a till's messages name the till or its store number.
    func owns(_ number: String) -> Bool { number == shortcode || number == till }

    /// What the simulator accepts, so that a first run needs no settings. The number and its passkey are the published
    /// ones of the sandbox.
    private struct Practice {
        let consumerKey = "simulator-key"
        let consumerSecret = "simulator-secret"
        let shortcode = "174379"
        let passkey = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
        var nominatedNumber: PhoneNumber? {
            do { return try PhoneNumber("254708374149") } catch { return nil }
        }
    }

    // MARK: Reading

    private static func address(
        _ environment: Environment, override: String?, live: Bool
    ) throws(PaymentError) -> (base: URL, host: String) {
        if override != nil, live || environment == .production {
            throw .misconfigured(
                "The base address (MPESA_BASE_URL) is set; it is for tests and practice and must be empty in "
                    + "live and in production.",
                setting: MPesa.baseURL.key)
        }
        let usual =
            switch environment {
            case .simulator: "http://127.0.0.1:8081"
            case .sandbox: "https://sandbox.safaricom.co.ke"
            case .production: "https://api.safaricom.co.ke"
            }
        guard let base = URL(string: override ?? usual), let name = base.host(), !name.isEmpty,
            base.user() == nil, base.query() == nil
        else {
            throw .misconfigured(
                "The base address (MPESA_BASE_URL) is not an address; expected one such as http://127.0.0.1:8081.",
                setting: MPesa.baseURL.key)
        }
        let host = name.contains(":") && !name.hasPrefix("[") ? "[\(name)]" : name
        return (base, base.port.map { "\(host):\($0)" } ?? host)
    }

    private static func secret(
        _ settings: FieldValues, _ spec: FieldSpec, _ practice: String?
    ) throws(PaymentError) -> Secret {
        guard let secret = settings.secret(spec.key) ?? practice.map(Secret.init) else { throw missing(spec) }
        return secret
    }

    private static func missing(_ spec: FieldSpec) -> PaymentError {
        .misconfigured("\(spec.label) (\(spec.env ?? spec.key)) is missing. \(spec.help)", setting: spec.key)
    }

    private static func digits(_ text: String, _ spec: FieldSpec) throws(PaymentError) -> String {
        guard text.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else {
            throw .misconfigured("\(spec.label) (\(spec.env ?? spec.key)) should be 5 to 7 digits.", setting: spec.key)
        }
        return text
    }

    private static func sources(_ text: String?, _ environment: Environment) throws(PaymentError) -> [String] {
        guard let text else { return environment == .simulator ? ["127.0.0.1", "::1"] : published }
        let sources = text.split { $0 == "," || $0.isWhitespace }.map(String.init)
        let areAddresses = sources.allSatisfy { source in
            source.utf8.allSatisfy { "0123456789abcdefABCDEF.:/".utf8.contains($0) }
        }
        guard areAddresses, !sources.isEmpty else {
            throw .misconfigured(
                "The callback addresses (MPESA_ALLOWED_IPS) should be addresses or ranges separated by commas, "
                    + "such as 196.201.214.0/24.",
                setting: MPesa.allowedAddresses.key)
        }
        return sources
    }

    /// The twelve addresses of the portal, and two more that client projects have met.
    private static let published =
        ["200", "206", "207", "208"].map { "196.201.214.\($0)" }
        + ["44", "114"].map { "196.201.213.\($0)" }
        + ["127", "138", "129", "136", "74", "69", "128", "132"].map { "196.201.212.\($0)" }
}
