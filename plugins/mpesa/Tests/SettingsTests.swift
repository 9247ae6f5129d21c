import FoundationEssentials
import MPesa
import PaymentKit
import PaymentKitTesting
import Testing

@Suite struct SettingsTests {
    private func problem(
        _ settings: [String: String], _ environment: Setup.Environment = .practice
    ) throws -> (why: String, setting: String?)? {
        do { _ = try MPesa(try setup(settings, environment)) } catch PaymentError.misconfigured(let why, let setting) {
            return (why, setting)
        }
        return nil
    }

    @Test("Nothing need be set for the simulator")
    func simulator() throws {
        let plugin = try plugin()
        #expect(plugin.hosts == ["127.0.0.1:8081"])
        #expect(plugin.callbackSources == ["127.0.0.1", "::1"])
    }

    @Test(
        "The plugin talks to the host of its environment and to no other",
        arguments: [
            (["environment": "sandbox"], "sandbox.safaricom.co.ke"),
            (["environment": "production"], "api.safaricom.co.ke"),
            (["environment": "simulator", "base_url": "http://localhost:9000/"], "localhost:9000"),
            (["environment": "sandbox", "base_url": "https://daraja.test"], "daraja.test"),
            (["environment": "simulator", "base_url": "http://[::1]:8081"], "[::1]:8081"),
        ])
    func hosts(settings: [String: String], host: String) async throws {
        let all = productionSettings.merging(settings) { _, new in new }
        let plugin = try MPesa(try setup(all))
        #expect(plugin.hosts == [host])

        let http = daraja(200, try fixture("stk-push-response-success"))
        _ = try await plugin.start(try request(), .scripted(http))
        for sent in http.sent {
            let name = sent.url.host() ?? ""
            let bracketed = name.contains(":") && !name.hasPrefix("[") ? "[\(name)]" : name
            #expect(sent.url.port.map { "\(bracketed):\($0)" } ?? bracketed == host)
            #expect(!sent.url.path().hasPrefix("//"))
        }
    }

    @Test("A live shop takes the production environment as it is")
    func live() throws {
        #expect(try problem(productionSettings, .live) == nil)
    }

    @Test("The simulator is refused in a live shop")
    func liveSimulator() throws {
        let settings = productionSettings.merging(["environment": "simulator"]) { _, new in new }
        #expect(try problem(settings, .live)?.setting == "environment")
    }

    @Test(
        "Another base address is refused in a live shop and in production",
        arguments: [("production", Setup.Environment.practice), ("production", .live), ("sandbox", .live)])
    func liveBaseURL(environment: String, mode: Setup.Environment) throws {
        let settings = productionSettings.merging(["environment": environment, "base_url": "http://127.0.0.1:1"]) { $1 }
        let problem = try #require(try problem(settings, mode))
        #expect(problem.setting == "base_url")
        #expect(problem.why.contains("MPESA_BASE_URL"))
    }

    @Test(
        "Outside the simulator every credential must be given, and the message names the variable",
        arguments: ["consumer_key", "consumer_secret", "shortcode", "passkey"])
    func missing(key: String) throws {
        for environment in ["sandbox", "production"] {
            let settings = productionSettings.merging(["environment": environment, key: ""]) { _, new in new }
            let problem = try #require(try problem(settings))
            #expect(problem.setting == key)
            #expect(problem.why.contains("(MPESA_\(key.uppercased())) is missing"))
        }
    }

    @Test(
        "A setting that cannot be right is named",
        arguments: [
            ("shortcode", "17437a"), ("shortcode", "١٧٤٣٧٩"), ("till", "50-123"), ("base_url", "http://"),
            ("base_url", "http://user:word@host:1"), ("allowed_ips", "everybody"), ("allowed_ips", ","),
        ])
    func wrong(key: String, value: String) throws {
        #expect(try problem([key: value])?.setting == key)
    }

    @Test("Numbers of four and eight digits and unknown environments do not pass the form")
    func form() {
        for settings in [
            ["shortcode": "1234"], ["shortcode": "12345678"], ["environment": "live"], ["base_url": "ftp://x"],
        ] {
            #expect(throws: FieldValues.Problems.self) { _ = try setup(settings) }
        }
    }

    @Test("Every setting has the variable that the operator's manual names")
    func variables() {
        #expect(
            MPesa.manifest.settings.compactMap(\.env).sorted() == [
                "MPESA_ALLOWED_IPS", "MPESA_BASE_URL", "MPESA_C2B_VERSION", "MPESA_CERTIFICATE",
                "MPESA_CONSUMER_KEY", "MPESA_CONSUMER_SECRET", "MPESA_ENVIRONMENT", "MPESA_INITIATOR",
                "MPESA_INITIATOR_PASSWORD", "MPESA_NOMINATED_NUMBER", "MPESA_PASSKEY", "MPESA_SECURITY_CREDENTIAL",
                "MPESA_SHORTCODE", "MPESA_TILL",
            ])
        for spec in MPesa.manifest.settings { #expect(spec.env == "MPESA_\(spec.key.uppercased())") }
    }

    @Test("Results are taken from Safaricom's fourteen addresses, or from those that the owner lists")
    func sources() throws {
        let published = try MPesa(try setup(productionSettings)).callbackSources
        #expect(published.count == 14)
        #expect(Set(published).count == 14)
        #expect(published.contains("196.201.212.69"))
        let own = try plugin(["allowed_ips": " 196.201.214.0/24, 10.0.0.1,::1 "]).callbackSources
        #expect(own == ["196.201.214.0/24", "10.0.0.1", "::1"])
    }

    @Test("The plugin can do everything that the interface knows")
    func abilities() throws {
        let abilities = Abilities(of: try plugin())
        #expect(abilities.status != nil)
        #expect(abilities.webhooks != nil)
        #expect(abilities.connection != nil)
        #expect(abilities.refunds != nil)
        #expect(abilities.payouts != nil)
        #expect(abilities.lookups != nil)
        #expect(abilities.incoming != nil)
        #expect(abilities.reconciling != nil)
        #expect(abilities.statementFiles != nil)
        #expect(abilities.balances != nil)
        #expect(abilities.codes != nil)
        #expect(abilities.manifest.id == "ke.safaricom.mpesa")
        #expect(abilities.manifest.requestsPerSecond == 2)
        #expect(abilities.manifest.wholeUnitsOnly)
    }

    @Test("The connection test says which number gets the money, without making a phone ring")
    func connection() async throws {
        let http = daraja(500, "{}")
        let paybill = try await plugin().testConnection(.scripted(http)).joined(separator: "\n")
        #expect(paybill.contains("paybill 174379"))
        #expect(paybill.contains("no real money"))
        #expect(http.sent.map(\.isForToken) == [true])

        let settings = productionSettings.merging(["till": "500123"]) { _, new in new }
        let till = try await plugin(settings).testConnection(.scripted(http)).joined(separator: "\n")
        #expect(till.contains("till 500123"))
        #expect(till.contains("store number 600000"))
        #expect(till.contains("real money moves"))
    }

    @Test("A refused connection test names the consumer key")
    func refusedConnection() async throws {
        let http = ScriptedHTTP { _ in .answer(status: 400, body: "") }
        let error = await paymentError { try await plugin().testConnection(.scripted(http)) }
        guard case .misconfigured(_, setting: "consumer_key")? = error else {
            return #expect(Bool(false), "\(String(describing: error))")
        }
    }
}
