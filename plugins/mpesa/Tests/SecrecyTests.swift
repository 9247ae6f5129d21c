import FoundationEssentials
import MPesa
import PaymentKit
import PaymentKitTesting
import Testing

/// Canaries: values that may stand in a request to Safaricom and nowhere else.
@Suite struct SecrecyTests {
    private static let token = "Qm4xT8vLzR2cWkY7pJd0HsNb5uGe"
    private static let key = "canary-key-8f3a1c5e"
    private static let secret = "canary-secret-77b0d2"
    private static let passkey = "canarypasskey0123456789abcdefcanary"
    private static let settings = [
        "environment": "sandbox", "consumer_key": key, "consumer_secret": secret, "passkey": passkey,
        "shortcode": "600000", "initiator": "api-user", "initiator_password": password,
        "certificate": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
    ]
    private static let password = "canary-operator-5d1e"
    private static let credential = Data("for -----END CERTIFICATE-----: \(password)".utf8).base64EncodedString()

    private func expectNoCanary(_ text: String, _ what: String) {
        let basic = Data("\(Self.key):\(Self.secret)".utf8).base64EncodedString()
        let password = Data("600000\(Self.passkey)20260105143015".utf8).base64EncodedString()
        let canaries = [
            Self.token, Self.key, Self.secret, Self.passkey, basic, password, Self.password, Self.credential,
            Known.phone, "708374149", "0708374149",
        ]
        for canary in canaries { #expect(!text.contains(canary), "\(what): \(text)") }
    }

    @Test("No secret, token or phone number reaches the log or an error, whatever Daraja answers")
    func answers() async throws {
        let token = Self.token
        var answers: [(Int, String)] = [(200, ""), (403, "<html>\(token)</html>")]
        for name in try fixtureNames("error-") + fixtureNames("stk-push-") + fixtureNames("stk-query-") {
            for status in [200, 400, 401, 404, 500, 503] { answers.append((status, try fixture(name))) }
        }
        for words in ["Token \(token) for 254708374149 refused", "phone 0708 374 149 of \(Self.key)"] {
            for code in ["500.001.1001", "500.003.1001", "400.002.02", "400.003.02", "401.002.01", token, Known.phone] {
                answers.append((500, #"{"errorCode":"\#(code)","errorMessage":"\#(words)"}"#))
            }
        }
        for (status, body) in answers {
            let http = ScriptedHTTP { request in
                request.isForToken
                    ? .answer(status: 200, body: #"{"access_token":"\#(token)","expires_in":"3599"}"#)
                    : .answer(status: status, body: body)
            }
            let log = RememberingLog()
            let errors = try await errors(.scripted(http, log: log))
            expectNoCanary(log.notes.joined(separator: "\n"), "log")
            for error in errors { expectNoCanary(String(describing: error), "error for \(status) \(body)") }
        }
    }

    /// What each ability throws.
    private func errors(_ call: Call) async throws -> [PaymentError?] {
        let plugin = try plugin(Self.settings.merging(["nominated_number": Known.phone]) { $1 })
        let phone = try FieldValues(["phone": Known.phone], checkedAgainst: MPesa.manifest.payoutForm)
        return [
            await paymentError { try await plugin.start(try request(), call) },
            await paymentError { try await plugin.status(of: Known.past(), call) },
            await paymentError { try await plugin.status(of: Known.operation(.payout), call) },
            await paymentError {
                try await plugin.refund(Known.amount, of: Receipt("UA51K7B2QX"), nil, reason: Known.phone, call)
            },
            await paymentError { try await plugin.send(Known.amount, to: phone, reason: "", call) },
            await paymentError { try await plugin.lookUp("UA51K7B2QX", call) },
            await paymentError { try await plugin.balance(call) },
            await paymentError { try await plugin.registerIncoming(call) },
            await paymentError { try await plugin.registerStatement(call) },
            await paymentError {
                try await plugin.statement(from: Known.now - 60, to: Known.now, page: nil, call)
            },
            await paymentError { try await plugin.code(for: Known.amount, account: "K7M29QXD", call) },
        ]
    }

    @Test("No name or number of a person is left in what a result or a confirmation says beside the payer")
    func results() throws {
        let plugin = try plugin(["shortcode": "600984"])
        for name in try fixtureNames("b2c-result") + fixtureNames("reversal-result") + fixtureNames("transaction-") {
            for kind in [Past.Kind.refund, .payout] {
                for route in ["result", "status-result"] {
                    let events = plugin.events(
                        in: inbound(try fixture(name), about: Known.operation(kind), route: route))
                    for event in events {
                        let text = String(describing: event)
                        #expect(!text.contains("JANE") && !text.contains(Known.phone), "\(text)")
                    }
                }
            }
        }
        let body = try fixture("c2b-confirmation-legacy-plain")
        for changed in [body.replacing("600984", with: "600985"), body.replacing("10.00", with: "x")] {
            let text = String(describing: plugin.events(in: inbound(changed, route: "incoming")))
            #expect(text.contains("needsReview") && !text.contains("JANE") && !text.contains(Known.phone), "\(text)")
        }
    }

    @Test("The provider's words lose tokens, ids and numbers before they become a decline's detail")
    func details() async throws {
        let words = "Request ws_CO_05012026143016482708374149 for 0708 374 149 with \(Self.token) failed"
        let body = """
            {"Body":{"stkCallback":{"CheckoutRequestID":"ws_CO_1","ResultCode":1032,"ResultDesc":"\(words)"}}}
            """
        let fact = try #require(try plugin().events(in: inbound(body)).first?.outcome.fact)
        let detail = try #require(fact.decline?.detail)
        #expect(detail == "Request … for **** *** *** with … failed")
        let short = try plugin().events(
            in: inbound(body.replacing(words, with: "a\\u0007b\\nc \(String(repeating: "word ", count: 99))")))
        #expect(short.first?.outcome.fact.decline?.detail.count == 160)
        #expect(short.first?.outcome.fact.decline?.detail.hasPrefix("a b c word") == true)
    }

    @Test("Settings, connection test and the plugin itself print their secrets masked")
    func masked() async throws {
        let values = try FieldValues(Self.settings, checkedAgainst: MPesa.manifest.settings)
        expectNoCanary(String(describing: values.masked), "masked settings")
        let plugin = try plugin(Self.settings)
        expectNoCanary(String(describing: plugin), "plugin")
        expectNoCanary(String(reflecting: plugin), "plugin")
        let lines = try await plugin.testConnection(.scripted(daraja(200, "{}")))
        expectNoCanary(lines.joined(separator: "\n"), "connection test")
    }

    @Test("A setting that is refused is not repeated in the message")
    func refusedSettings() throws {
        for settings in [["base_url": "http://\(Self.key):x@host"], ["allowed_ips": Self.key], ["till": "1234a"]] {
            do {
                _ = try plugin(settings)
                Issue.record("taken: \(settings.keys)")
            } catch {
                for value in settings.values { #expect(!String(describing: error).contains(value)) }
            }
        }
    }

    @Test("The prompt's secrets are sent to Safaricom and to nobody else")
    func sent() async throws {
        let http = daraja(200, try fixture("stk-push-response-success"))
        _ = try await plugin(Self.settings).start(try request(), .scripted(http))
        #expect(http.sent.allSatisfy { $0.url.host() == "sandbox.safaricom.co.ke" })
        for request in http.sent { expectNoCanary(request.url.absoluteString, "address") }
    }
}
