/// What a plugin is. Data only: read before the plugin runs, shown to the operator.
public struct Manifest: Sendable {
    /// Reverse-domain name such as `com.example.pay`; never changes.
    public var id: String
    public var name, version, summary: String
    /// The PaymentKit interface it was written for.
    public var interface = "1.0"
    public var currencies: [Currency]
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

    public init(
        id: String, name: String, version: String, summary: String, currencies: [Currency],
        wholeUnitsOnly: Bool = false,
        minimum: Money? = nil, maximum: Money? = nil, settings: [FieldSpec] = [], form: [FieldSpec] = [],
        hosts: [String] = [], requestsPerSecond: Double? = nil, notFoundGrace: Double = 180, routes: [WebhookRoute] = []
    ) {
        self.id = id
        self.name = name
        self.version = version
        self.summary = summary
        self.currencies = currencies
        self.wholeUnitsOnly = wholeUnitsOnly
        self.minimum = minimum
        self.maximum = maximum
        self.settings = settings
        self.form = form
        self.hosts = hosts
        self.requestsPerSecond = requestsPerSecond
        self.notFoundGrace = notFoundGrace
        self.routes = routes
    }
}

/// An address that the provider may call, and what it is answered as soon as the request is stored.
public struct WebhookRoute: Sendable, Hashable {
    /// Lower-case letters and dashes; part of the address.
    public var name: String
    /// Sent as soon as the request is stored; the provider never waits for the plugin.
    public var reply: HTTPReply
    public init(_ name: String, reply: HTTPReply = HTTPReply()) {
        self.name = name
        self.reply = reply
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
    public init(amount: Money, form: FieldValues, orderNumber: String) {
        self.amount = amount
        self.form = form
        self.orderNumber = orderNumber
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
}

extension PaymentPlugin {
    public var hosts: [String] { Self.manifest.hosts }
    public var callbackSources: [String] { [] }
}

// MARK: Abilities. Conforming is declaring.

/// "Test connection": used by the owner's settings and by `duka doctor`.
public protocol ConnectionTesting: PaymentProvider {
    /// Asks, does not act. Returns one line for each thing that was checked.
    func testConnection(_ call: Call) async throws -> [String]
}

/// Asking the provider what became of something. Must be safe at any time, any number of times.
public protocol StatusQuerying: PaymentProvider {
    /// - Throws: ``PaymentError/unavailable(_:)`` and the like when no answer can be had: that is never a no.
    func status(of past: Past, _ call: Call) async throws -> Outcome
}

/// Reading what the provider sends.
public protocol WebhookReceiving: PaymentProvider {
    /// Translates bytes into facts; pure. May be run again later on the same stored request, for instance after an
    /// upgrade.
    ///
    /// An empty result means that the message says nothing the plugin can read; the core keeps it and asks the
    /// provider.
    func events(in inbound: InboundRequest) -> [PaymentEvent]
}

/// What one configured provider can do, found once at registration. The core asks this, never `as?`.
public struct Abilities: Sendable {
    public let manifest: Manifest
    public let provider: any PaymentProvider
    public let hosts: [String]
    public let callbackSources: [String]
    public let connection: (any ConnectionTesting)?
    public let status: (any StatusQuerying)?
    public let webhooks: (any WebhookReceiving)?

    public init(of plugin: some PaymentPlugin) {
        manifest = type(of: plugin).manifest
        provider = plugin
        hosts = plugin.hosts
        callbackSources = plugin.callbackSources
        connection = plugin as? any ConnectionTesting
        status = plugin as? any StatusQuerying
        webhooks = plugin as? any WebhookReceiving
    }
}
