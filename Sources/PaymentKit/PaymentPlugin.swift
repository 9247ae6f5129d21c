import FoundationEssentials

/// What a plugin is. Data only: read before the plugin runs, shown to the operator.
public struct Manifest: Sendable, Hashable {
    /// Reverse-domain name such as `com.example.pay`; never changes.
    public var id: String
    public var name, version, summary: String
    /// The PaymentKit interface it was written for.
    public var interface = "1.1"
    public var currencies: [Currency]
    /// The mobile network whose lines the provider's prompts reach, by the names of ``PhoneNumber/network``; nil where
    /// any line will do.
    public var network: String?
    public var wholeUnitsOnly: Bool
    public var minimum, maximum: Money?
    /// What the owner fills in, and what the customer fills in.
    public var settings, form: [FieldSpec]
    /// The only hosts the injected client will talk to; see ``PaymentPlugin/hosts`` for a changed base address.
    public var hosts: [String]
    /// Requests a second to the provider over all calls, in the long run.
    public var requestsPerSecond: Double?
    /// How long, in seconds, "not found" may still turn into a payment.
    public var notFoundGrace: Double
    /// The addresses the provider may call.
    public var routes: [WebhookRoute]
    /// What the provider's refunds can do; of a meaning only with ``Refunding``.
    public var refunds: RefundTerms
    /// What staff fill in for a payout.
    public var payoutForm: [FieldSpec]
    public var reconciling: ReconcileTerms
    /// Given by a way to pay without requests of the shop's; see ``OfflinePaying``.
    public var offline: OfflineTerms?
    /// The provider's page on which customers pay; nil where they pay on their phones or by hand.
    public var page: HostedPage?

    public init(
        id: String, name: String, version: String, summary: String, currencies: [Currency],
        network: String? = nil,
        wholeUnitsOnly: Bool = false,
        minimum: Money? = nil, maximum: Money? = nil, settings: [FieldSpec] = [], form: [FieldSpec] = [],
        hosts: [String] = [], requestsPerSecond: Double? = nil, notFoundGrace: Double = 180,
        routes: [WebhookRoute] = [],
        refunds: RefundTerms = RefundTerms(), payoutForm: [FieldSpec] = [],
        reconciling: ReconcileTerms = ReconcileTerms(), page: HostedPage? = nil
    ) {
        self.id = id
        self.name = name
        self.version = version
        self.summary = summary
        self.currencies = currencies
        self.network = network
        self.wholeUnitsOnly = wholeUnitsOnly
        self.minimum = minimum
        self.maximum = maximum
        self.settings = settings
        self.form = form
        self.hosts = hosts
        self.requestsPerSecond = requestsPerSecond
        self.notFoundGrace = notFoundGrace
        self.routes = routes
        self.refunds = refunds
        self.payoutForm = payoutForm
        self.reconciling = reconciling
        self.page = page
    }
}

/// An address that the provider may call, and what it is answered as soon as the request is stored.
public struct WebhookRoute: Sendable, Hashable {
    /// Lower-case letters and dashes; part of the address.
    public var name: String
    /// Sent as soon as the request is stored; the provider never waits for the plugin.
    public var reply: HTTPReply
    /// A standing address is one for the whole shop, registered with the provider once; the others are made for one
    /// attempt or operation each.
    public var isStanding: Bool
    /// How its messages are signed; nil where only the secret address vouches for them. A signed message at a standing
    /// address may be about any payment of this copy.
    public var signature: WebhookSignature?
    public init(
        _ name: String, reply: HTTPReply = HTTPReply(), isStanding: Bool = false, signature: WebhookSignature? = nil
    ) {
        self.name = name
        self.reply = reply
        self.isStanding = isStanding
        self.signature = signature
    }
}

/// What a provider's refunds can do.
public struct RefundTerms: Sendable, Hashable {
    /// Whether less than a whole payment can go back.
    public var partial: Bool
    /// For how long after the payment; nil when nothing is known.
    public var withinDays: Int?
    public init(partial: Bool = true, withinDays: Int? = nil) {
        self.partial = partial
        self.withinDays = withinDays
    }
}

/// How the provider's own list of movements is read.
public struct ReconcileTerms: Sendable, Hashable {
    /// Seconds between two readings, and how many seconds back the list reaches.
    public var every, reachesBack: Double
    public init(every: Double = 3_600, reachesBack: Double = 86_400) {
        self.every = every
        self.reachesBack = reachesBack
    }
}

/// What a plugin is given once, when the shop starts or the owner saves the settings.
public struct Setup: Sendable {
    /// Whether real money moves.
    public enum Environment: String, Sendable, Codable { case practice, live }
    public let environment: Environment
    public let settings: FieldValues
    public let shopName: String
    public init(environment: Environment, settings: FieldValues, shopName: String) {
        self.environment = environment
        self.settings = settings
        self.shopName = shopName
    }
}

/// One try to get money.
public struct StartRequest: Sendable {
    public let amount: Money
    /// The customer's fields, checked against the manifest's form.
    public let form: FieldValues
    /// Eight characters without look-alikes, with a check character; what a person reads and types.
    public let orderNumber: String
    /// Where the provider's page leads the customer back to, whatever happened there; nil when nobody would come back.
    /// Coming back proves nothing: the core asks `status`.
    public let returnAddress: URL?
    public init(amount: Money, form: FieldValues, orderNumber: String, returnAddress: URL? = nil) {
        self.amount = amount
        self.form = form
        self.orderNumber = orderNumber
        self.returnAddress = returnAddress
    }
}

/// A way to pay, as the core uses it: a translator between the shop's words and a provider's. It keeps no state, owns
/// no data, and may be dropped and made again between any two calls.
public protocol PaymentProvider: Sendable {
    /// Begins one attempt, with one request that acts at most.
    ///
    /// The core has stored the attempt before this is called and lets one attempt per order be open at a time. It is
    /// called again for the same ticket only after ``PaymentError/notSent(_:)`` or
    /// ``PaymentError/busy(_:retryAfter:)``.
    ///
    /// - Throws: ``PaymentError``; anything else counts as a bug of the plugin.
    func start(_ request: StartRequest, _ call: Call) async throws -> Started
}

/// What an author writes: a provider, described by data and made from settings.
public protocol PaymentPlugin: PaymentProvider {
    static var manifest: Manifest { get }
    /// Called with checked settings. Do no input or output here.
    init(_ setup: Setup) throws
    /// The hosts that this copy talks to, `name` or `name:port`; the manifest's unless a setting changes them.
    var hosts: [String] { get }
    /// Where callbacks come from: addresses or ranges such as `196.201.214.0/24`. Empty: anywhere, so none vouches.
    var callbackSources: [String] { get }
    /// The hosts to which this copy sends customers; the manifest's unless a setting changes them.
    var pageHosts: [String] { get }
}

extension PaymentPlugin {
    public var hosts: [String] { Self.manifest.hosts }
    public var callbackSources: [String] { [] }
    public var pageHosts: [String] { Self.manifest.page?.hosts ?? [] }
}
