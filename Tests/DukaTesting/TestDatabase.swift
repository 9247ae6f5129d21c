@testable import Database
import Foundation
import Testing

/// A database of its own for one test, migrated, removed at the end.
package struct TestDatabase: Sendable {
    package let database: SQLDatabase
    package let folder: String
    /// As `DUKA_DATABASE` names it.
    package let location: String
    /// The database's name on the server, for MariaDB.
    private let name: String?

    /// The repository's root, found from this file.
    package static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The engines that tests run on. `scripts/test` gives both; without its MariaDB only SQLite is there, and says so.
    package static let engines: [SQLDatabase.Engine] = {
        guard ProcessInfo.processInfo.environment["DUKA_TEST_MARIADB"] == nil else { return [.sqlite, .mariaDB] }
        print("MariaDB not given: set DUKA_TEST_MARIADB, or run scripts/test.")
        return [.sqlite]
    }()

    package static func make(_ engine: SQLDatabase.Engine) async throws -> TestDatabase? {
        let random = String(UInt64.random(in: .min ... .max), radix: 36)
        let folder = FileManager.default.temporaryDirectory.appending(path: "duka-test-\(random)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let location: String
        var name: String?
        switch engine {
        case .sqlite: location = "sqlite:\(folder)/duka.db"
        case .mariaDB:
            guard let given = ProcessInfo.processInfo.environment["DUKA_TEST_MARIADB"] else { return nil }
            let fresh = "duka_test_\(random)"
            try await administrate(given, "CREATE DATABASE \(fresh)")
            location = given.replacingOccurrences(of: "/duka_test?", with: "/\(fresh)?")
            name = fresh
        }
        let database = try await SQLDatabase.open(DatabaseLocation(location))
        try await Migrator.run(on: database, files: Migration.read(folder: "\(repository)/migrations"))
        return TestDatabase(database: database, folder: folder, location: location, name: name)
    }

    package func remove() async {
        await database.close()
        do {
            if let name, let given = ProcessInfo.processInfo.environment["DUKA_TEST_MARIADB"] {
                try await Self.administrate(given, "DROP DATABASE \(name)")
            }
            try FileManager.default.removeItem(atPath: folder)
        } catch { Issue.record(error) }
    }

    /// Runs a statement about databases, which cannot be bound, on the server's own connection.
    private static func administrate(_ location: String, _ statement: String) async throws {
        var configuration = DatabaseConfiguration()
        configuration.connections = 1
        let database = try await SQLDatabase.open(DatabaseLocation(location), configuration: configuration)
        try await database.transaction(hasMarker: false) { try $0.connection.run(statement) }
        await database.close()
    }
}
