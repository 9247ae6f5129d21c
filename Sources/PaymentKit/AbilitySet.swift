/// What a provider can do beside beginning a payment, by the names that plugins in other processes use.
public enum Ability: String, Sendable, Hashable, Codable, CaseIterable {
    case connection, status, webhooks, refunds, payouts, lookups, incoming, reconciling, balances, codes
    /// Pays without any request of the shop's. Since interface 1.1.
    case offline
}

/// What one configured provider can do, found once at registration. The core asks this, never `as?`.
public struct Abilities: Sendable {
    public let manifest: Manifest
    public let provider: any PaymentProvider
    public let hosts: [String]
    public let callbackSources: [String]
    public let pageHosts: [String]
    public let connection: (any ConnectionTesting)?
    public let status: (any StatusQuerying)?
    public let webhooks: (any WebhookReceiving)?
    public let refunds: (any Refunding)?
    public let payouts: (any PayoutSending)?
    public let lookups: (any ReceiptLookingUp)?
    public let incoming: (any IncomingPaymentReceiving)?
    public let reconciling: (any Reconciling)?
    public let statementFiles: (any StatementFileReading)?
    /// A way to pay without requests of the shop's.
    public let offline: (any OfflinePaying)?
    public let balances: (any BalanceReporting)?
    public let codes: (any PaymentCodeDrawing)?

    public init(of plugin: some PaymentPlugin) {
        self.init(
            of: plugin, type(of: plugin).manifest, hosts: plugin.hosts, callbackSources: plugin.callbackSources,
            pageHosts: plugin.pageHosts, declared: Set(Ability.allCases))
    }

    /// A provider whose manifest is no part of its type, such as the stand-in for a plugin in another process.
    ///
    /// - Parameter declared: Narrows what the type conforms to.
    public init(
        of provider: any PaymentProvider, _ manifest: Manifest, hosts: [String], callbackSources: [String],
        pageHosts: [String] = [], declared: Set<Ability>
    ) {
        func able<Able>(_ ability: Ability, _: Able.Type) -> Able? {
            declared.contains(ability) ? provider as? Able : nil
        }
        self.manifest = manifest
        self.provider = provider
        self.hosts = hosts
        self.callbackSources = callbackSources
        self.pageHosts = pageHosts
        connection = able(.connection, (any ConnectionTesting).self)
        status = able(.status, (any StatusQuerying).self)
        webhooks = able(.webhooks, (any WebhookReceiving).self)
        refunds = able(.refunds, (any Refunding).self)
        payouts = able(.payouts, (any PayoutSending).self)
        lookups = able(.lookups, (any ReceiptLookingUp).self)
        incoming = able(.incoming, (any IncomingPaymentReceiving).self)
        reconciling = able(.reconciling, (any Reconciling).self)
        statementFiles = provider as? any StatementFileReading
        offline = able(.offline, (any OfflinePaying).self)
        balances = able(.balances, (any BalanceReporting).self)
        codes = able(.codes, (any PaymentCodeDrawing).self)
    }

    /// What it can do, in the order of ``Ability``.
    public var all: [Ability] {
        Ability.allCases.filter { ability in
            switch ability {
            case .connection: connection != nil
            case .status: status != nil
            case .webhooks: webhooks != nil
            case .refunds: refunds != nil
            case .payouts: payouts != nil
            case .lookups: lookups != nil
            case .incoming: incoming != nil
            case .reconciling: reconciling != nil
            case .balances: balances != nil
            case .codes: codes != nil
            case .offline: offline != nil
            }
        }
    }
}
