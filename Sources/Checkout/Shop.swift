import Commerce
import Cryptography
import Database
import Foundation
import HTTPClient
import Logging
import PaymentKit
import PluginHost
import Storage

/// A running shop: its database, its rules and its ways to pay. What it can do are the verbs beside this file.
///
/// It holds no state that matters: any number of nodes may run one shop on one database.
package final class Shop: Sendable {
    package let database: SQLDatabase
    package let rules: ShopRules
    package let name: String
    /// Whether no real money moves.
    package let isPractice: Bool
    package let now: @Sendable () -> Timestamp
    let vault: Vault
    let tokens: AddressTokens
    let providers: [ProviderInstance]
    private let configured: [Provider]
    let spool: Spool
    let log: Logger
    let wake = Wake()
    let inboxCounts = InboxCounts()
    let recentWeather = RecentWeather()
    let passwords = PasswordHashes()

    /// A plugin and the name of this copy of it.
    package struct Provider: Sendable {
        package var name: String
        package var abilities: Abilities
        /// Overrides the manifest's rate.
        package var requestsPerSecond: Double?
        /// Its process, where it runs in one of its own.
        package var process: PluginProcess?
        /// Whether customers may choose it now; asked for each checkout.
        package var isOffered: @Sendable () -> Bool
        package init(
            name: String, _ abilities: Abilities, requestsPerSecond: Double? = nil, process: PluginProcess? = nil,
            isOffered: @escaping @Sendable () -> Bool = { true }
        ) {
            self.name = name
            self.abilities = abilities
            self.requestsPerSecond = requestsPerSecond
            self.process = process
            self.isOffered = isOffered
        }
    }

    /// - Parameters:
    ///   - callbackBase: The public address under which providers reach `/in/…`, without a slash at its end.
    ///   - spoolFolder: Where messages go while the database is away.
    package init(
        database: SQLDatabase, keys: KeyRing, rules: ShopRules, name: String, isPractice: Bool, callbackBase: String,
        spoolFolder: String, providers: [Provider], client: OutboundClient, log: Logger,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.database = database
        self.rules = rules
        self.name = name
        self.isPractice = isPractice
        self.now = now
        self.log = log
        let vault = Vault(keys)
        let tokens = AddressTokens(keys)
        self.vault = vault
        self.tokens = tokens
        spool = Spool(folder: spoolFolder, keys: keys)
        configured = providers
        self.providers = providers.map { provider in
            let services = HostServices.over(
                database, vault, instance: provider.name, rules, now: now,
                callback: { ticket, route in
                    let token = tokens.callbackToken(instance: provider.name, ticket: ticket)
                    guard let url = URL(string: "\(callbackBase)/in/\(token)/\(route)") else {
                        preconditionFailure("The callback base was checked when the shop started.")
                    }
                    return url
                })
            return ProviderInstance(
                name: provider.name, provider.abilities, services: services, client: client, log: log,
                requestsPerSecond: provider.requestsPerSecond)
        }
    }

    /// The way to pay of that name, or nil when it is gone.
    package func provider(_ name: String) -> ProviderInstance? { providers.first { $0.name == name } }

    /// The ways to pay, in the owner's order.
    package var providerNames: [(name: String, manifest: Manifest)] {
        providers.map { ($0.name, $0.abilities.manifest) }
    }

    /// The ways to pay that a customer may choose now.
    package var offered: [(name: String, manifest: Manifest)] {
        configured.filter { $0.isOffered() }.map { ($0.name, $0.abilities.manifest) }
    }

    /// Whether the networks of numbers are known to matter to a provider; of a plugin apart nothing is known.
    func hintsAtNetworks(_ name: String) -> Bool { configured.first { $0.name == name }?.process == nil }

    /// How the plugins do that run in processes of their own.
    package var pluginHealth: [(name: String, health: PluginHealth)] {
        configured.compactMap { provider in provider.process.map { (provider.name, $0.health) } }
    }

    /// Has the plugins' processes end: when the shop closes.
    package func stopPlugins() { for provider in configured { provider.process?.stop() } }
}

extension HostServices {
    /// Binds a provider's journal, tokens and addresses to the shop's database.
    fileprivate static func over(
        _ database: SQLDatabase, _ vault: Vault, instance: String, _ rules: ShopRules,
        now: @escaping @Sendable () -> Timestamp, callback: @escaping @Sendable (Ticket, String) -> URL
    ) -> HostServices {
        HostServices(
            beginAct: { ticket in
                try await database.transaction { transaction in
                    let books = SQLBooks(transaction: transaction, vault: vault, now: now())
                    if let payout = try transaction.payout(ticket) { return try PayoutDesk.beginAct(payout, books) }
                    return try Prompts.beginAct(ticket, books, rules)
                }
            },
            endAct: { ticket, number, status in
                try await database.transaction { try $0.endAct(ticket, number: number, status: status, at: now()) }
            },
            cancelAct: { ticket, number in try await database.transaction { try $0.cancelAct(ticket, number: number) }
            },
            refuseAct: { ticket, number in
                try await database.transaction { try $0.markActRefused(ticket, number: number) }
            },
            tokens: TokenStore(
                load: { name in
                    try await database.read { try $0.token(name, instance: instance, vault) }.map {
                        TokenStore.Entry(token: $0.token, expiresAt: $0.expiresAt.date, generation: $0.generation)
                    }
                },
                claim: { name, generation in
                    try await database.transaction {
                        try $0.claimRefresh(name, instance: instance, after: generation, forSeconds: 20, at: now())
                    }
                },
                save: { name, token, generation, expiresAt in
                    try await database.transaction {
                        try $0.storeToken(
                            token, name, instance: instance, after: generation, expiresAt: Timestamp(expiresAt), vault)
                    }
                },
                release: { name, generation in
                    try await database.transaction {
                        try $0.releaseRefresh(name, instance: instance, generation: generation)
                    }
                }),
            callback: callback, now: { now().date })
    }
}

extension Timestamp {
    package init(_ date: Date) { self.init(milliseconds: Int64((date.timeIntervalSince1970 * 1_000).rounded())) }
    package var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1_000) }
}

/// Rouses the job runner when there is something to do at once.
final class Wake: Sendable {
    let calls: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (calls, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1)) }

    func now() { continuation.yield() }
}
