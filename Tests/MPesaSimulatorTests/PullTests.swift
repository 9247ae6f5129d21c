import HTTPClient
import MPesaSimulator
import Testing

@Suite struct PullTests {
    private static func register(_ house: House) async throws -> OutboundResponse {
        try await house.post(
            "/pulltransactions/v1/register",
            [
                "ShortCode": "174379", "RequestType": "Pull", "NominatedNumber": "0708374149",
                "CallBackURL": .string(house.shop.url),
            ])
    }

    private static func pull(
        _ house: House, from start: String = "2026-01-05 00:00:00", to end: String = "2026-01-06 00:00:00",
        offset: JSON = "0", shortcode: String = House.paybill
    ) async throws -> OutboundResponse {
        try await house.post(
            "/pulltransactions/v1/query",
            [
                "ShortCode": .string(shortcode), "StartDate": .string(start), "EndDate": .string(end),
                "OffSetValue": offset,
            ])
    }

    private static func receipts(_ response: OutboundResponse) throws -> [String] {
        try response.json["Response"]?.elements.flatMap(\.elements).compactMap { $0["transactionId"]?.text } ?? []
    }

    @Test("Registering once is enough, twice is no error, and before it nothing is pulled")
    func registering() async throws {
        try await House.with { house in
            let early = try await Self.pull(house)
            #expect(early.status == 400)
            #expect(try early.json.shape == Fixture.named("pull-query-error-shortcode-400").shape)

            let first = try await Self.register(house)
            #expect(try first.json.shape == Fixture.named("pull-register-response").shape)
            try house.choose(story: "pull-spaced-keys")
            let store = try await house.post(
                "/pulltransactions/v1/register",
                [
                    "ShortCode": .string(House.store), "RequestType": "Pull", "NominatedNumber": "254708374149",
                    "CallBackURL": .string(house.shop.url),
                ])
            #expect(try store.json.shape == Fixture.named("pull-register-response-spaced-keys").shape)
            let second = try await Self.register(house)
            #expect(try second.json.shape == Fixture.named("pull-register-already-1001").shape)
        }
    }

    @Test("Everything that came in is pulled, prompts and lost confirmations too, and nothing else")
    func rows() async throws {
        try await House.with { house in
            _ = try await Self.register(house)
            try await house.register()
            try house.choose("success-at-once")
            _ = try await house.push()
            await house.wait(milliseconds: 1_000)
            try house.choose(story: "c2b-lost")
            try house.daraja.payPaybill(from: House.phone, amount: 10, account: "INV-204")
            try house.choose(story: "c2b-no-funds")
            try house.daraja.payPaybill(from: House.phone, amount: 11, account: "INV-205")
            try house.daraja.payTill(from: House.phone, amount: 12)
            _ = try await house.result(.b2c)

            let response = try await Self.pull(house)
            #expect(response.status == 200)
            var expected = Fixture.named("pull-query-response")
            expected.keep(rows: 2)
            #expect(try response.json.shape == expected.shape)
            let row = try #require(try response.json["Response"]?.elements.first?.elements.first)
            #expect(row["transactionId"]?.text == (try house.push.receipt))
            #expect(row["trxDate"] == "2026-01-05T14:30:17Z")
            #expect(row["msisdn"] == .number("708374149"))
            #expect(row["amount"] == "1250.00")
            #expect(row["billreference"] == "ORDER100042")
        }
    }

    @Test("The offset counts rows: page after page until nothing comes, no row twice and none left out")
    func pages() async throws {
        try await House.with {
            $0.daraja.pullRows = 3
        } _: { house in
            _ = try await Self.register(house)
            for amount in 1...7 { try house.daraja.payPaybill(from: House.phone, amount: amount, account: "A") }
            var pulled: [String] = []
            var sizes: [Int] = []
            while sizes.count < 10 {
                let page = try Self.receipts(
                    try await Self.pull(
                        house, offset: sizes.count == 1 ? .number("\(pulled.count)") : .string("\(pulled.count)")))
                sizes.append(page.count)
                if page.isEmpty { break }
                pulled += page
            }
            #expect(sizes == [3, 3, 1, 0])
            #expect(pulled == house.daraja.transactions.map(\.receipt))
        }
    }

