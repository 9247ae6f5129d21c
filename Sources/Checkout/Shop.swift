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
    /// Whether no real money moves.
    package let isPractice: Bool
    package let now: @Sendable () -> Timestamp
    let vault: Vault
    let tokens: AddressTokens
    let spool: Spool
    let log: Logger
    let client: OutboundClient
    /// The public address under which providers reach `/in/…`, without a slash at its end.
    package let callbackBase: String
    /// The public address of the shop's own pages, without a slash at its end.
    let pageBase: String
    /// What the operator set, over which the owner's settings are laid.
    let given: Given
    let settled: Settled
    let wake = Wake()
    let inboxCounts = InboxCounts()
    let recentWeather = RecentWeather()
    let passwords = PasswordHashes()
    let radar = Radar()

    /// What a shop is set to before its owner says anything.
    struct Given: Sendable {
        let name: String
        let contact: String?
        let rules: ShopRules
        let providers: [Provider]
        /// Looks for other ways to pay than those, which come and go.
        let lookApart: @Sendable () async -> ProvidersApart
        /// Settings that the desk cannot change.
        let fixed: Set<OwnerSetting>
    }

    /// - Parameters:
    ///   - callbackBase: The public address under which providers reach `/in/…`, without a slash at its end.
    ///   - pageBase: The public address of the shop's own pages; `callbackBase` when nil.
    ///   - spoolFolder: Where messages go while the database is away.
    ///   - providers: Those that are part of the program.
    ///   - apart: The others, as they are when the shop starts.
    ///   - lookApart: Tells what has become of them, every few seconds; what they are now when nil.
    ///   - fixed: Settings that the operator's environment sets, so that the owner cannot change them.
    package init(
        database: SQLDatabase, keys: KeyRing, rules: ShopRules, name: String, contact: String? = nil,
        isPractice: Bool, callbackBase: String, pageBase: String? = nil, spoolFolder: String, providers: [Provider],
        apart: ProvidersApart = ProvidersApart(), lookApart: (@Sendable () async -> ProvidersApart)? = nil,
        fixed: Set<OwnerSetting> = [], client: OutboundClient, log: Logger,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.database = database
        self.isPractice = isPractice
        self.callbackBase = callbackBase
        self.pageBase = pageBase ?? callbackBase
        self.client = client
        self.now = now
        self.log = log
        vault = Vault(keys)
        tokens = AddressTokens(keys)
        spool = Spool(folder: spoolFolder, keys: keys)
        given = Given(
            name: name, contact: contact, rules: rules, providers: providers, lookApart: lookApart ?? { apart },
            fixed: fixed)
        func settledShop(_ ways: [SettledShop.Way]) -> SettledShop {
            SettledShop(
                mark: nil, name: name, contact: contact, rules: rules, ways: ways, apart: apart)
        }
        settled = Settled(settledShop([]))
        let ways = (providers + apart.all).map {
            way($0, values: $0.fixed, isOff: $0.startsOff, named: name, changedAt: nil)
        }
        settled.replace(settledShop(ways))
    }

    package var name: String { settled.now.name }
    /// How to reach the shop, shown on its pages; nil when nobody said.
    package var contact: String? { settled.now.contact }
    package var rules: ShopRules { settled.now.rules }
    /// Another number after each change of what the shop is set to, on this node.
    package var settingsNumber: Int { settled.number }
    /// The ways to pay that can be used, in the owner's order. One that is taken off the checkout is among them, for
    /// its payments go on.
    var providers: [ProviderInstance] { settled.now.ways.compactMap(\.instance) }

    /// The way to pay of that name, or nil when it is gone.
    package func provider(_ name: String) -> ProviderInstance? { providers.first { $0.name == name } }

    /// The ways to pay that are set up, in the owner's order.
    package var providerNames: [(name: String, manifest: Manifest)] {
        providers.map { ($0.name, $0.abilities.manifest) }
    }

    /// The ways to pay that a new payment may use, in the owner's order.
    package var offeredProviders: [(name: String, manifest: Manifest)] {
        settled.now.ways.filter { !$0.isOff && $0.provider.isOffered }.compactMap(\.instance).map {
            ($0.name, $0.abilities.manifest)
        }
    }

    /// Set where a number looks as if a provider's prompts do not reach it. Only a hint: numbers are portable.
    func strangeNetwork(of phone: PhoneNumber, for name: String) -> StrangeNetwork? {
        guard let manifest = provider(name)?.abilities.manifest, let reached = manifest.network,
            let network = phone.network, network != reached
        else { return nil }
        return StrangeNetwork(phone: network, provider: manifest.name, reached: reached)
    }

    /// How the plugins do that run in processes of their own.
    package var pluginHealth: [(name: String, health: PluginHealth)] {
        settled.now.ways.compactMap { way in way.provider.seat?.process.map { (way.provider.name, $0.health) } }
    }

    /// Has the plugins' processes end: when the shop closes.
    package func stopPlugins() { for way in settled.now.ways { way.provider.seat?.process?.stop() } }
}

extension HostServices {
    /// Binds a provider's journal, tokens and addresses to the shop's database.
    static func over(
        _ database: SQLDatabase, _ vault: Vault, tokens: TokenStore, _ settled: Settled,
        now: @escaping @Sendable () -> Timestamp, callback: @escaping @Sendable (Ticket, String) -> URL
    ) -> HostServices {
        HostServices(
            beginAct: { ticket in
                try await database.transaction { transaction in
                    let books = SQLBooks(transaction: transaction, vault: vault, now: now())
                    if let payout = try transaction.payout(ticket) { return try PayoutDesk.beginAct(payout, books) }
                    return try Prompts.beginAct(ticket, books, settled.now.rules)
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
            tokens: tokens, callback: callback, now: { now().date })
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
