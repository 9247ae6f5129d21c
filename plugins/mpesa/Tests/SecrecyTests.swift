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
        "shortcode": "600000",
    ]

    private func expectNoCanary(_ text: String, _ what: String) {
        let basic = Data("\(Self.key):\(Self.secret)".utf8).base64EncodedString()
        let password = Data("600000\(Self.passkey)20260105143015".utf8).base64EncodedString()
        let canaries = [
            Self.token, Self.key, Self.secret, Self.passkey, basic, password, Known.phone, "708374149", "0708374149",
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
            let plugin = try plugin(Self.settings)
            let errors = [
                await paymentError { try await plugin.start(try request(), .scripted(http, log: log)) },
                await paymentError { try await plugin.status(of: Known.past(), .scripted(http, log: log)) },
            ]
            expectNoCanary(log.notes.joined(separator: "\n"), "log")
            for error in errors { expectNoCanary(String(describing: error), "error for \(status) \(body)") }
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