    @Test("A question may span 48 hours and not a second more")
    func window() async throws {
        try await House.with { house in
            _ = try await Self.register(house)
            try house.daraja.payPaybill(from: House.phone, amount: 10, account: "A")
            let whole = try await Self.pull(house, from: "2026-01-03 14:30:16", to: "2026-01-05 14:30:16")
            #expect(try Self.receipts(whole).count == 1)
            let more = try await Self.pull(house, from: "2026-01-03 14:30:16", to: "2026-01-05 14:30:17")
            #expect(more.status == 400)
            let before = try await Self.pull(house, from: "2026-01-03 14:30:16", to: "2026-01-05 14:30:15")
            #expect(try Self.receipts(before).isEmpty)
            let nonsense = try await Self.pull(house, from: "yesterday")
            #expect(try nonsense.message == "Bad Request - Invalid StartDate")
        }
    }

    @Test("Rows are kept for 48 hours", arguments: [(172_800_000, 1), (172_801_000, 0)] as [(Milliseconds, Int)])
    func age(milliseconds: Milliseconds, count: Int) async throws {
        try await House.with { house in
            _ = try await Self.register(house)
            // On the full second, as rows have no milliseconds.
            house.clock.move(milliseconds: 518)
            try house.daraja.payPaybill(from: House.phone, amount: 10, account: "A")
            house.clock.move(milliseconds: milliseconds)
            let rows = try Self.receipts(
                try await Self.pull(house, from: "2026-01-05 14:30:17", to: "2026-01-07 14:30:17"))
            #expect(rows.count == count)
        }
    }

    @Test(
        "Nothing found comes in three forms",
        arguments: [
            ("pull-usual", 200, "pull-query-empty"), ("pull-empty-text", 200, "pull-query-empty-transaction-string"),
            ("pull-empty-error", 500, "pull-query-error-none-500"),
        ])
    func empty(story: String, status: Int, fixture: String) async throws {
        try await House.with { house in
            _ = try await Self.register(house)
            try house.choose(story: story)
            let response = try await Self.pull(house)
            #expect(response.status == status)
            #expect(try response.json.shape == Fixture.named(fixture).shape)
        }
    }

    @Test(
        "Rows come in other forms too",
        arguments: [
            ("pull-flat", "pull-query-response-flat"), ("pull-request-id", "pull-query-response-request-id-key"),
        ])
    func forms(story: String, fixture: String) async throws {
        try await House.with { house in
            _ = try await Self.register(house)
            try house.daraja.payPaybill(from: House.phone, amount: 10, account: "INV-204")
            try house.choose(story: story)
            #expect(try await Self.pull(house).json.shape == Fixture.named(fixture).shape)
        }
    }

    @Test("A till's rows are of its own kind, and a wrong token has its own code")
    func errors() async throws {
        try await House.with { house in
            let wrong = try await house.post("/pulltransactions/v1/query", [:], token: "nonsense")
            #expect(wrong.status == 401)
            #expect(try wrong.json.essence == Fixture.named("pull-query-error-token-401").essence)
            #expect(try await Self.pull(house, shortcode: "999999").status == 400)
        }
    }
}

extension JSON {
    /// Keeps the first rows of a pulled page.
    fileprivate mutating func keep(rows count: Int) {
        guard case .object(var members) = self, let place = members.firstIndex(where: { $0.name == "Response" }),
            let rows = members[place].value.elements.first?.elements
        else { return }
        members[place].value = .array([.array(Array(rows.prefix(count)))])
        self = .object(members)
    }
}
