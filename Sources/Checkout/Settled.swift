import Commerce
import Foundation
import Logging
import PaymentKit
import PluginHost
import Storage
import Synchronization

extension Shop {
    /// A plugin, the name of this copy of it, and how it is made from settings.
    package struct Provider: Sendable {
        package let name: String
        package let manifest: Manifest
        /// Overrides the manifest's rate.
        package let requestsPerSecond: Double?
        /// What the operator set, by the key of the field: the desk shows it and cannot change it.
        package let fixed: [String: String]
        /// Makes it from settings as text.
        ///
        /// - Throws: ``FieldValues/Problems``, or ``PaymentError/misconfigured(_:setting:)``.
        package let make: @Sendable (_ values: [String: String], _ shopName: String) throws -> Abilities
        /// Where its process sits, if it runs in one of its own.
        package let seat: PluginSeat?
        /// Tells what is run from what was run before under this name: another number stands for another process.
        package let revision: Int
        /// Whether the operator lets customers choose it, apart from what the owner says.
        package let isOffered: Bool
        /// Why customers are not offered it in live mode, as a sentence; nil where nothing speaks against it.
        package let withheld: String?
        /// What speaks against using it in live mode, in any mode; nil when the laws were kept in this version.
        package let verdict: String?
        /// What is wrong with its files just now, as a sentence; what was read of them before is used meanwhile.
        package let trouble: String?
        /// Whether customers are not offered it before the operator or the owner has set it up.
        package let startsOff: Bool
        let lane: ProviderLane

        package init(
            name: String, _ manifest: Manifest, fixed: [String: String], requestsPerSecond: Double? = nil,
            seat: PluginSeat? = nil, revision: Int = 0, startsOff: Bool = false, isOffered: Bool = true,
            withheld: String? = nil, verdict: String? = nil, trouble: String? = nil,
            lane: ProviderLane = ProviderLane(),
            make: @escaping @Sendable (_ values: [String: String], _ shopName: String) throws -> Abilities
        ) {
            self.name = name
            self.manifest = manifest
            self.fixed = fixed
            self.requestsPerSecond = requestsPerSecond
            self.seat = seat
            self.revision = revision
            self.startsOff = startsOff && fixed.isEmpty
            self.isOffered = isOffered && withheld == nil
            self.withheld = withheld
            self.verdict = verdict ?? withheld
            self.trouble = trouble
            self.lane = lane
            self.make = make
        }

        /// A copy that is set up already and has nothing to set.
        package init(
            name: String, _ abilities: Abilities, requestsPerSecond: Double? = nil, seat: PluginSeat? = nil
        ) {
            self.init(name: name, abilities.manifest, fixed: [:], requestsPerSecond: requestsPerSecond, seat: seat) {
                _, _ in
                abilities
            }
        }
    }

    /// Ways to pay that come, change and go while the shop runs: programs of their own.
    package struct ProvidersApart: Sendable {
        package let all: [Provider]
        /// What those said of themselves that were here and are not any more, by name.
        package let gone: [String: Manifest]
        /// Of those that are gone, the ones that were missed for a moment only: nothing is decided by that.
        package let undecided: Set<String>
        /// Another one after each change.
        package let number: Int

        package init(
            _ all: [Provider] = [], gone: [String: Manifest] = [:], undecided: Set<String> = [], number: Int = 0
        ) {
            self.all = all
            self.gone = gone
            self.undecided = undecided
            self.number = number
        }
    }
}

/// What a shop is set to at a moment.
struct SettledShop: Sendable {
    /// Tells this state of the owner's settings from others; nil before they are read.
    let mark: String?
    let name: String
    let contact: String?
    let rules: ShopRules
    /// In the owner's order.
    let ways: [Way]
    /// Of ``Shop/ProvidersApart``.
    let gone: [String: Manifest]
    let undecided: Set<String>
    let apartNumber: Int

    init(
        mark: String?, name: String, contact: String?, rules: ShopRules, ways: [Way], apart: Shop.ProvidersApart
    ) {
        self.mark = mark
        self.name = name
        self.contact = contact
        var rules = rules
        rules.repaidByHand = Set(ways.compactMap(\.instance).filter { $0.abilities.refunds == nil }.map(\.name))
        self.rules = rules
        self.ways = rules.inOrder(ways, \.provider.name)
        gone = apart.gone
        undecided = apart.undecided
        apartNumber = apart.number
    }

    /// A way to pay with its settings.
    struct Way: Sendable {
        let provider: Shop.Provider
        /// All settings as text, the operator's over the owner's.
        let values: [String: String]
        let isOff: Bool
        /// The shop's name, of which the plugin was told.
        let shopName: String
        /// When the owner set it last; nil when the operator did.
        let changedAt: Timestamp?
        /// What runs, and whose access tokens it uses; nil when the settings do not do.
        let instance: ProviderInstance?
        let account: ProviderAccount?
        /// What is wrong with the settings.
        let problems: [FieldValues.Problem]
    }
}

/// Holds what a shop is set to, for all that run at once.
final class Settled: Sendable {
    private let shop: Mutex<(settled: SettledShop, number: Int)>
    private let last = Mutex<Task<Void, any Error>?>(nil)

    init(_ shop: SettledShop) { self.shop = Mutex((shop, 0)) }

    var now: SettledShop { shop.withLock { $0.settled } }
    /// Grows with each change.
    var number: Int { shop.withLock { $0.number } }

    func replace(_ next: SettledShop) { shop.withLock { $0 = (next, $0.number + 1) } }

