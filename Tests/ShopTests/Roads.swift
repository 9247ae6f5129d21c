@testable import Checkout
import Commerce
import Database
import DukaTesting
import Foundation
import PaymentKit
import Storage
import Testing

/// The same money by several roads, in every order and twice over (I1, I19).
@Suite struct Roads {
    /// One piece of news, as it reaches the rules.
    enum Piece: Sendable, Hashable {
        case callback(String, Int64), query, cancelled, deadline
        case confirmation(String, Int64), statement(String, Int64), file(String, Int64)
        case unnamed(String, Int64)
        case returned(String)

        func apply(to shop: TestShop, _ ticket: Ticket, _ number: String, _ amount: Money) async throws {
            let core = shop.shop
            func money(_ receipt: String, _ shillings: Int64, _ road: EvidenceRoad, account: String) -> MoneyReport {
                MoneyReport(
                    instance: "mpesa", receipt: Receipt(receipt), amount: Money(whole: shillings, .kes),
                    account: account, road: road, level: road == .confirmation ? .matched : .confirmed)
            }
            switch self {
            case .callback(let receipt, let shillings):
                let fact = Fact.paid(Money(whole: shillings, .kes), receipt: Receipt(receipt))
                try await core.record(
                    News(.callback(isListed: true), Outcome(fact), key: EventKey("callback", ticket.value, receipt)),
                    about: ticket, instance: "mpesa")
            case .query:
                try await core.record(
                    News(.query, Outcome(.paid(amount, receipt: nil))), about: ticket, instance: "mpesa")
            case .cancelled:
                let decline = Decline(.cancelledByPayer, retry: .sameMethod, code: "1032")
                try await core.record(
                    News(.callback(isListed: true), Outcome(.declined(decline)), key: EventKey("no", ticket.value)),
                    about: ticket, instance: "mpesa")
            case .deadline:
                try await core.record(News(.ourselves(.deadlinePassed)), about: ticket, instance: "mpesa")
            case .confirmation(let receipt, let shillings):
                try await core.receive(money(receipt, shillings, .confirmation, account: number))
            case .statement(let receipt, let shillings):
                try await core.receive(money(receipt, shillings, .statement, account: number))
            case .file(let receipt, let shillings):
                try await core.receive(money(receipt, shillings, .file, account: number.lowercased()))
            case .unnamed(let receipt, let shillings):
                try await core.receive(money(receipt, shillings, .statement, account: ""))
            case .returned(let receipt):
                try await core.takeReturn(
                    amount, receipt: Receipt("BACK\(receipt)"), of: receipt, instance: "mpesa", road: .statement)
            }
        }
    }

    /// What must be the same whatever the order: the state, without when it was heard.
    struct End: Equatable, Sendable {
        var status: OrderStatus
        var flags: [String]
        var attempt: String
        var applied, received, returned: Int64
        var receipts: [String]
        var balances: [Int64]
    }

    struct Story: Sendable, CustomTestStringConvertible {
        let name: String
        let pieces: [Piece]
        let receipts: [String]
        let status: OrderStatus
        let flags: [OrderFlag]
        init(
            _ name: String, _ pieces: [Piece], receipts: [String], _ status: OrderStatus = .paid,
            _ flags: [OrderFlag] = []
        ) {
            self.name = name
            self.pieces = pieces
            self.receipts = receipts
            self.status = status
            self.flags = flags
        }
        var testDescription: String { name }
    }

    /// Of an order over KES 1,000, prompted once for all of it.
    static let stories = [
        Story(
            "one payment by all roads",
            [.callback("A1", 1_000), .query, .confirmation("A1", 1_000), .statement("A1", 1_000), .file("A1", 1_000)],
            receipts: ["A1"]),
        Story(
            "the callback is lost", [.query, .confirmation("A1", 1_000), .statement("A1", 1_000), .deadline],
            receipts: ["A1"]),
        Story(
            "a list that does not name the order", [.callback("A1", 1_000), .unnamed("A1", 1_000), .query],
            receipts: ["A1"]),
        Story(
            "cancelled, then paid all the same", [.cancelled, .callback("A1", 1_000), .query, .statement("A1", 1_000)],
            receipts: ["A1"]),
        Story(
            "the prompt and a payment by hand", [.callback("A1", 1_000), .confirmation("B2", 1_000), .query],
            receipts: ["A1", "B2"], .paid, [.duplicatePayment]),
        Story(
            "the prompt by every road, and a payment by hand by two",
            [
                .callback("A1", 1_000), .query, .confirmation("A1", 1_000), .confirmation("B2", 1_000),
                .statement("B2", 1_000),
            ], receipts: ["A1", "B2"], .paid, [.duplicatePayment]),
        Story(
            "two parts by hand", [.confirmation("B2", 400), .statement("C3", 600), .file("B2", 400), .cancelled],
            receipts: ["B2", "C3"]),
        Story(
            "a part", [.confirmation("B2", 400), .statement("B2", 400), .cancelled], receipts: ["B2"], .partiallyPaid),
        Story(
            "more than asked by hand", [.confirmation("B2", 1_500), .file("B2", 1_500), .cancelled], receipts: ["B2"],
            .paid, [.overpaid]),
    ]

