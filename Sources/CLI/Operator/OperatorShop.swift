import ArgumentParser
import Checkout
import Commerce
import Database
import Foundation
import HTTPClient
import PaymentKit

/// The shop as an operator's command uses it: on the same database as a running shop, without pages, jobs or simulator.
struct OperatorShop: Sendable {
    let settings: Settings
    let shop: Shop

    /// Opens the shop, runs `body`, and closes it. What the shop refuses becomes a sentence.
    static func open(_ body: (OperatorShop) async throws -> Void) async throws {
        var settings = try Settings(try await SettingsSource())
        settings.logLevel = .critical
        if case .sqlite(let path) = settings.database, !FileManager.default.fileExists(atPath: path) {
            throw Stop("There is no database at \(path). Start the shop once (duka serve), or set DUKA_DATABASE.")
        }
        let log = Wiring.logger(settings)
        let database = try await Wiring.openDatabase(settings, log)
        guard try await Migrator.pending(on: database, files: Wiring.migrations(settings)).isEmpty else {
            throw Stop("The database's tables are not up to date. Run: duka migrate")
        }
        let client = Wiring.client(settings)
        // In practice the simulator that a running shop carries with it.
        let port = Wiring.usesBuiltInSimulator(settings) ? settings.simulatorPort : nil
        let shop = try Wiring.shop(
            settings, database, SecretKeys.load(settings, makesMissing: false), client, log, simulatorPort: port)
        try await shop.readSettings()
        do { try await body(OperatorShop(settings: settings, shop: shop)) } catch {
            shop.stopPlugins()
            await client.shutdown()
            await database.close()
            throw Refusals.stop(error)
        }
        shop.stopPlugins()
        await client.shutdown()
        await database.close()
    }

    /// Says who sends what was decided now.
    func tellWhoSends() async throws {
        if try await shop.nodesAlive().isEmpty {
            print("No shop is running on this database: it is sent when one starts (duka serve).")
        } else {
            let seconds = shop.rules.undoSeconds
            print("The running shop sends it in \(seconds) seconds; until it has left, duka orders reject stops it.")
        }
    }

    /// - Throws: ``Stop`` when nobody could take an answer that comes later.
    func needRunningShop() async throws {
        guard try await shop.nodesAlive().isEmpty else { return }
        throw Stop("No shop is running on this database, so the provider's answer has nowhere to go: start duka serve.")
    }

    /// Calls `look` until it gives something, at most `seconds` long.
    func wait<Found>(_ seconds: Int, for look: () async throws -> Found?) async throws -> Found? {
        let end = ContinuousClock.now + .seconds(seconds)
        while true {
            if let found = try await look() { return found }
            guard ContinuousClock.now < end else { return nil }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// The one provider that has an ability, or the one that was named.
    func provider(_ named: String?, with ability: String, _ has: (Abilities) -> Bool) throws -> String {
        if let named {
            guard let abilities = shop.provider(named)?.abilities else {
                throw Stop("There is no provider \(named); there is \(names).")
            }
            guard has(abilities) else { throw Stop("\(abilities.manifest.name) cannot \(ability).") }
            return named
        }
        let able = shop.providerNames.map(\.name).filter { shop.provider($0).map { has($0.abilities) } ?? false }
        guard let first = able.first else { throw Stop("No provider of this shop can \(ability).") }
        guard able.count == 1 else { throw Stop("Say which provider: --provider \(able.joined(separator: " or ")).") }
        return first
    }

    private var names: String { shop.providerNames.map(\.name).joined(separator: ", ") }
}

/// Options that many commands share: who acts.
struct Person: ParsableArguments {
    @Option(name: .customLong("by"), help: "Who you are, as the shop's books shall say; your login name without it.")
    var given: String?

    /// - Throws: ``Stop`` when there is no login name either.
    var name: String {
        get throws {
            let name = given ?? ProcessInfo.processInfo.userName
            guard !name.isEmpty else { throw Stop("Say who you are: --by NAME.") }
            return name
        }
    }
}

/// How a command shows its results.
struct Showing: ParsableArguments {
    @Flag(name: .customLong("json"), help: "JSON: one object, or for a list one on each line.")
    var isJSON = false
    @Flag(help: "Show telephone numbers and names in full.")
    var showNumbers = false
}
