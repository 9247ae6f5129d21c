import Dispatch
import Testing

@testable import Database

private struct Refused: Error {}

@Suite struct TransactionTests {
    @Test("What a transaction wrote is there after it, and gone when it throws", arguments: SQLDatabase.Engine.allCases)
    func commitAndRollBack(_ engine: SQLDatabase.Engine) async throws {
        try await withDatabase(engine) { database, _ in
            try await database.insert("kept")
            await #expect(throws: Refused.self) {
                try await database.transaction { transaction in
                    try transaction.execute("INSERT INTO things (id) VALUES ('undone')")
                    #expect(try transaction.query("SELECT id FROM things").count == 2)
                    throw Refused()
                }
            }
            let ids = try await database.read { try $0.query("SELECT id FROM things").map { try $0.text("id") } }
            #expect(ids == ["kept"])
        }
    }

    @Test(
        "One failing body among many undoes itself and none of its neighbours", arguments: SQLDatabase.Engine.allCases)
    func neighbours(_ engine: SQLDatabase.Engine) async throws {
        try await withDatabase(engine) { database, _ in
            try await database.insert("taken")
            let failures = await withTaskGroup(of: DatabaseError.Kind?.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        await kind {
                            try await database.transaction { transaction in
                                try transaction.execute("INSERT INTO things (id) VALUES (\("a\(number)"))")
                                if number == 17 { try transaction.execute("INSERT INTO things (id) VALUES ('taken')") }
                                try transaction.execute("INSERT INTO things (id) VALUES (\("b\(number)"))")
                            }
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }.compactMap { $0 }
            }
            #expect(failures == [.duplicate])
            #expect(try await database.count() == 1 + 49 * 2)
        }
    }

    @Test("Many bodies that wait share few commits")
    func groupCommit() async throws {
        try await withDatabase(.sqlite) { database, _ in
            let gate = DispatchSemaphore(value: 0)
            try await withThrowingTaskGroup { group in
                group.addTask { try await database.transaction { _ in gate.wait() } }
                for number in 0..<20 {
                    group.addTask { try await database.insert("\(number)") }
                }
                gate.signal()
                try await group.waitForAll()
            }
            #expect(try await database.count() == 20)
        }
    }

    @Test(
        "A stale write runs the whole body again, and after eight times the caller hears of it",
        arguments: SQLDatabase.Engine.allCases)
    func staleWrite(_ engine: SQLDatabase.Engine) async throws {
        try await withDatabase(engine) { database, _ in
            let runs = Counter()
            try await database.transaction { transaction in
                try transaction.execute("INSERT INTO things (id) VALUES ('once')")
                if runs.next() < 3 { throw StaleWrite() }
            }
            #expect(runs.value == 3)
            #expect(try await database.count() == 1)

            let vain = Counter()
            await #expect(throws: StaleWrite.self) {
                try await database.transaction { _ in
                    _ = vain.next()
                    throw StaleWrite()
                }
            }
            #expect(vain.value == 8)
        }
    }

    @Test("A compare-and-set counts matched rows, changed or not", arguments: SQLDatabase.Engine.allCases)
    func compareAndSet(_ engine: SQLDatabase.Engine) async throws {
        try await withDatabase(engine) { database, _ in
            try await database.insert("a")
            func set(_ amount: Int, at version: Int) async throws -> Int {
                try await database.transaction {
                    try $0.execute("UPDATE things SET amount = \(amount) WHERE id = 'a' AND version = \(version)")
                }
            }
            #expect(try await set(5, at: 1) == 1)
            #expect(try await set(5, at: 1) == 1, "nothing changes, and it matches")
            #expect(try await set(6, at: 2) == 0)
            let none = try await database.transaction { transaction in
                try transaction.execute("UPDATE things SET amount = 7")
                return try transaction.execute("DELETE FROM things WHERE id = 'nobody'")
            }
            #expect(none == 0)
        }
    }

    @Test(
        "Broken rules have their kinds, and a caught duplicate spoils nothing", arguments: SQLDatabase.Engine.allCases)
    func kinds(_ engine: SQLDatabase.Engine) async throws {
        try await withDatabase(engine) { database, _ in
            try await database.insert("a")
            for (sql, expected) in [
                ("INSERT INTO things (id) VALUES ('a')", DatabaseError.Kind.duplicate),
                ("INSERT INTO things (id, amount) VALUES ('b', 13)", .constraint),
                ("INSERT INTO things (id) VALUES (NULL)", .constraint),
                ("INSERT INTO parts (id, thing) VALUES ('p', 'nobody')", .constraint),
                ("INSERT INTO nowhere (id) VALUES ('a')", .other),
                ("INSERT INTO things (id) VALUES ('c'); DELETE FROM things", .other),
            ] as [(SQL, DatabaseError.Kind)] {
                let found = await kind { _ = try await database.transaction { try $0.execute(sql) } }
                #expect(found == expected, "\(sql.text)")
            }
            try await database.transaction { transaction in
                try transaction.execute("INSERT INTO things (id) VALUES ('d')")
                do {
                    try transaction.execute("INSERT INTO things (id) VALUES ('a')")
                } catch let error as DatabaseError where error.kind == .duplicate {
                    try transaction.execute("UPDATE things SET amount = 1 WHERE id = 'a'")
                }
            }
            #expect(try await database.count() == 2)
        }
    }

    @Test("An error tells the library's words but no value", arguments: SQLDatabase.Engine.allCases)
    func noValuesInErrors(_ engine: SQLDatabase.Engine) async throws {
        try await withDatabase(engine) { database, _ in
            let secret = "0712' for key 'x"
            try await database.insert(secret)
            do {
                try await database.insert(secret)
                Issue.record("It was inserted twice.")
            } catch let error as DatabaseError {
                #expect(!"\(error)".contains("0712"))
                #expect(error.sql == "INSERT INTO things (id) VALUES (?)")
                #expect(error.code != 0 && !error.message.isEmpty)
            }
            let wrong: SQL = "INSERT INTO things (id, amount) VALUES ('b', \("0712 abc"))"
            do {
                try await database.transaction { try $0.execute(wrong) }
            } catch {
                #expect(!"\(error)".contains("0712"))
            }
        }
    }

    @Test("When too much waits, the next one is told so at once", arguments: SQLDatabase.Engine.allCases)
    func queueLimit(_ engine: SQLDatabase.Engine) async throws {
        var configuration = DatabaseConfiguration()
        configuration.connections = 1
        configuration.queueLimit = 2
        try await withDatabase(engine, configuration: configuration) { database, _ in
            let gate = DispatchSemaphore(value: 0)
            let (started, start) = AsyncStream.makeStream(of: Void.self)
            try await withThrowingTaskGroup(of: DatabaseError.Kind?.self) { group in
                group.addTask {
                    try await database.transaction { _ in
                        start.finish()
                        gate.wait()
                    }
                    return nil
                }
                for await _ in started {}
                for number in 0..<10 {
                    group.addTask { await kind { try await database.insert("\(number)") } }
                }
                for _ in 0..<8 { #expect(try await group.next() == .busy) }
                gate.signal()
                for try await failure in group { #expect(failure == nil) }
            }
            #expect(try await database.count() == 2)
        }
    }

    @Test("A closed database refuses everything", arguments: SQLDatabase.Engine.allCases)
    func closed(_ engine: SQLDatabase.Engine) async throws {
        try await withDatabase(engine) { database, _ in
            await database.close()
            #expect(await kind { try await database.insert("a") } == .unavailable)
            #expect(await kind { _ = try await database.count() } == .unavailable)
            #expect(
                await kind {
                    try await database.insertIgnoringDuplicates(into: "things", columns: ["id"], values: [.text("a")])
                } == .unavailable)
        }
    }

    @Test("A read sees one moment while others write", arguments: SQLDatabase.Engine.allCases)
    func snapshot(_ engine: SQLDatabase.Engine) async throws {
        try await withDatabase(engine) { database, _ in
            let written = DispatchSemaphore(value: 0)
            let (started, start) = AsyncStream.makeStream(of: Void.self)
            async let counts = Task.detached {
                try await database.read(snapshot: true) { transaction in
                    let sql: SQL = "SELECT COUNT(*) AS n FROM things"
                    let before = try transaction.first(sql)?.int("n")
                    start.finish()
                    written.wait()
                    return [before, try transaction.first(sql)?.int("n")]
                }
            }.value
            for await _ in started {}
            try await database.insert("a")
            written.signal()
            #expect(try await counts == [0, 0])
            #expect(try await database.count() == 1)
        }
    }

    @Test("A read cannot write on SQLite")
    func readOnly() async throws {
        try await withDatabase(.sqlite) { database, _ in
            #expect(await kind { _ = try await database.read { try $0.query("DELETE FROM things") } } == .unavailable)
        }
    }
}

/// Counts calls from several threads.
final class Counter: @unchecked Sendable {  // The queue serialises.
    private let queue = DispatchQueue(label: "counter")
    private var count = 0

    var value: Int { queue.sync { count } }

    func next() -> Int {
        queue.sync {
            count += 1
            return count
        }
    }
}
