import Glibc
import Testing

@testable import Database

@Suite struct SQLiteFileTests {
    @Test("Every connection syncs fully and keeps foreign keys, and the file is the owner's alone")
    func pragmas() async throws {
        try await withDatabase(.sqlite) { database, location in
            let pragmas = ["synchronous": 2, "foreign_keys": 1, "trusted_schema": 0]
            for (pragma, expected) in pragmas {
                let sql = SQL(trusted: "PRAGMA \(pragma)")
                let (reader, writer) = (
                    try await database.read { try $0.first(sql)?.int(0) },
                    try await database.transaction { try $0.first(sql)?.int(0) }
                )
                #expect(reader == expected && writer == expected, "\(pragma)")
            }

            guard case .sqlite(let path) = location else { return }
            for end in ["", "-wal", "-shm"] {
                var facts = stat()
                #expect(stat(path + end, &facts) == 0)
                #expect(facts.st_mode & 0o777 == 0o600, "\(end)")
            }
        }
    }

    @Test("A database in memory or on the network is reported as not durable")
    func durability() async throws {
        try await withDatabase(.sqlite) { database, _ in
            #expect(database.durability.isEmpty)
        }
        #expect(SQLiteFile.durabilityProblems(of: "/dev/shm").count == 1)
        #expect(SQLiteFile.durabilityProblems(of: "/nowhere/at/all").count == 1)
    }

    @Test("MariaDB's unsafe settings are reported one by one")
    func mariaDBDurability() async throws {
        try await withDatabase(.mariaDB) { database, _ in
            #expect(database.durability.isEmpty)
        }
        func problems(_ flush: Int = 1, _ log: Bool = true, _ sync: Int = 1, _ doublewrite: Bool = true) -> Int {
            MariaDBDurability.problems(flush: flush, hasBinaryLog: log, syncBinaryLog: sync, doublewrite: doublewrite)
                .count
        }
        #expect(problems() == 0)
        #expect(problems(0) == 1)
        #expect(problems(2) == 1)
        #expect(problems(1, true, 0) == 1)
        #expect(problems(1, false, 0) == 0)
        #expect(problems(1, true, 1, false) == 1)
        #expect(problems(2, true, 0, false) == 3)
    }

    @Test("A full disk makes the database unavailable, loses no neighbour and breaks nothing")
    func full() async throws {
        try await withDatabase(.sqlite) { database, _ in
            _ = try await database.transaction { try $0.query("PRAGMA max_page_count = 40") }
            let failures = await withTaskGroup(of: DatabaseError.Kind?.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        await kind {
                            try await database.transaction {
                                let body = [UInt8](repeating: 1, count: number == 7 ? 1 << 20 : 10)
                                try $0.execute("INSERT INTO things (id, body) VALUES (\("\(number)"), \(body))")
                            }
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }.compactMap { $0 }
            }
            let stored = try await database.count()
            #expect(failures == [.unavailable])
            #expect(stored == 19)
            #expect(!database.isBroken)
        }
    }

    @Test("A damaged file breaks the database: once is told, and nothing is written any more")
    func damage() async throws {
        guard let test = try await TestDatabase.make(.sqlite), case .sqlite(let path) = test.location else { return }
        let database = try await SQLDatabase.open(test.location)
        try await Migrator.run(on: database, files: [things])
        for number in 0..<50 {
            try await database.transaction {
                try $0.execute(
                    "INSERT INTO things (id, note) VALUES (\("\(number)"), \(String(repeating: "x", count: 500)))")
            }
        }
        await database.close()

        let file = open(path, O_WRONLY)
        let garbage = [UInt8](repeating: 0xa5, count: 64 * 1024)
        #expect(pwrite(file, garbage, garbage.count, 4096) == garbage.count)
        close(file)

        let told = Counter()
        var configuration = DatabaseConfiguration()
        configuration.onBroken = { _ in _ = told.next() }
        let damaged = try await SQLDatabase.open(test.location, configuration: configuration)
        #expect(!damaged.isBroken)
        #expect(await kind { _ = try await damaged.count() } == .corrupt)
        #expect(damaged.isBroken)
        #expect(await kind { try await damaged.insert("new") } == .corrupt)
        #expect(
            await kind {
                try await damaged.insertIgnoringDuplicates(into: "things", columns: ["id"], values: [.text("a")])
            } == .corrupt)
        #expect(told.value == 1)
        await damaged.close()
        try await test.remove()
    }

    @Test("A file that is no database is refused when it is opened")
    func noDatabase() async throws {
        guard let test = try await TestDatabase.make(.sqlite), case .sqlite(let path) = test.location else { return }
        mkdir(String(path.dropLast("/shop.db".count)), 0o700)
        let file = open(path, O_WRONLY | O_CREAT, 0o600)
        let text = [UInt8](repeating: 0x61, count: 8192)
        #expect(write(file, text, text.count) == text.count)
        close(file)
        #expect(await kind { _ = try await SQLDatabase.open(test.location) } == .corrupt)
        try await test.remove()
    }

    @Test("Another process's transaction is waited for")
    func otherProcess() async throws {
        try await withDatabase(.sqlite) { database, location in
            let other = try await SQLDatabase.open(location)
            try await withThrowingTaskGroup { group in
                for number in 0..<40 {
                    group.addTask { try await (number % 2 == 0 ? database : other).insert("\(number)") }
                }
                try await group.waitForAll()
            }
            #expect(try await other.count() == 40)
            await other.close()
        }
    }

    @Test("Result codes have the kinds that callers act on")
    func kinds() {
        for (code, kind) in [
            (5, .busy), (517, .busy), (6, .busy), (2067, .duplicate), (1555, .duplicate), (2579, .duplicate),
            (787, .constraint), (1299, .constraint), (275, .constraint), (10, .corrupt), (1034, .corrupt),
            (11, .corrupt), (26, .corrupt), (13, .unavailable), (14, .unavailable), (8, .unavailable), (1, .other),
            (3082, .unavailable),
        ] as [(Int32, DatabaseError.Kind)] {
            #expect(DatabaseError.kind(ofSQLite: code) == kind, "\(code)")
        }
    }
}