    @Test("Any order and repetition of a story's evidence ends the same", arguments: stories)
    func permutations(_ story: Story) async throws {
        var options = TestShop.Options()
        options.runsJobs = false
        options.products = [TestShop.Options.product("tea", shillings: 1_000, stock: 10_000)]
        try await TestShop.open(.sqlite, options) { shop in
            for (place, order) in story.pieces.permutations.enumerated() {
                let end = try await Self.play(place % 2 == 0 ? order : order.flatMap { [$0, $0] }, on: shop)
                try Self.expect(end, story, order)
            }
        }
    }

    @Test("The same on MariaDB, forwards and backwards", arguments: stories)
    func onMariaDB(_ story: Story) async throws {
        guard TestDatabase.engines.contains(.mariaDB) else { return }
        var options = TestShop.Options()
        options.runsJobs = false
        try await TestShop.open(.mariaDB, options) { shop in
            for order in [story.pieces, story.pieces.reversed(), story.pieces + story.pieces] {
                let end = try await Self.play(order, on: shop)
                try Self.expect(end, story, order)
            }
        }
    }

    private static func expect(_ end: End, _ story: Story, _ order: [Piece]) throws {
        #expect(end.receipts == story.receipts, "\(order)")
        #expect(end.status == story.status, "\(order)")
        #expect(end.flags == story.flags.map(\.rawValue), "\(order)")
        #expect(end.balances[0] == end.received, "I4: \(order)")
        #expect(end.balances.reduce(0, +) == 0, "I3: \(order)")
        // Where a success without a receipt and money by hand say the same, either may be the prompt's.
        #expect(end.attempt == (story.pieces.contains(.query) || end.receipts.contains("A1") ? "paid" : "cancelled"))
    }

    static func play(_ pieces: [Piece], on shop: TestShop) async throws -> End {
        let before = try await balances(shop)
        let path = try await shop.buy(phone: "07\(Int.random(in: 10_000_000...19_999_999))", cart: "tea:1")
        let order = try await shop.order(path)
        let ticket = Ticket("\(order.number)-1")
        try await shop.shop.record(
            News(.startAnswer, Outcome(.pending, references: [Reference("id", ticket.value)])), about: ticket,
            instance: "mpesa")
        for piece in pieces {
            try await piece.apply(to: shop, ticket, order.number.text, order.total)
        }
        let ended = try await shop.order(path)
        let captures = try await shop.captures(path)
        let attempt = try await shop.database.read { try $0.attempt(ticket, shop.vault) }
        #expect(captures.allSatisfy { $0.mergedInto == nil })
        #expect(try await shop.database.read(snapshot: true) { try $0.historyIsIntact(of: order.id) })
        let after = try await balances(shop)
        // The receipts of this play are freed for the next one.
        let receipts = captures.compactMap(\.receipt).sorted()
        try await shop.database.transaction { transaction in
            for capture in captures {
                try transaction.execute(
                    "UPDATE captures SET receipt = \(capture.id.text) WHERE id = \(capture.id.text)")
            }
        }
        return End(
            status: ended.status, flags: ended.flags.map(\.rawValue).sorted(), attempt: attempt?.state.name ?? "",
            applied: ended.applied.minor, received: ended.received.minor, returned: ended.returned.minor,
            receipts: receipts, balances: zip(after, before).map { $0 - $1 })
    }

    private static func balances(_ shop: TestShop) async throws -> [Int64] {
        try await shop.database.read { reading in try Account.allCases.map { try reading.balance(of: $0) } }
    }
}

extension Array {
    /// Every order of the elements.
    var permutations: [[Element]] {
        guard let last else { return [[]] }
        return Array(dropLast()).permutations.flatMap { rest in
            (0...rest.count).map { place in Array(rest[..<place]) + [last] + Array(rest[place...]) }
        }
    }
}
