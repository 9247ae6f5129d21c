import PaymentKit

extension Paystack {
    static let apiHost = "api.paystack.co"
    /// The one address to which Paystack posts everything; the owner pastes it into the dashboard.
    static let eventsRoute = "events"
    /// Of one payment, in any currency.
    ///
    /// Source: Paystack API reference, "Errors", transactions: the highest amount is 10,000,000.
    static let most = Money(whole: 10_000_000, .kes)

    static let secretKey = FieldSpec(
        "secret_key", "Secret key", help: "From Paystack's dashboard: Settings, API Keys & Webhooks.", kind: .secret,
        env: "PAYSTACK_SECRET_KEY", length: 16...120,
        translations: [
            "sw": FieldWords(
                "Ufunguo wa siri", help: "Kutoka dashibodi ya Paystack: Settings, API Keys & Webhooks.")
        ])
    static let baseURL = FieldSpec(
        "base_url", "Base address", help: "For practice only: where duka simulate-paystack listens.", kind: .url,
        need: .never, env: "PAYSTACK_BASE_URL",
        translations: [
            "sw": FieldWords(
                "Anwani ya msingi", help: "Kwa mazoezi pekee: ambapo duka simulate-paystack inasikiliza.")
        ])

    public static let manifest = Manifest(
        id: "co.paystack", name: "Paystack", version: "1.0.0",
        summary: "The customer pays on Paystack's page: by card, mobile money or bank.", currencies: [.kes],
        maximum: most, settings: [secretKey, baseURL],
        // Paystack takes no payment without one. Source: Paystack API reference, "Initialize Transaction".
        form: [FieldSpec("email", "E-mail", kind: .email, translations: ["sw": FieldWords("Barua pepe")])],
        hosts: [apiHost], requestsPerSecond: 5, notFoundGrace: 180,
        routes: [
            // The code is made of the body as it came, with the secret key. Source: Paystack documentation, "Webhooks",
            // verifying that an event comes from Paystack.
            WebhookRoute(
                eventsRoute, isStanding: true,
                signature: WebhookSignature(
                    header: "x-paystack-signature", .hmacSHA512, setting: secretKey.key))
        ],
        refunds: RefundTerms(partial: true),
        // How long Paystack's page really works is set in its dashboard (Payment Session Timeout); a payment that is
        // made later is found all the same.
        page: HostedPage(hosts: ["checkout.paystack.com"], openFor: 1_800))
}
