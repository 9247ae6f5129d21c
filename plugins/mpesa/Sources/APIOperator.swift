import FoundationEssentials
import PaymentKit

/// The operator in whose name M-PESA moves the merchant's money: a user of the merchant's organisation with access by
/// API. A prompt needs none.
struct APIOperator: Sendable {
    private let name: String?
    private let readyMade, password: Secret?
    private let certificate: String?

    /// - Returns: Nil where nothing about an operator is set.
    init?(_ settings: FieldValues, practice: Bool) {
        name = settings[MPesa.initiator.key] ?? (practice ? "simulator-operator" : nil)
        readyMade = settings.secret(MPesa.securityCredential.key)
        password =
            settings.secret(MPesa.initiatorPassword.key) ?? (practice ? Secret("Simulator#2026") : nil)
        certificate = settings[MPesa.certificate.key] ?? (practice ? PracticeCertificate.pem : nil)
        if name == nil, readyMade == nil, password == nil, certificate == nil { return nil }
    }

    /// What proves to M-PESA that the operator asks.
    struct Signature: Sendable {
        let name: String
        /// Safaricom's name for the encrypted password. It goes into the request and nowhere else.
        let credential: Secret
    }

    /// - Throws: ``PaymentError/misconfigured(_:setting:)`` that names the variable which is missing.
    func signature(_ crypto: any CryptoProviding) async throws(PaymentError) -> Signature {
        guard let name else { throw Self.missing(MPesa.initiator) }
        if let readyMade { return Signature(name: name, credential: readyMade) }
        guard let password else { throw Self.missing(MPesa.initiatorPassword) }
        guard let certificate else { throw Self.missing(MPesa.certificate) }
        let encrypted: Data
        do { encrypted = try await crypto.rsaEncrypt(password, certificate: certificate) } catch {
            guard case .misconfigured(let why, _) = error else { throw error }
            throw .misconfigured(
                "Safaricom's certificate (MPESA_CERTIFICATE) does not serve: \(why)", setting: MPesa.certificate.key)
        }
        return Signature(name: name, credential: Secret(encrypted.base64EncodedString()))
    }

    static func missing(_ spec: FieldSpec) -> PaymentError {
        .misconfigured(
            "\(spec.env ?? spec.key) is missing; refunds, payouts, look-ups by receipt and balances need it. "
                + spec.help, setting: spec.key)
    }
}

extension MPesa {
    func operatorSignature(_ call: Call) async throws(PaymentError) -> APIOperator.Signature {
        guard let apiOperator = account.apiOperator else { throw APIOperator.missing(Self.initiator) }
        return try await apiOperator.signature(call.crypto)
    }
}
