import Glibc
import Testing

@testable import Database

@Suite struct MigratorTests {
    private let more = Migration(
        number: 3, name: "more",
        sql: "ALTER TABLE things ADD COLUMN extra BIGINT;\nINSERT INTO things (id, extra) VALUES ('a;', 5);\n")

    @Test("A fresh database gets all migrations, and the second time none", arguments: SQLDatabase.Engine.allCases)
    func freshThenNothing(_ engine: SQLDatabase.Engine) async throws {
        try await withDatabase(engine) { database, _ in
            #expect(try await Migrator.pending(on: database, files: [things, more]) == [more])
            var reports: [String] = []
            try await Migrator.run(on: database, files: [things, more]) { reports.append($0) }
            #expect(reports == ["Migration 0003 more."])
            #expect(try await Migrator.pending(on: database, files: [things, more]).isEmpty)
            try await Migrator.run(on: database, files: [things, more]) { reports.append($0) }
            #expect(reports.count == 1)
            #expect(try await database.count() == 1)
        }
    }

    @Test("Files and database that do not belong together are refused", arguments: SQLDatabase.Engine.allCases)
    func refusals(_ engine: SQLDatabase.Engine) async throws {
        try await withDatabase(engine) { database, _ in
            try await Migrator.run(on: database, files: [things, more])
            func refusal(_ files: [Migration]) async -> String? {
                do {
                    try await Migrator.run(on: database, files: files)
                    return nil
                } catch {
                    return (error as? MigrationError)?.description
                }
            }
            let changed = Migration(number: 1, name: "things", sql: things.sql + " ")
            #expect(await refusal([changed, more])?.contains("was changed after it was run") == true)
            #expect(await refusal([things])?.contains("newer version of Duka") == true)
            #expect(await refusal([more])?.contains("is not in this program") == true)
            let late = Migration(number: 2, name: "late", sql: "SELECT 1;")
            #expect(await refusal([things, late, more])?.contains("higher number") == true)
            #expect(await refusal([things, things, more])?.contains("Two migrations") == true)
        }
    }

    @Test("Two programs that migrate at once run each migration once", arguments: SQLDatabase.Engine.allCases)
    func concurrently(_ engine: SQLDatabase.Engine) async throws {
        guard let test = try await TestDatabase.make(engine) else { return }
        let (files, location) = ([things, more], test.location)
        try await withThrowingTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    let database = try await SQLDatabase.open(location)
                    try await Migrator.run(on: database, files: files)
                    await database.close()
                }
            }
            try await group.waitForAll()
        }
        let database = try await SQLDatabase.open(test.location)
        #expect(try await database.count() == 1)
        await database.close()
        try await test.remove()
    }

    @Test(
        "A migration that fails is not finished, and goes on when it is cut off", arguments: SQLDatabase.Engine.allCases
    )
    func cutOff(_ engine: SQLDatabase.Engine) async throws {
        try await withDatabase(engine) { database, _ in
            let wrong = Migration(number: 2, name: "wrong", sql: "CREATE TABLE x (id BIGINT);\nCREATE NONSENSE;\n")
            #expect(await kind { try await Migrator.run(on: database, files: [things, wrong]) } == .other)
            #expect(try await Migrator.pending(on: database, files: [things, wrong]) == [wrong])
            // As after a power cut between a statement and the record that it was run.
            let two = Migration(
                number: 2, name: "two", sql: "CREATE TABLE x (id BIGINT);\nCREATE TABLE y (id BIGINT);\n")
            guard engine == .mariaDB else { return }
            try await database.transaction {
                try $0.execute(
                    "UPDATE schema_migrations SET statements_done = 0, checksum = \(two.checksum) WHERE number = 2")
            }
            try await Migrator.run(on: database, files: [things, two])
            #expect(try await Migrator.pending(on: database, files: [things, two]).isEmpty)
            _ = try await database.read { try $0.query("SELECT id FROM y") }
        }
    }

    @Test("Statements end with a semicolon at the end of a line, and only there")
    func statements() {
        let sql =
            "-- one;\nCREATE TABLE a (\n  b TEXT DEFAULT ';'\n) /*! ENGINE = InnoDB */;\n\n  DROP TABLE c ;\n"
            + "SELECT ';x'\n"
        #expect(
            Migration(number: 1, name: "x", sql: sql).statements == [
                "CREATE TABLE a (\n  b TEXT DEFAULT ';'\n) /*! ENGINE = InnoDB */", "\nDROP TABLE c ", "SELECT ';x'\n",
            ])
        #expect(Migration(number: 1, name: "x", sql: "").checksum == "cbf29ce484222325")
        #expect(Migration(number: 1, name: "x", sql: "foobar").checksum == "85944171f73967e8")
    }

    @Test("A folder's files are read in the order of their numbers")
    func folder() throws {
        #expect(throws: MigrationError.self) { try Migration.read(folder: "/nowhere") }
        let folder = "\(TestDatabase.temporaryFolder)/duka-migrations-\(UInt64.random(in: .min ... .max))"
        mkdir(folder, 0o700)
        func write(_ file: String, _ text: String) {
            let descriptor = open("\(folder)/\(file)", O_WRONLY | O_CREAT, 0o600)
            #expect(Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count)
            close(descriptor)
        }
        defer {
            for file in ["0010_b_c.sql", "0002_a.sql", "README.md", "x.sql"] { unlink("\(folder)/\(file)") }
            rmdir(folder)
        }
        write("0010_b_c.sql", "SELECT 2;")
        write("0002_a.sql", "SELECT 'é';")
        write("README.md", "no migration")
        let files = try Migration.read(folder: folder)
        #expect(
            files == [
                Migration(number: 2, name: "a", sql: "SELECT 'é';"),
                Migration(number: 10, name: "b_c", sql: "SELECT 2;"),
            ])
        #expect(files.map(\.title) == ["0002 a", "0010 b_c"])
        write("x.sql", "SELECT 3;")
        #expect(throws: MigrationError.self) { try Migration.read(folder: folder) }
    }
}
