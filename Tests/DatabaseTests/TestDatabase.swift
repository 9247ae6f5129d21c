import Glibc
import Testing

@testable import Database

/// A fresh database for one test, on either engine, gone when the test ends.
struct TestDatabase {
    let location: DatabaseLocation
    private let server: DatabaseLocation?

    /// - Returns: `nil` for MariaDB when no server was given; the test then has nothing to do.
    static func make(_ engine: SQLDatabase.Engine) async throws -> TestDatabase? {
        let name = "duka_test_" + String(UInt64.random(in: .min ... .max), radix: 16)
        guard engine == .mariaDB else {
            return TestDatabase(location: .sqlite(path: "\(temporaryFolder)/\(name)/shop.db"), server: nil)
        }
        guard let url = unsafe getenv("DUKA_TEST_MARIADB") else {
            print("MariaDB not given")
            return nil
        }
        let server = try DatabaseLocation(String(cString: url))
        guard case .mariaDB(var address) = server else { throw InvalidDatabaseLocation("DUKA_TEST_MARIADB") }
        address.database = name
        try await onServer(server, "CREATE DATABASE \(name) COLLATE utf8mb4_general_ci")
        return TestDatabase(location: .mariaDB(address), server: server)
    }

    func remove() async throws {
        switch location {
        case .sqlite(let path):
            for end in ["", "-wal", "-shm"] { unlink(path + end) }
            rmdir(String(path.dropLast("/shop.db".count)))
        case .mariaDB(let address):
            if let server { try await Self.onServer(server, "DROP DATABASE \(address.database)") }
        }
    }

    static func onServer(_ server: DatabaseLocation, _ text: String) async throws {
        var configuration = DatabaseConfiguration()
        configuration.connections = 1
        let database = try await SQLDatabase.open(server, configuration: configuration)
        try await database.transaction(hasMarker: false) { try $0.connection.run(text) }
        await database.close()
    }

    static var temporaryFolder: String { getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp" }
}

/// Runs `body` with an open, fresh database that has the table `things`.
func withDatabase(
    _ engine: SQLDatabase.Engine, configuration: DatabaseConfiguration = DatabaseConfiguration(),
    _ body: (SQLDatabase, DatabaseLocation) async throws -> Void
) async throws {
    guard let test = try await TestDatabase.make(engine) else { return }
    let database = try await SQLDatabase.open(test.location, configuration: configuration)
    do {
        try await Migrator.run(on: database, files: [things])
        try await body(database, test.location)
    } catch {
        await database.close()
        try await test.remove()
        throw error
    }
    await database.close()
    try await test.remove()
}

let things = Migration(
    number: 1, name: "things",
    sql: """
        -- One of each type; a semicolon in a comment ends nothing;
        CREATE TABLE things (
            id VARCHAR(40) NOT NULL PRIMARY KEY,
            amount BIGINT CHECK (amount <> 13),
            note TEXT,
            body LONGBLOB,
            version BIGINT NOT NULL DEFAULT 1
        ) /*! ENGINE = InnoDB */;
        CREATE TABLE parts (
            id VARCHAR(40) NOT NULL PRIMARY KEY,
            thing VARCHAR(40) NOT NULL,
            FOREIGN KEY (thing) REFERENCES things (id)
        );
        """)

extension SQLDatabase {
    func count() async throws -> Int {
        try await read { try $0.first("SELECT COUNT(*) AS n FROM things")?.int("n") ?? -1 }
    }

    func insert(_ id: String) async throws {
        try await transaction { try $0.execute("INSERT INTO things (id) VALUES (\(id))") }
    }
}

/// The kind of the database error that `body` throws.
func kind(_ body: () async throws -> Void) async -> DatabaseError.Kind? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? DatabaseError)?.kind
    }
}