    /// Runs one reading after the other, each from its beginning, so that a caller finds what it wrote before.
    func inTurn(_ read: @escaping @Sendable () async throws -> Void) async throws {
        let mine = last.withLock { last in
            let next = Task { [before = last] in
                _ = await before?.result
                try await read()
            }
            last = next
            return next
        }
        try await mine.value
    }
}

extension Shop {
    /// Reads the owner's settings and the plugins' files if they were changed since they were read last: when the shop
    /// starts, and every few seconds while it runs, so that all nodes follow. Calls that are on their way end with what
    /// they began with. Of several that read at once, each reads after the one before it has ended.
    package func readSettings() async throws { try await settled.inTurn { try await self.readSettingsNow() } }

    private func readSettingsNow() async throws {
        let apart = await given.lookApart()
        let known = settled.now
        let (mark, stored, providers, missed) = try await database.read { [vault] reading in
            let mark = try reading.settingsMark()
            let missed = try reading.openItems(ofKind: Self.wayGone).map(\.subject)
            guard mark != known.mark || apart.number != known.apartNumber else {
                return (mark, [String: String](), [StoredProviderSettings](), missed)
            }
            var stored = try reading.shopSettings()
            for setting in OwnerSetting.allCases where setting.isSealed {
                stored[setting.rawValue] = stored[setting.rawValue].flatMap {
                    reading.openSetting(setting.rawValue, $0, vault)
                }
            }
            return (mark, stored, try reading.providerSettings(vault), missed)
        }
        guard mark != known.mark || apart.number != known.apartNumber else { return try await welcome(missed) }
        func kept(_ setting: OwnerSetting) -> String? {
            given.fixed.contains(setting) ? nil : stored[setting.rawValue]
        }
        var rules = given.rules
        for setting in OwnerSetting.allCases { if let text = kept(setting) { setting.apply(text, to: &rules) } }
        let name = kept(.name) ?? given.name
        let all = given.providers + apart.all
        let names = Set(all.map(\.name))
        for way in known.ways where !names.contains(way.provider.name) { way.provider.seat?.take(nil) }
        let ways = all.map { provider -> SettledShop.Way in
            let own = providers.first { $0.instance == provider.name }
            let values = (own?.values ?? [:]).merging(provider.fixed) { _, fixed in fixed }
            let old = known.ways.first { $0.provider.name == provider.name }
            if let old, old.values == values, old.shopName == name, old.provider.revision == provider.revision {
                return SettledShop.Way(
                    provider: provider, values: values, isOff: own?.isOff ?? provider.startsOff, shopName: name,
                    changedAt: own?.changedAt, instance: old.instance, account: old.account, problems: old.problems)
            }
            return way(
                provider, values: values, isOff: own?.isOff ?? provider.startsOff, named: name,
                changedAt: own?.changedAt)
        }
        settled.replace(
            SettledShop(
                mark: mark, name: name, contact: kept(.contact).map { $0.isEmpty ? nil : $0 } ?? given.contact,
                rules: rules, ways: ways, apart: apart))
        try await welcome(missed)
    }

    /// Ways to pay whose settings do not do, with what is wrong and what the operator set of them; not those that
    /// nobody is offered, nor those of which nothing at all is set.
    package var wayProblems: [(manifest: Manifest, problems: [FieldValues.Problem], fixed: Set<String>)] {
        settled.now.ways.filter { !$0.problems.isEmpty && !$0.isOff && !$0.values.isEmpty }.map {
            ($0.provider.manifest, $0.problems, Set($0.provider.fixed.keys))
        }
    }

    /// A way to pay, running if its settings do.
    func way(
        _ provider: Provider, values: [String: String], isOff: Bool, named name: String, changedAt: Timestamp?
    ) -> SettledShop.Way {
        let (abilities, problems) = Self.make(provider, values, named: name)
        provider.seat?.take((abilities?.provider as? ProcessProvider)?.process)
        let account = abilities.map { ProviderAccount(provider.name, settings: values, hosts: $0.hosts, vault) }
        return SettledShop.Way(
            provider: provider, values: values, isOff: isOff, shopName: name, changedAt: changedAt,
            instance: abilities.map { instance(provider, $0, account) }, account: account, problems: problems)
    }

    /// The plugin made from settings, or what is wrong with them.
    static func make(
        _ provider: Provider, _ values: [String: String], named name: String
    ) -> (abilities: Abilities?, problems: [FieldValues.Problem]) {
        do { return (try provider.make(values, name), []) } catch let problems as FieldValues.Problems {
            return (nil, problems.list)
        } catch PaymentError.misconfigured(let why, let setting) {
            return (nil, [FieldValues.Problem(key: setting ?? "", message: why)])
        } catch {
            return (nil, [FieldValues.Problem(key: "", message: "\(type(of: error))")])
        }
    }

    /// - Parameter account: Whose access tokens it shares with all nodes; it keeps none when nil.
    func instance(_ provider: Provider, _ abilities: Abilities, _ account: ProviderAccount?) -> ProviderInstance {
        let services = HostServices.over(
            database, vault, tokens: account.map { .over(database, vault, $0, now: now) } ?? .forgetful, settled,
            now: now,
            callback: { [tokens, callbackBase] ticket, route in
                let token = tokens.callbackToken(instance: provider.name, ticket: ticket)
                guard let url = URL(string: "\(callbackBase)/in/\(token)/\(route)") else {
                    preconditionFailure("The callback base was checked when the shop started.")
                }
                return url
            })
        return ProviderInstance(
            name: provider.name, abilities, services: services, client: client, log: log,
            requestsPerSecond: provider.requestsPerSecond, lane: provider.lane)
    }
}
