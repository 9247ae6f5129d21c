import Testing

@testable import Database

@Suite struct ValueTests {
    @Test("Every value comes back as it was stored", arguments: SQLDatabase.Engine.allCases)
    func roundTrip(_ engine: SQLDatabase.Engine) async throws {
        let texts = [
            "", "Wanjiku", "naïve ☕️ 👩🏾‍🌾", " trailing ", "a\\b'c\"d", String(repeating: "é", count: 300), "a\u{0}b",
        ]
        let blobs: [[UInt8]] = [[], [0], [0, 1, 0, 255], Array("x'".utf8), [UInt8](repeating: 7, count: 100_000)]
        let numbers: [Int64] = [0, -1, .min, .max, 1 << 53 + 1]
        try await withDatabase(engine) { database, _ in
            for (index, number) in numbers.enumerated() {
                let text = texts[index % texts.count]
                let row = try await stored(in: database, "\(index)", number, text, blobs[index])
                #expect(try row.int64("amount") == number)
                #expect(try row.text("note") == text)
                #expect(try row.blob("body") == blobs[index])
            }
            for text in texts {
                #expect(try await stored(in: database, "t\(text.hashValue)", nil, text, nil).text("note") == text)
            }
            let row = try await stored(in: database, "null", nil, nil, nil)
            #expect(try row.int64OrNil("amount") == nil)
            #expect(try row.textOrNil("note") == nil)
            #expect(try row.blobOrNil("body") == nil)
        }
    }

    private func stored(
        in database: SQLDatabase, _ id: String, _ amount: Int64?, _ note: String?, _ body: [UInt8]?
    ) async throws -> Row {
        try await database.transaction {
            try $0.execute("INSERT INTO things (id, amount, note, body) VALUES (\(id), \(amount), \(note), \(body))")
        }
        let row = try await database.read {
            try $0.first("SELECT amount, note, body FROM things WHERE id = \(id)")
        }
        return try #require(row)
    }

    @Test("Text from outside stays a value", arguments: SQLDatabase.Engine.allCases)
    func injection(_ engine: SQLDatabase.Engine) async throws {
        let attacks = [
            "'; DROP TABLE things; --", "' OR '1'='1", "\\' OR 1=1 -- ", "\"; DELETE FROM things; \"", "?", "${x}",
            "'||'a",
        ]
        try await withDatabase(engine) { database, _ in
            for attack in attacks {
                try await database.insert(attack)
                try await database.insertIgnoringDuplicates(
                    into: "things", columns: ["id", "note"], values: [.text("intake " + attack), .text(attack)])
                let found = try await database.read { transaction in
                    try transaction.query("SELECT note FROM things WHERE id IN (\(list: [attack, "intake " + attack]))")
                }
                #expect(found.count == 2, "\(attack)")
                #expect(try found.contains { try $0.textOrNil("note") == attack })
            }
            #expect(try await database.count() == 2 * attacks.count)
        }
    }

    @Test("Reading a row is strict", arguments: SQLDatabase.Engine.allCases)
    func strict(_ engine: SQLDatabase.Engine) async throws {
        try await withDatabase(engine) { database, _ in
            let row = try await stored(in: database, "a", 2, nil, [1])
            #expect(throws: CorruptRow(column: "note", reason: "is NULL")) { try row.text("note") }
            #expect(throws: CorruptRow(column: "amount", reason: "is not text")) { try row.text(0) }
            #expect(throws: CorruptRow(column: "body", reason: "is not an integer")) { try row.int("body") }
            #expect(throws: CorruptRow(column: "amount", reason: "is neither 0 nor 1")) { try row.bool("amount") }
            #expect(throws: CorruptRow(column: "absent", reason: "is not in the answer")) { try row.text("absent") }
            #expect(throws: CorruptRow(column: "3", reason: "is not in the answer")) { try row.text(3) }
        }
    }

    @Test(
        "Both engines understand the same: sums, joined texts, names in quotes, case, blanks",
        arguments: SQLDatabase.Engine.allCases)
    func oneDialect(_ engine: SQLDatabase.Engine) async throws {
        try await withDatabase(engine) { database, _ in
            for (id, amount) in [("a", 1), ("A", 2), ("a ", 3), ("á", 4)] {
                try await database.transaction {
                    try $0.execute("INSERT INTO things (id, amount) VALUES (\(id), \(amount))")
                }
            }
            let row = try await database.read {
                try $0.first(
                    """
                    SELECT SUM(amount) AS total, MAX('a' || 'b') AS joined, MAX("amount") AS greatest,
                        COUNT(CASE WHEN id = 'a' THEN 1 END) AS same, COUNT(CASE WHEN id LIKE 'A%' THEN 1 END) AS alike,
                        MAX('\\') AS slash
                    FROM things
                    """)
            }
            #expect(try row?.int("total") == 10)
            #expect(try row?.text("joined") == "ab")
            #expect(try row?.int("greatest") == 4)
            #expect(try row?.int("same") == 1)
            #expect(try row?.int("alike") == 1)
            #expect(try row?.text("slash") == "\\")
            let order = try await database.read { try $0.query("SELECT id FROM things ORDER BY id") }
            #expect(try order.map { try $0.text(0) } == ["A", "a", "a ", "á"])
        }
    }

    @Test("Statements compose with their values in order")
    func composing() {
        let part: SQL = "id = \("a")"
        var sql: SQL = "SELECT \(raw: "note") FROM things WHERE \(part) AND amount IN (\(list: [1, 2]))"
        sql += " AND version = \(true)" + " LIMIT \(nil as Int?)"
        #expect(sql.text == "SELECT note FROM things WHERE id = ? AND amount IN (?, ?) AND version = ? LIMIT ?")
        #expect(sql.values == [.text("a"), .integer(1), .integer(2), .integer(1), .null])
        #expect(("x IN (\(list: [String]()))" as SQL).text == "x IN (NULL)")
    }

    @Test(
        "Too many statements push the oldest out of the cache, not each other", arguments: SQLDatabase.Engine.allCases)
    func statementCache(_ engine: SQLDatabase.Engine) async throws {
        var configuration = DatabaseConfiguration()
        configuration.statements = 3
        try await withDatabase(engine, configuration: configuration) { database, _ in
            for number in 0..<20 {
                let answer = try await database.read {
                    try $0.first(SQL(trusted: "SELECT \(number % 7) AS n"))?.int("n")
                }
                #expect(answer == number % 7)
            }
        }
    }
}
