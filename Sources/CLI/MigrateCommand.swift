import ArgumentParser
import Database

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring the database's tables up to date.",
        discussion: "Safe to run twice and on several nodes at once: one of them migrates, the others wait.")

    @Flag(name: .customLong("dry-run"), help: "Show what would be done and change nothing.")
    var isDryRun = false

    func run() async throws {
        let settings = try Settings(try await SettingsSource())
        let database = try await Wiring.openDatabase(settings, Wiring.logger(settings))
        let migrations = try Wiring.migrations(settings)
        let pending = try await Migrator.pending(on: database, files: migrations)
        if isDryRun {
            for migration in pending { print("would run \(migration.number) \(migration.name)") }
        } else {
            try await Migrator.run(on: database, files: migrations) { print($0) }
        }
        print(pending.isEmpty ? "The tables are up to date." : isDryRun ? "Nothing was changed." : "Done.")
        await database.close()
    }
}
