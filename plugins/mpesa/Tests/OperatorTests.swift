import FoundationEssentials
import MPesa
import PaymentKit
import PaymentKitTesting
import Testing

/// The operator in whose name money moves: what must be set, and what is sent.
@Suite struct OperatorTests {
    private static let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END ONE-----"

    private func credential(_ settings: [String: String]) async throws -> (name: String?, credential: String?) {
        let http = daraja(200, try fixture("balance-response"))
        _ = try await plugin(settings).balance(.scripted(http))
        let fields = http.sent.first { !$0.isForToken }?.fields
        return (fields?["Initiator"], fields?["SecurityCredential"])
    }

    @Test("The password is encrypted for the certificate's holder")
    func encrypted() async throws {
        let settings = ["initiator": "api-user", "initiator_password": "Pass#2026", "certificate": Self.pem]
        let (name, credential) = try await credential(productionSettings.merging(settings) { $1 })
        #expect(name == "api-user")
        let bytes = try #require(Data(base64Encoded: credential ?? ""))
        #expect(String(decoding: bytes, as: UTF8.self) == "for -----END ONE-----: Pass#2026")
    }

    @Test("A ready-made credential is sent as it is, and needs neither password nor certificate")
    func readyMade() async throws {
        let settings = ["initiator": "api-user", "security_credential": "QUJD", "initiator_password": "x"]
        #expect(try await credential(productionSettings.merging(settings) { $1 }).credential == "QUJD")
    }

    @Test("The simulator's operator needs no settings")
    func practice() async throws {
        let (name, credential) = try await credential([:])
        #expect(name == "simulator-operator")
        let bytes = try #require(Data(base64Encoded: credential ?? ""))
        #expect(String(decoding: bytes, as: UTF8.self) == "for -----END CERTIFICATE-----: Simulator#2026")
    }

    @Test(
        "What is missing is named, for each ability, before anything is sent",
        arguments: [
            ([:], "initiator"), (["initiator_password": "x"], "initiator"),
            (["initiator": "x"], "initiator_password"),
            (["initiator": "x", "initiator_password": "y"], "certificate"),
        ])
    func missing(settings: [String: String], key: String) async throws {
        let plugin = try plugin(productionSettings.merging(settings) { $1 })
        let http = daraja(200, "{}")
        let call = Call.scripted(http)
        let form = try FieldValues(["phone": Known.phone], checkedAgainst: MPesa.manifest.payoutForm)
        let errors = [
            await paymentError {
                try await plugin.refund(Known.amount, of: Receipt("UA51K7B2QX"), nil, reason: "", call)
            },
            await paymentError { try await plugin.send(Known.amount, to: form, reason: "", call) },
            await paymentError { try await plugin.balance(call) },
            await paymentError { try await plugin.lookUp("UA51K7B2QX", call) },
            await paymentError { try await plugin.status(of: Known.operation(.payout), call) },
        ]
        for error in errors {
            guard case .misconfigured(let why, key)? = error else {
                return #expect(Bool(false), "\(String(describing: error))")
            }
            #expect(why.hasPrefix("MPESA_\(key.uppercased()) is missing"))
        }
        #expect(http.sent.isEmpty)
    }

    private struct NoCrypto: CryptoProviding {
        func rsaEncrypt(_ message: Secret, certificate: String) throws(PaymentError) -> Data {
            throw .misconfigured("not a certificate")
        }
    }

    @Test("A certificate that does not serve is named")
    func badCertificate() async throws {
        let error = await paymentError {
            try await plugin().balance(.scripted(daraja(200, "{}"), crypto: NoCrypto()))
        }
        guard case .misconfigured(let why, "certificate")? = error else {
            return #expect(Bool(false), "\(String(describing: error))")
        }
        #expect(why.contains("MPESA_CERTIFICATE"))
    }

    @Test("Prompts work without an operator, and the connection test says what is off")
    func without() async throws {
        let plugin = try plugin(productionSettings)
        let http = daraja(200, try fixture("stk-push-response-success"))
        #expect(try await plugin.start(try request(), .scripted(http)).outcome.fact == .pending)
        let off = try await plugin.testConnection(.scripted(http))
        #expect(off.contains { $0.contains("MPESA_INITIATOR") && $0.contains("off") })
        let on = try await self.plugin().testConnection(.scripted(http))
        #expect(on.contains { $0.contains("simulator-operator") })
        let half = await paymentError {
            try await MPesa(try setup(productionSettings.merging(["initiator": "x"]) { $1 })).testConnection(
                .scripted(http))
        }
        guard case .misconfigured(_, "initiator_password")? = half else {
            return #expect(Bool(false), "\(String(describing: half))")
        }
    }

    private func plugin(_ settings: [String: String] = [:]) throws -> MPesa { try MPesa(try setup(settings)) }
}
