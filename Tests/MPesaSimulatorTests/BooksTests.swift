import HTTPClient
import MPesaSimulator
import Testing

@Suite struct BooksTests {
    @Test(
        "Whatever moves, no shilling is made or lost, no receipt comes twice, and every account is what moved",
        arguments: [1, 2, 3] as [UInt64])
    func conservation(seed: UInt64) async throws {
        try await House.with {
            $0.daraja.seed = seed
            $0.daraja.payoutCharge = 5
            $0.daraja.businessCharge = 11
            $0.daraja.openingFunds = 3_000
            $0.daraja.openingBalance = 2_000
            $0.daraja.promptDelayMilliseconds = 0
        } _: { house in
            var random = SeededRandom(seed: seed)
            for round in 0..<60 {
                try await Self.step(house, round, &random)
                await house.wait(milliseconds: .random(in: 0...5_000, using: &random))
                #expect(house.treasury.now == house.treasury.opening)
            }
            await house.wait(milliseconds: 600_000)

            let transactions = house.daraja.transactions
            #expect(Set(transactions.map(\.receipt)).count == transactions.count)
            #expect(Set(transactions.filter { $0.status == .completed }.map(\.kind)).count == 5)
            for accounts in house.daraja.accounts {
                let moved = transactions.filter { $0.status == .completed }.reduce(0) { sum, transaction in
                    sum + Self.change(of: accounts, by: transaction)
                }
                #expect(accounts[.collection] + accounts[.working] == 6_000 + moved)
                #expect(accounts[.collection] >= 0 && accounts[.working] >= 0)
            }
            let reversed = transactions.compactMap(\.reverses)
            #expect(Set(reversed).count == reversed.count)
        }
    }

    private static func step(_ house: House, _ round: Int, _ random: inout SeededRandom) async throws {
        let phone = "25471100000\(Int.random(in: 0..<3, using: &random))"
        let amount = Int.random(in: 10...600, using: &random)
        let text = JSON.string("\(amount)")
        switch Int.random(in: 0..<6, using: &random) {
        case 0:
            let story = ["success-at-once", "cancelled", "wrong-amount"].randomElement(using: &random) ?? ""
            try house.choose(story: story)
            _ = try await house.push(["PhoneNumber": .string(phone), "Amount": text])
        case 1: try house.daraja.payPaybill(from: phone, amount: amount, account: "A\(round)")
        case 2: try house.daraja.payTill(from: phone, amount: amount)
        case 3:
            let paid = house.daraja.transactions.randomElement(using: &random)
            _ = try await house.ask(
                .reversal,
                [
                    "TransactionID": .string(paid?.receipt ?? "UA51K7B2QX"),
                    "Amount": .string("\(paid?.amount ?? 10)"), "ReceiverParty": .string(paid?.shortcode ?? "174379"),
                ])
        case 4:
            let id = JSON.string("round-\(round / 2)")
            _ = try await house.ask(
                .b2c, ["OriginatorConversationID": id, "PartyB": .string(phone), "Amount": text])
        default:
            let payee = ["888001", "500123", "999999"].randomElement(using: &random) ?? ""
            _ = try await house.ask(.b2b, ["PartyB": .string(payee), "Amount": text])
        }
    }

    private static func change(of accounts: Accounts, by transaction: Transaction) -> Int {
        let comes = [accounts.shortcode, accounts.till].contains(transaction.payee)
        let goes = transaction.payer == accounts.shortcode
        return (comes ? transaction.amount : 0) - (goes ? transaction.amount : 0)
    }

    @Test("The ledger shows everything that moved, with receipt, kind, amount, account, payer, time and reversal")
    func json() async throws {
        try await House.with { house in
            try await house.register()
            try house.choose("success-at-once")
            _ = try await house.push()
            await house.wait(milliseconds: 1_000)
            let receipt = try #require(
                try house.daraja.payPaybill(from: House.phone, amount: 10, account: "INV-204").first)
            let reversal = try house.daraja.reverse(receipt)
            _ = try await house.result(.b2c)

            let ledger = try await house.send("GET", "/simulator/ledger").json
            let transactions = ledger["transactions"]?.elements ?? []
            #expect(transactions.map { $0["kind"]?.text } == ["stk", "c2b", "reversal", "b2c"])
            let byHand = try #require(transactions.first { $0["receipt"]?.text == receipt })
            #expect(byHand["amount"] == 10)
            #expect(byHand["account"] == "INV-204")
            #expect(byHand["payer"]?.text == House.phone)
            #expect(byHand["finalisedAt"]?.text == "\(HandClock.start + 1_000)")
            #expect(byHand["reversedBy"]?.text == reversal)
            #expect(byHand["messages"]?.elements.count == 1)
            let shop = try #require(ledger["shops"]?.elements.first)
            #expect(shop["shortcode"] == "174379")
            #expect(shop["accounts"]?.elements.map { $0["now"]?.text } == ["100750", "100000", "0"])
            #expect(shop["registration"]?["version"] == 2)
            #expect(ledger["operations"]?.elements.map { $0["result"]?["code"]?.text } == ["0"])
            #expect(ledger["pushes"]?.elements.count == 1)
        }
    }

    @Test("The same seed and the same requests give the same receipts and ids for everything, another seed others")
    func deterministic() async throws {
        func receipts(seed: UInt64) throws -> [String] {
            let clock = HandClock()
            var configuration = DarajaConfiguration(now: { clock.now })
            configuration.seed = seed
            let daraja = Daraja(configuration)
            try daraja.payPaybill(from: House.phone, amount: 10, account: "A")
            try daraja.payTill(from: House.phone, amount: 11)
            return daraja.transactions.flatMap { [$0.receipt, $0.originatorConversationID, $0.conversationID] }
        }
        #expect(try receipts(seed: 7) == receipts(seed: 7))
        #expect(try zip(receipts(seed: 7), receipts(seed: 8)).allSatisfy { $0 != $1 })
    }

    @Test("After a reset the books are empty, the addresses stay, and no receipt is given out again")
    func reset() async throws {
        try await House.with { house in
            try await house.register()
            try house.daraja.payPaybill(from: House.phone, amount: 10, account: "A")
            let before = house.daraja.transactions.map(\.receipt)
            #expect(try await house.send("POST", "/simulator/reset").status == 200)
            #expect(house.daraja.transactions.isEmpty)
            #expect(house.funds(.collection) == 100_000)
            await house.wait(milliseconds: 600_000)
            #expect(house.confirmations.isEmpty)

            try house.daraja.payPaybill(from: House.phone, amount: 10, account: "A")
            await house.wait(milliseconds: 1_000)
            #expect(house.confirmations.count == 1)
            #expect(house.daraja.transactions.map(\.receipt) != before)
        }
    }

    @Test("The books have an end, and say so", arguments: [DarajaService.b2c, .reversal, .balance])
    func full(service: DarajaService) async throws {
        try await House.with {
            $0.daraja.maximumPushes = 1
        } _: { house in
            try house.daraja.payPaybill(from: House.phone, amount: 10, account: "A")
            #expect(throws: PaymentRefusal.full) {
                try house.daraja.payPaybill(from: House.phone, amount: 10, account: "A")
            }
            #expect(try await house.ask(service).status == 200)
            let second = try await house.ask(service, service == .b2c ? ["OriginatorConversationID": "other"] : [:])
            #expect(second.status == 500)
            #expect(try second.json["errorCode"] == "500.003.03")
        }
    }
}
