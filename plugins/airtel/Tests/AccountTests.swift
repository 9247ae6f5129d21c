import Airtel
import FoundationEssentials
import PaymentKit
import PaymentKitTesting
import Testing

/// The settings: what they give, and what is wrong with them.
@Suite struct AccountTests {
    private static let live = [
        "environment": "production", "client_id": "live-client-0123456789", "client_secret": "live-secret-0123456789",
    ]

    @Test(
        "The portal and the environment choose the host",
        arguments: [
            ("kenya", "production", "openapi.airtelkenya.com"), ("kenya", "sandbox", "openapiuat.airtelkenya.com"),
            ("africa", "production", "openapi.airtel.africa"), ("africa", "sandbox", "openapiuat.airtel.africa"),
        ])
    func hosts(_ platform: String, _ environment: String, _ host: String) throws {
        var settings = Self.live
        settings["platform"] = platform
        settings["environment"] = environment
        #expect(try plugin(settings).hosts == [host])
        #expect(Airtel.manifest.hosts.contains(host))
    }

    @Test("The simulator needs no settings, and no real shop may use it")
    func simulator() throws {
        #expect(try plugin().hosts == ["127.0.0.1:8082"])
        #expect(throws: FieldValues.Problems.self) { try plugin([:], .live) }
        var practice = Self.live
        practice["environment"] = "simulator"
        #expect(throws: PaymentError.self) { try plugin(practice, .live) }
        #expect(throws: PaymentError.self) { try plugin(["environment": "sandbox"]) }
    }

    @Test("Another address is for tests and practice only")
    func override() throws {
        #expect(try plugin(["base_url": "http://127.0.0.1:9"]).hosts == ["127.0.0.1:9"])
        #expect(throws: PaymentError.self) { try plugin(Self.live.merging(["base_url": "http://127.0.0.1:9"]) { $1 }) }
    }

    @Test("Nothing vouches for messages unless the owner names addresses")
    func sources() throws {
        #expect(try plugin(Self.live, .live).callbackSources.isEmpty)
        let named = try plugin(Self.live.merging(["allowed_ips": "192.0.2.1, 192.0.2.0/24"]) { $1 }, .live)
        #expect(named.callbackSources == ["192.0.2.1", "192.0.2.0/24"])
        #expect(throws: PaymentError.self) { try plugin(["allowed_ips": "airtel.example"]) }
    }

    @Test("The connection test asks for a token, shows no secret and sends nothing else")
    func connection() async throws {
        let http = airtel(200, "{}")
        let lines = try await plugin(Self.live, .live).testConnection(.scripted(http))
        #expect(http.sent.count == 1 && http.sent[0].effect == .asks)
        #expect(lines.joined().contains("****6789") && !lines.joined().contains("live-client"))
    }

    @Test(
        "Amounts outside Airtel's limits leave nothing",
        arguments: [Money(minor: 0, .kes), Money(minor: 150, .kes), Money(whole: 250_001, .kes), Money(whole: 5, .usd)])
    func amounts(_ amount: Money) async throws {
        let http = airtel(200, "{}")
        let error = await paymentError { try await plugin().start(try request(amount), .scripted(http)) }
        guard case .invalidInput? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(http.sent.isEmpty)
    }
}
