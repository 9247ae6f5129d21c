import PaymentKit

extension Airtel {
    /// Whole shillings in one payment: what Airtel Money Kenya lets a customer send since February 2024 (its
    /// announcement of transfers to other networks, 1 to 250,000).
    static let shillingsAllowed: ClosedRange<Int64> = 1...250_000
    /// What the headers and the requests name.
    static let country = "KE", currency = "KES"

    /// The one address to which Airtel reports payments. It is entered on the developer portal, so it is the same for
    /// all payments; which one a message speaks of stands in the message.
    public static let callbackRoute = "result"

    public static let manifest = Manifest(
        id: "ke.airtel.money", name: "Airtel Money", version: "1.0.0",
        summary: "A prompt on the customer's phone, and refunds.",
        currencies: [.kes], network: "Airtel",
        wholeUnitsOnly: true, minimum: Money(whole: shillingsAllowed.lowerBound, .kes),
        maximum: Money(whole: shillingsAllowed.upperBound, .kes),
        settings: [environment, platform, baseURL, clientID, clientSecret, allowedAddresses],
        form: [phone],
        hosts: Account.Platform.allCases.flatMap { [$0.host(isProduction: true), $0.host(isProduction: false)] },
        requestsPerSecond: 2,
        // An enquiry may know nothing of a payment for three minutes after the request (the portal's Transaction
        // Enquiry page recommends to wait that long).
        notFoundGrace: 300,
        routes: [WebhookRoute(callbackRoute, isStanding: true)],
        // The refund's request names no amount.
        refunds: RefundTerms(partial: false))

    static let phone = FieldSpec(
        "phone", "Airtel Money number", help: "The phone that will ask for your PIN, for example 0733 123 456.",
        kind: .phone)

    // MARK: Settings

    static let environment = FieldSpec(
        "environment", "Environment", help: "Where payments are made: simulator and sandbox move no real money.",
        kind: .choice(Account.Environment.allCases.map(\.rawValue)), default: Account.Environment.simulator.rawValue,
        env: "DUKA_AIRTEL_ENVIRONMENT",
        translations: swahili("Mazingira", "Pale malipo yanapofanyika: simulator na sandbox hazihamishi pesa halisi."))
    static let platform = FieldSpec(
        "platform", "Developer portal",
        help:
            "Where your application was made: kenya (developers.airtelkenya.com) or africa (developers.airtel.africa).",
        kind: .choice(Account.Platform.allCases.map(\.rawValue)), need: .never,
        default: Account.Platform.kenya.rawValue, env: "DUKA_AIRTEL_PLATFORM",
        translations: swahili(
            "Tovuti ya wasanidi",
            "Pale programu yako ilipoundwa: kenya (developers.airtelkenya.com) au africa (developers.airtel.africa)."))
    static let baseURL = FieldSpec(
        "base_url", "Base address", help: "For tests and practice only: another address than Airtel's.", kind: .url,
        need: .never, env: "DUKA_AIRTEL_BASE_URL",
        translations: swahili(
            "Anwani ya msingi", "Kwa majaribio na mazoezi tu: anwani nyingine badala ya ya Airtel."))
    static let clientID = FieldSpec(
        "client_id", "Client ID", help: "From your application on Airtel's developer portal.", kind: .secret,
        need: .inLive, env: "DUKA_AIRTEL_CLIENT_ID",
        translations: swahili("Client ID", "Kutoka programu yako kwenye tovuti ya wasanidi ya Airtel."))
    static let clientSecret = FieldSpec(
        "client_secret", "Client secret", help: "From the same application as the client ID.", kind: .secret,
        need: .inLive, env: "DUKA_AIRTEL_CLIENT_SECRET",
        translations: swahili("Client secret", "Kutoka programu ile ile ya client ID."))
    static let allowedAddresses = FieldSpec(
        "allowed_ips", "Callback addresses",
        help: "Addresses or ranges, separated by commas, from which results are sent. Airtel publishes none.",
        need: .never, env: "DUKA_AIRTEL_ALLOWED_IPS",
        translations: swahili(
            "Anwani za matokeo",
            "Anwani ambako matokeo hutumwa kutoka, zikitenganishwa kwa koma. Airtel haijachapisha yoyote."))

    private static func swahili(_ label: String, _ help: String) -> [String: FieldWords] {
        ["sw": FieldWords(label, help: help)]
    }
}
