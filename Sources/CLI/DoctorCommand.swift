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
        let database: SQLDatabase
        do { database = try await Wiring.openDatabase(quiet, Wiring.logger(quiet)) } catch {
            tell(.bad, "database", "\(error)")
            throw ExitCode(1)
        }
        try await checkDatabase(database, settings, tell)
        do {
            let wiring = try await Wiring(quiet, database, Wiring.logger(quiet))
            try await checkProvider(wiring, tell)
            await checkPublicAddress(wiring, tell)
            if let simulator = wiring.simulator { await simulator.stop() }
            await wiring.client.shutdown()
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
        for provider in wiring.shop.providerNames {
            guard let instance = wiring.shop.provider(provider.name) else { continue }
            do { for line in try await instance.testConnection() { tell(.good, provider.manifest.name, line) } } catch {
                tell(.bad, provider.manifest.name, Refusals.sentence(error))
            }
        }
    }

    private func checkPublicAddress(_ wiring: Wiring, _ tell: Tell) async {
        let base = wiring.settings.callbackBase
        do {
            let answer = try await wiring.client.send(
                OutboundRequest(
                    method: "GET", url: "\(base)/health/live", headers: [], body: [], timeout: .seconds(10),
                    effect: .asks))
            switch answer.status {
            case 200: tell(.good, "public address", "\(base) leads to a running shop.")
            case 300..<400:
                tell(
                    .bad, "public address",
                    "\(base) redirects; providers do not follow redirects, so set DUKA_PUBLIC_URL to where it leads.")
            case 403:
                tell(
                    .bad, "public address",
                    "\(base) answers 403; let providers through the firewall or bot filter in front of the shop.")
            default: tell(.bad, "public address", "\(base) answers \(answer.status); check what listens there.")
            }
        } catch {
            let isPractice = wiring.settings.mode == .practice
            tell(
                isPractice ? .warning : .bad, "public address",
                "\(base) does not answer (\(error.message)); is the shop running, "
                    + "and is its certificate chain complete?"
            )
        }
    }
}
