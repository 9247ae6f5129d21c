import Dispatch
import Glibc
import FaultTesting
import Testing

@testable import Database

@Suite struct MariaDBLossTests {
    /// Runs `body` with a database behind a proxy, and one that goes to the server directly.
    private func withProxy(_ body: (MariaDBProxy, SQLDatabase, SQLDatabase) async throws -> Void) async throws {
        var configuration = DatabaseConfiguration()
        configuration.connections = 2
        try await withDatabase(.mariaDB) { direct, location in
            guard case .mariaDB(let address) = location else { return }
            let proxy = MariaDBProxy(to: address, folder: TestDatabase.temporaryFolder)
            let database = try await SQLDatabase.open(proxy.location, configuration: configuration)
            do {
                try await body(proxy, database, direct)
            } catch {
                Issue.record(error)
            }
            await database.close()
            proxy.stop()
        }
    }

    @Test(
        "A transaction whose COMMIT got lost happens once, also when the question what became of it gets lost",
        arguments: [
            [.after], [.before], [.during], [.before, .after], [.after, .after], [.before, .before, .after],
            [.during, .after, .before], [.after, .before, .during],
        ] as [[MariaDBProxy.Loss]])
    func lostCommit(_ losses: [MariaDBProxy.Loss]) async throws {
        try await withProxy { proxy, database, direct in
            for loss in losses { proxy.lose(loss) }
            let runs = Counter()
            try await database.transaction { transaction in
                _ = runs.next()
                try transaction.execute("INSERT INTO things (id, note) VALUES (\(randomName()), 'x')")
            }
            #expect(try await direct.count() == 1)
            #expect(proxy.count == losses.count)
            switch losses[0] {
            case .after: #expect(runs.value == 1, "the marker told that it was committed")
            case .before: #expect(runs.value == 2)
            case .during: break  // The server had the COMMIT or not.
            }
            // One for the success, and a void one for the run that was not committed.
            let markers = try await direct.read {
                try $0.first("SELECT COUNT(*) AS n FROM transaction_markers")?.int("n")
            }
            #expect(markers == runs.value)
        }
    }

    @Test("Without a marker a lost COMMIT is reported as unknown")
    func noMarker() async throws {
        try await withProxy { proxy, database, direct in
            proxy.lose(.after)
            let kind = await kind {
                _ = try await database.transaction(hasMarker: false) {
                    try $0.execute("INSERT INTO things (id) VALUES ('a')")
                }
            }
            #expect(kind == .lostAnswer)
            // The commit itself may still be on its way.
            while try await direct.count() == 0 { await Task.yield() }
        }
    }

    @Test("When the server stays away a lost COMMIT is unknown, and a later transaction unavailable")
    func staysAway() async throws {
        try await withProxy { proxy, database, _ in
            let failure = await kind {
                try await database.transaction { transaction in
                    try transaction.execute("INSERT INTO things (id) VALUES ('a')")
                    proxy.lose(.after)
                    proxy.stop()
                }
            }
            #expect(failure == .lostAnswer)
            #expect(await kind { try await database.insert("b") } == .unavailable)
        }
    }

    @Test(
        "A connection killed in a transaction costs only another run, before a statement or before COMMIT",
        arguments: [true, false])
    func killed(beforeStatement: Bool) async throws {
        try await withDatabase(.mariaDB) { database, location in
            let server = try await SQLDatabase.open(location)
            let killed = DispatchSemaphore(value: 0)
            let (connections, found) = AsyncStream.makeStream(of: Int.self)
            let runs = Counter()
            async let victim: Void = database.transaction { transaction in
                try transaction.execute("INSERT INTO things (id) VALUES ('a')")
                if !beforeStatement { try transaction.execute("INSERT INTO things (id) VALUES ('b')") }
                if runs.next() == 1 {
                    found.yield(try transaction.first("SELECT CONNECTION_ID() AS id")?.int("id") ?? 0)
                    killed.wait()
                }
                if beforeStatement { try transaction.execute("INSERT INTO things (id) VALUES ('b')") }
            }
            for await connection in connections {
                try await server.transaction(hasMarker: false) { try $0.connection.run("KILL \(connection)") }
                killed.signal()
                break
            }
            try await victim
            #expect(runs.value == 2)
            #expect(try await database.count() == 2)
            await server.close()
        }
    }

