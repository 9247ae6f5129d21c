import FoundationEssentials
import MPesa
import PaymentKit
import PaymentKitTesting
import Testing

/// Telling Safaricom where payments are reported, and that it should keep a list of them.
@Suite struct RegistrationTests {
    private static let settings = ["shortcode": "600984"]

    @Test(
        "Both addresses are registered under the version that the owner chose",
        arguments: [([:], "v2"), (["c2b_version": "v1"], "v1")])
    func register(settings: [String: String], version: String) async throws {
        let http = daraja(200, try fixture("c2b-register-response-\(version)"))
        let lines = try await plugin(Self.settings.merging(settings) { $1 }).registerIncoming(.scripted(http))
        let request = try #require(http.sent.first { !$0.isForToken })
        #expect(request.url.path() == "/mpesa/c2b/\(version)/registerurl")
        #expect(request.effect == .asks)
        #expect(
            request.fields == [
                "ShortCode": "600984", "ResponseType": "Completed",
                "ConfirmationURL": "https://shop.example/in/k7m29qxd-1/incoming",
                "ValidationURL": "https://shop.example/in/k7m29qxd-1/incoming-check",
            ])
        #expect(Set(request.fields.keys) == Set(try fixtureFields("c2b-register-request").keys))
        #expect(lines.count == 1)
    }

    @Test("Addresses that are registered already are told about, and are no error")
    func already() async throws {
        let answer = daraja(500, try fixture("c2b-register-error-already-registered-500"))
        let lines = try await plugin(Self.settings).registerIncoming(.scripted(answer))
        #expect(lines.first?.contains("already has addresses for 600984") == true)
    }

    @Test(
        "A registration that failed says why",
        arguments: [
            (500, "c2b-register-error-broker-duplicate-500", "settings"), (500, "error-internal-500", "later"),
            (400, "error-invalid-request-payload-400", "settings"), (500, "error-quota-500", "busy"),
            (200, "error-tolerant-empty-object", "later"),
        ])
    func failed(status: Int, name: String, kind: String) async throws {
        let error = await paymentError {
            try await plugin(Self.settings).registerIncoming(.scripted(daraja(status, try fixture(name))))
        }
        switch error {
        case .misconfigured?: #expect(kind == "settings")
        case .unavailable?: #expect(kind == "later")
        case .busy?: #expect(kind == "busy")
        default: Issue.record("\(String(describing: error))")
        }
    }

    @Test("An address that Safaricom would refuse is not sent: in production it may be registered once")
    func badAddress() async throws {
        for address in ["http://shop.example/in", "https://mpesa-shop.example/in", "https://shop.example/Executive"] {
            let http = daraja(200, "{}")
            let call = Call(
                ticket: Known.ticket, http: http, tokens: MemoryTokens(), crypto: ReadableCrypto(),
                log: RememberingLog(), now: Known.now
            ) { URL(string: "\(address)/\($0)") ?? URL(filePath: "/") }
            let error = await paymentError { try await plugin(productionSettings).registerIncoming(call) }
            guard case .misconfigured? = error else { return #expect(Bool(false), "\(String(describing: error))") }
            #expect(http.sent.isEmpty)
        }
    }

    @Test("No route of the plugin has a word that Safaricom refuses")
    func routes() {
        for route in MPesa.manifest.routes {
            for word in ["mpesa", "m-pesa", "safaricom", "exe", "exec", "cmd", "sql", "query"] {
                #expect(!route.name.contains(word), "\(route.name)")
            }
            #expect(route.name.allSatisfy { $0.isLowercase || $0 == "-" })
        }
        #expect(MPesa.manifest.routes.filter(\.isStanding).map(\.name) == ["incoming", "incoming-check"])
        #expect(MPesa.manifest.routes.map(\.name).count == 6)
    }

    @Test("The list of payments is registered with the nominated number")
    func pull() async throws {
        for name in ["pull-register-response", "pull-register-response-spaced-keys", "pull-register-already-1001"] {
            let http = daraja(200, try fixture(name))
            let settings = ["shortcode": "600000", "nominated_number": "0708 374 149"]
            let lines = try await plugin(settings).registerStatement(.scripted(http))
            let request = try #require(http.sent.first { !$0.isForToken })
            #expect(request.url.path() == "/pulltransactions/v1/register")
            var expected = try fixtureFields("pull-register-request")
            expected["CallBackURL"] = "https://shop.example/in/k7m29qxd-1/incoming"
            #expect(request.fields == expected)
            #expect(lines.first?.contains(name.contains("already") ? "already lists" : "will list") == true)
        }
    }

    @Test("Without the nominated number nothing is registered, and the variable is named")
    func noNumber() async throws {
        let http = daraja(200, "{}")
        let error = await paymentError { try await plugin(productionSettings).registerStatement(.scripted(http)) }
        guard case .misconfigured(let why, "nominated_number")? = error else {
            return #expect(Bool(false), "\(String(describing: error))")
        }
        #expect(why.contains("MPESA_NOMINATED_NUMBER"))
        #expect(http.sent.isEmpty)
        let refused = await paymentError {
            try await plugin(["nominated_number": Known.phone]).registerStatement(.scripted(daraja(200, "{}")))
        }
        guard case .unavailable? = refused else { return #expect(Bool(false), "\(String(describing: refused))") }
    }
}
