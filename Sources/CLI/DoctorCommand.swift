import ArgumentParser
import Checkout
import Commerce
import Database
import Foundation
import HTTPClient
import PaymentKit
import PluginHost

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look for what is wrong: settings, database, clock, provider, public address.",
        discussion: """
            Each line says what to do. Exits with 1 when something must be mended.

            With --verify it reads the books instead, beside a running shop if need be: each invariant that rows can \
            show, with the rows that break it. What should have ended by now (messages, jobs) is only pointed at, \
            since a shop that was stopped has such rows; with --at-rest it counts as well.
            """)

    @Flag(name: .customLong("json"), help: "One JSON object for each line.")
    var isJSON = false
    @Flag(help: "Read the books and look for rows that break an invariant.")
    var verify = false
    @Flag(help: "With --verify: the shop has run undisturbed for ten minutes, so nothing may wait any more.")
    var atRest = false

    /// One finding.
    struct Finding: Encodable {
        enum Verdict: String, Encodable {
            case good, warning, bad

            /// How a line of text begins.
            var sign: String {
                switch self {
                case .good: "ok  "
                case .warning: "look"
                case .bad: "BAD "
                }
            }
        }
        let verdict: Verdict
        let subject, sentence: String
    }

    func run() async throws {
        if verify {
            let books = BooksVerification(isJSON: isJSON, isAtRest: atRest)
            guard try await books.run(Settings(try await SettingsSource())) else { throw ExitCode(1) }
            return
        }
        var findings: [Finding] = []
        func tell(_ verdict: Finding.Verdict, _ subject: String, _ sentence: String) {
            let finding = Finding(verdict: verdict, subject: subject, sentence: sentence)
            findings.append(finding)
            show(finding)
        }
        let settings: Settings
        do {
            settings = try Settings(try await SettingsSource())
            tell(.good, "settings", "All settings read; mode \(settings.mode.rawValue).")
        } catch {
            for line in "\(error)".split(separator: "\n") { tell(.bad, "settings", String(line)) }
            throw ExitCode(1)
        }
        var quiet = settings
        quiet.logLevel = .critical
        quiet.simulatorPort = 0
        quiet.airtelSimulatorPort = 0
        let database: SQLDatabase
        do { database = try await Wiring.openDatabase(quiet, Wiring.logger(quiet)) } catch {
            tell(.bad, "database", "\(error)")
            throw ExitCode(1)
        }
        try await checkDatabase(database, settings, tell)
        do {
            let wiring = try await Wiring(quiet, database, Wiring.logger(quiet))
            try await checkProvider(wiring, tell)
            try await checkGone(wiring.shop, tell)
            await checkPublicAddress(wiring, tell)
            try await LetterCheck(wiring.shop, wiring.settings.messages).run(tell)
            if let simulator = wiring.simulator { await simulator.stop() }
            if let simulator = wiring.airtelSimulator { await simulator.stop() }
            await wiring.client.shutdown()
            await wiring.outside.shutdown()
        } catch { tell(.bad, "start", "\(error)") }
        await database.close()
        if findings.contains(where: { $0.verdict == .bad }) { throw ExitCode(1) }
    }

    private func show(_ finding: Finding) {
        if isJSON {
            do { print(String(decoding: try JSONEncoder().encode(finding), as: UTF8.self)) } catch { print("{}") }
        } else {
            print("\(finding.verdict.sign)  \(finding.subject): \(finding.sentence)")
        }
    }

    private typealias Tell = (Finding.Verdict, String, String) -> Void

    private func checkDatabase(_ database: SQLDatabase, _ settings: Settings, _ tell: Tell) async throws {
        for problem in database.durability { tell(settings.mode == .live ? .bad : .warning, "database", problem) }
        if database.durability.isEmpty {
            tell(.good, "database", "\(database.engine.rawValue) answers, and commits are durable.")
        }
        do {
            let pending = try await Migrator.pending(on: database, files: Wiring.migrations(settings))
            if pending.isEmpty {
                tell(.good, "tables", "Up to date.")
            } else {
                tell(.warning, "tables", "\(pending.count) migrations are waiting; run: duka migrate")
            }
        } catch { tell(.bad, "tables", "\(error)") }
        guard let skew = try await clockSkew(database) else { return }
        if skew.magnitude <= 2 {
            tell(.good, "clock", "This machine and the database agree.")
        } else {
            tell(
                .bad, "clock",
                "This machine is \(skew) s off the database; "
                    + "set up NTP on both (systemctl enable --now systemd-timesyncd)."
            )
        }
    }

    /// Seconds that this machine's clock is ahead of the database's; nil for SQLite, which has no clock of its own.
    private func clockSkew(_ database: SQLDatabase) async throws -> Int? {
        guard database.engine == .mariaDB else { return nil }
        let theirs = try await database.read { try $0.first("SELECT CAST(UNIX_TIMESTAMP() AS SIGNED)")?.int64(0) }
        return theirs.map { Int(Wiring.now().milliseconds / 1_000 - $0) }
    }

    private func checkProvider(_ wiring: Wiring, _ tell: Tell) async throws {
        for way in wiring.shop.wayProblems {
            for problem in way.problems {
                let setting = Wiring.name(of: problem, way.manifest)
                tell(.bad, way.manifest.name, "\(setting): \(problem.message). Set it, or open the desk: /admin/setup.")
            }
        }
        // Those that customers may choose; some, such as cash, have nobody to ask.
        for provider in wiring.shop.offeredProviders {
            guard let instance = wiring.shop.provider(provider.name), instance.abilities.connection != nil else {
                continue
            }
            do { for line in try await instance.testConnection() { tell(.good, provider.manifest.name, line) } } catch {
                tell(.bad, provider.manifest.name, Refusals.sentence(error))
            }
        }
    }

    /// Ways to pay that were taken away, and whether that leaves something open.
    private func checkGone(_ shop: Shop, _ tell: Tell) async throws {
        let missed = try await shop.missedWays()
        for name in Set(shop.goneWays.map(\.name) + missed).sorted() {
            let isMissed = missed.contains(name)
            tell(
                .warning, shop.wayName(name),
                "Its file \(name).json is not in DUKA_PLUGINS any more. Its payments stay in the books; "
                    + (isMissed
                        ? "some are not ended: put the file back, and the running shop goes on with them."
                        : "none of them was found open."))
        }
    }

    private func checkPublicAddress(_ wiring: Wiring, _ tell: Tell) async {
        let finding = await wiring.shop.probePublicAddress().finding
        let words = finding.words(for: wiring.settings.callbackBase).english
        if finding.isGood {
            tell(.good, "public address", words)
        } else if wiring.settings.mode == .practice, finding == .noConnection {
            tell(.warning, "public address", "\(words) (Is the shop running?)")
        } else {
            tell(.bad, "public address", words)
        }
    }
}
