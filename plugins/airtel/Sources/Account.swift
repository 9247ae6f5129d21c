import FoundationEssentials
import PaymentKit

/// The merchant's settings, read and checked once.
struct Account: Sendable {
    enum Environment: String, CaseIterable, Sendable { case simulator, sandbox, production }

    /// Airtel has a portal of its own for Kenya beside the one for all of Africa; an application lives on one of them.
    ///
    /// The hosts: clients for Kenya in public repositories use `airtelkenya.com`; the portal's own pages for Africa
    /// name `airtel.africa`, and other countries were told to leave it.
    enum Platform: String, CaseIterable, Sendable {
        case kenya, africa

        func host(isProduction: Bool) -> String {
            let name = isProduction ? "openapi" : "openapiuat"
            return switch self {
            case .kenya: "\(name).airtelkenya.com"
            case .africa: "\(name).airtel.africa"
            }
        }
    }

    let environment: Environment
    /// Scheme, host and port of the interface.
    let base: URL
    /// `name` or `name:port` of ``base``.
    let host: String
    let clientID, clientSecret: Secret
    let callbackSources: [String]

    init(_ setup: Setup) throws(PaymentError) {
        let settings = setup.settings
        environment = settings[Airtel.environment.key].flatMap(Environment.init) ?? .simulator
        if setup.environment == .live, environment == .simulator {
            throw .misconfigured(
                "The environment (DUKA_AIRTEL_ENVIRONMENT) is simulator; a live shop expects production.",
                setting: Airtel.environment.key)
        }
        let platform = settings[Airtel.platform.key].flatMap(Platform.init) ?? .kenya
        (base, host) = try Self.address(
            environment, platform, override: settings[Airtel.baseURL.key], live: setup.environment == .live)
        let isPractice = environment == .simulator
        clientID = try Self.secret(settings, Airtel.clientID, isPractice ? "simulator-client" : nil)
        clientSecret = try Self.secret(settings, Airtel.clientSecret, isPractice ? "simulator-secret" : nil)
        callbackSources = try Self.sources(settings[Airtel.allowedAddresses.key], environment)
    }

    // MARK: Reading

    private static func address(
        _ environment: Environment, _ platform: Platform, override: String?, live: Bool
    ) throws(PaymentError) -> (base: URL, host: String) {
        if override != nil, live || environment == .production {
            throw .misconfigured(
                "The base address (DUKA_AIRTEL_BASE_URL) is set; it is for tests and practice and must be empty in "
                    + "live and in production.",
                setting: Airtel.baseURL.key)
        }
        let usual =
            switch environment {
            case .simulator: "http://127.0.0.1:8082"
            case .sandbox, .production: "https://" + platform.host(isProduction: environment == .production)
            }
        guard let base = URL(string: override ?? usual), let name = base.host(), !name.isEmpty,
            base.user() == nil, base.query() == nil
        else {
            throw .misconfigured(
                "The base address (DUKA_AIRTEL_BASE_URL) is not an address; expected one such as "
                    + "http://127.0.0.1:8082.", setting: Airtel.baseURL.key)
        }
        let host = name.contains(":") && !name.hasPrefix("[") ? "[\(name)]" : name
        return (base, base.port.map { "\(host):\($0)" } ?? host)
    }

    private static func secret(
        _ settings: FieldValues, _ spec: FieldSpec, _ practice: String?
    ) throws(PaymentError) -> Secret {
        if let secret = settings.secret(spec.key) ?? practice.map(Secret.init) { return secret }
        throw .misconfigured("\(spec.label) (\(spec.env ?? spec.key)) is missing. \(spec.help)", setting: spec.key)
    }

    private static func sources(_ text: String?, _ environment: Environment) throws(PaymentError) -> [String] {
        guard let text else { return environment == .simulator ? ["127.0.0.1", "::1"] : [] }
        let sources = text.split { $0 == "," || $0.isWhitespace }.map(String.init)
        let areAddresses = sources.allSatisfy { source in
            source.utf8.allSatisfy { "0123456789abcdefABCDEF.:/".utf8.contains($0) }
        }
        guard areAddresses, !sources.isEmpty else {
            throw .misconfigured(
                "The callback addresses (DUKA_AIRTEL_ALLOWED_IPS) should be addresses or ranges separated by commas, "
                    + "such as 192.0.2.0/24.",
                setting: Airtel.allowedAddresses.key)
        }
        return sources
    }
}
