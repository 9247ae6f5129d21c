import Testing

@testable import Database

@Suite struct IntakeTests {
    @Test("64 submitters with duplicates leave each row once", arguments: SQLDatabase.Engine.allCases)
    func manySubmitters(_ engine: SQLDatabase.Engine) async throws {
        try await withDatabase(engine) { database, _ in
            try await withThrowingTaskGroup { group in
                for submitter in 0..<64 {
                    group.addTask {
                        for number in 0..<20 {
                            try await database.insertIgnoringDuplicates(
                                into: "things", columns: ["id", "amount", "body"],
                                values: [
                                    .text("row \((submitter + number) % 100)"), .integer(Int64(100 + number)),
                                    .blob([UInt8](repeating: UInt8(number), count: 500)),
                                ])
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await database.count() == 83)
        }
    }

    @Test("A row that is there is left as it is", arguments: SQLDatabase.Engine.allCases)
    func duplicate(_ engine: SQLDatabase.Engine) async throws {
        try await withDatabase(engine) { database, _ in
            for note in ["first", "second"] {
                try await database.insertIgnoringDuplicates(
                    into: "things", columns: ["id", "note"], values: [.text("a"), .text(note)])
            }
            let note = try await database.read { try $0.first("SELECT note FROM things")?.text("note") }
            #expect(note == "first")
        }
    }

    @Test("A row that the database refuses fails alone", arguments: SQLDatabase.Engine.allCases)
    func refused(_ engine: SQLDatabase.Engine) async throws {
        try await withDatabase(engine) { database, _ in
            let failures = await withTaskGroup(of: DatabaseError.Kind?.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        await kind {
                            try await database.insertIgnoringDuplicates(
                                into: "things", columns: ["id", "amount"],
                                values: [.text("\(number)"), .integer(number == 20 ? 13 : 1)])
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }.compactMap { $0 }
            }
            let stored = try await database.count()
            #expect(failures == [.constraint])
            #expect(stored == 39)
        }
    }

    @Test("Rows larger than a packet's share are split, not refused", arguments: SQLDatabase.Engine.allCases)
    func largeRows(_ engine: SQLDatabase.Engine) async throws {
        try await withDatabase(engine) { database, _ in
            try await withThrowingTaskGroup { group in
                for number in 0..<30 {
                    group.addTask {
                        try await database.insertIgnoringDuplicates(
                            into: "things", columns: ["id", "body"],
                            values: [.text("\(number)"), .blob([UInt8](repeating: 1, count: 1 << 20))])
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await database.count() == 30)
        }
    }
}
