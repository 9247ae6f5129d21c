import FoundationEssentials
import MPesa
import PaymentKit
import PaymentKitTesting

/// A message of Safaricom's from `Fixtures`.
func fixture(_ name: String) throws -> String {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    return String(decoding: try Data(contentsOf: folder.appending(path: name + ".json")), as: UTF8.self)
}

func fixtureNames(_ prefix: String) throws -> [String] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    return try FileManager.default.contentsOfDirectory(atPath: folder.path())
        .filter { $0.hasPrefix(prefix) && $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
}

/// The ids, the number and the amount that most fixtures speak of.
enum Known {
    static let checkout = "ws_CO_05012026143016482708374149"
    static let merchant = "5c1d-4e0a-9f37-2b6d8a90c4e1730215"
    static let phone = "254708374149"
    static let amount = Money(whole: 1_250, .kes)
    static let ticket = Ticket("K7M29QXD-1")
    static let passkey = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
    static let references = [Reference("CheckoutRequestID", checkout), Reference("MerchantRequestID", merchant)]
    /// 2026-01-05 14:30:15 in Nairobi.
    static let now = Date(timeIntervalSince1970: 1_767_612_615)
    static let paidAt = Date(timeIntervalSince1970: 1_767_612_642)

    static func past(references: [Reference] = references) -> Past {
        Past(ticket: ticket, amount: amount, references: references, startedAt: now)
    }

    /// An operation as the core remembers it; the ticket is the id of the fixtures about payouts.
    static func operation(
        _ kind: Past.Kind, _ shillings: Int64 = 500, references: [Reference] = [], receipt: String? = nil,
        ticket: String = "MERCH-B2C-000731-a1"
    ) -> Past {
        Past(
            kind: kind, ticket: Ticket(ticket), amount: Money(whole: shillings, .kes), references: references,
            receipt: receipt, startedAt: now)
    }

    /// 14:45:10 of the same day.
    static let incomingAt = Date(timeIntervalSince1970: 1_767_613_510)
}

func setup(
    _ settings: [String: String] = [:], _ environment: Setup.Environment = .practice, shopName: String = "Mama Mboga"
) throws -> Setup {
    let values = try FieldValues(settings, checkedAgainst: MPesa.manifest.settings, live: environment == .live)
    return Setup(environment: environment, settings: values, shopName: shopName)
}

func plugin(_ settings: [String: String] = [:], shopName: String = "Mama Mboga") throws -> MPesa {
    try MPesa(try setup(settings, shopName: shopName))
}

let productionSettings = [
    "environment": "production", "consumer_key": "live-key-0123456789", "consumer_secret": "live-secret-0123456789",
    "shortcode": "600000", "passkey": "live-passkey-0123456789abcdef",
]

func request(_ amount: Money = Known.amount, order: String = "K7M29QXD") throws -> StartRequest {
    let form = try FieldValues(["phone": "0708 374 149"], checkedAgainst: MPesa.manifest.form)
    return StartRequest(amount: amount, form: form, orderNumber: order)
}

/// Daraja for one test: gives tokens, and answers everything else as told.
func daraja(_ status: Int, _ body: String) -> ScriptedHTTP {
    ScriptedHTTP { request in
        request.isForToken
            ? .answer(status: 200, body: #"{"access_token":"token-1","expires_in":"3599"}"#)
            : .answer(status: status, body: body)
    }
}

extension HTTPRequest {
    var isForToken: Bool { url.path().hasPrefix("/oauth/") }
    var isPush: Bool { url.path() == "/mpesa/stkpush/v1/processrequest" }

    /// The body as names and texts; empty where it is anything else.
    var fields: [String: String] {
        do { return try JSONDecoder().decode([String: String].self, from: body) } catch { return [:] }
    }
}

/// The body of a request in a fixture, as names and texts.
func fixtureFields(_ name: String) throws -> [String: String] {
    try JSONDecoder().decode([String: String].self, from: Data(fixture(name).utf8))
}

/// The callback of a fixture, as it comes in at an address made for one attempt.
func inbound(_ body: String, about: Past? = nil, route: String = "prompt") -> InboundRequest {
    InboundRequest(route: route, about: about, body: Data(body.utf8), source: "196.201.212.69")
}

extension Fact {
    /// Whether this says that money reached the merchant.
    var isMoney: Bool { if case .paid = self { true } else { false } }
    var decline: Decline? { if case .declined(let decline) = self { decline } else { nil } }
}

/// Throws away what a test expects to be thrown and gives it as a value.
func paymentError(_ body: () async throws -> some Any) async -> PaymentError? {
    do { _ = try await body() } catch { return error as? PaymentError }
    return nil
}
