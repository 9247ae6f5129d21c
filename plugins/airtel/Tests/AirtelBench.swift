import Airtel
import FoundationEssentials
import PaymentKit
import PaymentKitTesting

/// The ids and the amount that most of these tests speak of.
enum Known {
    static let ticket = "K7M29QXD-1"
    static let receipt = "CI1767612.0001"
    static let amount = Money(whole: 1_250, .kes)
    static let now = Date(timeIntervalSince1970: 1_767_612_615)

    static func past(_ kind: Past.Kind = .attempt, unknown: Bool = false) -> Past {
        Past(kind: kind, ticket: Ticket(ticket), amount: amount, startedAt: now, outcomeUnknown: unknown)
    }
}

func plugin(_ settings: [String: String] = [:], _ environment: Setup.Environment = .practice) throws -> Airtel {
    let values = try FieldValues(settings, checkedAgainst: Airtel.manifest.settings, live: environment == .live)
    return try Airtel(Setup(environment: environment, settings: values, shopName: "Mama Njeri"))
}

func request(_ amount: Money = Known.amount, phone: String = "0733 123 456") throws -> StartRequest {
    let form = try FieldValues(["phone": phone], checkedAgainst: Airtel.manifest.form)
    return StartRequest(amount: amount, form: form, orderNumber: "K7M29QXD")
}

/// Airtel for one test: gives tokens, and answers everything else as told.
func airtel(_ status: Int, _ body: String) -> ScriptedHTTP {
    ScriptedHTTP { request in
        request.isForToken
            ? .answer(status: 200, body: #"{"access_token":"token-1","expires_in":"180","token_type":"bearer"}"#)
            : .answer(status: status, body: body)
    }
}

/// An answer's envelope, with a transaction or without.
func envelope(_ code: String, _ words: String = "Words", transaction: String? = nil, field: String = "response_code")
    -> String
{
    let data = transaction.map { #""data":{"transaction":{\#($0)}},"# } ?? ""
    return #"{\#(data)"status":{"\#(field)":"\#(code)","code":"200","message":"\#(words)","success":false}}"#
}

extension HTTPRequest {
    var isForToken: Bool { url.path() == "/auth/oauth2/token" }
}

extension Fact {
    var decline: Decline? { if case .declined(let decline) = self { decline } else { nil } }
}

/// Throws away what a test expects to be thrown and gives it as a value.
func paymentError(_ body: () async throws -> some Any) async -> PaymentError? {
    do { _ = try await body() } catch { return error as? PaymentError }
    return nil
}
