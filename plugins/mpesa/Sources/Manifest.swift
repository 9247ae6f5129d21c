import PaymentKit

extension MPesa {
    /// Whole shillings in one payment; the portal's limits of December 2025.
    static let shillingsAllowed: ClosedRange<Int64> = 1...250_000

    // MARK: Addresses that Safaricom calls. It refuses those with certain words in them, see `forbiddenWords`.

    /// The result of a prompt.
    static let promptRoute = "prompt"
    /// The result of a refund, a payout or a question about balances.
    static let resultRoute = "result"
    /// What became of a transaction that was asked about.
    static let statusRoute = "status-result"
    /// "It waited too long", for all of these.
    static let timeoutRoute = "timeout"
    /// Payments to the paybill or till.
    static let incomingRoute = "incoming"
    /// The question before such a payment.
    static let questionRoute = "incoming-check"

    /// Words that Safaricom refuses anywhere in an address, in any case.
    static let forbiddenWords = ["mpesa", "m-pesa", "safaricom", "exe", "cmd", "sql", "query"]

    public static let manifest = Manifest(
        id: "ke.safaricom.mpesa", name: "M-PESA", version: "1.0.0",
        summary: "A prompt on the customer's phone, payments to the paybill or till, refunds and payouts.",
        currencies: [.kes], network: "Safaricom",
        wholeUnitsOnly: true, minimum: Money(whole: shillingsAllowed.lowerBound, .kes),
        maximum: Money(whole: shillingsAllowed.upperBound, .kes),
        settings: [
            environment, baseURL, consumerKey, consumerSecret, shortcode, till, passkey, allowedAddresses, initiator,
            initiatorPassword, securityCredential, certificate, nominatedNumber, c2bVersion,
        ],
        form: [phone], hosts: ["api.safaricom.co.ke", "sandbox.safaricom.co.ke"], requestsPerSecond: 2,
        routes: [
            WebhookRoute(promptRoute, reply: accepted), WebhookRoute(resultRoute, reply: accepted),
            WebhookRoute(statusRoute, reply: accepted), WebhookRoute(timeoutRoute, reply: accepted),
            WebhookRoute(
                incomingRoute, reply: HTTPReply(json: #"{"ResultCode":0,"ResultDesc":"Success"}"#), isStanding: true),
            WebhookRoute(questionRoute, reply: validationAccepted, isStanding: true),
        ],
        // The portal describes reversals of whole payments only, and no time limit.
        refunds: RefundTerms(partial: false), payoutForm: PayoutTarget.form,
        reconciling: ReconcileTerms(every: 900, reachesBack: pullReach))

    private static let accepted = HTTPReply(json: #"{"ResultCode":0,"ResultDesc":"Accepted"}"#)

    static let phone = FieldSpec(
        "phone", "M-PESA number", help: "The phone that will ask for your PIN, for example 0712 345 678.", kind: .phone)

    // MARK: Settings

    static let environment = FieldSpec(
        "environment", "Environment", help: "Where payments are made: simulator and sandbox move no real money.",
        kind: .choice(Account.Environment.allCases.map(\.rawValue)), default: Account.Environment.simulator.rawValue,
        env: "MPESA_ENVIRONMENT",
        translations: swahili("Mazingira", "Pale malipo yanapofanyika: simulator na sandbox hazihamishi pesa halisi."))
    static let baseURL = FieldSpec(
        "base_url", "Base address", help: "For tests and practice only: another address than Safaricom's.", kind: .url,
        need: .never, env: "MPESA_BASE_URL",
        translations: swahili(
            "Anwani ya msingi", "Kwa majaribio na mazoezi tu: anwani nyingine badala ya ya Safaricom."))
    static let consumerKey = FieldSpec(
        "consumer_key", "Consumer key", help: "From your app on the Daraja portal.", kind: .secret, need: .inLive,
        env: "MPESA_CONSUMER_KEY",
        translations: swahili("Consumer key", "Kutoka programu yako kwenye tovuti ya Daraja."))
    static let consumerSecret = FieldSpec(
        "consumer_secret", "Consumer secret", help: "From the same app as the consumer key.", kind: .secret,
        need: .inLive, env: "MPESA_CONSUMER_SECRET",
        translations: swahili("Consumer secret", "Kutoka programu ile ile ya consumer key."))
    static let shortcode = FieldSpec(
        "shortcode", "Paybill or store number",
        help: "The paybill. For a till: the store or head-office number used at go-live, not the till.",
        need: .inLive, env: "MPESA_SHORTCODE", length: 5...7,
        translations: swahili(
            "Paybill au nambari ya duka (store number)",
            "Paybill. Kwa till: store number au nambari ya makao makuu iliyotumika kuanza, si till."))
    static let till = FieldSpec(
        "till", "Till number", help: "The Buy Goods till; leave empty for a paybill.", need: .never, env: "MPESA_TILL",
        length: 5...7,
        translations: swahili("Nambari ya till", "Till ya Buy Goods; iache wazi kwa paybill."))
    static let passkey = FieldSpec(
        "passkey", "Passkey", help: "Mailed by Safaricom after go-live; belongs to the number above.", kind: .secret,
        need: .inLive, env: "MPESA_PASSKEY",
        translations: swahili("Passkey", "Hutumwa na Safaricom baada ya kuanza; ni ya nambari iliyo juu."))
    static let allowedAddresses = FieldSpec(
        "allowed_ips", "Callback addresses",
        help: "Addresses or ranges, separated by commas, from which results are sent. Empty: the published ones.",
        need: .never, env: "MPESA_ALLOWED_IPS",
        translations: swahili(
            "Anwani za matokeo",
            "Anwani ambako matokeo hutumwa kutoka, zikitenganishwa kwa koma. Wazi: zile zilizochapishwa."))

    // MARK: Settings of the operator, who moves money out, and of incoming payments

    static let initiator = FieldSpec(
        "initiator", "Operator", help: "The user name of the merchant portal's operator with access by API.",
        need: .never, env: "MPESA_INITIATOR", length: 1...100,
        translations: swahili(
            "Mwendeshaji (operator)",
            "Jina la mtumiaji la mwendeshaji wa tovuti ya wafanyabiashara mwenye ruhusa ya API."))
    static let initiatorPassword = FieldSpec(
        "initiator_password", "Operator's password",
        help: "Plain; it is encrypted for MPESA_CERTIFICATE. Or give MPESA_SECURITY_CREDENTIAL instead.",
        kind: .secret, need: .never, env: "MPESA_INITIATOR_PASSWORD",
        translations: swahili(
            "Nenosiri la mwendeshaji", "Wazi; husimbwa kwa cheti. Au toa security credential badala yake."))
    static let securityCredential = FieldSpec(
        "security_credential", "Security credential",
        help:
            "The operator's password as the Daraja portal encrypts it; then neither password nor certificate is used.",
        kind: .secret, need: .never, env: "MPESA_SECURITY_CREDENTIAL",
        translations: swahili(
            "Security credential",
            "Nenosiri la mwendeshaji jinsi tovuti ya Daraja inavyolisimba; basi nenosiri na cheti havitumiki."))
    static let certificate = FieldSpec(
        "certificate", "Safaricom's certificate",
        help: "The PEM file of this environment from the Daraja portal: its path, or its text.", kind: .multiline,
        need: .never,
        env: "MPESA_CERTIFICATE", length: 1...16_384,
        translations: swahili(
            "Cheti cha Safaricom", "Faili ya PEM ya mazingira haya kutoka tovuti ya Daraja: maandishi yake."))
    static let nominatedNumber = FieldSpec(
        "nominated_number", "Nominated number",
        help: "The Safaricom number in the papers of the paybill or till; needed once, for the list of payments.",
        kind: .phone, need: .never, env: "MPESA_NOMINATED_NUMBER",
        translations: swahili(
            "Nambari iliyoteuliwa",
            "Nambari ya Safaricom kwenye karatasi za paybill au till; huhitajika mara moja, kwa orodha ya malipo."))
    static let c2bVersion = FieldSpec(
        "c2b_version", "Registration for incoming payments",
        help: "How payers' numbers are hidden afterwards: v1 hashes them, v2 masks them.",
        kind: .choice(Account.Registration.allCases.map(\.rawValue)), need: .never,
        default: Account.Registration.v2.rawValue, env: "MPESA_C2B_VERSION",
        translations: swahili(
            "Usajili wa malipo yanayoingia",
            "Jinsi nambari za walipaji zinavyofichwa baadaye: v1 huzigeuza (hash), v2 huzifunika."))

    private static func swahili(_ label: String, _ help: String) -> [String: FieldWords] {
        ["sw": FieldWords(label, help: help)]
    }
}
