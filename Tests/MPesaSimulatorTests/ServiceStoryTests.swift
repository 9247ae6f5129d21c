import HTTPClient
import MPesaSimulator
import Testing

/// Stories of reversals, payments, statuses and balances: what travels wrong, whatever is asked for.
@Suite struct ServiceStoryTests {
    @Test(
        "A request that is processed without a usable answer has its result all the same",
        arguments: OperationTests.services,
        ["answer-lost", "answer-truncated", "unavailable-processed", "internal-error-processed"])
    func processed(service: DarajaService, name: String) async throws {
        try await House.with { house in
            try house.choose(story: "\(service.rawValue)-\(name)")
            switch name {
            case "answer-lost": await #expect(throws: OutboundError.self) { try await house.ask(service) }
            case "answer-truncated":
                let answer = try await house.ask(service)
                #expect(answer.status == 200)
                #expect(throws: JSON.SyntaxError.self) { try answer.json }
            default: #expect(try await house.ask(service).status >= 500)
            }
            await house.wait(milliseconds: 1_000)

            #expect(house.shop.heard("result").count == 1)
            #expect(house.daraja.operations.map { $0.result != nil } == [true])
        }
    }

    @Test(
        "A request that is refused on the way is not processed", arguments: OperationTests.services,
        [
            ("dropped", nil), ("forbidden-page", 403), ("unavailable-page", 503), ("quota", 500), ("soap-fault", 500),
            ("internal-error", 500), ("maintenance", 503), ("no-product", 401), ("not-accepted", 200),
            ("spike-arrest", 500), ("outage", nil),
        ] as [(String, Int?)])
    func refused(service: DarajaService, fault: (name: String, status: Int?)) async throws {
        try await House.with { house in
            try house.choose(story: "\(service.rawValue)-\(fault.name)")
            if let status = fault.status {
                let answer = try await house.ask(service)
                #expect(answer.status == status)
                if fault.name == "not-accepted" { #expect(try answer.json["ResponseCode"] == "1") }
            } else {
                await #expect(throws: OutboundError.self) { try await house.ask(service) }
            }
            await house.wait(milliseconds: 600_000)

            #expect(house.shop.callbacks.isEmpty)
            #expect(house.daraja.transactions.isEmpty)
            #expect(house.daraja.operations.map { $0.result == nil } == [true])
        }
    }

    @Test("A fault of one service leaves the others alone")
    func apart() async throws {
        try await House.with { house in
            try house.choose(story: "reversal-outage")
            await #expect(throws: OutboundError.self) { try await house.ask(.reversal) }
            #expect(try await house.result(.balance).resultCode == "0")
            #expect(try await house.push().status == 200)
        }
    }

    @Test("An internal error of a payment to a person has a code that it shares with the refusal of a duplicate")
    func internalError() async throws {
        try await House.with { house in
            try house.choose(story: "b2c-internal-error")
            let answer = try await house.ask(.b2c)
            #expect(try answer.json.essence == Fixture.named("b2c-error-system-internal-500").essence)
        }
    }

    @Test("A cancelled token is refused once with the API's own code", arguments: OperationTests.services)
    func token(service: DarajaService) async throws {
        try await House.with { house in
            try house.choose(story: "\(service.rawValue)-token-cancelled")
            let first = try await house.ask(service)
            #expect([400, 401, 404].contains(first.status))
            #expect(try first.message?.contains("Invalid Access Token") == true)
            #expect(try await house.ask(service).status == 200)
        }
    }

    @Test("Results come late, three times, before the answer, or never", arguments: OperationTests.services)
    func deliveries(service: DarajaService) async throws {
        try await House.with { house in
            func next(_ name: String) async throws {
                try house.choose(story: "\(service.rawValue)-\(name)")
                _ = try await house.ask(service, service == .b2c ? ["OriginatorConversationID": .string(name)] : [:])
            }
            try await next("result-early")
            #expect(house.shop.heard("result").count == 1)

            try await next("result-late")
            await house.wait(milliseconds: 120_999)
            #expect(house.shop.heard("result").count == 1)
            await house.wait(milliseconds: 1)
            #expect(house.shop.heard("result").count == 2)

            try await next("result-tripled")
            await house.wait(milliseconds: 1_000)
            #expect(house.shop.heard("result").count == 5)
            #expect(Set(house.shop.callbacks.suffix(3).map(\.text)).count == 1)

            try await next("result-lost")
            await house.wait(milliseconds: 86_400_000)
            #expect(house.shop.heard("result").count == 5)
            #expect(house.daraja.operations.last?.result != nil)
            #expect(house.daraja.operations.last?.messagesLost == 1)

            try await next("stuck")
            await house.wait(milliseconds: 86_400_000)
            #expect(house.shop.heard("result").count == 5)
            #expect(house.daraja.operations.last?.result == nil)
        }
    }

    @Test(
        "The queue times out in three forms; only one of them has a result",
        arguments: [
            ("queue-timeout", "b2c-timeout", 1), ("queue-timeout-lost", "timeout-minimal", 0),
            ("queue-timeout-only", "timeout-empty", 0),
        ])
    func queue(story: String, fixture: String, results: Int) async throws {
        try await House.with { house in
            try house.choose(story: "b2c-\(story)")
            _ = try await house.ask(.b2c)
            await house.wait(milliseconds: 29_999)
            #expect(house.shop.heard("timeout").isEmpty)
            await house.wait(milliseconds: 1)
            #expect(house.shop.heard("timeout").map(\.shape) == [Fixture.named(fixture).shape])

            await house.wait(milliseconds: 31_000)
            #expect(house.shop.heard("result").count == results)
            let isPaid = story != "queue-timeout-only"
            #expect(house.daraja.phone(House.phone).balance == (isPaid ? 50_500 : 50_000))
        }
    }

    @Test("A result can be all strings, one parameter, or none")
    func forms() async throws {
        try await House.with { house in
            func told(_ name: String) async throws -> JSON {
                try house.choose(story: "b2c-\(name)")
                return try await house.result(.b2c, ["OriginatorConversationID": .string(name)])
            }
            let strings = try await told("strings")
            let expected = Fixture.named("b2c-result-numbers-as-strings")
            #expect(strings["Result"]?["ResultType"] == expected["Result"]?["ResultType"])
            #expect(strings["Result"]?["ResultCode"] == expected["Result"]?["ResultCode"])
            #expect(strings["Result"]?["ReferenceData"]?["ReferenceItem"]?.elements.count == 1)
            #expect(strings.parameter("TransactionAmount") == "500")
            let single = try await told("single-parameter")["Result"]?["ResultParameters"]?["ResultParameter"]
            #expect(single?["Key"] == "TransactionAmount")
            #expect(try await told("no-parameters")["Result"]?["ResultParameters"] == nil)
            #expect(try await told("no-reference")["Result"]?["ReferenceData"] == nil)
            let reordered = try await told("reordered")["Result"]?["ResultParameters"]?["ResultParameter"]
            #expect(reordered?.elements.last?["Key"] == "TransactionAmount")
        }
    }

    @Test(
        "A payment by hand can be typed, split and told otherwise",
        arguments: [
            ("c2b-wrong-account", ["INV-207 1000.00"]), ("c2b-messy-account", [" inv-204  1000.00"]),
            ("c2b-unrelated-account", ["HELLO 1000.00"]), ("c2b-part", ["INV-204 500.00"]),
            ("c2b-part-part", ["INV-204 400.00", "INV-204 600.00"]), ("c2b-over", ["INV-204 1200.00"]),
            ("c2b-twice", ["INV-204 1000.00", "INV-204 1000.00"]), ("c2b-whole-amount", ["INV-204 1000"]),
            ("c2b-tripled", Array(repeating: "INV-204 1000.00", count: 3)), ("c2b-lost", []), ("c2b-no-funds", []),
        ])
    func byHand(story: String, told: [String]) async throws {
        try await House.with { house in
            try await house.register()
            try house.choose(story: story, phone: House.phone)
            try house.daraja.payPaybill(from: House.phone, amount: 1_000, account: "INV-204")
            await house.wait(milliseconds: 600_000)

            let heard = house.confirmations.map {
                "\($0["BillRefNumber"]?.text ?? "") \($0["TransAmount"]?.text ?? "")"
            }
            // Two payments are told of at the same moment.
            #expect(heard.sorted() == told.sorted())
            #expect(house.treasury.now == house.treasury.opening)
            let paid = house.daraja.transactions.filter { $0.status == .completed }.reduce(0) { $0 + $1.amount }
            #expect(house.funds(.collection) == 100_000 + paid)
        }
    }

    @Test(
        "Confirmations come in their other forms",
        arguments: [
            ("c2b-no-names", "c2b-confirmation-no-names"), ("c2b-mask-variant", "c2b-confirmation-mask-variant"),
            ("c2b-hashed", "c2b-confirmation-v1-hashed"),
            ("c2b-whole-amount", "c2b-confirmation-amount-without-decimals"),
            ("c2b-messy-account", "c2b-confirmation-billref-messy"),
            ("c2b-first-name-only", "c2b-confirmation-first-name-only"),
            ("c2b-legacy", "c2b-confirmation-legacy-plain"),
        ])
    func confirmations(story: String, fixture: String) async throws {
        try await House.with { house in
            try await house.register()
            try house.choose(story: story)
            try house.daraja.payPaybill(from: House.phone, amount: 10, account: "INV-204")
            await house.wait(milliseconds: 1_000)
            #expect(house.confirmations.map(\.shape) == [Fixture.named(fixture).shape])
        }
    }

    @Test("A till's payment has the type of the documents where the story wants it")
    func documentedType() async throws {
        try await House.with { house in
            try await house.register(House.store)
            try house.choose(story: "c2b-buy-goods")
            try house.daraja.payTill(from: House.phone, amount: 10)
            await house.wait(milliseconds: 1_000)
            let expected = Fixture.named("c2b-confirmation-buy-goods-documented")
            #expect(house.confirmations.map(\.shape) == [expected.shape])
        }
    }

    @Test("A forged confirmation names a receipt that is in no books, and nothing has moved")
    func forged() async throws {
        try await House.with { house in
            try await house.register()
            try house.choose(story: "c2b-forged")
            try house.daraja.payPaybill(from: House.phone, amount: 1_000, account: "INV-204")
            await house.wait(milliseconds: 600_000)

            let forgery = try #require(house.confirmations.first)
            #expect(house.confirmations.count == 1)
            #expect(house.daraja.transactions.allSatisfy { $0.receipt != forgery["TransID"]?.text })
            #expect(house.funds(.collection) == 100_000)
        }
    }
}