    @Test("Idle connections that the server has ended are replaced unnoticed, for reads, writes and the intake")
    func idle() async throws {
        try await withDatabase(.mariaDB) { database, location in
            let server = try await SQLDatabase.open(location)
            func killAll() async throws {
                let mine = try await database.read { try $0.first("SELECT DATABASE() AS name")?.text("name") } ?? ""
                try await server.transaction(hasMarker: false) { transaction in
                    let rows = try transaction.query(
                        """
                        SELECT id FROM information_schema.processlist
                        WHERE db = \(mine) AND id <> CONNECTION_ID()
                        """)
                    for row in rows { try transaction.connection.run("KILL \(try row.int64("id"))") }
                }
            }
            func store(_ id: String) async throws {
                try await database.insertIgnoringDuplicates(into: "things", columns: ["id"], values: [.text(id)])
            }
            try await store("a")
            try await killAll()
            try await store("b")
            try await killAll()
            try await database.insert("c")
            try await killAll()
            let ids = try await database.read {
                try $0.query("SELECT id FROM things ORDER BY id").map { try $0.text(0) }
            }
            #expect(ids == ["a", "b", "c"])
            await server.close()
        }
    }

    @Test("Two transactions that lock each other's rows both come through")
    func deadlock() async throws {
        try await withDatabase(.mariaDB) { database, _ in
            for id in ["a", "b"] { try await database.insert(id) }
            let both = Barrier()
            try await withThrowingTaskGroup { group in
                for (first, second) in [("a", "b"), ("b", "a")] {
                    group.addTask {
                        try await database.transaction { transaction in
                            try transaction.execute("UPDATE things SET version = version + 1 WHERE id = \(first)")
                            both.meet()
                            try transaction.execute("UPDATE things SET version = version + 1 WHERE id = \(second)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let versions = try await database.read { try $0.query("SELECT version FROM things").map { try $0.int(0) } }
            #expect(versions == [3, 3])
        }
    }

    @Test("A body that drops the error of an undone transaction does not commit the rest")
    func spoilt() async throws {
        try await withDatabase(.mariaDB) { database, location in
            for id in ["a", "b"] { try await database.insert(id) }
            let both = Barrier()
            try await withThrowingTaskGroup { group in
                for (first, second) in [("a", "b"), ("b", "a")] {
                    group.addTask {
                        try await database.transaction { transaction in
                            try transaction.execute("UPDATE things SET version = version + 1 WHERE id = \(first)")
                            both.meet()
                            do {
                                try transaction.execute("UPDATE things SET version = version + 1 WHERE id = \(second)")
                            } catch {}
                            try transaction.execute("UPDATE things SET amount = COALESCE(amount, 0) + 1")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let rows = try await database.read { try $0.query("SELECT version, amount FROM things") }
            #expect(try rows.allSatisfy { try $0.int(0) == 3 && $0.int(1) == 2 })
        }
    }

    @Test("Old markers are swept, young ones stay")
    func sweep() async throws {
        try await withDatabase(.mariaDB) { database, _ in
            try await database.transaction { transaction in
                for number in 0..<10 {
                    try transaction.execute(
                        """
                        INSERT INTO transaction_markers (id, at)
                        VALUES (\([UInt8](repeating: UInt8(number), count: 16)), (UNIX_TIMESTAMP() - 3700) * 1000)
                        """)
                }
            }
            for number in 0..<TransactionMarker.transactionsBetweenSweeps { try await database.insert("\(number)") }
            let markers = try await database.read {
                try $0.first("SELECT COUNT(*) AS n FROM transaction_markers")?.int(0)
            }
            #expect(markers == 1 + TransactionMarker.transactionsBetweenSweeps)
        }
    }

    @Test("Error numbers have the kinds that callers act on")
    func kinds() {
        for (code, kind) in [
            (1062, .duplicate), (1586, .duplicate), (1451, .constraint), (1452, .constraint), (4025, .constraint),
            (1048, .constraint), (1406, .constraint), (1264, .constraint), (1213, .busy), (1205, .busy), (1020, .busy),
            (1047, .busy), (2002, .unavailable), (2006, .unavailable), (2013, .unavailable), (1927, .unavailable),
            (1045, .unavailable), (1040, .unavailable), (1712, .corrupt), (1064, .other), (1146, .other),
        ] as [(Int, DatabaseError.Kind)] {
            #expect(DatabaseError.kind(ofMariaDB: code) == kind, "\(code)")
        }
    }

    private func randomName() -> String { String(UInt64.random(in: .min ... .max)) }
}

/// Where two threads wait for each other the first time; later visitors pass.
private final class Barrier: @unchecked Sendable {  // A semaphore guards the number.
    private let lock = DispatchSemaphore(value: 1)
    private let open = DispatchSemaphore(value: 0)
    private var visitors = 0

    func meet() {
        lock.wait()
        visitors += 1
        let visitor = visitors
        lock.signal()
        if visitor == 1 { open.wait() }
        if visitor == 2 { open.signal() }
    }
}
