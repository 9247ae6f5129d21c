import PaymentKit

extension MPesa {
    /// Whole shillings in one payment; the portal's limits of December 2025.
    static let shillingsAllowed: ClosedRange<Int64> = 1...250_000
    /// The name of the address to which the result of a prompt is sent.
    static let promptRoute = "prompt"

    public static let manifest = Manifest(
        id: "ke.safaricom.mpesa", name: "M-PESA", version: "1.0.0",
        summary: "A prompt on the customer's phone, paid with the M-PESA PIN.", currencies: [.kes],
        wholeUnitsOnly: true, minimum: Money(whole: shillingsAllowed.lowerBound, .kes),
        maximum: Money(whole: shillingsAllowed.upperBound, .kes),
        settings: [
            environment, baseURL, consumerKey, consumerSecret, shortcode, till, passkey, allowedAddresses,
        ],
        form: [phone], hosts: ["api.safaricom.co.ke", "sandbox.safaricom.co.ke"], requestsPerSecond: 2,
        routes: [WebhookRoute(promptRoute, reply: HTTPReply(json: #"{"ResultCode":0,"ResultDesc":"Accepted"}"#))])

    static let phone = FieldSpec(
        "phone", "M-PESA number", help: "The phone that will ask for your PIN, for example 0712 345 678.", kind: .phone)

    // MARK: Settings

    static let environment = FieldSpec(
        "environment", "Environment", help: "Where payments are made: simulator and sandbox move no real money.",
        kind: .choice(Account.Environment.allCases.map(\.rawValue)), default: Account.Environment.simulator.rawValue,
        env: "MPESA_ENVIRONMENT")
    static let baseURL = FieldSpec(
        "base_url", "Base address", help: "For tests and practice only: another address than Safaricom's.", kind: .url,
        need: .never, env: "MPESA_BASE_URL")
    static let consumerKey = FieldSpec(
        "consumer_key", "Consumer key", help: "From your app on the Daraja portal.", kind: .secret, need: .inLive,
        env: "MPESA_CONSUMER_KEY")
    static let consumerSecret = FieldSpec(
        "consumer_secret", "Consumer secret", help: "From the same app as the consumer key.", kind: .secret,
        need: .inLive, env: "MPESA_CONSUMER_SECRET")
    static let shortcode = FieldSpec(
        "shortcode", "Paybill or store number",
        help: "The paybill. For a till: the store or head-office number used at go-live, not the till.",
        need: .inLive, env: "MPESA_SHORTCODE", length: 5...7)
    static let till = FieldSpec(
        "till", "Till number", help: "The Buy Goods till; leave empty for a paybill.", need: .never, env: "MPESA_TILL",
        length: 5...7)
    static let passkey = FieldSpec(
        "passkey", "Passkey", help: "Mailed by Safaricom after go-live; belongs to the number above.", kind: .secret,
        need: .inLive, env: "MPESA_PASSKEY")
    static let allowedAddresses = FieldSpec(
        "allowed_ips", "Callback addresses",
        help: "Addresses or ranges, separated by commas, from which results are sent. Empty: the published ones.",
        need: .never, env: "MPESA_ALLOWED_IPS")
}
